"""Tasks at doors follow the tower when dwellings get other groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from portal.db import db, table_of
from portal.tasks.queries import TASK
from portal.tower.models import Dwelling, Place
from portal.tower.signals import dwellings_moved


@dwellings_moved.connect
def follow(buildings: Sequence[Place], **_: Any) -> None:
    """Give the tasks at the doors of some buildings the groups of their doors, in one statement."""
    home = table_of(Dwelling).c
    moved = select(home.id).where(
        home.community_id == buildings[0].community_id,
        home.building_id.in_([building.id for building in buildings]),
    )
    group = select(home.group_id).where(home.id == TASK.c.dwelling_id).scalar_subquery()
    path = select(home.path).where(home.id == TASK.c.dwelling_id).scalar_subquery()
    db.session.execute(
        update(TASK)
        .where(TASK.c.community_id == buildings[0].community_id, TASK.c.dwelling_id.in_(moved))
        .values(place_id=group, path=path)
    )
