"""Finding imports, and what is already known about the homes of a building."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, RowMapping, Select, func, select

from portal.access import Permission, Person, below, in_scope
from portal.accounts.models import User
from portal.db import db
from portal.errors import NotFoundError
from portal.rosters.comparing import Key
from portal.rosters.models import Import
from portal.tower.models import Dwelling, Level, Place


def visible_to(person: Person) -> Select[tuple[Import]]:
    """Imports into the communities a person may load rosters for, newest first."""
    return (
        select(Import)
        .join(Place, Place.id == Import.community_id)
        .where(in_scope(person, Permission.IMPORT_ROSTERS, Place.path))
        .order_by(Import.id.desc())
    )


def find(person: Person, import_id: int) -> Import:
    """One import within reach; NotFoundError for any other."""
    found: Import | None = db.session.scalar(visible_to(person).where(Import.id == import_id))
    if found is None:
        raise NotFoundError
    return found


def latest(person: Person, *, limit: int = 20) -> list[Row[Any]]:
    """The newest imports with who handed them in and for which community."""
    query = (
        visible_to(person)
        .join(User, User.id == Import.handed_in_by)
        .add_columns(User.name.label("by"), Place.name.label("community"))
        .limit(limit)
    )
    return list(db.session.execute(query).all())


def communities(person: Person) -> list[Place]:
    """The communities a person may load rosters for."""
    query = select(Place).where(
        Place.level == Level.COMMUNITY, in_scope(person, Permission.IMPORT_ROSTERS, Place.path)
    )
    return list(db.session.scalars(query.order_by(Place.name)))


def known_homes(building_ids: Sequence[int]) -> dict[int, dict[Key, RowMapping]]:
    """What the tower knows about the homes of some buildings, by what makes a home."""
    rows = db.session.execute(
        select(
            Dwelling.building_id,
            Dwelling.id,
            Dwelling.unit,
            Dwelling.floor,
            Dwelling.room,
            Dwelling.vacant,
            Dwelling.residents,
            Dwelling.contact_label,
            Dwelling.phone,
            Dwelling.care_tag,
        ).where(Dwelling.building_id.in_(building_ids))
    )
    known: dict[int, dict[Key, RowMapping]] = {}
    for row in rows:
        key = Key(row.unit, row.floor, row.room)
        known.setdefault(row.building_id, {})[key] = row._mapping
    return known


def count_groups(building: Place) -> int:
    """How many groups a building has."""
    query = select(func.count()).where(
        Place.parent_id == building.id, Place.level == Level.GROUP, Place.retired.is_(False)
    )
    return db.session.scalar(query) or 0


def buildings_not_in(estate: Place, names: set[str]) -> list[Place]:
    """Buildings of an estate that a file does not name."""
    query = select(Place).where(Place.parent_id == estate.id).order_by(Place.sort_key)
    return [place for place in db.session.scalars(query) if place.name not in names]


def homes_below(place: Place) -> list[Row[Any]]:
    """Unit, floor and room of every home in a building, in walking order."""
    return list(
        db.session.execute(
            select(Dwelling.unit, Dwelling.floor, Dwelling.room)
            .where(Dwelling.community_id == place.community_id, below(Dwelling.path, place.path))
            .order_by(Dwelling.position)
        ).all()
    )
