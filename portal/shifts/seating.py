"""Who sits where while a rota is being made: visits, their seats, and what each person has.

Every change goes through `sit` and `rise`, which keep in step: the holder of a seat, the slots a
person has, the load, and the slots in which the person is still free under all the rules of time.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.shifts.pools import NOWHERE, Pools
from portal.shifts.problem import Problem

NOBODY = -1


class Hours:
    """The rules of time: what somebody who has certain slots may serve besides."""

    def __init__(self, problem: Problem) -> None:
        self.available = problem.available
        self.clash, self.week, self.day = problem.clash, problem.week, problem.day
        self.most = [person.most for person in problem.people]
        self.weekly = problem.weekly
        self.per_day = problem.rules.per_day
        self._counts_days = self.per_day > 1  # one a day is in `clash` already
        for p in range(len(self.most)):
            if not (self.most[p] and any(self.weekly[p]) and self.per_day):
                self.most[p] = 0

    def room(self, p: int, held: int) -> int:
        """The slots that a person who has `held` could take, giving up none."""
        if held.bit_count() >= self.most[p]:
            return 0
        free, weekly, rest = self.available[p], self.weekly[p], held
        while rest:  # as `bits`, which takes twice as long in the innermost of all loops
            t = rest.bit_length() - 1
            rest ^= 1 << t
            free &= ~self.clash[t]
            if (held & self.week[t]).bit_count() >= weekly[t]:
                free &= ~self.week[t]
            if self._counts_days and (held & self.day[t]).bit_count() >= self.per_day:
                free &= ~self.day[t]
        return free

    def fits(self, p: int, t: int, held: int) -> bool:
        """Whether a person who has `held` could take slot `t` too."""
        return not (
            held & self.clash[t]
            or held.bit_count() >= self.most[p]
            or (held & self.week[t]).bit_count() >= self.weekly[p][t]
            or not self.available[p] >> t & 1
            or (self._counts_days and (held & self.day[t]).bit_count() >= self.per_day)
        )

    def ways_out(self, p: int, t: int, held: int, kept: int) -> int:
        """Of the slots a person has, those of which giving up any one makes room for slot `t`.

        None of `kept` is given up. Nothing if no single one would do.
        """
        giving = held & ~kept
        must = held & self.clash[t]
        if must:
            if must & (must - 1):
                return 0
            giving &= must
        same = held & self.week[t]
        if same.bit_count() >= self.weekly[p][t]:
            giving &= same
        if self._counts_days:
            same = held & self.day[t]
            if same.bit_count() >= self.per_day:
                giving &= same
        return giving


class Seating:
    """The seats of a rota by number; a seat is of a visit, in a pool, and has a holder or none."""

    def __init__(self, problem: Problem) -> None:
        people = problem.people
        self.problem = problem
        self.pools = Pools(problem)
        self.hours = Hours(problem)
        self.held = [0] * len(people)
        self.pinned = [0] * len(people)
        self.load = [person.carried for person in people]
        self.free = [self.hours.room(p, 0) for p in range(len(people))]
        self.holder: list[int] = []
        self.pool: list[int] = []
        self.visit: list[int] = []  # of every seat
        self.unit: list[int] = []  # of every visit
        self.slot: list[int] = []
        self.seats: list[list[int]] = []
        self._at: dict[int, int] = {}  # person x slots + slot: the seat
        self._width = len(problem.slots)

    def open_visit(self, u: int, t: int) -> int:
        """A visit without seats yet."""
        self.unit.append(u)
        self.slot.append(t)
        self.seats.append([])
        return len(self.unit) - 1

    def open_seat(self, visit: int, pool: int) -> int:
        seat = len(self.holder)
        self.holder.append(NOBODY)
        self.pool.append(pool)
        self.visit.append(visit)
        self.seats[visit].append(seat)
        return seat

    def close_last_seats(self, visit: int, number: int) -> None:
        """Forget the seats opened last, which are of this visit and empty."""
        for _ in range(number):
            self.seats[visit].pop()
            self.holder.pop()
            self.pool.pop()
            self.visit.pop()

    def close_last_visit(self) -> None:
        """Forget the visit opened last; its seats are the last ones and empty."""
        self.close_last_seats(len(self.seats) - 1, len(self.seats[-1]))
        self.seats.pop()
        self.unit.pop()
        self.slot.pop()

    def move_visit(self, visit: int, u: int, pools: Sequence[int]) -> None:
        """Let a visit go to another unit; the caller sees to who may sit there."""
        self.unit[visit] = u
        for seat, pool in zip(self.seats[visit], pools, strict=True):
            self.pool[seat] = pool

    def seat_at(self, p: int, t: int) -> int:
        """The seat a person has in a slot."""
        return self._at[p * self._width + t]

    def crew(self, visit: int) -> list[int]:
        """Who has the seats of a visit that somebody has."""
        holders = [self.holder[seat] for seat in self.seats[visit]]
        return [p for p in holders if p != NOBODY]

    def sit(self, p: int, seat: int, *, pinned: bool = False) -> None:
        """Give a seat to somebody; for good if it is pinned."""
        self.settle(p, seat, pinned=pinned)
        self.free[p] = self.hours.room(p, self.held[p])

    def settle(self, p: int, seat: int, *, pinned: bool) -> None:
        """Sit, where many sit down: `refresh` is to follow."""
        t = self.slot[self.visit[seat]]
        self.holder[seat] = p
        self.held[p] |= 1 << t
        self.load[p] += 1
        self._at[p * self._width + t] = seat
        if pinned:
            self.pinned[p] |= 1 << t

    def settle_for_good(self, visit: int, crew: Sequence[int]) -> None:
        """Seat a crew that no search will ask to move: most of a plan that is mended."""
        t, first = self.slot[visit], len(self.holder)
        for seat, p in enumerate(crew, first):
            self.held[p] |= 1 << t
            self.pinned[p] |= 1 << t
            self.load[p] += 1
            self._at[p * self._width + t] = seat
        self.holder += crew
        self.pool += [NOWHERE] * len(crew)
        self.visit += [visit] * len(crew)
        self.seats[visit] += range(first, len(self.holder))

    def rise(self, seat: int) -> int:
        """Empty a seat; who had it."""
        t, p = self.slot[self.visit[seat]], self.holder[seat]
        self.holder[seat] = NOBODY
        self.held[p] &= ~(1 << t)
        self.load[p] -= 1
        del self._at[p * self._width + t]
        self.free[p] = self.hours.room(p, self.held[p])
        return p

    def is_free(self, p: int, seat: int) -> bool:
        """Whether a person could take a seat's slot beside what the person has."""
        return bool(self.free[p] >> self.slot[self.visit[seat]] & 1)

    def refresh(self) -> None:
        """Find anew in which slots everybody is free."""
        self.free = [self.hours.room(p, held) for p, held in enumerate(self.held)]
