"""Finding warnings, who can help with one, whom to tell, and what became of all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, Role, in_scope
from portal.accounts.models import HeldDuty, User
from portal.clock import SKEW
from portal.coverage.models import Visit
from portal.db import db, table_of
from portal.tasks.deadlines import ALARM_EVERY, DEFAULT_MINUTES, NEXT, Minutes
from portal.tasks.fates import JUDGED_FOR, Fate
from portal.tasks.models import Task
from portal.tasks.queries import IS_OPEN as IS_OPEN_TASK
from portal.tasks.queries import find_one
from portal.tasks.steps import Field, Move, Past, Risk, Step
from portal.tasks.warning_models import CaseDetail, Warning, WarningEvent, WarningRules
from portal.teams.models import Seat
from portal.tower.models import Dwelling, prefixes

WARNING = table_of(Warning)
# Written out, so that SQLite sees that the index over these few fits.
IS_OPEN: ColumnElement[bool] = literal_column("warnings.due_at IS NOT NULL")
IS_ASSIGNED: ColumnElement[bool] = literal_column("warnings.step = 'assigned'")
BEFORE = {after: before for before, after in NEXT.items()}
MOST_SHOWN = 500
KNOWN = 3  # how many who know a household are suggested


def visible_to(person: Person) -> ColumnElement[bool]:
    """The warnings one goes to see about, and all in one's area with the permission."""
    mine = or_(Warning.visitor_id == person.id, Warning.companion_id == person.id)
    return mine | in_scope(person, Permission.SEE_WARNINGS, Warning.path)


def find(person: Person, warning_id: int, *, lock: bool = False) -> Warning:
    """A warning within reach; `lock` holds it until the commit."""
    return find_one(Warning, Warning.id == warning_id, visible_to(person), lock=lock)


def seen_by(person: Person, warning_ids: Collection[int]) -> set[int]:
    """Those of some warnings that are within reach."""
    query = select(Warning.id).where(Warning.id.in_(warning_ids), visible_to(person))
    return set(db.session.scalars(query))


def find_to_run(person: Person, warning_id: int) -> Warning:
    """A warning where a person runs warnings, held until the commit."""
    here = in_scope(person, Permission.RUN_WARNINGS, Warning.path)
    return find_one(Warning, Warning.id == warning_id, here, lock=True)


def detail(person: Person, warning: Warning) -> CaseDetail | None:
    """What the police told, for whoever may know it; None for everybody else."""
    if not person.may(Permission.SEE_CASES, path=warning.path):
        return None
    return db.session.get(CaseDetail, warning.id)


def events(warning: Warning) -> Sequence[Row[Any]]:
    """What was done with a warning, oldest first: (event, by)."""
    query = (
        select(WarningEvent, User.name.label("by"))
        .join(User, User.id == WarningEvent.by_id)
        .where(WarningEvent.warning_id == warning.id)
        .order_by(WarningEvent.id)
    )
    return db.session.execute(query).all()


def history(warning: Warning) -> list[Past]:
    """Who made which move, and whom they sent, the oldest first."""
    query = select(WarningEvent.move, WarningEvent.by_id, WarningEvent.facts)
    rows = db.session.execute(
        query.where(WarningEvent.warning_id == warning.id).order_by(WarningEvent.id)
    )
    return [
        Past(move, by, facts.get("visitor"), facts.get("companion")) for move, by, facts in rows
    ]


class Search(NamedTuple):
    """Which warnings a list shows; the figures link here, so they count by the same conditions."""

    open: bool = False
    risk: Risk | None = None
    step: Step | None = None  # those that reached this step, or should have
    late: bool | None = None  # reached it late or not at all, or in time
    fate: Fate | None = None
    lost_later: bool = False  # money went after the week in which a warning is judged
    since: datetime | None = None


