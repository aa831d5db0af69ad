"""Laying out a building as it stands: units side by side, floors from the top, a cell a door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class PlanDoor(Protocol):
    """What a door must tell to find its place on the plan."""

    @property
    def unit(self) -> str: ...
    @property
    def floor(self) -> int: ...


Door = TypeVar("Door", bound=PlanDoor)


@dataclass(frozen=True)
class Stair:
    """One unit with the number of columns it needs: the most doors on one of its floors."""

    name: str
    width: int


@dataclass(frozen=True)
class Floor(Generic[Door]):
    """One floor, its cells unit by unit; None where another floor of the unit has more doors."""

    number: int
    cells: tuple[tuple[Door | None, ...], ...]


@dataclass(frozen=True)
class Layout(Generic[Door]):
    stairs: tuple[Stair, ...]
    floors: tuple[Floor[Door], ...]

    @property
    def widest(self) -> int:
        return max((stair.width for stair in self.stairs), default=1)


def lay_out(doors: Iterable[Door]) -> Layout[Door]:
    """The floor plan of doors given in walking order; their order within a floor is kept."""
    units: dict[str, dict[int, list[Door]]] = {}
    floors: set[int] = set()
    for door in doors:
        units.setdefault(door.unit, {}).setdefault(door.floor, []).append(door)
        floors.add(door.floor)
    stairs = tuple(
        Stair(name, max(len(row) for row in by_floor.values())) for name, by_floor in units.items()
    )
    rows = tuple(
        Floor(number, tuple(_padded(units[s.name].get(number, []), s.width) for s in stairs))
        for number in sorted(floors, reverse=True)
    )
    return Layout(stairs, rows)


def _padded(doors: list[Door], width: int) -> tuple[Door | None, ...]:
    return (*doors, *([None] * (width - len(doors))))
