"""Laying out a building as it stands: units side by side, floors from the top, a cell a door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup


class Cell(NamedTuple):
    """A door as the plan shows it; `look` names its state, and whether somebody is expected.

    What people have written is escaped for HTML: the plan sets its many cells as they are.
    """

    unit: str
    floor: int
    id: int
    room: Markup
    look: str
    word: Markup


# Stands where another floor of the unit has more doors.
NO_DOOR = Cell("", 0, 0, Markup(), "", Markup())


@dataclass(frozen=True)
class Stair:
    """One unit with the number of columns it needs: the most doors on one of its floors."""

    name: str
    width: int


@dataclass(frozen=True)
class Floor:
    """One floor from left to right: whether a further unit begins there, and its door."""

    number: int
    cells: tuple[tuple[bool, Cell], ...]


@dataclass(frozen=True)
class Layout:
    stairs: tuple[Stair, ...]
    floors: tuple[Floor, ...]

    @property
    def widest(self) -> int:
        return max((stair.width for stair in self.stairs), default=1)


def lay_out(cells: Iterable[Cell]) -> Layout:
    """The floor plan of doors given in walking order; their order within a floor is kept."""
    units: dict[str, dict[int, list[Cell]]] = {}
    for cell in cells:
        units.setdefault(cell.unit, {}).setdefault(cell.floor, []).append(cell)
    stairs = tuple(
        Stair(name, max(map(len, by_floor.values()))) for name, by_floor in units.items()
    )
    # The first cell of every unit but the first; the same on each floor.
    begins = [at == 0 < n for n, stair in enumerate(stairs) for at in range(stair.width)]
    numbers = {number for by_floor in units.values() for number in by_floor}
    floors = []
    for number in sorted(numbers, reverse=True):
        row: list[Cell] = []
        for stair in stairs:
            there = units[stair.name].get(number, [])
            row += there + [NO_DOOR] * (stair.width - len(there))
        floors.append(Floor(number, tuple(zip(begins, row, strict=True))))
    return Layout(stairs, tuple(floors))
