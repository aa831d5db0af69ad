"""A published plan after leave and other changes: what can stay stays, what is empty is filled.

Who stays counts as settled, so that a chain can only pass through seats that are filled anew: a
plan is mended without sending anybody elsewhere. Where that may be, everybody is in the search, and
the shortest chain moves the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from portal.shifts.instance import Instance, Plan, Shift, read, read_plan
from portal.shifts.polish import Polish
from portal.shifts.problem import Name, Problem
from portal.shifts.staffing import Staffing


def as_it_stands(instance: Instance, plan: Plan) -> Repair:
    """A plan that nothing has come in the way of: for whoever tells why it is as it is."""
    return Repair(read(instance), read_plan(plan), may_move=True)


class Repair:
    """The seating of a plan under the rules as they are now; `names` are the ids of its shifts."""

    def __init__(self, problem: Problem, shifts: Sequence[Shift], *, may_move: bool) -> None:
        self.problem = problem
        self.staffing = Staffing(problem)
        self.seating = self.staffing.seating
        self.names: dict[int, Name] = {}
        self._may_move = may_move
        self._visits: dict[tuple[int, int], int] = {}
        self._crews: list[list[int]] = []
        self._chose = {(pin.unit, pin.slot): pin.crew for pin in problem.pins}
        self._held = [0] * len(problem.people)
        self._keep_pins()
        self._keep(shifts)
        self._name_new_visits()
        for visit in range(len(self._crews)):
            self._sit_down(visit)
        self.seating.refresh()

    # What stays -----------------------------------------------------------------------------------

    def _keep_pins(self) -> None:
        for pin in self.problem.pins:
            visit = self._visit(pin.unit, pin.slot)
            for p in pin.crew:
                self._join(visit, p)

    def _keep(self, shifts: Sequence[Shift]) -> None:
        """Keep the visits of a plan for which their slot has room, and who may still come."""
        problem = self.problem
        units = {unit.name: u for u, unit in enumerate(problem.units)}
        slots = {slot.name: t for t, slot in enumerate(problem.slots)}
        people = {person.name: p for p, person in enumerate(problem.people)}
        room = [slot.most for slot in problem.slots]
        for pin in problem.pins:
            room[pin.slot] -= 1
        for name, unit, slot, crew in shifts:
            if unit not in units or slot not in slots:
                continue
            u, t = units[unit], slots[slot]
            if (u, t) not in self._visits:
                room[t] -= 1
            if room[t] < 0:
                continue
            visit = self._visit(u, t)
            self.names[visit] = name
            self._stay(visit, [people[known] for known in crew if known in people])

    def _visit(self, u: int, t: int) -> int:
        visit = self._visits.get((u, t))
        if visit is None:
            visit = self._visits[u, t] = self.seating.open_visit(u, t)
            self._crews.append([])
        return visit

    def _join(self, visit: int, p: int) -> None:
        self._crews[visit].append(p)
        self._held[p] |= 1 << self.seating.slot[visit]

    def _stay(self, visit: int, crew: Sequence[int]) -> None:
        """Keep those of the old crew who can still come, beside what was kept so far."""
        problem, held, kept = self.problem, self._held, self._crews[visit]
        unit, t = problem.units[self.seating.unit[visit]], self.seating.slot[visit]
        for p in crew:
            if (
                self.seating.hours.fits(p, t, held[p])
                and problem.may_go(p, unit)
                and self.staffing.fits(visit, [*kept, p])
            ):
                kept.append(p)
                held[p] |= 1 << t

    def _name_new_visits(self) -> None:
        """Settled visits that the plan did not have get numbers that are free."""
        taken = {str(name) for name in self.names.values()}
        free = (number for number in count(1) if str(number) not in taken)
        for visit in range(len(self._crews)):
            if visit not in self.names:
                self.names[visit] = next(free)

    # What is filled -------------------------------------------------------------------------------

    def fill(self) -> None:
        """Whole crews first, the earliest visits before the others; then what single seats can."""
        self.staffing.complete(self.short_visits())
        if not self._may_move:
            Polish(self.seating).touch_up()

    def short_visits(self) -> list[int]:
        """Visits of which not the whole crew has stayed, the earliest first."""
        most, slot = self.problem.rules.crew_size, self.seating.slot
        short = [visit for visit, crew in enumerate(self._crews) if len(crew) < most]
        return sorted(short, key=lambda visit: (slot[visit], visit))

    def _sit_down(self, visit: int) -> None:
        """Seat those who stay; they are settled, unless people may be moved."""
        seating, crew = self.seating, self._crews[visit]
        if self._may_move:
            chose = self._chose.get((seating.unit[visit], seating.slot[visit]), ())
            self.staffing.seat(visit, crew, pinned=chose)
            return
        seating.settle_for_good(visit, crew)
