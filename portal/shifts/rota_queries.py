"""What the rota holds, counted and listed for those who watch over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, func, select

from portal.access import Permission, Person, below, in_scope, span, within
from portal.accounts.models import User
from portal.clock import at, end_of_day, local
from portal.db import db
from portal.errors import NotFoundError
from portal.questions import Question
from portal.shifts.choice_queries import ASSIGNMENT, NAMES, SHIFT, among, named, with_names
from portal.shifts.states import LIVE, SEATED, ShiftState, Standing
from portal.tower.models import prefixes


class Crewed(StrEnum):
    """How far a shift has its crew."""

    NOBODY = "nobody"
    SHORT = "short"  # somebody, but not all
    MISSING = "missing"  # one of these two
    FULL = "full"
    STAND_IN = "stand_in"  # somebody of the crew cannot come, and nobody has taken over yet


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which shifts somebody asks for; what is left empty asks nothing."""

    path: str = ""
    day: date | None = None
    crewed: Crewed | None = None


@dataclass
class Day:
    """The shifts of one day, by how far they have their crews."""

    day: date
    shifts: int = 0
    nobody: int = 0
    short: int = 0


@dataclass(frozen=True)
class Overview:
    """Everything that lies ahead, counted."""

    days: list[Day]
    stand_ins: int

    @property
    def shifts(self) -> int:
        return sum(day.shifts for day in self.days)

    @property
    def nobody(self) -> int:
        return sum(day.nobody for day in self.days)

    @property
    def short(self) -> int:
        return sum(day.short for day in self.days)


def overview(person: Person, wanted: Wanted, *, since: date) -> Overview:
    """The days from `since` on that have shifts, in somebody's places or one of these."""
    rows = db.session.execute(
        select(
            SHIFT.c.starts_at,
            func.count(),
            func.count(case((_crewed(Crewed.NOBODY), 1))),
            func.count(case((_crewed(Crewed.SHORT), 1))),
        )
        .where(*_ahead(person, wanted, since))
        .group_by(SHIFT.c.starts_at)
        .order_by(SHIFT.c.starts_at)
    )
    days: dict[date, Day] = {}
    for starts_at, shifts, nobody, short in rows:
        day = local(starts_at).date()
        found = days.setdefault(day, Day(day))
        found.shifts += shifts
        found.nobody += nobody
        found.short += short
    wants_out = select(SHIFT.c.id).where(*_ahead(person, wanted, since), _wants_out())
    return Overview(list(days.values()), len(db.session.execute(wants_out).all()))


def shifts(person: Person, wanted: Wanted, *, since: date) -> Sequence[Row[Any]]:
    """The shifts asked for, by the hour and in reading order, with the names of their places.

    (id, starts_at, ends_at, taken, seats, group, building, estate): there may be thousands.
    """
    conditions = _ahead(person, wanted, since)
    if wanted.crewed is not None:
        conditions.append(_crewed(wanted.crewed))
    columns = (SHIFT.c.starts_at, SHIFT.c.ends_at, SHIFT.c.taken, SHIFT.c.seats, *NAMES)
    query = with_names(select(SHIFT.c.id, *columns))
    ordered = query.where(*conditions).order_by(SHIFT.c.starts_at, SHIFT.c.path)
    return db.session.execute(ordered).all()


@dataclass(frozen=True)
class Missing:
    """Seats that nobody has, and in how many shifts."""

    seats: int
    shifts: int


def missing(person: Person, *, since: date) -> Missing:
    """What the list of shifts with missing seats adds up to, in all of somebody's places."""
    seats, shifts = db.session.execute(
        select(_MISSING_SEATS, func.count()).where(
            *_ahead(person, Wanted(), since), _crewed(Crewed.MISSING)
        )
    ).one()
    return Missing(seats or 0, shifts)


def missing_below(
    person: Person, community_id: int, paths: Sequence[str], *, since: date
) -> Counter[str]:
    """The missing seats of every place below some paths and above it, by its path.

    `paths` do not overlap.
    """
    values = {"community": community_id, "since": at(since, time())}
    found: Counter[str] = Counter()
    for path in paths:
        for row in _MISSING_BELOW.all({**values, **span(path)}):
            if person.may(Permission.SEE_ROTA, path=row.path):
                found.update(dict.fromkeys(prefixes(row.path), row.seats))
    return found


_MISSING_SEATS = func.sum(SHIFT.c.seats - SHIFT.c.taken)
_MISSING_BELOW = Question(
    select(SHIFT.c.path, _MISSING_SEATS.label("seats"))
    .where(
        SHIFT.c.community_id == bindparam("community"),
        SHIFT.c.starts_at >= bindparam("since"),
        SHIFT.c.state == ShiftState.OPEN,
        SHIFT.c.taken < SHIFT.c.seats,
        within(SHIFT.c.path),
    )
    .group_by(SHIFT.c.path)
)


