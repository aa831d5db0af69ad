"""Places by their names: as a duty shows them, and as people write them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.access import Permission, Person
from portal.db import db
from portal.tower import queries as tower
from portal.tower.models import Place

SUGGESTED_AT_MOST = 500  # places; a longer list no longer helps the one who types


def labels(paths: Iterable[str]) -> dict[str, str]:
    """What to call places: "和风苑/3", with the community in front where there are several."""
    wanted = set(paths)
    ids = {step for path in wanted for step in _steps(path)}
    names = dict(
        db.session.execute(select(Place.id, Place.name).where(Place.id.in_(ids))).tuples().all()
    )
    several = len({_steps(path)[0] for path in wanted}) > 1
    return {path: _label([names[step] for step in _steps(path)], whole=several) for path in wanted}


def labels_of_ids(place_ids: Iterable[int]) -> dict[int, str]:
    """The same by the numbers of the places; those that are gone are left out."""
    query = select(Place.id, Place.path).where(Place.id.in_(set(place_ids)))
    paths = dict(db.session.execute(query).tuples().all())
    named = labels(paths.values())
    return {place_id: named[path] for place_id, path in paths.items()}


def suggestions(person: Person) -> list[str]:
    """What may be written for a place at which somebody manages people, as the tower is read."""
    places = tower.places_to_choose(person, Permission.MANAGE_PEOPLE)[:SUGGESTED_AT_MOST]
    named = labels(place.path for place in places)
    return [named[place.path] for place in places]


def maybe_place(person: Person, text: str) -> Place | None:
    """The place somebody wrote, if they manage people there; the community may be left out."""
    names = split(text)
    for community in _communities(person):
        place = tower.maybe_by_names(names if names[:1] == [community] else [community, *names])
        if place and not place.retired and person.may(Permission.MANAGE_PEOPLE, path=place.path):
            return place
    return None


def split(text: str) -> list[str]:
    """The names in "社区/苑/楼栋", from the community downwards."""
    return [name.strip() for name in text.replace("／", "/").split("/") if name.strip()]


def _communities(person: Person) -> list[str]:
    query = select(Place.name).where(Place.id.in_(person.community_ids)).order_by(Place.sort_key)
    return list(db.session.scalars(query))


def _steps(path: str) -> list[int]:
    return [int(step) for step in path.strip("/").split("/")]


def _label(names: list[str], *, whole: bool) -> str:
    return "/".join(names if whole else names[1:] or names)
