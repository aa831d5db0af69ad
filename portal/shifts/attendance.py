"""Who comes and who came: the leader's yes, checking in on the spot, and the tick list afterwards.

Somebody who is not there leaves the seat to others; a late arrival is as welcome as any.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Person
from portal.audit.actions import record
from portal.clock import end_of_day, local
from portal.errors import NotFoundError, RuleError
from portal.shifts import crew_queries as queries
from portal.shifts import party_queries as party
from portal.shifts import stand_in_queries, stand_ins
from portal.shifts import taker_queries as takers
from portal.shifts.choice_queries import find_shift
from portal.shifts.limits import CHECK_IN, LATE
from portal.shifts.notices import tell
from portal.shifts.seats import count_again, fill, move, pass_on, reason_against
from portal.shifts.signups import give_back, in_time
from portal.shifts.states import Origin, Standing
from portal.shifts.transitions import Deed
from portal.shifts.words import OTHERS

# The leader's yes or no --------------------------------------------------------------------------


def decide(assignment_id: int, *, accept: bool, by: Person, at: datetime) -> int:
    """Answer a sign-up where the leader approves: yes gives a seat; the number of the shift."""
    asked, shift = queries.find_asked(by, assignment_id)
    if not accept:
        move(asked, Deed.REJECT, at, given_by=by.id)
        tell("shifts.rejected", shift, [asked.user_id], about=f"rejected/{asked.id}")
    else:
        _seat(asked, shift, at)
        move(asked, Deed.APPROVE, at, given_by=by.id)
        tell("shifts.approved", shift, [asked.user_id], about=f"approved/{asked.id}")
    _note("shift.approved" if accept else "shift.rejected", shift, asked.user_id, by)
    return int(shift.id)


def _seat(asked: Row[Any], shift: Row[Any], at: datetime) -> None:
    stands_in = asked.origin is Origin.STAND_IN
    leaving = stand_in_queries.maybe_leaving(shift.id) if stands_in else None
    _refuse_who_cannot(asked, shift, leaving, at)
    if leaving is not None:
        stand_ins.hand_over(shift, leaving, at=at)
    else:
        fill(shift.id)


def _refuse_who_cannot(
    asked: Row[Any], shift: Row[Any], leaving: Row[Any] | None, at: datetime
) -> None:
    """Between the question and the yes people go on leave, and crews come to lack their lead."""
    person = party.person_by_id(asked.user_id)
    if person is None:
        raise RuleError(gettext("The account of this person is blocked."))
    taker = takers.taker(person, shift.community_id, at).besides(shift.id)
    reason = (
        stand_ins.why_not_for(leaving, shift, taker, at)
        if leaving is not None
        else reason_against(shift, taker, at)
    )
    if reason:
        raise RuleError(f"{person.name}: {OTHERS[reason]}")


# Checking in -------------------------------------------------------------------------------------


def is_open(starts_at: datetime, at: datetime) -> bool:
    """Whether one may check in: from two hours before the start to the end of the day."""
    return starts_at - CHECK_IN <= at < end_of_day(local(starts_at).date())


def check_in(shift_id: int, person: Person, *, at: datetime) -> None:
    """Somebody is there. Whoever was taken for missing, or comes late, is there all the same."""
    shift = find_shift(person, shift_id, lock=True)
    mine = queries.find_seat(person.id, shift_id)
    if not is_open(shift.starts_at, at):
        raise RuleError(gettext("You can check in from two hours before the start."))
    if mine.standing is not Standing.ATTENDED:
        _came(mine, shift, at)


def check_in_by_code(code: str, person: Person, *, at: datetime) -> int:
    """The same with the code that the crew's leader shows; the number of the shift."""
    for shift_id in queries.shifts_today(person.id, at):
        shift = find_shift(person, shift_id)
        if shift.crew_code.casefold() == code.strip().casefold():
            check_in(shift_id, person, at=at)
            return shift_id
    raise RuleError(gettext("This is not the code of a shift that you have today."))


def _came(mine: Row[Any], shift: Row[Any], at: datetime) -> None:
    if mine.standing is Standing.NO_SHOW:
        count_again(shift.id)
    move(
        mine,
        Deed.ATTEND,
        at,
        arrived_at=at,
        minutes=minutes_served(shift.starts_at, shift.ends_at, at),
        stand_in_since=None,
        ended_at=shift.ends_at,
    )


def minutes_served(starts_at: datetime, ends_at: datetime, arrived_at: datetime) -> int:
    """The whole shift for those who came about on time, the rest of it for those who came later."""
    begins = starts_at if arrived_at <= starts_at + LATE else arrived_at
    return max(0, int((ends_at - begins) / timedelta(minutes=1)))


# The tick list -----------------------------------------------------------------------------------


def tick_off(shift_id: int, came: Collection[int], *, by: Person, at: datetime) -> None:
    """The leader says who came, by the numbers of their assignments; all others did not."""
    shift = queries.find_run(by, shift_id, lock=True)
    if at < shift.starts_at:
        raise RuleError(gettext("The shift has not begun yet."))
    for seat in queries.seats(shift_id):
        if seat.id in came and seat.standing is not Standing.ATTENDED:
            _came(seat, shift, min(at, shift.starts_at))
            _note("shift.attended", shift, seat.user_id, by)
        elif seat.id not in came and seat.standing is not Standing.NO_SHOW:
            miss(seat, shift, at)
            _note("shift.missed", shift, seat.user_id, by)


def miss(seat: Row[Any], shift: Row[Any], at: datetime) -> None:
    """Somebody is not there: the seat goes to who waits, or is free again."""
    move(seat, Deed.MISS, at, minutes=None)
    pass_on(shift, at=at)
    tell("shifts.missed", shift, [seat.user_id], about=f"missed/{seat.id}")


def _note(action: str, shift: Row[Any], user_id: int, by: Person) -> None:
    record(
        action,
        community_id=shift.community_id,
        by=by.id,
        subject="person",
        subject_id=user_id,
        details={"shift": shift.id},
    )


# The answer to the reminder ----------------------------------------------------------------------


def reply(assignment_id: int, *, comes: bool, at: datetime) -> str:
    """Somebody answers the reminder, known by the link alone; what became of it, in words."""
    assignment = queries.find_ahead(assignment_id, at)
    person = party.person_by_id(assignment.user_id)
    if person is None:
        raise NotFoundError
    if comes:
        queries.confirm(assignment_id, at)
        return str(gettext("Thank you. See you there."))
    if in_time(assignment, party.limits_of(assignment.community_id), at):
        give_back(assignment.shift_id, person, at=at)
        return str(gettext("Thank you for telling us. The place is free for others now."))
    if assignment.stand_in_since is None:
        stand_ins.want(assignment.shift_id, person, why="", at=at)
    return str(gettext("Thank you for telling us. We are looking for somebody to stand in."))
