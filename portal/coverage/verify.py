"""Rebuild every state and count from the events, and say where the books differ (law 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from portal.coverage import event_queries, tally_queries
from portal.coverage.digest import digest_of, frozen_figures
from portal.coverage.fold import Standing, fold
from portal.coverage.models import Door, Round
from portal.coverage.states import GAPS, State
from portal.db import db, table_of
from portal.tower.models import Dwelling, prefixes

FOLDED = (
    "state",
    "attempts",
    "contacts",
    "remaining",
    "met",
    "pending",
    "last_at",
    "appointment_at",
)
COPIED = ("path", "position", "unit", "floor", "room")  # from the dwelling while a round is open


@dataclass(frozen=True)
class Difference:
    """One place where what is kept differs from what the events and the tower say."""

    round_id: int
    what: str
    where: str
    kept: Any
    rebuilt: Any

    def as_json(self) -> dict[str, Any]:
        return {name: str(value) for name, value in asdict(self).items()}


def differences(opened: Round) -> Iterator[Difference]:
    """Everything in one round that its events do not bear out; nothing when all is well.

    That is every column that follows from others: of doors from their events and dwellings, of
    tallies from their doors, path, statements and round, of a closed round from all of these.
    """
    counts: dict[str, Counter[State]] = {}
    oldest: dict[str, Any] = {}
    for door, standing in _doors_and_standings(opened):
        counts.setdefault(door.path, Counter())[standing.state] += 1
        since = standing.last_at or door.joined_at
        if standing.state in GAPS:
            oldest[door.path] = min(oldest.get(door.path, since), since)
        rebuilt = {name: getattr(standing, name) for name in FOLDED} | {"gap_since": since}
        if opened.is_open:  # a closed round keeps its groups
            rebuilt |= {name: getattr(door, f"home_{name}") for name in COPIED}
        yield from _compare(opened, f"door {door.dwelling_id}", door, rebuilt)
    yield from _tally_differences(opened, counts, oldest)
    yield from _closing_differences(opened)


def _compare(
    opened: Round, where: str, kept: Any, rebuilt: Mapping[str, Any]
) -> Iterator[Difference]:
    for name, value in rebuilt.items():
        if (found := getattr(kept, name)) != value:
            yield Difference(opened.id, name, where, found, value)


def count_doors(opened: Round) -> int:
    """How many doors the tallies of a round add up to."""
    return sum(tally_queries.figures(opened.community_id, opened.id, opened.path).values())


def _doors_and_standings(opened: Round) -> Iterator[tuple[Any, Standing]]:
    """Every door with the fold of its events, in the order of the dwellings, with flat memory."""
    door, home = table_of(Door).c, table_of(Dwelling).c
    doors = db.session.execute(
        select(
            door.dwelling_id,
            door.joined_at,
            door.gap_since,
            *(door[name] for name in FOLDED + COPIED),
            *(home[name].label(f"home_{name}") for name in COPIED),
        )
        .join_from(table_of(Door), table_of(Dwelling), home.id == door.dwelling_id)
        .where(door.community_id == opened.community_id, door.round_id == opened.id)
        .order_by(door.dwelling_id)
        .execution_options(yield_per=5000)
    )
    events = event_queries.all_events(opened.community_id, opened.id)
    pending = next(events, None)
    for row in doors:
        standing = Standing()
        if pending is not None and pending[0] == row.dwelling_id:
            standing = fold(pending[1])
            pending = next(events, None)
        yield row, standing


def _tally_differences(
    opened: Round, counts: dict[str, Counter[State]], oldest: dict[str, Any]
) -> Iterator[Difference]:
    tallies = {
        tally.path: tally
        for tally in tally_queries.tallies_below(opened.community_id, opened.id, opened.path)
    }
    statements = tally_queries.standing_sign_offs(opened.community_id, opened.id, opened.path)
    signed = {statement.path for statement in statements}
    for path in sorted(counts.keys() - tallies.keys()):
        yield Difference(opened.id, "tally", f"group {path}", None, dict(counts[path]))
    for path, tally in tallies.items():
        _, estate, building, group = (int(step) for step in path.strip("/").split("/"))
        rebuilt = {
            **{state.value: counts.get(path, Counter())[state] for state in State},
            "oldest_gap": oldest.get(path),
            "estate_id": estate,
            "building_id": building,
            "group_id": group,
            "closed": not opened.is_open,
        }
        if signed & set(prefixes(path)):  # the mark may stay longer than a statement, not shorter
            rebuilt["signed"] = True
        yield from _compare(opened, f"group {path}", tally, rebuilt)


def _closing_differences(opened: Round) -> Iterator[Difference]:
    """A closed round still has the figures and the digest with which it was closed."""
    if opened.is_open:
        return
    if (digest := digest_of(opened)) != opened.digest:
        yield Difference(opened.id, "digest", "round", opened.digest, digest)
    if (figures := frozen_figures(opened)) != opened.figures:
        yield Difference(opened.id, "figures", "round", opened.figures, figures)
