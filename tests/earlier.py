"""Rows that people may have written before a migration, for tables as they were then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Enum,
    Integer,
    MetaData,
    Table,
    Time,
    column,
    insert,
    table,
)

from portal.db import Base, Moment

ROWS = 2  # of each table; the second one names the second one of every other table
MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
# What a migration reads as more than a number or a text: as it was written at the time.
SHAPES: dict[tuple[str, str], Any] = {
    ("notice_wishes", "by_mail"): "daily",
    ("communities", "seat_names"): ["社区民警", "网格员", "楼栋长", "物业", "党员", "组长"],
    ("tray_items", "body"): {"kind": "visit", "outcome": "met", "told": 2, "note": "楼道"},
}


def fill(connection: Connection, *, without: Collection[str]) -> dict[str, int]:
    """Write some rows into every other table there is; how many, by table."""
    there = MetaData()
    there.reflect(connection)
    written = {}
    for found in there.sorted_tables:
        if found.name in without:
            continue
        rows = [_row(found, number) for number in range(1, ROWS + 1)]
        now = Base.metadata.tables[found.name].c  # its types tell how a value is kept
        typed = table(found.name, *(column(c.name, now.get(c.name, c).type) for c in found.c))
        connection.execute(insert(typed), rows)
        written[found.name] = len(rows)
    return written


def _row(found: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(found, column, number) for column in found.columns}


def _value(found: Table, column: Column[Any], number: int) -> Any:
    """The number of the row for all that counts or refers; something of its kind elsewhere."""
    if (found.name, column.name) in SHAPES:
        return SHAPES[found.name, column.name]
    kind = Base.metadata.tables[found.name].c.get(column.name, column).type
    if isinstance(kind, Enum):
        return kind.python_type(kind.enums[0])
    for type_, value in _OF_A_KIND.items():
        if isinstance(kind, type_):
            return value
    return number if isinstance(kind, Integer) else f"{number} {column.name}"[: kind.length]


_OF_A_KIND: dict[Any, Any] = {
    Moment: MOMENT,
    Date: date(2026, 3, 1),
    Time: time(9, 30),
    Boolean: False,
    JSON: {},
}
