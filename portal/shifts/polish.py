"""New faces and short ways: exchanges that leave every load and every visit as they are.

What is counted against a seat: somebody who has been in the building before, a pair that has served
together before, the way from home; in favour, the own building where the community prefers it. A
seat with something against it is exchanged with the first one that lessens the sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.shifts.problem import Progress, bits, say_nothing
from portal.shifts.seating import NOBODY, Seating

AGAIN = 1000  # same building, or same pair
WAY = 10
AT_HOME = 1  # for not being in the own building, where that is preferred
ROUNDS = 4


class Polish:
    """Who has been where, and with whom, in a finished seating."""

    def __init__(self, seating: Seating) -> None:
        problem = seating.problem
        self.seating = seating
        self.problem = problem
        self._ways = [[problem.travel(a, b) for b in _estates(seating)] for a in _estates(seating)]
        self._prefers = problem.rules.own_building == "prefer"
        self._been: dict[int, int] = {}
        self._met: dict[int, int] = {}
        self._at: list[list[int]] = [[] for _ in problem.slots]
        for p, building in problem.been:
            self._count(self._been, p * len(problem.buildings) + building, 1)
        for p, q in problem.met:
            self._count(self._met, self._pair(p, q), 1)
        self._remember()

    def _remember(self) -> None:
        """Count every visit for those who have seats in it; a plan has thousands."""
        seating, been, met = self.seating, self._been, self._met
        width, units, pair = len(self.problem.buildings), self.problem.units, self._pair
        for seats, u, t in zip(seating.seats, seating.unit, seating.slot, strict=True):
            building, crew = units[u].building, list[int]()
            for seat in seats:
                p = seating.holder[seat]
                if p == NOBODY:
                    continue
                self._at[t].append(seat)
                been[p * width + building] = been.get(p * width + building, 0) + 1
                for q in crew:
                    met[pair(p, q)] = met.get(pair(p, q), 0) + 1
                crew.append(p)
        for taken in self._at:
            taken.sort()

    def run(self, progress: Progress = say_nothing) -> None:
        """Exchange until nothing gets better, or a few rounds at most; then shorten the ways."""
        for turn in range(ROUNDS):
            better = [self._renew(seat) for seat in self._with_at_least(AGAIN)]
            progress(turn, ROUNDS)
            if not any(better):
                break
        for seat in self._with_at_least(AT_HOME):
            self._shorten(seat)
        progress(ROUNDS, ROUNDS)

    def touch_up(self) -> None:
        """One quick look at the seats that are not settled, for a plan of which most is."""
        for seat in self._with_at_least(AGAIN):
            self._shorten(seat)

    def _with_at_least(self, much: float) -> list[int]:
        """Seats with so much against them, but for those that somebody chose."""
        holder, pinned = self.seating.holder, self.seating.pinned
        return [
            seat
            for t, seats in enumerate(self._at)
            for seat in seats
            if not pinned[holder[seat]] >> t & 1 and self._against_now(seat) >= much
        ]

    def _renew(self, seat: int) -> bool:
        """Do away with a repetition."""
        return (
            self._against_now(seat) < AGAIN
            or any(self._try(seat, other) for other in self._beside(seat))
            or any(self._try_newcomer(seat, p) for p in self._newcomers(seat))
            or any(self._try(seat, other) for other in self._at_other_hours(seat))
        )

    def _shorten(self, seat: int) -> bool:
        """Look for somebody nearer, at the same hour only: there are many such seats."""
        return any(self._try(seat, other) for other in self._beside(seat)) or any(
            self._try_newcomer(seat, p) for p in self._newcomers(seat)
        )

    # What there is to choose from -----------------------------------------------------------------

    def _beside(self, seat: int) -> Iterator[int]:
        """Seats of the same hour that could be exchanged for this one."""
        seating, pools = self.seating, self.seating.pools
        p, t, pool = seating.holder[seat], self._slot(seat), seating.pool[seat]
        for other in self._at[t]:
            q = seating.holder[other]
            if (
                seating.visit[other] != seating.visit[seat]
                and not seating.pinned[q] >> t & 1
                and pools.admits(pool, q)
                and pools.admits(seating.pool[other], p)
            ):
                yield other

    def _at_other_hours(self, seat: int) -> Iterator[int]:
        """Seats of other hours that could be exchanged for this one."""
        seating, pools = self.seating, self.seating.pools
        p, t, pool = seating.holder[seat], self._slot(seat), seating.pool[seat]
        room = seating.hours.room(p, seating.held[p] & ~(1 << t))
        for q in pools.people[pool]:
            if q == p or not pools.admits(pool, q):
                continue
            for late in bits(
                seating.hours.ways_out(q, t, seating.held[q], seating.pinned[q]) & room & ~(1 << t)
            ):
                other = seating.seat_at(q, late)
                if pools.admits(seating.pool[other], p):
                    yield other

    def _newcomers(self, seat: int) -> Iterator[int]:
        """People who are free then and would come to have just what this one has now."""
        seating, step, load = self.seating, self.problem.step, self.seating.load
        p, pool = seating.holder[seat], seating.pool[seat]
        for q in seating.pools.people[pool]:
            alike = load[q] + 1 == load[p] and step[q] == step[p]
            if alike and seating.is_free(q, seat) and seating.pools.admits(pool, q):
                yield q

    # Trying ---------------------------------------------------------------------------------------

    def _try(self, seat: int, other: int) -> bool:
        """Exchange two seats if that is better."""
        seating = self.seating
        p, q = seating.holder[seat], seating.holder[other]
        self._leave(p, seat)
        self._leave(q, other)
        now = self._against(p, seat) + self._against(q, other)
        then = self._against(q, seat) + self._against(p, other)
        if then < now:
            seating.rise(seat)
            seating.rise(other)
            seating.sit(q, seat)
            seating.sit(p, other)
        self._enter(seating.holder[seat], seat)
        self._enter(seating.holder[other], other)
        return then < now

    def _try_newcomer(self, seat: int, q: int) -> bool:
        """Let somebody else have a seat if that is better."""
        seating = self.seating
        p = seating.holder[seat]
        self._leave(p, seat)
        better = self._against(q, seat) < self._against(p, seat)
        if better:
            seating.rise(seat)
            seating.sit(q, seat)
        self._enter(seating.holder[seat], seat)
        return better

    # Counting -------------------------------------------------------------------------------------

    def _slot(self, seat: int) -> int:
        return self.seating.slot[self.seating.visit[seat]]

    def _building(self, seat: int) -> int:
        return self.problem.units[self.seating.unit[self.seating.visit[seat]]].building

    def _against_now(self, seat: int) -> float:
        return self._against(self.seating.holder[seat], seat, counted=1)

    def _against(self, p: int, seat: int, *, counted: int = 0) -> float:
        """What is against somebody in a seat, who is or is not counted there already."""
        unit = self.problem.units[self.seating.unit[self.seating.visit[seat]]]
        person = self.problem.people[p]
        been = self._been.get(p * len(self.problem.buildings) + unit.building, 0) > counted
        met = sum(self._met.get(self._pair(p, q), 0) > counted for q in self._mates(p, seat))
        away = self._prefers and person.building != unit.building
        way = self._ways[person.estate][unit.estate]
        return AGAIN * (been + met) + WAY * way + AT_HOME * away

    def _mates(self, p: int, seat: int) -> list[int]:
        seating = self.seating
        holders = [seating.holder[s] for s in seating.seats[seating.visit[seat]] if s != seat]
        return [q for q in holders if q not in (NOBODY, p)]

    def _pair(self, p: int, q: int) -> int:
        if p > q:
            p, q = q, p
        return p * len(self.problem.people) + q

    def _enter(self, p: int, seat: int) -> None:
        self._change(p, seat, 1)

    def _leave(self, p: int, seat: int) -> None:
        self._change(p, seat, -1)

    def _change(self, p: int, seat: int, by: int) -> None:
        self._count(self._been, p * len(self.problem.buildings) + self._building(seat), by)
        for q in self._mates(p, seat):
            self._count(self._met, self._pair(p, q), by)

    @staticmethod
    def _count(counts: dict[int, int], key: int, by: int) -> None:
        left = counts.get(key, 0) + by
        if left:
            counts[key] = left
        else:
            del counts[key]


def _estates(seating: Seating) -> range:
    return range(len(seating.problem.estates))
