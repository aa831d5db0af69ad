"""Tells accounts how to find the crews of shifts: for their time they may report at its doors."""

from __future__ import annotations

from sqlalchemy import and_, select

from portal.accounts import crews
from portal.db import table_of
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import ShiftState, Standing

ASSIGNMENT, SHIFT = table_of(Assignment).c, table_of(Shift).c

crews.found_by(
    select(
        ASSIGNMENT.user_id,
        SHIFT.path,
        ASSIGNMENT.starts_at,
        and_(
            ASSIGNMENT.standing.in_([Standing.HELD, Standing.ATTENDED]),
            SHIFT.state == ShiftState.OPEN,
        ).label("serves"),
    )
    .select_from(Assignment)
    .join(Shift, SHIFT.id == ASSIGNMENT.shift_id)
)
