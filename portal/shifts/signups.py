"""Taking a place in a shift, waiting for one, and giving it back.

Always in the same order: hold the person, then the shift, then look, then write. So two people who
tap for the last place, or one person in two windows, never both pass the rules.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal.access import Person
from portal.shifts import party_queries as party
from portal.shifts import taker_queries as takers
from portal.shifts.choice_queries import find_shift
from portal.shifts.eligibility import NOBODY, Why, why_not
from portal.shifts.limits import Limits
from portal.shifts.notices import tell
from portal.shifts.refusals import TooLateError, WhyNotError
from portal.shifts.seats import fill, move, pass_on, reason_against, write
from portal.shifts.states import Origin, Standing
from portal.shifts.transitions import Deed

# Taking a place ----------------------------------------------------------------------------------


def sign_up(shift_id: int, person: Person, *, at: datetime, wait: bool = False) -> Standing:
    """Give somebody a place in a shift, or with `wait` one on the waiting list while it is full.

    Where the leader approves, the sign-up is a question first. WhyNotError says why not.
    """
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    taker = takers.taker(person, shift.community_id, at)
    reason = reason_against(shift, taker, at)
    if reason is None and not shift.approval:
        fill(shift_id)
        standing = Standing.HELD
    elif reason in {None, Why.FULL} and shift.approval:
        standing = Standing.ASKED
    elif reason is Why.FULL and wait:
        standing = Standing.WAITING
    else:
        raise WhyNotError(reason or Why.FULL)
    write(shift, person.id, taker, standing, at)
    if standing is Standing.ASKED:
        leaders = party.leaders_of(shift.path)
        tell("shifts.asked", shift, leaders, about=f"asked/{person.id}/{at:%Y%m%d%H%M%S}")
    return standing


# Giving it back ----------------------------------------------------------------------------------


def give_back(shift_id: int, person: Person, *, at: datetime) -> Standing:
    """Take back a sign-up, a question or a place on the waiting list; what it was.

    A seat is simply given back until some hours before the start; later TooLateError says that a
    stand-in is to be found.
    """
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    mine = party.find_mine(person, shift_id)
    if mine.standing is Standing.HELD and not in_time(shift, takers.limits_in(mine), at):
        raise TooLateError
    move(mine, Deed.WITHDRAW, at)
    if mine.standing is Standing.HELD:
        pass_on(shift, at=at)
    return Standing(mine.standing)


def in_time(shift: Row[Any], limits: Limits, at: datetime) -> bool:
    """Whether a seat may still be given back just so, where that is asked of shifts."""
    return bool(at <= shift.starts_at - limits.cancel)


def answer_offer(shift_id: int, person: Person, *, accept: bool, at: datetime) -> None:
    """Say yes or no to a seat that came free; no passes it on to the next who waits."""
    party.hold(person)
    shift = find_shift(person, shift_id, lock=True)
    mine = party.find_mine(person, shift_id)
    if accept:
        if mine.answer_by is not None and at >= mine.answer_by:
            raise WhyNotError(Why.CLOSED)  # the next run of the upkeep passes it on
        _refuse_if_busy(shift, mine, person, at)
        move(mine, Deed.ACCEPT, at, answer_by=None, origin=Origin.WAITING_LIST)
    else:
        move(mine, Deed.DECLINE, at)
        pass_on(shift, at=at)


def _refuse_if_busy(shift: Row[Any], mine: Row[Any], person: Person, at: datetime) -> None:
    """Whoever got another shift while the offer was on its way cannot have both."""
    taker = takers.taker(person, shift.community_id, at).besides(shift.id)
    crew = party.crews([shift], without=[mine.id]).get(shift.id, NOBODY)
    if reason := why_not(party.turn_of(shift, freed=1), taker, crew=crew, at=at):
        raise WhyNotError(reason)
