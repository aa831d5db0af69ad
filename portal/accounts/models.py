"""People who sign in, their duties at places, their sign-ins, and the throttle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.access import Role
from portal.db import Model, Moment, PathText, word


class User(Model):
    """Somebody who can sign in. `phone` is normalised digits, unique: the name to sign in by."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))  # where notices go: confirmed by a link
    new_email: Mapped[str | None] = mapped_column(String(254))  # given, but not confirmed yet
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    large_text: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None

    def disable(self, *, at: datetime) -> None:
        self.disabled_at = self.disabled_at or at

    def enable(self) -> None:
        self.disabled_at = None


class HeldDuty(Model):
    """A role that somebody holds (or held) at a place. The path is copied: places never move."""

    __tablename__ = "duties"
    __table_args__ = (Index(None, "community_id", "place_id"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(word(Role))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    def end(self, *, at: datetime, by: int | None) -> None:
        self.ended_at = at
        self.ended_by = by


class SignIn(Model):
    """One sign-in on one device; ended ones stay for the record. Only the token's hash is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index(None, "user_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    device: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Throttle(Model):
    """Tries counted in one window of time under one key (an account or an address).

    `window` is the number of the slice of time since 1970 (`throttle.SLICE` seconds each).
    """

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    window: Mapped[int] = mapped_column(primary_key=True)
    tries: Mapped[int]
