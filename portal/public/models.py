"""Entrances with a poster, what residents wrote there, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.public.states import DEFAULT_KEEP_DAYS, DEFAULT_MOST_A_DAY, InquiryKind


class Entrance(Model):
    """The code of the poster at a building's or a stair's entrance, until it is ended.

    `unit` is empty for the entrance of the whole building.
    """

    __tablename__ = "entrances"
    __table_args__ = (
        Index(None, "code", unique=True),
        Index(
            "ix_entrances_one", "place_id", "unit", unique=True, **only_where("ended_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    unit: Mapped[str] = mapped_column(String(20), default="")
    code: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    def end(self, *, at: datetime, by: int) -> None:
        self.ended_at, self.ended_by = at, by


class Inquiry(Model):
    """What residents wrote, once however often it was sent; its task says who is to answer.

    `place_id` is the building of the entrance. `digest` finds the same text sent again. When its
    time is over text, room, digest and phones are deleted; that something was asked stays.
    """

    __tablename__ = "inquiries"
    __table_args__ = (
        Index(None, "task_id", unique=True),
        Index(None, "entrance_id", "digest"),
        Index(None, "community_id", "path", "received_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    entrance_id: Mapped[int] = mapped_column(ForeignKey("entrances.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("tasks.id"))
    kind: Mapped[InquiryKind] = mapped_column(word(InquiryKind))
    text: Mapped[str] = mapped_column(String(1000))
    room: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class Slip(Model):
    """What one sender got in the hand: a number, and a code of which only the hash is kept."""

    __tablename__ = "inquiry_slips"
    __table_args__ = (
        Index(None, "number", unique=True),
        Index(None, "inquiry_id"),
        Index(None, "entrance_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(BigId, ForeignKey("inquiries.id"))
    entrance_id: Mapped[int] = mapped_column(ForeignKey("entrances.id"))
    number: Mapped[str] = mapped_column(String(10))
    code_hash: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(20))
    sent_at: Mapped[datetime] = mapped_column(Moment)


class Reply(Model):
    """An answer to a resident: append-only until its text is deleted."""

    __tablename__ = "inquiry_replies"
    __table_args__ = (Index(None, "inquiry_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(BigId, ForeignKey("inquiries.id"))
    text: Mapped[str] = mapped_column(String(1000))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class InquiryRules(Model):
    """How a community answers its residents; without a row the defaults hold."""

    __tablename__ = "inquiry_rules"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), primary_key=True)
    hours: Mapped[dict[str, int]] = mapped_column(JSON)  # by kind
    keep_days: Mapped[int] = mapped_column(default=DEFAULT_KEEP_DAYS)
    most_a_day: Mapped[int] = mapped_column(default=DEFAULT_MOST_A_DAY)
