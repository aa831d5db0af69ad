"""The 6+N seats of a group, and who sits in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import BigId, Model, Moment, PathText, only_where

CORE_SEATS = 6
MEMBER = 0  # the number of a seat outside the core


class Team(Model):
    """How many of a group's six core seats are empty, kept so that a page can sum a whole tower."""

    __tablename__ = "teams"
    __table_args__ = (
        UniqueConstraint("group_id"),
        # all that a tree of a tower asks for, so that it reads nothing else
        Index(None, "community_id", "path", "vacant", **only_where("vacant > 0")),
    )

    community_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(PathText, primary_key=True)
    estate_id: Mapped[int]
    building_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    vacant: Mapped[int] = mapped_column(default=CORE_SEATS)


class Seat(Model):
    """Somebody's place in a team: core seat 1 to 6, or 0 for one of the N other members."""

    __tablename__ = "seats"
    __table_args__ = (
        Index(None, "community_id", "path"),
        Index(None, "user_id"),
        UniqueConstraint("group_id", "number", "user_id", "given_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    number: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[datetime] = mapped_column(Moment)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
