"""Care tags: coarse words for why a door is favoured, never anything about health.

The codes are those of `CareTag`; a dwelling has one. Words about illness, disability or pregnancy
are not on the list and therefore never kept.
"""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[/\\、,，;；|\s+]+")
# In the order in which they win when a cell holds several (`domain.md` 2.7).
_WORDS = {
    "elder_alone": ("elder_alone", "独居老人", "独居", "空巢", "空巢老人", "孤寡老人", "孤老"),
    "elderly": ("elderly", "老人", "老年人", "老年", "高龄", "高龄老人"),
    "student": ("student", "学生", "大学生", "在校学生"),
    "migrant": ("migrant", "流动人口", "外来务工", "外来务工人员", "务工", "务工人员", "农民工"),
    "other": (
        *("other", "其他", "其它", "农村", "农村居民", "财务", "财务人员", "会计", "宝妈"),
        *("全职妈妈", "主妇", "单身", "骑手", "外卖员", "快递员", "店主", "商户", "个体户"),
    ),
}
_CODES = {word: code for code, words in _WORDS.items() for word in words}
_RANK = list(_WORDS)


def care_tag(text: str) -> tuple[str | None, bool]:
    """The tag of a cell (or None), and whether the cell also held words that are not kept."""
    words = [word.lower() for word in _BETWEEN.split(text) if word]
    codes = [_CODES[word] for word in words if word in _CODES]
    return min(codes, key=_RANK.index, default=None), len(codes) < len(words)
