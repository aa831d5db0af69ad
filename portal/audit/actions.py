"""Write the audit trail, and check that nobody rewrote it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from portal.audit import queries
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db, one_at_a_time

CHAIN_LOCK = 7_100_000_000  # added to the community's number: one writer a chain


def record(
    action: str,
    *,
    community_id: int,
    by: int | None,
    subject: str,
    subject_id: int,
    details: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add a deed to the chain of its community. `by` is a person's id; None is a command."""
    one_at_a_time(CHAIN_LOCK + community_id)
    event = AuditEvent(
        community_id=community_id,
        at=now(),
        person_id=by,
        action=action,
        subject=subject,
        subject_id=subject_id,
        details=details or {},
        previous=queries.last_hash(community_id),
    )
    event.hash = hash_of(event)
    db.session.add(event)
    db.session.flush()
    return event


def broken_links(community_id: int) -> list[int]:
    """The ids of deeds whose hash does not follow from what stands there; empty if all is well."""
    broken = []
    previous = "0" * 64
    for event in queries.chain(community_id):
        if event.previous != previous or event.hash != hash_of(event):
            broken.append(event.id)
        previous = event.hash
    return broken


def hash_of(event: AuditEvent) -> str:
    """SHA-256 over the previous hash and the line, as JSON with sorted keys."""
    line = [
        event.previous,
        event.community_id,
        event.at.isoformat(),
        event.person_id,
        event.action,
        event.subject,
        event.subject_id,
        event.details,
    ]
    text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
