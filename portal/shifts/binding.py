"""What keeps a rota from being as close as its hours would allow: leads, people, needs. Pure.

Each is a count that no plan can beat: all that the people of an estate may serve, rest and clashes
left out, beside the share of the hours that falls to its groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from portal.shifts.problem import Name, Problem, Unit


class Kind(StrEnum):
    """What there is too little of."""

    LEADS = "leads"
    PEOPLE = "people"


class Bind(NamedTuple):
    """An estate with too few leads or people: so many, for so many turns at most, of the room."""

    estate: Name
    kind: Kind
    people: int
    turns: int
    room: int


class Lacking(NamedTuple):
    """A unit that needs what nobody has who may be sent there."""

    unit: Name
    roles: tuple[str, ...]


def binds(problem: Problem) -> Iterator[Bind]:
    """The estates where people, rather than hours, decide how many turns there can be."""
    units: dict[int, Unit] = {unit.estate: unit for unit in problem.units}
    groups = Counter(unit.estate for unit in problem.units)
    room = sum(min(slot.most, len(problem.units)) for slot in problem.slots)
    for estate, unit in units.items():
        share = room * groups[estate] // len(problem.units)
        near = problem.near[estate]
        leads = [p for p in near if problem.may_lead(p, unit)]
        found = [_bind(problem, unit, Kind.PEOPLE, near, problem.rules.crew_size, share)]
        if problem.rules.leads:
            found.append(_bind(problem, unit, Kind.LEADS, leads, problem.rules.leads, share))
        tightest = min(found, key=lambda bind: bind.turns)
        if tightest.turns < share:
            yield tightest


def _bind(
    problem: Problem, unit: Unit, kind: Kind, people: list[int], seats: int, room: int
) -> Bind:
    able = [p for p in people if problem.available[p]]
    turns = sum(_most_turns(problem, p) for p in able) // seats
    return Bind(problem.estates[unit.estate], kind, len(able), turns, room)


def _most_turns(problem: Problem, p: int) -> int:
    """How many shifts somebody can have in all, rest and clashes left out."""
    person, free = problem.people[p], problem.available[p]
    found = 0
    for week, slots in problem.weeks.items():
        found += min((free & slots).bit_count(), person.most_in(week))
    return min(person.most, found)


def lacking(problem: Problem) -> Iterator[Lacking]:
    """The units that need what nobody has."""
    for unit in problem.units:
        if unit.needs:
            near = [p for p in problem.near[unit.estate] if problem.may_go(p, unit)]
            roles = {role for p in near for role in problem.people[p].roles}
            missing = tuple(role for role in unit.needs if role not in roles)
            if missing:
                yield Lacking(unit.name, missing)
