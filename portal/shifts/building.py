"""From groups, people and what stands already to an instance of the planner. Pure.

Days are counted from the Monday on or before the first session, so that the planner's weeks are
those of the calendar, as in `eligibility`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from portal.clock import at, local
from portal.shifts.bands import Session
from portal.shifts.free_time import Hours, holds, stretch_of
from portal.shifts.task import Engaged, Group, Helper, Standing, Task

DAY = timedelta(days=1)
NEVER_DAYS = 60  # how long ago a group counts as visited that never was
LEAD = "leader"


def slot_name(session: Session | Standing) -> str:
    """What the planner calls a session: 2026-11-28T18:30."""
    return _slot_name(session.starts_at)


@lru_cache(maxsize=2000)  # a plan asks for each of its sessions with every shift
def _slot_name(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%dT%H:%M}"


@lru_cache(maxsize=2000)
def day_of(moment: datetime) -> date:
    return local(moment).date()


def instance_of(task: Task) -> dict[str, Any]:
    """The instance of a task, as the planner and the checker of rotas read it."""
    return _Builder(task).instance()


class _Builder:
    """One task, with its days counted from a Monday."""

    def __init__(self, task: Task) -> None:
        self.task = task
        first = local(task.sessions[0].starts_at).date()
        self.monday = first - first.weekday() * DAY
        self.slots = {slot_name(session): session for session in task.sessions}
        self.stretches = {n: stretch_of(s.starts_at, s.ends_at) for n, s in self.slots.items()}
        work = Counter(group.estate_id for group in task.groups)
        self.placed = placed(work, task.helpers)
        self.estates = set(work)
        self.pins = self._pins()
        self.weeks = 1 + max(self._day(session) // 7 for session in task.sessions)

    def instance(self) -> dict[str, Any]:
        task = self.task
        return {
            "units": [self._unit(group) for group in task.groups],
            "slots": [self._slot(name, session) for name, session in self.slots.items()],
            "volunteers": self._volunteers(),
            "pinned": [
                {"unit": shift.group_id, "slot": slot_name(shift), "crew": crew}
                for shift, crew in self.pins
            ],
            "history": [{"volunteer": who, "building": where} for who, where in task.been],
            "rules": {
                "crew_size": task.crew_size,
                "leads_per_shift": min(task.leads, task.crew_size),
                "lead_roles": [LEAD],
                "lead_scope": "estate",
                "shifts_per_slot": self._room(),
                "max_per_day": 1,
                "min_rest_hours": task.rest / timedelta(hours=1),
                "max_travel": 0,  # one's own estate, as `why_not` has it
                "own_building": "forbid",
                "never_days": NEVER_DAYS,
            },
        }

    # Groups and sessions

    def _unit(self, group: Group) -> dict[str, Any]:
        return {
            "id": group.id,
            "building": group.building_id,
            "estate": group.estate_id,
            "households": group.homes,
            "last_visited": self._days(group.last_at) if group.last_at else None,
            "weight": group.weight,
            "owed": group.owed,
            "needs": list(group.needs),
        }

    def _days(self, moment: datetime) -> float:
        """Days since the Monday, negative before it."""
        return round((moment - at(self.monday, time())) / DAY, 3)

    def _day(self, session: Session | Engaged) -> int:
        return (day_of(session.starts_at) - self.monday).days

    def _slot(self, name: str, session: Session) -> dict[str, Any]:
        starts, ends = local(session.starts_at), local(session.ends_at)
        return {
            "id": name,
            "day": self._day(session),
            "start": round(starts.hour + starts.minute / 60, 4),
            "end": round(ends.hour + ends.minute / 60, 4),
        }

    def _room(self) -> dict[str, int]:
        """So many crews out at once; what stands already has its place in any case."""
        settled = Counter(slot_name(shift) for shift, _ in self.pins)
        return {name: max(self.task.at_once, settled[name]) for name in self.slots}

    # What stands already

    def _pins(self) -> list[tuple[Standing, list[int]]]:
        """The shifts that fall on a session, each with those of its crew whom the rules let stay.

        The others have their seats all the same: they are busy, and nothing is planned for them.
        """
        task = self.task
        groups = {group.id: group for group in task.groups}
        helpers = {helper.id: helper for helper in task.helpers}
        found: dict[tuple[int, str], tuple[Standing, list[int]]] = {}
        for shift in task.standing:
            session, group = self.slots.get(slot_name(shift)), groups.get(shift.group_id)
            key = shift.group_id, slot_name(shift)
            if session is None or session.ends_at != shift.ends_at or group is None:
                continue
            crew = [helpers[person] for person in shift.crew if person in helpers]
            crew = [helper for helper in crew if self._stays(helper, shift, group)]
            kept = within(crew, group.estate_id, group.needs, task.crew_size, task.leads)
            found.setdefault(key, (shift, kept))
        return list(found.values())

    def _stays(self, helper: Helper, shift: Standing, group: Group) -> bool:
        mine = Engaged(shift_id=shift.id, starts_at=shift.starts_at, ends_at=shift.ends_at)
        others = [other for other in helper.engaged if other.shift_id != shift.id]
        week = self._day(mine) // 7
        this_week = sum(self._day(other) // 7 == week for other in others)
        return (
            shift.estate_id in helper.estates
            and helper.home_id != group.building_id
            and this_week < helper.most_a_week
            and not any(self._clash(mine, other) for other in others)
            and not is_away(helper, shift.starts_at)
        )

    def _clash(self, one: Session | Engaged, other: Engaged) -> bool:
        return clashes(one, other, self.task.rest)

    # People

    def _volunteers(self) -> list[dict[str, Any]]:
        """Those who can come at all; sessions are compared once for all who have the same hours."""
        pinned: dict[int, set[str]] = {}
        for shift, crew in self.pins:
            for person in crew:
                pinned.setdefault(person, set()).add(slot_name(shift))
        open_to: dict[str, list[str]] = {}
        rows = []
        for helper in (each for each in self.task.helpers if each.id in self.placed):
            key = repr(helper.hours)
            if key not in open_to:
                open_to[key] = self._open_to(helper.hours)
            row = self._volunteer(helper, open_to[key], pinned.get(helper.id, set()))
            if row["available"]:
                rows.append(row)
        return rows

    def _open_to(self, hours: Hours | None) -> list[str]:
        """The sessions to which somebody with these hours can come."""
        if hours is None:
            return list(self.slots)
        held = {stretch for stretch in set(self.stretches.values()) if holds(hours, stretch)}
        return [name for name, stretch in self.stretches.items() if stretch in held]

    def _volunteer(
        self, helper: Helper, open_to: Sequence[str], pinned: Collection[str]
    ) -> dict[str, Any]:
        busy = self._busy(helper, pinned)
        free = [name for name in open_to if name not in pinned and not self._is_busy(name, busy)]
        estate = self.placed[helper.id]
        weeks = self._weeks(helper, busy, [self.slots[name] for name in pinned])
        work = self.estates & helper.estates
        roles = {*helper.skills, *([LEAD] if estate in helper.leads_in else [])}
        return {
            "id": helper.id,
            "estate": estate,
            "building": helper.home_id or 0,
            "available": [*free, *sorted(pinned)],
            "leave": [n for n in free if is_away(helper, self.slots[n].starts_at)]
            if helper.leaves
            else [],
            "max_shifts": sum(weeks),
            "max_week": max(weeks),
            **({"weeks": weeks} if len(set(weeks)) > 1 else {}),
            "also": sorted(work - {estate}),
            "leads_in": sorted(work & helper.leads_in - {estate}),
            "roles": sorted(roles),
            "carried": helper.served,
        }

    def _is_busy(self, name: str, busy: Sequence[Engaged]) -> bool:
        return bool(busy) and any(self._clash(self.slots[name], other) for other in busy)

    def _busy(self, helper: Helper, pinned: Collection[str]) -> list[Engaged]:
        settled = {self.slots[name].starts_at for name in pinned}
        return [other for other in helper.engaged if other.starts_at not in settled]

    def _weeks(
        self, helper: Helper, busy: Sequence[Engaged], pinned: Sequence[Session]
    ) -> list[int]:
        """How many shifts somebody may have in each week, beside those that are not planned."""
        others, own = (Counter(self._day(s) // 7 for s in those) for those in (busy, pinned))
        most = helper.most_a_week
        return [max(most - others[week], own[week]) for week in range(self.weeks)]


def placed(work: Mapping[int, int], helpers: Iterable[Helper]) -> dict[int, int]:
    """The estate each helper counts as being of, from which ways are measured.

    `work` is how many groups each estate has.

    Whoever leads somewhere is of that; whoever serves in several estates is of the one with the
    fewest people for the groups, decided one after the other, so that they spread. They may be
    sent to all of them.
    """
    people: Counter[int] = Counter()
    found: dict[int, int] = {}
    several: list[Helper] = []
    for helper in helpers:
        here = [estate for estate in helper.estates if estate in work]
        leads = sorted(helper.leads_in & work.keys()) if len(here) > 1 else []
        if len(here) == 1 or leads:
            found[helper.id] = (leads or here)[0]
            people[found[helper.id]] += 1
        elif here:
            several.append(helper)
    for helper in several:
        here = sorted(helper.estates & work.keys())
        found[helper.id] = max(here, key=lambda estate: work[estate] / (people[estate] + 1))
        people[found[helper.id]] += 1
    return found


def within(
    crew: Sequence[Helper], estate: int, needs: Collection[str], size: int, leads: int
) -> list[int]:
    """No more than a crew has, and with room for a lead and for what the group needs by now."""
    kept: list[Helper] = []
    for helper in sorted(
        crew, key=lambda p: (estate not in p.leads_in, p.skills.isdisjoint(needs))
    ):
        if _leaves_room([*kept, helper], estate, needs, size, min(leads, size)):
            kept.append(helper)
    return [helper.id for helper in kept]


def _leaves_room(
    crew: Sequence[Helper], estate: int, needs: Collection[str], size: int, leads: int
) -> bool:
    """Whether a crew can still be made whole; one more person may bring all that is needed."""
    left = size - len(crew)
    has = {skill for helper in crew for skill in helper.skills}
    lacking = leads - sum(estate in helper.leads_in for helper in crew)
    return lacking <= left and (left > 0 or (left == 0 and has.issuperset(needs)))


def is_away(helper: Helper, moment: datetime) -> bool:
    day = day_of(moment)
    return any(first <= day <= last for first, last in helper.leaves)


def clashes(one: Session | Engaged, other: Engaged, rest: timedelta) -> bool:
    """Whether the planner gives nobody both: one shift a day, and rest in between."""
    if day_of(one.starts_at) == day_of(other.starts_at):
        return True
    return one.starts_at < other.ends_at + rest and other.starts_at < one.ends_at + rest
