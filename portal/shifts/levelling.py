"""Even loads: as long as somebody can hand a shift on to somebody with fewer, it is handed on.

From the highest level down, people at a level or above give to people who stay below it. When no
chain is left at a level, no plan of the same visits has less above it, and lower levels cannot undo
that: the loads end up least majorised (at once min-max, max-min, leximin and least squares) as far
as rest between shifts does not stand in the way.

One sweep starts from all givers at once and grows a tree of chains from each, so that it finds many
chains for the price of one; a chain that an earlier one of the sweep has overtaken is left out.
"""

from __future__ import annotations

from typing import NamedTuple

from portal.shifts.problem import Progress, bits, say_nothing
from portal.shifts.seating import NOBODY, Seating

START = -1


class Reached(NamedTuple):
    """How a sweep came to a pool: `person` would leave `seat` there for a seat of `after`."""

    person: int
    seat: int
    after: int
    giver: int


def level(seating: Seating, progress: Progress = say_nothing) -> None:
    """Even the loads of all people, the highest first."""
    step, load, people = seating.problem.step, seating.load, range(len(seating.load))
    highest = at = max((load[p] * step[p] for p in people), default=0)
    while at > 0:
        while _can_take(seating, at) and _sweep(seating, at):
            pass
        progress(highest - at, highest)
        at = max((load[p] * step[p] for p in people if load[p] * step[p] < at), default=0)


def _can_take(seating: Seating, below: int) -> bool:
    """Whether anybody has room and would stay below a level."""
    load, step = seating.load, seating.problem.step
    return any(free and (load[p] + 1) * step[p] < below for p, free in enumerate(seating.free))


def _sweep(seating: Seating, at: int) -> bool:
    """Let people at a level or above hand on shifts, all at once; whether anybody did."""
    reached: dict[int, Reached] = {}
    offered: dict[int, int] = {}
    queue: list[int] = []
    for p, load in enumerate(seating.load):
        if load * seating.problem.step[p] >= at:
            offered[p] = giving = seating.held[p] & ~seating.pinned[p]
            _offer(seating, p, giving, START, p, reached, queue)
    done: set[int] = set()
    for pool in queue:
        giver = reached[pool].giver
        if giver in done:
            continue
        taker = _lightest(seating, pool, at)
        if taker == NOBODY:
            _widen(seating, pool, giver, offered, reached, queue)
        elif _carry_out(seating, pool, taker, reached):
            done.add(giver)
    return bool(done)


def _lightest(seating: Seating, pool: int, below: int) -> int:
    """Who of a pool is free and would stay below a level, the one with the least load."""
    free, load, step = seating.free, seating.load, seating.problem.step
    bit = 1 << seating.pools.slot[pool]
    barred, people = seating.pools.barred[pool], seating.problem.people
    best = NOBODY
    for p in seating.pools.people[pool]:
        weight = (load[p] + 1) * step[p]
        if free[p] & bit and weight < below and people[p].building != barred:
            best, below = p, weight
    return best


def _widen(
    seating: Seating,
    pool: int,
    giver: int,
    offered: dict[int, int],
    reached: dict[int, Reached],
    queue: list[int],
) -> None:
    """Go on to the pools that people of this one could leave for it."""
    held, free, people = seating.held, seating.free, seating.problem.people
    t, barred = seating.pools.slot[pool], seating.pools.barred[pool]
    bit = 1 << t
    for p in seating.pools.people[pool]:
        has = held[p]
        before = offered.get(p, 0)
        if not has & ~before or people[p].building == barred:
            continue
        giving = (
            has & ~seating.pinned[p]
            if free[p] & bit
            else seating.hours.ways_out(p, t, has, seating.pinned[p])
        )
        giving &= ~before
        if giving:
            offered[p] = before | giving
            _offer(seating, p, giving, pool, giver, reached, queue)


def _offer(
    seating: Seating,
    p: int,
    giving: int,
    after: int,
    giver: int,
    reached: dict[int, Reached],
    queue: list[int],
) -> None:
    for t in bits(giving):
        seat = seating.seat_at(p, t)
        pool = seating.pool[seat]
        if pool not in reached:
            reached[pool] = Reached(p, seat, after, giver)
            queue.append(pool)


def _carry_out(seating: Seating, pool: int, taker: int, reached: dict[int, Reached]) -> bool:
    """Move everybody on a chain one seat on, if it still holds together."""
    moves = []
    while pool != START:
        person, seat, pool, _ = reached[pool]
        moves.append((seat, person, taker))
        taker = person
    if any(seating.holder[seat] != before for seat, before, _ in moves):
        return False
    for seat, _, _ in moves:
        seating.rise(seat)
    for done, (seat, _, now) in enumerate(moves):
        if not seating.is_free(now, seat):
            _put_back(seating, moves, done)
            return False
        seating.sit(now, seat)
    return True


def _put_back(seating: Seating, moves: list[tuple[int, int, int]], done: int) -> None:
    for seat, _, _ in moves[:done]:
        seating.rise(seat)
    for seat, before, _ in moves:
        seating.sit(before, seat)
