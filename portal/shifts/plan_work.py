"""The work on a plan, beside any request: ask the planner, and keep what it finds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from typing import Any

from flask import current_app
from flask_babel import gettext

from portal import jobs
from portal.clock import at, end_of_day, now
from portal.db import db
from portal.jobs import Desk, Progress, patiently, reading_only
from portal.shifts import helper_queries, instance_queries, party_queries, plan_queries, plans
from portal.shifts.building import instance_of, slot_name
from portal.shifts.fields import FieldError
from portal.shifts.figures import figures_of
from portal.shifts.models import RotaPlan
from portal.shifts.planner import Watch, solve
from portal.shifts.reasons import explain, stored
from portal.shifts.repairing import as_it_stands
from portal.shifts.states import PlanState
from portal.shifts.task import Task
from portal.tower.queries import place_at

Start = Callable[[int], object]


# Starting ----------------------------------------------------------------------------------------


def desk() -> Desk:
    """Where jobs of the rota say how far they are."""
    return Desk(current_app.config["SETTINGS"].data_folder, "rota")


def start(plan_id: int) -> None:
    """Let a plan be worked out beside this request.

    `ROTA_JOBS` of the application's configuration may name another way to do it.
    """
    how: Start = current_app.config.get("ROTA_JOBS", in_a_process)
    how(plan_id)


def in_a_process(plan_id: int) -> object:
    """Do it in a process of its own."""
    desk().expect(plan_id)
    return jobs.in_a_process("rota", "work", str(plan_id))


# The work ----------------------------------------------------------------------------------------


def work(plan_id: int) -> None:
    """Work out a plan that was asked for, unless somebody is at it already."""
    with current_app.app_context(), desk().at_work(plan_id) as mine:
        if not mine:
            return
        with reading_only():
            moment, plan = now(), plan_queries.by_id(plan_id)
            task = task_of(plan, moment) if plan.state is PlanState.SOLVING else None
        if task is not None:
            patiently(_worked_out(plan_id, task, moment))
            db.session.commit()
        desk().drop(plan_id)


def _worked_out(plan_id: int, task: Task, moment: datetime) -> Callable[[], None]:
    """What to keep of a task as of a moment: a proposal, or the words for what is in the way."""
    if not task.sessions or not task.groups:
        return partial(plans.fail, plan_id, str(gettext("There are no groups or no hours left.")))
    try:
        turns, figures = proposal(task, _heard(plan_id))
    except FieldError as wrong:
        return partial(plans.fail, plan_id, wrong.said(gettext))
    return partial(plans.propose, plan_id, turns, {**figures, "as_of": moment.isoformat()})


def _heard(plan_id: int) -> Watch:
    def note(stage: str, done: int, total: int) -> None:
        desk().note(plan_id, Progress(done, total, stage))

    return note


def task_of(plan: RotaPlan, moment: datetime) -> Task:
    """What a plan is made from, as things are now; what has begun is no longer planned."""
    place, wishes = place_at(plan.path), plans.wishes_of(plan)
    first, last = at(plan.first_day, time()), end_of_day(plan.last_day)
    found = helper_queries.helpers(place, plan.first_day, plan.last_day)
    return Task(
        sessions=[
            session
            for session in wishes.sessions(plan.first_day, plan.last_day)
            if session.starts_at > moment
        ],
        groups=instance_queries.groups(place, plan.round_id, max(first, moment), last, at=moment),
        helpers=found,
        standing=instance_queries.standing(place, max(first, moment), last),
        been=helper_queries.been(place, [helper.id for helper in found], first),
        crew_size=wishes.crew_size,
        at_once=wishes.at_once,
        leads=wishes.leads,
        rest=party_queries.limits_of(plan.community_id).rest,
    )


def proposal(task: Task, watch: Watch) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The turns of the best plan found, as rows of `ProposedTurn`, and its figures."""
    instance = instance_of(task)
    solution = solve(instance, progress=watch)
    watch("explain", 0, 1)
    kept = as_it_stands(instance, solution)
    reasons = {(r.unit, r.slot, r.volunteer): r for r in explain(kept)}
    groups = {group.id: group for group in task.groups}
    by_slot = {slot_name(session): session for session in task.sessions}
    stand = {(shift.group_id, slot_name(shift)): shift for shift in task.standing}
    leads_in = {helper.id: helper.leads_in for helper in task.helpers}
    turns = []
    for shift in solution["shifts"]:
        group, session = groups[shift["unit"]], by_slot[shift["slot"]]
        there = stand.get((group.id, shift["slot"]))
        seated = set(there.crew) if there else set()
        crew = [
            {
                "id": person,
                "leads": group.estate_id in leads_in[person],
                "reason": stored(reasons[shift["unit"], shift["slot"], person]),
            }
            for person in shift["crew"]
            if person not in seated
        ]
        turns.append(
            {
                "estate_id": group.estate_id,
                "building_id": group.building_id,
                "group_id": group.id,
                "path": group.path,
                "starts_at": session.starts_at,
                "ends_at": session.ends_at,
                "seats": task.crew_size,
                "crew": crew,
                "shift_id": there.id if there else None,
            }
        )
    return turns, figures_of(kept, solution)
