"""How somebody wants to be told, and when the clockwork last ran."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, Moment, word
from portal.notices.timing import ByMail, Wishes


class KeptWishes(Model):
    """What one person chose; without a row the defaults hold. Hours are local."""

    __tablename__ = "notice_wishes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    by_mail: Mapped[ByMail] = mapped_column(word(ByMail))
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]
    digest_at: Mapped[time]

    def wishes(self) -> Wishes:
        return Wishes(self.by_mail, self.quiet_from, self.quiet_until, self.digest_at)


class Beat(Model):
    """When one step of the clockwork last ran, and what came of it."""

    __tablename__ = "beats"

    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(Moment)
    done: Mapped[int]  # things settled in that run
    trouble: Mapped[str | None] = mapped_column(String(200))