def listed(
    person: Person, search: Search, at: datetime, *, most: int | None = MOST_SHOWN
) -> Sequence[Row[Any]]:
    """Warnings of one's area (with their doors), the open ones by due time, then the newest."""
    visitor = aliased(User)
    query = (
        select(Warning, Dwelling.unit, Dwelling.room, visitor.name.label("visitor"))
        .outerjoin(Dwelling, Dwelling.id == Warning.dwelling_id)
        .outerjoin(visitor, visitor.id == Warning.visitor_id)
        .where(*_conditions(person, search, at))
        .order_by(Warning.due_at.is_(None), Warning.due_at, Warning.received_at.desc(), Warning.id)
    )
    return db.session.execute(query.limit(most)).all()


def count(person: Person, search: Search, at: datetime) -> int:
    """How many warnings a list would show."""
    query = select(func.count()).select_from(Warning).where(*_conditions(person, search, at))
    return db.session.scalar(query) or 0


def _conditions(person: Person, search: Search, at: datetime) -> list[ColumnElement[bool]]:
    found = [
        Warning.community_id.in_(person.community_ids),
        in_scope(person, Permission.SEE_WARNINGS, Warning.path),
    ]
    if search.open:
        found.append(IS_OPEN)
    if search.risk:
        found.append(Warning.risk == search.risk)
    if search.since:
        found.append(Warning.received_at >= search.since)
    if search.step:
        found.append(_came_to(search.step, late=search.late, at=at))
    if search.fate:
        found.append(_has_fate(search.fate, at))
    if search.lost_later:
        found += [Warning.lost_at.is_not(None), ~Warning.failed]
    return found


def _has_fate(fate: Fate, at: datetime) -> ColumnElement[bool]:
    """`fates.fate` as SQL: exactly one of them holds of every warning."""
    is_judged = Warning.received_at <= at - JUDGED_FOR
    conditions: dict[Fate, ColumnElement[bool]] = {
        Fate.LOST: Warning.failed.is_(True),
        Fate.KEPT: ~Warning.failed & is_judged,
        Fate.YOUNG: ~Warning.failed & ~is_judged,
    }
    return conditions[fate]


def _came_to(step: Step, *, late: bool | None, at: datetime) -> ColumnElement[bool]:
    """That a warning came to a step, or should have; with `late` whether that was in time.

    What is not done and whose time is over is late, also where it was done once and sent back.
    """
    lapsed = (Warning.step == BEFORE[step]) & (Warning.due_at < at)
    if late is None:
        return lapsed | _reached(step, late=None)
    reached = _reached(step, late=late)
    return lapsed | reached if late else ~lapsed & reached


def _reached(step: Step, *, late: bool | None) -> ColumnElement[bool]:
    """That a warning came to a step; with `late` whether the last time was after its time."""
    last = (
        select(func.max(WarningEvent.id))
        .where(
            WarningEvent.warning_id == Warning.id,
            WarningEvent.after == step,
            WarningEvent.before != step,
            WarningEvent.move != Move.BACK,
        )
        .correlate(Warning)
        .scalar_subquery()
    )
    found = select(WarningEvent.id).where(WarningEvent.id == last)
    if late is not None:
        is_late = WarningEvent.at > WarningEvent.due_at
        found = found.where(is_late if late else ~is_late)
    return found.exists()


# Who can help ------------------------------------------------------------------------------------


class Helper(NamedTuple):
    """Somebody who might go: why they are suggested."""

    id: int
    name: str
    knows: bool  # has been at this door
    seat: int | None  # the core seat they hold in its group


def helpers(warning: Warning) -> list[Helper]:
    """Who might go to a door: those who have been there, the team of its group, then others."""
    known, seats = _who_knows(warning), _seats(warning)
    first = User.id.in_(known | seats.keys())
    serves = (HeldDuty.user_id == User.id) & HeldDuty.ended_at.is_(None)
    is_near = exists().where(serves, HeldDuty.path.in_(prefixes(warning.path)))
    is_here = exists().where(serves, HeldDuty.community_id == warning.community_id)
    rows = db.session.execute(
        select(User.id, User.name)
        .where(User.disabled_at.is_(None), is_near | (first & is_here))
        .order_by(case((first, 0), else_=1), User.name, User.id)
        .limit(MOST_SHOWN)
    ).all()
    found = [Helper(row.id, row.name, row.id in known, seats.get(row.id)) for row in rows]
    return sorted(found, key=lambda helper: (not helper.knows, helper.seat is None, helper.name))


