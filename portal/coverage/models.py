"""Rounds, doors, the events at doors, the tallies of groups, sign-offs, and the tray."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.clock import local
from portal.coverage.moments import agree
from portal.coverage.states import Kind, Outcome, Pending, State
from portal.db import CLUSTERED, BigId, Model, Moment, PathText, only_where, word
from portal.tower.models import CareTag


class Round(Model):
    """One campaign over one part of the tower. `care_tag` narrows it to doors with that tag.

    Closing stores `figures` (counts by state, per place) and `digest`, a SHA-256 over the ordered
    events, so that a printed report can be reproduced (law 9).
    """

    __tablename__ = "rounds"
    __table_args__ = (Index(None, "community_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    name: Mapped[str] = mapped_column(String(80))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    care_tag: Mapped[CareTag | None] = mapped_column(word(CareTag))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    digest: Mapped[str | None] = mapped_column(String(64))

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


# The few doors where somebody is expected: at an agreed time, or as a second person.
AWAITED = "appointment_at IS NOT NULL OR pending != ''"


class Door(Model):
    """One dwelling in one round: the row that is in exactly one of seven states.

    Unit, floor, room, order and path are copied from the dwelling, so that a plan or a list is
    one range of one table. `gap_since` is when the door was last touched, or joined the base.
    """

    __tablename__ = "doors"
    __table_args__ = (
        Index(None, "community_id", "round_id", "path", "position"),
        Index(None, "community_id", "round_id", "path", "state", "gap_since"),
        # With the last two SQLite answers from it alone, and so takes it before the others.
        Index(
            "ix_doors_awaited",
            *("community_id", "round_id", "path", "appointment_at", "pending"),
            **only_where(AWAITED),
        ),
        Index(
            "ix_doors_agreed", "community_id", "path", **only_where("appointment_at IS NOT NULL")
        ),
        CLUSTERED,
    )

    community_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    dwelling_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("dwellings.id"), primary_key=True, autoincrement=False
    )
    path: Mapped[str] = mapped_column(PathText)  # of its group
    unit: Mapped[str] = mapped_column(String(20))
    floor: Mapped[int]
    room: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    care_tag: Mapped[CareTag | None] = mapped_column(word(CareTag))
    joined_at: Mapped[datetime] = mapped_column(Moment)
    joined_by: Mapped[int | None]  # who approved a door found later; None: there from the start
    state: Mapped[State] = mapped_column(word(State), default=State.NOT_TRIED)
    attempts: Mapped[int] = mapped_column(default=0)
    contacts: Mapped[int] = mapped_column(default=0)
    remaining: Mapped[int | None]
    met: Mapped[bool] = mapped_column(default=False)
    pending: Mapped[Pending] = mapped_column(word(Pending), default=Pending.NONE)
    gap_since: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime | None] = mapped_column(Moment)
    appointment_at: Mapped[datetime | None] = mapped_column(Moment)


class Tally(Model):
    """The doors of one group counted by state, kept in the transaction of every visit.

    One row a group, so no row is hot: a level above sums its groups in one query. `version` rises
    with every change; `signed` and `closed` tell a visit at once whether it must do more.
    """

    __tablename__ = "tallies"
    __table_args__ = (CLUSTERED,)

    community_id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    path: Mapped[str] = mapped_column(PathText, primary_key=True)  # of the group
    estate_id: Mapped[int]
    building_id: Mapped[int]
    group_id: Mapped[int]
    not_tried: Mapped[int] = mapped_column(default=0)
    tried: Mapped[int] = mapped_column(default=0)
    part_covered: Mapped[int] = mapped_column(default=0)
    covered: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    vacant: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[int] = mapped_column(default=0)
    oldest_gap: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)
    signed: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[bool] = mapped_column(default=False)


class Visit(Model):
    """An event at a door: append-only, with a uuid that the client made (laws 4 and 5).

    `happened_at` orders the fold; `device_at` is the phone's own claim, kept and never trusted.
    A correction or undo names the event it replaces; `credit_id` stays with the first author.
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("community_id", "uuid"),
        Index(None, "community_id", "round_id", "dwelling_id", "seq"),
        Index(None, "community_id", "batch"),
    )

    seq: Mapped[int] = mapped_column(BigId, primary_key=True)
    community_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    dwelling_id: Mapped[int] = mapped_column(BigId, ForeignKey("dwellings.id"))
    uuid: Mapped[str] = mapped_column(String(36))
    kind: Mapped[Kind] = mapped_column(word(Kind))
    outcome: Mapped[Outcome | None] = mapped_column(word(Outcome))
    told: Mapped[int | None]
    remaining: Mapped[int | None]
    appointment_at: Mapped[datetime | None] = mapped_column(Moment)
    note: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(200))
    replaces: Mapped[str | None] = mapped_column(String(36))
    batch: Mapped[str | None] = mapped_column(String(36))
    happened_at: Mapped[datetime] = mapped_column(Moment)
    device_at: Mapped[datetime | None] = mapped_column(Moment)
    device_offset: Mapped[int | None]  # minutes by which the phone's zone is ahead of UTC
    received_at: Mapped[datetime] = mapped_column(Moment)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    body_hash: Mapped[str] = mapped_column(String(64))

    @property
    def is_late(self) -> bool:
        """Whether it was handed in on a later day than it happened; marked, never punished."""
        if self.replaces:
            return False
        return local(self.received_at).date() > local(self.happened_at).date()

    @property
    def is_doubtful(self) -> bool:
        """Whether the phone's clock was wrong, so that the moment is our estimate."""
        return self.device_at is not None and not agree(self.device_at, self.happened_at)


