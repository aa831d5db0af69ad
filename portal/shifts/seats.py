"""The seats of a shift that is held: counted, filled, moved on, and passed to those who wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, insert, update

from portal.questions import Question
from portal.shifts import party_queries as party
from portal.shifts import taker_queries as takers
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, among
from portal.shifts.eligibility import NOBODY, Taker, Why, why_not
from portal.shifts.models import Shift
from portal.shifts.notices import tell
from portal.shifts.refusals import WhyNotError
from portal.shifts.states import LIVE, Origin, ShiftState, Standing
from portal.shifts.transitions import Deed, after

# Built once: these run with every sign-up.
_ITSELF = SHIFT.c.id == bindparam("shift")
_FILL = Question(
    update(SHIFT)
    .where(_ITSELF, SHIFT.c.taken < SHIFT.c.seats, among(SHIFT.c.state, {ShiftState.OPEN}))
    .values(taken=SHIFT.c.taken + 1)
    .returning(SHIFT.c.id)
)
_COUNT = Question(update(SHIFT).where(_ITSELF).values(taken=SHIFT.c.taken + 1))
_FREE = Question(update(SHIFT).where(_ITSELF).values(taken=SHIFT.c.taken - 1))
_WRITE = Question(insert(ASSIGNMENT))


def reason_against(shift: Row[Any], taker: Taker, at: datetime) -> Why | None:
    """`why_not` for a row of a shift, with its crew looked up where it matters."""
    crew = party.crews([shift]).get(shift.id, NOBODY)
    return why_not(party.turn_of(shift), taker, crew=crew, at=at)


def fill(shift_id: int) -> None:
    """Count one more seat as filled, if one is free: the last word on the last place."""
    if _FILL.one_or_none({"shift": shift_id}) is None:
        raise WhyNotError(Why.FULL)


def count_again(shift_id: int) -> None:
    """Count a seat of somebody who came late, though others may have it by now."""
    _COUNT.run({"shift": shift_id})


def free(shift_id: int) -> None:
    """Count one seat less as filled."""
    _FREE.run({"shift": shift_id})


def write(
    shift: Row[Any],
    user_id: int,
    taker: Taker,
    standing: Standing,
    at: datetime,
    *,
    origin: Origin = Origin.SELF,
    reason: Mapping[str, Any] | None = None,
) -> None:
    """Somebody stands so with a shift from now on."""
    row = seat_row(
        shift.community_id,
        shift.id,
        shift,
        user_id,
        standing=standing,
        origin=origin,
        is_lead=taker.may_lead(shift.path),
        since=at,
        given_by=user_id,
    )
    _WRITE.run({**row, "reason": reason} if reason else row)


def seat_row(
    community_id: int,
    shift_id: int,
    hours: Row[Any] | Shift,
    user_id: int,
    *,
    standing: Standing,
    origin: Origin,
    is_lead: bool,
    since: datetime,
    given_by: int,
) -> dict[str, Any]:
    """A row of `Assignment`; `hours` is whatever begins and ends as the shift does."""
    return {
        "community_id": community_id,
        "shift_id": shift_id,
        "user_id": user_id,
        "starts_at": hours.starts_at,
        "ends_at": hours.ends_at,
        "standing": standing,
        "origin": origin,
        "is_lead": is_lead,
        "since": since,
        "given_by": given_by,
    }


def move(mine: Row[Any], deed: Deed, at: datetime, **columns: object) -> Standing:
    """Let a deed happen to an assignment whose shift is held; where that leaves the person.

    What the seats count changes with `fill`, `free` and `pass_on`, not here.
    """
    standing = after(mine.standing, deed)
    if standing is None:
        raise WhyNotError(Why.CLOSED)
    ended_at = None if standing in LIVE else at
    values = {"assignment": mine.id, "ended_at": ended_at, **columns, "standing": standing}
    _change(*values).run(values)
    return standing


@cache
def _change(*columns: str) -> Question:
    """The change of some columns of an assignment; each deed changes the same ones every time."""
    changed: dict[str, Any] = {name: bindparam(name) for name in columns if name != "assignment"}
    one = update(ASSIGNMENT).where(ASSIGNMENT.c.id == bindparam("assignment"))
    return Question(one.values(changed))


# The waiting list --------------------------------------------------------------------------------


def pass_on(shift: Row[Any], *, at: datetime) -> None:
    """A seat of a shift that is held came free: offer it to the first who waits and still may.

    Nobody who comes later can have it before them, for the seat never counts as free in between.
    """
    first = next(who_may(shift, at), None)
    if first is None:
        free(shift.id)
        return
    answer_by = min(at + party.limits_of(shift.community_id).answer, shift.ends_at)
    move(first, Deed.OFFER, at, answer_by=answer_by)
    tell(
        "shifts.promoted",
        shift,
        [first.user_id],
        about=f"offer/{first.id}",
        stale_at=answer_by,
    )


def who_may(shift: Row[Any], at: datetime) -> Iterator[Row[Any]]:
    """Who waits and still may have a seat that comes free, the first first.

    Those whose time is taken by now keep their place on the list, but are passed over.
    """
    if at >= shift.ends_at or shift.state is not ShiftState.OPEN:
        return
    crew, freed = party.crews([shift]).get(shift.id, NOBODY), party.turn_of(shift, freed=1)
    for waiting in party.waiting_for(shift.id):
        person = party.person_by_id(waiting.user_id)
        taker = person and takers.taker(person, shift.community_id, at).besides(shift.id)
        if taker and why_not(freed, taker, crew=crew, at=at) is None:
            yield waiting
