"""What waits for somebody, asked as one question of several parts, those they have a right to.

It is asked at every look at the list. Each part finds its own index, and none holds a line of
another, so nothing is looked for twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from portal.access import Permission, Person, spans, within_one
from portal.coverage.models import Decision, Door, Round, TrayItem
from portal.db import table_of
from portal.questions import Question, Unread
from portal.shifts.models import Assignment, Shift
from portal.tasks.queries import IS_OPEN, TASK
from portal.tasks.states import TaskKind
from portal.tasks.steps import Move, Step
from portal.tasks.warning_models import WarningEvent
from portal.tasks.warning_queries import IS_ASSIGNED, WARNING
from portal.tasks.warning_queries import IS_OPEN as IS_OPEN_WARNING
from portal.tower.models import Dwelling

AT_DESK = (Step.NEW, Step.SEEN, Step.SIGNED, Step.DISSUADED)
AHEAD = timedelta(days=7)  # agreed times further off are no task yet
ANSWER_WITHIN = timedelta(days=2)  # what waits in the tray, before somebody asks
DOOR, ROUND, TRAY = table_of(Door), table_of(Round), table_of(TrayItem)
DWELLING, SHIFT, ASSIGNMENT = table_of(Dwelling), table_of(Shift), table_of(Assignment)
# Written out, so that SQLite sees that the index over these few fits.
WANTS_STAND_IN: ColumnElement[bool] = literal_column("assignments.stand_in_since IS NOT NULL")
_NOTHING = literal_column("''", String)
_NONE: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
_MY_COMMUNITIES: BindParameter[Any] = bindparam("communities", expanding=True)


class Found(NamedTuple):
    """A row of the answer. `first` and `second` are numbers in an address, 0 for none.

    `home` is the dwelling of a door. `since` is when the line is due, but for the tray: there it
    is when the oldest was reported.
    """

    kind: TaskKind
    since: datetime
    path: str
    what: str | None
    unit: str | None
    room: str | None
    first: int
    second: int
    home: int | None
    asked: bool
    times: int
    late: bool


class _Rights(NamedTuple):
    """In how many places somebody has each of the rights that decide what waits for them."""

    goes_to: int
    warnings: int
    reviews: int
    tray: int
    shifts: int


def waiting_for(person: Person, at: datetime) -> Unread:
    """Everything but bulletins that waits for a person, as rows of `Found` that nobody has read."""
    places = {
        "goes_to": person.goes_to,
        "warnings": person.paths(Permission.RUN_WARNINGS),
        "reviews": person.paths(Permission.REVIEW_WARNINGS),
        "tray": person.paths(Permission.APPROVE_DOORS),
        "shifts": person.paths(Permission.RUN_SHIFTS),
    }
    values: dict[str, Any] = {
        "me": person.id,
        "communities": list(person.community_ids),
        "at": at,
        "ahead": at + AHEAD,
        "unanswered": at - ANSWER_WITHIN,
    }
    for name, paths in places.items():
        values |= spans(name, paths)
    rights = _Rights(**{name: len(paths) for name, paths in places.items()})
    return _question(rights).unread(values)


@lru_cache(maxsize=200)
def _question(rights: _Rights) -> Question:
    parts = [_held(), _offered(), _to_visit(), _to_come_along()]
    if rights.goes_to:
        parts.append(_agreed(rights.goes_to))
    if rights.warnings:
        parts.append(_at_desk(rights.warnings))
    if rights.reviews:
        parts.append(_to_review(rights.reviews))
    if rights.tray:
        parts.append(_tray(rights.tray))
    if rights.shifts:
        parts.append(_stand_ins(rights.shifts))
    return Question(union_all(*parts))


# Tasks -------------------------------------------------------------------------------------------


def _held() -> Select[Any]:
    return _tasks(TASK.c.holder_id == bindparam("me"), IS_OPEN, asked=false())


def _offered() -> Select[Any]:
    is_asked = TASK.c.offered_to == bindparam("me")
    return _tasks(is_asked, TASK.c.offered_to.is_not(None), asked=true())


def _tasks(*conditions: ColumnElement[bool], asked: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            TASK.c.kind.label("kind"),
            TASK.c.due_at.label("since"),
            TASK.c.path,
            TASK.c.what,
            DWELLING.c.unit,
            DWELLING.c.room,
            TASK.c.id.label("first"),
            _NONE.label("second"),
            TASK.c.dwelling_id.label("home"),
            asked.label("asked"),
            _ONE.label("times"),
            (TASK.c.due_at < bindparam("at")).label("late"),
        )
        .select_from(TASK)
        .outerjoin(DWELLING, DWELLING.c.id == TASK.c.dwelling_id)
        .where(*conditions)
    )


# Warnings ----------------------------------------------------------------------------------------

_EVENT = table_of(WarningEvent)
_SENT = ("visitor", "companion")  # in the facts of an assignment
_VISITS = WARNING.c.visitor_id == bindparam("me")
_COMES_ALONG = WARNING.c.companion_id == bindparam("me")
_VISITS_NOT = WARNING.c.visitor_id.is_(None) | ~_VISITS
_OPEN_HERE = WARNING.c.community_id.in_(_MY_COMMUNITIES) & IS_OPEN_WARNING


def _to_visit() -> Select[Any]:
    """Warnings whose people somebody goes to see."""
    return _warnings(IS_ASSIGNED, _VISITS)


def _to_come_along() -> Select[Any]:
    return _warnings(IS_ASSIGNED, _COMES_ALONG, _VISITS_NOT)


def _at_desk(places: int) -> Select[Any]:
    here = within_one(WARNING.c.path, "warnings", places)
    return _warnings(_OPEN_HERE, WARNING.c.step.in_(AT_DESK), here)


def _to_review(places: int) -> Select[Any]:
    """Replied warnings where somebody reviews; never those one has been to."""
    here = within_one(WARNING.c.path, "reviews", places)
    other = WARNING.c.companion_id.is_(None) | ~_COMES_ALONG
    went = exists().where(
        _EVENT.c.warning_id == WARNING.c.id,
        _EVENT.c.move == Move.VISIT,
        (_EVENT.c.by_id == bindparam("me")) | _was_sent(_EVENT.c.id),
    )
    return _warnings(_OPEN_HERE, WARNING.c.step == Step.REPLIED, here, _VISITS_NOT, other, ~went)


def _was_sent(visit: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether somebody was among those sent when a visit was reported: see `steps.who_went`."""
    sent, later = _EVENT.alias(), _EVENT.alias()
    given_on = exists().where(
        later.c.warning_id == WARNING.c.id,
        later.c.move == Move.ASSIGN,
        later.c.id > sent.c.id,
        later.c.id < visit,
    )
    found = exists().where(
        sent.c.warning_id == WARNING.c.id,
        sent.c.move == Move.ASSIGN,
        sent.c.id < visit,
        or_(*(sent.c.facts[who].as_integer() == bindparam("me") for who in _SENT)),
        ~given_on.correlate(WARNING, _EVENT, sent),
    )
    return found.correlate(WARNING, _EVENT)


