"""Pools: seats that are equal for everybody, and the people who may take one.

Two seats of a slot are of one pool when they ask for the same: the estate (and the building where
a rule looks at it), a lead or not, certain roles. A search then looks at a pool once, not at each
of its seats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, permutations, product
from typing import NamedTuple

from portal.shifts.problem import Problem, Unit

NOWHERE = -1
MOST_WAYS = 64  # of sharing out a visit's needs among its seats: more than any real visit has


class Want(NamedTuple):
    """What a seat asks of a person."""

    lead: bool
    roles: tuple[str, ...] = ()


class Pools:
    """The pools met so far, by number: their slot, people, and a building whose people are barred.

    Lists of people are shared between the pools that differ only in the barred building.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.slot: list[int] = []
        self.people: list[list[int]] = []
        self.barred: list[int] = []
        self.unit: list[int] = []  # one of the units it was made for, which stands for all
        self.want: list[Want] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._lists: dict[tuple[object, ...], list[int]] = {}
        self._bars = problem.rules.own_building == "forbid"
        self._by_building = problem.rules.lead_scope == "building"

    def number(self, u: int, t: int, want: Want) -> int:
        """The pool of a seat at unit `u` in slot `t`."""
        unit = self.problem.units[u]
        barred = unit.building if self._bars else NOWHERE
        place = unit.building if want.lead and self._by_building else NOWHERE
        shared = (t, unit.estate, place, want)
        key = (shared, barred)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.slot)
            if shared not in self._lists:
                self._lists[shared] = self._find(u, t, want)
            self.slot.append(t)
            self.people.append(self._lists[shared])
            self.barred.append(barred)
            self.unit.append(u)
            self.want.append(want)
        return found

    def _find(self, u: int, t: int, want: Want) -> list[int]:
        problem, bit = self.problem, 1 << t
        available, unit = problem.available, problem.units[u]
        found = [p for p in problem.near[unit.estate] if available[p] & bit]
        if want.lead:
            found = [p for p in found if problem.may_lead(p, unit)]
        if want.roles:
            found = [p for p in found if problem.people[p].roles.issuperset(want.roles)]
        return found

    def admits(self, pool: int, p: int) -> bool:
        """Whether a person may sit in a pool at all, whatever else this person has."""
        problem, want, person = self.problem, self.want[pool], self.problem.people[p]
        unit = problem.units[self.unit[pool]]
        return bool(
            (person.estate == unit.estate or problem.may_go(p, unit))  # most are of elsewhere
            and person.building != self.barred[pool]
            and problem.available[p] >> self.slot[pool] & 1
            and (not want.lead or problem.may_lead(p, unit))
            and (not want.roles or person.roles.issuperset(want.roles))
        )

    def line(self, pool: int, p: int) -> list[int]:
        """Everybody else who may sit in a pool, whatever else they have."""
        barred, people = self.barred[pool], self.problem.people
        return [q for q in self.people[pool] if q != p and people[q].building != barred]


def crews(problem: Problem, unit: Unit) -> list[tuple[Want, ...]]:
    """The ways to man a visit: which seat answers for which need; lead seats come first."""
    rules = problem.rules
    plain = [Want(lead=seat < rules.leads) for seat in range(rules.crew_size)]
    if not unit.needs or not plain:
        return [tuple(plain)]
    found = dict.fromkeys(_shared_out(plain, unit.needs))
    return list(islice(found, MOST_WAYS))


def places(
    problem: Problem, unit: Unit, wants: Sequence[Want], crew: Sequence[int]
) -> dict[int, int] | None:
    """Which seat each of a crew could have, leads on lead seats first; None if they do not fit."""
    for order in permutations(range(len(wants)), len(crew)):
        if all(
            (not wants[seat].lead or problem.may_lead(p, unit))
            and problem.people[p].roles.issuperset(wants[seat].roles)
            for seat, p in zip(order, crew, strict=True)
        ):
            return dict(zip(order, crew, strict=True))
    return None


def _shared_out(plain: list[Want], needs: tuple[str, ...]) -> Iterator[tuple[Want, ...]]:
    """Needs fall to the last seat first, so that leads stay free of them where it can be."""
    seats = range(len(plain) - 1, -1, -1)
    for bearers in product(seats, repeat=len(needs)):
        roles: list[list[str]] = [[] for _ in plain]
        for bearer, role in zip(bearers, needs, strict=True):
            roles[bearer].append(role)
        yield tuple(
            Want(want.lead, tuple(sorted(mine))) for want, mine in zip(plain, roles, strict=True)
        )
