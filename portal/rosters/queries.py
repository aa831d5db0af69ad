"""Finding imports, and what is already known about the homes of a building."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping, Select, func, select
from sqlalchemy.orm import aliased, defer

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.db import db
from portal.errors import NotFoundError
from portal.rosters.comparing import Key
from portal.rosters.models import Import, Stage
from portal.tower.models import Dwelling, Level, Place

# The file of such an import is still needed.
MOST_SHOWN = 20  # imports, on the page of all of them
WAITING = frozenset({Stage.CHECKING, Stage.CHECKED, Stage.APPLYING})

# Imports -----------------------------------------------------------------------------------------


def visible_to(person: Person) -> Select[tuple[Import]]:
    """Imports into the communities a person may load rosters for, newest first.

    The report, which may be long, is read only when it is asked for.
    """
    return (
        select(Import)
        .join(Place, Place.id == Import.community_id)
        .where(in_scope(person, Permission.IMPORT_ROSTERS, Place.path))
        .order_by(Import.id.desc())
        .options(defer(Import.report))
    )


def find(person: Person, import_id: int) -> Import:
    """One import within reach; NotFoundError for any other."""
    found: Import | None = db.session.scalar(visible_to(person).where(Import.id == import_id))
    if found is None:
        raise NotFoundError
    return found


def latest(person: Person) -> list[Row[Any]]:
    """The newest imports with who handed them in and for which community."""
    query = (
        visible_to(person)
        .join(User, User.id == Import.handed_in_by)
        .add_columns(User.name.label("by"), Place.name.label("community"))
        .limit(MOST_SHOWN)
    )
    return list(db.session.execute(query).all())


def lock(import_id: int) -> Import:
    """One import as it stands now; it stays so until this transaction ends."""
    return db.session.get_one(
        Import,
        import_id,
        options=[defer(Import.report)],
        with_for_update=True,
        populate_existing=True,
    )


def waiting_of(person: Person) -> list[Import]:
    """The files of a person that still wait to be applied or dropped."""
    query = select(Import).where(Import.handed_in_by == person.id, Import.stage.in_(WAITING))
    return list(db.session.scalars(query.options(defer(Import.report))))


def waiting_ids() -> set[int]:
    """All imports whose file is still needed."""
    return set(db.session.scalars(select(Import.id).where(Import.stage.in_(WAITING))))


def forgotten(*, before: datetime) -> list[Import]:
    """Imports that nobody has applied or dropped since they were handed in, long ago."""
    query = select(Import).where(
        Import.stage.in_({Stage.CHECKING, Stage.CHECKED}), Import.handed_in_at < before
    )
    return list(db.session.scalars(query.options(defer(Import.report))))


# Places ------------------------------------------------------------------------------------------


def communities(person: Person) -> list[Place]:
    """The communities a person may load rosters for."""
    query = select(Place).where(
        Place.level == Level.COMMUNITY, in_scope(person, Permission.IMPORT_ROSTERS, Place.path)
    )
    return list(db.session.scalars(query.order_by(Place.name)))


def to_export(person: Person) -> list[Place]:
    """The outermost places whose roster a person may take out."""
    paths = person.paths(Permission.EXPORT_ROSTERS)
    query = select(Place).where(Place.path.in_(paths), Place.retired.is_(False))
    return list(db.session.scalars(query.order_by(Place.level, Place.sort_key)))


def estates_named(community: Place, names: Iterable[str]) -> dict[str, Place]:
    """The estates of a community that have one of these names."""
    query = select(Place).where(
        Place.community_id == community.community_id,
        Place.parent_id == community.id,
        Place.name.in_(list(names)),
    )
    return {place.name: place for place in db.session.scalars(query)}


def buildings_named(
    community: Place, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The ids of those buildings (estate, building) that are there."""
    estate, building = aliased(Place), aliased(Place)
    query = (
        select(estate.name, building.name, building.id)
        .join(building, building.parent_id == estate.id)
        .where(
            estate.community_id == community.community_id,
            estate.parent_id == community.id,
            estate.name.in_({name for name, _ in names}),
            building.community_id == community.community_id,
            building.name.in_({name for _, name in names}),
        )
    )
    wanted = set(names)
    rows = db.session.execute(query).tuples()
    return {(above, name): key for above, name, key in rows if (above, name) in wanted}


def buildings_left_out(
    community: Place, named: Mapping[str, Collection[str]]
) -> dict[int, tuple[str, str]]:
    """The buildings (by id: estate, building) of named estates that are not named themselves."""
    estate, building = aliased(Place), aliased(Place)
    query = (
        select(building.id, estate.name, building.name)
        .join(building, building.parent_id == estate.id)
        .where(
            estate.community_id == community.community_id,
            estate.parent_id == community.id,
            building.community_id == community.community_id,
        )
        .order_by(estate.sort_key, estate.id, building.sort_key, building.id)
    )
    rows = db.session.execute(query).tuples()
    return {key: (above, name) for key, above, name in rows if name not in named.get(above, {name})}


# Homes -------------------------------------------------------------------------------------------

_HOME = Dwelling.__table__.c


def known_homes(community_id: int, building_ids: Iterable[int]) -> dict[int, dict[Key, RowMapping]]:
    """What the tower knows about the homes of some buildings, in the order of the walk."""
    rows = db.session.execute(
        select(
            _HOME.building_id,
            _HOME.id,
            _HOME.unit,
            _HOME.floor,
            _HOME.room,
            _HOME.vacant,
            _HOME.residents,
            _HOME.contact_label,
            _HOME.phone,
            _HOME.care_tag,
        )
        .where(_HOME.community_id == community_id, _HOME.building_id.in_(list(building_ids)))
        .order_by(_HOME.position)
    )
    known: dict[int, dict[Key, RowMapping]] = {}
    for row in rows:
        key = Key(row.unit, row.floor, row.room)
        known.setdefault(row.building_id, {})[key] = row._mapping
    return known


def count_groups(community_id: int, building_ids: Iterable[int]) -> dict[int, int]:
    """How many groups each of some buildings has."""
    query = select(Place.parent_id, func.count()).where(
        Place.community_id == community_id,
        Place.parent_id.in_(list(building_ids)),
        Place.level == Level.GROUP,
        Place.retired.is_(False),
    )
    rows = db.session.execute(query.group_by(Place.parent_id)).tuples()
    return {key: count for key, count in rows if key is not None}
