"""Doors of open rounds follow the tower when dwellings get other groups or another order.

The tower lies below this feature, so it tells by a signal; a closed round keeps its groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Any

from sqlalchemy import bindparam, insert, literal, select, update

from portal.access import span, within
from portal.coverage import queries, tally_queries
from portal.coverage.counting import recount
from portal.coverage.models import Door, Round, Tally
from portal.coverage.round_queries import hold_round
from portal.coverage.statements import void_statements
from portal.coverage.states import State
from portal.db import db, table_of
from portal.tower.models import Dwelling, Place
from portal.tower.signals import dwellings_moved


@dwellings_moved.connect
def follow_all(buildings: Sequence[Place], **_: Any) -> None:
    """Let every open round follow the dwellings of some buildings, as far as it has doors there.

    Each is held first, because it may just be closing: then its doors stay as they were counted.
    """
    for opened in queries.open_rounds(buildings[0].community_id):
        touched = [building for building in buildings if _touch(opened, building)]
        if touched and hold_round(opened).is_open:
            follow(opened, touched)


def _touch(opened: Round, building: Place) -> bool:
    """Whether a round's part of the tower holds a building, or lies in it."""
    return building.path.startswith(opened.path) or opened.path.startswith(building.path)


def follow(opened: Round, buildings: Iterable[Place]) -> None:
    """Give the doors of some buildings the group and order of their dwellings; count afresh.

    A whole town may be cut at once, so a building is asked about by three prepared statements, and
    the groups of all are counted together.
    """
    before: dict[str, bool] = {}
    after: set[str] = set()
    for building in sorted(buildings, key=lambda place: place.path):
        held = tally_queries.lock_tallies(opened.community_id, opened.id, building.path)
        values = {"community": opened.community_id, "round": opened.id, **span(building.path)}
        db.session.execute(_FOLLOW, values)
        there = queries.door_paths(opened, building)
        _write_missing(opened, building, sorted(there - held.keys()))
        before |= held
        after |= there
    if after:
        _empty(opened, before.keys() - after)
        recount(opened.community_id, opened.id, sorted(after))
    if any(before.values()):
        void_statements(opened.community_id, opened.id, before.keys() | after)


_DOOR, _HOME = table_of(Door), table_of(Dwelling)
_SAME = _HOME.c.id == _DOOR.c.dwelling_id
_FOLLOW = (
    update(_DOOR)
    .where(
        _DOOR.c.community_id == bindparam("community"),
        _DOOR.c.round_id == bindparam("round"),
        within(_DOOR.c.path),
    )
    .values(
        path=select(_HOME.c.path).where(_SAME).scalar_subquery(),
        position=select(_HOME.c.position).where(_SAME).scalar_subquery(),
    )
)


def _write_missing(opened: Round, building: Place, paths: list[str]) -> None:
    if not paths:
        return
    group = table_of(Place)
    columns: dict[str, Any] = {
        "community_id": group.c.community_id,
        "round_id": literal(opened.id),
        "path": group.c.path,
        "estate_id": literal(building.parent_id),
        "building_id": literal(building.id),
        "group_id": group.c.id,
        **{state.value: literal(0) for state in State},
        "version": literal(1),
        "signed": literal(False),  # noqa: FBT003 - a column's value, not an option
        "closed": literal(False),  # noqa: FBT003
    }
    groups = select(*columns.values()).where(
        group.c.community_id == opened.community_id, group.c.path.in_(paths)
    )
    db.session.execute(insert(Tally).from_select(list(columns), groups))


def _empty(opened: Round, paths: Set[str]) -> None:
    """Groups that lost their last door keep a tally of nothing, so that versions only rise."""
    if paths:
        db.session.execute(
            update(Tally)
            .where(
                Tally.community_id == opened.community_id,
                Tally.round_id == opened.id,
                Tally.path.in_(paths),
            )
            .values(
                **dict.fromkeys((state.value for state in State), 0),
                oldest_gap=None,
                version=Tally.version + 1,
            )
        )
