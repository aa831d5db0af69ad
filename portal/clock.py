"""The only caller of the system clock: now in UTC, today in the community's zone (law 12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SKEW = timedelta(minutes=1)  # what lies further ahead was dated by a clock that has been set back
_zone = ZoneInfo("Asia/Shanghai")


def use_zone(name: str) -> None:
    """Set the zone of this installation's communities; phones and servers may be elsewhere."""
    global _zone  # noqa: PLW0603 - set once at start-up
    _zone = ZoneInfo(name)


def zone() -> ZoneInfo:
    """The zone in which people here read their clocks."""
    return _zone


def now() -> datetime:
    """The present moment, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day it is here, whatever the phone's zone says."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """A stored moment as people here read it."""
    return moment.astimezone(_zone)


def at(day: date, hour: time) -> datetime:
    """The moment that people here mean by a day and an hour.

    Of an hour that comes twice it is the first, with `fold=1` the second (PEP 495).
    """
    return datetime.combine(day, hour, _zone).astimezone(UTC)


def past(day: date, hour: time, *, until: datetime) -> datetime:
    """The moment that people mean who speak, at `until`, of an hour gone by.

    Of an hour that comes twice, when summer time ends, it is the later one that has come. An hour
    that has not come yet lies after `until`.
    """
    first, again = at(day, hour), at(day, hour.replace(fold=1))
    return again if first < again <= until else first


def end_of_day(day: date) -> datetime:
    """The first moment that no longer belongs to a day here."""
    return at(day + timedelta(days=1), time())
