"""Rebuild every state and count from the events, and say where the books differ (law 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from portal.coverage import queries
from portal.coverage.actions import digest_of, frozen_figures
from portal.coverage.fold import Standing, fold
from portal.coverage.models import Door, Round
from portal.coverage.states import GAPS, State
from portal.db import db, table_of

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


@dataclass(frozen=True)
class Difference:
    """One place where what is kept differs from what the events say."""

    round_id: int
    what: str
    where: str
    kept: Any
    rebuilt: Any

    def as_json(self) -> dict[str, Any]:
        return {name: str(value) for name, value in asdict(self).items()}


def differences(opened: Round) -> Iterator[Difference]:
    """Everything in one round that its events do not bear out; nothing when all is well."""
    counts: dict[str, Counter[State]] = {}
    oldest: dict[str, Any] = {}
    for door, standing in _doors_and_standings(opened):
        counts.setdefault(door.path, Counter())[standing.state] += 1
        if standing.state in GAPS:
            since = standing.last_at or door.joined_at
            oldest[door.path] = min(oldest.get(door.path, since), since)
        for name in FOLDED:
            kept, rebuilt = getattr(door, name), getattr(standing, name)
            if kept != rebuilt:
                yield Difference(opened.id, name, f"door {door.dwelling_id}", kept, rebuilt)
    yield from _tally_differences(opened, counts, oldest)
    yield from _closing_differences(opened)


def count_doors(opened: Round) -> int:
    """How many doors the tallies of a round add up to."""
    return sum(queries.figures(opened.community_id, opened.id, opened.path).values())


def _doors_and_standings(opened: Round) -> Iterator[tuple[Any, Standing]]:
    """Every door with the fold of its events, in the order of the dwellings, with flat memory."""
    door = table_of(Door).c
    doors = db.session.execute(
        select(
            door.dwelling_id,
            door.path,
            door.joined_at,
            *(door[name] for name in FOLDED),
        )
        .where(door.community_id == opened.community_id, door.round_id == opened.id)
        .order_by(door.dwelling_id)
        .execution_options(yield_per=5000)
    )
    events = queries.all_events(opened.community_id, opened.id)
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
        for tally in queries.tallies_below(opened.community_id, opened.id, opened.path)
    }
    for path in sorted(tallies.keys() | counts.keys()):
        tally, rebuilt = tallies.get(path), counts.get(path, Counter())
        for state in State:
            kept = getattr(tally, state.value) if tally else None
            if kept != rebuilt[state]:
                yield Difference(opened.id, state.value, f"group {path}", kept, rebuilt[state])
        if tally and tally.oldest_gap != oldest.get(path):
            yield Difference(
                opened.id, "oldest_gap", f"group {path}", tally.oldest_gap, oldest.get(path)
            )


def _closing_differences(opened: Round) -> Iterator[Difference]:
    """A closed round still has the figures and the digest with which it was closed."""
    if opened.is_open:
        return
    if (digest := digest_of(opened)) != opened.digest:
        yield Difference(opened.id, "digest", "round", opened.digest, digest)
    if (figures := frozen_figures(opened)) != opened.figures:
        yield Difference(opened.id, "figures", "round", opened.figures, figures)
