"""Which old group each piece of a new cut continues.

The groups a building has now are stretches of the walk, and a piece of a new cut may continue one
old group that it shares a dwelling with. Following the walk, the only thing to remember is whether
the old group under way has been continued already: old stretches do not overlap, so no earlier one
can be met again. That makes "most dwellings keep their group" one more term of the shortest path.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from portal.tower.cutting import NEVER, Graph, Step


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive dwellings of one group on the walk: positions `start` to `stop` - 1.

    Dwellings without a group may lie between them; `homes` counts only its own. `elsewhere` is how
    many more members the group has who take no part in the cut; with any, its number must live on.
    """

    number: int
    start: int
    stop: int
    homes: int
    elsewhere: int = 0


def stretches_of(olds: Sequence[int | None]) -> list[Stretch]:
    """All stretches of a walk whose dwellings have these group numbers (None: no group yet)."""
    known = [(place, number) for place, number in enumerate(olds) if number is not None]
    runs = ((number, list(run)) for number, run in groupby(known, key=lambda pair: pair[1]))
    return [Stretch(number, run[0][0], run[-1][0] + 1, len(run)) for number, run in runs]


def longest_each(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Only the longest stretch of each group (the first of equals), in walking order."""
    longest: dict[int, Stretch] = {}
    for stretch in stretches:
        rival = longest.setdefault(stretch.number, stretch)
        if rival.homes < stretch.homes:
            longest[stretch.number] = stretch
    return sorted(longest.values(), key=lambda stretch: stretch.start)


class Claims:
    """Cuts of a walk whose pieces continue old groups.

    `olds` are the group numbers along the walk, `stretches` what the groups can be continued from:
    in walking order, at most one for each group. A node of the graph is twice a position, plus 1 if
    the stretch that runs across that position has been continued by an earlier piece.
    """

    def __init__(self, olds: Sequence[int | None], stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        self._known = list(accumulate((old is not None for old in olds), initial=0))
        places = range(len(olds) + 1)
        starts = [stretch.start for stretch in stretches]
        ends = [stretch.stop for stretch in stretches]
        self._begun = [bisect_left(starts, place) for place in places]  # how many before it
        self._ended = [bisect_right(ends, place) for place in places]

    def graph(self, stops: Mapping[int, Iterable[int]], *, most: int) -> Graph:
        """All ways to continue groups along the cuts that lead from each position to its `stops`.

        No group gets more than `most` dwellings. Some ways may not lead to the end.
        """
        graph: Graph = {}
        reached = {0}
        for node in range(2 * len(self._known) - 2):
            if node in reached:
                steps = (step for stop in stops[node // 2] for step in self._steps(node, stop))
                graph[node] = [step for step in steps if step.size <= most]
                reached.update(step.to for step in graph[node])
        return graph

    def _steps(self, node: int, stop: int) -> Iterator[Step]:
        start, continued = divmod(node, 2)
        size = stop - start
        lowest = self._ended[start] + continued
        near = self._stretches[lowest : self._begun[stop]]
        due = [stretch for stretch in near if stretch.elsewhere and stretch.stop <= stop]
        if not due:
            # If the stretch continued earlier runs on across the stop, it stays continued.
            yield Step(size, 2 * stop + (lowest > self._ended[stop]))
        for stretch in (due or near) if len(due) < 2 else ():
            kept = self._known[min(stop, stretch.stop)] - self._known[max(start, stretch.start)]
            if kept:
                to = 2 * stop + (stretch.stop > stop)
                yield Step(size + stretch.elsewhere, to, kept, stretch.number)


def cheapest(graph: Graph, costs: Sequence[int]) -> Graph:
    """Only the ways of the least price that lead to the end; nothing if no way does.

    Nodes are twice a position (or one more), `costs` the prices of a cut at each position.
    """
    rest: dict[int, int] = {}
    for node in reversed(graph):
        ways = (costs[step.to // 2] + rest.get(step.to, 0) for step in graph[node])
        rest[node] = min(ways, default=NEVER)
    best: Graph = {}
    reached = {0} if rest.get(0, NEVER) < NEVER else set()
    for node in graph:
        if node in reached:
            best[node] = [
                step
                for step in graph[node]
                if costs[step.to // 2] + rest.get(step.to, 0) == rest[node]
            ]
            reached.update(step.to for step in best[node])
    return best


def most_kept(overlaps: Sequence[Mapping[int, int]]) -> list[int | None]:
    """For each piece the old number it takes over, so that the most dwellings keep their group.

    `overlaps` holds for each piece how many of its dwellings come from which old group. Among equal
    answers one with the fewest new numbers. An exact assignment: piece by piece, each time along
    the chain of hand-overs that gains most.
    """
    scale = len(overlaps) + 1
    worth = [{n: kept * scale + 1 for n, kept in overlap.items()} for overlap in overlaps]
    holders: dict[int, int] = {}
    for piece in range(len(overlaps)):
        _hand_over(worth, holders, piece)
    numbers: list[int | None] = [None] * len(overlaps)
    for number, piece in holders.items():
        if number >= 0:
            numbers[piece] = number
    return numbers


def _hand_over(worth: Sequence[Mapping[int, int]], holders: dict[int, int], newcomer: int) -> None:
    """Let one more piece in: it takes a number, whose holder takes another, and so on."""
    held = {piece: number for number, piece in holders.items()}
    gains: dict[int, int] = {}  # by number, of the best chain that ends with taking it
    takers: dict[int, int] = {}
    waiting = deque([(newcomer, 0)])
    while waiting:
        piece, before = waiting.popleft()
        # Going without is always possible: a private place, below all numbers, that is worth 0.
        for number, value in [*worth[piece].items(), (-1 - piece, 0)]:
            gain = before + value
            if number != held.get(piece) and gain > gains.get(number, -NEVER):
                gains[number], takers[number] = gain, piece
                if number in holders:
                    robbed = holders[number]
                    waiting.append((robbed, gain - worth[robbed].get(number, 0)))
    taken: int | None = max(gains.keys() - holders.keys(), key=lambda n: (gains[n], -n))
    while taken is not None:
        holders[taken] = takers[taken]
        taken = held.get(holders[taken])
