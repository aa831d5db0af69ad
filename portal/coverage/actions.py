"""Rounds: opening one over a part of the tower, signing it off upwards, closing it for good."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import Integer, and_, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from portal.access import Person, below
from portal.audit.actions import record
from portal.clock import now
from portal.coverage import queries
from portal.coverage.models import Door, Round, SignOff, Tally, Visit
from portal.coverage.round_queries import hold_round
from portal.coverage.states import GAPS, Pending, State
from portal.db import count_anew, db, table_of
from portal.errors import RuleError
from portal.tower import actions as tower
from portal.tower.models import CareTag, Dwelling, Place, prefixes


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
    return sum(queries.figures(opened.community_id, opened.id, opened.path).values())


# Sign-off and closing ----------------------------------------------------------------------------


def why_not_sign(opened: Round, place: Place) -> str | None:
    """Why a place cannot be signed off now, in words; None when it can (law 9)."""
    if not opened.is_open:
        return str(gettext("This round is closed."))
    tree = SignOffTree(opened, place.path)
    counts = tree.counts.get(place.path)
    if counts is None:
        return str(gettext("This place has no households in this round."))
    if remainder := sum(counts[state] for state in GAPS):
        return str(
            ngettext(
                "%(num)s household is still to do here.",
                "%(num)s households are still to do here.",
                remainder,
            )
        )
    if missing := sum(path not in tree.signed for path in tree.below(place.path)):
        return str(
            ngettext(
                "%(num)s place below has not signed yet.",
                "%(num)s places below have not signed yet.",
                missing,
            )
        )
    return None


def sign(opened: Round, place: Place, *, by: Person) -> None:
    """State that a place has no remainder. Signing twice changes nothing."""
    queries.lock_tallies(opened.community_id, opened.id, place.path)
    if reason := why_not_sign(opened, place):
        raise RuleError(reason)
    tree = SignOffTree(opened, place.path)
    if place.path not in tree.signed:
        _write_statements(opened, tree, [place.path], by=by)


def sign_all_below(opened: Round, place: Place, *, by: Person) -> int:
    """Sign a place and all below it that can be signed, groups first; how many were signed."""
    if not opened.is_open:
        raise RuleError(gettext("This round is closed."))
    queries.lock_tallies(opened.community_id, opened.id, place.path)
    tree = SignOffTree(opened, place.path)
    ready = tree.ready()
    _write_statements(opened, tree, ready, by=by)
    return len(ready)


class SignOffTree:
    """Which places of a round at or below a path have signed, and which could."""

    def __init__(self, opened: Round, top: str) -> None:
        self.top = top
        self.counts: dict[str, Counter[State]] = {}
        for tally in queries.tallies_below(opened.community_id, opened.id, top):
            counts = Counter({state: getattr(tally, state.value) for state in State})
            if not counts.total():
                continue  # a re-cut has emptied this group: nobody signs for no doors
            for path in prefixes(tally.path):
                if path.startswith(top):
                    self.counts.setdefault(path, Counter()).update(counts)
        statements = queries.standing_sign_offs(opened.community_id, opened.id, top)
        self.signed = {statement.path for statement in statements}

    def below(self, path: str) -> list[str]:
        """The places strictly below one that have doors in the round."""
        return [p for p in self.counts if p != path and p.startswith(path)]

    def ready(self) -> list[str]:
        """The unsigned places without remainder whose places below have signed or are ready."""
        waiting = {path for path, counts in self.counts.items() if any(counts[s] for s in GAPS)}
        open_parents = {prefix for path in waiting for prefix in prefixes(path)}
        done = self.signed | open_parents
        return sorted((p for p in self.counts if p not in done), key=lambda p: (-p.count("/"), p))


def _write_statements(
    opened: Round, tree: SignOffTree, paths: Sequence[str], *, by: Person
) -> None:
    at = now()
    rows = [
        {
            "community_id": opened.community_id,
            "round_id": opened.id,
            "place_id": int(path.strip("/").rpartition("/")[2]),
            "path": path,
            "level": len(prefixes(path)),
            "figures": {state.value: tree.counts[path][state] for state in State},
            "signed_at": at,
            "signed_by": by.id,
        }
        for path in paths
    ]
    if rows:
        db.session.execute(insert(SignOff), rows)
        _mark_signed(opened, tree.top)


def close_round(opened: Round, *, by: Person) -> Round:
    """Freeze a round whose groups have all signed; stores the figures and the digest (law 9)."""
    if not hold_round(opened).is_open:
        raise RuleError(gettext("This round is closed."))
    queries.lock_tallies(opened.community_id, opened.id, opened.path)
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


def frozen_figures(opened: Round) -> dict[str, Any]:
    """The seven states of the whole round, and of every group by its path."""
    groups = {
        tally.path: [getattr(tally, state.value) for state in State]
        for tally in queries.tallies_below(opened.community_id, opened.id, opened.path)
    }
    total = queries.figures(opened.community_id, opened.id, opened.path)
    return {"states": {s.value: n for s, n in total.items()}, "groups": groups}


def digest_of(opened: Round) -> str:
    """SHA-256 over the ordered events of a round: one JSON array a line, by (happened, seq).

    Each line is [uuid, dwelling, kind, outcome, told, remaining, replaces, happened_at, author,
    credit] with the moment as ISO 8601 in UTC; the first line names the round and its base.
    """
    base = sum(queries.figures(opened.community_id, opened.id, opened.path).values())
    digest = hashlib.sha256()
    for line in _lines(opened, base):
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def _lines(opened: Round, base: int) -> Iterable[list[object]]:
    yield ["round", opened.id, base]
    visit = Visit.__table__.c
    rows = db.session.execute(
        select(
            visit.uuid,
            visit.dwelling_id,
            visit.kind,
            visit.outcome,
            visit.told,
            visit.remaining,
            visit.replaces,
            visit.happened_at,
            visit.author_id,
            visit.credit_id,
        )
        .where(visit.community_id == opened.community_id, visit.round_id == opened.id)
        .order_by(visit.happened_at, visit.seq)
        .execution_options(yield_per=2000)
    )
    for row in rows:
        values = list(row)
        values[7] = row.happened_at.isoformat()
        yield values


def _mark_signed(opened: Round, path: str) -> None:
    db.session.execute(
        update(Tally)
        .where(
            Tally.community_id == opened.community_id,
            Tally.round_id == opened.id,
            below(Tally.path, path),
        )
        .values(signed=True)
    )
