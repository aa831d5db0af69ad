"""What the clock of the server dated while it ran ahead, put right once it has been set back.

Without this, what was told in that time would be told when the clock comes there again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from portal.db import db
from portal.notices import actions, queries
from portal.notices.queries import DELIVERY, IS_TROUBLED, NOTICE
from portal.notices.sending import LEASE
from portal.outbox.models import Fate


def redate(at: datetime) -> int:
    """Let what was told "at once" be due by a moment, and look anew at the letters that wait."""
    told = update(NOTICE).where(NOTICE.c.written_at > at, NOTICE.c.due_at <= NOTICE.c.written_at)
    notices = db.session.execute(told.values(written_at=at, due_at=at))
    under_way = (IS_TROUBLED, DELIVERY.c.fate == Fate.SENDING, DELIVERY.c.next_at > at + LEASE)
    db.session.execute(update(DELIVERY).where(*under_way).values(next_at=at + LEASE))
    waiting = queries.waiting_beyond(at)  # quiet hours and digests hold as ever
    wishes = queries.wishes_of(row.user_id for row in waiting)
    letters = actions.plan_anew(waiting, wishes, at)
    return int(notices.rowcount) + letters  # type: ignore[attr-defined]
