"""The last part of an address: which door on which floor."""

from __future__ import annotations

import re
from typing import NamedTuple

from portal.rosters.numerals import CHINESE, whole_number

_SIDES = "东西南北中左右前后"
_DOOR = re.compile(r"([A-Z]?)(\d{3,5})([A-Z]?)")
_SHORT = re.compile(r"(\d{1,2})([A-Z]?)")
_BASEMENT_DOOR = re.compile(r"(?:B|负|地下|-)([1-9])-?(\d{2})")
_BASEMENT = re.compile(rf"(?:B|负|地下|-)([1-9]|[{CHINESE}])[楼层F]?")
_TOGETHER = re.compile(r"(\d{3,5})[+&](\d{3,5})")
_SPLIT = re.compile(r"(\d{3,5})-(\d{1,2})")
_BY_SIDE = re.compile(rf"[{_SIDES}]{{1,2}}[户边侧]?")
_WORDS = (
    "商铺|商业|门面|铺面|店铺|门市|底商|铺|车库|车位|地下室|储藏室|储藏间|储物间|杂物间|架空层|"
    "物业用房|物业|社区用房|办公室|办公|传达室|门卫室|门卫|值班室|阁楼|顶楼|夹层|跃层|会所|活动室"
)
_BY_WORD = re.compile(rf"(?:\d{{1,3}}号?)?(?:{_WORDS})-?(?:\d{{1,3}}[A-Z]?)?号?")
_END = re.compile(rf"(?<=[\dA-Z{CHINESE}])(?:号房|房间|室|号|房|户|门)$", re.IGNORECASE)
_SPOKEN = re.compile(rf"[{CHINESE}]{{2,5}}")
_BELOW = "零一二三四五六七八九"


class Door(NamedTuple):
    """A door: its floor (negative below ground, None when nothing tells) and its room."""

    floor: int | None
    room: str


def read_door(text: str, *, floor: int | None = None) -> Door | None:
    """The door that a text names, or None; `floor` is what other words said about it.

    The floor of a room number is what stands before its last two digits; of five digits, before
    the last three. A number of one or two digits is a room only together with its floor:
    floor 5, room 1 is 501. Noughts in front are dropped, since spreadsheets drop them too.
    """
    text = _plain(text)
    if not _ANY_SHAPE.fullmatch(text):
        return None
    for shape, door in _SHAPES:
        if match := shape.fullmatch(text):
            found = door(match, floor)
            if found is None or floor is None:
                return found
            return Door(floor, found.room)
    return None


def is_short(text: str) -> bool:
    """Whether a text is a number of one or two digits, perhaps with a letter."""
    return bool(_SHORT.fullmatch(_plain(text)))


def basement(floor: int) -> Door:
    """A whole floor below ground taken as one home: `负一楼`."""
    return Door(floor, f"负{_BELOW[-floor]}楼" if -floor < len(_BELOW) else f"负{-floor}楼")


def _plain(text: str) -> str:
    """Without `室` or the like at the end, and `五零一` as 501."""
    if text.isascii():
        return text.upper()
    text = _END.sub("", text).upper()
    number = whole_number(text) if _SPOKEN.fullmatch(text) else None
    return text if number is None else str(number)


def _floor_of(digits: str) -> int | None:
    """501: 5, 1803: 18, 12005: 12, 0301: 3; nothing for 001."""
    before = digits[:-3] if len(digits) == 5 else digits[:-2]
    return int(before) or None


def _numbered(match: re.Match[str], _floor: int | None) -> Door | None:
    before, digits, after = match.groups()
    if len(digits) == 5 and digits.endswith("000"):
        return None
    while len(digits) > 3 and digits.startswith("0"):
        digits = digits[1:]
    return Door(_floor_of(digits), f"{before}{digits}{after}")


def _on_floor(match: re.Match[str], floor: int | None) -> Door:
    number, letter = int(match[1]), match[2]
    if floor is None:
        return Door(None, f"{number}{letter}")
    return Door(floor, f"{_storey(floor)}{number:02d}{letter}")


def _storey(floor: int) -> str:
    return f"B{-floor}" if floor < 0 else str(floor)


def _below(match: re.Match[str], _floor: int | None) -> Door:
    floor = -int(match[1])
    return Door(floor, f"{_storey(floor)}{match[2]}")


def _whole_basement(match: re.Match[str], _floor: int | None) -> Door | None:
    number = whole_number(match[1])
    return basement(-number) if number else None


def _together(match: re.Match[str], _floor: int | None) -> Door | None:
    """Flats joined into one home, on one floor: `501+502`."""
    floors = {_floor_of(match[1]), _floor_of(match[2])}
    return Door(floors.pop(), f"{match[1]}+{match[2]}") if len(floors) == 1 else None


def _split(match: re.Match[str], _floor: int | None) -> Door:
    """A flat let as several: `501-1`."""
    return Door(_floor_of(match[1]), match[0])


def _in_words(match: re.Match[str], floor: int | None) -> Door:
    return Door(floor, match[0])


_SHAPES = (
    (_BASEMENT_DOOR, _below),
    (_DOOR, _numbered),
    (_SHORT, _on_floor),
    (_BASEMENT, _whole_basement),
    (_TOGETHER, _together),
    (_SPLIT, _split),
    (_BY_WORD, _in_words),
    (_BY_SIDE, _in_words),
)
# Most texts that are asked about are no doors at all.
_ANY_SHAPE = re.compile("|".join(f"(?:{shape.pattern})" for shape, _ in _SHAPES))
