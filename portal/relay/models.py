"""Bulletins, the stops on their way, those they are handed to, and who relays in a group."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.access import Role
from portal.db import BigId, Model, Moment, PathText, only_where, word
from portal.relay.chain import Way
from portal.tower.models import prefixes

LEADING = frozenset({Role.ADMIN, Role.COORDINATOR, Role.LEADER})  # whoever leads a place
DEFAULT_SEATS = (3, 6)  # building leader and volunteer leader: they live where they relay


class Audience(StrEnum):
    """Whom a bulletin is for; each audience has a chain of its own."""

    HOMES = "homes"
    SCHOOLS = "schools"
    SHOPS = "shops"
    UNITS = "units"


class Ending(StrEnum):
    """Why a bulletin is not relayed any more."""

    WITHDRAWN = "withdrawn"  # it was wrong: whoever relayed it is to say so
    CORRECTED = "corrected"  # another one stands in its place
    OVER = "over"  # it is of no use any more


class Bulletin(Model):
    """Something the people of a part of the tower are to be told, by a certain time.

    `raised` is the last level of which the next one above has been told that it lapsed; `alarm_at`
    is when the clockwork looks again.
    """

    __tablename__ = "bulletins"
    __table_args__ = (
        Index(None, "community_id", "path", "issued_at"),
        Index("ix_bulletins_alarm", "alarm_at", **only_where("alarm_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(1000))
    audiences: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    arrive_by: Mapped[datetime] = mapped_column(Moment)
    corrects_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("bulletins.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ending: Mapped[Ending | None] = mapped_column(word(Ending))
    reason: Mapped[str | None] = mapped_column(String(200))
    raised: Mapped[int]
    alarm_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def way(self) -> Way:
        return Way(len(prefixes(self.path)), self.issued_at, self.arrive_by)

    def end(self, ending: Ending, *, reason: str, at: datetime, by: int) -> None:
        self.ending, self.reason, self.ended_at, self.ended_by = ending, reason, at, by
        self.alarm_at = None


class Addressee(Model):
    """A school, shop or unit that bulletins are handed to, at a place whose people do so.

    `contact` says whom to ask for there; telephones are not kept.
    """

    __tablename__ = "addressees"
    __table_args__ = (Index(None, "community_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    audience: Mapped[Audience] = mapped_column(word(Audience))
    name: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(60))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


class RelayStop(Model):
    """One place, or one addressee, on the way of a bulletin to one audience.

    All are written when it is issued: nothing follows from a row that is not there. `on_behalf`:
    somebody above relayed it for the people of the place.
    """

    __tablename__ = "relay_stops"
    __table_args__ = (
        Index(None, "bulletin_id", "audience", "path"),
        Index("ix_relay_stops_waiting", "place_id", **only_where("relayed_at IS NULL")),
        Index(None, "relayed_by", "relayed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    bulletin_id: Mapped[int] = mapped_column(BigId, ForeignKey("bulletins.id"))
    audience: Mapped[Audience] = mapped_column(word(Audience))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    level: Mapped[int]
    above_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("relay_stops.id"))
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("addressees.id"))
    early: Mapped[bool] = mapped_column(default=False)
    relayed_at: Mapped[datetime | None] = mapped_column(Moment)
    relayed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    on_behalf: Mapped[bool] = mapped_column(default=False)

    def relay(self, *, at: datetime, by: int, on_behalf: bool) -> None:
        self.relayed_at, self.relayed_by, self.on_behalf = at, by, on_behalf

    def take_back(self) -> None:
        self.relayed_at, self.relayed_by, self.on_behalf = None, None, False


class RelayRules(Model):
    """Which core seats of a group relay; without a row the default holds."""

    __tablename__ = "relay_rules"

    community_id: Mapped[int] = mapped_column(ForeignKey("communities.id"), primary_key=True)
    seats: Mapped[list[int]] = mapped_column(JSON)
