"""Buildings for the tests of the tower, cut as a roster would have them cut."""

from __future__ import annotations

from typing import Any

from portal.db import db
from portal.tower import actions
from portal.tower.models import Dwelling, Place
from portal.tower.standing import Arrival


def homes(*, units: int = 1, floors: int = 10, doors: int = 3, **changes: Any) -> list[Arrival]:
    """The dwellings of a regular building; `changes` are columns of each."""
    return [
        Arrival(str(unit), floor, f"{floor}{door:02}", **changes)
        for unit in range(1, units + 1)
        for floor in range(1, floors + 1)
        for door in range(1, doors + 1)
    ]


def housed(estate: Place, name: str, arrivals: list[Arrival]) -> Place:
    """A new building with its dwellings in groups."""
    (building,) = actions.make_places(estate, [name])
    actions.settle(building.community_id, {building.id: arrivals})
    db.session.commit()
    return building


def groups_of(building: Place, *, retired: bool = False) -> list[Place]:
    """The groups of a building in the order of their numbers."""
    query = db.session.query(Place).filter_by(parent_id=building.id, retired=retired)
    return list(query.order_by(Place.number))


def dwellings_of(building: Place) -> list[Dwelling]:
    """The dwellings of a building in walking order."""
    query = db.session.query(Dwelling).filter_by(building_id=building.id)
    return list(query.order_by(Dwelling.position))


def numbers(building: Place) -> list[int]:
    """The group number of every dwelling in walking order."""
    by_id = {place.id: place.number for place in db.session.query(Place)}
    return [by_id[home.group_id] for home in dwellings_of(building)]
