"""The tree of a bulletin with names: how every stop stands, who is to relay there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from portal.relay import people_queries, queries
from portal.relay.chain import Node, State, Stop, Tally, unfold
from portal.relay.models import Audience, Bulletin
from portal.relay.queries import StopRow

# What speaks comes first: where it stopped, then what lies behind that, then what is done.
ORDER = {State.NOBODY: 0, State.WAITING: 1, State.NOT_YET: 2, State.RELAYED: 3}


@dataclass(frozen=True)
class Board:
    """The stops at a place, below it and on the way down to it; `path` is that place."""

    bulletin: Bulletin
    path: str
    rows: Mapping[int, StopRow]
    nodes: Mapping[int, Node]
    led: Mapping[int, Mapping[int, str]]

    def people(self, node: Node) -> Mapping[int, str]:
        """Who is to relay at a stop: names by id."""
        return self.led.get(self.rows[node.stop.id].place_id, {})

    def superiors(self, node: Node) -> set[int]:
        """Who leads the nearest stop above that has anybody."""
        above = self.nodes.get(node.stop.above or 0)
        while above:
            if people := self.people(above):
                return set(people)
            above = self.nodes.get(above.stop.above or 0)
        return set()

    @cached_property
    def here(self) -> list[Node]:
        """The stops at the place and below it, without those on the way to it."""
        return [
            node
            for node in self.nodes.values()
            if self.rows[node.stop.id].path.startswith(self.path)
        ]

    @cached_property
    def tops(self) -> list[Node]:
        """The stop of the place itself, of each chain."""
        known = {node.stop.id for node in self.here}
        return [node for node in self.here if node.stop.above not in known]

    @cached_property
    def whole(self) -> Tally:
        """All of the place added up."""
        tally = Tally()
        for node in self.tops:
            tally.add(node.tally)
        return tally

    def below(self, top: Node) -> list[Node]:
        """The stops right below one: the overdue first, then those where most is missing."""
        found = [node for node in self.here if node.stop.above == top.stop.id]
        return sorted(found, key=self._urgency)

    @cached_property
    def stuck(self) -> list[Node]:
        """Where the bulletin stopped: the overdue first, of these the longest waiting."""
        found = [node for node in self.here if node.is_stuck]
        return sorted(found, key=lambda node: (not node.is_overdue, node.since, self._spot(node)))

    def in_reading_order(self, nodes: Iterable[Node]) -> list[Node]:
        """As one reads the tower: every place before what lies in it."""
        return sorted(nodes, key=self._spot)

    def _urgency(self, node: Node) -> tuple[object, ...]:
        return (
            not node.tally.overdue,
            not node.is_overdue,
            -node.tally.missing if node.tally.overdue else 0,
            ORDER[node.state] if node.tally.missing else len(ORDER),
            self._spot(node),
        )

    def _spot(self, node: Node) -> tuple[tuple[str, int], ...]:
        """Where a stop stands in the tower: the keys of its places from the top down."""
        row, above = self.rows[node.stop.id], self.nodes.get(node.stop.above or 0)
        own = (row.addressee or row.sort_key, row.id)
        return (*self._spot(above), own) if above else (own,)


def board_of(bulletin: Bulletin, audience: Audience | None, path: str, *, at: datetime) -> Board:
    """Read the stops of one audience, or of all, at a place and see how they stand."""
    rows = queries.stops(bulletin, audience, path)
    led = people_queries.leaders(bulletin.community_id, path)
    stops = [_stop(row, led) for row in rows]
    nodes = unfold(stops, bulletin.way, at=bulletin.ended_at or at)
    return Board(bulletin, path, {row.id: row for row in rows}, nodes, led)


def _stop(row: StopRow, led: Mapping[int, Mapping[int, str]]) -> Stop:
    return Stop(
        row.id, row.above_id, row.level, row.relayed_at, row.early, bool(led.get(row.place_id))
    )
