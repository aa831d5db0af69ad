"""Whose turn a day of a series is: the same however often and for whichever days one asks."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.shifts.recurrence import Occurrence, occurrences

MONDAY = date(2026, 11, 30)
SERIES = {"weekdays": [5], "starts_on": MONDAY, "groups": [11, 12, 13], "at_once": 1}


def test_groups_take_turns_week_by_week() -> None:
    found = occurrences(**SERIES, first=MONDAY, last=MONDAY + timedelta(days=27))
    assert [(o.day.day, o.group) for o in found] == [(5, 11), (12, 12), (19, 13), (26, 11)]


def test_two_groups_on_one_day_are_the_next_two() -> None:
    wide = {**SERIES, "at_once": 2}
    found = occurrences(**wide, first=MONDAY, last=MONDAY + timedelta(days=13))
    assert [o.group for o in found] == [11, 12, 13, 11]


def test_more_at_once_than_there_are_groups_visits_each_once_a_day() -> None:
    wide = {**SERIES, "at_once": 9}
    found = occurrences(**wide, first=MONDAY, last=MONDAY + timedelta(days=6))
    assert [o.group for o in found] == [11, 12, 13]


def test_nothing_happens_before_the_first_day_or_without_groups() -> None:
    before = MONDAY - timedelta(days=30)
    assert occurrences(**SERIES, first=before, last=MONDAY) == []
    assert occurrences(**{**SERIES, "groups": []}, first=MONDAY, last=date(2027, 1, 1)) == []


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 6),
    groups=st.integers(1, 7),
    at_once=st.integers(1, 4),
    skip=st.integers(0, 40),
)
def test_a_later_stretch_is_the_tail_of_the_whole_and_nobody_waits_longer_than_a_cycle(
    weekdays: set[int], start: int, groups: int, at_once: int, skip: int
) -> None:
    series = {
        "weekdays": weekdays,
        "starts_on": MONDAY + timedelta(days=start),
        "groups": list(range(groups)),
        "at_once": at_once,
    }
    last = MONDAY + timedelta(days=120)
    whole = occurrences(**series, first=MONDAY, last=last)
    first = MONDAY + timedelta(days=skip)
    assert occurrences(**series, first=first, last=last) == [o for o in whole if o.day >= first]
    assert [o.cycle for o in whole] == list(range(len(whole)))
    assert [o.group for o in whole] == [n % groups for n in range(len(whole))]
    assert len({(o.day, o.group) for o in whole}) == len(whole)


def test_a_turn_has_a_number_of_its_own() -> None:
    assert occurrences(**SERIES, first=MONDAY, last=MONDAY + timedelta(days=5)) == [
        Occurrence(date(2026, 12, 5), 0, 11)
    ]
