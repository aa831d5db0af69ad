"""Taking what is due, so that of several at work each gets something else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, select, update

from portal.db import db


def take_due(
    table: Table, *is_waiting: ColumnElement[bool], at: datetime, until: datetime, most: int
) -> list[int]:
    """Take those rows that are due longest, for oneself until a moment; their ids.

    `is_waiting` holds for the rows that may be taken.
    """
    row = table.c
    due = (
        select(row.id)
        .where(*is_waiting, row.next_at <= at)
        .order_by(row.next_at, row.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = db.session.scalars(
        update(table).where(row.id.in_(due), *is_waiting).values(next_at=until).returning(row.id)
    )
    return list(taken)
