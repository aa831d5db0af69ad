"""Addresses that a spreadsheet has turned into dates: `3-2-1` became 2003/2/1 or 3月2日."""

from __future__ import annotations

import re

from portal.rosters.numerals import CHINESE

# Nearly all addresses are told from dates by this alone.
_HINT = re.compile(r"[年月/]|^(?:19|20)\d\d[-.]|^\d{5}(?:\.|$)|[A-Za-z]{3}")
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d([-/.])(\d{1,2})\1(\d{1,2})(?:[ T]\d{1,2}:.*)?")
# With hyphens, 1-2-2003 is a good address (floor 20, door 3); with strokes it is how a
# spreadsheet writes a date.
_YEAR_LAST = re.compile(r"(\d{1,2})/(\d{1,2})/(?:19|20)\d\d(?: \d{1,2}:.*)?")
_WORDS = re.compile(rf"[\d{CHINESE}]+年(?:[\d{CHINESE}]+月(?:[\d{CHINESE}]+[日号]?)?)?")
_MONTH_AND_DAY = re.compile(rf"[\d{CHINESE}]{{1,3}}月(?:[\d{CHINESE}]{{1,3}}[日号]?)?")
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_ENGLISH = re.compile(
    rf"\d{{1,2}}[- /]{_MONTHS}(?:[- /,]+\d{{2,4}})?|{_MONTHS}[- /.]+\d{{1,4}}(?:,? \d{{4}})?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"([2-6]\d{4})(?:\.\d+)?")
# Days since 1899-12-30 that fall between 1982 and 2064.
_SERIALS = range(30_000, 60_000)


def looks_like_date(text: str, *, serial: bool) -> bool:
    """Whether a text in an address column is what is left of a date.

    `serial`: also the bare day number that appears when a date cell is formatted as a number
    (45000); only where a bare number of five digits cannot be a room.
    """
    if not _HINT.search(text):
        return False
    if serial and (match := _SERIAL.fullmatch(text)) and int(match[1]) in _SERIALS:
        return True
    if match := _YEAR_FIRST.fullmatch(text):
        return _month_and_day(int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        return _month_and_day(first, second) or _month_and_day(second, first)
    return any(shape.fullmatch(text) for shape in (_WORDS, _MONTH_AND_DAY, _ENGLISH))


def _month_and_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
