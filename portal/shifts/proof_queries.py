"""The turns of a place, and of a person: what was planned, what became of it, and who came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select

from portal.access import Permission, Person, below
from portal.accounts.models import User
from portal.clock import at as moment_of
from portal.clock import end_of_day
from portal.db import db, table_of
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, named
from portal.shifts.crew_queries import HAD_A_SEAT
from portal.shifts.proof import Turn
from portal.shifts.states import ShiftState, Standing, TurnState
from portal.tower.models import Place
from portal.tower.queries import visible_to

USER = table_of(User)
SOMEBODY_CAME = exists().where(
    ASSIGNMENT.c.shift_id == SHIFT.c.id, ASSIGNMENT.c.standing == Standing.ATTENDED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """One turn as the pages tell of it; `who` came to it, or has a seat in one that lies ahead."""

    id: int
    group_id: int
    estate: str
    building: str
    group: int
    path: str
    starts_at: datetime
    ends_at: datetime
    state: TurnState
    who: tuple[str, ...]

    @property
    def counted(self) -> Turn:
        return Turn(self.starts_at, self.group_id)


def tops(person: Person) -> list[Place]:
    """The outermost places where somebody watches the rota, in reading order."""
    paths = person.paths(Permission.SEE_ROTA)
    watched = visible_to(person, Permission.SEE_ROTA).where(Place.path.in_(paths))
    return list(db.session.scalars(watched))


def began(place: Place) -> datetime | None:
    """When the turns of a place began."""
    found: datetime | None = db.session.scalar(
        select(func.min(SHIFT.c.starts_at)).where(*_at(place))
    )
    return found


def reaches(place: Place) -> datetime | None:
    """When the last turn of a place is planned that has not been cancelled."""
    is_open = SHIFT.c.state == ShiftState.OPEN
    found: datetime | None = db.session.scalar(
        select(func.max(SHIFT.c.starts_at)).where(*_at(place), is_open)
    )
    return found


def turns(place: Place, first: date, last: date, at: datetime) -> list[TurnTaken]:
    """Every turn of a place in some days, in the order of time, fallen ones included."""
    inside = (
        *_at(place),
        SHIFT.c.starts_at >= moment_of(first, time()),
        SHIFT.c.starts_at < end_of_day(last),
    )
    query = named(SHIFT.c.group_id).where(*inside).order_by(SHIFT.c.starts_at, SHIFT.c.path)
    crews = _crews(inside)
    return [_turn(row, crews.get(row.id, ()), at) for row in db.session.execute(query)]


def last_before(place: Place, day: date) -> dict[int, datetime]:
    """The last turn of each group that took place before a day."""
    query = (
        select(SHIFT.c.group_id, func.max(SHIFT.c.starts_at).label("at"))
        .where(
            *_at(place),
            SHIFT.c.starts_at < moment_of(day, time()),
            SHIFT.c.state == ShiftState.OPEN,
            SOMEBODY_CAME,
        )
        .group_by(SHIFT.c.group_id)
    )
    return {row.group_id: row.at for row in db.session.execute(query)}


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return SHIFT.c.community_id == place.community_id, below(SHIFT.c.path, place.path)


def _crews(inside: Sequence[ColumnElement[bool]]) -> dict[int, list[tuple[Standing, str]]]:
    query = (
        select(ASSIGNMENT.c.shift_id, ASSIGNMENT.c.standing, USER.c.name)
        .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
        .join(USER, USER.c.id == ASSIGNMENT.c.user_id)
        .where(*inside, ASSIGNMENT.c.standing.in_([Standing.HELD, Standing.ATTENDED]))
        .order_by(ASSIGNMENT.c.is_lead.desc(), USER.c.name)
    )
    crews: dict[int, list[tuple[Standing, str]]] = {}
    for shift_id, standing, name in db.session.execute(query):
        crews.setdefault(shift_id, []).append((standing, name))
    return crews


def _turn(row: Row[Any], crew: Sequence[tuple[Standing, str]], at: datetime) -> TurnTaken:
    came = tuple(name for standing, name in crew if standing is Standing.ATTENDED)
    state = _state(row, at, came=bool(came))
    coming = tuple(name for _, name in crew) if state is TurnState.PLANNED else ()
    return TurnTaken(
        id=row.id,
        group_id=row.group_id,
        estate=row.estate,
        building=row.building,
        group=row.group,
        path=row.path,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=state,
        who=coming or came,
    )


def _state(row: Row[Any], at: datetime, *, came: bool) -> TurnState:
    """A turn took place if somebody checked in or was ticked off; nothing else proves it."""
    if row.state is ShiftState.CANCELLED:
        return TurnState.FELL_OUT
    if came:
        return TurnState.TOOK_PLACE
    return TurnState.PLANNED if row.ends_at > at else TurnState.FELL_OUT


# Of a person -------------------------------------------------------------------------------------


def turns_of(user_id: int, at: datetime) -> list[TurnTaken]:
    """Every turn somebody had a seat in, early ones first; for what became of their own part."""
    query = (
        named(SHIFT.c.group_id, ASSIGNMENT.c.standing)
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(ASSIGNMENT.c.user_id == user_id, ASSIGNMENT.c.standing.in_(HAD_A_SEAT))
        .order_by(SHIFT.c.starts_at, SHIFT.c.id, ASSIGNMENT.c.id)
    )
    rows = {row.id: row for row in db.session.execute(query)}  # who came back counts by the later
    return [_turn(row, [(row.standing, "")], at) for row in rows.values()]
