"""Where a task belongs, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from portal.access import Permission, Person
from portal.accounts.place_queries import as_written, labels, names_along
from portal.tower import queries as tower
from portal.tower.models import Level, prefixes
from portal.tower.words import door_name, together

Door = tuple[str, str]  # unit, room


class Names:
    """The names of the places of a list, asked for once.

    `spots` are paths, each with its door or whether it is that of one: then its building is named.
    """

    def __init__(self, spots: Iterable[tuple[str, Door | bool | None]]) -> None:
        self._shown = {_shown(path, of_door=bool(door)) for path, door in spots}
        self.known: Mapping[int, str] = names_along(self._shown)
        self._labels: dict[str, str] = {}

    def place(self, path: str, door: Door | None) -> str:
        """A place, or the building of a door."""
        if not self._labels:
            self._labels = labels(self._shown, self.known)
        return self._labels[_shown(path, of_door=bool(door))]

    def of(self, path: str, door: Door | None) -> str:
        """A place, or a door in its building; the group of a door says nothing to anybody."""
        name = self.place(path, door)
        return together(name, door_name(*door)) if door else name


def building_written(person: Person, estate: str | None, building: str | None) -> str:
    """The one building with these names where somebody runs warnings, as forms write it, or ""."""
    places = tower.places_to_choose(person, Permission.RUN_WARNINGS)
    names = as_written(place.path for place in places if place.level == Level.BUILDING)
    tail = f"/{building}"
    fits = [name for name in names.values() if name.endswith(tail) and (estate or "") in name]
    return fits[0] if len(fits) == 1 else ""


@lru_cache(maxsize=10_000)
def _shown(path: str, *, of_door: bool) -> str:
    return prefixes(path)[: Level.BUILDING][-1] if of_door else path
