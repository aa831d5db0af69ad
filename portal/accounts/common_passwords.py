"""What guessers try first: words in Chinese and English, and the passwords most often leaked.

Passwords made of digits, keyboard rows and repeats are recognised by rule in `passwords.py`.
"""

from __future__ import annotations

from functools import cache

_TEXT = """
password passwort passwd passw pass secret letmein welcome login logon hello helloworld
admin administrator root superuser user guest test testing demo default system manager master
changeme change temp temporary public private access server computer internet office
iloveyou loveyou lovely lover love forever sweetheart babygirl babyboy honey angel angela
dragon monkey tiger lion panda eagle falcon phoenix unicorn butterfly kitty puppy
football basketball baseball soccer hockey tennis liverpool arsenal chelsea barcelona
superman batman spiderman starwars pokemon naruto onepiece doraemon minecraft
sunshine princess shadow summer winter spring autumn flower rainbow diamond silver golden
michael jordan jennifer jessica charlie thomas daniel andrew robert joshua
freedom whatever trustno nothing something mustang ferrari porsche mercedes
apple iphone samsung huawei honor xiaomi nokia google facebook twitter youtube
weixin wechat alipay taobao tencent baidu douyin jingdong weibo alibaba zhifubao
china zhongguo beijing shanghai wuhan hubei guangzhou shenzhen chengdu hangzhou nanjing
chongqing tianjin baibuting hankou wuchang hanyang changjiang huanghe
shequ juweihui wangge wanggeyuan louzhang louzhangdong zhiyuanzhe jumin xiaoqu wuye
minjing jingcha fangzha fanzha bulou gongzuo danwei bangong dangyuan shuji zhuren
mima wodemima mimamima denglu zhanghao yonghu guanliyuan ceshi moren
woaini woaiwojia woaizhongguo aini aiwo woainimen woshishui woshini wozuiai
nihao nihaoma xiexie zaijian haohao xingfu kuaile pingan jiankang facai gongxifacai
baobao baobei laogong laopo mama baba jiejie gege meimei didi erzi nver yeye nainai
qiqi lele dandan fangfang lili wangwei zhangwei lina liwei wangfang xiaoming
xiaolong xiaohong dalong laoda laoshi tongxue pengyou shengri
qwer qwert asdf zxcv qaz wsx
我爱你 密码 你好 中国 武汉 社区 网格员 楼栋长 志愿者 平安 幸福 发财
"""
# Refused with few digits around them.
WORDS = frozenset(_TEXT.split())


@cache
def most_used() -> frozenset[str]:
    """The 30,000 passwords most often found in leaks, in small letters, as zxcvbn ships them.

    Read when somebody first chooses a password: the lists take 12 MB, and most workers never ask.
    """
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
