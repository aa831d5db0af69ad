"""Entering events in the ledger: the one way in which a door changes its state.

Every entry runs the same short course in one transaction: hold the group's tally, write the event
once, fold the door's events, keep its state, count the group afresh (laws 4, 5, 6 and 10).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, update

from portal.access import Permission, Person
from portal.clock import now
from portal.coverage import queries
from portal.coverage.fold import Standing, fold
from portal.coverage.models import Door, SignOff, Tally, TrayItem, TrayKind, Visit
from portal.coverage.states import Kind, Outcome, State
from portal.db import db, insert_once, table_of
from portal.errors import NotFoundError
from portal.tower.models import prefixes


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody reports about one door, under an id that their device made.

    `told` and `remaining` count people; `happened_at` orders the fold and is the server's now
    unless a correction takes the place of an older event.
    """

    uuid: str
    dwelling_id: int
    kind: Kind = Kind.VISIT
    outcome: Outcome | None = None
    told: int | None = None
    remaining: int | None = None
    appointment_at: datetime | None = None
    note: str | None = None
    reason: str | None = None
    replaces: str | None = None
    happened_at: datetime | None = None
    credit_id: int | None = None

    def body_hash(self, round_id: int, author_id: int) -> str:
        """What makes two reports under one id the same: everything but the time of arrival."""
        body = {**asdict(self), "round": round_id, "author": author_id}
        del body["happened_at"]
        return hashlib.sha256(json.dumps(body, default=str, sort_keys=True).encode()).hexdigest()


