"""Finding tasks: one, the open ones of a place, who carries how much, whom to tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, Role, below, in_scope
from portal.accounts.models import HeldDuty, User
from portal.coverage.models import Round, Visit
from portal.db import Base, db, table_of
from portal.errors import NotFoundError
from portal.tasks.models import DEFAULT_MEND_DAYS, DEFAULT_MOST_HELD, Task, TaskEvent, TaskRules
from portal.tasks.states import TaskKind, TaskState
from portal.tower.models import Dwelling, Level, Place, prefixes

TASK = table_of(Task)
# Written out, so that SQLite sees that an index over the open ones fits.
IS_OPEN: ColumnElement[bool] = literal_column("tasks.state = 'open'")
MOST_SHOWN = 500  # of a list of tasks; the page says so


def visible_to(person: Person) -> ColumnElement[bool]:
    """One's own tasks, those one is asked to take, and all where one gives tasks out."""
    mine = or_(Task.holder_id == person.id, Task.offered_to == person.id)
    return mine | in_scope(person, Permission.RUN_TASKS, Task.path)


def find(person: Person, task_id: int, *, lock: bool = False) -> Task:
    """A task within reach; `lock` holds it until the commit."""
    return find_one(Task, Task.id == task_id, visible_to(person), lock=lock)


def seen_by(person: Person, task_ids: Collection[int]) -> set[int]:
    """Those of some tasks that are within reach."""
    return set(db.session.scalars(select(Task.id).where(Task.id.in_(task_ids), visible_to(person))))


def loads_seen_by(person: Person, user_ids: Collection[int]) -> set[int]:
    """Those of some people who hold a task where this person gives tasks out."""
    here = in_scope(person, Permission.RUN_TASKS, Task.path)
    query = select(Task.holder_id).where(Task.holder_id.in_(user_ids), IS_OPEN, here)
    return {holder_id for holder_id in db.session.scalars(query) if holder_id}


def find_to_run(person: Person, task_id: int) -> Task:
    """A task at a place where a person gives tasks out, held until the commit."""
    here = in_scope(person, Permission.RUN_TASKS, Task.path)
    return find_one(Task, Task.id == task_id, here, lock=True)


M = TypeVar("M", bound=Base)


def find_one(model: type[M], *conditions: ColumnElement[bool], lock: bool) -> M:
    """The record that fits, held until the commit with `lock`; NotFoundError if there is none."""
    query = select(model).where(*conditions)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError
    return found


