"""What time brings to what residents wrote; part of `flask tick`."""

from __future__ import annotations

from datetime import datetime

from portal.db import db
from portal.public.actions import erase_some


def tick(at: datetime) -> int:
    """Delete the words of residents whose time is over, some at a time; how many messages."""
    count = 0
    while some := erase_some(at):
        db.session.commit()
        count += some
    db.session.commit()
    return count
