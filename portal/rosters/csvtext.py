"""CSV files as people save them: any of three encodings, three separators, any line ends."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from portal.rosters.limits import Limits
from portal.rosters.messages import Refusal, Unreadable

_SEPARATORS = ",;\t"
_TRIED_LINES = 40
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def encoding_of(data: bytes) -> str:
    """The name of the encoding; raises `Unreadable` when it is none of those in use.

    Strict UTF-8 goes first: text in GBK is hardly ever valid UTF-8, but the reverse often holds.
    """
    is_utf16 = data.startswith(_UTF16_MARKS)
    if not is_utf16 and b"\0" in data:
        raise Unreadable(Refusal.NUL_BYTES)
    for name in ["utf-16"] if is_utf16 else ["utf-8-sig", "gb18030"]:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise Unreadable(Refusal.NUL_BYTES)
        return name
    raise Unreadable(Refusal.ENCODING_UNKNOWN)


def rows_of(data: bytes, encoding: str, limits: Limits) -> Iterator[list[str]]:
    """The rows of a CSV file, with empty ones, so that row numbers are those of a spreadsheet.

    Raises `Unreadable` when there are too many rows or columns, or when a quotation mark is never
    closed.
    """
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")
    separator = _separator([line for line, _ in zip(lines, range(_TRIED_LINES), strict=False)])
    lines.seek(0)
    number = 0
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=separator), 1):
            if number > limits.rows:
                raise Unreadable(Refusal.TOO_MANY_ROWS, sheet="CSV", most=limits.rows)
            if len(row) > limits.columns and any(row[limits.columns :]):
                raise Unreadable(Refusal.TOO_MANY_COLUMNS, sheet="CSV", most=limits.columns)
            yield row[: limits.columns]
    except csv.Error as error:
        raise Unreadable(Refusal.CSV_BROKEN, row=number + 1) from error


def _separator(lines: list[str]) -> str:
    """The separator that stands most often in the first lines."""
    return max(_SEPARATORS, key=lambda separator: sum(line.count(separator) for line in lines))
