"""What else waits at a household, as far as a person may see it: one question of several parts."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    bindparam,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from portal.access import Permission, Person, spans, within_one
from portal.accounts.models import User
from portal.db import one_of, table_of
from portal.questions import Question
from portal.tasks.inbox import Entry
from portal.tasks.inbox_queries import DOOR, DWELLING, ROUND
from portal.tasks.queries import IS_OPEN, TASK
from portal.tasks.states import TaskKind
from portal.tasks.warning_queries import IS_OPEN as IS_OPEN_WARNING
from portal.tasks.warning_queries import WARNING

USER = table_of(User)
_OPEN = ROUND.alias()
_MY_COMMUNITIES: BindParameter[Any] = bindparam("communities", expanding=True)
# Said of the doors, so that their key serves: of the rounds, a database would look at all doors.
_IN_OPEN_ROUNDS = DOOR.c.community_id.in_(_MY_COMMUNITIES) & DOOR.c.round_id.in_(
    select(_OPEN.c.id).where(_OPEN.c.community_id.in_(_MY_COMMUNITIES), _OPEN.c.closed_at.is_(None))
)
_HOME = (DWELLING.c.id, DWELLING.c.unit, DWELLING.c.room)


class Beside(NamedTuple):
    """A line at a household, who has it, and the report that asked for it, if one did."""

    dwelling_id: int
    unit: str
    room: str
    entry: Entry
    who: str | None
    report: str | None


class _Rights(NamedTuple):
    """In how many places somebody sees all tasks and all warnings."""

    tasks: int
    warnings: int


def waiting_at(person: Person, dwelling_ids: Collection[int]) -> list[Beside]:
    """Tasks, warnings and agreed times at some doors, the most urgent first."""
    places = {
        "tasks": person.paths(Permission.RUN_TASKS),
        "warnings": person.paths(Permission.SEE_WARNINGS),
    }
    values: dict[str, Any] = {
        "dwellings": dwelling_ids,
        "me": person.id,
        "communities": list(person.community_ids),
    }
    for name, paths in places.items():
        values |= spans(name, paths)
    rights = _Rights(**{name: len(paths) for name, paths in places.items()})
    found = [_beside(*row) for row in _question(rights).all(values)]
    seen = [one for one in found if _may_see(person, one.entry)]
    return sorted(seen, key=lambda one: (one.entry.due_at, one.entry.kind, one.entry.ids))


def _beside(dwelling_id: int, unit: str, room: str, *about: Any) -> Beside:
    kind, due_at, path, what, first, second, who, report = about
    ids = (first, second) if second else (first,)
    return Beside(dwelling_id, unit, room, Entry(kind, due_at, path, what, None, ids), who, report)


def _may_see(person: Person, entry: Entry) -> bool:
    """Doors are found by their key alone: with places as well, SQLite goes through the places."""
    return entry.kind is not TaskKind.APPOINTMENT or person.may(
        Permission.SEE_PLAN, path=entry.path
    )


@lru_cache(maxsize=200)
def _question(rights: _Rights) -> Question:
    return Question(union_all(_tasks(rights.tasks), _warnings(rights.warnings), _agreed()))


def _tasks(places: int) -> Select[Any]:
    mine = or_(TASK.c.holder_id == bindparam("me"), TASK.c.offered_to == bindparam("me"))
    return (
        select(
            *_HOME,
            TASK.c.kind,
            TASK.c.due_at,
            TASK.c.path,
            TASK.c.what,
            TASK.c.id,
            literal_column("0"),
            USER.c.name,
            TASK.c.visit,
        )
        .select_from(TASK)
        .join(DWELLING, DWELLING.c.id == TASK.c.dwelling_id)
        .outerjoin(USER, USER.c.id == TASK.c.holder_id)
        .where(
            one_of(TASK.c.dwelling_id, "dwellings"),
            IS_OPEN,
            mine | within_one(TASK.c.path, "tasks", places) if places else mine,
        )
    )


def _warnings(places: int) -> Select[Any]:
    mine = or_(WARNING.c.visitor_id == bindparam("me"), WARNING.c.companion_id == bindparam("me"))
    return (
        select(
            *_HOME,
            _kind(TaskKind.WARNING),
            WARNING.c.due_at,
            WARNING.c.path,
            type_coerce(WARNING.c.step, String),
            WARNING.c.id,
            literal_column("0"),
            USER.c.name,
            null(),
        )
        .select_from(WARNING)
        .join(DWELLING, DWELLING.c.id == WARNING.c.dwelling_id)
        .outerjoin(USER, USER.c.id == WARNING.c.visitor_id)
        .where(
            one_of(WARNING.c.dwelling_id, "dwellings"),
            IS_OPEN_WARNING,
            mine | within_one(WARNING.c.path, "warnings", places) if places else mine,
        )
    )


def _agreed() -> Select[Any]:
    return (
        select(
            DOOR.c.dwelling_id.label("home"),
            DOOR.c.unit,
            DOOR.c.room,
            _kind(TaskKind.APPOINTMENT),
            DOOR.c.appointment_at,
            DOOR.c.path,
            ROUND.c.name,
            DOOR.c.round_id,
            DOOR.c.dwelling_id,
            null(),
            null(),
        )
        .select_from(DOOR)
        .join(ROUND, ROUND.c.id == DOOR.c.round_id)
        .where(
            _IN_OPEN_ROUNDS,
            one_of(DOOR.c.dwelling_id, "dwellings"),
            DOOR.c.appointment_at.is_not(None),
        )
    )


def _kind(kind: TaskKind) -> ColumnElement[str]:
    return literal_column(f"'{kind}'", String)
