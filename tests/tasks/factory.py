"""Tasks for the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.tasks.deadlines import DEFAULT_MINUTES, due
from portal.tasks.models import Task
from portal.tasks.states import TaskKind, TaskState
from portal.tasks.steps import Risk, Step
from portal.tasks.warning_models import CaseDetail, Method, Warning
from portal.tower.models import Dwelling, Place
from tests.conftest import Tower


def make_task(
    place: Place, by: User, holder: User | None = None, *, home: Dwelling | None = None, **more: Any
) -> Task:
    """An open task, due in an hour unless `due_at` says otherwise."""
    columns = {
        "community_id": place.community_id,
        "kind": TaskKind.CALL_BACK,
        "place_id": home.group_id if home else place.id,
        "path": home.path if home else place.path,
        "dwelling_id": home.id if home else None,
        "what": "Ring back",
        "due_at": now() + timedelta(hours=1),
        "state": TaskState.OPEN,
        "made_at": now(),
        "made_by": by.id,
        "holder_id": holder.id if holder else None,
    }
    task = Task(**{**columns, **more})
    db.session.add(task)
    db.session.commit()
    return task


def make_warning(
    tower: Tower, by: User, *, home: Dwelling | None = None, story: str = "", **more: Any
) -> Warning:
    """A warning of high risk at a door of building 3, its clock running."""
    home = home or tower.dwellings(tower.building)[0]
    received = more.pop("received_at", now())
    step = more.pop("step", Step.NEW)
    warning = Warning(
        community_id=home.community_id,
        place_id=home.group_id,
        path=home.path,
        dwelling_id=home.id,
        risk=Risk.HIGH,
        received_at=received,
        entered_by=by.id,
        **more,
    )
    warning.come_to(step, due_at=due(received, step, Risk.HIGH, DEFAULT_MINUTES))
    db.session.add(warning)
    db.session.flush()
    detail = CaseDetail(
        warning_id=warning.id, method=Method.BRUSHING, story=story, reference="WH-0042"
    )
    db.session.add(detail)
    db.session.commit()
    return warning
