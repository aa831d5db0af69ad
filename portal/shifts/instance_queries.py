"""What the planner is told of groups, and of shifts that stand: a few statements for all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from portal.access import below
from portal.coverage.models import Door
from portal.coverage.states import GAPS
from portal.db import db, table_of
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT
from portal.shifts.models import RotaPlan
from portal.shifts.needs_queries import needs_in
from portal.shifts.series_queries import groups_below
from portal.shifts.states import SEATED, PlanState, ShiftState
from portal.shifts.states import Standing as Stands
from portal.shifts.task import Group, Standing
from portal.tower.models import Dwelling, Place

TURN_BACK = timedelta(days=30)  # for turns that fell out
HOME, DOOR = table_of(Dwelling).c, table_of(Door).c


# Groups ------------------------------------------------------------------------------------------


def groups(
    place: Place, round_id: int | None, first: datetime, last: datetime, *, at: datetime
) -> list[Group]:
    """The groups of a place with their last visits and, in a round, what is open in them.

    What is planned between this moment and the first day counts as a visit: a plan follows another.
    """
    homes = _homes(place)
    visited = _visited(place, at, first)
    owed = _owed(place, visited, first)
    todo = _to_do(place, round_id, last) if round_id else {}
    needs = needs_in(place.community_id)
    return [
        Group(
            id=row.id,
            path=row.path,
            building_id=row.building_id,
            estate_id=row.estate_id,
            homes=homes.get(row.path, 0),
            last_at=visited.get(row.path),
            owed=row.path in owed,
            needs=tuple(needs.of(row.path)),
            **todo.get(row.path, {}),
        )
        for row in groups_below(place.path, place.community_id)
    ]


def _homes(place: Place) -> dict[str, int]:
    query = (
        select(HOME.path, func.count())
        .where(HOME.community_id == place.community_id, below(HOME.path, place.path))
        .group_by(HOME.path)
    )
    return dict(db.session.execute(query).tuples().all())


def _visited(place: Place, at: datetime, first: datetime) -> dict[str, datetime]:
    """When somebody was last in a group: at a shift that somebody attended, or at any door.

    Or will be until then: at a shift ahead for which somebody has a seat.
    """
    doors = (
        select(DOOR.path, func.max(DOOR.last_at))
        .where(DOOR.community_id == place.community_id, below(DOOR.path, place.path))
        .group_by(DOOR.path)
    )
    shifts = (
        select(SHIFT.c.path, func.max(SHIFT.c.starts_at))
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(
            SHIFT.c.community_id == place.community_id,
            below(SHIFT.c.path, place.path),
            or_(
                ASSIGNMENT.c.standing == Stands.ATTENDED,
                (ASSIGNMENT.c.standing == Stands.HELD)
                & (SHIFT.c.ends_at > at)
                & (SHIFT.c.starts_at < first),
            ),
        )
        .group_by(SHIFT.c.path)
    )
    found: dict[str, datetime] = {}
    for query in (doors, shifts):
        for path, moment in db.session.execute(query):
            if moment is not None:
                found[path] = max(moment, found.get(path, moment))
    return found


def _owed(place: Place, visited: dict[str, datetime], until: datetime) -> set[str]:
    """The groups whose latest turn fell out: cancelled, or nobody came; and nobody came since.

    What a withdrawn plan had laid out is as if it had never been.
    """
    withdrawn = select(RotaPlan.id).where(
        RotaPlan.community_id == place.community_id, RotaPlan.state == PlanState.WITHDRAWN
    )
    rows = db.session.execute(
        select(SHIFT.c.path, func.max(SHIFT.c.starts_at))
        .where(
            SHIFT.c.community_id == place.community_id,
            below(SHIFT.c.path, place.path),
            SHIFT.c.starts_at > until - TURN_BACK,
            SHIFT.c.starts_at < until,
            or_(SHIFT.c.state == ShiftState.CANCELLED, SHIFT.c.ends_at < until),
            or_(SHIFT.c.plan_id.is_(None), SHIFT.c.plan_id.not_in(withdrawn)),
        )
        .group_by(SHIFT.c.path)
    )
    return {path for path, turn in rows if path not in visited or visited[path] < turn}


def _to_do(place: Place, round_id: int, last: datetime) -> dict[str, dict[str, int]]:
    rows = db.session.execute(
        select(
            DOOR.path,
            func.count().label("open_doors"),
            func.count().filter(DOOR.appointment_at <= last).label("agreed"),
            func.count().filter(DOOR.care_tag.is_not(None)).label("care"),
        )
        .where(
            DOOR.community_id == place.community_id,
            DOOR.round_id == round_id,
            below(DOOR.path, place.path),
            DOOR.state.in_(sorted(GAPS)),
        )
        .group_by(DOOR.path)
    )
    return {
        path: {"open_doors": n, "agreed": agreed, "care": care} for path, n, agreed, care in rows
    }


# What stands -------------------------------------------------------------------------------------


def standing(place: Place, first: datetime, last: datetime) -> list[Standing]:
    """The shifts of a place between two moments that take place, with their crews."""
    return [
        Standing(
            id=row.id,
            group_id=row.group_id,
            estate_id=row.estate_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            crew=tuple(crew),
        )
        for row, crew in _with_crews(place, first, last)
    ]


def _with_crews(place: Place, first: datetime, last: datetime) -> list[tuple[Any, list[int]]]:
    rows = db.session.execute(
        select(
            SHIFT.c.id,
            SHIFT.c.group_id,
            SHIFT.c.estate_id,
            SHIFT.c.starts_at,
            SHIFT.c.ends_at,
            ASSIGNMENT.c.user_id,
        )
        .outerjoin(
            ASSIGNMENT,
            (ASSIGNMENT.c.shift_id == SHIFT.c.id) & ASSIGNMENT.c.standing.in_(sorted(SEATED)),
        )
        .where(
            SHIFT.c.community_id == place.community_id,
            below(SHIFT.c.path, place.path),
            SHIFT.c.starts_at >= first,
            SHIFT.c.starts_at <= last,
            SHIFT.c.state == ShiftState.OPEN,
        )
        .order_by(SHIFT.c.starts_at, SHIFT.c.id, ASSIGNMENT.c.id)
    )
    found: dict[int, tuple[Any, list[int]]] = {}
    for row in rows:
        _, crew = found.setdefault(row.id, (row, []))
        if row.user_id is not None:
            crew.append(row.user_id)
    return list(found.values())
