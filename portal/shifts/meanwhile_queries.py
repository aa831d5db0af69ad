"""What has happened since a plan was worked out: other plans, and shifts of its groups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from portal.access import below
from portal.db import db
from portal.shifts.choice_queries import SHIFT
from portal.shifts.models import RotaPlan
from portal.shifts.plan_queries import TURN
from portal.shifts.states import PlanState, ShiftState
from portal.tower.models import Place, prefixes


def maybe_overtaken_by(plan: RotaPlan) -> Row[Any] | None:
    """A plan over some of the same groups and days, published since this one was worked out."""
    as_of = (plan.figures or {}).get("as_of")
    since = datetime.fromisoformat(as_of) if as_of else plan.made_at
    return db.session.execute(
        select(RotaPlan.first_day, RotaPlan.last_day, Place.name, Place.level)
        .join(Place, Place.id == RotaPlan.place_id)
        .where(
            RotaPlan.community_id == plan.community_id,
            RotaPlan.id != plan.id,
            RotaPlan.state == PlanState.PUBLISHED,
            RotaPlan.published_at >= since,
            RotaPlan.first_day <= plan.last_day,
            RotaPlan.last_day >= plan.first_day,
            or_(below(RotaPlan.path, plan.path), RotaPlan.path.in_(prefixes(plan.path))),
        )
        .order_by(RotaPlan.published_at.desc())
        .limit(1)
    ).one_or_none()


def taken_since(plan: RotaPlan) -> set[int]:
    """The new turns of a plan whose groups have got a shift at that hour meanwhile."""
    query = (
        select(TURN.c.id)
        .join(SHIFT, SHIFT.c.group_id == TURN.c.group_id)
        .where(
            TURN.c.plan_id == plan.id,
            TURN.c.shift_id.is_(None),
            SHIFT.c.community_id == plan.community_id,
            SHIFT.c.state == ShiftState.OPEN,
            SHIFT.c.starts_at < TURN.c.ends_at,
            SHIFT.c.ends_at > TURN.c.starts_at,
        )
    )
    return set(db.session.scalars(query))
