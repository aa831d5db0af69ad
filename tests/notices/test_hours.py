"""Quiet hours and digests, also in the nights when clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import at, local
from portal.notices.timing import Hours, next_time
from tests.clocks import BERLIN, NEW_YORK, ZONES, in_zone

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPRING = [(BERLIN, date(2026, 3, 29)), (NEW_YORK, date(2026, 3, 8))]
AUTUMN = [(BERLIN, date(2026, 10, 25)), (NEW_YORK, date(2026, 11, 1))]
THE_HOUR = {BERLIN: 2, NEW_YORK: 1}  # that comes twice


@pytest.mark.parametrize(("zone", "day"), AUTUMN)
def test_whoever_wakes_in_the_hour_that_comes_twice_waits_no_day_for_it(
    zone: str, day: date
) -> None:
    with in_zone(zone):
        half = time(THE_HOUR[zone], 30)
        first, second = at(day, half), at(day, half.replace(fold=1))
        night = Hours(quiet_from=time(21), quiet_until=half)
        assert night.after_quiet(first - MINUTE) == first
        assert night.after_quiet(first) == first
        quiet_again = second - 10 * MINUTE
        assert night.is_quiet(quiet_again), "the clocks show the hour before once more"
        assert night.after_quiet(quiet_again) == second


@pytest.mark.parametrize(("zone", "day"), SPRING + AUTUMN)
def test_quiet_until_morning_is_until_that_morning(zone: str, day: date) -> None:
    with in_zone(zone):
        hours = Hours(quiet_from=time(21), quiet_until=time(8))
        evening = at(day - timedelta(days=1), time(22))
        for hour in range(10):
            assert hours.after_quiet(evening + hour * HOUR) == at(day, time(8))


@pytest.mark.parametrize(("zone", "day"), SPRING)
def test_quiet_until_an_hour_that_is_left_out_ends_within_the_hour_after(
    zone: str, day: date
) -> None:
    with in_zone(zone):
        hours = Hours(quiet_from=time(21), quiet_until=time(2, 30))
        end = hours.after_quiet(at(day, time(0, 30)))
        assert local(end).time() == time(3, 30)
        assert not hours.is_quiet(end)


@pytest.mark.parametrize(("zone", "day"), SPRING)
def test_a_digest_at_an_hour_that_is_left_out_comes_an_hour_later_and_once(
    zone: str, day: date
) -> None:
    with in_zone(zone):
        hour = time(2, 30)
        found = next_time(hour, at(day, time(0, 30)))
        assert (local(found).date(), local(found).time()) == (day, time(3, 30))
        assert local(next_time(hour, found)).date() == day + timedelta(days=1)


@pytest.mark.parametrize(("zone", "day"), AUTUMN)
def test_a_digest_at_an_hour_that_comes_twice_comes_once(zone: str, day: date) -> None:
    with in_zone(zone):
        hour = time(THE_HOUR[zone], 30)
        found = next_time(hour, at(day, time()))
        assert found == at(day, hour)
        assert local(next_time(hour, found)).date() == day + timedelta(days=1)


@given(zone=st.sampled_from(ZONES), hour=st.times(), start=st.integers(0, 8760))
def test_there_is_one_digest_a_day_all_year(zone: str, hour: time, start: int) -> None:
    with in_zone(zone):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + start * HOUR
        days = []
        for _ in range(40):
            moment = next_time(hour, moment)
            days.append(local(moment).date())
        assert days == [days[0] + timedelta(days=n) for n in range(40)]


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 60 * 24 * 400),
    quiet_from=st.times(),
    quiet_until=st.times(),
)
def test_quiet_never_lasts_longer_than_its_hours(
    zone: str, start: int, quiet_from: time, quiet_until: time
) -> None:
    """And its end is no hour to be quiet, nor before the moment asked about."""
    with in_zone(zone):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
        hours = Hours(quiet_from=quiet_from, quiet_until=quiet_until)
        end = hours.after_quiet(moment)
        assert moment <= end <= moment + timedelta(hours=25)
        assert not hours.is_quiet(end)
