"""The closed lists of what residents write: kinds, and how far an answer is."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class InquiryKind(StrEnum):
    """What a resident wants to say."""

    QUESTION = "question"
    TIP = "tip"  # about fraud
    VISIT = "visit"  # a wish to be visited
    MOVED_IN = "moved_in"
    TENANT_CHANGED = "tenant_changed"
    BAD_ADDRESS = "bad_address"


NEEDS_TEXT = frozenset({InquiryKind.QUESTION, InquiryKind.TIP})
# Hours within which somebody answers. No document gives any: defaults of our own, for a community
# to change.
DEFAULT_HOURS: dict[InquiryKind, int] = {
    InquiryKind.QUESTION: 48,
    InquiryKind.TIP: 24,
    InquiryKind.VISIT: 72,
    InquiryKind.MOVED_IN: 72,
    InquiryKind.TENANT_CHANGED: 72,
    InquiryKind.BAD_ADDRESS: 72,
}
DEFAULT_KEEP_DAYS = 180  # after it was closed, what somebody wrote is deleted
DEFAULT_MOST_A_DAY = 60  # messages by the code of one entrance, whoever sends them


class Progress(StrEnum):
    """How far the answer to a resident is; each message is in exactly one."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    IN_TIME = "in_time"
    LATE = "late"
    UNANSWERED = "unanswered"  # closed without an answer


def progress(
    *, due_at: datetime, answered_at: datetime | None, is_open: bool, at: datetime
) -> Progress:
    """Where a message is."""
    if answered_at:
        return Progress.IN_TIME if answered_at <= due_at else Progress.LATE
    if not is_open:
        return Progress.UNANSWERED
    return Progress.WAITING if at <= due_at else Progress.OVERDUE


def due(kind: InquiryKind, hours: dict[str, int], at: datetime) -> datetime:
    """By when a message is to be answered; `hours` are those a community has changed."""
    return at + timedelta(hours=hours.get(kind.value, DEFAULT_HOURS[kind]))
