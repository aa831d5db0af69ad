"""The fold: whatever order events arrive in, a door ends in one state."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.coverage.fold import Event, Standing, fold, standing_events
from portal.coverage.states import CONTACTS, Kind, Outcome, Pending, State

START = datetime(2026, 4, 12, 10, tzinfo=UTC)


def event(seq: int, outcome: Outcome | None = None, **changes: object) -> Event:
    """Event number `seq`, one minute after the one before, by person 1 unless told otherwise."""
    author = changes.pop("author", 1)
    values = {
        "uuid": f"e{seq}",
        "seq": seq,
        "happened_at": START + timedelta(minutes=seq),
        "kind": Kind.VISIT,
        "author": author,
        "credit": author,
        "outcome": outcome,
        **changes,
    }
    return Event(**values)  # type: ignore[arg-type]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to a dozen events of every kind, some naming others, some at the same moment."""
    size = draw(st.integers(0, 12))
    events = []
    for seq in range(size):
        kind = draw(st.sampled_from([Kind.VISIT] * 5 + list(Kind)))
        target = draw(st.none() | st.integers(0, max(size - 1, 0)))
        replaces = f"e{target}" if target is not None and kind in {Kind.VISIT, Kind.UNDO} else None
        events.append(
            event(
                seq,
                draw(st.sampled_from(Outcome)) if kind is Kind.VISIT else None,
                kind=kind,
                author=draw(st.integers(1, 3)),
                told=draw(st.none() | st.integers(1, 4)),
                remaining=draw(st.none() | st.integers(0, 3)),
                replaces=replaces,
                happened_at=START + timedelta(minutes=draw(st.integers(0, 5))),
            )
        )
    return events


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_the_order_of_arrival_never_matters(events: list[Event], dice: random.Random) -> None:
    shuffled = list(events)
    dice.shuffle(shuffled)
    assert fold(shuffled) == fold(events)


@given(histories())
@settings(max_examples=300, deadline=None)
def test_every_history_ends_in_one_of_seven_states_that_agrees_with_itself(
    events: list[Event],
) -> None:
    standing = fold(events)
    assert standing.state in set(State)
    if not any(e.kind is Kind.VISIT for e in standing_events(events)):
        assert standing.state in {State.NOT_TRIED, State.EXCLUDED}
    if standing.state is State.COVERED:
        assert standing.remaining == 0
        assert standing.contacts > 0
    if standing.state is State.PART_COVERED:
        assert standing.remaining
    if standing.state is State.VACANT:
        assert len(standing.vacancy_witnesses) > 1


@given(histories())
@settings(max_examples=300, deadline=None)
def test_undoing_everything_leaves_nothing(events: list[Event]) -> None:
    standing = standing_events(events)
    undone = [
        *events,
        *(event(100 + n, kind=Kind.UNDO, replaces=one.uuid) for n, one in enumerate(standing)),
    ]
    left = {one.uuid for one in standing_events(undone)}
    assert not left & {one.uuid for one in standing}


@given(histories())
@settings(max_examples=300, deadline=None)
def test_an_undone_undo_changes_nothing(events: list[Event]) -> None:
    if not (standing := standing_events(events)):
        return
    target = standing[-1]
    undo = event(100, kind=Kind.UNDO, replaces=target.uuid)
    again = event(101, kind=Kind.UNDO, replaces=undo.uuid)
    assert fold([*events, undo, again]) == fold(events)


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], State.NOT_TRIED),
        ([Outcome.NOT_HOME], State.TRIED),
        ([Outcome.NOTE_LEFT, Outcome.MET], State.COVERED),
        ([Outcome.MET, Outcome.NOT_HOME], State.COVERED),
        ([Outcome.MET, Outcome.REFUSED], State.COVERED),
        ([Outcome.REFUSED, Outcome.NOT_HOME], State.REFUSED),
        ([Outcome.REFUSED, Outcome.MET], State.COVERED),
        ([Outcome.REFUSED, Outcome.APPOINTMENT], State.TRIED),
        ([Outcome.MET, Outcome.TENANT_CHANGED], State.TRIED),
        ([Outcome.VACANT], State.TRIED),
        ([Outcome.VACANT, Outcome.VACANT], State.TRIED),
        ([Outcome.NON_RESIDENTIAL], State.TRIED),
    ],
)
def test_what_a_row_of_visits_by_one_person_comes_to(outcomes: list[Outcome], state: State) -> None:
    assert fold(event(n, outcome) for n, outcome in enumerate(outcomes)).state is state


def test_the_last_answer_about_who_is_left_decides() -> None:
    first = event(1, Outcome.MET, told=1, remaining=2)
    second = event(2, Outcome.PHONE, told=2, remaining=0)
    assert fold([first]).state is State.PART_COVERED
    both = fold([second, first])
    assert (both.state, both.remaining, both.contacts) == (State.COVERED, 0, 3)


def test_meeting_somebody_ends_a_vacancy_and_its_witnesses() -> None:
    events = [
        event(1, Outcome.VACANT, author=1),
        event(2, Outcome.VACANT, author=2),
        event(3, Outcome.MET),
        event(4, Outcome.VACANT, author=2),
    ]
    assert fold(events[:2]).state is State.VACANT
    assert fold(events[:3]).state is State.COVERED
    last = fold(events)
    assert (last.state, last.pending) == (State.COVERED, Pending.VACANCY)


def test_nobody_approves_their_own_excuse() -> None:
    asked = event(1, Outcome.NON_RESIDENTIAL, author=1)
    own = event(2, kind=Kind.EXCLUSION_APPROVED, author=1)
    other = event(3, kind=Kind.EXCLUSION_APPROVED, author=2)
    assert fold([asked, own]).state is State.TRIED
    assert fold([asked, other]).state is State.EXCLUDED
    assert (
        fold([asked, event(2, kind=Kind.EXCLUSION_DECLINED, author=2), other]).state is State.TRIED
    )


def test_an_undo_may_arrive_before_what_it_takes_back() -> None:
    undo = event(1, kind=Kind.UNDO, replaces="e2")
    late = event(2, Outcome.MET)
    assert fold([undo, late]) == Standing()


def test_events_that_replace_each_other_in_a_circle_all_fall() -> None:
    one = event(1, Outcome.MET, replaces="e2")
    two = event(2, Outcome.REFUSED, replaces="e1")
    assert fold([one, two]) == fold([two, one]) == Standing()


def test_every_contact_outcome_counts_at_least_one_person() -> None:
    for outcome in CONTACTS:
        assert fold([event(1, outcome, remaining=0)]).contacts == 1
