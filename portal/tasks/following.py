"""Tasks and warnings at doors follow the tower when dwellings get other groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from portal.db import db, table_of
from portal.tasks.queries import TASK
from portal.tasks.warning_queries import WARNING
from portal.tower.models import Dwelling, Place
from portal.tower.signals import dwellings_moved


@dwellings_moved.connect
def follow(buildings: Sequence[Place], **_: Any) -> None:
    """Give what stands at the doors of some buildings the groups of the doors, all at once."""
    community_id, home = buildings[0].community_id, table_of(Dwelling).c
    moved = select(home.id).where(
        home.community_id == community_id,
        home.building_id.in_([building.id for building in buildings]),
    )
    for table in (TASK, WARNING):
        group = select(home.group_id).where(home.id == table.c.dwelling_id).scalar_subquery()
        path = select(home.path).where(home.id == table.c.dwelling_id).scalar_subquery()
        db.session.execute(
            update(table)
            .where(table.c.community_id == community_id, table.c.dwelling_id.in_(moved))
            .values(place_id=group, path=path)
        )
