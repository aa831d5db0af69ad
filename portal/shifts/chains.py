"""Chains: who could take a seat, and who could take theirs, until somebody is free.

A breadth-first search over pools finds the shortest chain (an augmenting path of the matching of
people and seats). All rules of time are looked at on the way, rest included, so a chain never has
to be mended afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from portal.shifts.pools import NOWHERE
from portal.shifts.problem import UNLIMITED, bits
from portal.shifts.seating import NOBODY, Seating


class Link(NamedTuple):
    """How a search came to a pool: `person` would leave `seat` there for a seat of `after`.

    Or, with a `unit`, nobody moves, but the visit of that seat goes to that unit.
    """

    person: int
    seat: int
    after: int
    unit: int = NOWHERE


Links = dict[int, Link | None]  # of every pool reached, how; None at the start


class Move(NamedTuple):
    """A seat changed hands."""

    seat: int
    before: int
    now: int


class Detour(NamedTuple):
    """A visit went to another unit."""

    visit: int
    before: int
    now: int


class Done(NamedTuple):
    """What a search changed."""

    moves: list[Move]
    detours: list[Detour] = []


class Chains:
    """Searches over one seating; `dead` are pools from which nobody free can be reached."""

    def __init__(self, seating: Seating) -> None:
        self.seating = seating
        self.dead: set[int] = set()
        self.reached: list[int] = []  # by the last search that found nobody

    def fill(self, seat: int) -> Done | None:
        """Seat somebody, by moving others where it must be; what moved, or None if nobody can."""
        start = self.seating.pool[seat]
        self.reached = []
        if start in self.dead:
            return None
        links: Links = {start: None}
        offered: dict[int, int] = {}
        queue = [start]
        for pool in queue:
            taker = self._taker(pool, offered, links)
            if taker != NOBODY:
                return self._carry_out(seat, pool, taker, links)
            self._widen(pool, offered, links, queue)
        self.reached = queue
        return None

    def _taker(self, pool: int, offered: dict[int, int], links: Links) -> int:
        """Of the people of a pool who are free then, the one with the least load."""
        seating = self.seating
        free, load, step = seating.free, seating.load, seating.problem.step
        bit = 1 << seating.pools.slot[pool]
        found = [p for p in seating.pools.people[pool] if free[p] & bit]
        barred = seating.pools.barred[pool]
        if found and barred >= 0:
            people = seating.problem.people
            found = [p for p in found if people[p].building != barred]
        best, least = NOBODY, UNLIMITED
        for p in found:
            weight = (load[p] + 1) * step[p]
            if weight < least and (p not in offered or self._is_free(p, pool, links)):
                best, least = p, weight
        return best

    def _is_free(self, p: int, pool: int, links: Links) -> bool:
        """Whether somebody who may have moved on this chain already could take a seat too."""
        seating = self.seating
        held = self._held_by_then(p, pool, links)
        return seating.hours.fits(p, seating.pools.slot[pool], held)

    def _held_by_then(self, p: int, pool: int, links: Links) -> int:
        seating = self.seating
        slot, held = seating.pools.slot, seating.held[p]
        link = links[pool]
        while link is not None:
            if link.person == p and link.unit == NOWHERE:
                held = held & ~(1 << slot[pool]) | 1 << slot[link.after]
            pool = link.after
            link = links[pool]
        return held

    def _widen(self, pool: int, offered: dict[int, int], links: Links, queue: list[int]) -> None:
        """Add the pools that the people of this one could leave for it."""
        seating = self.seating
        held, free, pinned, people = (
            seating.held,
            seating.free,
            seating.pinned,
            seating.problem.people,
        )
        t, barred = seating.pools.slot[pool], seating.pools.barred[pool]
        bit = 1 << t
        for p in seating.pools.people[pool]:
            has = held[p]
            if not has or people[p].building == barred:
                continue
            if p in offered:
                giving = self._second_offer(p, offered[p], pool, links)
                offered[p] |= giving
            else:
                giving = (
                    has & ~pinned[p]
                    if free[p] & bit
                    else seating.hours.ways_out(p, t, has, seating.pinned[p])
                )
                if giving:
                    offered[p] = giving
            for out in bits(giving):
                self._enter(p, out, pool, links, queue)

    def _second_offer(self, p: int, before: int, pool: int, links: Links) -> int:
        """What somebody met before on this search could still give up."""
        seating = self.seating
        left = seating.held[p] & ~before
        if not left:
            return 0
        t, has = seating.pools.slot[pool], self._held_by_then(p, pool, links)
        if seating.hours.fits(p, t, has):
            return left & has & ~seating.pinned[p]
        return left & seating.hours.ways_out(p, t, has, seating.pinned[p])

    def _enter(self, p: int, t: int, after: int, links: Links, queue: list[int]) -> None:
        seat = self.seating.seat_at(p, t)
        pool = self.seating.pool[seat]
        if pool not in links and pool not in self.dead:
            links[pool] = Link(p, seat, after)
            queue.append(pool)

    def _carry_out(self, seat: int, pool: int, taker: int, links: Links) -> Done | None:
        done = Done(self._moves(seat, pool, taker, links))
        self._move(done)
        return done

    def _moves(self, seat: int, pool: int, taker: int, links: Links) -> list[Move]:
        """What changes hands when the taker sits down and all before get up."""
        moves, link = [], links[pool]
        while link is not None:
            if link.unit == NOWHERE:
                moves.append(Move(link.seat, link.person, taker))
                taker = link.person
            link = links[link.after]
        moves.append(Move(seat, NOBODY, taker))
        return moves

    def _move(self, done: Done) -> None:
        for move in done.moves:
            if move.before != NOBODY:
                self.seating.rise(move.seat)
        for move in done.moves:
            self.seating.sit(move.now, move.seat)

    def take_back(self, done: Done) -> None:
        """Undo what `fill` did, if nothing happened since that was not undone."""
        for move in done.moves:
            self.seating.rise(move.seat)
        for move in done.moves:
            if move.before != NOBODY:
                self.seating.sit(move.before, move.seat)
