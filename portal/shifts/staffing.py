"""Which visits take place: a visit is accepted only if its whole crew can be found.

Slots in the order of time, units in the order of their turns; what was accepted is never lost, only
its people may change. So a turn that falls out is the first one in the next slot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portal.shifts.chains import Chains, Done
from portal.shifts.pools import NOWHERE, Want, crews, places
from portal.shifts.problem import Pin, Problem, Progress
from portal.shifts.seating import NOBODY, Seating
from portal.shifts.timetable import Turns

Kind = tuple[int, int | None, tuple[str, ...]]  # estate, building, needs: alike in who may come


class Staffing:
    """Visits and crews in the making.

    `half` are settled visits whose crews nobody can make whole. Nobody knocks alone, so they are no
    turns: the unit waits on, and is called as soon as it would have been without them.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.seating = Seating(problem)
        self.chains = Chains(self.seating)
        self.settled = {(pin.unit, pin.slot) for pin in problem.pins}
        self.half: set[tuple[int, int]] = set()
        self.turns = Turns(problem, self.settled)
        self.planned: list[set[int]] = [set() for _ in problem.slots]
        self._ways = {
            needs: crews(problem, unit)
            for needs, unit in {unit.needs: unit for unit in problem.units}.items()
        }

    def is_short(self) -> bool:
        """Whether there is room for more visits than could be crewed."""
        units = len(self.problem.units)
        return any(
            len(taken) < min(slot.most, units)
            for taken, slot in zip(self.planned, self.problem.slots, strict=True)
        )

    def keep_pins(self) -> None:
        """Everybody who signed up sits first; only then are their crews made whole."""
        for pin in self.problem.pins:
            self.planned[pin.slot].add(pin.unit)
        visits = [self._open_pin(pin) for pin in self.problem.pins]
        self.complete([visit for visit in visits if not self._is_whole(visit)])
        seating = self.seating
        self.half = {
            (seating.unit[visit], seating.slot[visit])
            for visit in visits
            if not self._is_whole(visit) or NOBODY in self._crew_now(visit)
        }
        self.turns = Turns(self.problem, self.settled - self.half)

    def _open_pin(self, pin: Pin) -> int:
        visit = self.seating.open_visit(pin.unit, pin.slot)
        self.seat(visit, pin.crew, pinned=pin.crew)
        return visit

    def seat(self, visit: int, crew: Sequence[int], *, pinned: Sequence[int]) -> None:
        """Seat people who are settled to come, some of them for good."""
        seating = self.seating
        u, t = seating.unit[visit], seating.slot[visit]
        wants, sits = next(self._fitting(visit, crew), (None, {}))
        number_of = {p: number for number, p in sits.items()}
        for p in crew:
            want = wants[number_of[p]] if wants else Want(lead=False)
            seat = seating.open_seat(visit, seating.pools.number(u, t, want))
            seating.sit(p, seat, pinned=p in pinned)

    def _is_whole(self, visit: int) -> bool:
        return len(self.seating.seats[visit]) >= self.problem.rules.crew_size

    def complete(self, visits: Sequence[int]) -> None:
        """Make crews whole where that can be done; elsewhere fill what seats can be filled."""
        for visit in [visit for visit in visits if not self._complete(visit)]:
            for seat in self.open_seats(visit):
                self.chains.fill(seat)

    def _complete(self, visit: int) -> bool:
        for wants, sits in self._fitting(visit, self._crew_now(visit)):
            seats = self._open_vacant(visit, wants, sits)
            if self.fill_all(seats) is not None:
                return True
            self.seating.close_last_seats(visit, len(seats))
        return False

    def open_seats(self, visit: int) -> list[int]:
        """Open the seats that a visit lacks; none if its crew cannot be made whole in any way."""
        ways = self._fitting(visit, self._crew_now(visit))
        return self._open_vacant(visit, *next(ways, ((), {})))

    def _crew_now(self, visit: int) -> list[int]:
        """Who sits there by now: a chain may have changed it."""
        return [self.seating.holder[seat] for seat in self.seating.seats[visit]]

    def _open_vacant(self, visit: int, wants: Sequence[Want], sits: dict[int, int]) -> list[int]:
        """Open the seats of a way to man a visit that nobody has."""
        seating = self.seating
        u, t = seating.unit[visit], seating.slot[visit]
        for number, p in sits.items():
            seat = seating.seat_at(p, t)
            if seating.pool[seat] != NOWHERE:
                seating.pool[seat] = seating.pools.number(u, t, wants[number])
        return [
            seating.open_seat(visit, seating.pools.number(u, t, want))
            for number, want in enumerate(wants)
            if number not in sits
        ]

    def fits(self, visit: int, crew: Sequence[int]) -> bool:
        """Whether people could be the crew of a visit, or part of it."""
        rules, unit = self.problem.rules, self.problem.units[self.seating.unit[visit]]
        if unit.needs:
            return next(self._fitting(visit, crew), None) is not None
        others = rules.crew_size - rules.leads
        if len(crew) <= others:
            return True
        leads, may_lead = 0, self.problem.may_lead
        for p in crew:
            leads += may_lead(p, unit)
        return len(crew) - min(leads, rules.leads) <= others

    def _fitting(
        self, visit: int, crew: Sequence[int]
    ) -> Iterator[tuple[Sequence[Want], dict[int, int]]]:
        """The ways to man a visit in which a crew has its place, and who of it has which."""
        u = self.seating.unit[visit]
        for wants in self.ways(u):
            sits = places(self.problem, self.problem.units[u], wants, crew)
            if sits is not None:
                yield wants, sits

    def accept(self, progress: Progress) -> None:
        """Go through the slots and take every visit that can be crewed."""
        for t, slot in enumerate(self.problem.slots):
            for u in self.planned[t]:
                if (u, t) not in self.half:
                    self.turns.visit(u, t)
            self._accept_slot(t, slot.most - len(self.planned[t]))
            progress(t + 1, len(self.problem.slots))

    def _accept_slot(self, t: int, room: int) -> None:
        closed: set[Kind] = set()
        taken: list[int] = []
        for u in self.turns.at(t):
            if room <= len(taken):
                break
            kind = self.kind(u)
            if kind in closed or u in self.planned[t]:
                continue
            if self.crew(u, t):
                taken.append(u)
            else:
                closed.add(kind)
        for u in taken:
            self.planned[t].add(u)
            self.turns.visit(u, t)

    def kind(self, u: int) -> Kind:
        """What decides whether a crew can be found: equal for units that are alike."""
        unit, rules = self.problem.units[u], self.problem.rules
        near = rules.own_building == "forbid" or rules.lead_scope == "building"
        return unit.estate, unit.building if near else None, unit.needs

    def ways(self, u: int) -> Sequence[tuple[Want, ...]]:
        """The ways to man a visit of a unit."""
        return self._ways[self.problem.units[u].needs]

    def crew(self, u: int, t: int) -> bool:
        """Find the whole crew of a visit and seat it, or change nothing."""
        return any(self._crew(u, t, wants) for wants in self.ways(u))

    def _crew(self, u: int, t: int, wants: Sequence[Want]) -> bool:
        seating = self.seating
        visit = seating.open_visit(u, t)
        seats = [seating.open_seat(visit, seating.pools.number(u, t, want)) for want in wants]
        if self.fill_all(seats) is not None:
            return True
        seating.close_last_visit()
        return False

    def fill_all(self, seats: Sequence[int]) -> list[Done] | None:
        """Fill all of these seats, or change nothing."""
        done: list[Done] = []
        for seat in seats:
            filled = self.chains.fill(seat)
            if filled is None:
                if not done:
                    # Whoever can be reached from here has no room left, nor will have any later.
                    self.chains.dead.update(self.chains.reached)
                self.take_back(done)
                return None
            done.append(filled)
        return done

    def take_back(self, done: Sequence[Done]) -> None:
        """Undo what `fill_all` did."""
        for filled in reversed(done):
            self.chains.take_back(filled)
