"""Put a notice into the outbox, in the transaction of the deed it tells of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update

from portal.clock import now
from portal.db import db, insert_once, table_of
from portal.outbox.models import Happening, Notice
from portal.questions import Question

_NOTICE = table_of(Notice)
_WRITE = Question(lambda: insert_once(_NOTICE).returning(_NOTICE.c.id))  # with every deed


def post(
    kind: str,
    *,
    community_id: int,
    subject: str,
    to: Iterable[int],
    details: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
    stale_at: datetime | None = None,
    urgent: bool = False,
) -> int:
    """Write a notice for each person in `to` who has not had it; returns how many are new.

    `due_at` is the moment before which nobody is told (default: at once), `stale_at` the moment
    from which telling is pointless; what is `urgent` keeps no quiet hours. A repeated call with the
    same subject and kind changes nothing.
    """
    told = dict(details or {})
    return len(
        post_each(
            kind,
            dict.fromkeys(to, told),
            community_id=community_id,
            subject=subject,
            due_at=due_at,
            stale_at=stale_at,
            urgent=urgent,
        )
    )


def post_each(
    kind: str,
    details: Mapping[int, Mapping[str, Any]],
    *,
    community_id: int,
    subject: str,
    due_at: datetime | None = None,
    stale_at: datetime | None = None,
    urgent: bool = False,
) -> list[int]:
    """The same with other details for each person; the numbers of the new notices."""
    return post_all(
        kind,
        [(subject, user_id, details[user_id]) for user_id in sorted(details)],
        community_id=community_id,
        due_at=due_at,
        stale_at=stale_at,
        urgent=urgent,
    )


def post_all(
    kind: str,
    told: Iterable[tuple[str, int, Mapping[str, Any]]],
    *,
    community_id: int,
    due_at: datetime | None = None,
    stale_at: datetime | None = None,
    urgent: bool = False,
) -> list[int]:
    """The same with other subjects as well: (subject, person, details)."""
    written = now()
    rows = [
        {
            "community_id": community_id,
            "user_id": user_id,
            "kind": kind,
            "subject": subject,
            "details": dict(details),
            "written_at": written,
            "due_at": due_at or written,
            "stale_at": stale_at,
            "urgent": urgent,
        }
        for subject, user_id, details in told
    ]
    if not rows:
        return []
    return sorted(row.id for row in _WRITE.all_of(rows))


def outdate(kind: str, subjects: Collection[str], *, community_id: int) -> None:
    """Telling of these things is pointless from now on: they settled themselves."""
    db.session.execute(
        update(table_of(Notice))
        .where(
            Notice.community_id == community_id,
            Notice.subject.in_(subjects),
            Notice.kind == kind,
            Notice.stale_at.is_(None),
        )
        .values(stale_at=now())
    )


def tell_groups(
    kind: str,
    *,
    community_id: int,
    subject: str,
    path: str,
    stale_at: datetime | None = None,
    urgent: bool = False,
    laid_out: bool = False,
) -> int | None:
    """Let group chats hear that something happened at a place; its number, None if told before.

    They learn how many of a kind and where, never who or what: there is nothing else to write.
    `laid_out` is for what its writer gives to the chats itself.
    """
    at = now()
    row = {
        "community_id": community_id,
        "kind": kind,
        "subject": subject,
        "path": path,
        "due_at": at,
        "stale_at": stale_at,
        "urgent": urgent,
        "spread_at": at if laid_out else None,
    }
    statement = insert_once(table_of(Happening)).values(row).returning(Happening.id)
    found: int | None = db.session.scalar(statement)
    return found
