"""The only caller of the system clock: now in UTC, today in the community's zone (law 12)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"


def now() -> datetime:
    """The present moment, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)


def today(zone: str = DEFAULT_ZONE) -> date:
    """The calendar day it is in the community, whatever the phone's zone says."""
    return local(now(), zone).date()


def local(moment: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """A stored moment as people in the community read it."""
    return moment.astimezone(_zone(zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
