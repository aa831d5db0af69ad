"""Read an instance and a plan as files have them, and say which field is wrong if one is.

An instance: units, slots and volunteers, and if there are any estates (with x and y), pinned visits
and history, and the rules. All ids are texts or whole numbers. A plan: shifts, each with id, unit,
slot and crew. Beyond the schema that the checker of rotas reads, a unit may have `weight` (above 1:
its wait counts for more, as with many open doors) and `owed` (its turn fell out), and a volunteer
`carried` (shifts served before, which count as load), `weeks` (limits of single weeks, where these
differ), `also` (estates where they serve besides their own) and `leads_in` (those they lead there).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.shifts import fields
from portal.shifts.fields import N_, Row
from portal.shifts.pinning import check_pins
from portal.shifts.problem import UNLIMITED, Name, Person, Pin, Problem, Rules, Slot, Unit

Instance = Mapping[str, Any]
Plan = Mapping[str, Any]
Shift = tuple[Name, Name, Name, list[Name]]  # id, unit, slot, crew


def read(instance: Instance) -> Problem:
    """The problem of an instance. Raises FieldError."""
    top = fields.row_of(instance, "")
    rules, never = _rules(top)
    order, slots = _slots(top)
    estates, buildings = Numbers(), Numbers()
    spots = _spots(top, estates)
    units = [_unit(row, estates, buildings, never) for row in top.rows("units")]
    bit = {slot.name: 1 << t for t, slot in enumerate(slots)}
    people = [_person(row, estates, buildings, bit, rules) for row in top.rows("volunteers")]
    names = Names(
        units=fields.unique([unit.name for unit in units], "units"),
        slots=order,
        people=fields.unique([person.name for person in people], "volunteers"),
        buildings=buildings,
    )
    pins = _pins(top, names)
    problem = Problem(
        rules=rules,
        slots=slots,
        units=units,
        people=people,
        estates=list(estates),
        buildings=list(buildings),
        spots=spots,
        pins=[pin for pin, _ in pins],
        been=_been(top, names),
    )
    check_pins(problem, [where for _, where in pins])
    return problem


class Numbers(dict[Name, int]):
    """Gives every name the next number when it is first met."""

    def __missing__(self, name: Name) -> int:
        self[name] = len(self)
        return self[name]


class Names:
    """The numbers of all names of an instance."""

    def __init__(
        self,
        *,
        units: Mapping[Name, int],
        slots: Mapping[Name, int],
        people: Mapping[Name, int],
        buildings: Mapping[Name, int],
    ) -> None:
        self.units, self.slots, self.people, self.buildings = units, slots, people, buildings


def _rules(top: Row) -> tuple[Rules, float]:
    row = top.row("rules")
    crew = row.whole("crew_size", otherwise=2, least=1)
    leads = row.whole("leads_per_shift", otherwise=min(1, crew))
    if leads > crew:
        raise row.fault("leads_per_shift", N_("there cannot be more leads than people in a crew"))
    never = row.number("never_days", otherwise=30.0)
    rules = Rules(
        crew_size=crew,
        leads=leads,
        lead_roles=frozenset(row.texts("lead_roles", otherwise=("leader", "experienced"))),
        lead_scope=row.choice("lead_scope", ("estate", "any", "building")),
        per_day=row.maybe_whole("max_per_day", absent=1, null=UNLIMITED),
        rest_hours=row.number("min_rest_hours", otherwise=0.0, least=0),
        max_travel=row.maybe_number("max_travel", least=0),
        own_building=row.choice("own_building", ("any", "prefer", "forbid")),
        relative=row.choice("fairness", ("equal", "relative")) == "relative",
    )
    return rules, never


def _slots(top: Row) -> tuple[Mapping[Name, int], list[Slot]]:
    rows = top.rows("slots")
    fields.unique([row.name("id") for row in rows], "slots")
    most = _capacity(top, [row.name("id") for row in rows])
    slots = [_slot(row, most[row.name("id")]) for row in rows]
    slots.sort(key=lambda slot: (slot.day, slot.begin))
    return {slot.name: t for t, slot in enumerate(slots)}, slots


def _slot(row: Row, most: int) -> Slot:
    day = row.whole("day")
    start, end = row.number("start"), row.number("end")
    if end < start:
        raise row.fault("end", N_("a slot cannot end before it starts"))
    return Slot(row.name("id"), day, day * 24 + start, day * 24 + end, most)


def _capacity(top: Row, slots: Sequence[Name]) -> Mapping[Name, int]:
    """How many visits each slot has room for; a slot that a table leaves out has none."""
    rules = top.row("rules")
    given = rules.get("shifts_per_slot")
    if not isinstance(given, dict):
        most = rules.maybe_whole("shifts_per_slot", absent=UNLIMITED, null=UNLIMITED)
        return dict.fromkeys(slots, most)
    table = rules.row("shifts_per_slot")
    return {slot: table.whole(str(slot), otherwise=0) for slot in slots}


def _spots(top: Row, estates: Numbers) -> dict[int, tuple[float, float]]:
    spots = {}
    for row in top.rows("estates", optional=True):
        number = estates[row.name("id")]
        if number in spots:
            raise row.fault("id", N_("this id is used twice"))
        spots[number] = (row.number("x"), row.number("y"))
    return spots


def _unit(row: Row, estates: Numbers, buildings: Numbers, never: float) -> Unit:
    last = row.maybe_number("last_visited")
    weight = row.number("weight", otherwise=1)
    if weight <= 0:
        raise row.fault("weight", N_("must be above 0"))
    return Unit(
        name=row.name("id"),
        estate=estates[row.name("estate")],
        building=buildings[row.name("building")],
        last=-never if last is None else last,
        needs=tuple(sorted(dict.fromkeys(row.texts("needs", otherwise=())))),
        weight=weight,
        owed=row.flag("owed"),
    )


def _person(
    row: Row, estates: Numbers, buildings: Numbers, bit: Mapping[Name, int], rules: Rules
) -> Person:
    roles = frozenset(row.texts("roles", otherwise=()))
    return Person(
        name=row.name("id"),
        estate=estates[row.name("estate")],
        building=buildings[row.name("building")],
        roles=roles,
        asked=row.mask("available", bit),
        leave=row.mask("leave", bit, optional=True),
        most=row.whole("max_shifts"),
        most_a_week=row.maybe_whole("max_week", absent=UNLIMITED, null=UNLIMITED),
        carried=row.whole("carried", otherwise=0),
        leads=not roles.isdisjoint(rules.lead_roles),
        weeks=row.counts("weeks"),
        also=frozenset(estates[name] for name in row.names("also", optional=True)),
        leads_in=frozenset(estates[name] for name in row.names("leads_in", optional=True)),
    )


def _pins(top: Row, names: Names) -> list[tuple[Pin, str]]:
    """Settled visits and the fields they come from; people who joined one visit are together."""
    crews: dict[tuple[int, int], list[int]] = {}
    where: dict[tuple[int, int], str] = {}
    for row in top.rows("pinned", optional=True):
        key = row.known("unit", names.units), row.known("slot", names.slots)
        crew = crews.setdefault(key, [])
        where.setdefault(key, row.where)
        crew += [p for p in row.all_known("crew", names.people) if p not in crew]
    return [(Pin(u, t, tuple(crew)), where[u, t]) for (u, t), crew in crews.items()]


def _been(top: Row, names: Names) -> list[tuple[int, int]]:
    """Earlier visits of people and buildings that are still there."""
    found = []
    for row in top.rows("history", optional=True):
        person, building = row.name("volunteer"), row.name("building")
        if person in names.people and building in names.buildings:
            found.append((names.people[person], names.buildings[building]))
    return found


def read_plan(plan: Plan) -> list[Shift]:
    """The shifts of a plan: id, unit, slot, crew; the names may be of things that are gone."""
    shifts = fields.row_of(plan, "").rows("shifts")
    found = [
        (row.name("id"), row.name("unit"), row.name("slot"), row.names("crew")) for row in shifts
    ]
    fields.unique([shift[0] for shift in found], "shifts")
    visits: set[tuple[Name, Name]] = set()
    for row, (_, unit, slot, _crew) in zip(shifts, found, strict=True):
        if (unit, slot) in visits:
            raise row.fault("unit", N_("this unit has two shifts in one slot"))
        visits.add((unit, slot))
    return found