_HOLDER = aliased(User)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What the list of a coordinator is narrowed to; `age` is days since it was made, at least."""

    holder_id: int | None = None
    nobody: bool = False
    path: str | None = None
    kind: TaskKind | None = None
    overdue: bool = False
    closed: bool = False
    made_before: datetime | None = None
    text: str = ""


def listed(person: Person, search: Search, at: datetime) -> Sequence[Row[Any]]:
    """Tasks where a person gives tasks out (task, door, holder), the most urgent first."""
    query = _with_names(
        in_scope(person, Permission.RUN_TASKS, Task.path), *_conditions(search, at)
    ).where(Task.community_id.in_(person.community_ids))
    order = (Task.closed_at.desc(),) if search.closed else (Task.due_at, Task.id)
    return db.session.execute(query.order_by(*order).limit(MOST_SHOWN + 1)).all()


def _conditions(search: Search, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool] | None] = [
        Task.state == TaskState.CLOSED if search.closed else IS_OPEN,
        Task.holder_id == search.holder_id if search.holder_id else None,
        Task.holder_id.is_(None) if search.nobody else None,
        below(Task.path, search.path) if search.path else None,
        Task.kind == search.kind if search.kind else None,
        Task.due_at < at if search.overdue else None,
        Task.made_at < search.made_before if search.made_before else None,
        Task.what.icontains(search.text, autoescape=True) if search.text else None,
    ]
    return [condition for condition in found if condition is not None]


def _with_names(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Task.id,
            Task.kind,
            Task.what,
            Task.due_at,
            Task.made_at,
            Task.path,
            Task.dwelling_id,
            Task.holder_id,
            Task.state,
            Task.outcome,
            Dwelling.unit,
            Dwelling.room,
            _HOLDER.name.label("holder"),
        )
        .outerjoin(Dwelling, Dwelling.id == Task.dwelling_id)
        .outerjoin(_HOLDER, _HOLDER.id == Task.holder_id)
        .where(*conditions)
    )


def history(task: Task) -> Sequence[Row[Any]]:
    """What happened to a task, newest first: (event, by, to)."""
    by, to = aliased(User), aliased(User)
    query = (
        select(TaskEvent, by.name.label("by"), to.name.label("to"))
        .outerjoin(by, by.id == TaskEvent.by_id)
        .outerjoin(to, to.id == TaskEvent.to_id)
        .where(TaskEvent.task_id == task.id)
        .order_by(TaskEvent.id.desc())
    )
    return db.session.execute(query).all()


def name_of(user_id: int | None) -> str:
    """What somebody is called; empty for nobody."""
    return db.session.get_one(User, user_id).name if user_id else ""


def count_events(task_id: int) -> int:
    """How many things have happened to a task."""
    query = select(func.count()).where(TaskEvent.task_id == task_id)
    return db.session.scalar(query) or 0


def open_parts(task_id: int) -> int:
    """How many parts split off a task are open."""
    query = select(func.count()).where(Task.part_of == task_id, IS_OPEN)
    return db.session.scalar(query) or 0


def count_held(user_id: int) -> int:
    """How many open tasks somebody holds."""
    query = select(func.count()).where(Task.holder_id == user_id, IS_OPEN)
    return db.session.scalar(query) or 0


def rules_of(community_id: int) -> TaskRules:
    """How a community works with tasks."""
    known = db.session.get(TaskRules, community_id)
    return known or TaskRules(most_held=DEFAULT_MOST_HELD, mend_days=DEFAULT_MEND_DAYS)


def most_held(community_id: int) -> int:
    """Above how many open tasks of one person the coordinator is told."""
    return rules_of(community_id).most_held


def mend_within(community_id: int) -> timedelta:
    """How long somebody has to settle what a visit found wrong in the roster."""
    return timedelta(days=rules_of(community_id).mend_days)


def coordinators(community_id: int, path: str) -> list[int]:
    """Whoever coordinates a place, at the nearest level above that has somebody."""
    rows = db.session.execute(
        select(HeldDuty.path, HeldDuty.user_id)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == community_id,
            HeldDuty.path.in_(prefixes(path)),
            HeldDuty.role.in_((Role.COORDINATOR, Role.ADMIN)),
            HeldDuty.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).all()
    nearest = max((row.path for row in rows), key=len, default="")
    return sorted({row.user_id for row in rows if row.path == nearest})


def maybe_keeper(path: str) -> User | None:
    """Whoever keeps the roster of a place: its nearest coordinator."""
    found = coordinators(int(path.split("/")[1]), path)
    return db.session.get_one(User, found[0]) if found else None


def questions_of(visits: Sequence[str]) -> Sequence[Row[Any]]:
    """The open questions that stand for these visits."""
    columns = (
        TASK.c[name] for name in ("id", "community_id", "dwelling_id", "holder_id", "made_at")
    )
    query = select(*columns).where(TASK.c.visit.in_(visits), TASK.c.visit.is_not(None), IS_OPEN)
    return db.session.execute(query).all()


def visits_at(community_id: int, dwelling_ids: Sequence[int]) -> dict[int, list[Visit]]:
    """What was reported at some doors in all rounds, by door."""
    rounds = select(Round.id).where(Round.community_id == community_id)
    query = select(Visit).where(
        Visit.community_id == community_id,
        Visit.round_id.in_(rounds),  # so that the index over rounds and doors serves
        Visit.dwelling_id.in_(dwelling_ids),
    )
    found: dict[int, list[Visit]] = {}
    for visit in db.session.scalars(query):
        found.setdefault(visit.dwelling_id, []).append(visit)
    return found


def questions_at(dwelling_ids: set[int]) -> list[int]:
    """The open questions that visits have opened at some doors; there are few of them at all."""
    query = select(TASK.c.id, TASK.c.dwelling_id).where(TASK.c.visit.is_not(None), IS_OPEN)
    return [row.id for row in db.session.execute(query) if row.dwelling_id in dwelling_ids]


def people_near(task: Task, *, all_below: bool) -> Sequence[Row[Any]]:
    """Whom a task can be given to (id, name): those who serve in its building or above it.

    A task of a larger place goes to those who serve at it or above, and with `all_below` to anybody
    in it.
    """
    steps = prefixes(task.path)
    near: ColumnElement[bool] = HeldDuty.path.in_(steps)
    if len(steps) >= Level.BUILDING:
        near |= below(HeldDuty.path, steps[Level.BUILDING - 1])
    elif all_below:
        near |= below(HeldDuty.path, task.path)
    serves = (
        select(HeldDuty.id)
        .where(
            HeldDuty.user_id == User.id,
            HeldDuty.community_id == task.community_id,
            HeldDuty.ended_at.is_(None),
            near,
        )
        .exists()
    )
    query = select(User.id, User.name).where(serves, User.disabled_at.is_(None))
    return db.session.execute(query.order_by(User.name, User.id).limit(MOST_SHOWN)).all()


def load(person: Person, at: datetime) -> Sequence[Row[Any]]:
    """Who carries how much where a person gives tasks out, by name: open, overdue, oldest due."""
    query = (
        select(
            User.id,
            User.name,
            func.count().label("held"),
            func.count().filter(Task.due_at < at).label("overdue"),
            func.min(Task.due_at).label("next_due"),
        )
        .join(User, User.id == Task.holder_id)
        .where(
            IS_OPEN,
            Task.community_id.in_(person.community_ids),
            in_scope(person, Permission.RUN_TASKS, Task.path),
        )
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)  # by name: nobody is ranked
    )
    return db.session.execute(query).all()


def dwelling_named(building: Place, *, unit: str, room: str) -> Dwelling | None:
    """The home with a room number in a building; None if there is none, or more than one."""
    query = select(Dwelling).where(
        Dwelling.community_id == building.community_id,
        Dwelling.building_id == building.id,
        Dwelling.room == room,
    )
    homes = db.session.scalars(query.where(Dwelling.unit == unit) if unit else query).all()
    return homes[0] if len(homes) == 1 else None
