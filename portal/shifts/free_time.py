"""When somebody can come: weekdays and bands of hours, as they said it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from portal.clock import local

# The bands people tick; they touch, so that two of them make one longer stretch.
BANDS = ("08:00-12:00", "12:00-18:00", "18:00-21:00")
WEEKDAYS = range(7)  # 0 is Monday

Hours = Mapping[str, Sequence[str]]


class Stretch(NamedTuple):
    """Hours of a weekday ("0" is Monday), as people here read their clocks."""

    weekday: str
    begins: str
    ends: str  # of another day: later than any clock says


@lru_cache(maxsize=2000)
def stretch_of(starts_at: datetime, ends_at: datetime) -> Stretch:
    """The hours of a shift; those of most shifts are the same week by week."""
    begins, ends = local(starts_at), local(ends_at)
    until = f"{ends:%H:%M}" if begins.date() == ends.date() else "next day"
    return Stretch(str(begins.weekday()), f"{begins:%H:%M}", until)


def covers(hours: Hours | None, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether somebody can come to a shift; who said nothing can come at any time."""
    return hours is None or holds(hours, stretch_of(starts_at, ends_at))


def holds(hours: Hours, stretch: Stretch) -> bool:
    """Whether somebody can come in all of these hours."""
    reached = stretch.begins
    for start, end in _in_order(tuple(hours.get(stretch.weekday, ()))):
        if start <= reached < end:
            reached = end
    return reached >= stretch.ends


@lru_cache(maxsize=1000)  # people tick the same few bands
def _in_order(bands: tuple[str, ...]) -> list[list[str]]:
    return sorted(band.split("-") for band in bands)


def from_ticks(ticks: Sequence[str]) -> dict[str, list[str]] | None:
    """The hours of ticked boxes ("0 18:00-21:00"); no tick at all means any time."""
    hours: dict[str, list[str]] = {}
    for weekday in WEEKDAYS:
        bands = [band for band in BANDS if f"{weekday} {band}" in ticks]
        if bands:
            hours[str(weekday)] = bands
    return hours or None


def to_ticks(hours: Hours | None) -> set[str]:
    """The boxes to show as ticked."""
    return {f"{weekday} {band}" for weekday, bands in (hours or {}).items() for band in bands}
