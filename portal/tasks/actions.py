"""What people do with tasks: make, give, hand over, take, give back, split, close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from portal.access import Permission, Person
from portal.accounts.models import User
from portal.clock import now, today
from portal.db import db
from portal.errors import RuleError
from portal.outbox.actions import post
from portal.tasks import data_questions, queries
from portal.tasks.models import Task, TaskEvent, TaskRules
from portal.tasks.states import MADE, Deed, TaskKind, TaskOutcome, TaskState
from portal.tower.models import Dwelling, Place
from portal.tower.settings import keep_rules

SAY_WHY = lazy_gettext("Please say in a few words why it was not done.")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A task as somebody wants it."""

    kind: TaskKind
    what: str
    note: str | None
    due_at: datetime


def make(
    wanted: Wanted, place: Place, *, home: Dwelling | None, holder: User | None, by: Person
) -> Task:
    """Make a task at a place or a door, for somebody or for whoever gives it to somebody."""
    task = _new_at(wanted, place, home, by)
    if holder:
        assign(task, holder, by=by)
    return task


def receive(wanted: Wanted, place: Place, *, home: Dwelling | None, holder: User | None) -> Task:
    """Make a task of what a resident wrote; whoever is to answer, or gives it to somebody, is told.

    Nobody who signs in has made it, so there is nobody to tell when it is closed.
    """
    task = _new_at(wanted, place, home, None)
    if holder:
        task.give_to(holder.id)
    to = [holder.id] if holder else queries.coordinators(task.community_id, task.path)
    _tell("task.arrived", task, to, by=None)
    if holder:
        _warn_of_load(task, holder)
    return task


def note_answer(task: Task, *, by: Person) -> None:
    """Keep in the history of a task that its resident was answered."""
    _must_care_for(task, by)
    _note(task, Deed.ANSWERED, by=by)


def ask_again(task: Task, *, why: str, by: Person) -> None:
    """Note that there is one more reason for an open task; it is due when it was."""
    _note(task, Deed.ASKED_AGAIN, by=by, reason=why)


def path_of(place: Place, home: Dwelling | None) -> str:
    """Where a task belongs: to the group of its door, else to its place."""
    return home.path if home else place.path


def assign(task: Task, holder: User, *, by: Person) -> None:
    """Give a task to somebody, whoever had it before."""
    _must_be_open(task)
    former = task.holder_id
    if former == holder.id:
        return
    task.give_to(holder.id)
    _note(task, Deed.ASSIGNED, by=by, to=holder.id)
    _tell("task.assigned", task, [holder.id], by=by)
    if former:
        _tell("task.taken", task, [former], by=by, name=holder.name)
    _warn_of_load(task, holder)


def offer(task: Task, to: User, *, by: Person) -> None:
    """Ask somebody to take over; until they do, the holder stays responsible."""
    _must_hold(task, by)
    if to.id == by.id:
        raise RuleError(gettext("This task is yours already."))
    task.offered_to = to.id
    _note(task, Deed.OFFERED, by=by, to=to.id)
    _tell("task.offered", task, [to.id], by=by)


def take(task: Task, *, by: Person) -> None:
    """Take over what one was asked to take, or what nobody has yet."""
    _must_be_open(task)
    if task.offered_to != by.id:
        raise RuleError(gettext("Nobody asks you to take this task any more."))
    former = task.holder_id
    task.give_to(by.id)
    _note(task, Deed.TAKEN, by=by)
    if former:
        _tell("task.taken", task, [former], by=by, name=by.name)
    _warn_of_load(task, db.session.get_one(User, by.id))


def decline(task: Task, *, reason: str, by: Person) -> None:
    """Say that one cannot take over; the task stays with its holder."""
    _must_be_open(task)
    if task.offered_to != by.id:
        raise RuleError(gettext("Nobody asks you to take this task any more."))
    task.offered_to = None
    _note(task, Deed.DECLINED, by=by, reason=reason)
    if task.holder_id:
        _tell("task.declined", task, [task.holder_id], by=by)


def give_back(task: Task, *, reason: str, by: Person) -> None:
    """Hand a task back to those who give tasks out there, and say why."""
    _must_hold(task, by)
    task.give_to(None)
    _note(task, Deed.RETURNED, by=by, reason=reason)
    _tell("task.returned", task, queries.coordinators(task.community_id, task.path), by=by)


