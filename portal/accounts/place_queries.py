"""Places by their names: as a duty shows them, and as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from portal.access import Permission, Person
from portal.db import db
from portal.tower import queries as tower
from portal.tower.models import Level, Place
from portal.tower.words import place_name, together

SUGGESTED_AT_MOST = 500  # places; a longer list no longer helps the one who types


def labels(paths: Iterable[str]) -> dict[str, str]:
    """What to call places: 和风苑 3栋, with the community in front where there are several."""
    return {path: _label(names, whole=whole) for path, names, whole in _names(paths)}


def _names(paths: Iterable[str]) -> Iterator[tuple[str, list[str], bool]]:
    """(path, its names from the community down, whether there are several communities)."""
    wanted = set(paths)
    ids = {step for path in wanted for step in _steps(path)}
    names = dict(
        db.session.execute(select(Place.id, Place.name).where(Place.id.in_(ids))).tuples().all()
    )
    several = len({_steps(path)[0] for path in wanted}) > 1
    for path in wanted:
        yield path, [names[step] for step in _steps(path)], several


def labels_of_ids(place_ids: Iterable[int]) -> dict[int, str]:
    """The same by the numbers of the places; those that are gone are left out."""
    query = select(Place.id, Place.path).where(Place.id.in_(set(place_ids)))
    paths = dict(db.session.execute(query).tuples().all())
    named = labels(paths.values())
    return {place_id: named[path] for place_id, path in paths.items()}


def suggestions(person: Person, permission: Permission = Permission.MANAGE_PEOPLE) -> list[str]:
    """What may be written for a place where somebody has a permission, as the tower is read."""
    places = tower.places_to_choose(person, permission)[:SUGGESTED_AT_MOST]
    named = as_written(place.path for place in places)
    return [named[place.path] for place in places]


def as_written(paths: Iterable[str]) -> dict[str, str]:
    """How places are written so that `maybe_place` finds them: 和风苑/3."""
    return {
        path: "/".join(names if whole else names[1:] or names)
        for path, names, whole in _names(paths)
    }


def maybe_place(
    person: Person, text: str, permission: Permission = Permission.MANAGE_PEOPLE
) -> Place | None:
    """The place somebody wrote, if they have a permission there; the community may be left out."""
    names = split(text)
    for community in _communities(person):
        place = tower.maybe_by_names(names if names[:1] == [community] else [community, *names])
        if place and not place.retired and person.may(permission, path=place.path):
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
    called = [place_name(level, name) for level, name in enumerate(names, Level.COMMUNITY)]
    return together(*(called if whole else called[1:] or called))
