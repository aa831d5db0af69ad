"""What time brings to bulletins; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.db import db
from portal.relay.lapsing import raise_lapsed


def tick(at: datetime) -> int:
    """Tell the next level up of every level that has lapsed; how many bulletins were looked at."""
    count = 0
    while some := raise_lapsed(at):
        db.session.commit()
        count += some
    db.session.commit()
    return count
