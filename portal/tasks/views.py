"""Everything people see of tasks: each file of views adds its routes to the blueprint."""

from __future__ import annotations

from portal.tasks import (
    data_questions,  # noqa: F401 - listens to visits and rosters
    following,  # noqa: F401 - listens to the tower
    household,  # noqa: F401 - says what else waits at a door
    list_views,  # noqa: F401 - adds its routes
    task_views,  # noqa: F401 - adds its routes
    warning_list_views,  # noqa: F401 - adds its routes
    warning_rule_views,  # noqa: F401 - adds its routes
    warning_views,  # noqa: F401 - adds its routes
)
from portal.tasks.blueprint import bp

__all__ = ["bp"]
