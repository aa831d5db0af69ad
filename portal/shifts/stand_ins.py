"""“I can't come”: the holder stays responsible until somebody takes over.

Suitable people are asked a few at a time, those first who were asked longest ago, or never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, update

from portal.access import Person
from portal.db import db, insert_once, table_of
from portal.errors import RuleError
from portal.shifts import party_queries as party
from portal.shifts import stand_in_queries as queries
from portal.shifts import taker_queries as takers
from portal.shifts.choice_queries import ASSIGNMENT, find_shift
from portal.shifts.eligibility import NOBODY, Taker, Why, why_not
from portal.shifts.free_time import covers
from portal.shifts.limits import WAVE
from portal.shifts.models import StandInRequest
from portal.shifts.notices import tell, want_stand_in
from portal.shifts.refusals import WhyNotError
from portal.shifts.seats import move, write
from portal.shifts.states import Origin, Standing
from portal.shifts.transitions import Deed

REQUEST = table_of(StandInRequest)

# The one who cannot come -------------------------------------------------------------------------


def want(shift_id: int, person: Person, *, why: str, at: datetime) -> int:
    """Look for a stand-in for somebody's seat; how many people were asked at once."""
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    mine = _held(person, shift_id)
    if at >= shift.starts_at:
        raise RuleError(gettext("The shift has begun: please call the leader."))
    if mine.stand_in_since is not None:
        raise RuleError(gettext("A stand-in is being looked for already."))
    _set(mine, stand_in_since=at, stand_in_why=why or None)
    leaders = set(party.leaders_of(shift.path)) - {person.id}
    want_stand_in(shift, leaders, about=f"wanted/{mine.id}/{at:%Y%m%d%H%M%S}")
    return ask_more(shift, mine, at=at)


def stop(shift_id: int, person: Person) -> None:
    """The holder comes after all; nobody can take over any more."""
    party.hold(person)
    find_shift(person, shift_id, lock=True)
    mine = _held(person, shift_id)
    if mine.stand_in_since is None:
        raise RuleError(gettext("No stand-in is being looked for."))
    _set(mine, stand_in_since=None, stand_in_why=None)


def _held(person: Person, shift_id: int) -> Row[Any]:
    mine = party.find_mine(person, shift_id)
    if mine.standing is not Standing.HELD:
        raise WhyNotError(Why.CLOSED)
    return mine


def _set(assignment: Row[Any], **columns: object) -> None:
    db.session.execute(update(ASSIGNMENT).where(ASSIGNMENT.c.id == assignment.id).values(**columns))


# The one who takes over --------------------------------------------------------------------------


def take_over(shift_id: int, person: Person, *, at: datetime) -> Standing:
    """Somebody takes the seat of a person who cannot come: whoever may, and says so first.

    Where the leader approves, it is a question first, and the holder stays responsible.
    """
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    leaving = queries.maybe_leaving(shift_id)
    if leaving is None:
        raise RuleError(gettext("Somebody else has taken over, or a stand-in is not needed now."))
    taker = takers.taker(person, shift.community_id, at)
    mine = party.maybe_mine(person, shift_id)
    if reason := why_not_for(leaving, shift, taker.besides_waiting(shift_id), at):
        raise WhyNotError(reason)
    if mine is not None:
        move(mine, Deed.WITHDRAW, at)
    standing = Standing.ASKED if shift.approval else Standing.HELD
    write(shift, person.id, taker, standing, at, origin=Origin.STAND_IN)
    _answer(leaving, person, accepted=True, at=at)
    if shift.approval:
        leaders = party.leaders_of(shift.path)
        tell("shifts.asked", shift, leaders, about=f"asked/{person.id}/{at:%Y%m%d%H%M%S}")
    else:
        hand_over(shift, leaving, at=at)
    return standing


