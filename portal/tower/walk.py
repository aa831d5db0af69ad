"""The walk through a building as people read it: which doors in a row belong together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeVar

from portal.tower.cutting import Addressed

K = TypeVar("K", bound=Hashable)


class Stretch(NamedTuple):
    """Doors next to each other on the walk: the first, the last, how many."""

    first: Addressed
    last: Addressed
    doors: int


class Size(NamedTuple):
    """How large a part of the tower is; `smallest` and `largest` are groups, in dwellings."""

    homes: int = 0
    buildings: int = 0
    groups: int = 0
    smallest: int = 0
    largest: int = 0


def runs(walk: Iterable[tuple[K, Addressed]]) -> Iterator[tuple[K, Stretch]]:
    """A walk, whose doors come with what they belong to, in stretches of the same."""
    for key, run in groupby(walk, key=lambda pair: pair[0]):
        doors = [door for _, door in run]
        yield key, Stretch(doors[0], doors[-1], len(doors))


def stretches(walk: Iterable[tuple[K, Addressed]]) -> dict[K, list[Stretch]]:
    """The stretches of a walk by what they belong to."""
    found: dict[K, list[Stretch]] = {}
    for key, stretch in runs(walk):
        found.setdefault(key, []).append(stretch)
    return found


def sizes_above(groups: Iterable[tuple[str, int]]) -> dict[int, Size]:
    """The size of every place with groups below it, by its id, from (path, dwellings) of groups."""
    found: dict[int, Size] = {}
    buildings: dict[int, set[int]] = {}
    for path, homes in groups:
        steps = [int(step) for step in path.strip("/").split("/")]
        for step in steps:
            old = found.get(step, Size(smallest=homes))
            buildings.setdefault(step, set()).add(steps[-2])
            found[step] = Size(
                old.homes + homes,
                len(buildings[step]),
                old.groups + 1,
                min(old.smallest, homes),
                max(old.largest, homes),
            )
    return found
