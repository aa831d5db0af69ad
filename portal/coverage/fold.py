"""From events to the state of a door: a pure function, so that the order of arrival never matters.

Events and standings are tuples, because a phone's batch makes and changes them by the thousand.

The state is a fold over the events that still stand, ordered by when they happened, ties by the
server's sequence (law 4). An event stands unless a standing event names it in `replaces`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from portal.coverage.states import (
    CONTACTS,
    EXCUSES,
    FACE_TO_FACE,
    HOUSEHOLD_LEFT,
    Kind,
    Outcome,
    Pending,
    State,
)


class Event(NamedTuple):
    """One line of the ledger at one door.

    `told` counts the people told at this contact, `remaining` those who live there and are still
    to be told (None where the event says nothing about it). `replaces` is the uuid of the event
    this one corrects or undoes. `author` did it; a correction keeps the credit with whoever made
    the visit, so two-person rules look at `credit`.
    """

    uuid: str
    seq: int
    happened_at: datetime
    kind: Kind
    author: int
    credit: int
    outcome: Outcome | None = None
    told: int | None = None
    remaining: int | None = None
    appointment_at: datetime | None = None
    replaces: str | None = None


class Standing(NamedTuple):
    """What the events say about a door now.

    `attempts` counts visits without contact since the last contact, `contacts` person-times (人次),
    `met` whether anybody was met face to face, `last_at` when the door was last visited.
    """

    state: State = State.NOT_TRIED
    attempts: int = 0
    contacts: int = 0
    remaining: int | None = None
    met: bool = False
    pending: Pending = Pending.NONE
    last_at: datetime | None = None
    appointment_at: datetime | None = None
    vacancy_witnesses: frozenset[int] = frozenset()
    exclusion_asked_by: int | None = None


def fold(events: Iterable[Event], *, until: datetime | None = None) -> Standing:
    """The state of one door, whatever order its events are given in.

    With `until`, as it was at that moment by what is known now: what has been taken back since
    never counted, and what happened later does not count yet.
    """
    standing = Standing()
    for event in standing_events(events):
        if until is None or event.happened_at <= until:
            standing = after(standing, event)
    return standing


def standing_events(events: Iterable[Event]) -> list[Event]:
    """The events that nothing standing corrects or undoes, in the order in which they happened.

    An undone undo lets its target stand again. Events that replace each other in a circle (only a
    forged client can make one) all fall.
    """
    known = {event.uuid: event for event in events}
    critics: dict[str, int] = dict.fromkeys(known, 0)  # undecided events that name this one
    for event in known.values():
        if event.replaces in critics:
            critics[event.replaces] += 1
    ready = [uuid for uuid, count in critics.items() if count == 0]
    fallen: set[str] = set()
    decided: set[str] = set()
    while ready:
        event = known[ready.pop()]
        decided.add(event.uuid)
        target = event.replaces
        if target not in critics:
            continue
        if event.uuid not in fallen:
            fallen.add(target)
        critics[target] -= 1
        if critics[target] == 0:
            ready.append(target)
    alive = (known[uuid] for uuid in decided - fallen)
    return sorted(alive, key=lambda event: (event.happened_at, event.seq))


def after(before: Standing, event: Event) -> Standing:
    """The standing of a door once one more event has happened."""
    if event.kind is Kind.VISIT:
        return _after_visit(before, event)
    if event.kind is Kind.EXCLUSION_ASKED:
        return before._replace(pending=Pending.EXCLUSION, exclusion_asked_by=event.credit)
    if event.kind is Kind.EXCLUSION_APPROVED:
        asked = before.exclusion_asked_by
        if asked is None or asked == event.credit:
            return before  # nobody approves their own excuse
        return before._replace(state=State.EXCLUDED, pending=Pending.NONE)
    if event.kind is Kind.EXCLUSION_DECLINED:
        return before._replace(pending=Pending.NONE, exclusion_asked_by=None)
    return before


def _after_visit(before: Standing, event: Event) -> Standing:
    outcome = event.outcome
    visited = before._replace(last_at=event.happened_at, appointment_at=None)
    if outcome in CONTACTS:
        return _after_contact(visited, event)
    tried = visited._replace(attempts=before.attempts + 1)
    if outcome in HOUSEHOLD_LEFT:
        return Standing(State.TRIED, tried.attempts, before.contacts, last_at=event.happened_at)
    if outcome is Outcome.VACANT:
        return _after_vacancy(tried, event)
    if outcome in EXCUSES and before.state is State.EXCLUDED:
        return tried
    if outcome in EXCUSES:
        asked = tried._replace(pending=Pending.EXCLUSION, exclusion_asked_by=event.credit)
        return _gap_at_least_tried(asked)
    if outcome is Outcome.REFUSED:
        answered = _somebody_answered(tried)
        stays = {State.COVERED, State.EXCLUDED}
        return answered if before.state in stays else answered._replace(state=State.REFUSED)
    if outcome is Outcome.APPOINTMENT:
        reopened = before.state in {State.REFUSED, State.VACANT}
        agreed = _somebody_answered(tried)._replace(
            state=State.TRIED if reopened else before.state,
            appointment_at=event.appointment_at,
        )
        return _gap_at_least_tried(agreed)
    return _gap_at_least_tried(tried)


def _somebody_answered(tried: Standing) -> Standing:
    """Whoever opens, or speaks through the door, lives there: no word of a vacancy stands."""
    pending = Pending.NONE if tried.pending is Pending.VACANCY else tried.pending
    return tried._replace(vacancy_witnesses=frozenset(), pending=pending)


def _after_contact(visited: Standing, event: Event) -> Standing:
    """Somebody was told; the answer to "who is still to be told" decides. It ends every excuse."""
    remaining = event.remaining or 0
    return visited._replace(
        state=State.PART_COVERED if remaining else State.COVERED,
        attempts=0,
        contacts=visited.contacts + max(event.told or 1, 1),
        remaining=remaining,
        met=visited.met or event.outcome in FACE_TO_FACE,
        pending=Pending.NONE,
        vacancy_witnesses=frozenset(),
        exclusion_asked_by=None,
    )


def _after_vacancy(tried: Standing, event: Event) -> Standing:
    """Empty only when two different people say so."""
    witnesses = tried.vacancy_witnesses | {event.credit}
    if len(witnesses) > 1 and tried.state is not State.EXCLUDED:
        return tried._replace(state=State.VACANT, pending=Pending.NONE, vacancy_witnesses=witnesses)
    waiting = tried._replace(vacancy_witnesses=witnesses)
    if tried.state in {State.EXCLUDED, State.VACANT} or tried.pending is Pending.EXCLUSION:
        return waiting
    return _gap_at_least_tried(waiting._replace(pending=Pending.VACANCY))


def _gap_at_least_tried(standing: Standing) -> Standing:
    if standing.state is State.NOT_TRIED:
        return standing._replace(state=State.TRIED)
    return standing
