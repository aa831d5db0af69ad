"""Days and hours here: midnight, the ends of months, the nights when clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import at, end_of_day, local, past, today
from tests.clocks import BERLIN, NEW_YORK, SHANGHAI, ZONES, SystemClock, in_zone
from tests.clocks import system_clock as system_clock

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ENDS = [date(2027, 1, 31), date(2027, 2, 28), date(2028, 2, 29), date(2026, 12, 31)]
# (zone, the day, how long it is): an hour is left out in spring and comes twice in autumn.
CHANGES = [
    (BERLIN, date(2026, 3, 29), 23),
    (BERLIN, date(2026, 10, 25), 25),
    (NEW_YORK, date(2026, 3, 8), 23),
    (NEW_YORK, date(2026, 11, 1), 25),
    (SHANGHAI, date(2026, 3, 29), 24),
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ENDS)
def test_a_day_ends_where_the_next_begins_also_at_the_end_of_months(zone: str, day: date) -> None:
    with in_zone(zone):
        end = end_of_day(day)
        assert local(end - SECOND).date() == day
        assert (local(end).date(), local(end).time()) == (day + timedelta(days=1), time())
        assert end - at(day, time()) == 24 * HOUR


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_day_on_which_clocks_are_changed_has_another_length(
    zone: str, day: date, hours: int
) -> None:
    with in_zone(zone):
        assert end_of_day(day) - at(day, time()) == hours * HOUR
        assert local(end_of_day(day) - SECOND).date() == day


@pytest.mark.parametrize("zone", ZONES)
def test_today_turns_at_midnight_here_whatever_day_it_is_elsewhere(
    zone: str, system_clock: SystemClock
) -> None:
    midnight = datetime(2027, 1, 1, tzinfo=ZoneInfo(zone))
    with in_zone(zone):
        system_clock.set(midnight - SECOND)
        assert today() == date(2026, 12, 31)
        system_clock.set(midnight)
        assert today() == date(2027, 1, 1)


def test_an_hour_that_comes_twice_is_the_first_unless_it_is_said_to_be_gone_by() -> None:
    day, hour = date(2026, 10, 25), time(2, 30)
    with in_zone(BERLIN):
        first, second = at(day, hour), at(day, hour.replace(fold=1))
        assert (first, second - first) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), HOUR)
        assert past(day, hour, until=first) == first
        assert past(day, hour, until=second - SECOND) == first
        assert past(day, hour, until=second) == second
        assert past(day, time(4), until=second) > second, "it has not come yet"


def test_an_hour_that_is_left_out_comes_as_much_later() -> None:
    with in_zone(BERLIN):
        assert local(at(date(2026, 3, 29), time(2, 30))).time() == time(3, 30)
        evening = at(date(2026, 3, 29), time(20))
        assert local(past(date(2026, 3, 29), time(2, 30), until=evening)).time() == time(3, 30)


@given(minute=st.integers(0, 60 * 24 * 800), zone=st.sampled_from(ZONES))
def test_what_the_clock_shows_now_is_a_minute_gone_by(minute: int, zone: str) -> None:
    """So nothing that comes this very minute has come an hour ago, in no night of the year."""
    with in_zone(zone):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        shown = local(now)
        assert past(shown.date(), shown.time().replace(fold=0), until=now) == now
