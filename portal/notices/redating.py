"""What the clock of the server dated while it ran ahead, put right once it has been set back.

Without this, what was told in that time would be told when the clock comes there again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update

from portal.db import db
from portal.notices import queries
from portal.notices.queries import DELIVERY, IS_TROUBLED, IS_WAITING, NOTICE
from portal.notices.sending import LEASE
from portal.outbox.models import Fate
from portal.outbox.wording import maybe_topic


def redate(at: datetime) -> int:
    """Let what was told "at once" be due by a moment, and look anew at the letters that wait."""
    told = update(NOTICE).where(NOTICE.c.written_at > at, NOTICE.c.due_at <= NOTICE.c.written_at)
    notices = db.session.execute(told.values(written_at=at, due_at=at))
    under_way = (IS_TROUBLED, DELIVERY.c.fate == Fate.SENDING, DELIVERY.c.next_at > at + LEASE)
    db.session.execute(update(DELIVERY).where(*under_way).values(next_at=at + LEASE))
    return int(notices.rowcount) + _put_off_anew(at)  # type: ignore[attr-defined]


def _put_off_anew(at: datetime) -> int:
    """Quiet hours and digests hold as ever; a try that failed is made again now."""
    waiting = queries.waiting_beyond(at)
    wishes = queries.wishes_of(row.user_id for row in waiting)
    rows = [
        {
            "one": row.id,
            "until": wishes[row.user_id].first_letter(at, topic, urgent=row.urgent),
        }
        for row in waiting
        if (topic := maybe_topic(row.kind))
    ]
    if rows:
        one = update(DELIVERY).where(DELIVERY.c.id == bindparam("one"), IS_WAITING)
        db.session.execute(one.values(next_at=bindparam("until")), rows)
    return len(rows)
