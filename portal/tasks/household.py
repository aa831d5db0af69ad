"""What else waits at a household, as far as a person may see it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.db import db
from portal.tasks import queries, warning_queries
from portal.tasks.inbox import DOOR, Entry, open_rounds
from portal.tasks.models import Task
from portal.tasks.states import TaskKind
from portal.tasks.warning_models import Warning

Found = Iterable[tuple[Entry, str | None]]  # with the name of whoever has it


def waiting_at(person: Person, dwelling_id: int) -> list[tuple[Entry, str | None]]:
    """Tasks, warnings and agreed times at a door, the most urgent first."""
    found = [
        *_tasks(person, dwelling_id),
        *_warnings(person, dwelling_id),
        *_appointments(person, dwelling_id),
    ]
    return sorted(found, key=lambda pair: (pair[0].due_at, pair[0].kind, pair[0].ids))


def _tasks(person: Person, dwelling_id: int) -> Found:
    query = (
        select(Task.id, Task.kind, Task.what, Task.path, Task.due_at, User.name)
        .outerjoin(User, User.id == Task.holder_id)
        .where(Task.dwelling_id == dwelling_id, queries.IS_OPEN, queries.visible_to(person))
    )
    for task_id, kind, what, path, due_at, who in db.session.execute(query):
        yield Entry(kind, due_at, path, what, None, (task_id,)), who


def _warnings(person: Person, dwelling_id: int) -> Found:
    query = (
        select(Warning.id, Warning.step, Warning.path, Warning.due_at, User.name)
        .outerjoin(User, User.id == Warning.visitor_id)
        .where(
            Warning.dwelling_id == dwelling_id,
            warning_queries.IS_OPEN,
            warning_queries.visible_to(person),
        )
    )
    for warning_id, step, path, due_at, who in db.session.execute(query):
        yield Entry(TaskKind.WARNING, due_at, path, step, None, (warning_id,)), who


def _appointments(person: Person, dwelling_id: int) -> Found:
    rounds = open_rounds(person) if person.may(Permission.SEE_PLAN) else {}
    query = select(DOOR.c.round_id, DOOR.c.path, DOOR.c.appointment_at).where(
        DOOR.c.community_id.in_(person.community_ids),
        DOOR.c.round_id.in_(rounds),
        DOOR.c.dwelling_id == dwelling_id,
        DOOR.c.appointment_at.is_not(None),
        in_scope(person, Permission.SEE_PLAN, DOOR.c.path),
    )
    if rounds:
        for round_id, path, agreed in db.session.execute(query):
            ids = (round_id, dwelling_id)
            yield Entry(TaskKind.APPOINTMENT, agreed, path, rounds[round_id], None, ids), None
