"""Whether what people signed up for can be kept: sign-ups against a rule are refused, not bent."""

from __future__ import annotations

from collections.abc import Sequence

from portal.shifts.fields import N_, FieldError
from portal.shifts.problem import Pin, Problem
from portal.shifts.seating import Hours


def check_pins(problem: Problem, where: Sequence[str]) -> None:
    """Raise FieldError at the first settled visit that no plan could keep."""
    hours, held, taken = Hours(problem), [0] * len(problem.people), [0] * len(problem.slots)
    for pin, field in zip(problem.pins, where, strict=True):
        taken[pin.slot] += 1
        if taken[pin.slot] > problem.slots[pin.slot].most:
            raise FieldError(
                f"{field}.slot", N_("more visits are settled than the slot has room for")
            )
        if len(pin.crew) > problem.rules.crew_size:
            raise FieldError(f"{field}.crew", N_("more people than a crew has"))
        for p in pin.crew:
            _check_person(problem, hours, held[p], pin, p, field)
            held[p] |= 1 << pin.slot
        _check_crew(problem, pin, field)


def _check_person(problem: Problem, hours: Hours, held: int, pin: Pin, p: int, field: str) -> None:
    name = problem.people[p].name
    if not problem.available[p] >> pin.slot & 1:
        raise FieldError(f"{field}.crew", N_("%(name)s is not available in this slot"), name=name)
    if not problem.may_go(p, problem.units[pin.unit]):
        raise FieldError(f"{field}.crew", N_("%(name)s may not be sent to this unit"), name=name)
    if not hours.fits(p, pin.slot, held):
        text = N_("%(name)s has other settled visits too close to it, or too many")
        raise FieldError(f"{field}.crew", text, name=name)


def _check_crew(problem: Problem, pin: Pin, field: str) -> None:
    unit = problem.units[pin.unit]
    if len(pin.crew) < problem.rules.crew_size:
        return
    leads = sum(problem.may_lead(p, unit) for p in pin.crew)
    has = {role for p in pin.crew for role in problem.people[p].roles}
    if leads < problem.rules.leads or not has.issuperset(unit.needs):
        text = N_("a full crew without the leads or the roles that the unit needs")
        raise FieldError(f"{field}.crew", text)
