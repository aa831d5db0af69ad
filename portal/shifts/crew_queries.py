"""The crew of one shift: for its leader, for whoever checks in, and for the link of a reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, select, update

from portal.access import Permission, Person
from portal.accounts.models import User
from portal.clock import at as moment_of
from portal.clock import end_of_day, local
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.shifts.choice_queries import ASSIGNMENT, shift_by_id
from portal.shifts.states import LIVE, Standing

USER = table_of(User)
HAD_A_SEAT = (Standing.HELD, Standing.ATTENDED, Standing.NO_SHOW)


def find_run(person: Person, shift_id: int, *, lock: bool = False) -> Row[Any]:
    """A shift that somebody runs; NotFoundError for any other."""
    shift = shift_by_id(shift_id, lock=lock)
    if not person.may(Permission.RUN_SHIFTS, path=shift.path):
        raise NotFoundError
    return shift


def find_asked(person: Person, assignment_id: int) -> tuple[Row[Any], Row[Any]]:
    """A sign-up that waits for the leader's answer, and its shift, which is held."""
    query = select(ASSIGNMENT).where(ASSIGNMENT.c.id == assignment_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    shift = find_run(person, found.shift_id, lock=True)
    return db.session.execute(query).one(), shift  # as it is now that nobody else changes it


def people(shift_id: int) -> Sequence[Row[Any]]:
    """All who stand in any way with a shift, with their names, first come first."""
    query = (
        select(ASSIGNMENT, USER.c.name)
        .join(USER, USER.c.id == ASSIGNMENT.c.user_id)
        .where(
            ASSIGNMENT.c.shift_id == shift_id,
            ASSIGNMENT.c.standing.in_(sorted({*LIVE, *HAD_A_SEAT})),
        )
        .order_by(ASSIGNMENT.c.id)
    )
    return db.session.execute(query).all()


def seats(shift_id: int) -> Sequence[Row[Any]]:
    """Who had a seat, each once: who missed the start and came back counts by the later."""
    rows = [row for row in people(shift_id) if row.standing in HAD_A_SEAT]
    return list({row.user_id: row for row in rows}.values())


def maybe_seat(user_id: int, shift_id: int) -> Row[Any] | None:
    """Somebody's own seat, also one that was counted as missed."""
    return next((row for row in seats(shift_id) if row.user_id == user_id), None)


def find_seat(user_id: int, shift_id: int) -> Row[Any]:
    """The same; NotFoundError for somebody who had none."""
    seat = maybe_seat(user_id, shift_id)
    if seat is None:
        raise NotFoundError
    return seat


def shifts_today(user_id: int, at: datetime) -> Sequence[int]:
    """The shifts somebody has on this day."""
    day = local(at).date()
    query = (
        select(ASSIGNMENT.c.shift_id)
        .where(
            ASSIGNMENT.c.user_id == user_id,
            ASSIGNMENT.c.starts_at >= moment_of(day, time()),
            ASSIGNMENT.c.starts_at < end_of_day(day),
            ASSIGNMENT.c.standing.in_(HAD_A_SEAT),
        )
        .order_by(ASSIGNMENT.c.starts_at)
    )
    return db.session.scalars(query).all()


def find_ahead(assignment_id: int, at: datetime) -> Row[Any]:
    """A seat in a shift that has not begun; NotFoundError once it has, or is given back."""
    query = select(ASSIGNMENT).where(
        ASSIGNMENT.c.id == assignment_id,
        ASSIGNMENT.c.standing == Standing.HELD,
        ASSIGNMENT.c.starts_at > at,
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def confirm(assignment_id: int, at: datetime) -> None:
    """Somebody says that they come, also after having looked for a stand-in; twice is as once."""
    is_news = ASSIGNMENT.c.confirmed_at.is_(None) | ASSIGNMENT.c.stand_in_since.is_not(None)
    db.session.execute(
        update(ASSIGNMENT)
        .where(ASSIGNMENT.c.id == assignment_id, ASSIGNMENT.c.standing == Standing.HELD, is_news)
        .values(confirmed_at=at, stand_in_since=None, stand_in_why=None)
    )
