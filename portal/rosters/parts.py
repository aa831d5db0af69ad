"""What the numbers between hyphens mean: `3-2-501`, `2-501` in building 3, `5-01` in unit 2."""

from __future__ import annotations

import re
from typing import NamedTuple

from portal.rosters.doors import Door, is_short, read_door
from portal.rosters.numerals import CHINESE, whole_number

NAMED = "甲乙丙丁戊己庚辛壬癸东西南北中"
LABEL = rf"(?:\d{{1,4}}[A-Z]?|[A-Z]{{1,2}}\d{{0,3}}|[{CHINESE}]+|[{NAMED}]\d?)"
_LABEL = re.compile(LABEL, re.IGNORECASE)
_LONGEST_UNIT = 2


class Known(NamedTuple):
    """The building and unit of a home as far as words or other columns tell them."""

    building: str | None
    unit: str | None


NOTHING = Known(None, None)


class Parts(NamedTuple):
    """Building and unit as far as the parts name them, and the door."""

    building: str | None
    unit: str | None
    door: Door


def read_parts(text: str, known: Known) -> Parts | None:
    """Labels of building and unit first, the door last; None for anything that may mean two things.

    A floor below ground begins with a hyphen of its own: `-1`, `-101`.
    """
    parts = [text] if text.startswith("-") else text.split("-")
    doors = _door_parts(parts, known)
    labels = parts[: len(parts) - doors]
    if doors == 0 or not all(map(_LABEL.fullmatch, labels)):
        return None
    placed = place_labels([label(part) for part in labels], known)
    door = _door(parts[len(labels) :])
    return Parts(*placed, door) if placed and door else None


def place_labels(labels: list[str], known: Known) -> Known | None:
    """Which labels are building and unit, given what is known; None when they contradict it."""
    if not labels:
        return NOTHING
    if len(labels) == 2:
        building, unit = labels
        agrees = known.building in {None, building} and known.unit in {None, unit}
        return Known(building, unit) if agrees and len(unit) <= _LONGEST_UNIT else None
    if len(labels) > 2:
        return None
    if known.building is None:
        return Known(labels[0], None)
    if known.unit is None:
        return Known(None, labels[0]) if len(labels[0]) <= _LONGEST_UNIT else None
    return NOTHING if labels[0] in known else None


def label(text: str) -> str:
    """The one spelling of a building or unit: `03`, `三` and `3` are 3; `a-1` is A1."""
    text = text.replace("-", "").upper()
    number = whole_number(text)
    if number is not None:
        return str(number)
    return text.lstrip("0") if text[:1] == "0" and text.lstrip("0")[:1].isdigit() else text


def _door_parts(parts: list[str], known: Known) -> int:
    """How many of the last parts name the door: two in `5-01`, `501-1`, `501-502`, else one."""
    if len(parts) == 1:
        return 1
    before, last = parts[-2:]
    if len(parts) == 2 and is_short(last) and known.building is None:
        return 0  # 3-2 may lack the room, the unit or the building
    if len(parts) == 2:
        split = known.building is not None and _is_door_number(before) and last.isdecimal()
        floor_first = known.unit is not None and label(before) not in known
        return 2 if split or is_short(last) or floor_first else 1
    if len(parts) == 3:
        in_building = known.building not in {None, label(parts[0])} and is_short(last)
        return 2 if in_building or _is_door_number(before) else 1
    return 2


def _is_door_number(text: str) -> bool:
    return text.isdecimal() and not is_short(text)


def _door(parts: list[str]) -> Door | None:
    """The door in one or two parts; a floor before a whole room number must agree with it."""
    if len(parts) == 1:
        return read_door(parts[0])
    first, second = parts
    if not is_short(first):
        return read_door(f"{first}-{second}" if is_short(second) else f"{first}+{second}")
    floor = whole_number(first)
    door = read_door(second, floor=floor)
    agrees = is_short(second) or read_door(second) == door
    return door if floor and agrees else None
