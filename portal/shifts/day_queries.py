"""The shifts of one day with their crews, for the sheet that the leader takes along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.clock import at
from portal.db import db, table_of
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import SEATED, ShiftState
from portal.tower.models import Dwelling, Place


@dataclass(frozen=True)
class Member:
    """Somebody with a seat; `wants_out` while a stand-in is looked for."""

    name: str
    is_lead: bool
    wants_out: bool


@dataclass(frozen=True)
class Line:
    """One shift as it stands on the sheet; `missing` seats have nobody."""

    id: int
    starts_at: datetime
    ends_at: datetime
    estate: str
    building: str
    group_number: int
    doors: int
    seats: int
    crew_code: str
    crew: tuple[Member, ...]

    @property
    def missing(self) -> int:
        return max(0, self.seats - len(self.crew))


def sheet(person: Person, day: date) -> list[Line]:
    """The shifts of a day in somebody's places, by estate and building, then by the hour."""
    rows = db.session.execute(_shifts(person, day)).all()
    crews = _crews([row.id for row in rows])
    return [Line(**row._mapping, crew=tuple(crews.get(row.id, ()))) for row in rows]


def _shifts(person: Person, day: date) -> Select[Any]:
    group, shift = table_of(Place), table_of(Shift).c
    building, estate = group.alias("building"), group.alias("estate")
    doors = (
        select(func.count())
        .where(Dwelling.community_id == shift.community_id, Dwelling.path == shift.path)
        .scalar_subquery()
    )
    return (
        select(
            shift.id,
            shift.starts_at,
            shift.ends_at,
            estate.c.name.label("estate"),
            building.c.name.label("building"),
            group.c.number.label("group_number"),
            doors.label("doors"),
            shift.seats,
            shift.crew_code,
        )
        .join(group, group.c.id == shift.group_id)
        .join(building, building.c.id == shift.building_id)
        .join(estate, estate.c.id == shift.estate_id)
        .where(
            shift.community_id.in_(person.community_ids),
            shift.starts_at >= at(day, time()),
            shift.starts_at < at(day + timedelta(days=1), time()),
            shift.state == ShiftState.OPEN,
            in_scope(person, Permission.RUN_SHIFTS, shift.path),
        )
        .order_by(estate.c.sort_key, building.c.sort_key, shift.starts_at, group.c.number)
    )


def _crews(shift_ids: list[int]) -> dict[int, list[Member]]:
    rows = db.session.execute(
        select(Assignment.shift_id, User.name, Assignment.is_lead, Assignment.stand_in_since)
        .join(User, User.id == Assignment.user_id)
        .where(Assignment.shift_id.in_(shift_ids), Assignment.standing.in_(list(SEATED)))
        .order_by(Assignment.is_lead.desc(), User.name)
    )
    crews: dict[int, list[Member]] = {}
    for shift_id, name, is_lead, stand_in_since in rows:
        crews.setdefault(shift_id, []).append(Member(name, is_lead, stand_in_since is not None))
    return crews
