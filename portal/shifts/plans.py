"""Plans of the rota: asked for, proposed, published in one go, withdrawn while untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import delete

from portal.access import Person
from portal.audit.actions import record
from portal.clock import today
from portal.db import db, insert_many, table_of
from portal.errors import RuleError
from portal.shifts import plan_queries as queries
from portal.shifts.bands import Session, read_bands, sessions
from portal.shifts.models import ProposedTurn, RotaPlan
from portal.shifts.states import PlanState
from portal.tower.models import Place

LONGEST = timedelta(days=92)  # one plan
RUNNING = frozenset({PlanState.SOLVING})


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a coordinator asks of a plan; kept with it."""

    week: str
    weekend: str
    minutes: int
    crew_size: int
    at_once: int
    leads: int

    def sessions(self, first: date, last: date) -> list[Session]:
        """The sessions of some days, in the order of time."""
        week, weekend = read_bands(self.week), read_bands(self.weekend)
        return sessions(first, last, week=week, weekend=weekend, minutes=self.minutes)


def wishes_of(plan: RotaPlan) -> Wishes:
    return Wishes(**{field.name: plan.settings[field.name] for field in fields(Wishes)})


def why_not_days(first: date, last: date, wishes: Wishes) -> str:
    """Why no plan can be made for some days; empty if one can."""
    if first < today():
        return str(gettext("A plan begins today at the earliest."))
    if last < first or last - first > LONGEST:
        return str(gettext("Choose the first day before the last, and at most three months."))
    if not wishes.sessions(first, last):
        return str(gettext("There are no hours on these days."))
    return ""


def ask(
    place: Place,
    *,
    first: date,
    last: date,
    wishes: Wishes,
    round_id: int | None,
    by: Person,
    now: datetime,
) -> RotaPlan:
    """Ask for a plan over a place; a job works it out, and nobody else sees anything of it."""
    if reason := why_not_days(first, last, wishes):
        raise RuleError(reason)
    plan = RotaPlan(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        round_id=round_id,
        first_day=first,
        last_day=last,
        settings=asdict(wishes),
        state=PlanState.SOLVING,
        made_at=now,
        made_by=by.id,
    )
    db.session.add(plan)
    db.session.flush()
    _note("rota.asked", plan, by.id)
    return plan


def ask_again(plan: RotaPlan) -> None:
    """Let another job begin where one has died, or where something was in the way."""
    queries.lock(plan)
    if plan.state not in {PlanState.SOLVING, PlanState.FAILED}:
        raise RuleError(gettext("This plan has been worked out already."))
    plan.state = PlanState.SOLVING


def propose(plan_id: int, turns: Sequence[dict[str, Any]], figures: dict[str, Any]) -> None:
    """Keep what the planner found, unless the plan was dropped meanwhile."""
    plan = queries.by_id(plan_id, lock=True)
    if plan.state is not PlanState.SOLVING:
        return
    db.session.execute(delete(ProposedTurn).where(ProposedTurn.plan_id == plan_id))
    insert_many(table_of(ProposedTurn), [{"plan_id": plan_id, **turn} for turn in turns])
    plan.figures, plan.state = figures, PlanState.PROPOSED


def fail(plan_id: int, why: str) -> None:
    """Keep what was in the way of a plan."""
    plan = queries.by_id(plan_id, lock=True)
    if plan.state is PlanState.SOLVING:
        plan.figures, plan.state = {"trouble": why}, PlanState.FAILED


def drop(plan: RotaPlan, *, by: Person, now: datetime) -> None:
    """Throw away a plan that was never published."""
    queries.lock(plan)
    if plan.state is PlanState.PUBLISHED:
        raise RuleError(gettext("This plan is published: withdraw it instead."))
    if plan.state is PlanState.WITHDRAWN:
        return
    db.session.execute(delete(ProposedTurn).where(ProposedTurn.plan_id == plan.id))
    plan.state, plan.withdrawn_at = PlanState.WITHDRAWN, now
    _note("rota.dropped", plan, by.id)


def _note(action: str, plan: RotaPlan, by: int, **details: int) -> None:
    record(
        action,
        community_id=plan.community_id,
        by=by,
        subject="rota",
        subject_id=plan.id,
        details={"place": plan.place_id, **details},
    )
