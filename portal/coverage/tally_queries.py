"""The figures of groups: counted from their doors, kept in tallies, summed below a place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select

from portal.access import below, span, spans, within, within_one
from portal.coverage.models import Door, SignOff, Tally
from portal.coverage.states import GAPS, State
from portal.db import db, table_of
from portal.questions import Question

FEW_GROUPS = 100  # asked for one by one; more are counted with all others of the round
STATE_COLUMNS = tuple(Tally.__table__.c[state.value] for state in State)
_DOOR, _TALLY = table_of(Door).c, table_of(Tally).c


def counted(community_id: int, round_id: int, paths: Sequence[str]) -> list[Row[Any]]:
    """The doors of some groups, counted afresh: one row a path with the columns of a tally.

    One question a group: asked for several at once, SQLite reads all doors of the round. That is
    the shorter way only for very many of them.
    """
    values = {"c": community_id, "r": round_id}
    if len(paths) > FEW_GROUPS:
        wanted = set(paths)
        rows = db.session.execute(_COUNTED_ALL, values).all()
        return [row for row in rows if row.path in wanted]
    return [row for p in paths for row in _COUNTED.all({**values, "p": p})]


_COUNTED_ALL = (
    select(
        _DOOR.path,
        *(func.sum(case((_DOOR.state == state, 1), else_=0)).label(state.value) for state in State),
        func.min(case((_DOOR.state.in_([s for s in State if s in GAPS]), _DOOR.gap_since))).label(
            "oldest_gap"
        ),
    )
    .where(
        _DOOR.community_id == bindparam("c"),
        _DOOR.round_id == bindparam("r"),
    )
    .group_by(_DOOR.path)
)
_COUNTED = Question(_COUNTED_ALL.where(_DOOR.path == bindparam("p")))


def figures(community_id: int, round_id: int, *paths: str) -> dict[State, int]:
    """The seven states below a place, or some that do not overlap, summed over their groups."""
    if not paths:
        return dict.fromkeys(State, 0)
    values = {"community": community_id, "round": round_id, **spans("part", paths)}
    row = _figures(len(paths)).one(values)
    return {state: int(n or 0) for state, n in zip(State, row, strict=True)}


@cache
def _figures(parts: int) -> Question:
    return Question(
        select(*(func.sum(column) for column in STATE_COLUMNS)).where(
            _TALLY.community_id == bindparam("community"),
            _TALLY.round_id == bindparam("round"),
            within_one(_TALLY.path, "part", parts),
        )
    )


def lock_tallies(community_id: int, round_id: int, path: str) -> dict[str, bool]:
    """Hold the groups below a place until the transaction ends, in the order visits take them.

    Their paths, and whether a statement may stand on each.
    """
    values = {"community": community_id, "round": round_id, **span(path)}
    return dict(db.session.execute(_HOLD, values).tuples().all())


_HOLD = (
    select(_TALLY.path, _TALLY.signed)
    .where(
        _TALLY.community_id == bindparam("community"),
        _TALLY.round_id == bindparam("round"),
        within(_TALLY.path),
    )
    .order_by(_TALLY.path)
    .with_for_update()
)


def tallies_below(community_id: int, round_id: int, path: str) -> list[Tally]:
    """The tallies of the groups below a place, in the order of their paths."""
    return list(
        db.session.scalars(
            select(Tally)
            .where(
                Tally.community_id == community_id,
                Tally.round_id == round_id,
                below(Tally.path, path),
            )
            .order_by(Tally.path)
        )
    )


def standing_sign_offs(community_id: int, round_id: int, path: str) -> list[SignOff]:
    """Statements below a place that nothing has voided."""
    return list(
        db.session.scalars(
            select(SignOff)
            .where(
                SignOff.community_id == community_id,
                SignOff.round_id == round_id,
                SignOff.voided_at.is_(None),
                below(SignOff.path, path),
            )
            .order_by(SignOff.level, SignOff.path)
        )
    )
