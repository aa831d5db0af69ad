"""Phone numbers out of the cells that people keep them in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.rosters import cells

# Mobiles have eleven digits from 1 (`domain.md` 4). The second digit is left open on purpose:
# demonstration data uses ranges that no real number has.
_PLAIN_MOBILE = re.compile(r"1\d{10}", re.ASCII)
_MOBILE = re.compile(r"0?(1\d{10})")
# Area codes of three digits begin with 01 or 02, all others have four.
_LANDLINE = re.compile(r"(0[12]\d|0[3-9]\d\d)-?([2-9]\d{6,7})(?:-(\d{1,5}))?")
_OTHER = re.compile(
    r"[2-9]\d{6,7}"  # a landline of the same city
    r"|[48]00-?\d{3}-?\d{4}"  # a service number
    r"|\+[1-9]\d{7,14}"  # abroad
)
_CHINA = re.compile(r"(?:\+|00)?86-?(?=1\d{10}$|0?\d{2,3}-?\d{7,8}(?:-\d+)?$)")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_BETWEEN = re.compile(r"[/\\、,，;；|\n&或和及]+")
_AREA_CODE = re.compile(r"\((0?\d{2,3}|\+?86)\)")
_EXTENSION = re.compile(r"转|\bext\.?", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+[:.]?|:")
# What a spreadsheet shows as 1.38E+10, saved as text and read again, ends in this many zeros.
_LOST_DIGITS = "0" * 5


@dataclass(frozen=True, slots=True)
class Phones:
    """What a phone cell gave: the number to keep, if any, and whether the first was damaged."""

    number: str = ""
    damaged: bool = False


NOTHING = Phones()


def phones(cell: cells.Cell) -> Phones:
    """The first number of a cell, without spaces or country code; a landline keeps its hyphens.

    A number that the spreadsheet rounded, or that lacks digits, counts as damaged and is not kept:
    a wrong number is worse than none.
    """
    if cell is None:
        return NOTHING
    if isinstance(cell, bool) or cells.is_date(cell):
        return Phones(damaged=True)
    if not isinstance(cell, str):
        digits = cells.plain(cell)
        return Phones(damaged=True) if digits.endswith(_LOST_DIGITS) else _one(digits)
    found = [one for one in map(_one, _BETWEEN.split(_lines(cell))) if one != NOTHING]
    first = next((one.number for one in found if one.number), "")
    return Phones(first, damaged=bool(found) and found[0].damaged)


def _lines(cell: str) -> str:
    """Narrow text that keeps its line breaks: each line may hold a number of its own."""
    return "\n".join(cells.plain(line) for line in cell.splitlines())


def _one(part: str) -> Phones:
    """The number in a text that holds one, perhaps with a name or a remark around it."""
    text = part.strip()
    if _PLAIN_MOBILE.fullmatch(text):
        return Phones(text)
    if not text or text == "0" or cells.is_placeholder(text) or cells.says_vacant(text):
        return NOTHING
    if _SCIENTIFIC.search(text):
        return Phones(damaged=True)
    text = _EXTENSION.sub("-", _AREA_CODE.sub(r"\1-", text))
    text = _WORDS.sub(" ", cells.without_brackets(text))
    for candidate in (text, *text.split()):
        if number := _number(candidate):
            return Phones(number)
    return Phones(damaged=True)


def _number(text: str) -> str:
    digits = _CHINA.sub("", re.sub(r"[\s.]+", "", text).strip("-"))
    if mobile := _MOBILE.fullmatch(digits.replace("-", "")):
        return mobile[1]
    if landline := _LANDLINE.fullmatch(digits):
        return "-".join(group for group in landline.groups() if group)
    return digits if _OTHER.fullmatch(digits) else ""
