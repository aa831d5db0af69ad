"""Places by their names: as a duty shows them, and as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from sqlalchemy import select

from portal.access import Permission, Person
from portal.db import db, one_of, table_of
from portal.questions import Question
from portal.tower import queries as tower
from portal.tower.models import Level, Place
from portal.tower.words import place_name, together

_PLACE = table_of(Place).c
SUGGESTED_AT_MOST = 500  # places; a longer list no longer helps the one who types


def labels(paths: Iterable[str], names: Mapping[int, str] | None = None) -> dict[str, str]:
    """What to call places: 和风苑 3栋, with the community in front where there are several.

    `names` are those along the paths, if they are known already.
    """
    return {path: _label(found, whole=whole) for path, found, whole in _names(paths, names)}


def names_along(paths: Iterable[str]) -> dict[int, str]:
    """The names of places and of everything above them, by their numbers."""
    return dict(_PLACE_NAMES.all({"ids": {step for path in paths for step in _steps(path)}}))


_PLACE_NAMES = Question(select(_PLACE.id, _PLACE.name).where(one_of(_PLACE.id, "ids")))


def _names(
    paths: Iterable[str], names: Mapping[int, str] | None = None
) -> Iterator[tuple[str, list[str], bool]]:
    """(path, its names from the community down, whether there are several communities)."""
    wanted = set(paths)
    known = names_along(wanted) if names is None else names
    several = len({_steps(path)[0] for path in wanted}) > 1
    for path in wanted:
        yield path, [known[step] for step in _steps(path)], several


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
    """The place somebody wrote, if they have a permission there; the community may be left out.

    As it is written in files (和风苑/3), or as the pages call it (和风苑 3栋).
    """
    names = split(text)
    for community in _communities(person):
        place = tower.maybe_by_names(names if names[:1] == [community] else [community, *names])
        if place and not place.retired and person.may(permission, path=place.path):
            return place
    return _maybe_called(person, text, permission)


def _maybe_called(person: Person, text: str, permission: Permission) -> Place | None:
    """The one place that the pages call so, whatever stands between its names: 和风苑3栋."""
    places = [one for one in tower.places_to_choose(person, permission) if not one.retired]
    paths = [place.path for place in places]
    called, written = labels(paths), as_written(paths)
    named, listed = _squeezed(text), _listed(text)
    found = [
        place
        for place in places
        if named == _squeezed(called[place.path])
        or listed in {_listed(written[place.path]), _listed(_with_marks(called[place.path]))}
    ]
    return found[0] if len(found) == 1 else None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,，]+", "", text).casefold()


def _with_marks(label: str) -> str:
    return re.sub(r", " if "," in label else r" ", "/", label)


def _listed(text: str) -> str:
    """With the marks between the names: 和风苑1/22 is another place than 和风苑/122."""
    return re.sub(r"[／,，]", "/", re.sub(r"\s+", "", text)).casefold()


def split(text: str) -> list[str]:
    """The names in "社区/苑/楼栋", from the community downwards."""
    return [name.strip() for name in text.replace("／", "/").split("/") if name.strip()]


def _communities(person: Person) -> list[str]:
    query = select(Place.name).where(Place.id.in_(person.community_ids)).order_by(Place.sort_key)
    return list(db.session.scalars(query))


@lru_cache(maxsize=10_000)
def _steps(path: str) -> tuple[int, ...]:
    return tuple(int(step) for step in path.strip("/").split("/"))


def _label(names: list[str], *, whole: bool) -> str:
    called = [place_name(level, name) for level, name in enumerate(names, Level.COMMUNITY)]
    return together(*(called if whole else called[1:] or called))
