"""When somebody can come: weekdays and bands of hours, as they said it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from portal.clock import local

# The bands people tick; they touch, so that two of them make one longer stretch.
BANDS = ("08:00-12:00", "12:00-18:00", "18:00-21:00")
WEEKDAYS = range(7)  # 0 is Monday

Hours = Mapping[str, Sequence[str]]


def covers(hours: Hours | None, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether somebody can come to a shift; who said nothing can come at any time."""
    if hours is None:
        return True
    begins, ends = local(starts_at), local(ends_at)
    reached = f"{begins:%H:%M}"
    for start, end in sorted(band.split("-") for band in hours.get(str(begins.weekday()), ())):
        if start <= reached < end:
            reached = end
    return begins.date() == ends.date() and reached >= f"{ends:%H:%M}"


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
