"""Tasks for the tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.tasks.models import Task
from portal.tasks.states import TaskKind, TaskState
from portal.tower.models import Dwelling, Place


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
