"""How many shifts with a free place each day of a stretch holds, and which are one's own."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from sqlalchemy import or_, select

from portal.access import Person, below
from portal.clock import at as moment_of
from portal.clock import end_of_day, local
from portal.db import db
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, areas
from portal.shifts.states import LIVE, ShiftState, Standing


def free_by_day(person: Person, first: date, last: date, *, at: datetime) -> Counter[date]:
    """The shifts ahead that still have a place, where somebody may take them, by day."""
    places = areas(person)
    if not places:
        return Counter()
    starts = db.session.scalars(
        select(SHIFT.c.starts_at).where(
            SHIFT.c.community_id.in_(person.community_ids),
            SHIFT.c.starts_at >= max(at, moment_of(first, time())),
            SHIFT.c.starts_at < end_of_day(last),
            SHIFT.c.state == ShiftState.OPEN,
            SHIFT.c.taken < SHIFT.c.seats,
            or_(*(below(SHIFT.c.path, path) for path in places)),
        )
    )
    return Counter(local(moment).date() for moment in starts)


def mine_by_day(person: Person, first: date, last: date) -> Counter[date]:
    """The shifts that somebody has, asked for, waits for or came to, by day."""
    starts = db.session.scalars(
        select(ASSIGNMENT.c.starts_at).where(
            ASSIGNMENT.c.user_id == person.id,
            ASSIGNMENT.c.starts_at >= moment_of(first, time()),
            ASSIGNMENT.c.starts_at < end_of_day(last),
            ASSIGNMENT.c.standing.in_(sorted({*LIVE, Standing.ATTENDED})),
        )
    )
    return Counter(local(moment).date() for moment in starts)
