"""A published plan as it stands: its shifts that lie ahead, and who has seats in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, not_, select

from portal.clock import local
from portal.db import db
from portal.questions import Question
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, among
from portal.shifts.helper_queries import OF_TAKERS, around
from portal.shifts.models import RotaPlan
from portal.shifts.plan_queries import source_of
from portal.shifts.states import SEATED, ShiftState, Standing
from portal.shifts.task import Engaged

_ITS_OWN = (
    SHIFT.c.community_id == bindparam("community"),
    SHIFT.c.source == bindparam("source"),
    SHIFT.c.starts_at > bindparam("moment"),
    among(SHIFT.c.state, {ShiftState.OPEN}),
)
_SEATED = among(ASSIGNMENT.c.standing, SEATED)
_AHEAD = Question(
    select(
        SHIFT.c.id,
        SHIFT.c.group_id,
        SHIFT.c.building_id,
        SHIFT.c.estate_id,
        SHIFT.c.path,
        SHIFT.c.starts_at,
        SHIFT.c.ends_at,
        SHIFT.c.seats,
    )
    .where(*_ITS_OWN)
    .order_by(SHIFT.c.starts_at, SHIFT.c.path)
)
_CREWS = Question(
    select(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.user_id)
    .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
    .where(*_ITS_OWN, _SEATED)
    .order_by(ASSIGNMENT.c.id)
)
_BESIDES = Question(
    select(
        ASSIGNMENT.c.user_id, ASSIGNMENT.c.shift_id, ASSIGNMENT.c.starts_at, ASSIGNMENT.c.ends_at
    )
    .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
    .where(
        OF_TAKERS,
        ASSIGNMENT.c.starts_at >= bindparam("first"),
        ASSIGNMENT.c.starts_at < bindparam("last"),
        among(ASSIGNMENT.c.standing, {*SEATED, Standing.ASKED}),
        not_(and_(*_ITS_OWN, _SEATED)),
    )
)


def ahead(plan: RotaPlan, moment: datetime) -> Sequence[Any]:
    """The shifts of a plan that lie ahead, in the order of time."""
    return _AHEAD.all(_names(plan, moment))


def crews(plan: RotaPlan, moment: datetime) -> dict[int, list[int]]:
    """Who has a seat in those shifts; a shift that nobody has is not in it."""
    found: dict[int, list[int]] = {}
    for shift_id, user_id in _CREWS.unread(_names(plan, moment)).rows:
        found.setdefault(shift_id, []).append(user_id)
    return found


def awaited(shift_ids: Collection[int]) -> Sequence[int]:
    """Those of some shifts for which anybody waits."""
    if not shift_ids:
        return ()
    query = select(ASSIGNMENT.c.shift_id).where(
        ASSIGNMENT.c.shift_id.in_(shift_ids), among(ASSIGNMENT.c.standing, {Standing.WAITING})
    )
    return db.session.scalars(query.distinct()).all()


def besides(plan: RotaPlan, moment: datetime) -> dict[int, list[Engaged]]:
    """What people have, or have asked for, beside their seats in those shifts, by person."""
    first, last = around(local(moment).date(), plan.last_day)
    found: dict[int, list[Engaged]] = {}
    for user_id, *engaged in _BESIDES.all({**_names(plan, moment), "first": first, "last": last}):
        found.setdefault(user_id, []).append(Engaged(*engaged))
    return found


def _names(plan: RotaPlan, moment: datetime) -> dict[str, Any]:
    return {"community": plan.community_id, "source": source_of(plan), "moment": moment}
