"""What the rota holds, counted and listed for those who watch over it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from itertools import groupby

from sqlalchemy import select

from portal.access import Permission, Person, in_scope
from portal.clock import at, local
from portal.db import db, table_of
from portal.shifts.models import Shift
from portal.shifts.states import ShiftState

SHIFT = table_of(Shift).c


@dataclass(frozen=True)
class Day:
    """The shifts of one day in somebody's places."""

    day: date
    shifts: int
    uncrewed: int  # of these, how many lack somebody


def days(person: Person, *, since: date) -> list[Day]:
    """The days from `since` on that have shifts."""
    rows = db.session.execute(
        select(SHIFT.starts_at, SHIFT.taken, SHIFT.seats)
        .where(
            SHIFT.community_id.in_(person.community_ids),
            SHIFT.starts_at >= at(since, time()),
            SHIFT.state == ShiftState.OPEN,
            in_scope(person, Permission.SEE_ROTA, SHIFT.path),
        )
        .order_by(SHIFT.starts_at)
    )
    found = []
    for day, of_day in groupby(rows, key=lambda row: local(row.starts_at).date()):
        shifts = list(of_day)
        short = sum(row.taken < row.seats for row in shifts)
        found.append(Day(day, len(shifts), short))
    return found
