"""What is missing where a visit is short of people, or where a slot has room for one more visit.

The answer is a minimum cut: all seats whose people could have come instead, if only there had been
somebody for theirs. One more person for any of them would help.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from portal.shifts.chains import Chains, Done
from portal.shifts.problem import Name
from portal.shifts.repairing import Repair


class Ask(NamedTuple):
    """Somebody to recruit: of this estate or near it, free at this hour; a lead is of the place."""

    estate: Name
    slot: Name
    lead: bool
    roles: tuple[str, ...]


class Missing(NamedTuple):
    """A visit short of people or, not `planned`, the next one that a slot has room for.

    `asks` are the people to recruit, the empty seat itself first; none if moving people who serve
    elsewhere would do.
    """

    unit: Name
    slot: Name
    planned: bool
    asks: tuple[Ask, ...]


def missing(kept: Repair, *, most: int = 5) -> Iterator[Missing]:
    """What a plan is short of, visit by visit and slot by slot, with so many asks each at most."""
    return _Shortfalls(kept, most).told()


class _Shortfalls:
    """A plan as it stands; whoever is seated for a trial gets up again."""

    def __init__(self, kept: Repair, most: int) -> None:
        self.kept, self.most = kept, most
        self.problem, self.seating = kept.problem, kept.seating
        self.chains = Chains(self.seating)

    def told(self) -> Iterator[Missing]:
        for visit in self.kept.short_visits():
            seats = self.kept.staffing.open_seats(visit)
            u, t = self.seating.unit[visit], self.seating.slot[visit]
            yield self._missing(u, t, seats, planned=True)
            self.seating.close_last_seats(visit, len(seats))
        turns, planned = self.kept.staffing.turns, self._planned()
        for t, slot in enumerate(self.problem.slots):
            due = next((u for u in turns.at(t) if u not in planned[t]), None)
            if len(planned[t]) < slot.most and due is not None:
                yield self._next_visit(due, t)
            for u in sorted(planned[t]):
                turns.visit(u, t)

    def _planned(self) -> list[set[int]]:
        found: list[set[int]] = [set() for _ in self.problem.slots]
        for u, t in zip(self.seating.unit, self.seating.slot, strict=True):
            found[t].add(u)
        return found

    def _next_visit(self, u: int, t: int) -> Missing:
        visit = self.seating.open_visit(u, t)
        wants = self.kept.staffing.ways(u)[0]
        seats = [
            self.seating.open_seat(visit, self.seating.pools.number(u, t, want)) for want in wants
        ]
        found = self._missing(u, t, seats, planned=False)
        self.seating.close_last_visit()
        return found

    def _missing(self, u: int, t: int, seats: Sequence[int], *, planned: bool) -> Missing:
        """Try to fill the seats; where that fails, everybody within reach is in the cut."""
        filled: list[Done] = []
        asks: tuple[Ask, ...] = ()
        for seat in seats:
            done = self.chains.fill(seat)
            if done is None:
                asks = self._asks(self.chains.reached)
                break
            filled.append(done)
        for done in reversed(filled):
            self.chains.take_back(done)
        return Missing(self.problem.units[u].name, self.problem.slots[t].name, planned, asks)

    def _asks(self, pools: Sequence[int]) -> tuple[Ask, ...]:
        known, problem = self.seating.pools, self.problem
        found = dict.fromkeys(
            Ask(
                estate=problem.estates[problem.units[known.unit[pool]].estate],
                slot=problem.slots[known.slot[pool]].name,
                lead=known.want[pool].lead,
                roles=known.want[pool].roles,
            )
            for pool in pools
        )
        return tuple(found)[: self.most]
