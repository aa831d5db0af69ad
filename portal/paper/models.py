"""Printed floor sheets: which doors stood on which paper, in which order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, Moment, PathText

CODE_LENGTH = 8


class Sheet(Model):
    """One A4 sheet of one group, as it was printed.

    `doors` are dwelling ids in the order of the paper: the tower may be cut anew afterwards, the
    paper on the stair stays as it is. `code` stands on the paper and in its QR code. `batch` is
    the id of the form that asked for the sheets of a building, so that a double click prints once.
    """

    __tablename__ = "sheets"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("community_id", "batch", "group_id"),
        Index(None, "community_id", "round_id", "building_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)  # of the group when it was printed
    code: Mapped[str] = mapped_column(String(CODE_LENGTH))
    batch: Mapped[str] = mapped_column(String(36))
    doors: Mapped[list[int]] = mapped_column(JSON)
    printed_at: Mapped[datetime] = mapped_column(Moment)
    printed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
