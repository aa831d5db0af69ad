"""Warnings, what was done with each, and how a community wants them handled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.tasks.fates import is_failure
from portal.tasks.steps import Move, Result, Risk, Step


class Method(StrEnum):
    """The ten kinds of fraud of the ministry in the order of 2024, and the rest (domain.md 2.8)."""

    BRUSHING = "brushing"
    INVESTMENT = "investment"
    SHOPPING = "shopping"
    FAKE_SERVICE = "fake_service"
    LOAN = "loan"
    CREDIT = "credit"
    BOSS_FRIEND = "boss_friend"
    AUTHORITY = "authority"
    ROMANCE = "romance"
    GAME = "game"
    OTHER = "other"


class Warning(Model):
    """Somebody in a home may be falling for a fraud: who goes there, and how far it has come.

    What the police know of the case is kept apart, in `CaseDetail`. `due_at` is by when the next
    step must be reached; `raised_to` is the level of the tower that was told when it lapsed.
    `lost_at` is when money went, as far as is known, and `failed` whether that was within the week.
    """

    __tablename__ = "warnings"
    __table_args__ = (
        Index(None, "community_id", "path", "received_at"),
        Index(
            "ix_warnings_open", "community_id", "path", "due_at", **only_where("due_at IS NOT NULL")
        ),
        Index("ix_warnings_at_door", "dwelling_id", **only_where("due_at IS NOT NULL")),
        Index("ix_warnings_alarm", "alarm_at", **only_where("alarm_at IS NOT NULL")),
        Index("ix_warnings_visitor", "visitor_id", **only_where("step = 'assigned'")),
        Index("ix_warnings_companion", "companion_id", **only_where("step = 'assigned'")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)  # of the group of the door, else of the place
    dwelling_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("dwellings.id"))
    risk: Mapped[Risk] = mapped_column(word(Risk))
    step: Mapped[Step] = mapped_column(word(Step), default=Step.NEW)
    received_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    alarm_at: Mapped[datetime | None] = mapped_column(Moment)  # when the next level is told
    raised_to: Mapped[int | None]
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    companion_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[Result | None] = mapped_column(word(Result))
    lost_at: Mapped[datetime | None] = mapped_column(Moment)
    failed: Mapped[bool] = mapped_column(default=False)
    entered_by: Mapped[int] = mapped_column(ForeignKey("users.id"))

    def come_to(self, step: Step, *, due_at: datetime | None) -> None:
        """Take a step; the clock of the next one runs from now on, and nobody is alarmed yet."""
        self.step, self.due_at, self.alarm_at, self.raised_to = step, due_at, due_at, None

    def lose(self, went_at: datetime) -> None:
        """Money has gone at a moment, as far as is known."""
        self.lost_at, self.failed = went_at, is_failure(self.received_at, went_at)


class CaseDetail(Model):
    """What the police told of a warning: only for those with the permission to see cases."""

    __tablename__ = "case_details"

    warning_id: Mapped[int] = mapped_column(BigId, ForeignKey("warnings.id"), primary_key=True)
    method: Mapped[Method] = mapped_column(word(Method))
    story: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(String(40))  # the number on the police platform


class WarningEvent(Model):
    """A move with a warning: append-only. `receipt` can be read out over the telephone."""

    __tablename__ = "warning_events"
    __table_args__ = (Index(None, "warning_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    warning_id: Mapped[int] = mapped_column(BigId, ForeignKey("warnings.id"))
    move: Mapped[Move] = mapped_column(word(Move))
    before: Mapped[Step] = mapped_column(word(Step))
    after: Mapped[Step] = mapped_column(word(Step))
    at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    receipt: Mapped[str] = mapped_column(String(12))

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.at > self.due_at


class WarningRules(Model):
    """The deadlines, checklists and required fields of a community; what is missing is as usual."""

    __tablename__ = "warning_rules"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), primary_key=True)
    minutes: Mapped[dict[str, dict[str, int | None]]] = mapped_column(JSON)
    checklists: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    required: Mapped[dict[str, list[str]]] = mapped_column(JSON)
