"""What time brings to tasks and warnings; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.db import db
from portal.tasks.warnings import raise_lapsed


def tick(at: datetime) -> int:
    """Tell the next level of every step that has lapsed; how many warnings that were.

    Some at a time, each lot in a transaction of its own: two ticks at once never tell the same one.
    """
    count = 0
    while some := raise_lapsed(at):
        db.session.commit()
        count += some
    db.session.commit()
    return count
