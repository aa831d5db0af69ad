"""What a plan is made from: groups, sessions, people, and what stands already. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from portal.shifts.bands import Session
from portal.shifts.free_time import Hours

# How much more the wait of a group counts: with every door still open, with an agreed time that
# falls into the plan, with every open door tagged for care. Together at most 2.25 times.
OPEN, AGREED, CARE = 0.75, 0.25, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group whose turn is to be planned, and what makes its turn more pressing."""

    id: int
    path: str
    building_id: int
    estate_id: int
    homes: int
    last_at: datetime | None = None
    owed: bool = False  # its last turn fell out
    open_doors: int = 0
    agreed: int = 0
    care: int = 0
    needs: tuple[str, ...] = ()  # skills one of its crew must have

    @property
    def weight(self) -> float:
        """1 for a group of which nothing is known; more the more there is to do."""
        doors = max(1, self.homes)
        extra = OPEN * min(1, self.open_doors / doors) + AGREED * bool(self.agreed)
        return round(1 + extra + CARE * min(1, self.care / doors), 3)


class Engaged(NamedTuple):
    """A shift somebody has. One is made for each of thousands."""

    shift_id: int
    starts_at: datetime
    ends_at: datetime


class Helper(NamedTuple):
    """Somebody who may be sent: where they serve, when they can come, and what they have already.

    `estates` are those in which they serve; `leads_in` those whose crews they may lead.
    """

    id: int
    estates: frozenset[int]
    leads_in: frozenset[int] = frozenset()
    home_id: int | None = None
    skills: frozenset[str] = frozenset()
    hours: Hours | None = None
    leaves: tuple[tuple[date, date], ...] = ()
    engaged: tuple[Engaged, ...] = ()
    most_a_week: int = 2
    served: int = 0  # shifts of the last weeks, which count as load


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A shift that is there already, and who has a seat in it."""

    id: int
    group_id: int
    estate_id: int
    starts_at: datetime
    ends_at: datetime
    crew: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task:
    """Everything a plan is made from."""

    sessions: Sequence[Session]
    groups: Sequence[Group]
    helpers: Sequence[Helper]
    standing: Sequence[Standing] = ()
    been: Sequence[tuple[int, int]] = ()  # (person, building) of earlier turns
    crew_size: int = 2
    at_once: int = 1
    leads: int = 1
    rest: timedelta = timedelta(hours=20)
