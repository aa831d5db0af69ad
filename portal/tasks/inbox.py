"""One person's list "what must I do next": tasks, and what follows from doors, tray and rota.

Only tasks are kept as such. An agreed time is a fact of its door, a report that waits is one of the
tray, a stand-in wanted one of the rota: they are read where they are, so the list cannot drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.engine import Row

from portal.access import Permission, Person, below, in_scope
from portal.coverage.models import Decision, Door, Round, TrayItem
from portal.db import db, table_of
from portal.relay.cards import cards
from portal.shifts.models import Assignment, Shift
from portal.tasks.queries import IS_OPEN, TASK
from portal.tasks.states import TaskKind
from portal.tasks.steps import Step
from portal.tasks.warning_queries import IS_ASSIGNED, WARNING
from portal.tasks.warning_queries import IS_OPEN as IS_OPEN_WARNING
from portal.tower.models import Dwelling

AT_DESK = (Step.NEW, Step.SEEN, Step.SIGNED, Step.DISSUADED)
AHEAD = timedelta(days=7)  # agreed times further off are no task yet
ANSWER_WITHIN = timedelta(days=2)  # what waits in the tray, before somebody asks
DOOR, ROUND, TRAY = table_of(Door), table_of(Round), table_of(TrayItem)
DWELLING, SHIFT, ASSIGNMENT = table_of(Dwelling), table_of(Shift), table_of(Assignment)
# Written out, so that SQLite sees that the index over these few fits.
IS_AWAITED: ColumnElement[bool] = literal_column(
    "(doors.appointment_at IS NOT NULL OR doors.pending != '')"
)
WANTS_STAND_IN: ColumnElement[bool] = literal_column("assignments.stand_in_since IS NOT NULL")


class Entry(NamedTuple):
    """A line of the list. `address` names what it is about: endpoint values by kind."""

    kind: TaskKind
    due_at: datetime
    path: str
    what: str
    door: tuple[str, str] | None  # unit, room
    ids: tuple[int, ...]
    asked: bool = False  # somebody asks me to take it; it is not mine yet
    times: int = 1


class Waiting(NamedTuple):
    """The list in two numbers, for pages that lead to it."""

    total: int
    overdue: int


def waiting(person: Person, at: datetime) -> Waiting:
    """How much waits for a person, and how much of it is overdue."""
    found = inbox(person, at)
    return Waiting(len(found), sum(entry.due_at < at for entry in found))


def inbox(person: Person, at: datetime) -> list[Entry]:
    """Everything that waits for a person, by due time, so the overdue first."""
    found = chain(
        _tasks(person),
        _warnings(person),
        _appointments(person, at),
        _tray(person),
        _stand_ins(person, at),
        _relays(person),
    )
    return sorted(found, key=lambda entry: (entry.due_at, entry.kind, entry.ids))


_MINE = (
    select(
        TASK.c.kind,
        TASK.c.due_at,
        TASK.c.path,
        TASK.c.what,
        DWELLING.c.unit,
        DWELLING.c.room,
        TASK.c.id,
        TASK.c.offered_to,
    )
    .select_from(TASK)
    .outerjoin(DWELLING, DWELLING.c.id == TASK.c.dwelling_id)
)


def _tasks(person: Person) -> Iterable[Entry]:
    """Asked in two parts, so that each finds its own index."""
    held = _MINE.where(TASK.c.holder_id == person.id, IS_OPEN)
    offered = _MINE.where(TASK.c.offered_to == person.id, TASK.c.offered_to.is_not(None))
    for row in db.session.execute(held.union_all(offered)):
        kind, due_at, path, what, unit, room, task_id, offered_to = row
        door = (unit, room) if room else None
        yield Entry(kind, due_at, path, what, door, (task_id,), asked=offered_to == person.id)


def _warnings(person: Person) -> Iterable[Entry]:
    """Steps of warnings that wait for a person: at the door, at the desk, for the review."""
    for condition in _whose_step(person):
        rows = db.session.execute(
            select(
                WARNING.c.id,
                WARNING.c.due_at,
                WARNING.c.path,
                WARNING.c.step,
                DWELLING.c.unit,
                DWELLING.c.room,
            )
            .select_from(WARNING)
            .outerjoin(DWELLING, DWELLING.c.id == WARNING.c.dwelling_id)
            .where(condition)
        )
        for warning_id, due_at, path, step, unit, room in rows:
            door = (unit, room) if room else None
            yield Entry(TaskKind.WARNING, due_at, path, step, door, (warning_id,))


def _whose_step(person: Person) -> Iterable[ColumnElement[bool]]:
    """Conditions that never hold for the same warning; each finds its own index."""
    goes = or_(WARNING.c.visitor_id == person.id, WARNING.c.companion_id == person.id)
    yield IS_ASSIGNED & goes
    here = WARNING.c.community_id.in_(person.community_ids) & IS_OPEN_WARNING
    if person.may(Permission.RUN_WARNINGS):
        at_desk = WARNING.c.step.in_(AT_DESK)
        yield here & at_desk & in_scope(person, Permission.RUN_WARNINGS, WARNING.c.path)
    if person.may(Permission.REVIEW_WARNINGS):
        other = WARNING.c.visitor_id.is_(None) | ~goes
        mine = in_scope(person, Permission.REVIEW_WARNINGS, WARNING.c.path)
        yield here & (WARNING.c.step == Step.REPLIED) & mine & other


def _appointments(person: Person, at: datetime) -> Iterable[Entry]:
    """Agreed times at the doors of those who go from door to door, today, past and soon."""
    paths = person.goes_to
    rounds = open_rounds(person) if paths else {}
    if not rounds:
        return
    rows = db.session.execute(
        select(
            DOOR.c.round_id,
            DOOR.c.dwelling_id,
            DOOR.c.path,
            DOOR.c.unit,
            DOOR.c.room,
            DOOR.c.appointment_at,
        ).where(
            DOOR.c.community_id.in_(person.community_ids),
            DOOR.c.round_id.in_(rounds),
            DOOR.c.appointment_at < at + AHEAD,
            IS_AWAITED,
            or_(*(below(DOOR.c.path, path) for path in paths)),
        )
    )
    for round_id, dwelling_id, path, unit, room, agreed in rows:
        door, ids = (unit, room), (round_id, dwelling_id)
        yield Entry(TaskKind.APPOINTMENT, agreed, path, rounds[round_id], door, ids)


def open_rounds(person: Person) -> dict[int, str]:
    """The names of the open rounds of a person's communities."""
    query = select(ROUND.c.id, ROUND.c.name).where(
        ROUND.c.community_id.in_(person.community_ids), ROUND.c.closed_at.is_(None)
    )
    return dict(db.session.execute(query).tuples().all())


