"""How somebody wants to be told, and when the clockwork last ran."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Model, Moment
from portal.notices.timing import ByMail, Wishes
from portal.outbox.topics import Topic

INTERRUPTED = "interrupted while sending"  # what is kept of an e-mail whose sender died


class KeptWishes(Model):
    """What one person chose; without a row the defaults hold. Hours are local."""

    __tablename__ = "notice_wishes"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]
    digest_at: Mapped[time]
    by_topic: Mapped[dict[str, str]] = mapped_column(JSON)  # what is not in it: the default

    def wishes(self) -> Wishes:
        chosen = {Topic(topic): ByMail(choice) for topic, choice in self.by_topic.items()}
        return Wishes(
            quiet_from=self.quiet_from,
            quiet_until=self.quiet_until,
            digest_at=self.digest_at,
            by_topic=chosen,
        )


class Beat(Model):
    """When one step of the clockwork last ran, and what came of it."""

    __tablename__ = "beats"

    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(Moment)
    done: Mapped[int]  # things settled in that run
    trouble: Mapped[str | None] = mapped_column(String(200))
