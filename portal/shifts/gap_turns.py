"""From a gap to a shift: which time suits its group next, and making a shift of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import insert

from portal.access import Person
from portal.audit.actions import record
from portal.clock import at as moment_of
from portal.clock import local
from portal.db import db, table_of
from portal.errors import RuleError
from portal.shifts import approvals
from portal.shifts import door_queries as queries
from portal.shifts import party_queries as party
from portal.shifts.bands import MINUTES_A_DOOR, WEEK, WEEKEND, Session, read_bands, sessions
from portal.shifts.models import Shift
from portal.shifts.needs_queries import needs_in
from portal.shifts.series import crew_code, why_not_hours
from portal.tower.models import DEFAULT_GROUP_SIZE, Place

SHIFT = table_of(Shift)
SOONEST = timedelta(hours=2)  # a crew sees its doors two hours before it goes
LOOKED_AT = timedelta(days=14)
SESSION = DEFAULT_GROUP_SIZE * MINUTES_A_DOOR  # minutes


def proposed(group: Place, at: datetime) -> Session:
    """The next usual hours (domain.md 2.6) in which nobody goes to a group yet."""
    today = local(at).date()
    usual = sessions(
        today,
        today + LOOKED_AT,
        week=read_bands(WEEK),
        weekend=read_bands(WEEKEND),
        minutes=SESSION,
    )
    ahead = [session for session in usual if session.starts_at >= at + SOONEST]
    taken = queries.upcoming(group.id, at)
    free = (one for one in ahead if not _overlaps(taken, one.starts_at, one.ends_at))
    return next(free, ahead[-1])


def _overlaps(taken: Sequence[Any], starts_at: datetime, ends_at: datetime) -> bool:
    return any(row.starts_at < ends_at and starts_at < row.ends_at for row in taken)


def make(
    group: Place,
    day: date,
    hours: tuple[time, time],
    *,
    seats: int,
    uuid: UUID,
    by: Person,
    at: datetime,
) -> int:
    """A shift at a group, for the form with this id; the shift's id. The same form makes one."""
    if reason := why_not_hours(*hours):
        raise RuleError(reason)
    starts_at, ends_at = moment_of(day, hours[0]), moment_of(day, hours[1])
    if starts_at <= at:
        raise RuleError(gettext("That time has passed."))
    party.hold_rota(group.community_id)
    source = f"gap/{uuid}"
    if known := queries.maybe_from(group, source):
        return known
    if _overlaps(queries.upcoming(group.id, at), starts_at, ends_at):
        raise RuleError(gettext("This group has a shift at that time. Join that one."))
    values = _row(group, starts_at, ends_at, at) | {"source": source, "seats": seats}
    row = insert(SHIFT).values(values).returning(SHIFT.c.id)
    shift_id = int(db.session.execute(row).scalar_one())
    record(
        "shift.made",
        community_id=group.community_id,
        by=by.id,
        subject="place",
        subject_id=group.id,
        details={"shift": shift_id},
    )
    return shift_id


def _row(group: Place, starts_at: datetime, ends_at: datetime, at: datetime) -> dict[str, Any]:
    _, _, estate_id, building_id, _, _ = group.path.split("/")
    return {
        "community_id": group.community_id,
        "cycle": 1,
        "estate_id": int(estate_id),
        "building_id": int(building_id),
        "group_id": group.id,
        "path": group.path,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "approval": int(building_id) in approvals.wanted([int(building_id)]),
        "needs": needs_in(group.community_id).of(group.path),
        "crew_code": crew_code(),
        "made_at": at,
        "changed_at": at,
    }
