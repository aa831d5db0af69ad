"""When and where a shift is, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask_babel import get_locale, gettext, ngettext

from portal.clock import local
from portal.dates import day
from portal.tower.models import Level
from portal.tower.words import address, place_name, together


def when(starts_at: datetime, ends_at: datetime) -> tuple[str, str]:
    """The day and the hours of a shift: 4月12日 周六, 18:30–20:30."""
    return _when(starts_at, ends_at, str(get_locale()))


@lru_cache(maxsize=2000)
def _when(starts_at: datetime, ends_at: datetime, _locale: str) -> tuple[str, str]:
    begins, ends = local(starts_at), local(ends_at)
    return day(begins.date()), f"{begins:%H:%M}–{ends:%H:%M}"


def where(row: Any) -> str:
    """Estate, building and group of a shift, as people here call them."""
    return place_of(row.estate, row.building, row.group)


def place_of(estate: str, building: str, group: int) -> str:
    """The same from the names."""
    return _place_of(estate, building, group, str(get_locale()))


@lru_cache(maxsize=10_000)  # a town has 1,500 groups, and some of its lists name all of them
def _place_of(estate: str, building: str, group: int, _locale: str) -> str:
    return together(address(estate, building), place_name(Level.GROUP, str(group)))


def hours_and_place(facts: Mapping[str, Any]) -> str:
    """The same in one line, from the facts a notice keeps."""
    starts_at, ends_at = (datetime.fromisoformat(facts[key]) for key in ("starts_at", "ends_at"))
    place = place_of(facts["estate"], facts["building"], facts["group"])
    return " ".join((*when(starts_at, ends_at), place))


def places(taken: int, seats: int) -> str:
    """How many places are free."""
    return _places(taken, seats, str(get_locale()))


@lru_cache(maxsize=200)
def _places(taken: int, seats: int, _locale: str) -> str:
    free = seats - taken
    if free <= 0:
        return str(gettext("no place free of %(seats)s", seats=seats))
    return str(
        ngettext(
            "%(num)s place free of %(seats)s", "%(num)s places free of %(seats)s", free, seats=seats
        )
    )
