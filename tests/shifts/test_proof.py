"""How evenly turns go round, against every timetable there is on small cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations, product

from portal.shifts.proof import Turn, least_gap, longest_gaps, prove

START = datetime(2026, 4, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def turns(*groups: tuple[float, int]) -> list[Turn]:
    return [Turn(day(number), unit) for number, unit in groups]


def every_timetable(units: list[int], counts: list[tuple[float, int]]) -> Iterator[list[Turn]]:
    """All ways to give so many different units a turn on those days."""
    choices = [list(combinations(units, count)) for _, count in counts]
    for chosen in product(*choices):
        yield [
            Turn(day(number), unit)
            for (number, _), of_day in zip(counts, chosen, strict=True)
            for unit in of_day
        ]


def test_no_timetable_has_a_shorter_longest_gap_than_the_bound() -> None:
    chance = random.Random(7)  # noqa: S311 - cases, not secrets
    for _ in range(150):
        units = list(range(chance.randint(1, 4)))
        days = sorted(chance.sample(range(1, 12), chance.randint(1, 4)))
        counts = [(float(d), chance.randint(1, min(2, len(units)))) for d in days]
        before = {unit: day(-chance.randint(0, 9)) for unit in units}
        end = day(days[-1] + chance.randint(0, 5))
        best = min(
            max(gap.length for gap in longest_gaps(before, timetable, end).values())
            for timetable in every_timetable(units, counts)
        )
        some = next(every_timetable(units, counts))
        assert least_gap(before, some, end) == best


def test_gaps_count_the_wait_before_the_first_turn_and_after_the_last() -> None:
    before = {1: day(0), 2: day(0), 3: day(0)}
    proof = prove(before, turns((1, 1), (5, 2), (6, 1)), end=day(9))
    assert {unit: gap.length.days for unit, gap in proof.longest.items()} == {1: 5, 2: 5, 3: 9}
    assert proof.worst is not None
    assert (proof.worst.unit, proof.worst.since, proof.worst.until) == (3, day(0), day(9))
    assert proof.least == timedelta(days=8)  # 1, 5 and 6 in turn: the first waits from 1 to 9


def test_every_group_once_before_any_twice() -> None:
    before = {1: day(0), 2: day(0), 3: day(0)}
    even = turns((1, 2), (2, 3), (3, 1), (4, 3), (5, 2), (6, 1))
    assert prove(before, even, end=day(7)).twice is None
    uneven = turns((1, 2), (2, 3), (3, 2), (4, 1))
    assert prove(before, uneven, end=day(7)).twice == (day(3), 2, 2, 1)


def test_turns_at_one_moment_break_no_rule_among_themselves() -> None:
    before = {1: day(0), 2: day(0), 3: day(0)}
    at_once = turns((1, 1), (1, 2), (2, 1), (2, 3))
    assert prove(before, at_once, end=day(3)).twice is None


def test_a_round_takes_as_many_moments_as_there_are_units_for_each_turn() -> None:
    before = {unit: day(0) for unit in range(5)}
    assert prove(before, turns((1, 0), (1, 1), (2, 2)), end=day(3)).cycle == 4
    assert prove(before, [], end=day(3)).cycle is None


def test_turns_of_groups_that_are_no_more_are_left_out() -> None:
    proof = prove({1: day(0)}, turns((1, 9), (2, 1)), end=day(4))
    assert set(proof.longest) == {1}
    assert proof.least == timedelta(days=2)


def test_nothing_is_measured_where_nothing_is() -> None:
    proof = prove({}, [], end=day(4))
    assert (proof.worst, proof.least, proof.twice) == (None, timedelta(), None)
