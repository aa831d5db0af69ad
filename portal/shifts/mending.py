"""A published plan after leave and other changes: who cannot come, who goes instead; nobody moves.

The planner's repair runs inside the request. It is shown first; what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Person
from portal.audit.actions import record
from portal.clock import local
from portal.errors import RuleError
from portal.shifts import helper_queries, instance_queries, party_queries, steering
from portal.shifts import plan_queries as queries
from portal.shifts.bands import Session
from portal.shifts.building import instance_of, slot_name
from portal.shifts.models import RotaPlan
from portal.shifts.planner import repair
from portal.shifts.plans import wishes_of
from portal.shifts.states import Origin, PlanState
from portal.shifts.task import Helper, Task
from portal.tower.queries import place_at


class Change(NamedTuple):
    """What would change in one shift: who cannot come any more, and who would go instead."""

    shift: Row[Any]
    leaves: tuple[int, ...]
    joins: tuple[int, ...]


def changes(plan: RotaPlan, at: datetime) -> list[Change]:
    """What mending a published plan would change, in the order of time."""
    if plan.state is not PlanState.PUBLISHED:
        raise RuleError(gettext("Only a published plan can be mended."))
    shifts, crews = queries.published(plan, at)
    if not shifts:
        return []
    place = place_at(plan.path)
    first, last = local(at).date(), plan.last_day
    helpers = {h.id: h for h in helper_queries.helpers(place, first, last)}
    leaves = {s.id: [p for p in crews[s.id] if _is_absent(helpers.get(p), s)] for s in shifts}
    staying = {s.id: [p for p in crews[s.id] if p not in leaves[s.id]] for s in shifts}
    task = _task(plan, shifts, list(helpers.values()), at)
    mended = repair(instance_of(task), {"shifts": [_kept(s, staying[s.id]) for s in shifts]})
    found = {shift["id"]: shift["crew"] for shift in mended["shifts"]}
    return [
        Change(shift, tuple(leaves[shift.id]), joins)
        for shift in shifts
        for joins in [_joins(shift, found.get(shift.id, []), crews[shift.id], staying[shift.id])]
        if leaves[shift.id] or joins
    ]


def _is_absent(helper: Helper | None, shift: Row[Any]) -> bool:
    """Whether somebody cannot come: on leave, blocked, or without a duty here."""
    if helper is None or not helper.leaves:
        return helper is None
    day = local(shift.starts_at).date()
    return any(first <= day <= last for first, last in helper.leaves)


def _joins(
    shift: Row[Any], found: Sequence[int], before: Sequence[int], staying: Sequence[int]
) -> tuple[int, ...]:
    new = [person for person in found if person not in before]
    return tuple(new[: max(0, shift.seats - len(staying))])


def _slot(shift: Row[Any]) -> str:
    return slot_name(Session(shift.starts_at, shift.ends_at))


def _kept(shift: Row[Any], crew: Sequence[int]) -> dict[str, Any]:
    return {"id": shift.id, "unit": shift.group_id, "slot": _slot(shift), "crew": list(crew)}


def _task(
    plan: RotaPlan, shifts: Sequence[Row[Any]], helpers: Sequence[Helper], at: datetime
) -> Task:
    """The plan as it stands; its own shifts keep nobody busy, for they are given as its crews."""
    own, wishes = {shift.id for shift in shifts}, wishes_of(plan)
    used = {shift.group_id for shift in shifts}
    last = max(shift.ends_at for shift in shifts)
    groups = instance_queries.groups(place_at(plan.path), plan.round_id, at, last, at=at)
    sessions = {_slot(s): Session(s.starts_at, s.ends_at) for s in shifts}
    return Task(
        sessions=sorted(sessions.values()),
        groups=[group for group in groups if group.id in used],
        helpers=[
            replace(one, engaged=tuple(e for e in one.engaged if e.shift_id not in own))
            if one.engaged
            else one
            for one in helpers
        ],
        crew_size=wishes.crew_size,
        at_once=max(Counter(_slot(shift) for shift in shifts).values()),
        leads=wishes.leads,
        rest=party_queries.limits_of(plan.community_id).rest,
    )


def digest(found: Sequence[Change]) -> str:
    """What names some changes, so that only what was looked at is applied."""
    text = repr([(change.shift.id, change.leaves, change.joins) for change in found])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def mend(plan: RotaPlan, seen: str, *, by: Person, at: datetime) -> tuple[int, int]:
    """Apply the changes that were looked at: (taken off, assigned). All of them, or none."""
    queries.lock(plan)
    found = changes(plan, at)
    if digest(found) != seen:
        raise RuleError(gettext("Something has changed meanwhile: please look again."))
    people = [person for change in found for person in (*change.leaves, *change.joins)]
    party_queries.hold_all(people, plan.community_id)
    queries.lock_shifts([change.shift.id for change in found])
    for change in found:
        for person in change.leaves:
            steering.take_off(change.shift.id, person, by=by, at=at)
    for change in found:
        for person in change.joins:
            steering.assign(change.shift.id, person, by=by, at=at, origin=Origin.PLANNER)
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
