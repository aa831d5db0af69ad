"""Where a task belongs, in words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from portal.accounts.place_queries import labels
from portal.tower.models import Level, prefixes
from portal.tower.words import door_name

Door = tuple[str, str]  # unit, room


class Names:
    """The names of the places of a list, asked for once."""

    def __init__(self, spots: Iterable[tuple[str, Door | None]]) -> None:
        self.names = labels(_shown(path, door) for path, door in spots)

    def place(self, path: str, door: Door | None) -> str:
        """A place, or the building of a door."""
        return self.names[_shown(path, door)]

    def of(self, path: str, door: Door | None) -> str:
        """A place, or a door in its building; the group of a door says nothing to anybody."""
        name = self.place(path, door)
        return f"{name} {door_name(*door)}" if door else name


def _shown(path: str, door: Door | None) -> str:
    return _building(path) if door else path


@lru_cache(maxsize=5_000)
def _building(path: str) -> str:
    return prefixes(path)[: Level.BUILDING][-1]