class SignOff(Model):
    """Somebody states that a place has no remainder. Void as soon as anything below it changes."""

    __tablename__ = "sign_offs"
    __table_args__ = (Index(None, "community_id", "round_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    path: Mapped[str] = mapped_column(PathText)
    level: Mapped[int]
    figures: Mapped[dict[str, int]] = mapped_column(JSON)
    signed_at: Mapped[datetime] = mapped_column(Moment)
    signed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    voided_at: Mapped[datetime | None] = mapped_column(Moment)


class TrayKind(StrEnum):
    """Why something waits in the tray for a coordinator."""

    FOUND = "found"  # a dwelling nobody had listed
    LATE = "late"  # a visit for a round that has been closed
    CONFLICT = "conflict"  # the same id with another body
    LEFT_SCOPE = "left_scope"  # a visit by somebody who has lost the building meanwhile
    RECUT = "recut"  # a visit by somebody whose group has lost the door to another meanwhile
    FOLLOWS = "follows"  # it takes back or corrects a report that waits itself
    HELD = "held"  # it takes back or corrects a report that has not arrived
    BROKEN = "broken"  # it cannot be entered as it stands: `problem` in its body says why


class Decision(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class TrayItem(Model):
    """Something valid that could not be entered at once: nothing is dropped (law 6).

    One id with one body makes one item, however often it is sent.
    """

    __tablename__ = "tray_items"
    __table_args__ = (
        UniqueConstraint("community_id", "uuid", "body_hash"),
        Index(None, "community_id", "decision", "path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int]
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"))
    kind: Mapped[TrayKind] = mapped_column(word(TrayKind))
    path: Mapped[str] = mapped_column(PathText)  # of the place it concerns
    dwelling_id: Mapped[int | None] = mapped_column(BigId)
    uuid: Mapped[str] = mapped_column(String(36))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    body_hash: Mapped[str] = mapped_column(String(64))
    reported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime] = mapped_column(Moment)
    decision: Mapped[Decision] = mapped_column(word(Decision), default=Decision.WAITING)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer: Mapped[str | None] = mapped_column(String(200))

    @property
    def can_be_entered(self) -> bool:
        """Whether accepting it is possible; what is broken can only be answered."""
        return self.kind is not TrayKind.BROKEN


class Epoch(Model):
    """One life of this database, by a random word; the newest row is the present one.

    Phones keep what was confirmed for a while. When the word has changed, because an older backup
    was restored, they send it all again.
    """

    __tablename__ = "epochs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(Moment)
