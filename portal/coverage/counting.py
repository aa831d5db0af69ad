"""From events to states and figures: fold doors afresh, count their groups afresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, update

from portal.coverage import event_queries, tally_queries
from portal.coverage.fold import Standing, fold
from portal.coverage.models import Door, Tally
from portal.coverage.statements import void_statements
from portal.coverage.states import State
from portal.db import table_of
from portal.questions import Question


def refresh(community_id: int, round_id: int, doors: Sequence[Row[Any]]) -> dict[int, Standing]:
    """Fold some doors afresh and count their groups; the doors must be held (`lock_doors`)."""
    events = event_queries.events_at(community_id, round_id, [door.dwelling_id for door in doors])
    standings = {d.dwelling_id: fold(events.get(d.dwelling_id, ())) for d in doors}
    _KEEP_STATE.run(
        *(
            {"c": community_id, "r": round_id, "d": d.dwelling_id, **_columns(s, d.joined_at)}
            for d in doors
            for s in (standings[d.dwelling_id],)
        )
    )
    recount(community_id, round_id, sorted({door.path for door in doors}))
    void_statements(community_id, round_id, {door.path for door in doors if door.signed})
    return standings


def recount(community_id: int, round_id: int, paths: Sequence[str]) -> None:
    """Count the doors of some groups from their rows and keep the figures in their tallies."""
    rows = [
        {"c": community_id, "r": round_id, "p": row.path, **_tally_columns(row)}
        for row in tally_queries.counted(community_id, round_id, paths)
    ]
    _KEEP_TALLY.run(*rows)


_DOOR, _TALLY = table_of(Door), table_of(Tally)
_KEEP_STATE = Question(
    update(_DOOR).where(
        _DOOR.c.community_id == bindparam("c"),
        _DOOR.c.round_id == bindparam("r"),
        _DOOR.c.dwelling_id == bindparam("d"),
    )
)
_KEEP_TALLY = Question(
    update(_TALLY)
    .where(
        _TALLY.c.community_id == bindparam("c"),
        _TALLY.c.round_id == bindparam("r"),
        _TALLY.c.path == bindparam("p"),
    )
    .values(version=_TALLY.c.version + 1, signed=False)
)


def _columns(standing: Standing, joined_at: datetime) -> dict[str, object]:
    return {
        "state": standing.state,
        "attempts": standing.attempts,
        "contacts": standing.contacts,
        "remaining": standing.remaining,
        "met": standing.met,
        "pending": standing.pending,
        "last_at": standing.last_at,
        "gap_since": standing.last_at or joined_at,
        "appointment_at": standing.appointment_at,
    }


def _tally_columns(row: Row[Any]) -> dict[str, object]:
    counts: dict[str, object] = {state.value: getattr(row, state.value) for state in State}
    return {**counts, "oldest_gap": row.oldest_gap}
