"""What is open in a published plan, as a problem of the planner; and who goes there. Pure.

Of thousands of shifts only those that lack somebody are looked at, and of all people only those who
are free for one of them: what the others have stays as it is, so a plan is mended in a request. It
is what `planner.repair` would find with the whole plan before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from portal.shifts.bands import Session
from portal.shifts.building import LEAD, clashes, day_of, placed, within
from portal.shifts.free_time import Hours, Stretch, holds, stretch_of
from portal.shifts.instance import Numbers
from portal.shifts.problem import Person, Pin, Problem, Rules, Slot, Unit
from portal.shifts.reasons import Reason, explain
from portal.shifts.repairing import Repair
from portal.shifts.task import Engaged, Helper

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Shift = Any  # id, group_id, building_id, estate_id, path, starts_at, ends_at, seats


@dataclass(frozen=True, kw_only=True)
class Rota:
    """The shifts of a plan that lie ahead, in the order of time, and who stays in each.

    `helpers` are those who may be sent or stay, in the order of their numbers, each with what they
    have beside these shifts; whoever stays serves in the estate of the shift. `needs` tells what
    the place with a path asks for.
    """

    shifts: Sequence[Shift]
    crews: Mapping[int, Sequence[int]]
    helpers: Mapping[int, Helper]
    needs: Callable[[str], Sequence[str]]
    crew_size: int
    leads: int
    rest: timedelta


class Mended:
    """A rota whose openings are filled as far as people are free; nobody else moves."""

    def __init__(self, rota: Rota) -> None:
        self._rota, openings = rota, _Openings(rota)
        self._shifts = openings.shifts
        if self._shifts:
            self._repair = Repair(openings.problem(), (), may_move=False)
            self._repair.fill()

    def joins(self) -> dict[int, list[int]]:
        """Who joins which shift, by the number of the shift."""
        found = {}
        for visit, shift in enumerate(self._shifts):
            crew, people = self._rota.crews[shift.id], self._repair.problem.people
            names = [int(people[p].name) for p in self._repair.seating.crew(visit)]
            new = [name for name in names if name not in crew]
            found[shift.id] = new[: shift.seats - len(crew)]
        return found

    def reasons(self) -> dict[tuple[int, int], Reason]:
        """Why them, by shift and person."""
        told = explain(self._repair) if self._shifts else ()
        return {(int(reason.unit), int(reason.volunteer)): reason for reason in told}


def joining(rota: Rota) -> dict[int, list[int]]:
    """Who joins which shift, by the number of the shift; nobody else moves."""
    return Mended(rota).joins()


class _Openings:
    """The shifts that lack somebody; a set of their hours is an integer with one bit for each."""

    def __init__(self, rota: Rota) -> None:
        self.rota = rota
        self.shifts = [
            shift
            for shift in rota.shifts
            if len(rota.crews[shift.id]) < min(shift.seats, rota.crew_size)
        ]
        self.settled = [self._settled(shift) for shift in self.shifts]
        self.sessions = sorted({Session(s.starts_at, s.ends_at) for s in self.shifts})
        self.number = {(s.starts_at, s.ends_at): t for t, s in enumerate(self.sessions)}
        self.estates, self.buildings = Numbers(), Numbers()
        self._asked: dict[tuple[str, tuple[str, ...]], int] = {}
        self._leaves: dict[tuple[date, date], int] = {}
        self._bars: dict[tuple[datetime, datetime], tuple[int, int]] = {}

    def _settled(self, shift: Shift) -> list[int]:
        """Those who stay, but for whom no crew of this size has room."""
        rota, crew = self.rota, self.rota.crews[shift.id]
        kept = within(
            [rota.helpers[person] for person in crew],
            shift.estate_id,
            rota.needs(shift.path),
            rota.crew_size,
            rota.leads,
        )
        return [person for person in crew if person in kept]

    def problem(self) -> Problem:
        """The units are the shifts themselves, each with those who stay settled in it."""
        units = [self._unit(shift) for shift in self.shifts]
        people = list(self._people())
        known = {int(person.name): p for p, person in enumerate(people)}
        return Problem(
            rules=Rules(
                crew_size=self.rota.crew_size,
                leads=min(self.rota.leads, self.rota.crew_size),
                lead_roles=frozenset({LEAD}),
                rest_hours=self.rota.rest / HOUR,
                max_travel=0,
                own_building="forbid",
            ),
            slots=[self._slot(session) for session in self.sessions],
            units=units,
            people=people,
            estates=list(self.estates),
            buildings=list(self.buildings),
            pins=[
                Pin(u, self._slot_of(shift), tuple(known[person] for person in crew))
                for u, (shift, crew) in enumerate(zip(self.shifts, self.settled, strict=True))
            ],
            been=list(self._been(known)),
            met=list(self._met(known)),
        )

    # Shifts and their hours -----------------------------------------------------------------------

    def _unit(self, shift: Shift) -> Unit:
        return Unit(
            name=shift.id,
            estate=self.estates[shift.estate_id],
            building=self.buildings[shift.building_id],
            last=0,
            needs=tuple(sorted(self.rota.needs(shift.path))),
        )

    def _slot_of(self, shift: Shift) -> int:
        return self.number[shift.starts_at, shift.ends_at]

    def _slot(self, session: Session) -> Slot:
        start = self.sessions[0].starts_at
        return Slot(
            name=f"{session.starts_at}/{session.ends_at}",
            day=(day_of(session.starts_at) - self._monday).days,
            begin=(session.starts_at - start) / HOUR,
            end=(session.ends_at - start) / HOUR,
            most=len(self.shifts),
        )

    @cached_property
    def _days(self) -> list[date]:
        return [day_of(session.starts_at) for session in self.sessions]

    @cached_property
    def _monday(self) -> date:
        return self._days[0] - self._days[0].weekday() * DAY

    def _week(self, day: date) -> int:
        return (day - self._monday).days // 7

    @cached_property
    def _weeks(self) -> list[int]:
        """Of every week, the hours that lie in it."""
        found = [0] * (1 + self._week(self._days[-1]))
        for t, day in enumerate(self._days):
            found[self._week(day)] |= 1 << t
        return found

    def _wanted(self) -> dict[int, int]:
        """Of every estate, the hours at which somebody is wanted there."""
        found: dict[int, int] = {}
        for shift in self.shifts:
            hour = 1 << self._slot_of(shift)
            found[shift.estate_id] = found.get(shift.estate_id, 0) | hour
        return found

    # People ---------------------------------------------------------------------------------------

    def _people(self) -> Iterator[Person]:
        """Who is free for something that is open, and who stays in a shift that is."""
        groups = {shift.group_id: shift.estate_id for shift in self.rota.shifts}
        homes = placed(Counter(groups.values()), self.rota.helpers.values())
        wanted, have = self._wanted(), self._have
        staying = {person for crew in self.settled for person in crew}
        for number, helper in self.rota.helpers.items():
            hours = 0
            for estate in helper.estates:
                hours |= wanted.get(estate, 0)
            hours = hours and hours & self._open_to(helper.hours)
            if hours or number in staying:
                own = have.get(number, ())
                has = [*own, *helper.engaged]
                free = self._beside(helper, has, hours)
                if free or number in staying:
                    left, served = self._left(helper, has), helper.served + len(own)
                    yield self._person(helper, homes[number], free, left, served)

    @cached_property
    def _have(self) -> dict[int, list[Shift]]:
        """What people have in the plan, but for the shifts that lack somebody besides."""
        lacking, crews = {shift.id for shift in self.shifts}, self.rota.crews
        found: dict[int, list[Shift]] = {}
        for shift in self.rota.shifts:
            if shift.id not in lacking:
                for person in crews[shift.id]:
                    found.setdefault(person, []).append(shift)
        return found

    def _open_to(self, hours: Hours | None) -> int:
        """At which of the hours somebody can come who said this; alike weekdays are seen once."""
        if hours is None:
            return (1 << len(self.sessions)) - 1
        found = 0
        for weekday, bands in hours.items():
            key = weekday, tuple(bands)
            if key not in self._asked:
                of_day = self._stretches.get(weekday, {})
                held = [slots for s, slots in of_day.items() if holds({weekday: bands}, s)]
                self._asked[key] = sum(held)
            found |= self._asked[key]
        return found

    @cached_property
    def _stretches(self) -> dict[str, dict[Stretch, int]]:
        """Of every weekday its stretches of time, and the hours that are such."""
        found: dict[str, dict[Stretch, int]] = {}
        for t, session in enumerate(self.sessions):
            stretch = stretch_of(session.starts_at, session.ends_at)
            of_day = found.setdefault(stretch.weekday, {})
            of_day[stretch] = of_day.get(stretch, 0) | 1 << t
        return found

    def _beside(self, helper: Helper, has: Sequence[Shift | Engaged], hours: int) -> int:
        """Of these hours, those that leave, other shifts and the limits of weeks leave over."""
        for leave in helper.leaves:
            hours &= ~self._away(leave)
        for other in has:
            hours &= ~self._bar(other)[0]
        if hours:
            for most, slots in zip(self._left(helper, has), self._weeks, strict=True):
                if not most:
                    hours &= ~slots
        return hours

    def _left(self, helper: Helper, has: Sequence[Shift | Engaged]) -> tuple[int, ...]:
        """How many more shifts somebody may have in each week."""
        left = [helper.most_a_week] * len(self._weeks)
        for other in has:
            _, week = self._bar(other)
            if 0 <= week < len(left) and left[week]:
                left[week] -= 1
        return tuple(left)

    def _away(self, leave: tuple[date, date]) -> int:
        """The hours within a leave."""
        if leave not in self._leaves:
            first, last = leave
            self._leaves[leave] = _mask(first <= day <= last for day in self._days)
        return self._leaves[leave]

    def _bar(self, other: Shift | Engaged) -> tuple[int, int]:
        """The hours at which nobody can come who has another shift, and the week of that."""
        key = other.starts_at, other.ends_at
        if key not in self._bars:
            barred = _mask(clashes(session, other, self.rota.rest) for session in self.sessions)
            self._bars[key] = barred, self._week(day_of(other.starts_at))
        return self._bars[key]

    def _person(
        self, helper: Helper, home: int, free: int, left: tuple[int, ...], served: int
    ) -> Person:
        leads = home in helper.leads_in
        also = helper.estates & self.estates.keys() - {home}
        return Person(
            name=helper.id,
            estate=self.estates[home],
            building=self.buildings[helper.home_id or 0],
            roles=helper.skills | {LEAD} if leads else helper.skills,
            asked=free,
            leave=0,
            most=sum(left),
            most_a_week=max(left),
            carried=served,
            leads=leads,
            weeks=left if len(set(left)) > 1 else (),
            also=frozenset(self.estates[estate] for estate in also),
            leads_in=frozenset(self.estates[estate] for estate in also & helper.leads_in),
        )

    # Who has been where, and with whom ------------------------------------------------------------

    def _been(self, known: Mapping[int, int]) -> Iterator[tuple[int, int]]:
        for number in known:
            for shift in self._have.get(number, ()):
                if shift.building_id in self.buildings:
                    yield known[number], self.buildings[shift.building_id]

    def _met(self, known: Mapping[int, int]) -> Iterator[tuple[int, int]]:
        for shift in sorted({s.id for number in known for s in self._have.get(number, ())}):
            there = [known[person] for person in self.rota.crews[shift] if person in known]
            yield from ((p, q) for n, p in enumerate(there) for q in there[:n])


def _mask(each: Iterable[bool]) -> int:
    return sum(1 << t for t, one in enumerate(each) if one)