def split(task: Task, *, what: str, due_at: datetime, by: Person) -> Task:
    """Split off a part as a task of its own, with the same holder at the same place."""
    _must_care_for(task, by)
    kind = task.kind if task.kind in MADE else TaskKind.DATA  # a part is no resident's any more
    wanted = Wanted(kind=kind, what=what, note=None, due_at=due_at)
    part = _new(wanted, task.community_id, task.place_id, task.path, by)
    part.dwelling_id, part.holder_id, part.part_of = task.dwelling_id, task.holder_id, task.id
    db.session.flush()
    _note(part, Deed.MADE, by=by)
    _note(task, Deed.SPLIT, by=by, reason=what)
    return part


def close(task: Task, outcome: TaskOutcome, *, reason: str | None, by: Person) -> None:
    """Say how a task ended; whoever made it is told. A visit that asked waits for no answer."""
    _must_care_for(task, by)
    if outcome.needs_reason and not reason:
        raise RuleError(str(SAY_WHY))
    if queries.open_parts(task.id):
        raise RuleError(gettext("A part of this task is still open; close that first."))
    task.close(outcome, at=now())
    _note(task, Deed.CLOSED, by=by, reason=reason)
    if task.visit:
        data_questions.hush([task.id], community_id=task.community_id)
    elif task.made_by and task.made_by != by.id:
        _tell("task.closed", task, [task.made_by], by=by)


def decide_rules(community_id: int, *, most_held: int, mend_days: int, by: Person) -> None:
    """Set from when on somebody carries too much, and how long a data question may take."""
    change = {"most_held": most_held, "mend_days": mend_days}
    keep_rules(TaskRules, community_id, change, named="tasks", by=by)


# Helpers -----------------------------------------------------------------------------------------


def _new_at(wanted: Wanted, place: Place, home: Dwelling | None, by: Person | None) -> Task:
    place_id = home.group_id if home else place.id
    task = _new(wanted, place.community_id, place_id, path_of(place, home), by)
    task.dwelling_id = home.id if home else None
    db.session.flush()
    _note(task, Deed.MADE, by=by)
    return task


def _new(wanted: Wanted, community_id: int, place_id: int, path: str, by: Person | None) -> Task:
    task = Task(
        community_id=community_id,
        kind=wanted.kind,
        place_id=place_id,
        path=path,
        what=wanted.what,
        note=wanted.note,
        due_at=wanted.due_at,
        state=TaskState.OPEN,
        made_at=now(),
        made_by=by.id if by else None,
    )
    db.session.add(task)
    return task


def _must_be_open(task: Task) -> None:
    if not task.is_open:
        raise RuleError(gettext("This task is closed."))


def _must_hold(task: Task, by: Person) -> None:
    _must_be_open(task)
    if task.holder_id != by.id:
        raise RuleError(gettext("Only whoever has the task can do this."))


def _must_care_for(task: Task, by: Person) -> None:
    _must_be_open(task)
    if task.holder_id != by.id and not by.may(Permission.RUN_TASKS, path=task.path):
        raise RuleError(gettext("Only whoever has the task, or gives tasks out here, can do this."))


def _note(
    task: Task, deed: Deed, *, by: Person | None, to: int | None = None, reason: str | None = None
) -> None:
    db.session.add(
        TaskEvent(
            task_id=task.id,
            deed=deed,
            at=now(),
            by_id=by.id if by else None,
            to_id=to,
            reason=reason,
        )
    )
    db.session.flush()


def _tell(
    kind: str, task: Task, to: list[int], *, by: Person | None, name: str | None = None
) -> None:
    """Tell people, but nobody of what they did themselves; once for each thing that happened."""
    post(
        kind,
        community_id=task.community_id,
        subject=f"task/{task.id}/{queries.count_events(task.id)}",
        to=[user_id for user_id in to if by is None or user_id != by.id],
        details={
            "task": task.id,
            "what": task.what,
            "due": task.due_at.isoformat(),
            "by": name or (by.name if by else ""),
        },
    )


def _warn_of_load(task: Task, holder: User) -> None:
    """Tell the coordinators once a day of somebody who carries more than the cap."""
    held = queries.count_held(holder.id)
    if held > queries.most_held(task.community_id):
        post(
            "task.load",
            community_id=task.community_id,
            subject=f"load/{holder.id}/{today()}",
            to=queries.coordinators(task.community_id, task.path),
            details={"who": holder.name, "held": held, "holder": holder.id},
        )
