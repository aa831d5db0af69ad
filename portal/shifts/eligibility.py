"""May this person take this shift now, and if not, why: the one answer page, form and command give.

Pure: what is known of the shift, of the person and of the crew goes in, a named reason comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from portal.clock import local
from portal.shifts.free_time import Hours, covers
from portal.shifts.limits import DEFAULT, MOST_A_WEEK, Limits


class Why(StrEnum):
    """Why not: the first that holds, the most final first. `FULL` last: such a person may wait."""

    CANCELLED = "cancelled"
    CLOSED = "closed"
    NOT_IN_AREA = "not_in_area"
    ALREADY = "already"
    OWN_BUILDING = "own_building"
    LEAVE = "leave"
    OVERLAP = "overlap"
    TOO_CLOSE = "too_close"
    LIMIT = "limit"
    NOT_QUALIFIED = "not_qualified"
    FULL = "full"


class Turn(NamedTuple):
    """What matters of a shift; `path` is that of its group. One is made for each line of a list."""

    id: int
    path: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    taken: int = 0
    leads: int = 0
    needs: tuple[str, ...] = ()
    cancelled: bool = False

    @property
    def free(self) -> int:
        return max(0, self.seats - self.taken)


@dataclass(frozen=True, slots=True)
class Engagement:
    """A shift somebody has, or has asked for; those only waited for take no time (`is_firm`)."""

    shift_id: int
    starts_at: datetime
    ends_at: datetime
    is_firm: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """What matters of a person: where they may serve, what they can, and when they are busy.

    `leads_in` are the places whose shifts they may lead; `home` is the building they live in;
    `hours` are when they said they can come; `limits` are those of the community of the shift.
    """

    areas: tuple[str, ...]
    leads_in: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()
    home: str | None = None
    hours: Hours | None = None
    leaves: tuple[tuple[date, date], ...] = ()
    engagements: tuple[Engagement, ...] = ()
    most_a_week: int = MOST_A_WEEK
    limits: Limits = DEFAULT

    def may_lead(self, path: str) -> bool:
        return path.startswith(self.leads_in)

    def is_outside(self, turn: Turn) -> bool:
        """Whether a shift lies outside the hours somebody gave: no reason against taking it."""
        return not covers(self.hours, turn.starts_at, turn.ends_at)

    def besides(self, shift_id: int) -> Taker:
        """The same person as if they had nothing to do with one shift."""
        others = tuple(e for e in self.engagements if e.shift_id != shift_id)
        return replace(self, engagements=others)

    def besides_waiting(self, shift_id: int) -> Taker:
        """The same person as if they did not wait for one shift; a firm part in it stays."""
        waits = any(e.shift_id == shift_id and not e.is_firm for e in self.engagements)
        return self.besides(shift_id) if waits else self


@dataclass(frozen=True, slots=True)
class Crew:
    """What those bring who have a seat already."""

    leads: int = 0
    skills: frozenset[str] = field(default=frozenset())


NOBODY = Crew()
NO_TIME = timedelta(0)


def why_not(turn: Turn, taker: Taker, *, crew: Crew = NOBODY, at: datetime) -> Why | None:
    """The reason why somebody may not take a shift at this moment; None if they may."""
    return Judge(taker, at).why_not(turn, crew)


class Judge:
    """The same about many shifts: what the hours decide is worked out once for each of them."""

    def __init__(self, taker: Taker, at: datetime) -> None:
        self.taker, self.at = taker, at
        self._known: dict[tuple[datetime, datetime], Why | None] = {}

    def why_not(self, turn: Turn, crew: Crew = NOBODY) -> Why | None:
        """The reason why this person may not take a shift at this moment; None if they may."""
        return (
            _of_the_shift(turn, self.at)
            or _of_the_place(turn, self.taker)
            or self._of_the_time(turn)
            or _of_the_crew(turn, self.taker, crew)
        )

    def _of_the_time(self, turn: Turn) -> Why | None:
        hours = turn.starts_at, turn.ends_at
        if hours not in self._known:
            self._known[hours] = _of_the_time(*hours, taker=self.taker)
        return self._known[hours]


def _of_the_shift(turn: Turn, at: datetime) -> Why | None:
    if turn.cancelled:
        return Why.CANCELLED
    return Why.CLOSED if at >= turn.ends_at else None


def _of_the_place(turn: Turn, taker: Taker) -> Why | None:
    if not turn.path.startswith(taker.areas):
        return Why.NOT_IN_AREA
    if any(engagement.shift_id == turn.id for engagement in taker.engagements):
        return Why.ALREADY
    if taker.home and turn.path.startswith(taker.home):
        return Why.OWN_BUILDING
    return None


def _of_the_time(starts_at: datetime, ends_at: datetime, *, taker: Taker) -> Why | None:
    day, week = _day_and_week(starts_at)
    if any(first <= day <= last for first, last in taker.leaves):
        return Why.LEAVE
    firm = [engagement for engagement in taker.engagements if engagement.is_firm]
    if any(e.starts_at < ends_at and starts_at < e.ends_at for e in firm):
        return Why.OVERLAP
    if any(_too_close(starts_at, ends_at, e, taker.limits) for e in firm):
        return Why.TOO_CLOSE
    others = [_day_and_week(e.starts_at) for e in firm]
    that_day = sum(other == day for other, _ in others)
    that_week = sum(other == week for _, other in others)
    if that_week >= taker.most_a_week or that_day >= taker.limits.a_day:
        return Why.LIMIT
    return None


@lru_cache(maxsize=10_000)
def _day_and_week(moment: datetime) -> tuple[date, tuple[int, int]]:
    """The day of a moment here, and the year and number of its week, which begins on Monday."""
    day = local(moment).date()
    return day, day.isocalendar()[:2]


def _too_close(starts_at: datetime, ends_at: datetime, other: Engagement, limits: Limits) -> bool:
    """Shifts that follow on without a break are no clash: nobody goes home in between."""
    gap = max(starts_at - other.ends_at, other.starts_at - ends_at)
    return NO_TIME < gap < limits.rest


def _of_the_crew(turn: Turn, taker: Taker, crew: Crew) -> Why | None:
    """The last seats are kept for those without whom the crew would not be what it must be."""
    if not turn.free:
        return Why.FULL
    leads = turn.leads - crew.leads - taker.may_lead(turn.path) if turn.leads else 0
    lacking = bool(turn.needs) and bool(set(turn.needs) - crew.skills - taker.skills)
    return Why.NOT_QUALIFIED if max(leads, int(lacking)) > turn.free - 1 else None


def crew_of(members: Iterable[tuple[bool, Iterable[str]]]) -> Crew:
    """The crew made of its members: whether each leads, and what each can."""
    listed = list(members)
    skills = frozenset(skill for _, can in listed for skill in can)
    return Crew(sum(leads for leads, _ in listed), skills)