class Fate(StrEnum):
    """What became of an entry; each one is told to the sender (law 6)."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # same id, other body: kept for review, nothing overwritten
    KEPT = "kept"  # valid but too late or from outside: waits in the tray


@dataclass(frozen=True)
class Receipt:
    """The answer to one entry: its fate, and the door as it stands now (None while it waits)."""

    uuid: str
    dwelling_id: int
    fate: Fate
    standing: Standing | None


def enter(
    person: Person, community_id: int, round_id: int, entries: Sequence[Entry], *, batch: str = ""
) -> list[Receipt]:
    """Enter reports about doors of one round; all of them or, on a broken rule, none.

    Raises NotFoundError when a door is not in the round, or neither within reach of the person nor
    lately so.
    """
    doors = _held(community_id, round_id, {entry.dwelling_id for entry in entries})
    ready, receipts = [], {}
    for entry in entries:
        door = doors.get(entry.dwelling_id)
        if door is None:
            raise NotFoundError
        if kept := _why_kept(person, door):
            receipts[entry.uuid] = _keep(person, community_id, round_id, door, entry, kept)
        else:
            ready.append(entry)
    if ready:
        written = _write(person, community_id, round_id, ready, batch=batch)
        changed = [doors[e.dwelling_id] for e in ready if e.uuid in written]
        standings = refresh(community_id, round_id, changed) if changed else {}
        for entry in ready:
            receipts[entry.uuid] = (
                Receipt(entry.uuid, entry.dwelling_id, Fate.ACCEPTED, standings[entry.dwelling_id])
                if entry.uuid in written
                else _again(person, community_id, round_id, doors[entry.dwelling_id], entry)
            )
    return [receipts[entry.uuid] for entry in entries]


def _held(community_id: int, round_id: int, ids: set[int]) -> dict[int, Row[Any]]:
    """The doors of a report, held. Asked twice where some are missing: a door that changed its
    group while we waited for it is not found at the first look."""
    rows = queries.lock_doors(community_id, round_id, sorted(ids))
    if len(rows) < len(ids):
        rows = queries.lock_doors(community_id, round_id, sorted(ids))
    return {row.dwelling_id: row for row in rows}


def refresh(community_id: int, round_id: int, doors: Sequence[Row[Any]]) -> dict[int, Standing]:
    """Fold some doors afresh and count their groups; the doors must be held (`lock_doors`)."""
    events = queries.events_at(community_id, round_id, [door.dwelling_id for door in doors])
    standings = {d.dwelling_id: fold(events.get(d.dwelling_id, ())) for d in doors}
    db.session.execute(
        _KEEP_STATE,
        [
            {"c": community_id, "r": round_id, "d": d.dwelling_id, **_columns(s, d.joined_at)}
            for d in doors
            for s in (standings[d.dwelling_id],)
        ],
    )
    recount(community_id, round_id, sorted({door.path for door in doors}))
    _void_sign_offs(community_id, round_id, doors)
    return standings


def recount(community_id: int, round_id: int, paths: Sequence[str]) -> None:
    """Count the doors of some groups from their rows and keep the figures in their tallies."""
    rows = [
        {"c": community_id, "r": round_id, "p": row.path, **_tally_columns(row)}
        for row in queries.counted(community_id, round_id, paths)
    ]
    db.session.execute(_KEEP_TALLY, rows)


_DOOR, _TALLY, _VISIT = table_of(Door), table_of(Tally), table_of(Visit)
_KEEP_STATE = update(_DOOR).where(
    _DOOR.c.community_id == bindparam("c"),
    _DOOR.c.round_id == bindparam("r"),
    _DOOR.c.dwelling_id == bindparam("d"),
)
_KEEP_TALLY = (
    update(_TALLY)
    .where(
        _TALLY.c.community_id == bindparam("c"),
        _TALLY.c.round_id == bindparam("r"),
        _TALLY.c.path == bindparam("p"),
    )
    .values(version=_TALLY.c.version + 1, signed=False)
)


def _columns(standing: Standing, joined_at: datetime) -> dict[str, object]:
    return {
        "state": standing.state,
        "attempts": standing.attempts,
        "contacts": standing.contacts,
        "remaining": standing.remaining,
        "met": standing.met,
        "pending": standing.pending,
        "last_at": standing.last_at,
        "gap_since": standing.last_at or joined_at,
        "appointment_at": standing.appointment_at,
    }


def _tally_columns(row: Row[Any]) -> dict[str, object]:
    counts: dict[str, object] = {state.value: row._mapping[state.value] for state in State}
    return {**counts, "oldest_gap": row.oldest_gap}


# What cannot be entered now ----------------------------------------------------------------------


def _why_kept(person: Person, door: Row[Any]) -> TrayKind | None:
    """Why a report goes to the tray; NotFoundError when its sender has no business at the door."""
    allowed = person.may(Permission.RECORD_VISITS, path=door.path)
    if not allowed:
        if not queries.had_duty_at(person, door.path, since=door.joined_at):
            raise NotFoundError
        return TrayKind.LEFT_SCOPE
    return TrayKind.LATE if door.closed else None


def _keep(
    person: Person,
    community_id: int,
    round_id: int,
    door: Row[Any],
    entry: Entry,
    kind: TrayKind,
) -> Receipt:
    if queries.maybe_visit(community_id, entry.uuid):  # sent again after the round was closed
        return _again(person, community_id, round_id, door, entry)
    _to_tray(person, community_id, round_id, door, entry, kind)
    return Receipt(entry.uuid, entry.dwelling_id, Fate.KEPT, None)


def _again(
    person: Person, community_id: int, round_id: int, door: Row[Any], entry: Entry
) -> Receipt:
    """The same id a second time: success again for the same body, else kept beside the first."""
    first = queries.maybe_visit(community_id, entry.uuid)
    if first is None:  # pragma: no cover - the insert just met it
        raise NotFoundError
    if first.body_hash == entry.body_hash(round_id, person.id):
        events = queries.events_at(community_id, round_id, [entry.dwelling_id])
        standing = fold(events.get(entry.dwelling_id, ()))
        return Receipt(entry.uuid, entry.dwelling_id, Fate.DUPLICATE, standing)
    _to_tray(person, community_id, round_id, door, entry, TrayKind.CONFLICT)
    return Receipt(entry.uuid, entry.dwelling_id, Fate.CONFLICT, None)


def _to_tray(
    person: Person,
    community_id: int,
    round_id: int,
    door: Row[Any],
    entry: Entry,
    kind: TrayKind,
) -> None:
    body = {name: value for name, value in asdict(entry).items() if value is not None}
    db.session.add(
        TrayItem(
            community_id=community_id,
            round_id=round_id,
            kind=kind,
            path=door.path,
            dwelling_id=entry.dwelling_id,
            body=json.loads(json.dumps(body, default=str)),
            reported_by=person.id,
            reported_at=now(),
        )
    )
    db.session.flush()


def _write(
    person: Person, community_id: int, round_id: int, entries: Sequence[Entry], *, batch: str
) -> set[str]:
    """Write the events whose ids are new, in one statement; the ids written."""
    received = now()
    rows = [
        {
            "community_id": community_id,
            "round_id": round_id,
            "dwelling_id": entry.dwelling_id,
            "uuid": entry.uuid,
            "kind": entry.kind,
            "outcome": entry.outcome,
            "told": entry.told,
            "remaining": entry.remaining,
            "appointment_at": entry.appointment_at,
            "note": entry.note,
            "reason": entry.reason,
            "replaces": entry.replaces,
            "batch": batch or None,
            "happened_at": entry.happened_at or received,
            "device_at": None,
            "received_at": received,
            "author_id": person.id,
            "credit_id": entry.credit_id or person.id,
            "body_hash": entry.body_hash(round_id, person.id),
        }
        for entry in entries
    ]
    written = db.session.execute(insert_once(_VISIT).returning(_VISIT.c.uuid), rows)
    return set(written.scalars())


def _void_sign_offs(community_id: int, round_id: int, doors: Sequence[Row[Any]]) -> None:
    """A change below a signed place makes the statement of that place, and of those above, void."""
    void_statements(community_id, round_id, {door.path for door in doors if door.signed})


def void_statements(community_id: int, round_id: int, groups: Collection[str]) -> None:
    """Take back the statements of some groups and of the places above them."""
    paths = {prefix for path in groups for prefix in prefixes(path)}
    if not paths:
        return
    db.session.execute(
        update(SignOff)
        .where(
            SignOff.community_id == community_id,
            SignOff.round_id == round_id,
            SignOff.voided_at.is_(None),
            SignOff.path.in_(paths),
        )
        .values(voided_at=now())
    )
