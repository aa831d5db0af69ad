"""Turns made anew: every visit goes to the unit that waited longest among those its crew may visit.

Where visits went to other estates for want of people, nobody looked whose turn it was. Hours,
estates and crews stay as they are here; only the units change.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.shifts.staffing import Staffing
from portal.shifts.timetable import Turns

Group = tuple[int, tuple[str, ...]]  # estate and needs


def retime(staffing: Staffing) -> None:
    """Let units have their turns in the visits there are."""
    seating = staffing.seating
    turns = Turns(staffing.problem, staffing.settled - staffing.half)
    visits: list[list[int]] = [[] for _ in staffing.problem.slots]
    for visit, t in enumerate(seating.slot):
        visits[t].append(visit)
    for t, here in enumerate(visits):
        free = [visit for visit in here if (seating.unit[visit], t) not in staffing.settled]
        groups = _grouped(staffing, [seating.unit[visit] for visit in free], free)
        called = [u for u in turns.at(t) if (u, t) not in staffing.settled]
        order = _grouped(staffing, called, called)
        for group, alike in groups.items():
            _share_out(staffing, t, alike, order.get(group, []))
        staffing.planned[t] = {seating.unit[visit] for visit in here}
        for u in staffing.planned[t]:
            if (u, t) not in staffing.half:
                turns.visit(u, t)


def _grouped(
    staffing: Staffing, units: Sequence[int], things: Sequence[int]
) -> dict[Group, list[int]]:
    """Things by the estate and the needs of their units."""
    groups: dict[Group, list[int]] = {}
    for u, thing in zip(units, things, strict=True):
        unit = staffing.problem.units[u]
        groups.setdefault((unit.estate, unit.needs), []).append(thing)
    return groups


def _share_out(staffing: Staffing, t: int, visits: Sequence[int], units: Sequence[int]) -> None:
    """Give the next units to these visits; leave all as they were if that does not come out."""
    left, pairs = list(visits), []
    for u in units:
        if not left:
            break
        found = next((visit for visit in left if _suits(staffing, visit, u)), None)
        if found is not None:
            left.remove(found)
            pairs.append((found, u))
    if left:
        return
    seating = staffing.seating
    for visit, u in pairs:
        wants = [seating.pools.want[seating.pool[seat]] for seat in seating.seats[visit]]
        pools = [seating.pools.number(u, t, want) for want in wants]
        seating.move_visit(visit, u, pools)


def _suits(staffing: Staffing, visit: int, u: int) -> bool:
    """Whether the crew of a visit may go to another unit of the same estate and needs."""
    seating, unit = staffing.seating, staffing.problem.units[u]
    if staffing.kind(u) == staffing.kind(seating.unit[visit]):
        return True
    return all(
        staffing.problem.may_go(seating.holder[seat], unit)
        and (
            not seating.pools.want[seating.pool[seat]].lead
            or staffing.problem.may_lead(seating.holder[seat], unit)
        )
        for seat in seating.seats[visit]
    )
