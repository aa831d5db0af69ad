"""Finding places, settings and dwellings, always from the places a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, below, in_scope
from portal.db import db
from portal.errors import NotFoundError
from portal.tower.cutting import Policy
from portal.tower.models import Community, Dwelling, Level, Place
from portal.tower.standing import Rule
from portal.tower.walk import Size, sizes_above


def visible_to(
    person: Person, permission: Permission = Permission.SEE_TOWER
) -> Select[tuple[Place]]:
    """The places where a person has a permission, in reading order."""
    return (
        select(Place)
        .where(in_scope(person, permission, Place.path), Place.retired.is_(False))
        .order_by(Place.sort_key, Place.id)
    )


def find(person: Person, place_id: int, permission: Permission = Permission.SEE_TOWER) -> Place:
    """One place within reach of a person; NotFoundError for any other."""
    place = db.session.scalar(visible_to(person, permission).where(Place.id == place_id))
    if place is None:
        raise NotFoundError
    return place


def children(person: Person, place: Place) -> list[Place]:
    """The places directly below, in reading order."""
    return list(db.session.scalars(visible_to(person).where(Place.parent_id == place.id)))


def ancestors(place: Place) -> list[Place]:
    """From the community down to the place itself."""
    ids = [int(part) for part in place.path.strip("/").split("/")]
    return list(db.session.scalars(select(Place).where(Place.id.in_(ids)).order_by(Place.level)))


def ways(places: Iterable[Place]) -> dict[int, list[Place]]:
    """From the community down to each of several places, by their ids."""
    steps = {place.id: [int(step) for step in place.path.split("/")[1:-1]] for place in places}
    ids = {step for way in steps.values() for step in way}
    known = {
        place.id: place for place in db.session.scalars(select(Place).where(Place.id.in_(ids)))
    }
    return {place_id: [known[step] for step in way] for place_id, way in steps.items()}


def settings_of(community_id: int) -> Community:
    """The settings of a community."""
    community = db.session.get(Community, community_id)
    if community is None:
        raise NotFoundError
    return community


def maybe_community(name: str) -> Place | None:
    """The community of that name."""
    return db.session.scalar(
        select(Place).where(Place.level == Level.COMMUNITY, Place.name == name)
    )


def maybe_child(parent: Place, name: str) -> Place | None:
    """The place of that name directly below another."""
    return db.session.scalar(
        select(Place).where(
            Place.community_id == parent.community_id,
            Place.parent_id == parent.id,
            Place.name == name,
        )
    )


def maybe_by_names(names: list[str]) -> Place | None:
    """The place reached by names from the community downwards, as in "社区/苑/楼栋"."""
    place = maybe_community(names[0]) if names else None
    for name in names[1:]:
        place = maybe_child(place, name) if place else None
    return place


def places_below(place: Place, level: Level) -> list[Place]:
    """Every place of one level under another (itself included), in reading order."""
    return list(
        db.session.scalars(
            select(Place)
            .where(
                Place.community_id == place.community_id,
                below(Place.path, place.path),
                Place.level == level,
                Place.retired.is_(False),
            )
            .order_by(Place.sort_key, Place.id)
        )
    )


def places_to_choose(person: Person, permission: Permission) -> list[Place]:
    """Communities, estates and buildings in reach, each followed by what lies below it."""
    query = visible_to(person, permission).where(Place.level < Level.GROUP)
    places = {place.id: place for place in db.session.scalars(query)}
    below_of: dict[int | None, list[Place]] = {}
    for place in places.values():
        parent = place.parent_id if place.parent_id in places else None
        below_of.setdefault(parent, []).append(place)
    ordered: list[Place] = []
    waiting = list(reversed(below_of.get(None, [])))
    while waiting:
        place = waiting.pop()
        ordered.append(place)
        waiting.extend(reversed(below_of.get(place.id, [])))
    return ordered


def count_dwellings(place: Place) -> int:
    """How many dwellings lie under a place."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Dwelling.community_id == place.community_id, below(Dwelling.path, place.path)
            )
        )
        or 0
    )


