"""When people are short: chains along which a visit may also go to another estate.

A slot has room left, but everybody who could fill it serves in other slots. Perhaps one of those
visits may go to another estate at the same hour, where a lead is idle; the lead it had is then free
for the open slot. Who goes with the lead stays, and must be near enough to the other estate too.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.shifts.chains import Chains, Detour, Done, Link, Links
from portal.shifts.pools import NOWHERE
from portal.shifts.problem import Progress
from portal.shifts.seating import NOBODY
from portal.shifts.staffing import Staffing


class Shortage(Chains):
    """Makes room for more visits in a staffing whose slots are not full."""

    def __init__(self, staffing: Staffing) -> None:
        super().__init__(staffing.seating)
        self.staffing = staffing
        self.problem = staffing.problem
        self._units: list[list[int]] = [[] for _ in staffing.problem.estates]
        self._called = NOWHERE  # the unit that is being crewed
        for u, unit in enumerate(staffing.problem.units):
            if not unit.needs:
                self._units[unit.estate].append(u)

    def relieve(self, progress: Progress) -> None:
        """Fill the open slots as far as it can be done."""
        slots, plain = self.problem.slots, self.staffing.chains
        self.staffing.chains = self
        for seat, p in enumerate(self.seating.holder):
            if p == NOBODY:
                self.fill(seat)
        for t, slot in enumerate(slots):
            while len(self.staffing.planned[t]) < slot.most and self._one_more(t):
                pass
            progress(t + 1, len(slots))
        self.staffing.chains = plain
        plain.dead.clear()

    def _one_more(self, t: int) -> bool:
        """One more visit in a slot."""
        staffing, closed = self.staffing, set()
        for u in staffing.turns.at(t):
            kind = staffing.kind(u)
            if kind in closed or u in staffing.planned[t]:
                continue
            closed.add(kind)
            self._called = u
            if staffing.crew(u, t):
                staffing.planned[t].add(u)
                staffing.turns.visit(u, t)
                return True
        return False

    def _widen(self, pool: int, offered: dict[int, int], links: Links, queue: list[int]) -> None:
        super()._widen(pool, offered, links, queue)
        link, pools = links[pool], self.seating.pools
        if link is None or link.unit != NOWHERE or not pools.want[pool].lead:
            return
        visit = self.seating.visit[link.seat]
        t, want = self.seating.slot[visit], pools.want[pool]
        for u in self._elsewhere(visit, link.seat):
            after = pools.number(u, t, want)
            if after not in links and after not in self.dead:
                links[after] = Link(NOBODY, link.seat, pool, u)
                queue.append(after)

    def _elsewhere(self, visit: int, leading: int) -> Iterator[int]:
        """A unit of each other estate where the visit could go, if only it had a lead there."""
        seating, problem = self.seating, self.problem
        t, unit = seating.slot[visit], problem.units[seating.unit[visit]]
        others = [seat for seat in seating.seats[visit] if seat != leading]
        if (seating.unit[visit], t) in self.staffing.settled or unit.needs:
            return
        if not all(self._may_move(seat) for seat in others):
            return
        taken = self.staffing.planned[t]
        for estate, units in enumerate(self._units):
            found = next((u for u in units if u not in taken and u != self._called), None)
            if found is None or estate == unit.estate:
                continue
            if all(problem.may_go(seating.holder[seat], problem.units[found]) for seat in others):
                yield found

    def _may_move(self, seat: int) -> bool:
        seating = self.seating
        p, t = seating.holder[seat], seating.slot[seating.visit[seat]]
        if p == NOBODY or seating.pinned[p] >> t & 1:
            return False
        return not seating.pools.want[seating.pool[seat]].lead

    def _carry_out(self, seat: int, pool: int, taker: int, links: Links) -> Done | None:
        done = Done(self._moves(seat, pool, taker, links), self._detours(pool, links))
        for detour in done.detours:
            self._send(detour.visit, detour.now)
        self._move(done)
        if all(self._fits(detour.visit) for detour in done.detours):
            return done
        self.take_back(done)
        return None

    def _detours(self, pool: int, links: Links) -> list[Detour]:
        found, link = [], links[pool]
        while link is not None:
            if link.unit != NOWHERE:
                visit = self.seating.visit[link.seat]
                found.append(Detour(visit, self.seating.unit[visit], link.unit))
            link = links[link.after]
        return found

    def _send(self, visit: int, u: int) -> None:
        seating = self.seating
        t, pools = seating.slot[visit], seating.pools
        self.staffing.planned[t].remove(seating.unit[visit])
        self.staffing.planned[t].add(u)
        wants = [pools.want[seating.pool[seat]] for seat in seating.seats[visit]]
        seating.move_visit(visit, u, [pools.number(u, t, want) for want in wants])

    def _fits(self, visit: int) -> bool:
        """Whether those who came to a visit while it moved may be there."""
        seating = self.seating
        return all(
            seating.pools.admits(seating.pool[seat], seating.holder[seat])
            for seat in seating.seats[visit]
        )

    def take_back(self, done: Done) -> None:
        """Undo what `fill` did, if nothing happened since that was not undone."""
        super().take_back(done)
        for detour in reversed(done.detours):
            self._send(detour.visit, detour.before)
