"""Rounds: opening one over a part of the tower, and closing it for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Integer, and_, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.coverage import queries, tally_queries
from portal.coverage.digest import digest_of, frozen_figures
from portal.coverage.models import Door, Round, Tally
from portal.coverage.round_queries import hold_round
from portal.coverage.statements import sign, why_not_sign
from portal.coverage.states import Pending, State
from portal.db import count_anew, db, table_of
from portal.errors import RuleError
from portal.tower import actions as tower
from portal.tower.models import CareTag, Dwelling, Place


def open_round(
    place: Place,
    *,
    name: str,
    by: Person | None,
    care_tag: CareTag | None = None,
    at: datetime | None = None,
) -> Round:
    """Open a round over a place: one row a dwelling in scope, which is its closed base (law 1).

    The tower is held meanwhile: a cut at the same moment would not know of this round.
    """
    tower.hold(place.community_id)
    opened = Round(
        community_id=place.community_id,
        name=name,
        place_id=place.id,
        path=place.path,
        care_tag=care_tag,
        opened_at=at or now(),
        opened_by=by.id if by else None,
    )
    db.session.add(opened)
    db.session.flush()
    count_anew(table_of(Dwelling), table_of(Place))  # a roster may just have been loaded
    write_base(opened, at=opened.opened_at)
    count_anew(table_of(Door))
    base = _write_tallies(opened)
    count_anew(table_of(Tally))
    if not base:
        raise RuleError(
            gettext("There is no household with this tag here.")
            if care_tag
            else gettext("There are no households here yet: load a roster first.")
        )
    record(
        "round.opened",
        community_id=place.community_id,
        by=by.id if by else None,
        subject="round",
        subject_id=opened.id,
        details={"place": place.id, "base": base, "care_tag": care_tag},
    )
    return opened


def write_base(
    opened: Round, *, at: datetime, by: int | None = None, only: int | None = None
) -> None:
    """Write a door for every dwelling in scope that has none, or for `only` one of them.

    `by` is who admits those found later.
    """
    dwelling = Dwelling.__table__.c
    columns: dict[str, Any] = {
        "community_id": dwelling.community_id,
        "round_id": literal(opened.id),
        "dwelling_id": dwelling.id,
        "path": dwelling.path,
        "unit": dwelling.unit,
        "floor": dwelling.floor,
        "room": dwelling.room,
        "position": dwelling.position,
        "care_tag": dwelling.care_tag,
        "joined_at": literal(at, Door.joined_at.type),
        "joined_by": literal(by, Integer),
        "gap_since": literal(at, Door.gap_since.type),
        "state": literal(State.NOT_TRIED, Door.state.type),
        "pending": literal(Pending.NONE, Door.pending.type),
        "attempts": literal(0),
        "contacts": literal(0),
        "met": literal(False),  # noqa: FBT003 - a column's value, not an option
    }
    newcomers = select(*columns.values()).where(*queries.not_in_base(opened, only=only))
    db.session.execute(insert(Door).from_select(list(columns), newcomers))


def _write_tallies(opened: Round) -> int:
    """One tally a group; the number of doors in all."""
    group, building = aliased(Place), aliased(Place)
    door = Door.__table__.c
    columns: dict[str, Any] = {
        "community_id": group.community_id,
        "round_id": literal(opened.id),
        "path": group.path,
        "estate_id": building.parent_id,
        "building_id": building.id,
        "group_id": group.id,
        "not_tried": func.count(),
        **{state.value: literal(0) for state in State if state is not State.NOT_TRIED},
        "oldest_gap": literal(opened.opened_at, Tally.oldest_gap.type),
        "version": literal(1),
        "signed": literal(False),  # noqa: FBT003
        "closed": literal(False),  # noqa: FBT003
    }
    counted = (
        select(*columns.values())
        .select_from(Door)
        .join(group, and_(group.community_id == door.community_id, group.path == door.path))
        .join(building, building.id == group.parent_id)
        .where(door.community_id == opened.community_id, door.round_id == opened.id)
        .group_by(group.community_id, group.path, building.parent_id, building.id, group.id)
    )
    db.session.execute(insert(Tally).from_select(list(columns), counted))
    return sum(tally_queries.figures(opened.community_id, opened.id, opened.path).values())


def close_round(opened: Round, *, by: Person) -> Round:
    """Freeze a round whose groups have all signed; stores the figures and the digest (law 9)."""
    if not hold_round(opened).is_open:
        raise RuleError(gettext("This round is closed."))
    tally_queries.lock_tallies(opened.community_id, opened.id, opened.path)
    top = db.session.get_one(Place, opened.place_id)
    if reason := why_not_sign(opened, top):
        raise RuleError(reason)
    sign(opened, top, by=by)
    opened.figures = frozen_figures(opened)
    opened.digest = digest_of(opened)
    opened.closed_at = now()
    opened.closed_by = by.id
    db.session.execute(
        update(Tally)
        .where(Tally.community_id == opened.community_id, Tally.round_id == opened.id)
        .values(closed=True)
    )
    record(
        "round.closed",
        community_id=opened.community_id,
        by=by.id,
        subject="round",
        subject_id=opened.id,
        details={"digest": opened.digest},
    )
    return opened
