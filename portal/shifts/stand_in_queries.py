"""Who needs a stand-in, and who could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select

from portal.access import Person, below
from portal.accounts.models import HeldDuty, User
from portal.clock import SKEW, local
from portal.db import db, table_of
from portal.shifts.choice_queries import (
    A_PAGE,
    ASSIGNMENT,
    SHIFT,
    areas,
    estate_of,
    named,
)
from portal.shifts.helper_queries import TAKES
from portal.shifts.models import Leave, StandInRequest
from portal.shifts.states import LIVE, ShiftState, Standing
from portal.tower.models import prefixes

DUTY, USER, LEAVE = table_of(HeldDuty), table_of(User), table_of(Leave)
REQUEST = table_of(StandInRequest)
CANDIDATES = 200  # looked at for one wave; enough to find five even where many are busy
_WANTED = and_(ASSIGNMENT.c.stand_in_since.is_not(None), ASSIGNMENT.c.standing == Standing.HELD)


def maybe_leaving(shift_id: int) -> Row[Any] | None:
    """The seat of a shift that is to be taken over: the one given up first."""
    query = (
        select(ASSIGNMENT)
        .where(ASSIGNMENT.c.shift_id == shift_id, _WANTED)
        .order_by(ASSIGNMENT.c.stand_in_since, ASSIGNMENT.c.id)
        .limit(1)
    )
    return db.session.execute(query).one_or_none()


def to_ask(shift: Row[Any], assignment_id: int) -> Sequence[Row[Any]]:
    """Whom one could ask to stand in: those who wait (`waits`), then the least recently asked.

    They serve in the estate, are not away, have nothing at that time, and were not asked yet.
    """
    last_asked = (
        select(func.max(REQUEST.c.asked_at)).where(REQUEST.c.user_id == USER.c.id).scalar_subquery()
    )
    in_shift = and_(ASSIGNMENT.c.user_id == USER.c.id, ASSIGNMENT.c.shift_id == shift.id)
    waits = exists().where(in_shift, ASSIGNMENT.c.standing == Standing.WAITING)
    busy = exists().where(
        ASSIGNMENT.c.user_id == USER.c.id,
        ASSIGNMENT.c.standing.in_(sorted(LIVE - {Standing.WAITING})),
        ASSIGNMENT.c.starts_at < shift.ends_at,
        ASSIGNMENT.c.ends_at > shift.starts_at,
    )
    asked = exists().where(REQUEST.c.user_id == USER.c.id, REQUEST.c.assignment_id == assignment_id)
    query = (
        select(USER.c.id, waits.label("waits"))
        .where(
            USER.c.disabled_at.is_(None),
            _serves_in(shift),
            ~busy,
            ~asked,
            ~_away(local(shift.starts_at).date(), shift.community_id),
        )
        .order_by(waits.desc(), last_asked.is_not(None), last_asked, USER.c.id)
        .limit(CANDIDATES)
    )
    return db.session.execute(query).all()


def _serves_in(shift: Row[Any]) -> Any:
    around = or_(below(DUTY.c.path, estate_of(shift.path)), DUTY.c.path.in_(prefixes(shift.path)))
    return exists().where(
        DUTY.c.user_id == USER.c.id,
        DUTY.c.ended_at.is_(None),
        DUTY.c.role.in_(sorted(TAKES)),
        around,
    )


def _away(day: Any, community_id: int) -> Any:
    return exists().where(
        LEAVE.c.user_id == USER.c.id,
        LEAVE.c.community_id == community_id,
        LEAVE.c.ended_at.is_(None),
        LEAVE.c.first_day <= day,
        LEAVE.c.last_day >= day,
    )


def wanted_near(person: Person, at: datetime) -> Sequence[Row[Any]]:
    """Shifts in somebody's estates for which a stand-in is wanted, soon ones first."""
    where = or_(*(below(SHIFT.c.path, area) for area in areas(person)))
    query = (
        named(ASSIGNMENT.c.id.label("assignment_id"))
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(
            ASSIGNMENT.c.community_id.in_(person.community_ids),
            ASSIGNMENT.c.user_id != person.id,
            _WANTED,
            ASSIGNMENT.c.starts_at > at,
            SHIFT.c.state == ShiftState.OPEN,
            where,
        )
        .order_by(SHIFT.c.starts_at, SHIFT.c.id)
        .limit(A_PAGE)
    )
    return db.session.execute(query).all()


def waves_due(at: datetime, every: timedelta) -> Sequence[Row[Any]]:
    """Seats still wanted whose last wave was so long ago: shift and assignment.

    Or was dated by a clock that ran ahead and has been set back: nobody would be asked for long.
    """
    last = (
        select(func.max(REQUEST.c.asked_at))
        .where(REQUEST.c.assignment_id == ASSIGNMENT.c.id)
        .scalar_subquery()
    )
    since = func.coalesce(last, ASSIGNMENT.c.stand_in_since)
    query = (
        select(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.id)
        .where(
            _WANTED,
            ASSIGNMENT.c.starts_at > at,
            or_(since <= at - every, since > at + SKEW),
        )
        .order_by(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).all()