def rule_of(community_id: int) -> Rule:
    """How a community wants its groups cut."""
    settings = settings_of(community_id)
    policy = Policy.WHOLE_STAIRCASES if settings.whole_staircases else Policy.FEWEST_GROUPS
    return Rule(settings.group_size, policy)


def maybe_dwelling_at(building: Place, *, unit: str, floor: int, room: str) -> Dwelling | None:
    """The dwelling at an address inside a building."""
    return db.session.scalar(
        select(Dwelling).where(
            Dwelling.community_id == building.community_id,
            Dwelling.building_id == building.id,
            Dwelling.unit == unit,
            Dwelling.floor == floor,
            Dwelling.room == room,
        )
    )


def find_dwelling_at(building: Place, *, unit: str, floor: int, room: str) -> Dwelling:
    """The same; NotFoundError if there is none."""
    dwelling = maybe_dwelling_at(building, unit=unit, floor=floor, room=room)
    if dwelling is None:
        raise NotFoundError
    return dwelling


def tops(person: Person) -> list[Place]:
    """The outermost places where somebody sees the tower, in reading order."""
    paths = person.paths(Permission.SEE_TOWER)
    return list(db.session.scalars(visible_to(person).where(Place.path.in_(paths))))


def sizes(places: Iterable[Place]) -> dict[int, Size]:
    """How large these places and all above and below them are, by id; only what lies in them."""
    places = list(places)
    query = (
        select(Dwelling.path, func.count())
        .where(
            Dwelling.community_id.in_({place.community_id for place in places}),
            or_(*(below(Dwelling.path, place.path) for place in places)),
        )
        .group_by(Dwelling.path)
    )
    return sizes_above(db.session.execute(query).tuples()) if places else {}


def find_dwelling(person: Person, dwelling_id: int, permission: Permission) -> Dwelling:
    """One dwelling where a person has a permission; NotFoundError for any other."""
    home = db.session.scalar(
        select(Dwelling).where(
            Dwelling.id == dwelling_id, in_scope(person, permission, Dwelling.path)
        )
    )
    if home is None:
        raise NotFoundError
    return home


_HOME = tuple(
    Dwelling.__table__.c[name]
    for name in (
        "id",
        "unit",
        "floor",
        "room",
        "position",
        "moved_by_hand",
        "vacant",
        "residents",
        "contact_label",
        "phone",
        "care_tag",
    )
)


def homes_below(place: Place) -> Sequence[Row[Any]]:
    """The dwellings of a building or group in walking order, each with its group's number."""
    group, home = Place.__table__.c, Dwelling.__table__.c
    return db.session.execute(
        select(*_HOME, group.number.label("number"), group.id.label("group_id"))
        .join_from(Dwelling.__table__, Place.__table__, group.id == home.group_id)
        .where(home.community_id == place.community_id, below(home.path, place.path))
        .order_by(home.position, home.id)
    ).all()


def buildings_below(place: Place) -> dict[int, tuple[str, str]]:
    """The buildings of a place (itself, if it is one) in reading order: (estate, building)."""
    building, estate = aliased(Place), aliased(Place)
    query = (
        select(building.id, estate.name, building.name)
        .join(estate, estate.id == building.parent_id)
        .where(
            building.community_id == place.community_id,
            below(building.path, place.path),
            building.level == Level.BUILDING,
        )
        .order_by(estate.sort_key, estate.id, building.sort_key, building.id)
    )
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query)}


def place_at(path: str) -> Place:
    """The place with this path."""
    return db.session.get_one(Place, int(path.split("/")[-2]))


def group_numbers(building: Place) -> list[tuple[int, str]]:
    """The groups of a building (number, name), in order."""
    query = select(Place.number, Place.name).where(
        Place.community_id == building.community_id,
        Place.parent_id == building.id,
        Place.retired.is_(False),
    )
    return list(db.session.execute(query.order_by(Place.number)).tuples())
