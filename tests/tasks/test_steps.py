"""The six steps: the whole table of moves, what each needs, and by when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import clock
from portal.tasks.deadlines import DEFAULT_MINUTES, NEXT, STEPS, due
from portal.tasks.steps import (
    TRANSITIONS,
    Deal,
    Field,
    How,
    Move,
    Past,
    Result,
    Risk,
    Standing,
    Step,
    Why,
    after,
    who_went,
)

VISITOR, COMPANION, OTHER = 7, 8, 9


def deal(move: Move, **changes: object) -> Deal:
    """A move with everything written down that it may need."""
    complete = {
        "by": OTHER,
        "visitor": VISITOR,
        "how": How.HOME,
        "result": Result.STOPPED,
        "reason": "not complete",
    }
    return Deal(move=move, **(complete | changes))  # type: ignore[arg-type]


def standing(step: Step, risk: Risk = Risk.HIGH, **changes: object) -> Standing:
    who = {"went": frozenset({VISITOR, COMPANION})}
    return Standing(step=step, risk=risk, **(who | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("move", Move)
def test_every_move_from_every_step_is_allowed_or_refused_as_the_table_says(
    step: Step, move: Move, risk: Risk
) -> None:
    wanted = TRANSITIONS.get((step, move), Why.NOT_NOW)
    assert after(standing(step, risk), deal(move)) == wanted


def test_the_table_leads_through_the_six_steps_and_leaves_none_out() -> None:
    step, way = Step.NEW, [Move.SEE, Move.SIGN, Move.ASSIGN, Move.VISIT, Move.REPLY, Move.ACCEPT]
    for move in way:
        found = after(standing(step), deal(move))
        assert isinstance(found, Step)
        assert found is NEXT[step]
        step = found
    assert step is Step.REVIEWED


@pytest.mark.parametrize(
    ("step", "move", "changes", "why"),
    [
        (Step.REPLIED, Move.BACK, {"reason": ""}, Why.REASON_MISSING),
        (Step.SIGNED, Move.ASSIGN, {"visitor": None}, Why.VISITOR_MISSING),
        (Step.ASSIGNED, Move.VISIT, {"how": None}, Why.REPORT_MISSING),
        (Step.ASSIGNED, Move.VISIT, {"result": None}, Why.REPORT_MISSING),
        (Step.REPLIED, Move.ACCEPT, {"by": VISITOR}, Why.OWN_VISIT),
        (Step.REPLIED, Move.ACCEPT, {"by": COMPANION}, Why.OWN_VISIT),
    ],
)
def test_a_move_needs_what_is_to_be_written_down(
    step: Step, move: Move, changes: dict[str, object], why: Why
) -> None:
    assert after(standing(step), deal(move, **changes)) is why


@pytest.mark.parametrize("risk", Risk)
@pytest.mark.parametrize("how", How)
def test_a_call_alone_leaves_a_high_risk_open(risk: Risk, how: How) -> None:
    found = after(standing(Step.ASSIGNED, risk), deal(Move.VISIT, how=how))
    stays = how is How.PHONE and risk in {Risk.SPECIAL, Risk.HIGH}
    assert found is (Step.ASSIGNED if stays else Step.DISSUADED)


def test_whoever_was_not_met_has_not_been_dissuaded() -> None:
    found = after(standing(Step.ASSIGNED, Risk.LOW), deal(Move.VISIT, result=Result.NOT_MET))
    assert found is Step.ASSIGNED


def test_everybody_who_was_sent_or_reported_has_been_there() -> None:
    first, second, third, officer = 1, 2, 3, 9
    history = [
        Past(Move.SEE, officer, None, None),
        Past(Move.ASSIGN, officer, 5, None),
        Past(Move.ASSIGN, officer, first, second),
        Past(Move.VISIT, third, None, None),
        Past(Move.BACK, officer, None, None),
        Past(Move.ASSIGN, officer, 7, None),
    ]
    assert who_went(history) == {first, second, third}
    assert who_went([]) == frozenset()


def test_every_line_of_the_checklist_has_to_be_ticked() -> None:
    now = standing(Step.ASSIGNED, checklist=("two people", "leaflet"))
    half = deal(Move.VISIT, ticked=frozenset({"two people"}))
    whole = deal(Move.VISIT, ticked=frozenset({"two people", "leaflet"}))
    assert after(now, half) is Why.CHECKLIST
    assert after(now, whole) is Step.DISSUADED


def test_no_minutes_at_all_are_a_number_too() -> None:
    now = standing(Step.ASSIGNED, required=frozenset({Field.MINUTES}))
    assert after(now, deal(Move.VISIT, minutes=None)) is Why.FIELD_MISSING
    assert after(now, deal(Move.VISIT, minutes=0)) is Step.DISSUADED


# Clocks ------------------------------------------------------------------------------------------

NINE = clock.at(date(2026, 4, 30), time(9, 0))


def test_the_defaults_are_those_of_the_model() -> None:
    def met(risk: Risk) -> datetime | None:
        return due(NINE, Step.ASSIGNED, risk, DEFAULT_MINUTES)

    assert due(NINE, Step.SEEN, Risk.SPECIAL, DEFAULT_MINUTES) == NINE + timedelta(minutes=5)
    assert met(Risk.SPECIAL) == NINE + timedelta(minutes=30)
    assert due(NINE, Step.SEEN, Risk.HIGH, DEFAULT_MINUTES) == NINE + timedelta(minutes=15)
    assert met(Risk.HIGH) == NINE + timedelta(hours=2)
    midnight = clock.at(date(2026, 5, 1), time())  # the month ends with this day
    assert met(Risk.MEDIUM) == met(Risk.LOW) == midnight
    assert due(NINE, Step.REVIEWED, Risk.HIGH, DEFAULT_MINUTES) is None


def test_what_comes_late_in_the_evening_is_due_by_midnight() -> None:
    late = clock.at(date(2026, 4, 30), time(23, 30))
    midnight = clock.at(date(2026, 5, 1), time())
    assert due(late, Step.ASSIGNED, Risk.HIGH, DEFAULT_MINUTES) == midnight
    assert midnight - late <= timedelta(minutes=60)


@given(
    minute=st.integers(0, 60 * 24 * 800),
    step=st.sampled_from(list(NEXT)),
    risk=st.sampled_from(Risk),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Santiago"]),
)
def test_nothing_is_due_after_midnight_of_its_day_in_any_zone(
    minute: int, step: Step, risk: Risk, zone: str
) -> None:
    """Also in the nights when clocks are put forward or back, there even at midnight itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "_zone", ZoneInfo(zone))
        came = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        found = due(came, step, risk, DEFAULT_MINUTES)
        assert found is not None
        assert came < found
        day = clock.local(came).date()
        assert clock.local(found) <= clock.local(clock.end_of_day(day))
        assert clock.local(found - timedelta(microseconds=1)).date() == day


def test_each_step_is_due_no_earlier_than_the_one_before() -> None:
    for risk in Risk:
        times = [DEFAULT_MINUTES[risk][step] or 10_000 for step in STEPS]
        assert times == sorted(times)
