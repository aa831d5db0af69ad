"""Finding plans of the rota and the turns they propose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import defer

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.clock import at, end_of_day, local
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.shifts.choice_queries import ASSIGNMENT, COLUMNS, SHIFT, named
from portal.shifts.models import Assignment, ProposedTurn, RotaPlan, Shift
from portal.shifts.states import LIVE, Origin, ShiftState, Standing
from portal.tower.models import Place

TURN, PLACE = table_of(ProposedTurn), table_of(Place)
A_PAGE = 30  # plans


def by_id(plan_id: int, *, lock: bool = False) -> RotaPlan:
    """A plan, whoever asks; `lock` holds it until the transaction ends, as it is then."""
    query = select(RotaPlan).where(RotaPlan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: RotaPlan = db.session.scalars(query).one()
    return found


def lock(plan: RotaPlan) -> None:
    """Hold a plan until the transaction ends, and see it as it is then."""
    by_id(plan.id, lock=True)


def find(person: Person, plan_id: int) -> RotaPlan:
    """One plan of a place where somebody plans; NotFoundError for any other."""
    found = db.session.scalar(
        select(RotaPlan).where(
            RotaPlan.id == plan_id, in_scope(person, Permission.PLAN_SHIFTS, RotaPlan.path)
        )
    )
    if found is None:
        raise NotFoundError
    return found


def visible_to(person: Person) -> Sequence[Row[Any]]:
    """The latest plans of somebody's places, with the names of these: (RotaPlan, place, level)."""
    return db.session.execute(
        select(RotaPlan, Place.name, Place.level)
        .join(Place, Place.id == RotaPlan.place_id)
        .options(defer(RotaPlan.figures))  # may be long
        .where(in_scope(person, Permission.PLAN_SHIFTS, RotaPlan.path))
        .order_by(RotaPlan.id.desc())
        .limit(A_PAGE)
    ).all()


# The proposal ------------------------------------------------------------------------------------


@dataclass
class Day:
    """The turns a plan proposes for one day."""

    day: date
    turns: int = 0
    short: int = 0  # of these, how many lack somebody


def days(plan: RotaPlan) -> list[Day]:
    """The days of a plan that have turns."""
    seated = func.json_array_length(TURN.c.crew) + func.coalesce(SHIFT.c.taken, 0)
    rows = db.session.execute(
        select(TURN.c.starts_at, func.count(), func.count(case((seated < TURN.c.seats, 1))))
        .outerjoin(SHIFT, SHIFT.c.id == TURN.c.shift_id)
        .where(TURN.c.plan_id == plan.id)
        .group_by(TURN.c.starts_at)
        .order_by(TURN.c.starts_at)
    )
    found: dict[date, Day] = {}
    for starts_at, turns, short in rows:
        day = found.setdefault(local(starts_at).date(), Day(local(starts_at).date()))
        day.turns += turns
        day.short += short
    return list(found.values())


def _named() -> Select[Any]:
    group, building, estate = PLACE.alias(), PLACE.alias(), PLACE.alias()
    return (
        select(
            TURN,
            group.c.number.label("group"),
            building.c.name.label("building"),
            estate.c.name.label("estate"),
        )
        .join(group, group.c.id == TURN.c.group_id)
        .join(building, building.c.id == TURN.c.building_id)
        .join(estate, estate.c.id == TURN.c.estate_id)
    )


def turns_on(plan: RotaPlan, day: date) -> Sequence[Row[Any]]:
    """The turns of one day, by the hour and in reading order, with the names of their places."""
    return db.session.execute(
        _named()
        .where(
            TURN.c.plan_id == plan.id,
            TURN.c.starts_at >= at(day, time()),
            TURN.c.starts_at < end_of_day(day),
        )
        .order_by(TURN.c.starts_at, TURN.c.path)
    ).all()


