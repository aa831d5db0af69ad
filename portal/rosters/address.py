"""Addresses as people write them: `3-2-501`, `3栋2单元501室`, `A座1203`, `负一楼`.

`domain.md` 2.12 lists the spellings that must be understood. An address is read in steps: refuse
dates, make the characters plain, take off building, unit and floor where a word marks them, and
give the rest its meaning by how many parts it has and what is known from elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from portal.rosters.dates import looks_like_date
from portal.rosters.doors import basement, is_short, read_door
from portal.rosters.numerals import CHINESE, whole_number
from portal.rosters.wording import hyphenated, without_remarks

LONGEST_ESTATE = 60
LONGEST_LABEL = 20


class Trouble(Enum):
    """Why a text is no address."""

    IS_DATE = "is_date"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Address:
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
_NAMED = "甲乙丙丁戊己庚辛壬癸东西南北中"
_BUILDING_LABEL = rf"(?:\d+-?[A-Z]?|(?<![A-Z])[A-Z]{{1,2}}-?\d{{0,3}}|[{CHINESE}]+|[{_NAMED}]\d*)"
_UNIT_LABEL = rf"(?:\d{{1,2}}[A-Z]?|[A-Z]\d?|[{CHINESE}]{{1,3}}|[{_NAMED}左右])"
# `3楼` is a floor but `3号楼`, `A楼` and `东楼` are buildings; `号` alone is a building only when
# more digits follow, otherwise it ends a room.
_BUILDING = re.compile(
    rf"第?(?P<label>{_BUILDING_LABEL})(?:号楼|号?[栋幢座]楼?|#楼?|号(?!门|单元|梯)院?(?=.*\d))"
    rf"|(?<![A-Z])(?P<named>[A-Z]|[{_NAMED}])楼",
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
_HYPHEN_LABEL = rf"(?:\d{{1,4}}[A-Z]?|[A-Z]{{1,2}}\d{{0,3}}|[{CHINESE}]+|[{_NAMED}]\d?)"
_LABEL = re.compile(_HYPHEN_LABEL, re.IGNORECASE)
_BEFORE_UNIT = re.compile(rf"({_HYPHEN_LABEL})-(?={_UNIT.pattern})", re.IGNORECASE)
_BEFORE_FLOOR = re.compile(rf"((?:{_HYPHEN_LABEL}-){{1,2}})(?={_FLOOR.pattern})", re.IGNORECASE)
_BELOW_AFTER_BUILDING = re.compile(r"-[1-3][楼层]")
_ESTATE_FIRST = re.compile(
    r"([^\W\dA-Za-z_]{2,})-?(?=[\dA-Za-z])|([A-Za-z][A-Za-z .']{2,}[A-Za-z])-(?=\d)"
)
_ROAD = re.compile(r".*?(?:路|街|道|巷|弄|胡同)\d+[号弄]")
_ADMINISTRATION = re.compile(
    r".*(?:社区|街道|居委会|管委会)|(?:.{2,4}省)?(?:.{2,4}市)?(?:.{1,4}(?<!小)区|.{1,4}县)"
)


@dataclass(frozen=True, slots=True)
class _Known:
    building: str | None
    unit: str | None


@lru_cache(maxsize=4096)
def read_address(
    text: str, *, building: str | None = None, unit: str | None = None
) -> Address | Trouble:
    """What a text says; `building` and `unit` are known from other columns, if at all.

    They decide what `2-501` means: building 2 when none is known, else unit 2. A text that
    contradicts them is left to the caller to notice where it names them in words, and is unreadable
    where it does not.
    """
    if looks_like_date(text, serial=building is None):
        return Trouble.IS_DATE
    bare, vacant = without_remarks(text)
    found, rest = _take_marked(hyphenated(bare), _Known(building, unit))
    if found is None:
        return Trouble.UNREADABLE
    known = _Known(found.building or building, found.unit or unit)
    address = _read_rest(found, rest, known) if rest else _without_room(found)
    if address is None or not _fits(address):
        return Trouble.UNREADABLE
    return replace(address, vacant=vacant)


def read_building(text: str, *, may_hold_unit: bool) -> Address | Trouble:
    """What a cell of a building column says: the building, perhaps estate and unit with it.

    Names of any kind are allowed (`综合楼`, `Tower East`). `may_hold_unit`: there is no column for
    units, so `3-2` is building 3, unit 2.
    """
    if looks_like_date(text, serial=False):
        return Trouble.IS_DATE
    bare = hyphenated(without_remarks(text)[0])
    if match := _BUILDING_ALONE.fullmatch(bare):
        return Address(building=_label(match[1]))
    if may_hold_unit and (match := re.fullmatch(rf"({_HYPHEN_LABEL})-({_UNIT_LABEL})", bare)):
        return Address(building=_label(match[1]), unit=_label(match[2]))
    address = read_address(text)
    if isinstance(address, Address) and address.building and address.room is None:
        return address
    return Address(building=text) if _is_name(text) else Trouble.UNREADABLE


def read_unit(text: str) -> str | Trouble:
    """What a cell of a unit column says: `2` for `2单元`, `二单元`, `2门栋`; else the name."""
    if looks_like_date(text, serial=False):
        return Trouble.IS_DATE
    bare = hyphenated(without_remarks(text)[0])
    if match := _UNIT_ALONE.fullmatch(bare):
        return _label(match[1])
    return text if _is_name(text) else Trouble.UNREADABLE


def read_floor(text: str) -> int | None:
    """What a cell of a floor column says: 5 for `5层`, -1 for `负一楼` and `B1`; else None."""
    match = _FLOOR_ALONE.fullmatch(text.replace(" ", ""))
    return _floor_number(match) if match else None


def _take_marked(text: str, known: _Known) -> tuple[Address | None, str]:
    """Estate, building, unit and floor as far as words mark them, and the text after them."""
    if read_door(text):
        return Address(), text
    found, rest = _take_building(text)
    if found is None:
        return None, ""
    if not found.building and (match := _BEFORE_UNIT.match(rest)):
        found = replace(found, building=_label(match[1]))
        rest = rest[match.end() :]
    if match := _UNIT.match(rest):
        found = replace(found, unit=_label(match[1]))
        rest = _after(rest, match)
    return _take_floor(found, rest, known)


def _take_building(text: str) -> tuple[Address | None, str]:
    road = _ROAD.match(text)
    if road and _BUILDING.search(text, road.end()):
        text = text[road.end() :]
    if match := _BUILDING.search(text):
        building = _label(match["label"] or match["named"])
        prefix = text[: match.start()].strip("-")
        estate = _estate(prefix)
        if prefix and estate is None:
            return None, ""
        return Address(estate=estate or None, building=building), _after(text, match)
    if _UNIT.match(text) or _FLOOR.match(text) or not (match := _ESTATE_FIRST.match(text)):
        return Address(), text
    estate = None if whole_number(match[0].strip("-")) else _estate(match[1] or match[2])
    return (Address(estate=estate or None), text[match.end() :]) if estate else (Address(), text)


def _take_floor(found: Address, rest: str, known: _Known) -> tuple[Address | None, str]:
    if match := _BEFORE_FLOOR.match(rest):
        labels = [_label(part) for part in match[1].split("-") if part]
        placed = _place(labels, _Known(found.building or known.building, found.unit or known.unit))
        if placed is None:
            return None, ""
        found = replace(
            found, building=found.building or placed.building, unit=found.unit or placed.unit
        )
        rest = rest[match.end() :]
    if match := _FLOOR.match(rest):
        found = replace(found, floor=_floor_number(match))
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


def _label(text: str) -> str:
    """The one spelling of a building or unit: `03`, `三` and `3` are 3; `a-1` is A1."""
    text = text.replace("-", "").upper()
    number = whole_number(text)
    if number is not None:
        return str(number)
    return text.lstrip("0") if text[:1] == "0" and text.lstrip("0")[:1].isdigit() else text


def _floor_number(match: re.Match[str]) -> int | None:
    number = whole_number(match[2])
    return None if not number or number > 200 else -number if match[1] else number


def _without_room(found: Address) -> Address | None:
    if found.floor is not None and found.floor < 0:
        return replace(found, room=basement(found.floor).room)
    return found if found.building or found.unit or found.floor else None


def _read_rest(found: Address, rest: str, known: _Known) -> Address | None:
    """The parts between hyphens: labels of building and unit first, the door last."""
    if found.floor is not None:
        door = read_door(rest, floor=found.floor)
        return replace(found, room=door.room) if door else None
    parts = rest.split("-") if not rest.startswith("-") else [rest]
    doors = _door_parts(parts, known)
    placed = _place([_label(part) for part in parts[: len(parts) - doors]], known)
    floor, text = _one_door(parts[len(parts) - doors :])
    door = read_door(text, floor=floor)
    if placed is None or door is None or not all(map(_LABEL.fullmatch, parts[:-doors])):
        return None
    return replace(
        found,
        building=found.building or placed.building,
        unit=found.unit or placed.unit,
        floor=door.floor,
        room=door.room,
    )


def _door_parts(parts: list[str], known: _Known) -> int:
    """How many of the last parts name the door: two in `5-01`, `501-1`, `501-502`, else one."""
    if len(parts) == 1:
        return 1
    before, last = parts[-2:]
    if len(parts) == 2:
        split = known.building is not None and _is_door_number(before) and last.isdecimal()
        return 2 if split or (is_short(last) and known.building is not None) else 1
    if len(parts) == 3:
        in_building = known.building not in {None, _label(parts[0])} and is_short(last)
        return 2 if in_building or _is_door_number(before) else 1
    return 2


def _is_door_number(text: str) -> bool:
    return text.isdecimal() and not is_short(text)


def _one_door(parts: list[str]) -> tuple[int | None, str]:
    """Floor and room text out of one or two parts."""
    if len(parts) == 1:
        return None, parts[0]
    first, second = parts
    if is_short(first):
        return whole_number(first), second
    return None, f"{first}-{second}" if is_short(second) else f"{first}+{second}"


def _place(labels: list[str], known: _Known) -> Address | None:
    """Which labels are building and unit, given what is known; None when they contradict it."""
    if not labels:
        return Address()
    if len(labels) == 2:
        building, unit = labels
        agrees = known.building in {None, building} and known.unit in {None, unit}
        return Address(building=building, unit=unit) if agrees and len(unit) <= 2 else None
    if len(labels) > 2:
        return None
    if known.building is None:
        return Address(building=labels[0])
    if known.unit is None:
        return Address(unit=labels[0]) if len(labels[0]) <= 2 else None
    return Address() if labels[0] in {known.unit, known.building} else None


def _is_name(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _fits(address: Address) -> bool:
    labels = (address.building, address.unit, address.room)
    return len(address.estate or "") <= LONGEST_ESTATE and all(
        len(label or "") <= LONGEST_LABEL for label in labels
    )
