"""How a bulletin stands on its way down: a fold over who has relayed it, and nothing else.

A chain is a tree of stops. The first has the bulletin from its issue on, every other from the
moment the stop above it relayed, so the order in which people confirm never matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

LAST = 4  # the level of groups, and of those a bulletin is handed to


class State(StrEnum):
    """A stop is in exactly one of these."""

    WAITING = "waiting"  # has it, and has not relayed it yet
    NOBODY = "nobody"  # nobody is there to relay it, whether it has come or not
    NOT_YET = "not_yet"  # it has not come down so far
    RELAYED = "relayed"


class Stop(NamedTuple):
    """One place on the way; what is `early` had what this corrects, so it has this at once."""

    id: int
    above: int | None
    level: int
    relayed_at: datetime | None
    early: bool
    led: bool


@dataclass(slots=True)
class Tally:
    """How many stops there are by level and state, and how many of them let their time pass."""

    counts: Counter[tuple[int, State]] = field(default_factory=Counter)
    late: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def relayed(self) -> int:
        return self.of(state=State.RELAYED)

    @property
    def missing(self) -> int:
        return self.total - self.relayed

    @property
    def overdue(self) -> int:
        return self.late.total()

    def of(self, *, level: int | None = None, state: State | None = None) -> int:
        """How many there are of a level, of a state, or of both."""
        return sum(
            count
            for (stands_at, stands), count in self.counts.items()
            if level in {None, stands_at} and state in {None, stands}
        )

    def add(self, other: Tally) -> None:
        self.counts.update(other.counts)
        self.late.update(other.late)


@dataclass(frozen=True, slots=True)
class Node:
    """A stop, how it stands, since when it has the bulletin, and the sum of it and all below."""

    stop: Stop
    state: State
    since: datetime | None
    is_overdue: bool
    tally: Tally

    @property
    def is_stuck(self) -> bool:
        """Whether this is where the bulletin stopped."""
        return self.since is not None and self.state in {State.WAITING, State.NOBODY}


class Way(NamedTuple):
    """When a bulletin began its way, at which level, and by when it shall have arrived."""

    top: int
    issued_at: datetime
    arrive_by: datetime

    def due(self, level: int) -> datetime:
        """By when a level shall have relayed: every level below the first has an equal share."""
        steps = LAST - self.top
        if not steps:
            return self.arrive_by
        return self.issued_at + (self.arrive_by - self.issued_at) * (level - self.top) / steps


def unfold(stops: Iterable[Stop], way: Way, *, at: datetime) -> dict[int, Node]:
    """Every stop of a chain as it stands at a moment; a stop comes after the one above it.

    Whatever lies above the first stop given must be given too, or the stop counts as a first one.
    """
    known: dict[int, Node] = {}
    for stop in sorted(stops, key=lambda stop: stop.level):
        known[stop.id] = _node(stop, known.get(stop.above or 0), way, at)
    _sum_up(list(known.values()), known)
    return known


def _node(stop: Stop, above: Node | None, way: Way, at: datetime) -> Node:
    since = way.issued_at if above is None or stop.early else above.stop.relayed_at
    state = _state(stop, since)
    stuck = since is not None and state in {State.WAITING, State.NOBODY}
    is_overdue = stuck and way.due(stop.level) < at
    own = Tally(Counter({(stop.level, state): 1}), Counter({stop.level: 1} if is_overdue else {}))
    return Node(stop, state, since, is_overdue, own)


def _state(stop: Stop, since: datetime | None) -> State:
    if stop.relayed_at is not None:
        return State.RELAYED
    if not stop.led:
        return State.NOBODY
    return State.WAITING if since is not None else State.NOT_YET


def _sum_up(nodes: Sequence[Node], known: dict[int, Node]) -> None:
    for node in reversed(nodes):
        if above := known.get(node.stop.above or 0):
            above.tally.add(node.tally)