def _tray(person: Person) -> Iterable[Entry]:
    """What waits in the tray for those who decide, one line a round."""
    if not person.may(Permission.APPROVE_DOORS):
        return
    rows: Sequence[Row[Any]] = db.session.execute(
        select(
            TRAY.c.round_id,
            ROUND.c.name,
            ROUND.c.path,
            func.min(TRAY.c.reported_at).label("oldest"),
            func.count().label("waiting"),
        )
        .join(ROUND, ROUND.c.id == TRAY.c.round_id)
        .where(
            TRAY.c.community_id.in_(person.community_ids),
            TRAY.c.decision == Decision.WAITING,
            in_scope(person, Permission.APPROVE_DOORS, TRAY.c.path),
        )
        .group_by(TRAY.c.round_id, ROUND.c.name, ROUND.c.path)
    ).all()
    for row in rows:
        due = row.oldest + ANSWER_WITHIN
        yield Entry(
            TaskKind.FOUND, due, row.path, row.name, None, (row.round_id,), times=row.waiting
        )


def _stand_ins(person: Person, at: datetime) -> Iterable[Entry]:
    """Shifts whose holder cannot come, for those who run the shifts there; due when they begin."""
    if not person.may(Permission.RUN_SHIFTS):
        return
    rows = db.session.execute(
        select(SHIFT.c.id, SHIFT.c.starts_at, SHIFT.c.path, ASSIGNMENT.c.stand_in_why)
        .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
        .where(
            ASSIGNMENT.c.community_id.in_(person.community_ids),
            WANTS_STAND_IN,
            ASSIGNMENT.c.standing == "held",
            SHIFT.c.starts_at > at,
            in_scope(person, Permission.RUN_SHIFTS, SHIFT.c.path),
        )
    )
    for shift_id, starts_at, path, why in rows:
        yield Entry(TaskKind.STAND_IN, starts_at, path, why or "", None, (shift_id,))


def _relays(person: Person) -> Iterable[Entry]:
    """Bulletins that have come down to somebody, one line an audience."""
    for card in cards(person):
        bulletin, first = card.bulletin, card.stops[0]
        yield Entry(
            TaskKind.RELAY,
            card.due_at,
            first.path,
            bulletin.title,
            None,
            (bulletin.id, first.id),
            times=len(card.stops),
        )
