"""What a new cut would change, building by building: the content of a preview. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from portal.tower.cutting import Measure, measure
from portal.tower.recut import ConflictKind, Recut
from portal.tower.standing import Change, Rule, Standing
from portal.tower.walk import Stretch, runs, stretches


class MoveRow(NamedTuple):
    """Doors next to each other that go from one group to another."""

    old: int
    new: int
    stretch: Stretch


class ConflictRow(NamedTuple):
    """A manual move that could not be kept, or its price, and the doors it is about."""

    kind: ConflictKind
    number: int | None
    stretches: list[Stretch]


@dataclass(frozen=True)
class BuildingCut:
    """What a cut makes of one building."""

    standing: Standing
    recut: Recut

    @property
    def change(self) -> Change:
        return Change(self.standing, self.recut)

    @property
    def changes_anything(self) -> bool:
        return bool(self.recut.moved or any(c.keys for c in self.recut.conflicts))

    @cached_property
    def before(self) -> Measure:
        return measure(self.standing.homes, self.standing.current)

    @cached_property
    def after(self) -> Measure:
        return measure(self.standing.homes, self.recut.assignment)

    @property
    def groups(self) -> list[tuple[int, int, int]]:
        """Every group before or after: number, dwellings before, dwellings after."""
        before = Counter(self.standing.current.values())
        after = Counter(self.recut.assignment.values())
        return [(n, before[n], after[n]) for n in sorted(before | after)]

    @property
    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The smallest and the largest group: before, and after."""
        before = Counter(self.standing.current.values()).values()
        after = Counter(self.recut.assignment.values()).values()
        return (min(before), max(before)), (min(after), max(after))

    @property
    def moves(self) -> list[MoveRow]:
        """Who moves, in walking order."""
        goes = {move.key: (move.old, move.new) for move in self.recut.moved}
        walk = ((goes.get(home.key), home) for home in self.standing.homes)
        return [MoveRow(*pair, stretch) for pair, stretch in runs(walk) if pair]

    @property
    def conflicts(self) -> Iterator[ConflictRow]:
        for conflict in self.recut.conflicts:
            keys = set(conflict.keys)
            walk = ((home.key in keys, home) for home in self.standing.homes)
            doors = stretches(walk).get(True, [])
            yield ConflictRow(conflict.kind, conflict.number, doors)


@dataclass
class CutPlan:
    """What a cut of a part of the tower would change; buildings that stay as they are are counted.

    `digest` names this very outcome: only what somebody has seen is ever written.
    """

    rule: Rule
    changed: list[BuildingCut] = field(default_factory=list)
    conflicted: list[BuildingCut] = field(default_factory=list)
    unchanged: int = 0
    groups_before: int = 0
    groups_after: int = 0
    moved: int = 0
    homes: int = 0

    def add(self, building: BuildingCut) -> None:
        self.homes += len(building.standing.homes)
        self.groups_before += len(set(building.standing.current.values()))
        self.groups_after += len(set(building.recut.assignment.values()))
        self.moved += len(building.recut.moved)
        if building.recut.conflicts:
            self.conflicted.append(building)
        if building.changes_anything:
            self.changed.append(building)
        else:
            self.unchanged += 1

    @property
    def digest(self) -> str:
        lines = (
            (cut.standing.building_id, cut.recut.moved, cut.recut.conflicts) for cut in self.changed
        )
        return hashlib.sha256(repr((self.rule, list(lines))).encode()).hexdigest()


def plan_of(rule: Rule, buildings: Iterable[BuildingCut]) -> CutPlan:
    plan = CutPlan(rule)
    for building in buildings:
        plan.add(building)
    return plan
