"""Finding rounds, their doors, and whoever has or had to do with these."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, literal, or_, select

from portal.access import GRANTS, Permission, Person, Role, below, span, within
from portal.accounts import crews
from portal.accounts.models import HeldDuty
from portal.coverage.models import Door, Epoch, Round, Tally
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.questions import Question
from portal.tower.models import Dwelling, Place


def rounds_visible_to(
    person: Person, permission: Permission = Permission.SEE_PLAN
) -> Select[tuple[Round]]:
    """Rounds that touch the places where a person has a permission, newest first."""
    touching = [
        below(Round.path, path) | literal(path).startswith(Round.path, autoescape=False)
        for path in person.paths(permission)
    ]
    condition = or_(*touching) if touching else false()
    return select(Round).where(condition).order_by(Round.closed_at.is_not(None), Round.id.desc())


def find_round(
    person: Person, round_id: int, permission: Permission = Permission.SEE_PLAN
) -> Round:
    """One round that touches a person's places; NotFoundError for any other."""
    found: Round | None = db.session.scalar(
        rounds_visible_to(person, permission).where(Round.id == round_id)
    )
    if found is None:
        raise NotFoundError
    return found


def all_rounds() -> list[Round]:
    """The rounds of all communities, oldest first: for commands."""
    return list(db.session.scalars(select(Round).order_by(Round.id)))


def lock_doors(community_id: int, round_id: int, ids: list[int]) -> Sequence[Row[Any]]:
    """The doors about to change with their group's tally, held until the end of the transaction."""
    return _HELD_DOORS.all({"community": community_id, "round": round_id, "ids": ids})


# Statements that every report needs are built once, and name tables.
_DOOR = table_of(Door).c
_TALLY = table_of(Tally).c
_HELD_DOORS = Question(
    select(
        _DOOR.dwelling_id,
        _DOOR.path,
        _DOOR.joined_at,
        _TALLY.building_id,
        _TALLY.estate_id,
        _TALLY.closed,
        _TALLY.signed,
    )
    .join(
        table_of(Tally),
        and_(
            _TALLY.community_id == _DOOR.community_id,
            _TALLY.round_id == _DOOR.round_id,
            _TALLY.path == _DOOR.path,
        ),
    )
    .where(
        _DOOR.community_id == bindparam("community"),
        _DOOR.round_id == bindparam("round"),
        _DOOR.dwelling_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(_TALLY.path, _DOOR.dwelling_id)
    .with_for_update(of=[table_of(Tally), table_of(Door)])
)


def had_duty_at(person: Person, path: str, *, since: datetime) -> bool:
    """Whether a person held a duty over a place, or had a part in a shift there, after `since`."""
    ended = db.session.execute(
        select(HeldDuty.path).where(
            HeldDuty.user_id == person.id,
            HeldDuty.ended_at > since,
            HeldDuty.role.in_([r for r in Role if Permission.RECORD_VISITS in GRANTS[r]]),
        )
    )
    return any(path.startswith(row.path) for row in ended) or crews.had_part(
        person.id, path, since=since
    )


def serves_beside(person: Person, path: str) -> bool:
    """Whether a person visits a group of the building in which the group with `path` lies."""
    building = path[: path.rindex("/", 0, -1) + 1]
    return any(own.startswith(building) for own in person.paths(Permission.RECORD_VISITS))


def rounds_by_id(ids: Collection[int]) -> dict[int, Round]:
    """Rounds by their numbers, whoever may see them: for reports, whose doors decide."""
    found = db.session.scalars(select(Round).where(Round.id.in_(ids)))
    return {opened.id: opened for opened in found}


def maybe_home(person: Person, community_id: int) -> str | None:
    """Where in a community a person serves, or has served last."""
    return db.session.scalar(
        select(HeldDuty.path)
        .where(HeldDuty.user_id == person.id, HeldDuty.community_id == community_id)
        .order_by(HeldDuty.ended_at.is_not(None), HeldDuty.ended_at.desc(), HeldDuty.id)
        .limit(1)
    )


def maybe_epoch() -> Epoch | None:
    """The present epoch of the database."""
    return db.session.scalar(select(Epoch).order_by(Epoch.id.desc()).limit(1))


def not_in_base(opened: Round, *, only: int | None = None) -> list[ColumnElement[bool]]:
    """The conditions of a dwelling that lies in a round's scope and has no door in it.

    `only` names one dwelling, found at the door, whatever tag the round asks for.
    """
    dwelling, door = Dwelling.__table__.c, Door.__table__.c
    known = select(door.dwelling_id).where(
        door.community_id == opened.community_id,
        door.round_id == opened.id,
        door.dwelling_id == dwelling.id,
    )
    conditions = [
        dwelling.community_id == opened.community_id,
        below(dwelling.path, opened.path),
        ~known.exists(),
    ]
    if only is not None:
        return [*conditions, dwelling.id == only]
    return [*conditions, dwelling.care_tag == opened.care_tag] if opened.care_tag else conditions


def open_rounds(community_id: int) -> list[Round]:
    """The rounds of a community that are open, in the order in which they are held."""
    return list(
        db.session.scalars(
            select(Round)
            .where(Round.community_id == community_id, Round.closed_at.is_(None))
            .order_by(Round.id)
        )
    )


def door_paths(opened: Round, building: Place) -> set[str]:
    """The groups of a building in which a round has doors."""
    values = {"community": opened.community_id, "round": opened.id, **span(building.path)}
    return set(db.session.scalars(_DOOR_PATHS, values))


_DOOR_PATHS = (
    select(_DOOR.path)
    .where(
        _DOOR.community_id == bindparam("community"),
        _DOOR.round_id == bindparam("round"),
        within(_DOOR.path),
    )
    .distinct()
)
