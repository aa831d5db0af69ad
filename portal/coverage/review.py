"""What waits for a coordinator: why a report cannot be entered at once, and where it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update

from portal.access import Permission, Person
from portal.accounts import crews
from portal.clock import now
from portal.coverage import queries, tray_queries
from portal.coverage.models import Decision, TrayItem, TrayKind
from portal.coverage.states import Kind, Outcome
from portal.db import db, insert_once, table_of
from portal.errors import NotFoundError


def why_kept(
    person: Person, door: Row[Any], *, happened_at: datetime | None = None
) -> TrayKind | None:
    """Why a report goes to the tray; NotFoundError when its sender has no business at the door.

    What a crew did during its shift counts whenever their phone finds a signal.
    """
    if person.may(Permission.RECORD_VISITS, path=door.path) or crews.were_out(
        person.id, door.path, at=happened_at or now()
    ):
        return TrayKind.LATE if door.closed else None
    if queries.had_duty_at(person, door.path, since=door.joined_at):
        return TrayKind.LEFT_SCOPE
    if queries.serves_beside(person, door.path):
        return TrayKind.RECUT
    raise NotFoundError


def keep_once(
    *, community_id: int, uuid: str, body_hash: str, by: Person, **columns: Any
) -> TrayItem:
    """Put something into the tray or find it there: one id with one body makes one item."""
    row = {
        "community_id": community_id,
        "uuid": uuid,
        "body_hash": body_hash,
        "reported_by": by.id,
        "reported_at": now(),
        "decision": Decision.WAITING,
        **columns,
    }
    db.session.execute(insert_once(table_of(TrayItem)).values(**row))
    kept = tray_queries.kept_items(community_id, uuid)
    return next(item for item in kept if item.body_hash == body_hash)


def values_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a kept report, as they were before they became JSON."""
    values = dict(body)
    for name in ("appointment_at", "happened_at", "device_at"):
        if isinstance(values.get(name), str):
            values[name] = datetime.fromisoformat(values[name])
    values["kind"] = Kind(body["kind"])
    values["outcome"] = Outcome(body["outcome"]) if body.get("outcome") else None
    return values


def settle_held(community_id: int, uuids: Collection[str], *, by: Person) -> None:
    """What was held is in the ledger now: nobody has to decide about it."""
    if not tray_queries.is_any_held(community_id, uuids):
        return
    db.session.execute(
        update(TrayItem)
        .where(
            TrayItem.community_id == community_id,
            TrayItem.uuid.in_(uuids),
            TrayItem.kind == TrayKind.HELD,
            TrayItem.decision == Decision.WAITING,
        )
        .values(decision=Decision.ACCEPTED, decided_by=by.id, decided_at=now())
    )


def let_follow(user_id: int, uuid: str) -> None:
    """A report is in the tray, or was entered from there: what was held for it belongs to it now.

    From then on a coordinator decides about both, the report first.
    """
    for item in tray_queries.held_items(user_id):
        if item.body["replaces"] == uuid:
            item.kind = TrayKind.FOLLOWS


def fingerprint(body: Mapping[str, object]) -> str:
    """SHA-256 over the values of a report: two reports with the same one are the same."""
    return hashlib.sha256(json.dumps(body, default=str, sort_keys=True).encode()).hexdigest()
