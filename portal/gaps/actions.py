"""The one thing gaps writes: that somebody took a list away as a file."""

from __future__ import annotations

from portal.access import Person
from portal.audit.actions import record
from portal.gaps.queries import Reach
from portal.gaps.wanted import Wanted


def record_export(reach: Reach, wanted: Wanted, *, kind: str, rows: int, by: Person) -> None:
    """Note who exported which doors of a round, and how many."""
    record(
        "doors.exported",
        community_id=reach.community_id,
        by=by.id,
        subject="round",
        subject_id=reach.round_id,
        details={"kind": kind, "rows": rows, "places": list(reach.paths), **wanted.args()},
    )
