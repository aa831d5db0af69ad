"""Entering events in the ledger: the one way in which a door changes its state.

Every entry runs the same short course in one transaction: hold the group's tally, write the event
once, fold the door's events, keep its state, count the group afresh (laws 4, 5, 6 and 10).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from portal.access import Person
from portal.clock import now
from portal.coverage import event_queries, queries, review, tray_queries
from portal.coverage.counting import refresh
from portal.coverage.entries import Entry, Fate, Receipt
from portal.coverage.fold import fold
from portal.coverage.models import Decision, TrayKind, Visit
from portal.coverage.signals import roster_doubted
from portal.coverage.states import ROSTER_DOUBTS
from portal.db import insert_once, table_of
from portal.errors import NotFoundError
from portal.questions import Question


def enter(
    person: Person,
    community_id: int,
    round_id: int,
    entries: Sequence[Entry],
    *,
    batch: str = "",
    held: Mapping[int, Row[Any]] | None = None,
) -> list[Receipt]:
    """Enter reports about doors of one round; all of them or, on a broken rule, none.

    `held` are their doors where the caller holds them already. Raises NotFoundError when a door is
    not in the round, or neither within reach of the person nor lately so.
    """
    doors = held or _held(community_id, round_id, {entry.dwelling_id for entry in entries})
    ready, receipts = [], {}
    for entry in entries:
        door = doors[entry.dwelling_id]
        if kept := review.why_kept(person, door, happened_at=entry.happened_at):
            receipts[entry.uuid] = _keep(person, community_id, round_id, door, entry, kept)
        else:
            ready.append(entry)
    if ready:
        written = _write(person, community_id, round_id, ready, batch=batch)
        changed = [doors[e.dwelling_id] for e in ready if e.uuid in written]
        standings = refresh(community_id, round_id, changed) if changed else {}
        for entry in ready:
            if entry.uuid in written:
                standing = standings[entry.dwelling_id]
                receipts[entry.uuid] = Receipt(
                    entry.uuid, entry.dwelling_id, Fate.ACCEPTED, standing
                )
        _tell_of_doubts(person, doors, [entry for entry in ready if entry.uuid in written])
        known = [entry for entry in ready if entry.uuid not in written]
        receipts |= _again(person, community_id, round_id, doors, known)
    return [receipts[entry.uuid] for entry in entries]


def _tell_of_doubts(
    person: Person, doors: Mapping[int, Row[Any]], entries: Sequence[Entry]
) -> None:
    """Let others know what was found wrong in the roster, or taken back."""
    doubts = [entry for entry in entries if entry.replaces or entry.outcome in ROSTER_DOUBTS]
    if doubts:
        roster_doubted.send(doubts, person=person, doors=doors)


def defer(person: Person, community_id: int, round_id: int, entry: Entry) -> Receipt:
    """What becomes of an entry that replaces a report the ledger does not have.

    Where that report waits in the tray, this one waits beside it; else it is held there alone.
    """
    door = _held(community_id, round_id, {entry.dwelling_id})[entry.dwelling_id]
    review.why_kept(person, door, happened_at=entry.happened_at)
    waits_too = tray_queries.kept_items(community_id, entry.replaces or "")
    kind = TrayKind.FOLLOWS if waits_too else TrayKind.HELD
    return _keep(person, community_id, round_id, door, entry, kind)


def _held(community_id: int, round_id: int, ids: set[int]) -> dict[int, Row[Any]]:
    """The doors of a report, held; NotFoundError when one is not in the round."""
    doors = hold(community_id, round_id, ids)
    if len(doors) < len(ids):
        raise NotFoundError
    return doors


def hold(community_id: int, round_id: int, ids: set[int]) -> dict[int, Row[Any]]:
    """Those of the named doors that are in the round, held until the transaction ends.

    Asked twice where some are missing: a door that changed its group while we waited for it is not
    found at the first look.
    """
    rows = queries.lock_doors(community_id, round_id, sorted(ids))
    if len(rows) < len(ids):
        rows = queries.lock_doors(community_id, round_id, sorted(ids))
    return {row.dwelling_id: row for row in rows}


# What cannot be entered now ----------------------------------------------------------------------


def _keep(
    person: Person,
    community_id: int,
    round_id: int,
    door: Row[Any],
    entry: Entry,
    kind: TrayKind,
) -> Receipt:
    if event_queries.maybe_visit(community_id, entry.uuid):  # sent again after the round was closed
        doors = {entry.dwelling_id: door}
        return _again(person, community_id, round_id, doors, [entry])[entry.uuid]
    return _to_tray(person, community_id, round_id, door, entry, kind)


def _again(
    person: Person,
    community_id: int,
    round_id: int,
    doors: Mapping[int, Row[Any]],
    entries: Sequence[Entry],
) -> dict[str, Receipt]:
    """Ids known already: success again for the same body, else kept beside the first."""
    if not entries:
        return {}
    hashes = event_queries.body_hashes(community_id, [entry.uuid for entry in entries])
    same = [e for e in entries if hashes.get(e.uuid) == e.body_hash(round_id, person.id)]
    receipts = _entered(community_id, round_id, same)
    for entry in entries:
        if entry.uuid not in receipts:
            door = doors[entry.dwelling_id]
            receipts[entry.uuid] = _to_tray(
                person, community_id, round_id, door, entry, TrayKind.CONFLICT
            )
    return receipts


def _entered(community_id: int, round_id: int, entries: Sequence[Entry]) -> dict[str, Receipt]:
    """The receipts of reports that are in the ledger already."""
    events = event_queries.events_at(
        community_id, round_id, {entry.dwelling_id for entry in entries}
    )
    standings = {door: fold(at_door) for door, at_door in events.items()}
    return {
        e.uuid: Receipt(e.uuid, e.dwelling_id, Fate.DUPLICATE, standings.get(e.dwelling_id))
        for e in entries
    }


def _to_tray(
    person: Person,
    community_id: int,
    round_id: int,
    door: Row[Any],
    entry: Entry,
    kind: TrayKind,
) -> Receipt:
    body = {name: value for name, value in vars(entry).items() if value is not None}
    body_hash = entry.body_hash(round_id, person.id)
    others = tray_queries.kept_items(community_id, entry.uuid)
    if any(item.body_hash != body_hash for item in others):  # kept before, with another body
        kind = TrayKind.CONFLICT
    item = review.keep_once(
        community_id=community_id,
        round_id=round_id,
        kind=kind,
        path=door.path,
        dwelling_id=entry.dwelling_id,
        uuid=entry.uuid,
        body=json.loads(json.dumps(body, default=str)),
        body_hash=body_hash,
        by=person,
    )
    if item.decision is Decision.ACCEPTED:  # it came again after somebody had entered it
        return _entered(community_id, round_id, [entry])[entry.uuid]
    review.let_follow(person.id, entry.uuid)
    fate = _FATES.get(item.kind, Fate.REVIEW)
    return Receipt(entry.uuid, entry.dwelling_id, fate, item=item)


_FATES = {TrayKind.CONFLICT: Fate.CONFLICT, TrayKind.HELD: Fate.HELD}


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
            "device_at": entry.device_at,
            "device_offset": entry.device_offset,
            "received_at": received,
            "author_id": person.id,
            "credit_id": entry.credit_id or person.id,
            "body_hash": entry.body_hash(round_id, person.id),
        }
        for entry in entries
    ]
    return {row.uuid for row in _NEW_VISIT.all_of(rows)}


_VISIT = table_of(Visit)
_NEW_VISIT = Question(lambda: insert_once(_VISIT).returning(_VISIT.c.uuid))
