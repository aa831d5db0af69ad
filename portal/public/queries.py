"""Finding entrances, what residents wrote there, and who is to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, Role, below, in_scope
from portal.accounts.models import HeldDuty, User
from portal.db import db
from portal.errors import NotFoundError
from portal.public.models import Entrance, Inquiry, InquiryRules, Reply, Slip
from portal.public.states import DEFAULT_KEEP_DAYS, DEFAULT_MOST_A_DAY, InquiryKind, Progress
from portal.tasks import queries as tasks
from portal.tasks.models import Task
from portal.tasks.states import TaskState
from portal.tower import queries as tower
from portal.tower.models import Dwelling, Level, Place, prefixes

MOST_SHOWN = 500  # of a list of messages; the page says so
ANSWERS = (Role.LEADER, Role.COORDINATOR, Role.ADMIN)  # in this order, at the same place


# Entrances ---------------------------------------------------------------------------------------


def maybe_entrance(code: str) -> Entrance | None:
    """The entrance of a code that is not ended."""
    return db.session.scalar(
        select(Entrance).where(Entrance.code == code, Entrance.ended_at.is_(None))
    )


def find_entrance(person: Person, entrance_id: int) -> Entrance:
    """An entrance whose posters a person may print, held until the commit."""
    here = in_scope(person, Permission.RUN_ENTRANCES, Entrance.path)
    query = select(Entrance).where(Entrance.id == entrance_id, Entrance.ended_at.is_(None), here)
    entrance = db.session.scalar(query.with_for_update())
    if entrance is None:
        raise NotFoundError
    return entrance


def find_building(person: Person, place_id: int) -> Place:
    """A building whose posters a person may print."""
    place = tower.find(person, place_id, Permission.RUN_ENTRANCES)
    if place.level != Level.BUILDING:
        raise NotFoundError
    return place


def units_of(building: Place) -> list[str]:
    """The stairs of a building in walking order; none where all doors share one without a name."""
    query = (
        select(Dwelling.unit)
        .where(Dwelling.community_id == building.community_id, Dwelling.building_id == building.id)
        .group_by(Dwelling.unit)
        .order_by(func.min(Dwelling.position))
    )
    return [unit for unit in db.session.scalars(query) if unit]


def entrances_of(building: Place) -> dict[str, Entrance]:
    """The entrances of a building that have a code, by unit."""
    query = select(Entrance).where(Entrance.place_id == building.id, Entrance.ended_at.is_(None))
    return {entrance.unit: entrance for entrance in db.session.scalars(query)}


def place_of(entrance: Entrance) -> Place:
    return db.session.get_one(Place, entrance.place_id)


# Coming in ---------------------------------------------------------------------------------------


def sent_since(entrance_id: int, since: datetime) -> int:
    """How many messages came in by the code of an entrance."""
    query = select(func.count()).where(Slip.entrance_id == entrance_id, Slip.sent_at > since)
    return db.session.scalar(query) or 0


def maybe_same(entrance_id: int, digest: str) -> Inquiry | None:
    """The same text from the same entrance, while nobody has answered or closed it."""
    query = (
        select(Inquiry)
        .join(Task, Task.id == Inquiry.task_id)
        .where(
            Inquiry.entrance_id == entrance_id,
            Inquiry.digest == digest,
            Inquiry.answered_at.is_(None),
            Task.state == TaskState.OPEN,
        )
    )
    return db.session.scalar(query.limit(1))


def maybe_answerer(community_id: int, path: str) -> User | None:
    """Who is to answer at a building: its leader, else whoever leads or coordinates next above."""
    rows = db.session.execute(
        select(HeldDuty.path, HeldDuty.role, User)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == community_id,
            HeldDuty.path.in_(prefixes(path)),
            HeldDuty.role.in_(ANSWERS),
            HeldDuty.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).all()
    nearest = min(
        rows, key=lambda row: (-len(row.path), ANSWERS.index(row.role), row.User.id), default=None
    )
    return nearest.User if nearest else None


@dataclass(frozen=True)
class Rules:
    """How a community answers its residents."""

    hours: dict[str, int]
    keep_days: int = DEFAULT_KEEP_DAYS
    most_a_day: int = DEFAULT_MOST_A_DAY


def rules_of(community_id: int) -> Rules:
    rules = db.session.get(InquiryRules, community_id)
    return Rules(rules.hours, rules.keep_days, rules.most_a_day) if rules else Rules({})


# The answer --------------------------------------------------------------------------------------


def maybe_by_number(number: str) -> tuple[Slip, Inquiry, Task] | None:
    """What a number stands for."""
    query = (
        select(Slip, Inquiry, Task)
        .join(Inquiry, Inquiry.id == Slip.inquiry_id)
        .join(Task, Task.id == Inquiry.task_id)
        .where(Slip.number == number)
    )
    found = db.session.execute(query).one_or_none()
    return found._tuple() if found else None


def answers_for(slip: Slip) -> Sequence[Reply]:
    """What one sender may read, the first first: nothing that was answered before they wrote."""
    first = select(func.min(Slip.id)).where(Slip.inquiry_id == slip.inquiry_id).scalar_subquery()
    # To the first nothing can have been answered before, whatever a clock that jumped says.
    is_later = or_(Reply.at >= slip.sent_at, first == slip.id)
    query = select(Reply).where(Reply.inquiry_id == slip.inquiry_id, is_later)
    return db.session.scalars(query.order_by(Reply.id)).all()


# At the desk -------------------------------------------------------------------------------------


def find(person: Person, task_id: int, *, lock: bool = False) -> tuple[Task, Inquiry]:
    """A message within reach, by its task; NotFoundError for any other."""
    task = tasks.find(person, task_id, lock=lock)
    inquiry = db.session.scalar(select(Inquiry).where(Inquiry.task_id == task.id))
    if inquiry is None:
        raise NotFoundError
    return task, inquiry


def replies_to(inquiry: Inquiry) -> Sequence[Row[Any]]:
    """What was answered, the first first: (reply, who)."""
    query = (
        select(Reply, User.name.label("by"))
        .join(User, User.id == Reply.by_id)
        .where(Reply.inquiry_id == inquiry.id)
        .order_by(Reply.id)
    )
    return db.session.execute(query).all()


def slips_of(inquiry: Inquiry) -> Sequence[Slip]:
    query = select(Slip).where(Slip.inquiry_id == inquiry.id).order_by(Slip.id)
    return db.session.scalars(query).all()


def find_slip(inquiry: Inquiry, slip_id: int) -> Slip:
    slip = db.session.get(Slip, slip_id)
    if slip is None or slip.inquiry_id != inquiry.id:
        raise NotFoundError
    return slip


@dataclass(frozen=True, kw_only=True)
class Search:
    """What the list is narrowed to."""

    since: datetime
    path: str | None = None
    kind: InquiryKind | None = None
    progress: Progress | None = None


def per_building(person: Person, search: Search, at: datetime) -> Sequence[Row[Any]]:
    """How many messages each building has, and how far they are; one definition with `listed`.

    Whoever leads a group of a building has a line for the group.
    """
    counts = [
        func.count().filter(condition).label(where.value)
        for where, condition in _progress(at).items()
    ]
    query = (
        _within(person, search, at, Place.id.label("place_id"), func.count().label("all"), *counts)
        .join(Place, Place.id == _where(person))
        .group_by(Place.id, Place.sort_key)
        .order_by(Place.sort_key, Place.id)
    )
    return db.session.execute(query).all()


def listed(person: Person, search: Search, at: datetime) -> Sequence[Row[Any]]:
    """Messages (inquiry, task, door, holder), the newest first."""
    holder = aliased(User)
    columns = (Inquiry, Task, Dwelling.unit, Dwelling.room, holder.name.label("holder"))
    query = (
        _within(person, search, at, *columns)
        .outerjoin(Dwelling, Dwelling.id == Task.dwelling_id)
        .outerjoin(holder, holder.id == Task.holder_id)
        .order_by(Inquiry.received_at.desc(), Inquiry.id.desc())
    )
    return db.session.execute(query.limit(MOST_SHOWN + 1)).all()


def _where(person: Person) -> ColumnElement[int]:
    """The building of a message, or its group for whoever has no more of the building."""
    all_of_it = in_scope(person, Permission.RUN_TASKS, Inquiry.path)
    return case((all_of_it, Inquiry.place_id), else_=Task.place_id)


def _within(person: Person, search: Search, at: datetime, *columns: Any) -> Select[Any]:
    found: list[ColumnElement[bool] | None] = [
        Inquiry.community_id.in_(person.community_ids),
        in_scope(person, Permission.RUN_TASKS, Task.path),
        Inquiry.received_at >= search.since,
        below(Task.path, search.path) if search.path else None,
        Inquiry.kind == search.kind if search.kind else None,
        _progress(at)[search.progress] if search.progress else None,
    ]
    return (
        select(*columns)
        .select_from(Inquiry)
        .join(Task, Task.id == Inquiry.task_id)
        .where(*(condition for condition in found if condition is not None))
    )


def _progress(at: datetime) -> Mapping[Progress, ColumnElement[bool]]:
    """`states.progress` as SQL: conditions of which exactly one holds."""
    unanswered, is_open = Inquiry.answered_at.is_(None), Task.state == TaskState.OPEN
    return {
        Progress.WAITING: unanswered & is_open & (Task.due_at >= at),
        Progress.OVERDUE: unanswered & is_open & (Task.due_at < at),
        Progress.IN_TIME: Inquiry.answered_at <= Task.due_at,
        Progress.LATE: Inquiry.answered_at > Task.due_at,
        Progress.UNANSWERED: unanswered & ~is_open,
    }


# Upkeep ------------------------------------------------------------------------------------------


def communities() -> list[int]:
    """The communities in which residents have written."""
    return list(db.session.scalars(select(Inquiry.community_id).distinct()))


def over_age(community_id: int, closed_before: datetime, most: int) -> list[int]:
    """Messages whose time is over, held for this transaction; others that are at it take others."""
    query = (
        select(Inquiry.id)
        .join(Task, Task.id == Inquiry.task_id)
        .where(
            Inquiry.community_id == community_id,
            Inquiry.erased_at.is_(None),
            Task.state == TaskState.CLOSED,
            Task.closed_at < closed_before,
        )
        .order_by(Inquiry.id)
        .limit(most)
        .with_for_update(of=Inquiry, skip_locked=True)
    )
    return list(db.session.scalars(query))
