"""Which doors a filter means: the one definition behind list, count and file (law 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    case,
    func,
    literal_column,
    select,
    true,
    type_coerce,
)

from portal.access import Permission, Person, in_scope
from portal.clock import end_of_day
from portal.coverage.models import Door
from portal.coverage.states import GAPS
from portal.db import db, table_of
from portal.gaps.queries import Reach
from portal.gaps.wanted import Wanted

DOOR = table_of(Door).c

# Follows from what is asked beside it, and tells the database that an index has all such doors.
IS_AWAITED = DOOR.appointment_at.is_not(None) | (DOOR.pending != literal_column("''"))
# Words of closed lists are read as they are stored: turning them into members of their lists would
# take as long as finding them, and their texts serve as keys just as well.
STATE, PENDING = type_coerce(DOOR.state, String), type_coerce(DOOR.pending, String)
_SHOWN = (
    DOOR.dwelling_id,
    DOOR.path,
    DOOR.unit,
    DOOR.room,
    STATE.label("state"),
    DOOR.attempts,
    DOOR.remaining,
    PENDING.label("pending"),
    DOOR.gap_since,
    DOOR.appointment_at,
)
_IN_A_FILE = (*_SHOWN, DOOR.floor, DOOR.last_at)


def doors(
    person: Person,
    reach: Reach,
    wanted: Wanted,
    *,
    today: date,
    permission: Permission = Permission.SEE_GAPS,
) -> Select[Any]:
    """The only definition of which doors a filter means: list, count and exports start from it.

    Gaps first, the oldest first. The care tag of a door is NULL where the person may not see it.
    """
    tagged = in_scope(person, Permission.SEE_CARE_TAGS, DOOR.path)
    return (
        select(*_SHOWN, case((tagged, type_coerce(DOOR.care_tag, String))).label("care_tag"))
        .where(
            DOOR.community_id == reach.community_id,
            DOOR.round_id == reach.round_id,
            in_scope(person, permission, DOOR.path, under=reach.paths),
            *_conditions(wanted, today),
            and_(tagged, DOOR.care_tag == wanted.care) if wanted.care else true(),
        )
        .order_by(
            case((DOOR.state.in_(GAPS), 0), else_=1), DOOR.gap_since, DOOR.path, DOOR.position
        )
    )


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(DOOR.state.in_(wanted.states))
    if wanted.attempts:
        conditions.append(DOOR.attempts >= wanted.attempts)
    if wanted.days:
        conditions.append(DOOR.gap_since < end_of_day(today - timedelta(days=wanted.days)))
    if wanted.unit:
        conditions.append(DOOR.unit == wanted.unit)
    if wanted.pending:
        conditions.append(DOOR.pending.in_(wanted.pending))
    if wanted.due:
        conditions.append(is_due(today))
    if wanted.due or wanted.pending:
        conditions.append(IS_AWAITED)
    return conditions


def is_due(today: date) -> ColumnElement[bool]:
    """That an agreed time is today or past."""
    return DOOR.appointment_at < end_of_day(today)


def for_file(chosen: Select[Any]) -> Select[Any]:
    """The same doors with what only a file tells of them."""
    return chosen.with_only_columns(*_IN_A_FILE, chosen.selected_columns.care_tag)


def rows(chosen: Select[Any], *, most: int | None = None) -> Sequence[Row[Any]]:
    """The doors of a list, all of them or the first `most`."""
    return db.session.execute(chosen.limit(most)).all()


def count(chosen: Select[Any]) -> int:
    """How many doors a list holds."""
    unsorted = chosen.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(unsorted)) or 0
