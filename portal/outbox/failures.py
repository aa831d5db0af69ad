"""What could not be sent on one of the ways out, as whoever is responsible finds it.

Each way keeps rows with a fate, a number of tries and the moment of the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select

from portal.db import Base, db
from portal.errors import NotFoundError
from portal.outbox.models import Fate

M = TypeVar("M", bound=Base)


def failed(
    seen: Select[Any],
    way: Any,
    *,
    is_waiting: ColumnElement[bool],
    is_troubled: ColumnElement[bool],
    most: int,
) -> Sequence[Row[Any]]:
    """Of the rows somebody sees, newest first: given up or unknown, and tried in vain so far."""
    failing = is_waiting & (way.tries > 0)
    rows = [
        row
        for condition in (is_troubled & (way.fate != Fate.SENDING), failing)
        for row in db.session.execute(
            seen.where(condition).order_by(way.next_at.desc()).limit(most)
        )
    ]
    return sorted(rows, key=lambda row: row.due_at, reverse=True)[:most]


def find_given_up(seen: Select[Any], way: type[M], number: int) -> M:
    """Of the rows somebody sees, one that was given up, held until the commit.

    NotFoundError for any other.
    """
    columns: Any = way
    query = seen.where(columns.id == number, columns.fate == Fate.GIVEN_UP)
    row = db.session.execute(query.with_for_update(of=way)).one_or_none()
    if row is None:
        raise NotFoundError
    found: M = row[0]
    return found
