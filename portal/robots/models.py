"""The robots of group chats, and what each of them is to say."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.notices.timing import Hours
from portal.outbox.models import TROUBLED, Fate
from portal.robots.formats import Maker, Trouble


class Robot(Model):
    """A robot in a group chat: hears of what happens at its place and below, if of those kinds.

    Its address and the secret it is signed with are sealed; nobody is shown them again. `recent`
    are the moments of its last messages, in seconds since 1970: no more than 20 a minute. `chat`
    counts the chats it has been in: another with each new address.
    """

    __tablename__ = "robots"
    __table_args__ = (Index(None, "community_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    name: Mapped[str] = mapped_column(String(60))
    maker: Mapped[Maker] = mapped_column(word(Maker))
    host: Mapped[str] = mapped_column(String(255))
    sealed_address: Mapped[str] = mapped_column(Text)
    sealed_secret: Mapped[str | None] = mapped_column(Text)
    chat: Mapped[int] = mapped_column(default=1)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    locale: Mapped[str] = mapped_column(String(5))
    quiet_from: Mapped[time]
    quiet_until: Mapped[time]
    recent: Mapped[list[float]] = mapped_column(JSON, default=list)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    def hears(self, kind: str, path: str) -> bool:
        """Whether something of a kind at a place is for this chat."""
        return kind in self.kinds and path.startswith(self.path)

    def hours(self) -> Hours:
        return Hours(quiet_from=self.quiet_from, quiet_until=self.quiet_until)


class RobotMessage(Model):
    """One thing for one chat: at most once. Several go out in one message, as counts.

    `chat` is the one of its robot's chats in which it was, or may have been, said last.
    """

    __tablename__ = "robot_messages"
    __table_args__ = (
        UniqueConstraint("robot_id", "happening_id"),
        Index("ix_robot_messages_waiting", "robot_id", "next_at", **only_where("fate = 'waiting'")),
        Index("ix_robot_messages_troubled", "robot_id", "fate", **only_where(TROUBLED)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    robot_id: Mapped[int] = mapped_column(ForeignKey("robots.id"))
    happening_id: Mapped[int] = mapped_column(BigId, ForeignKey("happenings.id"))
    fate: Mapped[Fate] = mapped_column(word(Fate), default=Fate.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[Trouble | None] = mapped_column(word(Trouble))
    said: Mapped[str | None] = mapped_column(String(200))
    chat: Mapped[int | None]
