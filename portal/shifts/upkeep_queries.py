"""What is due at a moment: offers, absences, reminders; in the order in which shifts are held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select, update

from portal.accounts.models import User
from portal.db import db
from portal.shifts.choice_queries import ASSIGNMENT, LONGEST, SHIFT, named
from portal.shifts.states import LIVE, ShiftState, Standing

SOON = timedelta(days=10)  # nobody is reminded earlier, whatever a community decides


def assignment(assignment_id: int) -> Row[Any]:
    return db.session.execute(select(ASSIGNMENT).where(ASSIGNMENT.c.id == assignment_id)).one()


def unanswered(at: datetime) -> Sequence[tuple[int, int]]:
    """Offers whose time is over, and questions and waiting lists of shifts that are."""
    standing = ASSIGNMENT.c.standing
    query = (
        select(ASSIGNMENT.c.id, ASSIGNMENT.c.shift_id)
        .where(
            or_(
                and_(standing == Standing.OFFERED, ASSIGNMENT.c.answer_by <= at),
                and_(standing.in_([Standing.WAITING, Standing.ASKED]), ASSIGNMENT.c.ends_at <= at),
            )
        )
        .order_by(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).tuples().all()


def of_blocked(at: datetime) -> Sequence[tuple[int, int]]:
    """The parts that people whose accounts are blocked have in shifts to come."""
    query = (
        select(ASSIGNMENT.c.id, ASSIGNMENT.c.shift_id)
        .join(User, User.id == ASSIGNMENT.c.user_id)
        .where(
            User.disabled_at.is_not(None),
            ASSIGNMENT.c.starts_at > at,
            ASSIGNMENT.c.standing.in_(sorted(LIVE)),
        )
        .order_by(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).tuples().all()


def not_there(at: datetime, late: timedelta) -> Sequence[tuple[int, int]]:
    """Seats of shifts that run, whose holders have not come though somebody else has."""
    other = ASSIGNMENT.alias()
    somebody_came = exists().where(
        other.c.shift_id == ASSIGNMENT.c.shift_id, other.c.arrived_at.is_not(None)
    )
    query = (
        select(ASSIGNMENT.c.id, ASSIGNMENT.c.shift_id)
        .where(
            ASSIGNMENT.c.standing == Standing.HELD,
            ASSIGNMENT.c.arrived_at.is_(None),
            ASSIGNMENT.c.starts_at <= at - late,
            ASSIGNMENT.c.starts_at > at - LONGEST,
            ASSIGNMENT.c.ends_at > at,
            somebody_came,
        )
        .order_by(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).tuples().all()


def communities(at: datetime) -> Sequence[int]:
    """Where somebody might have to be reminded."""
    query = (
        select(ASSIGNMENT.c.community_id)
        .where(*_not_reminded(at, at + SOON))
        .distinct()
        .order_by(ASSIGNMENT.c.community_id)
    )
    return db.session.scalars(query).all()


def to_remind(community_id: int, at: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The seats of shifts that begin before a moment and whose holders were not reminded."""
    query = (
        named(ASSIGNMENT.c.id.label("assignment_id"), ASSIGNMENT.c.user_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(
            ASSIGNMENT.c.community_id == community_id,
            SHIFT.c.state == ShiftState.OPEN,
            *_not_reminded(at, until),
        )
        .order_by(ASSIGNMENT.c.id)
    )
    return db.session.execute(query).all()


def _not_reminded(at: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        ASSIGNMENT.c.starts_at > at,
        ASSIGNMENT.c.starts_at <= until,
        ASSIGNMENT.c.standing == Standing.HELD,
        ASSIGNMENT.c.reminded_at.is_(None),
    )


def note_reminded(assignment_ids: Sequence[int], at: datetime) -> None:
    db.session.execute(
        update(ASSIGNMENT).where(ASSIGNMENT.c.id.in_(assignment_ids)).values(reminded_at=at)
    )
