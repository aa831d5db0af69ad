"""The estate (and building) that a title, a sheet's name or a file's name speaks of."""

from __future__ import annotations

import re

from portal.rosters import cells
from portal.rosters.address import LONGEST_NAME, LONGEST_TEXT, Address, read_building

# Words that say what kind of list it is, not which place: taken off the end of a title.
_KIND = (
    "居民|住户|业主|户主|租户|人员|家庭|人口|人户|实有|常住|流动|房屋|住房|房产|户籍|入户|走访|敲门|行动|"
    "摸排|排查|核查|普查|调查|基础|基本|信息|数据|资料|花名|名册|名单|清册|清单|台账|台帐|底账|底册|登记|"
    "统计|采集|明细|汇总|一览|情况|工作|网格|楼栋|单元|分户|户数|档案|记录|反诈|宣传|表格|总表|新版|最新|更新"
)
_KIND_AT_END = re.compile(
    rf"(?:{_KIND})(?:{_KIND}|[表册簿单的及与和、总\s\d_-])*$"
    r"|[\W_]*(?<![a-z])(?:(?:roster|residents?|households?|list|register|data|table|sheet)[\W\d_]*)+$",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:19|20)\d\d年?度?(?:[春夏秋冬]季?|[上下]半年|第?[一二三四1-4]季度|\d{1,2}月(?:\d{1,2}日)?份?)?"
    r"|\d{1,2}月份?|[-_]?\d{6,8}"
)
_ATTACHMENT = re.compile(r"^(?:附件|附表)[\d一二三四五六七八九十]*[:.、-]?")
_ADMINISTRATION = re.compile(r"^.*(?:社区|街道|居委会|管委会)")
_LABELLED = re.compile(
    r"(?:小区|苑区|院落|楼盘|estate)(?:名称)?: ?([^,;:]+?)(?= [^ :]+:|[,;]|$)", re.IGNORECASE
)
# Endings that estates have, so that such a name is taken before one that could be anything.
_ESTATE_ENDING = re.compile(
    r"(?:[苑里园城府庭湾居坊庄寓院墅轩阁郡邸村弄巷]|小区|花园|家园|大院|宿舍|广场|[一二三四五六七八九\d]期)$"
)
_NAME = re.compile(r"[^\W\d_A-Za-z]{2}|[A-Za-z]{3}")


def place_in_title(text: str) -> Address:
    """The estate and building that a title names; nothing where it is not surely a title.

    >>> place_in_title("桂香苑3栋居民花名册（2026年秋季）")
    Address(estate='桂香苑', building='3', unit=None, floor=None, room=None, vacant=False)
    """
    line = cells.plain(text[:LONGEST_TEXT])
    if match := _LABELLED.search(line):
        return _place(match[1])
    bare = _bare(line)
    is_title = _KIND_AT_END.search(bare) or _ESTATE_ENDING.search(bare) or _is_building(bare)
    return _place(_of_place(bare)) if is_title and ":" not in bare else Address()


def best_place(*, sheet: str, titles: list[str], filename: str) -> Address:
    """The place a sheet is about: its name, else a title above the headings, else the file's name.

    A name that ends as estates do (`苑`, `小区`) goes before one that could be anything; a file's
    name counts only when it is Chinese, since exports are called `roster` and the like.
    """
    places = [_named(sheet), *map(place_in_title, titles)]
    if not filename.isascii():
        places.append(_named(filename))
    estates = [place.estate for place in places if place.estate]
    clear = [estate for estate in estates if _ESTATE_ENDING.search(estate)]
    building = next((place.building for place in places if place.building), None)
    return Address(estate=next(iter(clear + estates), None), building=building)


def _named(name: str) -> Address:
    return _place(_of_place(_bare(cells.plain(name[:LONGEST_TEXT]))))


def _bare(line: str) -> str:
    """A title without brackets, dates, and the mark of an attachment."""
    bare = _WHEN.sub("", cells.without_brackets(line).strip())
    return _ATTACHMENT.sub("", bare).strip(" -_")


def _of_place(bare: str) -> str:
    """A title without what kind of list it is, and without the community around the estate."""
    return _ADMINISTRATION.sub("", _KIND_AT_END.sub("", bare)).strip(" -_:")


def _is_building(text: str) -> bool:
    place = read_building(text, may_hold_unit=False) if text else None
    return isinstance(place, Address) and place.building not in {None, text}


def _place(text: str) -> Address:
    if not 1 < len(text) <= LONGEST_NAME:
        return Address()
    if _is_building(text):
        place = read_building(text, may_hold_unit=False)
        return place if isinstance(place, Address) else Address()
    return Address(estate=text) if _NAME.search(text) else Address()
