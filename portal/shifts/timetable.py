"""Whose turn it is: the order of the units at a moment, and the best that any order can reach.

Always visiting those who waited longest makes the longest gap, and every sum of convex functions
of the gaps, as small as can be: if a plan visits one unit while another waits longer, let the two
swap their parts from there on; the two gaps become a less spread pair of the same sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from portal.shifts.problem import Problem


class Turns:
    """The order of visits. A unit that a settled visit will reach in time is not called before."""

    def __init__(self, problem: Problem, promised: Iterable[tuple[int, int]] = ()) -> None:
        self.problem = problem
        self.times = [0] * len(problem.units)
        self.last = [unit.last for unit in problem.units]
        self.owed = [not unit.owed for unit in problem.units]
        self._even = all(unit.weight == 1 for unit in problem.units)
        self._order = list(range(len(problem.units)))
        self._promised: dict[int, list[int]] = {}
        for u, t in sorted(promised, key=lambda visit: (visit[1], visit[0])):
            self._promised.setdefault(u, []).append(t)

    def at(self, t: int) -> list[int]:
        """All units that may be visited in slot `t`, the next one first."""
        now, units = self.day_of(t), self.problem.units
        times, last, owed = self.times, self.last, self.owed
        if self._even:
            self._order.sort(key=lambda u: (owed[u], times[u], last[u]))
        else:
            self._order.sort(
                key=lambda u: (owed[u], times[u], -units[u].weight * (now - last[u]), u)
            )
        if not self._promised:
            return self._order
        return [u for u in self._order if not self._waits(u, t)]

    def _waits(self, u: int, t: int) -> bool:
        coming = self._promised.get(u)
        if not coming:
            return False
        while coming and coming[0] < t:
            coming.pop(0)
        return bool(coming) and self.day_of(coming[0]) - self.last[u] <= self._patience

    @cached_property
    def _patience(self) -> float:
        return longest_gap(self.problem)

    def visit(self, u: int, t: int) -> None:
        """A visit takes place."""
        self.times[u] += 1
        self.last[u] = self.day_of(t)
        self.owed[u] = True

    def day_of(self, t: int) -> float:
        """The moment of a slot in days."""
        return self.problem.slots[t].begin / 24


def longest_gap(problem: Problem) -> float:
    """The least possible longest gap in days, if there were people for every visit."""
    turns = Turns(problem)
    longest = 0.0
    for t, slot in enumerate(problem.slots):
        for u in turns.at(t)[: slot.most]:
            longest = max(longest, turns.day_of(t) - turns.last[u])
            turns.visit(u, t)
    return max(longest, *(problem.horizon - last for last in turns.last), 0.0)
