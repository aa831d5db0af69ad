"""The doors of a shift: those of its group, in the round it goes round for.

What a shift left open is derived from the ledger each time and stored nowhere, so that late
entries and corrections are in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from portal.access import Person
from portal.clock import end_of_day, local
from portal.coverage.event_queries import events_at
from portal.coverage.fold import fold
from portal.coverage.models import Door, Round, Tally
from portal.coverage.states import GAPS
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.shifts.choice_queries import SHIFT, areas, named
from portal.shifts.proof_queries import SOMEBODY_CAME
from portal.shifts.states import ShiftState
from portal.tower.models import Level, Place

DOOR, ROUND, TALLY = table_of(Door).c, table_of(Round).c, table_of(Tally).c
_SHIFTS = (SHIFT.c.group_id, SHIFT.c.building_id)


@dataclass(frozen=True)
class Left:
    """What a shift left open: these dwellings, of so many doors."""

    open: frozenset[int]
    doors: int


def maybe_round(shift: Row[Any]) -> Row[Any] | None:
    """The round a shift goes round for: its own, else the newest that had doors there then."""
    has_doors = and_(TALLY.community_id == ROUND.community_id, TALLY.round_id == ROUND.id)
    query = (
        select(ROUND.id, ROUND.name)
        .join(table_of(Tally), has_doors)
        .where(
            ROUND.community_id == shift.community_id,
            TALLY.path == shift.path,
            ROUND.opened_at < shift.ends_at,
            or_(ROUND.closed_at.is_(None), ROUND.closed_at > shift.starts_at),
        )
        .order_by(case((ROUND.id == shift.round_id, 0), else_=1), ROUND.id.desc())
    )
    return db.session.execute(query.limit(1)).one_or_none()


def doors(community_id: int, round_id: int, paths: Iterable[str]) -> Sequence[Row[Any]]:
    """The doors of some groups in a round, in walking order."""
    query = (
        select(
            DOOR.dwelling_id,
            DOOR.path,
            DOOR.unit,
            DOOR.room,
            DOOR.state,
            DOOR.attempts,
            DOOR.remaining,
            DOOR.joined_at,
            DOOR.gap_since,
        )
        .where(
            DOOR.community_id == community_id,
            DOOR.round_id == round_id,
            DOOR.path.in_(sorted(paths)),
        )
        .order_by(DOOR.path, DOOR.position, DOOR.dwelling_id)
    )
    return db.session.execute(query).all()


# Shifts of a group -------------------------------------------------------------------------------


def last_shifts(community_id: int, paths: Sequence[str], before: datetime) -> dict[str, Row[Any]]:
    """The last shift of each group that took place and was over by a moment, by path."""
    took_place = (SHIFT.c.ends_at <= before, SOMEBODY_CAME)
    return _one_each(community_id, paths, func.max(SHIFT.c.starts_at), took_place)


def next_shifts(community_id: int, paths: Sequence[str], after: datetime) -> dict[str, Row[Any]]:
    """The next shift of each group that is not over, by path."""
    return _one_each(community_id, paths, func.min(SHIFT.c.starts_at), (SHIFT.c.ends_at > after,))


def _one_each(
    community_id: int,
    paths: Sequence[str],
    which: Any,
    conditions: Sequence[ColumnElement[bool]],
) -> dict[str, Row[Any]]:
    at_groups = (
        SHIFT.c.community_id == community_id,
        SHIFT.c.path.in_(paths),
        SHIFT.c.state == ShiftState.OPEN,
        *conditions,
    )
    chosen = (
        select(SHIFT.c.path, which.label("starts_at"))
        .where(*at_groups)
        .group_by(SHIFT.c.path)
        .subquery()
    )
    is_chosen = and_(SHIFT.c.path == chosen.c.path, SHIFT.c.starts_at == chosen.c.starts_at)
    query = named(*_SHIFTS).join(chosen, is_chosen).where(*at_groups).order_by(SHIFT.c.id.desc())
    return {row.path: row for row in db.session.execute(query)}


def upcoming(group_id: int, after: datetime) -> Sequence[Row[Any]]:
    """The shifts of a group that are not over, in their order."""
    query: Select[Any] = (
        named(*_SHIFTS)
        .where(
            SHIFT.c.group_id == group_id,
            SHIFT.c.ends_at > after,
            SHIFT.c.state == ShiftState.OPEN,
        )
        .order_by(SHIFT.c.starts_at, SHIFT.c.id)
    )
    return db.session.execute(query).all()


def find_group(person: Person, group_id: int) -> Place:
    """A group where somebody may take shifts; NotFoundError for any other."""
    group = db.session.get(Place, group_id)
    if group is None or group.level != Level.GROUP or group.retired:
        raise NotFoundError
    if not any(group.path.startswith(area) for area in areas(person)):
        raise NotFoundError
    return group


def maybe_from(group: Place, source: str) -> int | None:
    """The shift of a group that came from there."""
    found: int | None = db.session.scalar(
        select(SHIFT.c.id).where(
            SHIFT.c.community_id == group.community_id,
            SHIFT.c.source == source,
            SHIFT.c.group_id == group.id,
        )
    )
    return found


# What was left open ------------------------------------------------------------------------------


def left_open(
    round_id: int, shifts: Mapping[str, Row[Any]], found: Sequence[Row[Any]]
) -> dict[str, Left]:
    """What each group's shift left open, by path; `found` are the doors of these groups.

    A shift is on duty until its day ends, so that is when its doors are looked at.
    """
    if not shifts:
        return {}
    community_id = next(iter(shifts.values())).community_id
    until = {path: end_of_day(local(row.ends_at).date()) for path, row in shifts.items()}
    there = [door for door in found if door.path in until and door.joined_at < until[door.path]]
    events = events_at(community_id, round_id, [door.dwelling_id for door in there])
    left: dict[str, Left] = {}
    for path in shifts:
        own = [door.dwelling_id for door in there if door.path == path]
        still = frozenset(
            id_ for id_ in own if fold(events.get(id_, ()), until=until[path]).state in GAPS
        )
        left[path] = Left(still, len(own))
    return left
