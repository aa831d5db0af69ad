"""The hours in which crews go out: bands of the day as people write them, cut into sessions. Pure.

One session is one group of about thirty doors (domain.md 2.6), so a band longer than a session
holds several: 15:30-20:30 holds two of two and a half hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from portal.clock import at

LATEST = time(21)  # nobody knocks later (domain.md 2.6)
WEEK = "18:30-20:30"  # the usual hours of Monday to Friday
WEEKEND = "10:00-11:30, 15:30-20:30"
MINUTES_A_DOOR = 4  # two people, about 13 homes a person an evening (domain.md 2.6)
SATURDAY = 5
_BAND = re.compile(r"(\d{1,2})[:：](\d{2})\s*[-–—~\u81f3\u5230]\s*(\d{1,2})[:：](\d{2})")
_BETWEEN = re.compile(r"[\s,，;；、]*")


@dataclass(frozen=True, order=True)
class Band:
    """Hours of one day, as people here read their clocks."""

    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"

    @property
    def minutes(self) -> int:
        return 60 * (self.ends.hour - self.starts.hour) + self.ends.minute - self.starts.minute


@dataclass(frozen=True, order=True)
class Session:
    """One stretch of time in which a crew walks one group."""

    starts_at: datetime
    ends_at: datetime


def read_bands(text: str) -> list[Band]:
    """The bands in a text such as "10:00-11:30, 15:30-20:30"; ValueError for anything else."""
    if _BETWEEN.sub("", _BAND.sub("", text)):
        raise ValueError(text)
    bands = [Band(_time(h1, m1), _time(h2, m2)) for h1, m1, h2, m2 in _BAND.findall(text)]
    return sorted(bands)


def _time(hour: str, minute: str) -> time:
    return time(int(hour), int(minute))


def is_late(bands: Iterable[Band]) -> bool:
    """Whether anybody would knock after nine."""
    return any(band.ends > LATEST for band in bands)


def overlap(bands: Iterable[Band]) -> bool:
    """Whether a band ends before it starts, or begins within another."""
    reached = time()
    for band in sorted(bands):
        if band.starts < reached or band.ends <= band.starts:
            return True
        reached = band.ends
    return False


def split(band: Band, minutes: int) -> list[Band]:
    """As many equal sessions of at least so many minutes as a band holds, but at least one."""
    count = max(1, band.minutes // minutes)
    begin = datetime.combine(date.min, band.starts)
    length = timedelta(minutes=band.minutes // count)
    cuts = [(begin + n * length).time() for n in range(count)] + [band.ends]
    return [Band(a, b) for a, b in pairwise(cuts)]


def sessions(
    first: date, last: date, *, week: Iterable[Band], weekend: Iterable[Band], minutes: int
) -> list[Session]:
    """Every session of the days from `first` to `last`, in the order of time."""
    weekday = [part for band in sorted(week) for part in split(band, minutes)]
    free_day = [part for band in sorted(weekend) for part in split(band, minutes)]
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [
        Session(at(day, part.starts), at(day, part.ends))
        for day in days
        for part in (free_day if day.weekday() >= SATURDAY else weekday)
    ]
