"""Reading buildings as their groups stand, many at once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.db import db
from portal.tower.cutting import Home, walking_order
from portal.tower.models import Dwelling, Level, Place
from portal.tower.standing import Group, Standing

# Tables, not models: SQLAlchemy answers with plain rows, which matters for forty thousand of them.
HOME, PLACE = Dwelling.__table__.c, Place.__table__.c


def standings_of(community_id: int, building_ids: Iterable[int]) -> list[Standing]:
    """Buildings as their groups stand, in the order given; three statements for any number."""
    ids = list(building_ids)
    bare = _bare_standings(community_id, ids)
    found = {key: bare[key] for key in ids if key in bare}
    groups = select(PLACE.id, PLACE.parent_id, PLACE.number, PLACE.path).where(
        PLACE.community_id == community_id, PLACE.parent_id.in_(ids), PLACE.level == Level.GROUP
    )
    for row in db.session.execute(groups):
        if row.parent_id in found:
            found[row.parent_id].groups[row.number] = Group(row.id, row.path)
    homes = (
        select(
            HOME.building_id,
            HOME.id,
            HOME.unit,
            HOME.floor,
            HOME.room,
            HOME.position,
            HOME.moved_by_hand,
            PLACE.number,
        )
        .join_from(Dwelling.__table__, Place.__table__, PLACE.id == HOME.group_id)
        .where(HOME.community_id == community_id, HOME.building_id.in_(ids))
    )
    for building_id, key, unit, floor, room, position, by_hand, number in db.session.execute(homes):
        standing = found[building_id]
        standing.homes.append(Home(key, unit, floor, room))
        standing.current[key] = number
        standing.positions[key] = position
        if by_hand:
            standing.pinned[key] = number
    for standing in found.values():
        standing.homes = walking_order(standing.homes)
    return list(found.values())


def _bare_standings(community_id: int, building_ids: list[int]) -> dict[int, Standing]:
    query = select(
        Place.id, Place.community_id, Place.parent_id, Place.path, Place.name, Place.number
    ).where(
        Place.community_id == community_id,
        Place.id.in_(building_ids),
        Place.level == Level.BUILDING,
    )
    return {row.id: Standing(*row) for row in db.session.execute(query)}
