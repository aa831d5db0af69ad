"""Files from strangers, opened safely: sheets with rows of cells, whatever the format was."""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from portal.rosters.archive import write_checked_copy
from portal.rosters.cells import Cell
from portal.rosters.csvtext import encoding_of, rows_of
from portal.rosters.limits import MEGABYTE, Limits
from portal.rosters.messages import Refusal, Unreadable

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_NOT_TEXT = (
    *(b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"%PDF", b"PK", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf"),
    *(b"<html", b"<!doctype", b"<?xml", b"<table", b"{\\rtf", b"\x7fELF", b"MZ\x90", b"SQLite"),
)
Area = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a file. Rows come from the first on, empty ones too, so they can be counted."""

    name: str  # empty for CSV
    rows: Iterator[Sequence[Cell]]
    merged: Sequence[Area] = ()  # row and column of the first and last cell, from 0
    visible: bool = True

    def continues(self, columns: Sequence[int]) -> Callable[[int], bool]:
        """For a row number from 1: is its cell in one of the columns merged with the one above?"""
        spans = sorted(
            (first_row, last_row)
            for (first_row, left), (last_row, right) in self.merged
            if last_row > first_row and any(left <= column <= right for column in columns)
        )
        starts = [first for first, _ in spans]

        def merged_with_above(row: int) -> bool:
            index = bisect_right(starts, row - 2) - 1
            return index >= 0 and spans[index][1] >= row - 1

        return merged_with_above


@dataclass(frozen=True, slots=True)
class File:
    """An opened file: its sheets one after the other, and how many rows they have about."""

    sheets: Iterator[Sheet]
    rows: int


@contextmanager
def open_file(source: Path | bytes, *, filename: str, limits: Limits) -> Iterator[File]:
    """Open a spreadsheet for reading from top to bottom.

    Raises `Unreadable`, now or while rows are read, when it is too large, not what its name says,
    damaged, or made to do harm.
    """
    data = _load(source, limits)
    ending = Path(filename).suffix.lower()
    if ending in {".xlsx", ".xls", ".xlsm"} and data.startswith(_OLD_OFFICE):
        raise Unreadable(Refusal.OLD_OR_LOCKED)
    if ending == ".xlsx" and data.startswith(_ZIP):
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
            rows = write_checked_copy(data, copy, limits)
            copy.flush()
            del data
            yield File(_workbook_sheets(Path(copy.name)), rows)
    elif ending == ".csv" and not data[:16].lstrip().lower().startswith(_lower(_NOT_TEXT)):
        encoding = encoding_of(data)
        lines = data.count(b"\n") or data.count(b"\r")
        yield File(iter([Sheet("", rows_of(data, encoding, limits))]), lines + 1)
    else:
        raise Unreadable(Refusal.NOT_A_SPREADSHEET, ending=ending[:10])


def _lower(marks: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(mark.lower() for mark in marks)


def _load(source: Path | bytes, limits: Limits) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        with source.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise Unreadable(Refusal.FILE_TOO_LARGE, most=limits.file_bytes // MEGABYTE)
    if not data.strip():
        raise Unreadable(Refusal.EMPTY)
    return data


def _workbook_sheets(path: Path) -> Iterator[Sheet]:
    with _damage_refused(), CalamineWorkbook.from_path(path) as workbook:
        for about in workbook.sheets_metadata:
            if about.typ is SheetTypeEnum.WorkSheet:
                visible = about.visible is SheetVisibleEnum.Visible
                yield _sheet(workbook.get_sheet_by_name(about.name), visible=visible)


def _sheet(sheet: CalamineSheet, *, visible: bool) -> Sheet:
    # Rows are counted from the top of the sheet but columns from the first that is used.
    left = sheet.start[1] if sheet.start else 0
    merged = [
        ((top, first - left), (bottom, last - left))
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()
    ]
    return Sheet(sheet.name, cast("Iterator[Sequence[Cell]]", sheet.iter_rows()), merged, visible)


@contextmanager
def _damage_refused() -> Iterator[None]:
    """A workbook that the reader cannot follow is refused, also when the reader itself panics."""
    try:
        yield
    except CalamineError as error:
        raise Unreadable(Refusal.ARCHIVE_BROKEN) from error
    except BaseException as error:
        # A panic of the reader is no Exception, so that nobody mistakes it for an ordinary error.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Unreadable(Refusal.ARCHIVE_BROKEN) from error
