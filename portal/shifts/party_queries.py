"""Who stands where with a shift, and what the rules need to know of those people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, func, select

from portal.access import Duty, Person, Role
from portal.accounts.models import HeldDuty, User
from portal.db import db, one_at_a_time, one_of, table_of
from portal.errors import NotFoundError
from portal.questions import Question
from portal.shifts.choice_queries import ASSIGNMENT, among
from portal.shifts.eligibility import Crew, Turn, crew_of
from portal.shifts.free_time import Hours
from portal.shifts.limits import DEFAULT, Limits
from portal.shifts.skills import OFFICER
from portal.shifts.states import LIVE, SEATED, ShiftState, Standing
from portal.shifts.taker_queries import AVAILABILITY, LEADING, RULE, RULES, USER, limits_in
from portal.tower.models import prefixes

DUTY = table_of(HeldDuty)
LOCK = 77_000_000_000  # added to the person's number
ROTA = 78_000_000_000  # added to the community's number

# One's own part, and the others ------------------------------------------------------------------

_MINE = Question(
    select(ASSIGNMENT, *RULES)
    .outerjoin(RULE, RULE.c.community_id == ASSIGNMENT.c.community_id)
    .where(
        ASSIGNMENT.c.shift_id == bindparam("shift"),
        ASSIGNMENT.c.user_id == bindparam("user"),
        among(ASSIGNMENT.c.standing, LIVE),
    )
)


def maybe_mine(person: Person, shift_id: int) -> Row[Any] | None:
    """Where somebody stands with a shift now, if anywhere; with what is asked there (`RULES`)."""
    found: Row[Any] | None = _MINE.one_or_none({"shift": shift_id, "user": person.id})
    return found


def find_mine(person: Person, shift_id: int) -> Row[Any]:
    """The same; NotFoundError for somebody who has no part in it."""
    mine = maybe_mine(person, shift_id)
    if mine is None:
        raise NotFoundError
    return mine


def leaders_of(path: str) -> list[int]:
    """Who answers for the shifts of a group: its leaders, or else the nearest coordinators."""
    held = db.session.execute(
        select(HeldDuty.user_id, HeldDuty.path)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.path.in_(prefixes(path)),
            HeldDuty.role.in_(sorted(LEADING)),
            HeldDuty.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).all()
    nearest = max((len(row.path) for row in held), default=0)
    return sorted({row.user_id for row in held if len(row.path) == nearest})


_OF_SHIFT = ASSIGNMENT.c.shift_id == bindparam("shift")
_WAITS = (_OF_SHIFT, among(ASSIGNMENT.c.standing, {Standing.WAITING}))
_NAMES = (
    select(USER.c.name)
    .join(ASSIGNMENT, ASSIGNMENT.c.user_id == USER.c.id)
    .where(_OF_SHIFT, among(ASSIGNMENT.c.standing, SEATED))
    .order_by(USER.c.name)
)
_COUNT_WAITING = select(func.count()).where(*_WAITS)
_WAITING = Question(
    select(ASSIGNMENT.c.id, ASSIGNMENT.c.user_id, ASSIGNMENT.c.standing)
    .where(*_WAITS)
    .order_by(ASSIGNMENT.c.since, ASSIGNMENT.c.id)
)


def names_in(shift_id: int) -> list[str]:
    """Who has a seat in a shift: for those who go along."""
    return list(db.session.scalars(_NAMES, {"shift": shift_id}))


def count_waiting(shift_id: int) -> int:
    """How many wait for a place in a shift."""
    return db.session.scalar(_COUNT_WAITING, {"shift": shift_id}) or 0


def waiting_for(shift_id: int) -> Sequence[Row[Any]]:
    """Who waits for a shift that is held, first come first."""
    return _WAITING.all({"shift": shift_id})


# The shift and the crew as the rules see them -----------------------------------------------------


def turn_of(row: Any, *, freed: int = 0) -> Turn:
    """The shift of a row; `freed` seats are about to come free."""
    return Turn(
        id=row.id,
        path=row.path,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        seats=row.seats,
        taken=row.taken - freed,
        leads=row.leads,
        needs=tuple(row.needs),
        cancelled=row.state is ShiftState.CANCELLED,
    )


_CREWS = Question(
    select(
        ASSIGNMENT.c.id,
        ASSIGNMENT.c.shift_id,
        ASSIGNMENT.c.is_lead,
        AVAILABILITY.c.skills,
        exists()
        .where(
            DUTY.c.user_id == ASSIGNMENT.c.user_id,
            DUTY.c.community_id == ASSIGNMENT.c.community_id,
            DUTY.c.role == Role.OFFICER,
            DUTY.c.ended_at.is_(None),
        )
        .label("is_officer"),
    )
    .outerjoin(
        AVAILABILITY,
        and_(
            AVAILABILITY.c.community_id == ASSIGNMENT.c.community_id,
            AVAILABILITY.c.user_id == ASSIGNMENT.c.user_id,
        ),
    )
    .where(
        one_of(ASSIGNMENT.c.shift_id, "ids"),
        among(ASSIGNMENT.c.standing, SEATED),
    )
)


def crews(rows: Iterable[Any], *, without: Collection[int] = ()) -> dict[int, Crew]:
    """The crews of those shifts for which it matters who has a seat already.

    `without` are assignments whose holders are about to leave.
    """
    ids = [row.id for row in rows if (row.leads or row.needs) and row.taken]
    if not ids:
        return {}
    members: dict[int, list[tuple[bool, list[str]]]] = {}
    for assignment_id, shift_id, is_lead, skills, is_officer in _CREWS.all({"ids": ids}):
        if assignment_id not in without:
            can = [*(skills or ()), *([OFFICER] if is_officer else ())]
            members.setdefault(shift_id, []).append((is_lead, can))
    return {shift_id: crew_of(crew) for shift_id, crew in members.items()}


# Other people -------------------------------------------------------------------------------------

_LIMITS = Question(select(*RULES).where(RULE.c.community_id == bindparam("community")))


def hours_of(user_ids: Collection[int], community_id: int) -> dict[int, Hours]:
    """When those of some people can come who said so."""
    query = select(AVAILABILITY.c.user_id, AVAILABILITY.c.hours).where(
        AVAILABILITY.c.community_id == community_id, AVAILABILITY.c.user_id.in_(user_ids)
    )
    said = db.session.execute(query).tuples()
    return {user_id: hours for user_id, hours in said if hours is not None}


def hold_rota(community_id: int) -> None:
    """Hold the whole rota of a community until the transaction ends, before any shift of it.

    Nobody else brings shifts or moves them, and nobody takes a place: what was looked at stays so.
    """
    one_at_a_time(ROTA + community_id)


def hold(person: Person) -> None:
    """Hold somebody until the transaction ends: one change of their shifts at a time.

    It waits for whoever holds the rota of a community where they have a duty.
    """
    one_at_a_time(LOCK + person.id, among=[ROTA + number for number in person.community_ids])


def hold_all(user_ids: Iterable[int], community_id: int) -> None:
    """Hold several people, always in the same order, so that two holders never wait in a ring."""
    for user_id in sorted(set(user_ids)):
        one_at_a_time(LOCK + user_id, among=[ROTA + community_id])


_WHO = Question(
    select(USER.c.id, USER.c.name, USER.c.locale, USER.c.large_text).where(
        USER.c.id == bindparam("user"), USER.c.disabled_at.is_(None)
    )
)
_HELD = Question(
    select(DUTY.c.role, DUTY.c.place_id, DUTY.c.path, DUTY.c.community_id)
    .where(DUTY.c.user_id == bindparam("user"), DUTY.c.ended_at.is_(None))
    .order_by(DUTY.c.id)
)


def person_by_id(user_id: int) -> Person | None:
    """Somebody else, with the duties held now; None once their account is blocked."""
    user = _WHO.one_or_none({"user": user_id})
    if user is None:
        return None
    duties = tuple(Duty(*row) for row in _HELD.all({"user": user_id}))
    return Person(user.id, user.name, "", user.locale, user.large_text, duties)


def limits_of(community_id: int) -> Limits:
    """What a community asks of shifts."""
    row = _LIMITS.one_or_none({"community": community_id})
    return limits_in(row) if row else DEFAULT
