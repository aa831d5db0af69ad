"""Tables as files: CSV and XLSX that a spreadsheet shows as text, never as a formula."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from urllib.parse import quote

import xlsxwriter
from flask import Response, abort

from portal.formulas import Cell as Cell
from portal.formulas import harmless

BOM = "\ufeff"  # without it Excel takes UTF-8 for the local encoding
AT_ONCE = 500  # rows written together
CHUNK = 64 * 1024
IN_MEMORY = 4 * 1024 * 1024


class FileKind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def mimetype(self) -> str:
        if self is FileKind.CSV:
            return "text/csv"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def kind_asked(text: str | None) -> FileKind:
    """The kind of file a form names; 400 for one that no form of ours does."""
    if text not in set(FileKind):
        abort(400)
    return FileKind(text)


def download(
    kind: FileKind, rows: Iterable[Sequence[Cell]], *, plain: str, named: str, day: date
) -> Response:
    """A table as a file of a day. It is written while it is sent, after the commit."""
    response = Response(written(kind, rows), mimetype=kind.mimetype)
    ending = f"{day}.{kind}"
    response.headers["Content-Disposition"] = attachment(f"{plain}-{ending}", f"{named}-{ending}")
    return response


def attachment(plain: str, named: str) -> str:
    """How a file is called: plainly for old programs, and by its own name for the others."""
    return f"attachment; filename={plain}; filename*=UTF-8''{quote(named, safe='')}"


def written(kind: FileKind, rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The bytes of a table, as they are made."""
    return as_csv(rows) if kind is FileKind.CSV else as_xlsx(rows)


def as_csv(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark; dangerous texts get an apostrophe in front."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BOM)
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(cell) for cell in row])
        if number % AT_ONCE == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def as_xlsx(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Texts are stored as texts, so nothing needs to be put in front of them; flat memory."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