def _who_knows(warning: Warning) -> set[int]:
    if warning.dwelling_id is None:
        return set()
    query = (
        select(Visit.credit_id)
        .where(Visit.community_id == warning.community_id, Visit.dwelling_id == warning.dwelling_id)
        .group_by(Visit.credit_id)
        .order_by(func.max(Visit.seq).desc())
        .limit(KNOWN)
    )
    return set(db.session.scalars(query))


def _seats(warning: Warning) -> dict[int, int]:
    query = select(Seat.user_id, Seat.number).where(
        Seat.community_id == warning.community_id,
        Seat.path == warning.path,
        Seat.ended_at.is_(None),
    )
    return dict(db.session.execute(query).tuples().all())


def holders(community_id: int, path: str, roles: Iterable[Role]) -> dict[int, set[int]]:
    """Who holds one of some duties at a place or above it, by level of the tower."""
    rows = db.session.execute(
        select(HeldDuty.path, HeldDuty.user_id)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == community_id,
            HeldDuty.path.in_(prefixes(path)),
            HeldDuty.role.in_(tuple(roles)),
            HeldDuty.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    found: dict[int, set[int]] = {}
    for held_at, user_id in rows:
        found.setdefault(len(prefixes(held_at)), set()).add(user_id)
    return found


# Rules -------------------------------------------------------------------------------------------


def maybe_follow_up(warning: Warning) -> Task | None:
    """The open task to see the household of a warning again; without a door, that of this one."""
    at_home = Task.dwelling_id == warning.dwelling_id
    query = select(Task).where(
        Task.community_id == warning.community_id,
        Task.path == warning.path,
        IS_OPEN_TASK,
        Task.warning_id.is_not(None),
        at_home if warning.dwelling_id else Task.warning_id == warning.id,
    )
    return db.session.scalar(query.order_by(Task.id).limit(1))


def minutes_of(community_id: int) -> Minutes:
    """The deadlines of a community."""
    rules = db.session.get(WarningRules, community_id)
    if rules is None:
        return DEFAULT_MINUTES
    return {
        risk: {step: rules.minutes.get(risk, {}).get(step, default) for step, default in by.items()}
        for risk, by in DEFAULT_MINUTES.items()
    }


def checklist_of(community_id: int, move: Move) -> tuple[str, ...]:
    """What a community wants ticked with a move."""
    rules = db.session.get(WarningRules, community_id)
    return tuple(rules.checklists.get(move, ())) if rules else ()


def required_of(community_id: int, move: Move) -> frozenset[Field]:
    """Which fields a community wants filled in with a move."""
    rules = db.session.get(WarningRules, community_id)
    return frozenset(map(Field, rules.required.get(move, ()))) if rules else frozenset()


# Clocks and alarms --------------------------------------------------------------------------------


def out_of_time(at: datetime) -> Sequence[Warning]:
    """Open warnings that came later than a moment, or were due before they came: held.

    Clocks differed when they were entered, or when it was said by when something is to be done.
    """
    differs = or_(Warning.received_at > at, Warning.due_at < Warning.received_at)
    query = select(Warning).where(IS_OPEN, differs).with_for_update()
    return db.session.scalars(query.order_by(Warning.id)).all()


def to_alarm(at: datetime, *, most: int) -> Sequence[Warning]:
    """Warnings whose step has lapsed and of which the next level is to be told.

    After a first alarm the next one is never further off than ALARM_EVERY, but by a clock that ran
    ahead and has been set back; another tick that read the clock a little later is none.
    """
    is_due = or_(Warning.alarm_at <= at, Warning.alarm_at > at + ALARM_EVERY + SKEW)
    query = (
        select(Warning)
        .where(literal_column("warnings.alarm_at IS NOT NULL"), Warning.due_at <= at, is_due)
        .order_by(Warning.alarm_at, Warning.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).all()
