"""Finding series, the groups whose turns they are, and what has been made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from portal.access import Permission, Person, below, in_scope
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.shifts.models import Assignment, Batch, Shift, ShiftTemplate
from portal.shifts.states import ShiftState
from portal.tower.models import Level, Place

SHIFT = table_of(Shift).c


def visible_to(person: Person) -> Sequence[ShiftTemplate]:
    """The series of somebody's places, those that have ended last."""
    return db.session.scalars(
        select(ShiftTemplate)
        .where(in_scope(person, Permission.PLAN_SHIFTS, ShiftTemplate.path))
        .order_by(ShiftTemplate.ended_at.is_not(None), ShiftTemplate.name, ShiftTemplate.id)
    ).all()


def find(person: Person, template_id: int) -> ShiftTemplate:
    """One series within reach; NotFoundError for any other."""
    found = db.session.scalar(
        select(ShiftTemplate).where(
            ShiftTemplate.id == template_id,
            in_scope(person, Permission.PLAN_SHIFTS, ShiftTemplate.path),
        )
    )
    if found is None:
        raise NotFoundError
    return found


def groups_below(path: str, community_id: int) -> Sequence[Row[Any]]:
    """The groups at or below a place in walking order: id, path, number, building, estate."""
    group, building = table_of(Place), table_of(Place).alias("building")
    estate = table_of(Place).alias("estate")
    return db.session.execute(
        select(
            group.c.id,
            group.c.path,
            group.c.number,
            building.c.id.label("building_id"),
            building.c.name.label("building"),
            estate.c.id.label("estate_id"),
            estate.c.name.label("estate"),
        )
        .join(building, building.c.id == group.c.parent_id)
        .join(estate, estate.c.id == building.c.parent_id)
        .where(
            group.c.community_id == community_id,
            group.c.level == Level.GROUP,
            group.c.retired.is_(False),
            below(group.c.path, path),
        )
        .order_by(estate.c.sort_key, building.c.sort_key, group.c.number)
    ).all()


def cycles_made(community_id: int, source: str, cycles: Sequence[int]) -> set[int]:
    """Which turns of a series exist already, moved and cancelled ones included."""
    rows = db.session.scalars(
        select(SHIFT.cycle).where(
            SHIFT.community_id == community_id, SHIFT.source == source, SHIFT.cycle.in_(cycles)
        )
    )
    return set(rows)


def standing_at(path: str, community_id: int, since: datetime) -> dict[int, list[Row[Any]]]:
    """When the groups at or below a place have shifts that end after a moment, by group."""
    rows = db.session.execute(
        select(SHIFT.group_id, SHIFT.starts_at, SHIFT.ends_at).where(
            SHIFT.community_id == community_id,
            below(SHIFT.path, path),
            SHIFT.ends_at > since,
            SHIFT.state == ShiftState.OPEN,
        )
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(row)
    return found


def batches_of(template: ShiftTemplate) -> Sequence[Row[Any]]:
    """What was made of a series (Batch, its shifts, the first and the last), newest first."""
    return db.session.execute(
        select(Batch, func.count(SHIFT.id), func.min(SHIFT.starts_at), func.max(SHIFT.starts_at))
        .outerjoin(Shift, SHIFT.batch_id == Batch.id)
        .where(Batch.template_id == template.id)
        .group_by(Batch.id)
        .order_by(Batch.id.desc())
    ).all()


def find_batch(person: Person, batch_id: int) -> tuple[Batch, ShiftTemplate]:
    """Something made in one go, with its series, within reach."""
    batch = db.session.get(Batch, batch_id)
    if batch is None or batch.template_id is None:
        raise NotFoundError
    return batch, find(person, batch.template_id)


def touched(batch: Batch) -> int:
    """How many shifts of a batch somebody has changed, cancelled or had to do with; holds them."""
    shifts = db.session.execute(
        select(SHIFT.id, SHIFT.sequence, SHIFT.state)
        .where(SHIFT.batch_id == batch.id)
        .with_for_update()
    ).all()
    with_people = set(
        db.session.scalars(
            select(Assignment.shift_id)
            .join(Shift, SHIFT.id == Assignment.shift_id)
            .where(SHIFT.batch_id == batch.id)
        )
    )
    return sum(
        row.id in with_people or row.sequence > 0 or row.state is not ShiftState.OPEN
        for row in shifts
    )
