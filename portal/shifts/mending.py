"""A published plan after leave and other changes: who cannot come, who goes instead; nobody moves.

The planner's repair runs inside the request. It is shown first; what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Person
from portal.audit.actions import record
from portal.clock import local
from portal.errors import RuleError
from portal.shifts import helper_queries, mending_queries, party_queries, steering
from portal.shifts import plan_queries as queries
from portal.shifts.building import is_away
from portal.shifts.models import RotaPlan
from portal.shifts.needs_queries import needs_in
from portal.shifts.openings import Mended, Rota
from portal.shifts.plans import wishes_of
from portal.shifts.reasons import stored
from portal.shifts.rota_queries import shift_as_planned
from portal.shifts.seats import who_may
from portal.shifts.states import Origin, PlanState
from portal.shifts.task import Helper
from portal.tower.queries import place_at


class Change(NamedTuple):
    """What would change in one shift: who cannot come any more, and who would go instead.

    Whoever waits for the shift comes first: so many of its seats are offered to them.
    """

    shift: Row[Any]
    leaves: tuple[int, ...]
    joins: tuple[int, ...]
    offered: int


def changes(plan: RotaPlan, at: datetime) -> list[Change]:
    """What mending a published plan would change, in the order of time."""
    return _worked_out(plan, at)[0]


def _worked_out(plan: RotaPlan, at: datetime) -> tuple[list[Change], Mended | None]:
    if plan.state is not PlanState.PUBLISHED:
        raise RuleError(gettext("Only a published plan can be mended."))
    shifts = mending_queries.ahead(plan, at)
    if not shifts:
        return [], None
    crews = mending_queries.crews(plan, at)
    before = {shift.id: crews.get(shift.id, []) for shift in shifts}
    helpers = _helpers(plan, shifts, before, at)
    leaves = _leaves(shifts, before, helpers)
    mended = Mended(_rota(plan, shifts, before, leaves, helpers))
    joins, waiting = mended.joins(), _waiting(leaves, at)
    changed = [s.id for s in shifts if s.id in leaves or joins.get(s.id)]
    named = queries.shifts_named(changed)
    return [
        _change(
            named[number], leaves.get(number, ()), joins.get(number, ()), waiting.get(number, set())
        )
        for number in changed
    ], mended


def _waiting(leaves: Mapping[int, Sequence[int]], at: datetime) -> dict[int, set[int]]:
    """Who waits for a seat that comes free, and may have it, by shift."""
    return {
        number: {row.user_id for row in who_may(shift_as_planned(number), at)}
        for number in mending_queries.awaited(list(leaves))
    }


def _change(
    shift: Row[Any], leaves: Sequence[int], joins: Sequence[int], waiting: Collection[int]
) -> Change:
    """Where a seat comes free it goes to those who wait: nobody of them is sent besides."""
    offered = min(len(leaves), len(waiting))
    sent = [person for person in joins if person not in waiting]
    return Change(shift, tuple(leaves), tuple(sent[: max(0, len(joins) - offered)]), offered)


def _helpers(
    plan: RotaPlan, shifts: Sequence[Any], crews: Mapping[int, Sequence[int]], at: datetime
) -> dict[int, Helper]:
    """Who may be sent, and who has a seat where nobody sends them, as coordinators do.

    What they have in the plan itself keeps nobody busy here.
    """
    besides, first = mending_queries.besides(plan, at), local(at).date()
    place = place_at(plan.path)
    sent = helper_queries.helpers(place, first, plan.last_day, engaged=besides)
    found = {helper.id: helper for helper in sent}
    serves = {helper.id: helper.estates for helper in sent}  # thousands of seats are looked at
    others = {
        person
        for shift in shifts
        for person in crews[shift.id]
        if shift.estate_id not in serves.get(person, ())
    }
    if others:
        for taker in helper_queries.takers(place, others, first, plan.last_day, engaged=besides):
            known = found.get(taker.id)
            if known is None or known.estates != taker.estates:
                found[taker.id] = taker._replace(hours={})  # they stay, and go nowhere else
        found = dict(sorted(found.items()))
    return found


def _leaves(
    shifts: Sequence[Any], crews: Mapping[int, Sequence[int]], helpers: Mapping[int, Helper]
) -> dict[int, list[int]]:
    """Who cannot come to which shift: on leave, blocked, or without a duty in its estate."""
    found: dict[int, list[int]] = {}
    serves = {number: helper.estates for number, helper in helpers.items() if not helper.leaves}
    for shift in shifts:
        for person in crews[shift.id]:
            if shift.estate_id in serves.get(person, ()):
                continue  # most of thousands
            if _is_absent(helpers.get(person), shift):
                found.setdefault(shift.id, []).append(person)
    return found


def _is_absent(helper: Helper | None, shift: Any) -> bool:
    return (
        helper is None or shift.estate_id not in helper.estates or is_away(helper, shift.starts_at)
    )


def _rota(
    plan: RotaPlan,
    shifts: Sequence[Any],
    before: Mapping[int, Sequence[int]],
    leaves: Mapping[int, Sequence[int]],
    helpers: Mapping[int, Helper],
) -> Rota:
    wishes = wishes_of(plan)
    return Rota(
        shifts=shifts,
        crews={
            **before,
            **{n: [p for p in before[n] if p not in away] for n, away in leaves.items()},
        },
        helpers=helpers,
        needs=needs_in(plan.community_id).of,
        crew_size=wishes.crew_size,
        leads=wishes.leads,
        rest=party_queries.limits_of(plan.community_id).rest,
    )


def digest(found: Sequence[Change]) -> str:
    """What names some changes, so that only what was looked at is applied."""
    text = repr([(change.shift.id, *change[1:]) for change in found])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def mend(plan: RotaPlan, seen: str, *, by: Person, at: datetime) -> tuple[int, int]:
    """Apply the changes that were looked at: (taken off, assigned). All of them, or none."""
    queries.lock(plan)
    found, mended = _worked_out(plan, at)
    if digest(found) != seen:
        raise RuleError(gettext("Something has changed meanwhile: please look again."))
    people = [person for change in found for person in (*change.leaves, *change.joins)]
    party_queries.hold_all(people, plan.community_id)
    queries.lock_shifts([change.shift.id for change in found])
    for change in found:
        for person in change.leaves:
            steering.take_off(change.shift.id, person, by=by, at=at)
    reasons = mended.reasons() if mended else {}
    for change in found:
        for person in change.joins:
            why = stored(reasons[change.shift.id, person])
            steering.assign(
                change.shift.id, person, by=by, at=at, origin=Origin.PLANNER, reason=why
            )
    off, on = sum(len(c.leaves) for c in found), sum(len(c.joins) for c in found)
    record(
        "rota.mended",
        community_id=plan.community_id,
        by=by.id,
        subject="rota",
        subject_id=plan.id,
        details={"place": plan.place_id, "seats": on, "left": off},
    )
    return off, on
