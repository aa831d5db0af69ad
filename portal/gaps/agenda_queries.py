"""What waits for one person today: their rounds, buildings, agreed times, and decisions to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Table, func, or_, select

from portal.access import Permission, Person, below, in_scope
from portal.coverage.models import Decision, Door, Round, Tally, TrayItem
from portal.coverage.states import GAPS, Pending, State
from portal.db import db, table_of
from portal.gaps.door_queries import IS_AWAITED, is_due
from portal.gaps.queries import VACANT_SEATS
from portal.shifts.rota_queries import Missing, missing
from portal.tower.models import Dwelling, Place

ROUND, PLACE = table_of(Round), table_of(Place)
TALLY, DOOR, TRAY = table_of(Tally), table_of(Door), table_of(TrayItem)

BASE = func.sum(sum(TALLY.c[state.value] for state in State))
GAP = func.sum(sum(TALLY.c[state.value] for state in State if state in GAPS))

NOTHING_MISSING = Missing(0, 0)


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """Everything on the Today page of one person."""

    rounds: Sequence[OpenRound]  # newest first, counted in the person's places
    buildings: Sequence[Row[Any]]  # of those who go from door to door
    appointments: Sequence[Row[Any]]  # at their doors, due today or before
    awaited: Sequence[Row[Any]]  # round_id, doors due, doors waiting for a second person
    tray: Sequence[Row[Any]]  # round, items waiting
    seats: Sequence[Row[Any]]  # place, empty seats
    missing: Missing  # seats in shifts to come that nobody has

    @property
    def seen(self) -> list[OpenRound]:
        """The rounds of which the person may see the lists."""
        return [opened for opened in self.rounds if opened.seen_base]

    @property
    def names(self) -> dict[int, str]:
        """The names of the open rounds."""
        return {opened.id: opened.name for opened in self.rounds}

    @property
    def decisions(self) -> bool:
        """Whether anything waits that only a coordinator can settle."""
        return bool(self.awaited or self.tray or self.seats or self.missing.seats)


class OpenRound(NamedTuple):
    """A round that is open, and how many households of the person's places it still lacks.

    `seen_gap` and `seen_base` count only where the person may see the lists, which are a link away.
    """

    id: int
    name: str
    gap: int
    base: int
    seen_gap: int
    seen_base: int


def agenda(person: Person, today: date) -> Agenda:
    """What waits for a person; sections that are not theirs stay empty."""
    rounds = _rounds(person)
    mine = person.goes_to if rounds else ()
    decides = person.may(Permission.APPROVE_DOORS)
    ids = [opened.id for opened in rounds]
    return Agenda(
        rounds=rounds,
        buildings=_buildings(person, ids, mine) if mine else (),
        appointments=_appointments(person, ids, mine, today) if mine else (),
        awaited=_awaited(person, ids, today) if decides and ids else (),
        tray=_tray(person) if decides else (),
        seats=_seats(person) if person.may(Permission.FILL_SEATS) else (),
        missing=missing(person, since=today)
        if person.may(Permission.PLAN_SHIFTS)
        else NOTHING_MISSING,
    )


def has_dwellings(person: Person) -> bool:
    """Whether a roster has been loaded where a person coordinates."""
    query = select(Dwelling.id).where(in_scope(person, Permission.OPEN_ROUNDS, Dwelling.path))
    return db.session.scalar(query.limit(1)) is not None


def _rounds(person: Person) -> list[OpenRound]:
    """In two steps: told the rounds by number, a database reads their tallies and no others."""
    names = {
        row.id: row.name
        for row in db.session.execute(
            select(ROUND.c.id, ROUND.c.name)
            .where(ROUND.c.community_id.in_(person.community_ids), ROUND.c.closed_at.is_(None))
            .order_by(ROUND.c.id.desc())
        )
    }
    if not names:
        return []
    seen = in_scope(person, Permission.SEE_GAPS, TALLY.c.path)
    counted = db.session.execute(
        select(TALLY.c.round_id, GAP, BASE, GAP.filter(seen), BASE.filter(seen))
        .where(
            *_in_rounds(TALLY, person, list(names)),
            in_scope(person, Permission.SEE_PLAN, TALLY.c.path),
        )
        .group_by(TALLY.c.round_id)
        .order_by(TALLY.c.round_id.desc())
    )
    return [OpenRound(id_, names[id_], *(n or 0 for n in figures)) for id_, *figures in counted]


def _in_rounds(table: Table, person: Person, ids: list[int]) -> tuple[ColumnElement[bool], ...]:
    return table.c.community_id.in_(person.community_ids), table.c.round_id.in_(ids)


def _buildings(person: Person, ids: list[int], paths: Sequence[str]) -> Sequence[Row[Any]]:
    building, estate = PLACE.alias(), PLACE.alias()
    return db.session.execute(
        select(
            TALLY.c.round_id,
            building.c.id,
            building.c.name,
            building.c.path,
            estate.c.name.label("estate"),
            GAP.label("gap"),
            BASE.label("base"),
        )
        .join(building, building.c.id == TALLY.c.building_id)
        .join(estate, estate.c.id == TALLY.c.estate_id)
        .where(*_in_rounds(TALLY, person, ids), _below_any(TALLY.c.path, paths))
        .group_by(TALLY.c.round_id, building.c.id, estate.c.id)
        .order_by(TALLY.c.round_id.desc(), estate.c.sort_key, building.c.sort_key)
    ).all()


def _appointments(
    person: Person, ids: list[int], paths: Sequence[str], today: date
) -> Sequence[Row[Any]]:
    building, estate, dwelling = PLACE.alias(), PLACE.alias(), table_of(Dwelling)
    return db.session.execute(
        select(
            DOOR.c.round_id,
            DOOR.c.dwelling_id,
            DOOR.c.unit,
            DOOR.c.room,
            DOOR.c.appointment_at,
            building.c.name,
            estate.c.name.label("estate"),
        )
        .join(dwelling, dwelling.c.id == DOOR.c.dwelling_id)
        .join(building, building.c.id == dwelling.c.building_id)
        .join(estate, estate.c.id == building.c.parent_id)
        .where(
            *_in_rounds(DOOR, person, ids),
            is_due(today),
            IS_AWAITED,
            _below_any(DOOR.c.path, paths),
        )
        .order_by(DOOR.c.appointment_at, DOOR.c.path, DOOR.c.position)
    ).all()


def _awaited(person: Person, ids: list[int], today: date) -> Sequence[Row[Any]]:
    """Counted where the person may see the list, so that the tile equals it (law 7)."""
    waits = DOOR.c.pending != Pending.NONE
    return db.session.execute(
        select(
            DOOR.c.round_id,
            func.count().filter(is_due(today)).label("due"),
            func.count().filter(waits).label("pending"),
        )
        .where(
            *_in_rounds(DOOR, person, ids),
            in_scope(person, Permission.SEE_GAPS, DOOR.c.path),
            is_due(today) | waits,
            IS_AWAITED,
        )
        .group_by(DOOR.c.round_id)
        .order_by(DOOR.c.round_id.desc())
    ).all()


def _tray(person: Person) -> Sequence[Row[Any]]:
    return db.session.execute(
        select(ROUND.c.id, ROUND.c.name, func.count().label("waiting"))
        .join(TRAY, TRAY.c.round_id == ROUND.c.id)
        .where(
            TRAY.c.community_id.in_(person.community_ids),
            TRAY.c.decision == Decision.WAITING,
            in_scope(person, Permission.APPROVE_DOORS, TRAY.c.path),
        )
        .group_by(ROUND.c.id, ROUND.c.name)
        .order_by(ROUND.c.id.desc())
    ).all()


def _seats(person: Person) -> Sequence[Row[Any]]:
    ids = [int(path.split("/")[-2]) for path in person.paths(Permission.FILL_SEATS)]
    rows = db.session.execute(
        select(PLACE.c.id, PLACE.c.name, VACANT_SEATS.label("vacant")).where(PLACE.c.id.in_(ids))
    )
    return [row for row in rows if row.vacant]


def _below_any(column: Any, paths: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(below(column, path) for path in paths))
