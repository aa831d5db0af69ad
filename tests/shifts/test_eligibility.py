"""May this person take this shift, and if not, why: each reason, and which comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import combinations

import pytest

from portal.clock import at
from portal.shifts.eligibility import Crew, Engagement, Taker, Turn, Why, why_not
from portal.shifts.limits import Limits

MONDAY = date(2026, 4, 13)
NOON = at(MONDAY, time(12, 0))


def clock(days: int, hour: int, minute: int = 0) -> datetime:
    return at(MONDAY + timedelta(days=days), time(hour, minute))


TUESDAY = Turn(
    id=1, path="/1/4/37/912/", starts_at=clock(1, 18), ends_at=clock(1, 20), seats=2, taken=1
)
CHEN = Taker(areas=("/1/4/",))


def busy(*hours: tuple[datetime, datetime], first: int = 10) -> Taker:
    """Chen with other shifts at those hours."""
    others = tuple(Engagement(first + n, *span) for n, span in enumerate(hours))
    return replace(CHEN, engagements=others, most_a_week=7)


def test_a_free_evening_and_a_free_place() -> None:
    assert why_not(TUESDAY, CHEN, at=NOON) is None


@pytest.mark.parametrize(
    ("turn", "taker", "why"),
    [
        (TUESDAY._replace(cancelled=True), CHEN, Why.CANCELLED),
        (TUESDAY._replace(starts_at=clock(0, 8), ends_at=clock(0, 12)), CHEN, Why.CLOSED),
        (TUESDAY, Taker(areas=("/1/5/",)), Why.NOT_IN_AREA),
        (TUESDAY, Taker(areas=()), Why.NOT_IN_AREA),
        (
            TUESDAY,
            replace(CHEN, engagements=(Engagement(1, clock(1, 18), clock(1, 20)),)),
            Why.ALREADY,
        ),
        (TUESDAY, replace(CHEN, home="/1/4/37/"), Why.OWN_BUILDING),
        (TUESDAY, replace(CHEN, leaves=((MONDAY, MONDAY + timedelta(days=1)),)), Why.LEAVE),
        (TUESDAY, busy((clock(1, 19), clock(1, 21))), Why.OVERLAP),
        (TUESDAY, busy((clock(0, 23), clock(1, 1))), Why.TOO_CLOSE),
        (TUESDAY, busy((clock(2, 10), clock(2, 12))), Why.TOO_CLOSE),
        (TUESDAY._replace(seats=2, taken=1, leads=1), CHEN, Why.NOT_QUALIFIED),
        (TUESDAY._replace(seats=2, taken=1, needs=("officer",)), CHEN, Why.NOT_QUALIFIED),
        (TUESDAY._replace(taken=2), CHEN, Why.FULL),
        (TUESDAY._replace(taken=3), CHEN, Why.FULL),
    ],
)
def test_each_reason_has_its_name(turn: Turn, taker: Taker, why: Why) -> None:
    assert why_not(turn, taker, at=NOON) is why


def test_the_neighbouring_building_is_not_ones_own() -> None:
    assert why_not(TUESDAY, replace(CHEN, home="/1/4/3/"), at=NOON) is None


def test_leave_ends_with_its_last_day() -> None:
    leave = ((MONDAY - timedelta(days=3), MONDAY),)
    assert why_not(TUESDAY, replace(CHEN, leaves=leave), at=NOON) is None


def test_shifts_that_follow_on_without_a_break_are_no_clash() -> None:
    before, behind = (clock(1, 16), clock(1, 18)), (clock(1, 20), clock(1, 21))
    assert why_not(TUESDAY, busy(before), at=NOON) is None
    assert why_not(TUESDAY, busy(behind), at=NOON) is None
    assert why_not(TUESDAY, busy(before, behind), at=NOON) is Why.LIMIT
    a_minute_later = TUESDAY._replace(starts_at=clock(1, 18, 1))
    assert why_not(a_minute_later, busy(before), at=NOON) is Why.TOO_CLOSE


def test_rest_is_measured_from_the_end_of_one_to_the_start_of_the_next() -> None:
    just_enough = busy((clock(0, 20), clock(0, 22)))
    assert why_not(TUESDAY, just_enough, at=NOON) is None
    a_minute_less = busy((clock(0, 20), clock(0, 22, 1)))
    assert why_not(TUESDAY, a_minute_less, at=NOON) is Why.TOO_CLOSE
    stricter = replace(just_enough, limits=Limits(rest=timedelta(hours=21)))
    assert why_not(TUESDAY, stricter, at=NOON) is Why.TOO_CLOSE


def test_a_week_is_counted_from_monday_here() -> None:
    thursday, sunday, monday = ((clock(n, 10), clock(n, 12)) for n in (3, 6, 7))
    two = replace(busy(thursday, sunday), most_a_week=2)
    assert why_not(TUESDAY, two, at=NOON) is Why.LIMIT
    one = replace(busy(thursday, monday), most_a_week=2)
    assert why_not(TUESDAY, one, at=NOON) is None


def test_waiting_takes_no_time() -> None:
    waits = Engagement(10, TUESDAY.starts_at, TUESDAY.ends_at, is_firm=False)
    assert why_not(TUESDAY, replace(CHEN, engagements=(waits,)), at=NOON) is None


def test_a_place_that_came_free_may_be_taken_while_the_shift_runs() -> None:
    assert why_not(TUESDAY, CHEN, at=TUESDAY.starts_at + timedelta(minutes=20)) is None
    assert why_not(TUESDAY, CHEN, at=TUESDAY.ends_at) is Why.CLOSED


def test_the_first_of_two_places_is_anybodys_the_last_the_leaders() -> None:
    empty = TUESDAY._replace(taken=0, leads=1)
    assert why_not(empty, CHEN, at=NOON) is None
    last = empty._replace(taken=1)
    assert why_not(last, CHEN, at=NOON) is Why.NOT_QUALIFIED
    assert why_not(last, CHEN, crew=Crew(leads=1), at=NOON) is None
    zhou = replace(CHEN, leads_in=("/1/4/",))
    assert why_not(last, zhou, at=NOON) is None


def test_one_person_may_bring_all_that_is_needed() -> None:
    last = TUESDAY._replace(needs=("officer", "wu dialect"))
    assert why_not(last, replace(CHEN, skills=frozenset({"officer"})), at=NOON) is Why.NOT_QUALIFIED
    both = replace(CHEN, skills=frozenset({"officer", "wu dialect"}))
    assert why_not(last, both, at=NOON) is None
    crew = Crew(skills=frozenset({"wu dialect"}))
    assert why_not(last, replace(CHEN, skills=frozenset({"officer"})), crew=crew, at=NOON) is None


# In the order in which they are told; each is a way to spoil the pair of shift and person.
SPOILS = {
    Why.CANCELLED: ({"cancelled": True}, {}),
    Why.NOT_IN_AREA: ({}, {"areas": ("/9/",)}),
    Why.OWN_BUILDING: ({}, {"home": "/1/4/37/"}),
    Why.LEAVE: ({}, {"leaves": ((MONDAY, MONDAY + timedelta(days=7)),)}),
    Why.OVERLAP: ({}, {"engagements": (Engagement(9, clock(1, 17), clock(1, 19)),)}),
    Why.LIMIT: ({}, {"most_a_week": 0}),
    Why.FULL: ({"taken": 2}, {}),
}


@pytest.mark.parametrize(("first", "second"), list(combinations(SPOILS, 2)))
def test_the_more_final_reason_is_told(first: Why, second: Why) -> None:
    """A full shift is only called full to those who could have it: they are asked to wait."""
    of_turn = SPOILS[first][0] | SPOILS[second][0]
    of_taker = SPOILS[first][1] | SPOILS[second][1]
    assert why_not(TUESDAY._replace(**of_turn), replace(CHEN, **of_taker), at=NOON) is first
