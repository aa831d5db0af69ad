"""The word by which phones know that the database is still the one that confirmed their reports."""

from __future__ import annotations

import secrets

from portal.clock import now
from portal.coverage import queries
from portal.coverage.models import Epoch
from portal.db import db, insert_once, table_of


def present() -> str:
    """The word of the present epoch; the first begins with the first batch."""
    return maybe_present() or renew()


def maybe_present() -> str:
    """The word of the present epoch; empty before the first batch."""
    newest = queries.maybe_epoch()
    return newest.word if newest else ""


def renew() -> str:
    """Begin a new epoch, after a backup was restored: phones send again what was confirmed."""
    newest = queries.maybe_epoch()
    row = {
        "id": newest.id + 1 if newest else 1,
        "word": secrets.token_hex(8),
        "began_at": now(),
    }
    db.session.execute(insert_once(table_of(Epoch)).values(**row))  # two may begin it at once
    begun = queries.maybe_epoch()
    return begun.word if begun else ""
