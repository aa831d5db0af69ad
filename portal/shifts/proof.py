"""Whether turns go round evenly: how long places wait, and what the same turns could reach. Pure.

Always visiting whoever has waited longest makes the longest gap as short as it can be: if a plan
visits j while i has waited longer, swapping the two from there on gives gaps with the same sum that
lie closer together. So the oldest-first timetable, simulated with as many turns at the same
moments, is the proven optimum, first and last gap included.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple


class Turn(NamedTuple):
    """One visit of one unit (a group)."""

    at: datetime
    unit: int


class Gap(NamedTuple):
    """A time in which a unit had no turn; `since` is its turn before, or where the count begins."""

    unit: int
    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since


class Twice(NamedTuple):
    """A unit that had a turn while another, which waited, had had fewer."""

    at: datetime
    unit: int
    turns: int  # of the unit, with this one
    waiting: int  # the other unit


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How evenly turns went round. Nothing is measured where there are no units.

    `waits` is for how long a unit had waited at each of its turns, `longest` the longest gap of
    each unit (also before the first turn and after the last), `least` the shortest possible longest
    gap for as many turns at the same moments, `cycle` how many moments one whole round takes when
    it runs evenly (None without a turn), `twice` the first breach of "every unit once before any
    twice".
    """

    waits: Mapping[Turn, timedelta]
    longest: Mapping[int, Gap]
    least: timedelta
    cycle: int | None
    twice: Twice | None

    @property
    def worst(self) -> Gap | None:
        """The longest gap of all, the earliest of several."""
        return max(self.longest.values(), key=lambda gap: gap.length, default=None)


def prove(last_before: Mapping[int, datetime], turns: Iterable[Turn], *, end: datetime) -> Proof:
    """Measure turns against what is possible.

    `last_before` gives for every unit from when on it waits: its last turn before these, or where
    the count begins. Turns of other units are left out; `end` closes the last gap of each.
    """
    counted = sorted({turn for turn in turns if turn.unit in last_before})
    return Proof(
        waits={Turn(g.until, g.unit): g.length for g in gaps(last_before, counted, end)},
        longest=longest_gaps(last_before, counted, end),
        least=least_gap(last_before, counted, end),
        cycle=cycle(len(last_before), counted),
        twice=twice_before_once(last_before, counted),
    )


def gaps(
    last_before: Mapping[int, datetime], turns: Iterable[Turn], end: datetime
) -> Iterator[Gap]:
    """Every gap of every unit, in the order in which they end; turns come in the order of time."""
    last = dict(last_before)
    closing = (Turn(end, unit) for unit in last_before)
    for at, unit in (*turns, *closing):
        yield Gap(unit, last[unit], at)
        last[unit] = at


def longest_gaps(
    last_before: Mapping[int, datetime], turns: Iterable[Turn], end: datetime
) -> dict[int, Gap]:
    """The longest gap of each unit, the earliest of several."""
    longest: dict[int, Gap] = {}
    for gap in gaps(last_before, turns, end):
        known = longest.get(gap.unit)
        if known is None or gap.length > known.length:
            longest[gap.unit] = gap
    return longest


def least_gap(
    last_before: Mapping[int, datetime], turns: Iterable[Turn], end: datetime
) -> timedelta:
    """The longest gap of the oldest-first timetable: no other with as many turns has a shorter."""
    waiting = [(since, unit) for unit, since in last_before.items()]
    heapq.heapify(waiting)
    least = timedelta()
    for at, of_moment in groupby(turns, key=lambda turn: turn.at):
        visited = [heapq.heappop(waiting) for _ in of_moment]
        for since, unit in visited:
            least = max(least, at - since)
            heapq.heappush(waiting, (at, unit))
    return max([least, *(end - since for since, _ in waiting)])


def cycle(units: int, turns: Iterable[Turn]) -> int | None:
    """How many moments one round of all units takes in the steady state: ceil(units / turns)."""
    counts = [len(list(of_moment)) for _, of_moment in groupby(turns, key=lambda turn: turn.at)]
    return -(-units * len(counts) // sum(counts)) if counts else None


def twice_before_once(units: Iterable[int], turns: Iterable[Turn]) -> Twice | None:
    """The first turn of a unit while another had had fewer; None if there is no such turn."""
    had = dict.fromkeys(sorted(units), 0)
    fewest, with_fewest = 0, len(had)
    for at, of_moment in groupby(turns, key=lambda turn: turn.at):
        # of units that have their turn at one moment, whoever had fewer goes first
        for unit in sorted((turn.unit for turn in of_moment), key=lambda one: (had[one], one)):
            if had[unit] > fewest:
                waiting = next(other for other, count in had.items() if count == fewest)
                return Twice(at, unit, had[unit] + 1, waiting)
            had[unit] += 1
            with_fewest -= 1
            if with_fewest == 0:
                fewest, with_fewest = fewest + 1, len(had)
    return None
