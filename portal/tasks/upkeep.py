"""What time brings to tasks and warnings; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.lots import in_lots
from portal.tasks.alarms import raise_lapsed


def tick(at: datetime) -> int:
    """Tell the next level of every step that has lapsed; how many warnings that were."""
    return in_lots(lambda: raise_lapsed(at))
