"""A roster that somebody handed in, from the upload to the report."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, Moment, word


class Stage(StrEnum):
    """Where an import stands. Only a checked one can be applied."""

    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED = "refused"
    DROPPED = "dropped"


class Import(Model):
    """One uploaded file. The file itself waits in the data folder until applied or dropped."""

    __tablename__ = "imports"
    __table_args__ = (Index(None, "community_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    stage: Mapped[Stage] = mapped_column(word(Stage))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    handed_in_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    handed_in_at: Mapped[datetime] = mapped_column(Moment)
    applied_at: Mapped[datetime | None] = mapped_column(Moment)
