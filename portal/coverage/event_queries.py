"""Finding the events at doors: what the ledger holds, and what of it still stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Result, bindparam, select

from portal.coverage.fold import Event, fold, standing_events
from portal.coverage.models import Round, TrayItem, Visit
from portal.coverage.states import Kind
from portal.db import db, table_of
from portal.questions import Question

# Statements that every report needs are built once, and name tables.
_VISIT = table_of(Visit).c
_EVENT = tuple(
    _VISIT[name]
    for name in (
        "uuid",
        "seq",
        "happened_at",
        "kind",
        "author_id",
        "credit_id",
        "outcome",
        "told",
        "remaining",
        "appointment_at",
        "replaces",
        "dwelling_id",
    )
)


def events_at(community_id: int, round_id: int, ids: Iterable[int]) -> dict[int, list[Event]]:
    """The events at some doors, by dwelling."""
    values = {"community": community_id, "round": round_id, "ids": list(ids)}
    found: dict[int, list[Event]] = {}
    for *fields, dwelling_id in _EVENTS.all(values):
        found.setdefault(dwelling_id, []).append(Event(*fields))
    return found


_EVENTS = Question(
    select(*_EVENT).where(
        _VISIT.community_id == bindparam("community"),
        _VISIT.round_id == bindparam("round"),
        _VISIT.dwelling_id.in_(bindparam("ids", expanding=True)),
    )
)


def all_events(community_id: int, round_id: int) -> Iterator[tuple[int, list[Event]]]:
    """(dwelling, its events) for every visited door of a round, with flat memory."""
    visit = Visit.__table__.c
    rows = db.session.execute(
        select(*_EVENT)
        .where(visit.community_id == community_id, visit.round_id == round_id)
        .order_by(visit.dwelling_id)
        .execution_options(yield_per=2000)
    )
    current, events = None, []
    for *fields, dwelling_id in rows:
        if current is not None and dwelling_id != current:
            yield current, events
            events = []
        current = dwelling_id
        events.append(Event(*fields))
    if current is not None:
        yield current, events


def in_order(community_id: int, round_id: int) -> Result[Any]:
    """What the digest of a round is made of, by (happened, seq), with flat memory."""
    visit = Visit.__table__.c
    return db.session.execute(
        select(
            visit.uuid,
            visit.dwelling_id,
            visit.kind,
            visit.outcome,
            visit.told,
            visit.remaining,
            visit.replaces,
            visit.happened_at,
            visit.author_id,
            visit.credit_id,
        )
        .where(visit.community_id == community_id, visit.round_id == round_id)
        .order_by(visit.happened_at, visit.seq)
        .execution_options(yield_per=2000)
    )


def maybe_visit(community_id: int, uuid: str) -> Visit | None:
    """The event with that client-made id."""
    return db.session.scalar(
        select(Visit).where(Visit.community_id == community_id, Visit.uuid == uuid)
    )


def body_hashes(community_id: int, uuids: Sequence[str]) -> dict[str, str]:
    """The hashes of the bodies of events, by their client-made ids."""
    visit = Visit.__table__.c
    found = db.session.execute(
        select(visit.uuid, visit.body_hash).where(
            visit.community_id == community_id, visit.uuid.in_(uuids)
        )
    )
    return {row.uuid: row.body_hash for row in found}


def notes(community_id: int, uuids: Collection[str]) -> dict[str, str | None]:
    """What was noted in reports, by their client-made ids: of the ledger, else of the tray."""
    visit, item = table_of(Visit).c, table_of(TrayItem).c
    kept = db.session.execute(
        select(item.uuid, item.body).where(item.community_id == community_id, item.uuid.in_(uuids))
    )
    entered = db.session.execute(
        select(visit.uuid, visit.note).where(
            visit.community_id == community_id, visit.uuid.in_(uuids)
        )
    )
    return {row.uuid: row.body.get("note") for row in kept} | dict(entered.tuples().all())


def visits_by_uuid(community_id: int, uuids: Collection[str]) -> dict[str, Visit]:
    """Events by their client-made ids."""
    found = db.session.scalars(
        select(Visit).where(Visit.community_id == community_id, Visit.uuid.in_(uuids))
    )
    return {visit.uuid: visit for visit in found}


def batch(community_id: int, batch_id: str) -> list[Visit]:
    """The visits entered together under one id."""
    return list(
        db.session.scalars(
            select(Visit)
            .where(Visit.community_id == community_id, Visit.batch == batch_id)
            .order_by(Visit.seq)
        )
    )


def is_replaced(visit: Visit) -> bool:
    """Whether a later event corrects or undoes this one."""
    events = events_at(visit.community_id, visit.round_id, [visit.dwelling_id])
    standing = standing_events(events.get(visit.dwelling_id, ()))
    return all(event.uuid != visit.uuid for event in standing)


def corrected(opened: Round, ids: Collection[int]) -> set[str]:
    """The events at some doors of a round whose place a standing correction took."""
    return {
        event.replaces
        for at_door in events_at(opened.community_id, opened.id, ids).values()
        for event in standing_events(at_door)
        if event.replaces and event.kind is Kind.VISIT
    }


def asked_by(opened: Round, dwelling_id: int) -> int | None:
    """Who proposed to leave a door out."""
    events = events_at(opened.community_id, opened.id, [dwelling_id])
    return fold(events.get(dwelling_id, ())).exclusion_asked_by


def standing_approval(opened: Round, dwelling_id: int) -> Event | None:
    """The approval that keeps a door excluded."""
    events = events_at(opened.community_id, opened.id, [dwelling_id])
    approvals = [
        event
        for event in standing_events(events.get(dwelling_id, ()))
        if event.kind is Kind.EXCLUSION_APPROVED
    ]
    return approvals[-1] if approvals else None
