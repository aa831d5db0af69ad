"""Which groups of a place take their turn on which days of a series: a pure function.

One group after the other (轮流): the days on which a series can fall are numbered from its first
day on, and each takes the next `at_once` groups in walking order. So the turn of a day never
depends on when, how often, or for which stretch of days the series was generated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Occurrence:
    """One turn: `cycle` numbers the turns of the series, the same number for the same turn."""

    day: date
    cycle: int
    group: int  # its id


def occurrences(
    *,
    weekdays: Collection[int],
    starts_on: date,
    groups: Sequence[int],
    at_once: int,
    first: date,
    last: date,
) -> list[Occurrence]:
    """The turns from `first` to `last`, both included, of a series that began on `starts_on`.

    `weekdays` count from 0 for Monday; `groups` are ids in walking order.
    """
    if not groups or not weekdays:
        return []
    width = min(at_once, len(groups))
    found = []
    for day in _days(max(first, starts_on), last):
        if day.weekday() in weekdays:
            turn = _turn(day, starts_on, weekdays)
            found += [
                Occurrence(day, cycle, groups[cycle % len(groups)])
                for cycle in range(turn * width, (turn + 1) * width)
            ]
    return found


def _turn(day: date, starts_on: date, weekdays: Collection[int]) -> int:
    """How many days of the series lie before `day`."""
    weeks, rest = divmod((day - starts_on).days, 7)
    return weeks * len(weekdays) + sum(
        (starts_on.weekday() + step) % 7 in weekdays for step in range(rest)
    )


def _days(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)
