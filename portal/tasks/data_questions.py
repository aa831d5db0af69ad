"""What visits say about the roster: one question a door, open until somebody has mended it.

It is opened with the visit that found a new tenant or a wrong address. With that visit's undo or
correction it is withdrawn, unless another visit meanwhile found the same door wrong: then it stands
for that one. It is settled by itself when a roster changes the household.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import LazyString, force_locale, gettext, lazy_gettext
from sqlalchemy import Row, update

from portal.access import Person
from portal.accounts.models import User
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.coverage.entries import Entry
from portal.coverage.fold import Event, standing_events
from portal.coverage.models import Visit
from portal.coverage.signals import roster_doubted
from portal.coverage.states import ROSTER_DOUBTS, Kind, Outcome
from portal.db import db, insert_once, table_of
from portal.outbox.actions import outdate, post_all
from portal.rosters.signals import homes_mended
from portal.tasks import queries
from portal.tasks.models import TaskEvent
from portal.tasks.states import Deed, TaskKind, TaskOutcome, TaskState

QUESTION = "task.question"
WHAT: dict[Outcome, LazyString] = {
    Outcome.TENANT_CHANGED: lazy_gettext("The tenant has changed: mend the roster"),
    Outcome.MOVED: lazy_gettext("The household has moved away: mend the roster"),
    Outcome.NON_RESIDENTIAL: lazy_gettext("Nobody lives there: mend the roster"),
    Outcome.BAD_ADDRESS: lazy_gettext("The address is wrong: mend the roster"),
}


@roster_doubted.connect
def follow_visits(
    entries: Sequence[Entry], *, person: Person, doors: Mapping[int, Row[Any]], **_: Any
) -> None:
    """Withdraw the questions of visits that were taken back, and open one at each other door."""
    replaced = [entry.replaces for entry in entries if entry.replaces]
    if replaced:
        _withdraw(replaced, by=person)
    doubts = {
        entry.dwelling_id: entry
        for entry in entries
        if entry.kind is Kind.VISIT and entry.outcome in ROSTER_DOUBTS
    }
    if doubts:
        _open(doubts, doors, by=person)


def _withdraw(visits: Sequence[str], *, by: Person) -> None:
    """Close the questions of some visits, but keep those that another visit still asks."""
    asked = queries.questions_of(visits)
    if not asked:
        return
    reported = queries.visits_at(asked[0].community_id, [row.dwelling_id for row in asked])
    over = []
    for question in asked:
        if heir := _heir(question, reported.get(question.dwelling_id, ())):
            _hand_on(question, heir, by=by)
        else:
            over.append(question.id)
    _close(over, TaskOutcome.NOT_NEEDED, gettext("the report was taken back"), by=by.id)


def _heir(question: Row[Any], reported: Sequence[Visit]) -> Visit | None:
    """The newest visit that found the door wrong while the question was open, and stands."""
    known = {visit.uuid: visit for visit in reported}
    standing = (known[event.uuid] for event in standing_events(map(_event, reported)))
    doubting = [
        visit
        for visit in standing
        if visit.outcome in ROSTER_DOUBTS and visit.received_at >= question.made_at
    ]
    return doubting[-1] if doubting else None


def _event(visit: Visit) -> Event:
    who = (visit.author_id, visit.credit_id)
    return Event(
        visit.uuid, visit.seq, visit.happened_at, visit.kind, *who, replaces=visit.replaces
    )


def _hand_on(question: Row[Any], heir: Visit, *, by: Person) -> None:
    """Let an open question stand for another visit."""
    assert heir.outcome is not None  # noqa: S101 - it doubts
    holder = db.session.get(User, question.holder_id) if question.holder_id else None
    change = {
        "visit": heir.uuid,
        "what": _what(heir.outcome, holder, by),
        "note": heir.note,
        "made_by": heir.author_id,
    }
    task = queries.TASK
    db.session.execute(
        update(task).where(task.c.id == question.id, queries.IS_OPEN).values(**change)
    )


def _open(doubts: Mapping[int, Entry], doors: Mapping[int, Row[Any]], *, by: Person) -> None:
    """A question at each door that has none; a door that has one keeps it."""
    at = now()
    holders = {path: queries.maybe_keeper(path) for path in {doors[door].path for door in doubts}}
    community_id = _community(next(iter(holders)))
    due_at = at + queries.mend_within(community_id)
    rows = [
        _row(entry, doors[door], holders[doors[door].path], by=by, at=at, due_at=due_at)
        for door, entry in doubts.items()
    ]
    task = queries.TASK.c
    made = db.session.execute(
        insert_once(queries.TASK)
        .values(rows)
        .returning(task.id, task.community_id, task.path, task.holder_id, task.what, task.due_at)
    ).all()
    _note([row.id for row in made], Deed.MADE, by=by.id, at=at)
    _tell(made, holders, by=by)


def _tell(made: Sequence[Row[Any]], holders: Mapping[str, User | None], *, by: Person) -> None:
    """Tell whoever is to mend the roster, in their language, but nobody of their own visits."""
    for path in sorted({row.path for row in made}):
        holder = holders[path]
        if holder is None or holder.id == by.id:
            continue
        with force_locale(holder.locale):
            where = labels([path])[path]
        here = [row for row in made if row.path == path]
        post_all(
            QUESTION,
            [(_subject(row.id), holder.id, _details(row, where)) for row in here],
            community_id=here[0].community_id,
        )


def _details(row: Row[Any], where: str) -> dict[str, Any]:
    return {"task": row.id, "what": row.what, "where": where, "due": row.due_at.isoformat()}


def _subject(task_id: int) -> str:
    return f"task/{task_id}"


def _community(path: str) -> int:
    return int(path.split("/")[1])


def _row(
    entry: Entry,
    door: Row[Any],
    holder: User | None,
    *,
    by: Person,
    at: datetime,
    due_at: datetime,
) -> dict[str, Any]:
    assert entry.outcome is not None  # noqa: S101 - only doubts come here
    return {
        "community_id": _community(door.path),
        "kind": TaskKind.DATA,
        "place_id": int(door.path.split("/")[-2]),
        "path": door.path,
        "dwelling_id": entry.dwelling_id,
        "what": _what(entry.outcome, holder, by),
        "note": entry.note,
        "due_at": due_at,
        "holder_id": holder.id if holder else None,
        "state": TaskState.OPEN,
        "visit": entry.uuid,
        "made_at": at,
        "made_by": by.id,
    }


def _what(outcome: Outcome, holder: User | None, by: Person) -> str:
    """What a question is called, in the language of whoever is to settle it."""
    with force_locale(holder.locale if holder else by.locale):
        return str(WHAT[outcome])


@homes_mended.connect
def follow_rosters(dwelling_ids: Iterable[int], **_: Any) -> None:
    """Settle the questions at doors whose household a roster has changed."""
    asked = queries.questions_at(set(dwelling_ids))
    _close(asked, TaskOutcome.DONE, gettext("settled: the roster was mended"), by=None)


def _close(task_ids: Sequence[int], outcome: TaskOutcome, reason: str, *, by: int | None) -> None:
    """Close those that nobody has closed meanwhile."""
    if not task_ids:
        return
    at, task = now(), queries.TASK
    ended = {"state": TaskState.CLOSED, "outcome": outcome, "closed_at": at, "offered_to": None}
    closed = db.session.execute(
        update(task)
        .where(task.c.id.in_(task_ids), queries.IS_OPEN)
        .values(**ended)
        .returning(task.c.id, task.c.community_id)
    ).all()
    _note([row.id for row in closed], Deed.CLOSED, by=by, at=at, reason=reason)
    for community_id in {row.community_id for row in closed}:
        settled = [row.id for row in closed if row.community_id == community_id]
        hush(settled, community_id=community_id)


def hush(task_ids: Sequence[int], *, community_id: int) -> None:
    """Tell nobody any more of questions that are settled."""
    outdate(QUESTION, [_subject(task_id) for task_id in task_ids], community_id=community_id)


def _note(
    task_ids: Sequence[int], deed: Deed, *, by: int | None, at: datetime, reason: str | None = None
) -> None:
    if task_ids:
        db.session.execute(
            table_of(TaskEvent).insert(),
            [
                {"task_id": task_id, "deed": deed, "at": at, "by_id": by, "reason": reason}
                for task_id in task_ids
            ],
        )