def _warnings(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            _kind(TaskKind.WARNING),
            WARNING.c.due_at,
            WARNING.c.path,
            type_coerce(WARNING.c.step, String),
            DWELLING.c.unit,
            DWELLING.c.room,
            WARNING.c.id,
            _NONE,
            WARNING.c.dwelling_id,
            false(),
            _ONE,
            WARNING.c.due_at < bindparam("at"),
        )
        .select_from(WARNING)
        .outerjoin(DWELLING, DWELLING.c.id == WARNING.c.dwelling_id)
        .where(*conditions)
    )


# Doors, tray, rota -------------------------------------------------------------------------------


def _agreed(places: int) -> Select[Any]:
    """Agreed times at the doors of those who go from door to door: past, today and soon."""
    return (
        select(
            _kind(TaskKind.APPOINTMENT),
            DOOR.c.appointment_at,
            DOOR.c.path,
            ROUND.c.name,
            DOOR.c.unit,
            DOOR.c.room,
            DOOR.c.round_id,
            DOOR.c.dwelling_id,
            DOOR.c.dwelling_id,
            false(),
            _ONE,
            DOOR.c.appointment_at < bindparam("at"),
        )
        .select_from(DOOR)
        .join(ROUND, ROUND.c.id == DOOR.c.round_id)
        .where(
            DOOR.c.community_id.in_(_MY_COMMUNITIES),
            DOOR.c.appointment_at.is_not(None),
            DOOR.c.appointment_at < bindparam("ahead"),
            ROUND.c.closed_at.is_(None),
            within_one(DOOR.c.path, "goes_to", places),
        )
    )


def _tray(places: int) -> Select[Any]:
    """What waits in the tray for those who decide, one line a round."""
    oldest = func.min(TRAY.c.reported_at)
    return (
        select(
            _kind(TaskKind.FOUND),
            oldest,
            ROUND.c.path,
            ROUND.c.name,
            _NOTHING,
            _NOTHING,
            TRAY.c.round_id,
            _NONE,
            _NONE,
            false(),
            func.count(),
            oldest < bindparam("unanswered"),
        )
        .select_from(TRAY)
        .join(ROUND, ROUND.c.id == TRAY.c.round_id)
        .where(
            TRAY.c.community_id.in_(_MY_COMMUNITIES),
            TRAY.c.decision == Decision.WAITING,
            within_one(TRAY.c.path, "tray", places),
        )
        .group_by(TRAY.c.round_id, ROUND.c.name, ROUND.c.path)
    )


def _stand_ins(places: int) -> Select[Any]:
    """Shifts whose holder cannot come, for those who run the shifts there; due when they begin."""
    return (
        select(
            _kind(TaskKind.STAND_IN),
            SHIFT.c.starts_at,
            SHIFT.c.path,
            ASSIGNMENT.c.stand_in_why,
            _NOTHING,
            _NOTHING,
            SHIFT.c.id,
            _NONE,
            _NONE,
            false(),
            _ONE,
            false(),
        )
        .select_from(ASSIGNMENT)
        .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
        .where(
            ASSIGNMENT.c.community_id.in_(_MY_COMMUNITIES),
            WANTS_STAND_IN,
            ASSIGNMENT.c.standing == "held",
            SHIFT.c.starts_at > bindparam("at"),
            within_one(SHIFT.c.path, "shifts", places),
        )
    )


def _kind(kind: TaskKind) -> ColumnElement[str]:
    return literal_column(f"'{kind}'", String)
