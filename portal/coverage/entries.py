"""What is reported about a door, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from portal.coverage import review
from portal.coverage.fold import Standing
from portal.coverage.models import TrayItem
from portal.coverage.states import Kind, Outcome


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What somebody reports about one door, under an id that their device made.

    `told` and `remaining` count people; `happened_at` orders the fold and is the server's now
    unless a correction takes the place of an older event, or a phone reports later. `device_at` is
    the phone's clock at the door, and `device_offset` the minutes its zone is ahead of UTC.
    """

    uuid: str
    dwelling_id: int
    kind: Kind = Kind.VISIT
    outcome: Outcome | None = None
    told: int | None = None
    remaining: int | None = None
    appointment_at: datetime | None = None
    note: str | None = None
    reason: str | None = None
    replaces: str | None = None
    happened_at: datetime | None = None
    credit_id: int | None = None
    device_at: datetime | None = None
    device_offset: int | None = None

    def body_hash(self, round_id: int, author_id: int) -> str:
        """What makes two reports under one id the same: everything but the clocks."""
        body = {**vars(self), "round": round_id, "author": author_id}
        for clock in ("happened_at", "device_at", "device_offset"):
            del body[clock]
        body["appointment_at"] = self.appointment_at and self.appointment_at.astimezone(UTC)
        return review.fingerprint(body)


class Fate(StrEnum):
    """What became of an entry; each one is told to the sender (law 6)."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # same id, other body: kept for review, nothing overwritten
    HELD = "held"  # the report it replaces has not arrived: kept, and entered after that
    REVIEW = "review"  # valid but too late or from outside: kept for a coordinator
    REFUSED = "refused"  # it has no readable id, or names no round of ours: its sender keeps it


@dataclass(frozen=True)
class Receipt:
    """The answer to one entry: its fate, and the door as it stands now (None while it waits).

    `item` is where a conflict or a report for review is kept; its kind says why.
    """

    uuid: str
    dwelling_id: int
    fate: Fate
    standing: Standing | None = None
    item: TrayItem | None = None
