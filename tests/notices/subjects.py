"""What each kind of notice is about: a community, and a thing for somebody to hear of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts.models import User
from portal.relay.models import Bulletin
from portal.shifts.choice_queries import shift_by_id
from portal.shifts.notices import facts_of
from portal.shifts.states import Standing
from portal.tasks.steps import Step
from tests.conftest import Tower
from tests.notices.conftest import NOON
from tests.shifts.factory import evening, make_shift, put
from tests.tasks.factory import make_task, make_warning


@dataclass
class Stage:
    """A community with a bulletin on its way, and Lin who gives the tasks out."""

    tower: Tower
    lin: User
    bulletin: Bulletin

    def shift(self, hearer: User, standing: Standing | None = None) -> dict[str, Any]:
        """The facts of a shift, in which somebody may have a part."""
        shift = make_shift(self.tower, self.tower.building, evening(3))
        part = put(shift, hearer, standing) if standing else None
        return {**facts_of(shift_by_id(shift.id)), "assignment": part.id if part else 0}


def a_task(stage: Stage, hearer: User) -> dict[str, Any]:
    task = make_task(stage.tower.building, stage.lin, hearer)
    facts = {"task": task.id, "what": task.what, "due": task.due_at.isoformat()}
    return {**facts, "by": "Lin", "where": "Building 3"}


def a_load(stage: Stage, hearer: User) -> dict[str, Any]:
    make_task(stage.tower.building, stage.lin, stage.lin)
    return {"who": "Lin", "held": 21, "holder": stage.lin.id}


def a_seat(stage: Stage, hearer: User) -> dict[str, Any]:
    return stage.shift(hearer, Standing.HELD)


def a_crew(stage: Stage, hearer: User) -> dict[str, Any]:
    return stage.shift(hearer)


def a_plan(stage: Stage, hearer: User) -> dict[str, Any]:
    return {"shifts": [stage.shift(hearer, Standing.HELD)]}


def a_visit(stage: Stage, hearer: User) -> dict[str, Any]:
    warning = make_warning(stage.tower, stage.lin, step=Step.ASSIGNED, visitor_id=hearer.id)
    return {"warning": warning.id, "step": warning.step, "risk": warning.risk}


def a_warning(stage: Stage, hearer: User) -> dict[str, Any]:
    warning = make_warning(stage.tower, stage.lin)
    return {"warning": warning.id, "step": warning.step, "risk": warning.risk}


def a_bulletin(stage: Stage, hearer: User) -> dict[str, Any]:
    facts = {"bulletin": stage.bulletin.id, "title": "New swindle", "due": NOON.isoformat()}
    return {**facts, "reason": "a wrong number", "stops": 3}


def oneself(stage: Stage, hearer: User) -> dict[str, Any]:
    return {"email": hearer.new_email or hearer.email}
