"""The rota: which unit is visited when, and by whom.

    plan = solve(instance)            # from nothing
    plan = repair(instance, plan)     # after leave and other changes, moving nobody

Both take and give what JSON files hold (see `instance`). What a plan promises, in this order:

1. every rule that is a rule: sign-ups, rest, limits, leave, ways, leads, roles;
2. the unit that waited longest goes first, and every unit has a turn before any has two;
3. a visit takes place with its whole crew, and as many visits as there are people for;
4. even loads; 5. new faces and new pairs; 6. short ways.

The same instance gives the same plan on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from portal.shifts.instance import Instance, Plan, read, read_plan
from portal.shifts.levelling import level
from portal.shifts.polish import Polish
from portal.shifts.problem import Name, Problem
from portal.shifts.repairing import Repair
from portal.shifts.retiming import retime
from portal.shifts.seating import Seating
from portal.shifts.shortage import Shortage
from portal.shifts.staffing import Staffing

Watch = Callable[[str, int, int], None]  # a stage, what of it is done, its total


def unwatched(_stage: str, _done: int, _total: int) -> None:
    """For plans that nobody waits for."""


def solve(instance: Instance, *, progress: Watch = unwatched) -> dict[str, Any]:
    """Plan a rota. `progress` hears of a stage, what of it is done, and its total.

    Raises FieldError if a field of the instance cannot be read.
    """
    problem = read(instance)
    return _written(problem, staffed(problem, progress))


def staffed(problem: Problem, progress: Watch = unwatched) -> Seating:
    """Who sits where in the best plan found for a problem."""
    staffing = Staffing(problem)
    staffing.keep_pins()
    staffing.accept(partial(progress, "accept"))
    if staffing.is_short():
        Shortage(staffing).relieve(partial(progress, "relieve"))
        retime(staffing)
    level(staffing.seating, partial(progress, "level"))
    Polish(staffing.seating).run(partial(progress, "polish"))
    return staffing.seating


def repair(instance: Instance, plan: Plan, *, may_move: bool = False) -> dict[str, Any]:
    """Keep a published plan and fill what has become empty.

    Nobody who can still come is sent elsewhere; a seat for which nobody is free stays open. With
    `may_move`, people may change seats where a crew cannot be made whole otherwise, as few as can
    be. Raises FieldError if a field of the instance or the plan cannot be read.
    """
    problem = read(instance)
    mended = Repair(problem, read_plan(plan), may_move=may_move)
    mended.fill()
    return _written(problem, mended.seating, mended.names)


def _written(
    problem: Problem, seating: Seating, names: dict[int, Name] | None = None
) -> dict[str, Any]:
    """A plan as a file has it: in the order of time, and of the units within a slot."""
    visits = sorted(range(len(seating.unit)), key=lambda v: (seating.slot[v], seating.unit[v]))
    names = names or {visit: number for number, visit in enumerate(visits, 1)}
    units, slots = problem.units, problem.slots
    name_of = [person.name for person in problem.people]
    return {
        "shifts": [
            {
                "id": names[visit],
                "unit": units[seating.unit[visit]].name,
                "slot": slots[seating.slot[visit]].name,
                "crew": [name_of[p] for p in seating.crew(visit)],
            }
            for visit in visits
        ]
    }
