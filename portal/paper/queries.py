"""Finding sheets, the doors on them, and who may have walked them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, literal, or_, select

from portal.access import GRANTS, Permission, Person, Role, below, in_scope
from portal.accounts import crews
from portal.accounts.models import HeldDuty, User
from portal.coverage.models import Door, Round
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.paper.models import Sheet
from portal.tower.models import Place

_RECORDERS = [role for role in Role if Permission.RECORD_VISITS in GRANTS[role]]


def sheets_of(person: Person, round_id: int, building: Row[Any]) -> Sequence[Row[Any]]:
    """The sheets printed for a building (Sheet, printer, group_number), newest first."""
    return db.session.execute(
        select(Sheet, User.name.label("printer"), Place.number.label("group_number"))
        .join(User, User.id == Sheet.printed_by)
        .join(Place, Place.id == Sheet.group_id)
        .where(
            Sheet.community_id == building.community_id,
            Sheet.round_id == round_id,
            Sheet.building_id == building.building_id,
            in_scope(person, Permission.RECORD_VISITS, Sheet.path),
        )
        .order_by(Sheet.id.desc())
    ).all()


def batch(person: Person, batch_id: str) -> Sequence[Row[Any]]:
    """The sheets printed together (as `_SHEETS`), in the order of the groups; never empty."""
    rows = _sheets(Sheet.batch == batch_id, in_scope(person, Permission.RECORD_VISITS, Sheet.path))
    if not rows:
        raise NotFoundError
    return rows


def find(person: Person, code: str) -> Row[Any]:
    """The sheet with that code, whose group, or one of whose doors by now, is within reach."""
    rows = _sheets(Sheet.code == code)
    if not rows or not (
        person.may(Permission.RECORD_VISITS, path=rows[0].Sheet.path)
        or any(door.is_near for door in doors_on(person, [rows[0].Sheet])[rows[0].Sheet.id])
    ):
        raise NotFoundError
    return rows[0]


def _sheets(*conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """(Sheet, Round, group_number, building, estate) for sheets, in the order of the groups."""
    building, estate = _aliases()
    return db.session.execute(
        select(
            Sheet,
            Round,
            Place.number.label("group_number"),
            building.c.name.label("building"),
            estate.c.name.label("estate"),
        )
        .join(Round, Round.id == Sheet.round_id)
        .join(Place, Place.id == Sheet.group_id)
        .join(building, building.c.id == Sheet.building_id)
        .join(estate, estate.c.id == building.c.parent_id)
        .where(*conditions)
        .order_by(Sheet.path)
    ).all()


def _aliases() -> tuple[Any, Any]:
    place = table_of(Place)
    return place.alias("building"), place.alias("estate")


def doors_by_group(community_id: int, round_id: int, paths: Sequence[str]) -> dict[str, list[int]]:
    """The doors below some places as ids by the path of their group, each in walking order."""
    door = table_of(Door).c
    rows = db.session.execute(
        select(door.path, door.dwelling_id)
        .where(
            door.community_id == community_id,
            door.round_id == round_id,
            or_(*(below(door.path, path) for path in paths)),
        )
        .order_by(door.path, door.position, door.dwelling_id)
    )
    found: dict[str, list[int]] = {}
    for path, dwelling_id in rows:
        found.setdefault(path, []).append(dwelling_id)
    return found


def doors_on(person: Person, sheets: Sequence[Sheet]) -> dict[int, list[Row[Any]]]:
    """What stands on each sheet (by its id): its doors as they are now, in the paper's order.

    A door that has another group by now may lie out of reach (not `is_near`): whoever holds the
    paper reads its number there and may say what happened, but is not told how it stands.
    """
    wanted = {dwelling for sheet in sheets for dwelling in sheet.doors}
    door = table_of(Door).c
    rows = db.session.execute(
        select(
            door.dwelling_id,
            door.unit,
            door.floor,
            door.room,
            door.state,
            door.attempts,
            door.remaining,
            in_scope(person, Permission.RECORD_VISITS, door.path).label("is_near"),
        ).where(
            door.community_id == sheets[0].community_id,
            door.round_id == sheets[0].round_id,
            door.dwelling_id.in_(wanted),
        )
    )
    known = {row.dwelling_id: row for row in rows}
    return {sheet.id: [known[d] for d in sheet.doors if d in known] for sheet in sheets}


def walkers(sheet: Sheet) -> dict[int, str]:
    """Who may have walked a sheet: whoever could record there on the day it was printed or since.

    That is who had a duty, and who had a seat in a shift. Names by id, in the order of the names.
    """
    crew = list(crews.whoever_had_part(sheet.path, since=sheet.printed_at))
    since = (HeldDuty.ended_at.is_(None)) | (HeldDuty.ended_at > sheet.printed_at)
    rows = db.session.execute(
        select(User.id, User.name)
        .outerjoin(HeldDuty, HeldDuty.user_id == User.id)
        .where(
            User.id.in_(crew)
            | and_(
                HeldDuty.community_id == sheet.community_id,
                HeldDuty.role.in_(_RECORDERS),
                literal(sheet.path).startswith(HeldDuty.path, autoescape=False),
                since,
            )
        )
        .distinct()
        .order_by(User.name, User.id)
    )
    return dict(rows.tuples().all())


def group_ids(paths: Sequence[str]) -> dict[str, int]:
    """The ids of groups by their paths."""
    rows = db.session.execute(select(Place.path, Place.id).where(Place.path.in_(paths)))
    return dict(rows.tuples().all())
