"""Rows of a table: their cells by field, and what kind of row it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from portal.rosters import cells
from portal.rosters.columns import Field
from portal.rosters.headings import Table

_TOTAL = re.compile(
    r".{0,12}(?:小计|小结|合计|总计|共计|累计|总数|合計|小計|總計):?.{0,20}"
    r"|共\d+[户套人]?.{0,10}|(?:grand|sub)?-?total.{0,20}",
    re.IGNORECASE,
)
_SOME_TOTAL = re.compile("[计計结总總共]|total", re.IGNORECASE)
_NOT_NAMED = (Field.SERIAL, Field.GROUP, Field.REMARK)
_TOTALS_STAND_IN = (
    *(Field.SERIAL, Field.ESTATE, Field.BUILDING, Field.UNIT, Field.FLOOR),
    *(Field.ROOM, Field.ADDRESS, Field.CONTACT),
)
# Of these a second column helps out where the first is empty.
_HELPED_OUT = {Field.CONTACT, Field.PHONE, Field.STATUS, Field.ADDRESS}


class Columns:
    """Where the fields of a table stand, worked out once for all its rows."""

    def __init__(self, table: Table) -> None:
        self.fields = table.columns.keys()
        self.of = {
            field: columns if field in _HELPED_OUT else columns[:1]
            for field, columns in table.columns.items()
        }
        self.serial = set(table.columns.get(Field.SERIAL, ()))
        self.named = [c for f, columns in self.of.items() if f not in _NOT_NAMED for c in columns]
        self.with_totals = [c for field in _TOTALS_STAND_IN for c in self.of.get(field, ())]
        self.repeats = table.repeats
        self.width = max((c for columns in self.of.values() for c in columns), default=0) + 1


class Row:
    """One row under the headings. `number` is what the spreadsheet program shows, from 1."""

    def __init__(self, number: int, values: Sequence[cells.Cell], columns: Columns) -> None:
        self.number = number
        self._values = values
        self._texts = [cells.plain(value) if value != "" else "" for value in values]
        self._texts += [""] * (columns.width - len(values))
        self._columns = columns

    def cell(self, field: Field) -> cells.Cell:
        """The cell of a field as the spreadsheet holds it, None when it is empty."""
        column = self._column(field)
        return None if column is None else self._values[column]

    def full_text(self, field: Field) -> str:
        """The cell of a field as plain text."""
        column = self._column(field)
        return "" if column is None else self._texts[column]

    def text(self, field: Field) -> str:
        """The cell of a field as plain text; a dash is as good as nothing."""
        text = self.full_text(field)
        return "" if text and cells.is_dash(text) else text

    def has_any(self, *fields: Field) -> bool:
        """Whether the table has a column for any of these."""
        return not self._columns.fields.isdisjoint(fields)

    def says_something(self) -> bool:
        """Whether the row holds more than a number in front, a group or a remark."""
        return any(self._texts[column] for column in self._columns.named)

    def is_blank(self) -> bool:
        """Whether nothing stands in the row but, perhaps, its printed number."""
        serial = self._columns.serial
        return not any(
            text and not (column in serial and text.isdigit())
            for column, text in enumerate(self._texts)
        )

    def is_total(self) -> bool:
        """Whether the row sums up others: `小计`, `3栋合计：44户`, or a lone number of people."""
        for column in self._columns.with_totals:
            text = self._texts[column]
            if _SOME_TOTAL.search(text) and _TOTAL.fullmatch(text.replace(" ", "")):
                return True
        filled = [column for column in self._columns.named if self._texts[column]]
        return filled == [*self._columns.of.get(Field.RESIDENTS, [None])]

    def repeats_headings(self) -> bool:
        """Whether the row is the headings once more, as at the top of each printed page."""
        return self._columns.repeats(self._texts)

    def only_text(self) -> str:
        """The text of a row that has a single filled cell, else nothing."""
        filled = [text for text in self._texts if text]
        return filled[0] if len(filled) == 1 else ""

    def _column(self, field: Field) -> int | None:
        """Where the field stands in this row; of several columns the best that is filled."""
        columns = self._columns.of.get(field)
        if columns is None:
            return None
        if len(columns) == 1:
            return columns[0] if self._texts[columns[0]] else None
        filled = [column for column in columns if self._texts[column]]
        undashed = (column for column in filled if not cells.is_dash(self._texts[column]))
        return next(undashed, filled[0] if filled else None)
