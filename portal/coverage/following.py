"""Doors of open rounds follow the tower when dwellings get other groups or another order.

The tower lies below this feature, so it tells by a signal; a closed round keeps its groups.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, literal, select, update

from portal.access import below
from portal.coverage import queries
from portal.coverage.ledger import recount, void_statements
from portal.coverage.models import Door, Round, Tally
from portal.coverage.states import State
from portal.db import db, table_of
from portal.tower.models import Dwelling, Place
from portal.tower.signals import dwellings_moved


@dwellings_moved.connect
def follow_all(building: Place, **_: Any) -> None:
    """Let every open round that has doors in a building follow its dwellings."""
    for opened in queries.open_rounds_touching(building):
        if queries.tally_paths(opened, building):  # else no door of this building is in the round
            follow(opened, building)


def follow(opened: Round, building: Place) -> None:
    """Give the doors of one building the group and order of their dwellings; count afresh."""
    queries.lock_tallies(opened.community_id, opened.id, building.path)
    before = queries.tally_paths(opened, building)
    dwelling, door = table_of(Dwelling), table_of(Door)
    same = dwelling.c.id == door.c.dwelling_id
    db.session.execute(
        update(door)
        .where(
            door.c.community_id == opened.community_id,
            door.c.round_id == opened.id,
            below(door.c.path, building.path),
        )
        .values(
            path=select(dwelling.c.path).where(same).scalar_subquery(),
            position=select(dwelling.c.position).where(same).scalar_subquery(),
        )
    )
    after = queries.door_paths(opened, building)
    _write_missing(opened, building, sorted(after - before))
    _empty(opened, before - after)
    recount(opened.community_id, opened.id, sorted(after))
    void_statements(opened.community_id, opened.id, before | after)


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


def _empty(opened: Round, paths: set[str]) -> None:
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