def find_turn(plan: RotaPlan, turn_id: int) -> Row[Any]:
    """One turn of a plan; NotFoundError for any other."""
    row = db.session.execute(
        _named().where(TURN.c.plan_id == plan.id, TURN.c.id == turn_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def turns_ahead(plan: RotaPlan, moment: datetime) -> Sequence[Row[Any]]:
    """Every turn of a plan that has not begun, in the order of time."""
    return db.session.execute(
        _named()
        .where(TURN.c.plan_id == plan.id, TURN.c.starts_at > moment)
        .order_by(TURN.c.starts_at, TURN.c.path)
    ).all()


def crews_of(turns: Sequence[Row[Any]]) -> dict[int, list[str]]:
    """Who has a seat already in the shifts that some turns would fill, by shift."""
    ids = [turn.shift_id for turn in turns if turn.shift_id]
    rows = db.session.execute(
        select(ASSIGNMENT.c.shift_id, User.name)
        .join(User, User.id == ASSIGNMENT.c.user_id)
        .where(ASSIGNMENT.c.shift_id.in_(ids), ASSIGNMENT.c.standing.in_(sorted(LIVE)))
        .order_by(ASSIGNMENT.c.id)
    )
    found: dict[int, list[str]] = {}
    for shift_id, name in rows:
        found.setdefault(shift_id, []).append(name)
    return found


def groups_named(plan: RotaPlan, ids: Collection[int]) -> dict[int, Row[Any]]:
    """(estate, building, group) of some groups of a plan, by number."""
    group, building, estate = PLACE.alias(), PLACE.alias(), PLACE.alias()
    rows = db.session.execute(
        select(
            group.c.id,
            group.c.number.label("group"),
            building.c.name.label("building"),
            estate.c.name.label("estate"),
        )
        .join(building, building.c.id == group.c.parent_id)
        .join(estate, estate.c.id == building.c.parent_id)
        .where(group.c.community_id == plan.community_id, group.c.id.in_(ids))
    )
    return {row.id: row for row in rows}


def names_of(place_ids: Sequence[int]) -> dict[int, str]:
    """The names of some places, by number."""
    query = select(PLACE.c.id, PLACE.c.name).where(PLACE.c.id.in_(place_ids))
    return dict(db.session.execute(query).tuples().all())


# What a plan has brought -------------------------------------------------------------------------


def lock_shifts(ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Some shifts by number, held until the transaction ends."""
    rows = db.session.execute(
        select(*COLUMNS).where(SHIFT.c.id.in_(ids)).order_by(SHIFT.c.id).with_for_update()
    )
    return {row.id: row for row in rows}


def asking(shift_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Who has asked for which of some shifts and has no answer yet: (shift, person)."""
    query = select(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.user_id).where(
        ASSIGNMENT.c.shift_id.in_(shift_ids), ASSIGNMENT.c.standing == Standing.ASKED
    )
    return set(db.session.execute(query).tuples())


def untouched(plan: RotaPlan, moment: datetime) -> list[int]:
    """The shifts of a plan that lie ahead and that nobody has had to do with since, held.

    Nobody changed them, signed up, gave a seat back or answered.
    """
    touched = (
        select(Assignment.id)
        .where(
            Assignment.shift_id == Shift.id,
            (Assignment.origin != Origin.PLANNER)
            | (Assignment.standing != Standing.HELD)
            | Assignment.stand_in_since.is_not(None)
            | Assignment.confirmed_at.is_not(None),
        )
        .exists()
    )
    held = db.session.scalars(
        select(Shift.id)
        .where(
            Shift.community_id == plan.community_id,
            Shift.source == source_of(plan),
            Shift.starts_at > moment,
            Shift.state == ShiftState.OPEN,
            Shift.sequence == 0,
        )
        .order_by(Shift.id)
        .with_for_update()
    ).all()
    # Asked once they are held: a sign-up that we waited for is seen.
    free = select(Shift.id).where(Shift.id.in_(held), ~touched).order_by(Shift.id)
    return list(db.session.scalars(free))


def ahead(plan: RotaPlan, moment: datetime) -> int:
    """How many shifts of a plan lie ahead."""
    query = select(func.count()).where(
        Shift.community_id == plan.community_id,
        Shift.source == source_of(plan),
        Shift.starts_at > moment,
        Shift.state == ShiftState.OPEN,
    )
    return db.session.scalar(query) or 0


def shifts_named(ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Some shifts of a plan with the names of their places, by number."""
    return {row.id: row for row in db.session.execute(named().where(SHIFT.c.id.in_(ids)))}


def holders(shift_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Whom the planner gave seats in some shifts, with where and when: what a notice tells."""
    group, building, estate = PLACE.alias(), PLACE.alias(), PLACE.alias()
    return db.session.execute(
        select(
            ASSIGNMENT.c.user_id,
            SHIFT.c.id,
            SHIFT.c.starts_at,
            SHIFT.c.ends_at,
            group.c.number.label("group"),
            building.c.name.label("building"),
            estate.c.name.label("estate"),
        )
        .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
        .join(group, group.c.id == SHIFT.c.group_id)
        .join(building, building.c.id == SHIFT.c.building_id)
        .join(estate, estate.c.id == SHIFT.c.estate_id)
        .where(
            ASSIGNMENT.c.shift_id.in_(shift_ids),
            ASSIGNMENT.c.standing == Standing.HELD,
            ASSIGNMENT.c.origin == Origin.PLANNER,
        )
        .order_by(ASSIGNMENT.c.user_id, SHIFT.c.starts_at)
    ).all()


def source_of(plan: RotaPlan) -> str:
    """What names a plan in the key of its shifts."""
    return f"plan/{plan.id}"
