"""Spreadsheets made for a test, as people and programs make them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import xlsxwriter

Rows = Sequence[Sequence[object]]


def workbook(
    sheets: Mapping[str, Rows],
    *,
    merged: Mapping[str, Iterable[tuple[int, int, int, int]]] | None = None,
    hidden: Iterable[str] = (),
) -> bytes:
    """An .xlsx file; `merged` holds first row, first column, last row, last column, from 0."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    as_date = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for area in (merged or {}).get(name, ()):
            sheet.merge_range(*area, "")
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                if isinstance(value, date):
                    sheet.write_datetime(row, column, value, as_date)
                elif value is not None:
                    sheet.write(row, column, value)
        if name in hidden:
            sheet.hide()
    book.close()
    return target.getvalue()


def csv_file(
    rows: Rows, *, encoding: str = "utf-8", separator: str = ",", line_end: str = "\r\n"
) -> bytes:
    """A CSV file as bytes."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, lineterminator=line_end)
    writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    return target.getvalue().encode(encoding)


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook, to change one and pack them again."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A workbook from its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


ONE_SHEET = parts_of(workbook({"桂香苑": [["地址"]]}))


def with_sheet_xml(rows_xml: str) -> bytes:
    """A workbook whose only sheet holds the given rows in XML."""
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns='
        '"http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows_xml}</sheetData></worksheet>"
    )
    return packed({**ONE_SHEET, SHEET: sheet.encode()})
