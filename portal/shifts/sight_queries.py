"""Which shifts somebody sees, runs or serves in now: who may still hear of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from portal.access import Permission, Person, below, in_scope
from portal.db import db, table_of
from portal.shifts.choice_queries import areas
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import LIVE

SHIFT, ASSIGNMENT = table_of(Shift), table_of(Assignment)


def seen_by(person: Person, shift_ids: Collection[int]) -> set[int]:
    """Those of some shifts where a person may take shifts, or has or had a part in."""
    if not (near := areas(person)):
        return set()
    part = select(ASSIGNMENT.c.shift_id).where(
        ASSIGNMENT.c.shift_id.in_(shift_ids), ASSIGNMENT.c.user_id == person.id
    )
    here = or_(*(below(SHIFT.c.path, area) for area in near), SHIFT.c.id.in_(part))
    return set(db.session.scalars(select(SHIFT.c.id).where(SHIFT.c.id.in_(shift_ids), here)))


def run_by(person: Person, shift_ids: Collection[int]) -> set[int]:
    """Those of some shifts whose crews a person decides about."""
    here = in_scope(person, Permission.RUN_SHIFTS, SHIFT.c.path)
    return set(db.session.scalars(select(SHIFT.c.id).where(SHIFT.c.id.in_(shift_ids), here)))


def served_by(person: Person, assignment_ids: Collection[int]) -> set[int]:
    """Those of some parts that are this person's, and that nobody has taken over or given back."""
    query = select(ASSIGNMENT.c.id).where(
        ASSIGNMENT.c.id.in_(assignment_ids),
        ASSIGNMENT.c.user_id == person.id,
        ASSIGNMENT.c.standing.in_(LIVE),
    )
    return set(db.session.scalars(query))
