"""What became of a warning: whether money went within the week in which it is judged."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

JUDGED_FOR = timedelta(days=7)  # no transfer for so long is a success (domain.md 2.11)


class Fate(StrEnum):
    """Every warning has exactly one; a failure is known at once, a success after a week."""

    KEPT = "kept"
    LOST = "lost"
    YOUNG = "young"  # no transfer so far, and the week is not over


def is_failure(received_at: datetime, lost_at: datetime | None) -> bool:
    """Whether money went within the week; what went before the warning came counts as well."""
    return lost_at is not None and lost_at < received_at + JUDGED_FOR


def fate(received_at: datetime, lost_at: datetime | None, at: datetime) -> Fate:
    """The fate of a warning at a moment."""
    if is_failure(received_at, lost_at):
        return Fate.LOST
    return Fate.KEPT if received_at + JUDGED_FOR <= at else Fate.YOUNG
