"""What columns are called, in the rosters of communities and in the code of others.

Sources: `domain.md` 2.4, 2.12 and 3; the Chinese names are those of printed registers.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Field(StrEnum):
    """What a column holds."""

    ESTATE = "estate"
    BUILDING = "building"
    UNIT = "unit"
    FLOOR = "floor"
    ROOM = "room"
    ADDRESS = "address"  # several of the five above in one cell
    STATUS = "status"  # how the home is used: 自住, 出租, 空置
    VACANT = "vacant"  # yes: nobody lives there
    OCCUPIED = "occupied"  # yes: somebody does
    RESIDENTS = "residents"
    CONTACT = "contact"
    PHONE = "phone"
    CARE = "care"
    RELATION = "relation"  # to the head of the household: one row is one person
    SERIAL = "serial"
    GROUP = "group"
    REMARK = "remark"
    UNITS = "units"
    FLOORS = "floors"
    DWELLINGS = "dwellings"


_NAMES = {
    Field.ESTATE: (
        "小区 小区名称 苑 苑区 苑小区 院落 楼盘 所属小区 所在小区 现住小区 居住小区 estate "
        "estatename communityname compound street streetname 街路"
    ),
    Field.BUILDING: (
        "楼栋 楼栋号 楼栋名称 栋 栋号 楼号 号楼 幢 幢号 座 座号 楼 楼宇 楼幢 楼栋单元 栋单元 "
        "建筑 大楼 现住建筑 building buildingno buildingnumber buildingid buildingname block blk "
        "blkno bldg livingbuildingid householdbuildingid"
    ),
    Field.UNIT: (
        "单元 单元号 单元名称 门栋 门栋号 门洞 门 楼门 梯 单元门栋 unit unitno entrance "
        "staircase stair"
    ),
    Field.FLOOR: "楼层 层 所在层 所在楼层 层号 floor floorno storey story level",
    Field.ROOM: (
        "room 房号 室号 室 房间号 房间 单元房号 单元室号 户室号 户室 房屋号 房屋编号 roomno "
        "roomnumber flat flatno apartment door doorno 门牌号 门牌号码 门牌 户号 householdnumber"
    ),
    Field.ADDRESS: (
        "地址 住址 详细地址 居住地址 居住详细地址 现住址 现住地址 现居住地址 现居住地 家庭住址 "
        "家庭地址 住房地址 房屋地址 门牌地址 楼栋房号 楼栋单元房号 楼栋单元室 楼栋单元室号 "
        "楼栋号单元号房号 楼单元室 房屋坐落 坐落 位置 address homeaddress fulladdress"
    ),
    Field.STATUS: (
        "居住状态 居住情况 居住性质 居住类型 状态 房屋状态 房屋情况 入住情况 入住状态 使用情况 "
        "房屋使用情况 住房情况 现状 房屋现状 房屋性质 房屋用途 status occupancy"
    ),
    Field.VACANT: "空置 是否空置 是否空房 空房 是否闲置 vacant isvacant empty",
    Field.OCCUPIED: (
        "是否入住 是否居住 是否有人 有无人居住 是否有人居住 有人居住 occupied isoccupied"
    ),
    Field.RESIDENTS: (
        "residents 常住人口 常住人口数 常住人数 实住人数 实住人口 在住人数 在住人口 居住人数 "
        "居住人口 居住人口数 现住人口 现住人数 现居人数 实有人口 实有人口数 家庭人口 家庭人口数 "
        "家庭人数 户内人数 人口数 人口 人数 总人口 residentcount count people persons "
        "householdsize occupants headcount"
    ),
    Field.CONTACT: (
        "contactlabel 称呼 户主称呼 户主姓名 户主 联系人姓名 联系人 住户姓名 住户 居民姓名 居民 "
        "姓名 业主姓名 业主 房主姓名 房主 产权人 contact contactname householder houser "
        "residentname name owner"
    ),
    Field.PHONE: (
        "phone 户主电话 户主联系电话 联系电话 手机号码 手机号 手机 移动电话 电话号码 电话 "
        "联系方式 联系号码 phoneno phonenumber mobile telephone tel contactphone contactnumber "
        "固定电话"
    ),
    Field.CARE: "关怀标记 关怀 关怀对象 care caregroup caretag caretags",
    Field.RELATION: "与户主关系 家庭关系 关系 relation relationship",
    Field.SERIAL: "序号 编号 序 号 顺序号 户编号 no id index serial",
    Field.GROUP: "小组 分组 组 组别 所属网格 网格 微网格 group groupno grid usergrid",
    Field.REMARK: "备注 说明 其他 其它 remark remarks note notes comment comments",
    Field.UNITS: "单元数 单元数量 门栋数 units unitcount staircases entrances",
    Field.FLOORS: (
        "层数 楼层数 总层数 总楼层 地上层数 最高楼层 floors storeys stories levels maxfloor "
        "maxfloorlvl"
    ),
    Field.DWELLINGS: (
        "户数 总户数 住户数 房屋数 房屋套数 套数 住宅套数 总套数 dwellings households homes "
        "flats dwellingunits totaldwellingunits"
    ),
}
# The earlier a name stands in its line, the better the column suits when several hold the same.
EXACT = {
    name: (field, rank)
    for field, names in _NAMES.items()
    for rank, name in enumerate(names.split())
}

# Never kept (`product.md`): ID numbers, bank, health, ethnicity, religion, politics, marriage and
# children's records.
FORBIDDEN = re.compile(
    "身份证|公民身份|身份号|证件|(?<!产)证号|护照|社保|医保|保险|公积金|银行|卡号|账号|账户|帐号|帐户|开户|存折|"
    "工资|收入|民族|族别|宗教|信仰|政治|党员|党派|团员|婚姻|婚否|婚育|生育|健康|疾病|病史|病情|患病|慢性|慢病|"
    "重病|残疾|残障|失能|血型|精神|孕|疫苗|接种|体温|用药|核酸|传染|医疗|体检|指纹|人脸|"
    "子女|儿童|孩子|小孩|未成年|幼儿|学校|班级|"
    r"id_?card|id_?n(?:o|um)|identity|passport|social_?security|bank|account|card_?no|card_?number|"
    r"salary|income|ethnic|\brace\b|religio|politic|\bparty|marital|marriage|health|disease|illness|"
    "medical|disab|pregnan|vaccin|blood|child|school",
    re.IGNORECASE,
)
# About somebody else, or about the registered instead of the real address.
NOT_OURS = re.compile(
    "户籍|籍贯|紧急|网格员|网格长|楼栋长|单元长|楼长|栋长|组长|负责人|走访|登记人|填表|填报|采集人|审核|包保|"
    "民警|志愿者|物业|工作单位|单位名称|单位地址|就业|邮箱|面积|车牌|日期|时间|hukou|emergency|e-?mail|"
    "worker|officer|date",
    re.IGNORECASE,
)

# A telling word, for headings that no list foresees; the first rule that fits counts.
RULES: tuple[tuple[re.Pattern[str], tuple[Field, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), fields)
    for pattern, fields in (
        (r"与.*关系|家庭关系", (Field.RELATION,)),
        (r"关怀", (Field.CARE,)),
        (r"是否.*空|空置|闲置|vacan", (Field.VACANT,)),
        (r"(?:是否|有无).*(?:入住|居住|住人|有人)|occupied", (Field.OCCUPIED,)),
        (
            r"(?:居住|入住|住房|房屋|使用).{0,3}(?:状态|状况|情况|现状|性质|类型|类别)",
            (Field.STATUS,),
        ),
        (
            r"(?:户主|姓名|联系人|称呼|业主|住户).{0,3}[及和与、/+].{0,3}(?:电话|手机|联系方式)",
            (Field.CONTACT, Field.PHONE),
        ),
        (r"电话|手机|联系方式|联络方式|phone|mobile|^tel", (Field.PHONE,)),
        (r"单元.{0,2}(?:数量|个数)|门栋.{0,2}数", (Field.UNITS,)),
        (r"层数|总楼层", (Field.FLOORS,)),
        (r"户数|套数", (Field.DWELLINGS,)),
        (r"流动人口|外来人口", ()),
        (
            r"(?:常住|居住|家庭|实住|在住|现住|现居|实有|户内).{0,4}(?:人口|人数)",
            (Field.RESIDENTS,),
        ),
        (
            r"^(?:总|本户|每户|全家|家庭成员|成员|同住)?(?:人口数|人数)|residents|people|persons",
            (Field.RESIDENTS,),
        ),
        (r"地址|住址|坐落|address", (Field.ADDRESS,)),
        (r"(?:楼|栋|幢|座).*单元.*(?:室|房)", (Field.ADDRESS,)),
        (r"房号|室号|房间|门牌|户室|房屋号|^(?:room|flat|apt|apartment|door)", (Field.ROOM,)),
        (r"楼层|所在层|^floor|^storey", (Field.FLOOR,)),
        (r"楼栋|楼号|栋号|栋座|幢号|楼宇|座号|building|block", (Field.BUILDING,)),
        (r"单元|门栋|门洞|^unit|entrance|stair", (Field.UNIT,)),
        (
            r"户主|姓名|联系人|称呼|业主|住户|房主|产权人|承租人|householder|contact",
            (Field.CONTACT,),
        ),
        (r"小区|院落|苑区|楼盘|estate", (Field.ESTATE,)),
        (r"备注|说明", (Field.REMARK,)),
        (r"序号|编号", (Field.SERIAL,)),
    )
)
