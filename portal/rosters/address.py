"""Addresses as people write them: `3-2-501`, `3栋2单元501室`, `A座1203`, `负一楼`.

`domain.md` 2.12 lists the spellings that must be understood. An address is read in steps: refuse
dates, make the characters plain, take off building, unit and floor where a word marks them, and
give the rest its meaning by how many parts it has and what is known from elsewhere.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from portal.rosters.dates import looks_like_date
from portal.rosters.doors import basement, read_door
from portal.rosters.numerals import CHINESE, whole_number
from portal.rosters.parts import LABEL, NAMED, Known, label, place_labels, read_parts
from portal.rosters.wording import hyphenated, without_remarks

LONGEST_TEXT = 100  # patterns take their time over long texts, and no address is that long
LONGEST_NAME = 60  # of an estate or a building
LONGEST_LABEL = 20  # of a unit or a room, and of a building in a whole address


class Trouble(Enum):
    """Why a text is no address."""

    IS_DATE = "is_date"
    UNREADABLE = "unreadable"


class Address(NamedTuple):
    """What a text says about where a home is; None where it says nothing.

    `building`, `unit` and `room` are in the one spelling that all others lead to: `3`, `A`, `甲`,
    `501`. Floors below ground are negative, their rooms begin with B (`B101`). `vacant` when a
    remark says that nobody lives there.
    """

    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: int | None = None
    room: str | None = None
    vacant: bool = False


_NUMBER = rf"(?:\d+|[{CHINESE}]+)"
_BUILDING_LABEL = rf"(?:\d+-?[A-Z]?|(?<![A-Z])[A-Z]{{1,2}}-?\d{{0,3}}|[{CHINESE}]+|[{NAMED}]\d*)"
_UNIT_LABEL = rf"(?:\d{{1,2}}[A-Z]?|[A-Z]\d?|[{CHINESE}]{{1,3}}|[{NAMED}左右])"
# `3楼` is a floor but `3号楼`, `A楼` and `东楼` are buildings; `号` alone is a building only when
# more digits follow, otherwise it ends a room.
_BUILDING = re.compile(
    rf"第?(?P<label>{_BUILDING_LABEL})(?:号楼|号?[栋幢座]楼?|#楼?|号(?!门|单元|梯)院?(?=.*\d))"
    rf"|(?<![A-Z])(?P<named>[A-Z]|[{NAMED}])楼",
    re.IGNORECASE,
)
_BUILDING_ALONE = re.compile(
    rf"第?({_BUILDING_LABEL})(?:号楼|号?[栋幢座楼]楼?|#楼?|号院?|楼栋)?", re.IGNORECASE
)
_UNIT_WORD = r"(?:单元|门栋|门洞|楼门|门(?![面市卫牌头])|梯|#)"
_UNIT = re.compile(rf"第?({_UNIT_LABEL})号?{_UNIT_WORD}", re.IGNORECASE)
_UNIT_ALONE = re.compile(rf"第?({_UNIT_LABEL})号?{_UNIT_WORD}?", re.IGNORECASE)
_FLOOR = re.compile(rf"(负|地下|B|-)?第?({_NUMBER})(?:楼|层|F(?![A-Z]))", re.IGNORECASE)
_FLOOR_ALONE = re.compile(rf"(负|地下|B|-)?第?({_NUMBER})(?:楼|层|F)?", re.IGNORECASE)
_BEFORE_UNIT = re.compile(rf"({LABEL})-(?={_UNIT.pattern})", re.IGNORECASE)
_BEFORE_FLOOR = re.compile(rf"((?:{LABEL}-){{1,2}})(?={_FLOOR.pattern})", re.IGNORECASE)
_BELOW_AFTER_BUILDING = re.compile(r"-[1-3][楼层]")
_ESTATE_FIRST = re.compile(
    r"([^\W\dA-Za-z_]{2,})-?(?=[\dA-Za-z])|([A-Za-z][A-Za-z .']{2,}[A-Za-z])-(?=\d)"
)
_ROAD = re.compile(r".*?(?:路|街|道|巷|弄|胡同)\d+[号弄]")
_ADMINISTRATION = re.compile(
    r".*(?:社区|街道|居委会|管委会)|(?:.{2,4}省)?(?:.{2,4}市)?(?:.{1,4}(?<!小)区|.{1,4}县)"
)
# Nine rows in ten: read in one step because it is quick; the long way gives the same.
_ORDINARY = re.compile(
    r"(?:([1-9]\d{0,2})(?:[-—–]|栋|幢|号楼)([1-9]\d?)(?:[-—–]|单元|门栋|门))?([1-9]\d{2,3})室?",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def read_address(
    text: str, *, building: str | None = None, unit: str | None = None
) -> Address | Trouble:
    """What a text says; `building` and `unit` are known from other columns, if at all.

    They decide what `2-501` means: building 2 when none is known, else unit 2. A text that
    contradicts them is left to the caller to notice where it names them in words, and is unreadable
    where it does not.
    """
    if (match := _ORDINARY.fullmatch(text)) and (match[1] is None or building is None):
        return Address(None, match[1], match[2], int(match[3][:-2]), match[3])
    if len(text) > LONGEST_TEXT:
        return Trouble.UNREADABLE
    if looks_like_date(text, serial=building is None):
        return Trouble.IS_DATE
    bare, vacant = without_remarks(text)
    found, rest = _take_marked(hyphenated(bare), Known(building, unit))
    if found is None:
        return Trouble.UNREADABLE
    known = Known(found.building or building, found.unit or unit)
    address = _read_rest(found, rest, known) if rest else _without_room(found)
    if address is None or not _fits(address):
        return Trouble.UNREADABLE
    return address._replace(vacant=vacant)


@lru_cache(maxsize=1024)
def read_building(text: str, *, may_hold_unit: bool) -> Address | Trouble:
    """What a cell of a building column says: the building, perhaps estate and unit with it.

    Names of any kind are allowed (`综合楼`, `Tower East`). `may_hold_unit`: there is no column for
    units, so `3-2` is building 3, unit 2.
    """
    if len(text) > LONGEST_TEXT:
        return Trouble.UNREADABLE
    if looks_like_date(text, serial=False):
        return Trouble.IS_DATE
    bare = hyphenated(without_remarks(text)[0])
    if match := _BUILDING_ALONE.fullmatch(bare):
        return Address(building=label(match[1]))
    if may_hold_unit and (match := re.fullmatch(rf"({LABEL})-({_UNIT_LABEL})", bare)):
        return Address(building=label(match[1]), unit=label(match[2]))
    address = read_address(text)
    if isinstance(address, Address) and address.building and address.room is None:
        return address
    is_name = len(text) <= LONGEST_NAME and any(map(str.isalnum, text))
    return Address(building=text) if is_name else Trouble.UNREADABLE


@lru_cache(maxsize=1024)
def read_unit(text: str) -> str | Trouble:
    """What a cell of a unit column says: `2` for `2单元`, `二单元`, `2门栋`; else the name."""
    if len(text) > LONGEST_TEXT:
        return Trouble.UNREADABLE
    if looks_like_date(text, serial=False):
        return Trouble.IS_DATE
    bare = hyphenated(without_remarks(text)[0])
    if match := _UNIT_ALONE.fullmatch(bare):
        return label(match[1])
    is_name = len(text) <= LONGEST_LABEL and any(map(str.isalnum, text))
    return text if is_name else Trouble.UNREADABLE


def read_floor(text: str) -> int | None:
    """What a cell of a floor column says: 5 for `5层`, -1 for `负一楼` and `B1`; else None."""
    match = _FLOOR_ALONE.fullmatch(text.replace(" ", ""))
    return _floor_number(match) if match else None


def _take_marked(text: str, known: Known) -> tuple[Address | None, str]:
    """Estate, building, unit and floor as far as words mark them, and the text after them."""
    if read_door(text):
        return Address(), text
    found, rest = _take_building(text)
    if found is None:
        return None, ""
    if not found.building and (match := _BEFORE_UNIT.match(rest)):
        found = found._replace(building=label(match[1]))
        rest = rest[match.end() :]
    if match := _UNIT.match(rest):
        found = found._replace(unit=label(match[1]))
        rest = _after(rest, match)
    return _take_floor(found, rest, known)


def _take_building(text: str) -> tuple[Address | None, str]:
    road = _ROAD.match(text)
    if road and _BUILDING.search(text, road.end()):
        text = text[road.end() :]
    if match := _BUILDING.search(text):
        building = label(match["label"] or match["named"])
        prefix = text[: match.start()].strip("-")
        estate = _estate(prefix)
        if prefix and estate is None:
            return None, ""
        return Address(estate=estate or None, building=building), _after(text, match)
    if _UNIT.match(text) or _FLOOR.match(text) or not (match := _ESTATE_FIRST.match(text)):
        return Address(), text
    estate = None if whole_number(match[0].strip("-")) else _estate(match[1] or match[2])
    return (Address(estate=estate or None), text[match.end() :]) if estate else (Address(), text)


def _take_floor(found: Address, rest: str, known: Known) -> tuple[Address | None, str]:
    if match := _BEFORE_FLOOR.match(rest):
        labels = [label(part) for part in match[1].split("-") if part]
        placed = place_labels(
            labels, Known(found.building or known.building, found.unit or known.unit)
        )
        if placed is None:
            return None, ""
        found = found._replace(
            building=found.building or placed.building, unit=found.unit or placed.unit
        )
        rest = rest[match.end() :]
    if match := _FLOOR.match(rest):
        found = found._replace(floor=_floor_number(match))
        rest = _after(rest, match)
    return found, rest


def _after(text: str, match: re.Match[str]) -> str:
    """What follows a match, without the hyphen, unless that makes the floor one below ground."""
    rest = text[match.end() :]
    return rest if _BELOW_AFTER_BUILDING.fullmatch(rest) else rest.lstrip("-")


def _estate(prefix: str) -> str | None:
    """The estate in what stands before a building; empty when it names only the community."""
    estate = prefix
    if administration := _ADMINISTRATION.match(prefix):
        estate = prefix[administration.end() :].strip("-")
        if len(estate) < 2:
            estate = "" if administration.end() == len(prefix) else prefix
    if estate and (len(estate) < 2 or not estate[0].isalpha()):
        return None
    return estate


def _floor_number(match: re.Match[str]) -> int | None:
    number = whole_number(match[2])
    return None if not number or number > 200 else -number if match[1] else number


def _without_room(found: Address) -> Address | None:
    if found.floor is not None and found.floor < 0:
        return found._replace(room=basement(found.floor).room)
    return found if found.building or found.unit or found.floor else None


def _read_rest(found: Address, rest: str, known: Known) -> Address | None:
    """What follows the words: labels of building and unit, and the door last."""
    if found.floor is not None:
        door = read_door(rest, floor=found.floor)
        return found._replace(room=door.room) if door else None
    parts = read_parts(rest, known)
    if parts is None:
        return None
    return found._replace(
        building=found.building or parts.building,
        unit=found.unit or parts.unit,
        floor=parts.door.floor,
        room=parts.door.room,
    )


def _fits(address: Address) -> bool:
    labels = (address.building, address.unit, address.room)
    return len(address.estate or "") <= LONGEST_NAME and all(
        len(label or "") <= LONGEST_LABEL for label in labels
    )