def may_take_over(shift: Row[Any], taker: Taker, at: datetime) -> bool:
    """Whether a stand-in is wanted whom somebody could be."""
    leaving = queries.maybe_leaving(shift.id)
    taker = taker.besides_waiting(shift.id)
    return leaving is not None and why_not_for(leaving, shift, taker, at) is None


def wanted_for(person: Person, at: datetime) -> list[Row[Any]]:
    """The shifts near somebody in which they could stand in."""
    rows = queries.wanted_near(person, at)
    crews = party.crews(rows, without=[row.assignment_id for row in rows])
    known = {id_: takers.taker(person, id_, at) for id_ in {row.community_id for row in rows}}
    return [
        row
        for row in rows
        if why_not(
            party.turn_of(row, freed=1),
            known[row.community_id].besides_waiting(row.id),
            crew=crews.get(row.id, NOBODY),
            at=at,
        )
        is None
    ]


def hand_over(shift: Row[Any], leaving: Row[Any], *, at: datetime) -> None:
    """The seat has a new holder: the old one is free, and both they and the leader hear of it."""
    move(leaving, Deed.REPLACE, at, stand_in_since=None)
    told = {leaving.user_id, *party.leaders_of(shift.path)}
    tell("shifts.stand_in_found", shift, told, about=f"found/{leaving.id}")


def decline(shift_id: int, person: Person, *, at: datetime) -> None:
    """Somebody who was asked says no; nobody asks them about this seat again."""
    find_shift(person, shift_id)
    leaving = queries.maybe_leaving(shift_id)
    if leaving is not None:
        _answer(leaving, person, accepted=False, at=at)


def _answer(leaving: Row[Any], person: Person, *, accepted: bool, at: datetime) -> None:
    db.session.execute(
        update(REQUEST)
        .where(REQUEST.c.assignment_id == leaving.id, REQUEST.c.user_id == person.id)
        .values(answered_at=at, accepted=accepted)
    )


# Asking around -----------------------------------------------------------------------------------


def ask_more(shift: Row[Any], leaving: Row[Any], *, at: datetime) -> int:
    """Ask the next few suitable people; how many there were.

    Whoever said they cannot come at that hour is left in peace while there is anybody else.
    """
    within, outside = _by_hours(shift, queries.to_ask(shift, leaving.id))
    asked = list(islice(_suitable(within, shift, leaving, at), WAVE))
    if not asked:
        asked = list(islice(_suitable(outside, shift, leaving, at), WAVE))
    for user_id in asked:
        row = {
            "community_id": shift.community_id,
            "assignment_id": leaving.id,
            "user_id": user_id,
            "asked_at": at,
        }
        db.session.execute(insert_once(REQUEST).values(**row))
    tell(
        "shifts.stand_in_asked", shift, asked, about=f"asked/{leaving.id}", stale_at=shift.starts_at
    )
    return len(asked)


def _by_hours(shift: Row[Any], people: Sequence[Row[Any]]) -> tuple[list[int], list[int]]:
    """Those whose hours cover a shift, or who wait for it, and the others; each in their order."""
    said = party.hours_of([row.id for row in people], shift.community_id)
    within, outside = list[int](), list[int]()
    for row in people:
        covered = covers(said.get(row.id), shift.starts_at, shift.ends_at)
        (within if row.waits or covered else outside).append(row.id)
    return within, outside


def _suitable(
    people: Sequence[int], shift: Row[Any], leaving: Row[Any], at: datetime
) -> Iterator[int]:
    for user_id in people:
        person = party.person_by_id(user_id)
        if person is None:
            continue
        taker = takers.taker(person, shift.community_id, at).besides(shift.id)
        if why_not_for(leaving, shift, taker, at) is None:
            yield user_id


def why_not_for(leaving: Row[Any], shift: Row[Any], taker: Taker, at: datetime) -> Why | None:
    """As `why_not`, in a crew from which the holder is gone."""
    crew = party.crews([shift], without=[leaving.id]).get(shift.id, NOBODY)
    return why_not(party.turn_of(shift, freed=1), taker, crew=crew, at=at)
