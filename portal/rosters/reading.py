"""Read a roster from a stranger's file: what it says, and everything there is to say about it.

Two shapes are understood and recognised by their headings: household rosters (a row is a home, or a
person in it) and building layouts (a row is a building with so many homes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path, PurePath

from portal.rosters.book import Book
from portal.rosters.cells import Cell, plain
from portal.rosters.columns import Field
from portal.rosters.headings import SEARCHED_ROWS, Shape, Table, find_table
from portal.rosters.households import HouseholdSheet
from portal.rosters.layouts import LayoutSheet, dwellings_of
from portal.rosters.limits import Limits
from portal.rosters.messages import Message, Refusal, Unreadable
from portal.rosters.records import Building, Dwelling
from portal.rosters.rows import Columns, Row
from portal.rosters.sheets import Sheet, open_file
from portal.rosters.titles import best_place

Progress = Callable[[int, int], None]
_ROWS_BETWEEN_PROGRESS = 500


@dataclass(slots=True)
class Reading:
    """What a file says. Homes come in the order of the file, messages by sheet and row.

    Of household rosters `homes` is filled, of layouts `buildings`; `dwellings()` gives the homes of
    either. `fields` are the columns that were found: what has no column, the file does not speak
    about, so it must not overwrite what is known. `ignored_columns` are those that may never be
    kept, `unused_columns` those that nobody asked for, both as written in the file.
    """

    shape: Shape
    homes: list[Dwelling] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    rejected: list[Message] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    skipped_rows: list[tuple[str, int]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    fields: frozenset[Field] = frozenset()

    @property
    def dwelling_count(self) -> int:
        """How many homes `dwellings()` gives."""
        return len(self.homes) + sum(building.dwellings for building in self.buildings)

    def dwellings(self) -> Iterator[Dwelling]:
        """All homes, those of layouts made one by one so that memory stays flat."""
        yield from self.homes
        for building in self.buildings:
            yield from dwellings_of(building)


def read(
    source: Path | bytes,
    *,
    filename: str,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Read an .xlsx or .csv file; `filename` is the name its owner gave it.

    `progress(done, total)` hears about rows from time to time; the total is an estimate. Raises
    `Unreadable` when the file as a whole is refused; single rows and cells never raise.
    """
    limits = limits or Limits()
    reader = _Reader(filename, limits, progress or _nobody_listens)
    with open_file(source, filename=filename, limits=limits) as file:
        reader.total = file.rows
        for sheet in file.sheets:
            reader.take(sheet)
    return reader.reading()


def _nobody_listens(_done: int, _total: int) -> None:
    """No progress is asked for."""


class _Reader:
    """Takes the sheets of a file one by one."""

    def __init__(self, filename: str, limits: Limits, progress: Progress) -> None:
        self.total = 0
        self._stem = PurePath(filename).stem
        self._progress = progress
        self._done = 0
        self._is_empty = True
        self._sheets: dict[Shape, list[tuple[str, Table]]] = {shape: [] for shape in Shape}
        self._other_sheets: list[str] = []
        self._book = Book()
        self._layouts = LayoutSheet(limits)

    def take(self, sheet: Sheet) -> None:
        """Read one sheet, if it is shown and holds a table."""
        rows = iter(sheet.rows)
        head = list(islice(rows, SEARCHED_ROWS))
        table = find_table(head) if sheet.visible else None
        if table is None:
            filled = any(plain(cell) for row in head for cell in row)
            self._is_empty = self._is_empty and not filled
            self._other_sheets += [sheet.name] if filled else []
            return
        self._is_empty = False
        self._sheets[table.shape].append((sheet.name, table))
        columns = Columns(table)
        take = self._taker(sheet, table, head)
        for number, values in enumerate(chain(head, rows), 1):
            if number > table.last_row + 1:
                take(Row(number, values, columns))
            self._count()

    def reading(self) -> Reading:
        """Everything together. Beside household rosters, lists of buildings are summaries."""
        households = self._sheets[Shape.HOUSEHOLDS]
        layouts = self._sheets[Shape.LAYOUT]
        self._progress(self._done, self._done)
        if households:
            self._book.finish()
            book = self._book
            reading = Reading(Shape.HOUSEHOLDS, homes=book.dwellings, warnings=book.warnings)
            reading.rejected, reading.skipped_rows = book.rejected, book.skipped
            reading.ignored_sheets = self._other_sheets + [name for name, _ in layouts]
        elif layouts:
            found = self._layouts
            reading = Reading(Shape.LAYOUT, buildings=found.buildings, warnings=found.warnings)
            reading.rejected, reading.skipped_rows = found.rejected, found.skipped
            reading.ignored_sheets = self._other_sheets
        else:
            raise Unreadable(Refusal.EMPTY if self._is_empty else Refusal.NO_HEADINGS)
        sheets = households or layouts
        _describe_columns(reading, [table for _, table in sheets])
        _sort(reading.warnings, [name for name, _ in sheets])
        return reading

    def _taker(
        self, sheet: Sheet, table: Table, head: Sequence[Sequence[Cell]]
    ) -> Callable[[Row], None]:
        titles = [text for row in head[: table.first_row] for cell in row if (text := plain(cell))]
        place = best_place(sheet=sheet.name, titles=titles, filename=self._stem)
        if table.shape is Shape.LAYOUT:
            self._layouts.start(place)
            return lambda row: self._layouts.take(sheet.name, row)
        columns = table.columns.get(Field.ROOM) or table.columns[Field.ADDRESS]
        same_home = sheet.continues(columns[:1])
        return HouseholdSheet(sheet.name, self._book, place=place, same_home=same_home).take

    def _count(self) -> None:
        self._done += 1
        if self._done % _ROWS_BETWEEN_PROGRESS == 0:
            self._progress(self._done, max(self._done, self.total))


def _describe_columns(reading: Reading, tables: list[Table]) -> None:
    reading.ignored_columns = sorted({name for table in tables for name in table.forbidden})
    reading.unused_columns = sorted({name for table in tables for name in table.unused})
    reading.fields = frozenset(field for table in tables for field in table.columns)


def _sort(messages: list[Message], sheets: list[str]) -> None:
    """By sheet and row; some warnings are only known when everything has been read."""
    order = {name: index for index, name in enumerate(sheets)}
    messages.sort(key=lambda message: (order[message.sheet], message.row))