def _ahead(person: Person, wanted: Wanted, since: date) -> list[ColumnElement[bool]]:
    conditions = [
        SHIFT.c.community_id.in_(person.community_ids),
        SHIFT.c.starts_at >= at(wanted.day or since, time()),
        SHIFT.c.state == ShiftState.OPEN,
        in_scope(person, Permission.SEE_ROTA, SHIFT.c.path),
    ]
    if wanted.day is not None:
        conditions.append(SHIFT.c.starts_at < end_of_day(wanted.day))
    if wanted.path:
        conditions.append(below(SHIFT.c.path, wanted.path))
    return conditions


def _crewed(kind: Crewed) -> ColumnElement[bool]:
    if kind is Crewed.STAND_IN:
        return _wants_out()
    if kind is Crewed.NOBODY:
        return SHIFT.c.taken == 0
    if kind is Crewed.MISSING:
        return SHIFT.c.taken < SHIFT.c.seats
    if kind is Crewed.FULL:
        return SHIFT.c.taken >= SHIFT.c.seats
    return (SHIFT.c.taken > 0) & (SHIFT.c.taken < SHIFT.c.seats)


def _wants_out() -> ColumnElement[bool]:
    leaving = select(ASSIGNMENT.c.shift_id).where(
        ASSIGNMENT.c.stand_in_since.is_not(None), ASSIGNMENT.c.standing == Standing.HELD
    )
    return SHIFT.c.id.in_(leaving)


# One shift ---------------------------------------------------------------------------------------


_PLANNED = named(
    SHIFT.c.building_id,
    SHIFT.c.estate_id,
    SHIFT.c.group_id,
    SHIFT.c.sequence,
    SHIFT.c.cancelled_why,
).where(SHIFT.c.id == bindparam("shift"))
_TO_SEE, _TO_CHANGE = Question(_PLANNED), Question(_PLANNED.with_for_update(of=SHIFT))


def find_planned(person: Person, shift_id: int, *, lock: bool = False) -> Row[Any]:
    """A shift where somebody plans; NotFoundError for any other."""
    row: Row[Any] | None = (_TO_CHANGE if lock else _TO_SEE).one_or_none({"shift": shift_id})
    if row is None or not person.may(Permission.PLAN_SHIFTS, path=row.path):
        raise NotFoundError
    return row


def shift_as_planned(shift_id: int) -> Row[Any]:
    """A shift that is known to be there, as `find_planned` gives it."""
    row: Row[Any] = _TO_SEE.one({"shift": shift_id})
    return row


def standing_beside(shift: Row[Any], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the group of a shift has another one between two moments."""
    query = select(SHIFT.c.id).where(
        SHIFT.c.group_id == shift.group_id,
        SHIFT.c.id != shift.id,
        SHIFT.c.state == ShiftState.OPEN,
        SHIFT.c.starts_at < ends_at,
        SHIFT.c.ends_at > starts_at,
    )
    return db.session.scalar(query.limit(1)) is not None


def busy_in(shift_id: int, starts_at: datetime, ends_at: datetime) -> Sequence[str]:
    """Who of the crew of a shift has another one between two moments."""
    other = ASSIGNMENT.alias()
    taken = sorted({*SEATED, Standing.ASKED})
    query = (
        select(User.name)
        .join(ASSIGNMENT, ASSIGNMENT.c.user_id == User.id)
        .join(other, other.c.user_id == User.id)
        .where(
            ASSIGNMENT.c.shift_id == shift_id,
            ASSIGNMENT.c.standing.in_(taken),
            other.c.shift_id != shift_id,
            other.c.standing.in_(taken),
            other.c.starts_at < ends_at,
            other.c.ends_at > starts_at,
        )
        .order_by(User.name)
        .distinct()
    )
    return db.session.scalars(query).all()


def crew(shift_id: int) -> Sequence[Row[Any]]:
    """Who has a seat in a shift, with the reason and what they said."""
    return db.session.execute(
        select(
            ASSIGNMENT.c.id,
            ASSIGNMENT.c.user_id,
            User.name,
            ASSIGNMENT.c.standing,
            ASSIGNMENT.c.is_lead,
            ASSIGNMENT.c.origin,
            ASSIGNMENT.c.reason,
            ASSIGNMENT.c.stand_in_since,
        )
        .join(User, User.id == ASSIGNMENT.c.user_id)
        .where(ASSIGNMENT.c.shift_id == shift_id, ASSIGNMENT.c.standing.in_(sorted(SEATED)))
        .order_by(ASSIGNMENT.c.is_lead.desc(), ASSIGNMENT.c.id)
    ).all()


_LIVE = Question(
    select(ASSIGNMENT).where(
        ASSIGNMENT.c.shift_id == bindparam("shift"), among(ASSIGNMENT.c.standing, LIVE)
    )
)


def live(shift_id: int) -> Sequence[Row[Any]]:
    """Everybody who stands in any way with a shift now."""
    return _LIVE.all({"shift": shift_id})
