"""Taking a place in a shift, waiting for one, and giving it back.

Always in the same order: hold the person, then the shift, then look, then write. So two people who
tap for the last place, or one person in two windows, never both pass the rules.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, update

from portal.access import Person
from portal.db import db
from portal.outbox.actions import post
from portal.shifts import party_queries as party
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, find_shift
from portal.shifts.eligibility import NOBODY, Taker, Why, why_not
from portal.shifts.limits import DEFAULT, Limits
from portal.shifts.refusals import TooLateError, WhyNotError
from portal.shifts.states import Origin, ShiftState, Standing
from portal.shifts.transitions import Deed, after

# Taking a place ----------------------------------------------------------------------------------


def sign_up(shift_id: int, person: Person, *, at: datetime, wait: bool = False) -> Standing:
    """Give somebody a place in a shift, or with `wait` one on the waiting list while it is full.

    Where the leader approves, the sign-up is a question first. WhyNotError says why not.
    """
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    taker = party.taker(person, shift.community_id, at)
    reason = reason_against(shift, taker, at)
    if reason is None and not shift.approval:
        _fill(shift_id)
        standing = Standing.HELD
    elif reason in {None, Why.FULL} and shift.approval:
        standing = Standing.ASKED
    elif reason is Why.FULL and wait:
        standing = Standing.WAITING
    else:
        raise WhyNotError(reason or Why.FULL)
    _write(shift, person.id, taker, standing, at)
    return standing


def reason_against(shift: Row[Any], taker: Taker, at: datetime) -> Why | None:
    """`why_not` for a row of a shift, with its crew looked up where it matters."""
    crew = party.crews([shift]).get(shift.id, NOBODY)
    return why_not(party.turn_of(shift), taker, crew=crew, at=at)


def _fill(shift_id: int) -> None:
    """Count one more seat as filled, if one is free: the last word on the last place."""
    filled = db.session.execute(
        update(SHIFT)
        .where(
            SHIFT.c.id == shift_id,
            SHIFT.c.taken < SHIFT.c.seats,
            SHIFT.c.state == ShiftState.OPEN,
        )
        .values(taken=SHIFT.c.taken + 1)
    )
    if not filled.rowcount:  # type: ignore[attr-defined]
        raise WhyNotError(Why.FULL)


def _write(shift: Row[Any], user_id: int, taker: Taker, standing: Standing, at: datetime) -> None:
    db.session.execute(
        insert(ASSIGNMENT).values(
            community_id=shift.community_id,
            shift_id=shift.id,
            user_id=user_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            standing=standing,
            origin=Origin.SELF,
            is_lead=taker.may_lead(shift.path),
            since=at,
            given_by=user_id,
        )
    )


# Giving it back ----------------------------------------------------------------------------------


def give_back(shift_id: int, person: Person, *, at: datetime, limits: Limits = DEFAULT) -> Standing:
    """Take back a sign-up, a question or a place on the waiting list; what it was.

    A seat is simply given back until some hours before the start; later TooLateError says that a
    stand-in is to be found.
    """
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    mine = party.find_mine(person, shift_id)
    if mine.standing is Standing.HELD and at > shift.starts_at - limits.cancel:
        raise TooLateError
    move(mine, Deed.WITHDRAW, at)
    if mine.standing is Standing.HELD:
        pass_on(shift, at=at, limits=limits)
    return Standing(mine.standing)


def answer_offer(
    shift_id: int, person: Person, *, accept: bool, at: datetime, limits: Limits = DEFAULT
) -> None:
    """Say yes or no to a seat that came free; no passes it on to the next who waits."""
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    mine = party.find_mine(person, shift_id)
    if accept:
        move(mine, Deed.ACCEPT, at, ended_at=None, answer_by=None, origin=Origin.WAITING_LIST)
    else:
        move(mine, Deed.DECLINE, at)
        pass_on(shift, at=at, limits=limits)


def move(mine: Row[Any], deed: Deed, at: datetime, **columns: object) -> None:
    """Let a deed happen to an assignment whose shift is held; ends it unless told otherwise."""
    standing = after(mine.standing, deed)
    if standing is None:
        raise WhyNotError(Why.CLOSED)
    values = {"ended_at": at, **columns, "standing": standing}
    db.session.execute(update(ASSIGNMENT).where(ASSIGNMENT.c.id == mine.id).values(**values))


# The waiting list --------------------------------------------------------------------------------


def pass_on(shift: Row[Any], *, at: datetime, limits: Limits = DEFAULT) -> None:
    """A seat of a shift that is held came free: offer it to the first who waits and still may.

    Nobody who comes later can have it before them, for the seat never counts as free in between.
    """
    first = _first_who_may(shift, at)
    if first is None:
        db.session.execute(
            update(SHIFT).where(SHIFT.c.id == shift.id).values(taken=SHIFT.c.taken - 1)
        )
        return
    answer_by = min(at + limits.answer, shift.ends_at)
    move(first, Deed.OFFER, at, ended_at=None, answer_by=answer_by)
    post(
        "shifts.promoted",
        community_id=shift.community_id,
        subject=f"assignment/{first.id}/offer",
        to=[first.user_id],
        details=told_of(shift) | {"answer_by": answer_by.isoformat()},
        stale_at=answer_by,
    )


def _first_who_may(shift: Row[Any], at: datetime) -> Row[Any] | None:
    """Those whose time is taken by now keep their place on the list, but are passed over."""
    if at >= shift.ends_at or shift.state is not ShiftState.OPEN:
        return None
    crew, freed = party.crews([shift]).get(shift.id, NOBODY), party.turn_of(shift, freed=1)
    for waiting in party.waiting_for(shift.id):
        person = party.person_by_id(waiting.user_id)
        taker = person and party.taker(person, shift.community_id, at).besides(shift.id)
        if taker and why_not(freed, taker, crew=crew, at=at) is None:
            return waiting
    return None


def told_of(shift: Row[Any]) -> dict[str, Any]:
    """What notices need to know of a shift."""
    return {
        "shift": shift.id,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "estate": shift.estate,
        "building": shift.building,
        "group": shift.group,
    }
