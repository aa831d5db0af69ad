"""What a plan reaches, beside the best that can be: figures for people, worked out once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.shifts.binding import binds, lacking
from portal.shifts.instance import Plan
from portal.shifts.problem import Name, Problem
from portal.shifts.repairing import Repair
from portal.shifts.shortfalls import missing
from portal.shifts.timetable import longest_gap


def figures_of(kept: Repair, plan: Plan) -> dict[str, Any]:
    """The figures of a plan, which is as it stands.

    `turns` of `room` that the sessions and groups have room for, `full` with the whole crew,
    `filled` of `seats`; the longest `gap` in days between turns with the whole crew, beside
    `best_gap`, which no plan can beat; `loads`: how many people have so many shifts, with
    `least_top`, which the largest cannot beat; `unvisited` groups, to which no whole crew goes;
    `binds`: where leads or people are too few for the hours, and `lacking`: groups that need what
    nobody has; `short`: turns that lack people, and more that there is room for, each with whom to
    look for.
    """
    problem, shifts = kept.problem, plan["shifts"]
    most = problem.rules.crew_size
    loads = _loads(problem, shifts)
    whole = [shift for shift in shifts if len(shift["crew"]) >= most]
    found = list(missing(kept))
    return {
        "turns": len(shifts),
        "room": sum(min(slot.most, len(problem.units)) for slot in problem.slots),
        "full": len(whole),
        "seats": most * len(shifts),
        "filled": sum(len(shift["crew"]) for shift in shifts),
        "gap": round(gap_of(problem, whole), 1),
        "best_gap": round(best_gap(problem), 1),
        "groups": len(problem.units),
        "unvisited": len(problem.units) - len({shift["unit"] for shift in whole}),
        "people": len(problem.people),
        "loads": {str(load): count for load, count in sorted(Counter(loads.values()).items())},
        "least_top": -(-sum(loads.values()) // len(loads)) if loads else 0,
        "binds": [list(bind) for bind in binds(problem)],
        "lacking": [[one.unit, list(one.roles)] for one in lacking(problem)],
        "short_count": sum(one.planned for one in found),
        "more_count": sum(not one.planned for one in found),
        "short": [
            [m.unit, m.slot, m.planned, [[a.estate, a.slot, a.lead, *a.roles] for a in m.asks]]
            for m in found
        ],
    }


def _loads(problem: Problem, shifts: Sequence[Mapping[str, Any]]) -> dict[Name, int]:
    """How many shifts of the plan each person has."""
    loads: dict[Name, int] = {person.name: 0 for person in problem.people}
    for shift in shifts:
        for name in shift["crew"]:
            loads[name] += 1
    return loads


def best_gap(problem: Problem) -> float:
    """The longest wait that no plan with these sessions can beat, whatever weighs in."""
    units = [replace(unit, weight=1, owed=False) for unit in problem.units]
    return longest_gap(replace(problem, units=units))


def gap_of(problem: Problem, shifts: Sequence[Mapping[str, Any]]) -> float:
    """The longest time in days between two turns of a group.

    Counted from the last visit before the plan, and up to the end of the plan.
    """
    begin = {slot.name: slot.begin / 24 for slot in problem.slots}
    turns: dict[Name, list[float]] = {unit.name: [unit.last] for unit in problem.units}
    for shift in shifts:
        turns[shift["unit"]].append(begin[shift["slot"]])
    return max(
        (
            late - early
            for moments in turns.values()
            for early, late in zip(
                sorted(moments), [*sorted(moments)[1:], problem.horizon], strict=True
            )
        ),
        default=0.0,
    )
