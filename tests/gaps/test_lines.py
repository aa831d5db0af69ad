"""The arithmetic of the tree: sums, remainders, ages and bars."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clock import at, end_of_day
from portal.coverage.states import GAPS, State
from portal.gaps.tree import STATES, WIDTH, Line, Order, age, in_order, total

TODAY = date(2026, 4, 12)
COUNTS = st.tuples(*[st.integers(0, 40_000)] * len(STATES))
MINUTES = st.integers(0, 1_200_000)  # before the end of today: more than two years


def make_line(*counts: int, **changes: object) -> Line:
    counts = counts or (0,) * len(STATES)
    columns = {
        "id": 1,
        "name": "和风苑",
        "level": 2,
        "sort_key": "1",
        "counts": counts,
        "base": sum(counts),
        "gap": sum(counts[: len(GAPS)]),
        "oldest": None,
        "days": None,
        "unsigned": 0,
        "vacant": 0,
        "missing": 0,
    }
    return Line(**{**columns, **changes})  # type: ignore[arg-type]


def test_the_gaps_stand_first_so_their_sum_is_the_remainder() -> None:
    assert set(STATES[: len(GAPS)]) == GAPS


@pytest.mark.parametrize(("gap", "base", "percent"), [(0, 9, 100), (1, 1000, 99), (9, 9, 0)])
def test_a_percentage_is_rounded_down(gap: int, base: int, percent: int) -> None:
    assert make_line(gap, 0, 0, base - gap, 0, 0, 0).percent == percent


def test_an_empty_base_has_no_percentage() -> None:
    assert make_line().percent is None


@settings(deadline=None)
@given(COUNTS)
def test_every_state_present_shows_in_the_bar_and_nothing_leaves_it(counts: tuple[int]) -> None:
    stripes = make_line(*counts).stripes
    assert [state for state, _, _ in stripes] == [
        state for state, count in zip(State, counts, strict=True) if count
    ]
    assert all(width > 0 for _, _, width in stripes)
    filled = sum(width for _, _, width in stripes)
    assert (WIDTH - len(State) < filled <= WIDTH) if stripes else not filled
    ends = [start + width for _, start, width in stripes]
    assert [start for _, start, _ in stripes[1:]] == ends[:-1]


@settings(deadline=None)
@given(st.lists(COUNTS, max_size=6))
def test_a_parent_is_the_sum_of_its_children(children: list[tuple[int]]) -> None:
    lines = [make_line(*counts, vacant=n) for n, counts in enumerate(children)]
    parent = total(lines, TODAY)
    assert parent.base == sum(line.base for line in lines)
    assert parent.gap == sum(line.gap for line in lines)
    assert parent.vacant == sum(line.vacant for line in lines)
    assert parent.adds_up


def test_a_parent_has_waited_as_long_as_its_oldest_child() -> None:
    recent, old = end_of_day(TODAY - timedelta(days=3)), end_of_day(TODAY - timedelta(days=9))
    parent = total([make_line(oldest=recent), make_line(), make_line(oldest=old)], TODAY)
    assert (parent.oldest, parent.days) == (old, 8)


def test_a_day_ends_at_midnight_of_the_community() -> None:
    late = at(TODAY - timedelta(days=1), time(23, 59))
    assert age(late, TODAY) == 1
    assert age(late + timedelta(minutes=1), TODAY) == 0


@settings(deadline=None)
@given(MINUTES, st.integers(1, 900))
def test_an_age_says_for_which_days_the_filter_finds_the_door(minutes: int, days: int) -> None:
    since = end_of_day(TODAY) - timedelta(minutes=minutes)
    found = since < end_of_day(TODAY - timedelta(days=days))
    assert found == (age(since, TODAY) >= days)


def test_lines_stand_by_what_is_missing_by_age_or_as_read() -> None:
    first = make_line(1, 0, 0, 0, 0, 0, 0, id=1, sort_key="1", oldest=end_of_day(TODAY))
    second = make_line(5, 0, 0, 0, 0, 0, 0, id=2, sort_key="2")
    third = make_line(
        1, 0, 0, 0, 0, 0, 0, id=3, sort_key="3", oldest=end_of_day(TODAY - timedelta(days=4))
    )
    lines = [third, second, first]
    assert [line.id for line in in_order(lines, Order.MISSING)] == [2, 1, 3]
    assert [line.id for line in in_order(lines, Order.OLDEST)] == [3, 1, 2]
    assert [line.id for line in in_order(lines, Order.READING)] == [1, 2, 3]
