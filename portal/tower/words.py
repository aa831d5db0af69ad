"""The words of the tower in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from flask_babel import LazyString, get_locale, gettext, lazy_gettext

from portal.tower.cutting import Policy
from portal.tower.models import DEFAULT_LEVEL_NAMES, CareTag, Community, Level, Place
from portal.tower.recut import ConflictKind
from portal.tower.walk import Stretch

CARE_TAGS: dict[CareTag, LazyString] = {
    CareTag.ELDER_ALONE: lazy_gettext("Older person living alone"),
    CareTag.ELDERLY: lazy_gettext("Older people"),
    CareTag.STUDENT: lazy_gettext("Student in the household"),
    CareTag.MIGRANT: lazy_gettext("New to the city"),
    CareTag.OTHER: lazy_gettext("Other reason to care"),
}

POLICIES: dict[Policy, LazyString] = {
    Policy.FEWEST_GROUPS: lazy_gettext("Fewest groups"),
    Policy.WHOLE_STAIRCASES: lazy_gettext("Keep staircases whole"),
}
CONFLICTS: dict[ConflictKind, LazyString] = {
    ConflictKind.GROUP_GONE: lazy_gettext(
        "Nobody is left in the group they were moved to by hand, so they were cut like the others."
    ),
    ConflictKind.GROUP_FULL: lazy_gettext(
        "More households were moved to a group by hand than it may have; these were let go."
    ),
    ConflictKind.MORE_GROUPS: lazy_gettext(
        "Without the moves by hand, fewer groups would do here."
    ),
}


def level_name(community: Community, level: int) -> str:
    """What this community calls a level, in the language of the page."""
    language = "zh" if str(get_locale()).startswith("zh") else "en"
    names = community.level_names.get(language) or DEFAULT_LEVEL_NAMES[language]
    return names[Level(level) - 1]


def seat_names(community: Community) -> list[str]:
    """What this community calls the six seats of a team, in the language of the page."""
    language = "zh" if str(get_locale()).startswith("zh") else "en"
    return community.seat_names[language]


def place_name(level: int, name: str) -> str:
    """What people call a place; a mere number is called by what it numbers: 3栋, Building 3."""
    return _wordings(str(get_locale()))[level].format(name) if _NUMBER.fullmatch(name) else name


def full_name(way: Iterable[Place], *, whole: bool = False) -> str:
    """How people call a place who know the community (else `whole`): 和风苑 3栋 1组."""
    names = [place_name(step.level, step.name) for step in way]
    return together(*(names if whole else names[1:] or names))


def address(estate: str, building: str) -> str:
    """A building with its estate: 和风苑 3栋, Hefeng Court, Building 3."""
    return together(place_name(Level.ESTATE, estate), place_name(Level.BUILDING, building))


def together(*names: str) -> str:
    """The names of places, each inside the one before."""
    return _wordings(str(get_locale()))[0].join(names)


_NUMBER = re.compile(r"[0-9]+[A-Za-z]?")  # 3, and also 10A


@cache
def _wordings(_locale: str) -> dict[int, str]:
    """How numbers are called on each level, and what stands between two names (0)."""
    return {
        0: str(gettext("%(outer)s, %(inner)s", outer="", inner="")),
        Level.COMMUNITY: str(gettext("Community %(name)s", name="{}")),
        Level.ESTATE: str(gettext("Estate %(name)s", name="{}")),
        Level.BUILDING: str(gettext("Building %(name)s", name="{}")),
        Level.GROUP: str(gettext("Group %(n)s", n="{}")),
    }


def unit_name(unit: str) -> str:
    """A stair's name; a building with one unnamed stair has none."""
    return str(gettext("Unit %(name)s", name=unit)) if unit else ""


def door_name(unit: str, room: str) -> str:
    """How people call a door within its building."""
    return f"{unit_name(unit)} {room}".strip()


def doors_name(stretches: Iterable[Stretch]) -> str:
    """Doors as stretches of the walk: 1单元 101 – 2单元 302, 3单元 701 – 704."""
    return str(gettext(", ")).join(map(_stretch_name, stretches))


def _stretch_name(stretch: Stretch) -> str:
    first, last, doors = stretch
    begin = door_name(first.unit, first.room)
    if doors == 1:
        return begin
    same_stair = first.unit == last.unit
    return f"{begin} – {last.room if same_stair else door_name(last.unit, last.room)}"


def between(smallest: int, largest: int) -> str:
    """From the smallest to the largest: 18–30."""
    return "–".join(dict.fromkeys([str(smallest), str(largest)]))
