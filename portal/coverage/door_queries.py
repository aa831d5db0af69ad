"""Finding doors: the plan of a building, one door with its history, doors to report about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, String, bindparam, false, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, below, in_scope, spans, within_one
from portal.accounts.models import User
from portal.coverage.event_queries import maybe_visit
from portal.coverage.models import Door, Round, Tally, Visit
from portal.coverage.queries import had_duty_at, serves_beside
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.questions import Question, noted
from portal.tower.models import Dwelling, Level, Place

# Statements of the hot pages are built once and name tables, not models: SQLAlchemy answers these
# with plain rows and needs no second look at them.
ROUND, PLACE, DWELLING = table_of(Round), table_of(Place), table_of(Dwelling)
DOOR, TALLY = table_of(Door).c, table_of(Tally).c
_ESTATE = PLACE.alias("estate")
_AFTER = func.substr(PLACE.c.path, 1, func.length(PLACE.c.path) - 1).concat("0")
_HEAD = Question(
    select(
        ROUND.c.id,
        ROUND.c.community_id,
        ROUND.c.name,
        ROUND.c.opened_at,
        ROUND.c.closed_at,
        PLACE.c.id.label("building_id"),
        PLACE.c.name.label("building"),
        PLACE.c.path,
        PLACE.c.version.label("place_version"),
        _ESTATE.c.id.label("estate_id"),
        _ESTATE.c.name.label("estate"),
        select(func.sum(TALLY.version))
        .where(
            TALLY.community_id == PLACE.c.community_id,
            TALLY.round_id == ROUND.c.id,
            TALLY.path >= PLACE.c.path,
            TALLY.path < _AFTER,
        )
        .scalar_subquery()
        .label("version"),
    )
    .select_from(ROUND)
    .join(PLACE, PLACE.c.community_id == ROUND.c.community_id)
    .join(_ESTATE, _ESTATE.c.id == PLACE.c.parent_id)
    .where(
        ROUND.c.id == bindparam("round"),
        PLACE.c.id == bindparam("building"),
        PLACE.c.level == Level.BUILDING,
    )
)


def plan_head(person: Person, round_id: int, building_id: int) -> Any:
    """A round and a building with the version of everything the building's plan shows.

    NotFoundError unless some part of the building is in the person's reach.
    """
    rows = noted(_HEAD, lambda: {"round": round_id, "building": building_id}).read()
    row = rows[0] if rows else None
    if row is None or row.version is None or not person.parts(Permission.SEE_PLAN, row.path):
        raise NotFoundError
    return row


# The state is read as it is stored, a word: a plan has no use for members of a list.
_CELL = (
    DOOR.dwelling_id,
    DOOR.unit,
    DOOR.floor,
    DOOR.room,
    type_coerce(DOOR.state, String).label("state"),
    DOOR.attempts,
    DOOR.remaining,
    DOOR.appointment_at,
)
_DOORS = (
    select(*_CELL)
    .where(DOOR.community_id == bindparam("community"), DOOR.round_id == bindparam("round"))
    .order_by(DOOR.position, DOOR.dwelling_id)
)


def plan_doors(community_id: int, round_id: int, *paths: str) -> Sequence[Row[Any]]:
    """Every door of a building, or of parts of it, in walking order: one query, no page limit."""
    values = {"community": community_id, "round": round_id, **spans("part", paths)}
    return _plan(len(paths)).all(values)


@cache
def _plan(parts: int) -> Question:
    return Question(_DOORS.where(within_one(DOOR.path, "part", parts)))


def find_door(
    person: Person,
    round_id: int,
    dwelling_id: int,
    permission: Permission = Permission.SEE_PLAN,
) -> Row[Any]:
    """A door with the names of its places, its dwelling and its round."""
    row = _maybe_door(round_id, dwelling_id)
    if row is None or not person.may(permission, path=row.Door.path):
        raise NotFoundError
    return row


def _maybe_door(round_id: int, dwelling_id: int) -> Row[Any] | None:
    values = {"round": round_id, "dwelling": dwelling_id}
    return db.session.execute(_ONE_DOOR, values).one_or_none()


_IN_GROUP, _IN_BUILDING, _IN_ESTATE = aliased(Place), aliased(Place), aliased(Place)
_ONE_DOOR = (
    select(
        Door,
        Round,
        Dwelling,
        _IN_BUILDING.id.label("building_id"),
        _IN_BUILDING.name.label("building"),
        _IN_BUILDING.path.label("building_path"),
        _IN_ESTATE.name.label("estate"),
        _IN_GROUP.number.label("group_number"),
    )
    .join(Round, (Round.id == Door.round_id) & (Round.community_id == Door.community_id))
    .join(Dwelling, Dwelling.id == Door.dwelling_id)
    .join(_IN_GROUP, _IN_GROUP.id == Dwelling.group_id)
    .join(_IN_BUILDING, _IN_BUILDING.id == Dwelling.building_id)
    .join(_IN_ESTATE, _IN_ESTATE.id == _IN_BUILDING.parent_id)
    .where(Door.round_id == bindparam("round"), Door.dwelling_id == bindparam("dwelling"))
)


def history(community_id: int, round_id: int, dwelling_id: int) -> Sequence[Row[Any]]:
    """The events at a door with the names of their authors, newest first."""
    author, credit = aliased(User), aliased(User)
    return db.session.execute(
        select(Visit, author.name.label("author"), credit.name.label("credit"))
        .join(author, author.id == Visit.author_id)
        .join(credit, credit.id == Visit.credit_id)
        .where(
            Visit.community_id == community_id,
            Visit.round_id == round_id,
            Visit.dwelling_id == dwelling_id,
        )
        .order_by(Visit.happened_at.desc(), Visit.seq.desc())
    ).all()


def find_visit(opened: Round, uuid: str) -> Visit:
    """An event of a round by its id; whether its door is in reach is asked of the door."""
    found = maybe_visit(opened.community_id, uuid)
    if found is None or found.round_id != opened.id:
        raise NotFoundError
    return found


def door_for_report(person: Person, round_id: int, dwelling_id: int) -> Any:
    """A door somebody reports about: within reach now, or until a duty or the door was moved.

    With the community and the building, and no more than a report needs.
    """
    row = _REPORTED.one_or_none({"round": round_id, "dwelling": dwelling_id})
    if row is None or not (
        person.may(Permission.SEE_PLAN, path=row.path)
        or had_duty_at(person, row.path, since=row.joined_at)
        or serves_beside(person, row.path)
    ):
        raise NotFoundError
    return row


def door_reported(person: Person, round_id: int, dwelling_id: int) -> Any:
    """The same of a door within reach, about which something has been reported."""
    row = _REPORTED.one_or_none({"round": round_id, "dwelling": dwelling_id})
    if row is None or not person.may(Permission.SEE_PLAN, path=row.path):
        raise NotFoundError
    return row


_REPORTED = Question(
    select(
        DOOR.community_id,
        DOOR.round_id,
        DOOR.dwelling_id,
        DOOR.path,
        DOOR.unit,
        DOOR.floor,
        DOOR.room,
        DOOR.joined_at,
        TALLY.building_id,
        PLACE.c.path.label("building_path"),
    )
    .select_from(ROUND)
    .join(
        table_of(Door), (DOOR.community_id == ROUND.c.community_id) & (DOOR.round_id == ROUND.c.id)
    )
    .join(
        table_of(Tally),
        (TALLY.community_id == DOOR.community_id)
        & (TALLY.round_id == DOOR.round_id)
        & (TALLY.path == DOOR.path),
    )
    .join(PLACE, PLACE.c.id == TALLY.building_id)
    .where(ROUND.c.id == bindparam("round"), DOOR.dwelling_id == bindparam("dwelling"))
)


def doors_in(head: Row[Any], ids: Sequence[int], *paths: str) -> list[int]:
    """The named doors, which all stand in these parts of a building; NotFoundError for others."""
    door = Door.__table__.c
    found = db.session.scalars(
        select(door.dwelling_id).where(
            door.community_id == head.community_id,
            door.round_id == head.id,
            door.dwelling_id.in_(ids),
            or_(false(), *(below(door.path, path) for path in paths)),
        )
    ).all()
    if len(found) != len(set(ids)):
        raise NotFoundError
    return list(found)


def door_exists(head: Row[Any], *, unit: str, floor: int, room: str) -> bool:
    """Whether a plan already shows a door."""
    return any(
        (door.unit, door.floor, door.room) == (unit, floor, room)
        for door in plan_doors(head.community_id, head.id, head.path)
    )


def is_in_round(opened: Round, dwelling_id: int) -> bool:
    """Whether a dwelling has a door in a round."""
    return db.session.get(Door, (opened.community_id, opened.id, dwelling_id)) is not None


def doors_to_approve(person: Person, ids: Sequence[int]) -> set[tuple[int, int]]:
    """(round, dwelling) of those doors about which a person decides."""
    door = Door.__table__.c
    found = db.session.execute(
        select(door.round_id, door.dwelling_id).where(
            door.dwelling_id.in_(ids), in_scope(person, Permission.APPROVE_DOORS, door.path)
        )
    )
    return {(row.round_id, row.dwelling_id) for row in found}
