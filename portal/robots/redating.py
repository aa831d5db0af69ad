"""What group chats are to hear, put right once a clock that ran ahead has been set back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from portal.db import db
from portal.outbox.models import Fate
from portal.robots.queries import HAPPENING, IS_TROUBLED, IS_WAITING, MESSAGE
from portal.robots.sending import LEASE


def redate(at: datetime) -> int:
    """Let what has happened be due by a moment; quiet hours are kept when it is said."""
    unspread = (HAPPENING.c.spread_at.is_(None), HAPPENING.c.due_at > at)
    happened = db.session.execute(update(HAPPENING).where(*unspread).values(due_at=at))
    waiting = update(MESSAGE).where(IS_WAITING, MESSAGE.c.next_at > at)
    messages = db.session.execute(waiting.values(next_at=at))
    under_way = (IS_TROUBLED, MESSAGE.c.fate == Fate.SENDING, MESSAGE.c.next_at > at + LEASE)
    db.session.execute(update(MESSAGE).where(*under_way).values(next_at=at + LEASE))
    return int(happened.rowcount + messages.rowcount)  # type: ignore[attr-defined]
