"""Reading the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import bindparam, func, select

from portal.audit.models import AuditEvent
from portal.db import db, table_of
from portal.questions import Question

_EVENT = table_of(AuditEvent).c
_LAST = Question(  # asked with every deed
    select(_EVENT.hash)
    .where(_EVENT.community_id == bindparam("community"))
    .order_by(_EVENT.id.desc())
    .limit(1)
)

MOST_SHOWN = 200  # deeds, on the page of the trail


def last_hash(community_id: int) -> str:
    """The hash at the end of a community's chain; sixty-four zeros before the first deed."""
    row = _LAST.one_or_none({"community": community_id})
    return row.hash if row else "0" * 64


def chain(community_id: int) -> Iterator[AuditEvent]:
    """All deeds of a community, oldest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.community_id == community_id)
        .order_by(AuditEvent.id)
        .execution_options(yield_per=500)
    )
    yield from db.session.scalars(query)


def latest(community_ids: tuple[int, ...]) -> list[AuditEvent]:
    """The newest deeds in these communities, newest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.community_id.in_(community_ids))
        .order_by(AuditEvent.id.desc())
        .limit(MOST_SHOWN)
    )
    return list(db.session.scalars(query))


def count_since(person_id: int, action: str, *, since: datetime) -> int:
    """How often a person did something since a moment."""
    query = select(func.count()).where(
        AuditEvent.person_id == person_id, AuditEvent.action == action, AuditEvent.at >= since
    )
    return db.session.scalar(query) or 0


def communities() -> list[int]:
    """Every community that has a chain."""
    query = select(AuditEvent.community_id).distinct().order_by(AuditEvent.community_id)
    return list(db.session.scalars(query))
