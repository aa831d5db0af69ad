"""The words of the tower in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


def place_name(community: Community, level: int, name: str) -> str:
    """A place's name; one that is only a number is called by its level too, as a group is."""
    if not name.isdecimal():
        return name
    return str(gettext("%(level)s %(name)s", level=level_name(community, level), name=name))


def full_name(community: Community, way: Sequence[Place], *, whole: bool = False) -> str:
    """How people call a place who know the community (else `whole`): 和风苑 楼栋 3 小组 1."""
    shown = way if whole else way[1:] or way
    return " ".join(place_name(community, step.level, step.name) for step in shown)


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
