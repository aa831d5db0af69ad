"""What else waits at a household, as far as a person may see it: one question of several parts."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
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
from portal.db import table_of
from portal.questions import Question
from portal.tasks.inbox import Entry
from portal.tasks.inbox_queries import DOOR, ROUND
from portal.tasks.queries import IS_OPEN, TASK
from portal.tasks.states import TaskKind
from portal.tasks.warning_queries import IS_OPEN as IS_OPEN_WARNING
from portal.tasks.warning_queries import WARNING

USER = table_of(User)


class Beside(NamedTuple):
    """A line at a household, and who has it."""

    entry: Entry
    who: str | None


class _Rights(NamedTuple):
    """In how many places somebody sees all tasks, all warnings and the doors."""

    tasks: int
    warnings: int
    doors: int


def waiting_at(person: Person, dwelling_id: int) -> list[Beside]:
    """Tasks, warnings and agreed times at a door, the most urgent first."""
    places = {
        "tasks": person.paths(Permission.RUN_TASKS),
        "warnings": person.paths(Permission.SEE_WARNINGS),
        "doors": person.paths(Permission.SEE_PLAN),
    }
    values: dict[str, Any] = {
        "dwelling": dwelling_id,
        "me": person.id,
        "communities": list(person.community_ids),
    }
    for name, paths in places.items():
        values |= spans(name, paths)
    rights = _Rights(**{name: len(paths) for name, paths in places.items()})
    found = [_beside(*row) for row in _question(rights).all(values)]
    return sorted(found, key=lambda one: (one.entry.due_at, one.entry.kind, one.entry.ids))


def _beside(
    kind: TaskKind,
    due_at: datetime,
    path: str,
    what: str,
    first: int,
    second: int,
    who: str | None,
) -> Beside:
    ids = (first, second) if second else (first,)
    return Beside(Entry(kind, due_at, path, what, None, ids), who)


@lru_cache(maxsize=200)
def _question(rights: _Rights) -> Question:
    parts = [_tasks(rights.tasks), _warnings(rights.warnings)]
    if rights.doors:
        parts.append(_agreed(rights.doors))
    return Question(union_all(*parts))


def _tasks(places: int) -> Select[Any]:
    mine = or_(TASK.c.holder_id == bindparam("me"), TASK.c.offered_to == bindparam("me"))
    return (
        select(
            TASK.c.kind,
            TASK.c.due_at,
            TASK.c.path,
            TASK.c.what,
            TASK.c.id,
            literal_column("0"),
            USER.c.name,
        )
        .select_from(TASK)
        .outerjoin(USER, USER.c.id == TASK.c.holder_id)
        .where(
            TASK.c.dwelling_id == bindparam("dwelling"),
            IS_OPEN,
            mine | within_one(TASK.c.path, "tasks", places) if places else mine,
        )
    )


def _warnings(places: int) -> Select[Any]:
    mine = or_(WARNING.c.visitor_id == bindparam("me"), WARNING.c.companion_id == bindparam("me"))
    return (
        select(
            _kind(TaskKind.WARNING),
            WARNING.c.due_at,
            WARNING.c.path,
            type_coerce(WARNING.c.step, String),
            WARNING.c.id,
            literal_column("0"),
            USER.c.name,
        )
        .select_from(WARNING)
        .outerjoin(USER, USER.c.id == WARNING.c.visitor_id)
        .where(
            WARNING.c.dwelling_id == bindparam("dwelling"),
            IS_OPEN_WARNING,
            mine | within_one(WARNING.c.path, "warnings", places) if places else mine,
        )
    )


def _agreed(places: int) -> Select[Any]:
    return (
        select(
            _kind(TaskKind.APPOINTMENT),
            DOOR.c.appointment_at,
            DOOR.c.path,
            ROUND.c.name,
            DOOR.c.round_id,
            DOOR.c.dwelling_id,
            null(),
        )
        .select_from(ROUND)
        .join(DOOR, (DOOR.c.community_id == ROUND.c.community_id) & (DOOR.c.round_id == ROUND.c.id))
        .where(
            ROUND.c.community_id.in_(bindparam("communities", expanding=True)),
            ROUND.c.closed_at.is_(None),
            DOOR.c.dwelling_id == bindparam("dwelling"),
            DOOR.c.appointment_at.is_not(None),
            within_one(DOOR.c.path, "doors", places),
        )
    )


def _kind(kind: TaskKind) -> ColumnElement[str]:
    return literal_column(f"'{kind}'", String)
