"""A rota to be planned, with every name turned into a number.

People and units are numbered in the order of the file, slots in the order of time. A set of slots
is an integer with one bit a slot, so that "may Chen come at this hour, given what Chen has already"
is one `&`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm

Name = str | int  # an id of the file
Progress = Callable[[int, int], None]  # how much is done, and of how much

UNLIMITED = 1 << 30


@dataclass(frozen=True)
class Rules:
    """The rules of a rota, as the file has them; a week is seven days counted from day 0."""

    crew_size: int = 2
    leads: int = 1
    lead_roles: frozenset[str] = frozenset({"leader", "experienced"})
    lead_scope: str = "estate"  # any, estate or building
    per_day: int = 1
    rest_hours: float = 0
    max_travel: float | None = None
    own_building: str = "any"  # any, prefer or forbid
    never_days: float = 30
    relative: bool = False  # loads are compared in proportion to max_shifts


@dataclass(frozen=True, slots=True)
class Slot:
    """A time band of one day: `begin` and `end` in hours since day 0, room for `most` visits."""

    name: Name
    day: int
    begin: float
    end: float
    most: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A place to be visited. A `weight` of 2 makes every day of waiting count twice.

    `last` is the day of the last visit, negative. `owed`: its turn fell out, so it goes first.
    """

    name: Name
    estate: int
    building: int
    last: float
    needs: tuple[str, ...] = ()
    weight: float = 1
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A volunteer; `asked` and `leave` are sets of slots, `carried` what was served before.

    `weeks` are the limits of single weeks, the first from day 0 on, where `most_a_week` is not the
    limit of all. `also` are estates to which somebody may be sent besides, whatever the way, and
    `leads_in` those of them whose crews they may lead.
    """

    name: Name
    estate: int
    building: int
    roles: frozenset[str]
    asked: int
    leave: int
    most: int
    most_a_week: int
    carried: int
    leads: bool
    weeks: tuple[int, ...] = ()
    also: frozenset[int] = frozenset()
    leads_in: frozenset[int] = frozenset()

    def most_in(self, week: int) -> int:
        """How many shifts somebody may have in a week."""
        return self.weeks[week] if week < len(self.weeks) else self.most_a_week


@dataclass(frozen=True, slots=True)
class Pin:
    """A visit that is settled, with those who signed up for it themselves."""

    unit: int
    slot: int
    crew: tuple[int, ...]


@dataclass
class Problem:
    """Everything the planner knows.

    `been` holds (person, building) of earlier visits, `met` those who went together.
    """

    rules: Rules
    slots: Sequence[Slot]
    units: Sequence[Unit]
    people: Sequence[Person]
    estates: Sequence[Name]
    buildings: Sequence[Name]
    spots: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    pins: Sequence[Pin] = ()
    been: Sequence[tuple[int, int]] = ()
    met: Sequence[tuple[int, int]] = ()

    @cached_property
    def horizon(self) -> int:
        """The first day after the rota."""
        return max((slot.day for slot in self.slots), default=-1) + 1

    @cached_property
    def week(self) -> list[int]:
        """Of every slot, the slots of its week."""
        return _alike([slot.day // 7 for slot in self.slots])

    @cached_property
    def day(self) -> list[int]:
        """Of every slot, the slots of its day."""
        return _alike([slot.day for slot in self.slots])

    @cached_property
    def clash(self) -> list[int]:
        """Of every slot, those that nobody can serve beside it: itself, and for want of rest."""
        slots, rest = self.slots, self.rules.rest_hours
        found = [1 << t for t in range(len(slots))]
        if self.rules.per_day == 1:
            found = list(self.day)
        for t, late in enumerate(slots):
            for s in range(t - 1, -1, -1):
                if _too_close(slots[s], late, rest):
                    found[s] |= 1 << t
                    found[t] |= 1 << s
                elif slots[s].day < late.day - 2 - rest / 24:
                    break
        return found

    @cached_property
    def available(self) -> list[int]:
        """Of every person, the slots asked for, not on leave, and in no week that is full."""
        return [self._open(person) for person in self.people]

    def _open(self, person: Person) -> int:
        found = person.asked & ~person.leave
        for week, slots in self.weeks.items() if person.weeks else ():
            if not person.most_in(week):
                found &= ~slots
        return found

    @cached_property
    def weeks(self) -> dict[int, int]:
        """Of every week, its slots."""
        return {slot.day // 7: slots for slot, slots in zip(self.slots, self.week, strict=True)}

    @cached_property
    def weekly(self) -> list[list[int]]:
        """Of every person, the most in the week of every slot; one list for all who are alike."""
        weeks = [slot.day // 7 for slot in self.slots]
        lists: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for person in self.people:
            key = person.most_a_week, person.weeks
            if key not in lists:
                lists[key] = [person.most_in(week) for week in weeks]
        return [lists[person.most_a_week, person.weeks] for person in self.people]

    @cached_property
    def step(self) -> list[int]:
        """What one more shift weighs: 1, or in proportion to what the person may do at most."""
        if not self.rules.relative:
            return [1] * len(self.people)
        whole = lcm(*(person.most for person in self.people if person.most))
        return [whole // max(1, person.most) for person in self.people]

    @cached_property
    def near(self) -> list[list[int]]:
        """Of every estate, the people who may be sent there, the nearest first, guests last."""
        homes: list[list[int]] = [[] for _ in self.estates]
        for p, person in enumerate(self.people):
            homes[person.estate].append(p)
        most = self.rules.max_travel
        found = []
        for e in range(len(self.estates)):
            ways = sorted((self.travel(home, e), home) for home in range(len(homes)) if homes[home])
            reached = [home for way, home in ways if most is None or way <= most]
            found.append([p for home in reached for p in homes[home]])
        for p, person in enumerate(self.people):
            for e in sorted(person.also):
                if not self._reached[person.estate][e]:
                    found[e].append(p)
        return found

    def travel(self, one: int, other: int) -> float:
        """How far apart two estates are: the way round the corner, or 1 where none is known."""
        if one == other:
            return 0
        if one not in self.spots or other not in self.spots:
            return 1
        (x, y), (u, v) = self.spots[one], self.spots[other]
        return abs(x - u) + abs(y - v)

    def may_lead(self, p: int, unit: Unit) -> bool:
        """Whether somebody may lead the crew at a unit."""
        person = self.people[p]
        if unit.estate in person.leads_in:
            return True
        if not person.leads or self.rules.lead_scope == "any":
            return person.leads
        if self.rules.lead_scope == "estate":
            return person.estate == unit.estate
        return person.building == unit.building

    def may_go(self, p: int, unit: Unit) -> bool:
        """Whether somebody may be sent to a unit: the way, and the rule about the own building."""
        person = self.people[p]
        if person.building == unit.building and self.rules.own_building == "forbid":
            return False
        return self._reached[person.estate][unit.estate] or unit.estate in person.also

    @cached_property
    def _reached(self) -> list[list[bool]]:
        """From every estate, whether somebody who lives there may be sent to another."""
        most, every = self.rules.max_travel, range(len(self.estates))
        return [[most is None or self.travel(home, e) <= most for e in every] for home in every]


def _alike(keys: Sequence[int]) -> list[int]:
    masks: dict[int, int] = {}
    for t, key in enumerate(keys):
        masks[key] = masks.get(key, 0) | 1 << t
    return [masks[key] for key in keys]


def _too_close(early: Slot, late: Slot, rest: float) -> bool:
    return late.begin < early.end or late.begin - early.end < rest


def bits(mask: int) -> Iterator[int]:
    """The slots of a set, the latest first."""
    while mask:
        t = mask.bit_length() - 1
        mask ^= 1 << t
        yield t


def say_nothing(_done: int, _total: int) -> None:
    """Progress that nobody watches."""
