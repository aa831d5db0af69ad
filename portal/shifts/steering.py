"""What a coordinator does with one shift: assign, take off, move, call off; everybody is told.

Always in the same order, as in `signups`: hold the person, then the shift, then look, then write.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import Row, update

from portal.access import Person
from portal.audit.actions import record
from portal.clock import at as moment_of
from portal.clock import local
from portal.db import db
from portal.errors import NotFoundError, RuleError
from portal.shifts import helper_queries
from portal.shifts import party_queries as party
from portal.shifts import rota_queries as queries
from portal.shifts import taker_queries as takers
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, estate_of
from portal.shifts.eligibility import NOBODY, Why, why_not
from portal.shifts.helper_queries import TAKES
from portal.shifts.notices import tell
from portal.shifts.rechecking import taker_of
from portal.shifts.seats import fill, move, pass_on, reason_against, write
from portal.shifts.series import why_not_hours
from portal.shifts.states import Origin, ShiftState, Standing
from portal.shifts.transitions import Deed
from portal.shifts.words import OTHERS
from portal.tower.queries import place_at

NEAR = timedelta(days=7)  # what counts for the limits of a week


# Whom to assign ----------------------------------------------------------------------------------


class Candidate(NamedTuple):
    """Somebody who serves in the estate of a shift; `outside` the hours they gave is no `why`.

    Who `steps_in` coordinates there: they may take a seat, and a planner sends them nowhere.
    """

    why: Why | None
    steps_in: bool
    outside: bool
    served: int  # shifts lately
    id: int


def candidates(shift: Row[Any], at: datetime) -> list[Candidate]:
    """Everybody who serves in the estate of a shift: those who may come first.

    Of these whoever has served least comes first, then those who gave other hours, and last those
    who would step in.
    """
    estate, day = place_at(estate_of(shift.path)), local(shift.starts_at).date()
    turn, crew = party.turn_of(shift), party.crews([shift]).get(shift.id, NOBODY)
    limits, sent, found = party.limits_of(shift.community_id), helper_queries.sent_to(estate), []
    for helper in helper_queries.helpers(estate, day - NEAR, day + NEAR, roles=TAKES):
        taker = taker_of(helper, shift.path, limits)
        why = why_not(turn, taker, crew=crew, at=at)
        steps_in, outside = helper.id not in sent, taker.is_outside(turn)
        found.append(Candidate(why, steps_in, outside, helper.served, helper.id))
    return sorted(found, key=lambda one: (one.why is not None, *one[1:]))


def lacking(shift: Row[Any]) -> list[str]:
    """What a shift needs that nobody of its crew brings yet."""
    crew = party.crews([shift]).get(shift.id, NOBODY)
    return [skill for skill in shift.needs if skill not in crew.skills]


def assign(
    shift_id: int,
    user_id: int,
    *,
    by: Person,
    at: datetime,
    origin: Origin = Origin.COORDINATOR,
    reason: Mapping[str, Any] | None = None,
) -> None:
    """Give somebody a seat, under the same rules as if they had signed up.

    `reason` is why them, as `reasons` keeps it.
    """
    person = party.person_by_id(user_id)
    if person is None:
        raise NotFoundError
    party.hold(person)
    shift = queries.find_planned(by, shift_id, lock=True)
    known = takers.taker(person, shift.community_id, at)
    taker = known.besides_waiting(shift_id)
    against = reason_against(shift, taker, at)
    if against is Why.NOT_IN_AREA:
        raise NotFoundError  # nobody learns the names of people who serve elsewhere
    if against:
        raise RuleError(f"{person.name}: {OTHERS[against]}")
    fill(shift_id)
    if taker is not known:  # they wait for this seat no longer
        move(party.find_mine(person, shift_id), Deed.WITHDRAW, at)
    write(shift, user_id, taker, Standing.HELD, at, origin=origin, reason=reason)
    tell("shifts.assigned", shift, [user_id], about=f"assigned/{at:%Y%m%d%H%M%S}")
    _note("shift.assigned", shift, by, subject="person", subject_id=user_id)


def take_off(shift_id: int, user_id: int, *, by: Person, at: datetime) -> None:
    """Free somebody of a shift; the seat goes to who waits, or is free."""
    person = party.person_by_id(user_id)
    if person is not None:
        party.hold(person)
    shift = queries.find_planned(by, shift_id, lock=True)
    mine = next((row for row in queries.live(shift_id) if row.user_id == user_id), None)
    if mine is None:
        raise NotFoundError
    move(mine, Deed.REMOVE, at, given_by=by.id)
    if mine.standing in {Standing.HELD, Standing.OFFERED}:
        pass_on(shift, at=at)
    tell("shifts.taken_off", shift, [user_id], about=f"off/{mine.id}")
    _note("shift.taken_off", shift, by, subject="person", subject_id=user_id)


# The shift itself --------------------------------------------------------------------------------


def retime(shift_id: int, day: date, hours: tuple[time, time], *, by: Person, at: datetime) -> None:
    """Move a shift to another time; all who stand with it are told.

    RuleError where its group has another shift then, or somebody of its crew has one.
    """
    party.hold_rota(queries.find_planned(by, shift_id).community_id)
    shift = queries.find_planned(by, shift_id, lock=True)
    _refuse_what_is_over(shift, at)
    if shift.starts_at <= at:
        raise RuleError(gettext("This shift has begun."))
    if reason := why_not_hours(*hours):
        raise RuleError(reason)
    starts_at, ends_at = moment_of(day, hours[0]), moment_of(day, hours[1])
    if starts_at <= at:
        raise RuleError(gettext("That time has passed."))
    _refuse_two_at_once(shift, starts_at, ends_at)
    times = {"starts_at": starts_at, "ends_at": ends_at}
    _change(shift, at, **times)
    db.session.execute(
        update(ASSIGNMENT)
        .where(ASSIGNMENT.c.shift_id == shift_id)
        .values(**times, confirmed_at=None, reminded_at=None)
    )
    moved = queries.find_planned(by, shift_id)
    people = [row.user_id for row in queries.live(shift_id)]
    tell("shifts.changed", moved, people, about=str(moved.sequence))
    _note("shift.moved", shift, by, subject="shift", subject_id=shift_id)


def _refuse_two_at_once(shift: Row[Any], starts_at: datetime, ends_at: datetime) -> None:
    if queries.standing_beside(shift, starts_at, ends_at):
        raise RuleError(gettext("This group has another shift at that time."))
    busy = queries.busy_in(shift.id, starts_at, ends_at)
    if busy:
        raise RuleError(
            gettext(
                "These people have another shift at that time: %(names)s. "
                "Take them off one of the two first.",
                names=gettext(", ").join(busy),
            )
        )


def call_off(shift_id: int, why: str, *, by: Person, at: datetime) -> None:
    """A shift does not take place. Its group is owed a turn, so a plan lets it go first."""
    shift = queries.find_planned(by, shift_id, lock=True)
    if shift.state is ShiftState.CANCELLED:
        return
    _refuse_what_is_over(shift, at)
    live = queries.live(shift_id)
    for row in live:
        move(row, Deed.CALL_OFF, at)
    _change(shift, at, state=ShiftState.CANCELLED, cancelled_why=why, taken=0)
    tell("shifts.cancelled", shift, [row.user_id for row in live], about="cancelled")
    _note("shift.cancelled", shift, by, subject="shift", subject_id=shift_id)


def _refuse_what_is_over(shift: Row[Any], at: datetime) -> None:
    if shift.state is ShiftState.CANCELLED or shift.ends_at <= at:
        raise RuleError(gettext("This shift is over or has been called off."))


def _change(shift: Row[Any], at: datetime, **columns: object) -> None:
    db.session.execute(
        update(SHIFT)
        .where(SHIFT.c.id == shift.id)
        .values(**columns, sequence=SHIFT.c.sequence + 1, changed_at=at)
    )


def _note(action: str, shift: Row[Any], by: Person, *, subject: str, subject_id: int) -> None:
    record(
        action,
        community_id=shift.community_id,
        by=by.id,
        subject=subject,
        subject_id=subject_id,
        details={"shift": shift.id},
    )
