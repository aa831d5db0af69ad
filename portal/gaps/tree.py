"""The lines of the gap tree: the counts of one place each, their sum, their order, their bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from portal.clock import end_of_day, local, zone
from portal.coverage.states import GAPS, State

STATES = tuple(State)
FIRST_RESULT = len(GAPS)  # the gaps stand first in the order of every list
WIDTH = 1000  # of the bar, in its own units
NO_DOORS = (0,) * len(STATES)
LEAST = 8  # so much of it shows even a single door
REMEMBERED_DAYS = 400
FAR_AWAY = datetime.max.replace(tzinfo=UTC)


class Order(StrEnum):
    """How the lines of the tree can stand."""

    MISSING = "missing"
    OLDEST = "oldest"
    READING = "reading"


class Line(NamedTuple):
    """One place of the tree: its households by state (in the order of `State`), its empty seats.

    `gap` counts the households still to do, `days` how long the oldest of them has been left
    alone. `unsigned` counts groups whose zero-remainder statement is missing.
    """

    id: int
    name: str
    level: int
    sort_key: str
    counts: tuple[int, ...]
    base: int
    gap: int
    oldest: datetime | None
    days: int | None
    unsigned: int
    vacant: int
    missing: int  # seats in shifts to come that nobody has

    @property
    def done(self) -> int:
        return self.base - self.gap

    @property
    def adds_up(self) -> bool:
        """Whether the seven states make up the base, which came another way (law 2)."""
        return sum(self.counts) == self.base

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means no remainder; an empty base has none (law 8)."""
        return self.done * 100 // self.base if self.base else None

    @property
    def stripes(self) -> list[tuple[str, int, int]]:
        """(state, from, width) of the parts of the bar; every state present can be seen."""
        parts, start = [], 0
        room = WIDTH - LEAST * (len(self.counts) - self.counts.count(0))
        for state, count in zip(STATES, self.counts, strict=True):
            if count:
                width = LEAST + count * room // self.base
                parts.append((state.value, start, width))
                start += width
        return parts

    @property
    def by_state(self) -> dict[str, int]:
        return {state.value: count for state, count in zip(STATES, self.counts, strict=True)}


def line(place: Any, figures: Any | None, today: date, *, missing: int = 0) -> Line:
    """A line from a row of `queries.standing` and the row of `queries.figures` with its id."""
    counts = tuple(figures[1:-2]) if figures else NO_DOORS
    oldest = figures.oldest_gap if figures else None
    return Line(
        place.id,
        place.name,
        place.level,
        place.sort_key,
        counts,
        sum(counts),
        sum(counts[:FIRST_RESULT]),
        oldest,
        age(oldest, today) if oldest else None,
        figures.unsigned if figures else 0,
        place.vacant or 0,
        missing,
    )


def age(since: datetime, today: date) -> int:
    """Whole calendar days since a moment: the n for which `n days or more` just holds."""
    return ages(today)(since)


def ages(today: date) -> Callable[[datetime], int]:
    """How to tell many ages on one day."""
    midnights = _midnights(today, zone())
    remembered = len(midnights)

    def told(since: datetime) -> int:
        days = remembered - bisect_right(midnights, since)
        return days if days < remembered else (today - local(since).date()).days

    return told


@lru_cache(maxsize=4)
def _midnights(today: date, _zone: tzinfo) -> list[datetime]:
    """The ends of the days before today, oldest first: looking up is faster than converting."""
    return [end_of_day(today - timedelta(days=n)) for n in range(REMEMBERED_DAYS, 0, -1)]


def total(lines: Iterable[Line], today: date) -> Line:
    """The place above the lines: on every level the parent is the sum of its children (law 7)."""
    lines = list(lines)
    oldest = min((line.oldest for line in lines if line.oldest), default=None)
    return Line(
        id=0,
        name="",
        level=0,
        sort_key="",
        counts=tuple(sum(line.counts[n] for line in lines) for n in range(len(STATES))),
        base=sum(line.base for line in lines),
        gap=sum(line.gap for line in lines),
        oldest=oldest,
        days=age(oldest, today) if oldest else None,
        unsigned=sum(line.unsigned for line in lines),
        vacant=sum(line.vacant for line in lines),
        missing=sum(line.missing for line in lines),
    )


def in_order(lines: Iterable[Line], order: Order) -> list[Line]:
    """Most missing first, or the oldest gap first, or as the places stand; ties as they stand."""
    standing = sorted(lines, key=lambda line: (line.sort_key, line.id))
    if order is Order.MISSING:
        return sorted(standing, key=lambda line: -line.gap)
    if order is Order.OLDEST:
        return sorted(standing, key=lambda line: line.oldest or FAR_AWAY)
    return standing
