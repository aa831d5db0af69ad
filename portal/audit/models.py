"""What was done, by whom, to what: one hash-chained line a deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment


class AuditEvent(Model):
    """One deed. `details` carries reasons and counts, never names, phones or other personal data.

    `hash` covers the line and the hash before it in the same community, so a changed or removed
    line breaks the chain.
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "community_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    person_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
