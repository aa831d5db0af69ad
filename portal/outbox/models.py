"""What people are to be told, and the ways it takes to each of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where, word

# The few that are neither waiting nor settled well.
TROUBLED = "fate IN ('sending', 'given_up', 'unknown')"


class Way(StrEnum):
    """How a notice reaches somebody, besides the portal, where everybody finds theirs."""

    MAIL = "mail"


class Fate(StrEnum):
    """What became of a notice on one way."""

    WAITING = "waiting"
    SENDING = "sending"  # from just before it goes out until the answer is known
    SENT = "sent"
    NEEDLESS = "needless"  # read in the portal before, stale, or no longer wanted
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"  # nobody can say whether it went out; it is never sent twice


class Notice(Model):
    """One thing to tell one person: at most once per (subject, kind, person).

    `subject` names what it is about and, where the same thing may be told again after a change,
    which change: `shift/12/3` is the third change of shift 12. `details` are the values of the
    words; the words themselves are made when it is read or sent, in the person's language.
    An `urgent` one keeps no quiet hours and waits for no digest.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("community_id", "subject", "kind", "user_id"),
        Index(None, "user_id", "due_at"),
        Index("ix_notices_unread", "user_id", "due_at", **only_where("read_at IS NULL")),
        Index("ix_notices_unspread", "due_at", **only_where("spread_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    written_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)  # not to be told earlier
    stale_at: Mapped[datetime | None] = mapped_column(Moment)  # pointless from then on
    urgent: Mapped[bool] = mapped_column(default=False)
    spread_at: Mapped[datetime | None] = mapped_column(Moment)  # laid out on its further ways
    read_at: Mapped[datetime | None] = mapped_column(Moment)


class Delivery(Model):
    """One way of one notice: waiting until `next_at`, sent, or given up after `tries`.

    Whoever sends takes some by moving their `next_at` into the future; what was taken by somebody
    who died falls due again by itself.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice_id", "way"),
        Index("ix_deliveries_waiting", "next_at", **only_where("fate = 'waiting'")),
        Index("ix_deliveries_troubled", "fate", "next_at", **only_where(TROUBLED)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("notices.id"))
    way: Mapped[Way] = mapped_column(word(Way))
    fate: Mapped[Fate] = mapped_column(word(Fate), default=Fate.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str | None] = mapped_column(String(200))


class Happening(Model):
    """Something that group chats may hear of: what kind of thing, and where. Nobody and no detail.

    At most once per (subject, kind), as notices are; a chat gets each of them at most once.
    """

    __tablename__ = "happenings"
    __table_args__ = (
        UniqueConstraint("community_id", "subject", "kind"),
        Index("ix_happenings_unspread", "due_at", **only_where("spread_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    path: Mapped[str] = mapped_column(PathText)
    due_at: Mapped[datetime] = mapped_column(Moment)
    stale_at: Mapped[datetime | None] = mapped_column(Moment)
    urgent: Mapped[bool] = mapped_column(default=False)
    spread_at: Mapped[datetime | None] = mapped_column(Moment)
