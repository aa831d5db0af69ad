"""One cell at a time: text made plain, people counted, vacancy understood.

A cell is whatever a spreadsheet holds: text, a number (always a float in a workbook), a truth
value, a date. No value of any of these makes a function here fail.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta

from portal.formulas import restore
from portal.rosters.numerals import CHINESE, whole_number

DATES = (date, datetime, time, timedelta)
Cell = str | float | int | bool | date | datetime | time | timedelta | None

MOST_PEOPLE = 99  # in one home; more is a phone or room number in the wrong column
LONGEST_NAME = 60
_QUOTED = 40
_LOOKED_AT = 200

# Full-width forms stand for the ASCII characters 0xFEE0 below them.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
# Zero-width and direction marks, BOM, control characters, lone surrogates: never meant by anyone.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_BRACKETS = re.compile(r"[(\[【〔{〈《][^()\[\]【】〔〕{}〈〉《》]*[)\]】〕}〉》]")
_OPENING = re.compile(r"[(\[【〔{〈《]")
# From seven digits on a number may be a phone or an ID; with spaces or hyphens it is still one.
_LONG_NUMBER = re.compile(r"\d(?:[\s-]?\d){6,}[Xx]?")
_LONG_NUMBER_IN_ADDRESS = re.compile(r"\d(?: ?\d){6,}[Xx]?|1\d\d-\d{4}-\d{4}")
_DASHES = re.compile(r"[-—–―_/\\.·*、]+|无|没有|暂无")
_PLACEHOLDER = re.compile(
    rf"(?:{_DASHES.pattern}|[?？]+|未知|不详|不明|待查|未留|n/?a|none|nil|null)", re.IGNORECASE
)

_EMPTY_HOME = re.compile(
    r"(?<![非不未中])(?:空置|空房|空户|空关|空着|空宅|空屋|空闲|闲置|无人|没人|毛坯|未装修|未交付|未入住|未住人|未居住|无住户|待租|待售)"
    r"|\b(?:vacant|empty|unoccupied)\b",
    re.IGNORECASE,
)
_EMPTY_WHOLE = re.compile(r"(?:空|[-—–―]+)")
_YES = re.compile(r"(?:是|有|对|真|√|✓|✔|y|yes|true|t|1|1\.0)", re.IGNORECASE)
_NO = re.compile(r"(?:否|不是|没有|无|假|×|✗|✘|x|n|no|not?|false|f|0|0\.0)", re.IGNORECASE)
_COUNT = re.compile(rf"(?:共|计)?(\d+|[{CHINESE}]+)(?:\.0+)?(?:个|名|位)?(?:人|口)?人?")
_ADULTS_AND_CHILDREN = re.compile(r"(\d{1,2})大(\d{1,2})小")


def plain(cell: Cell) -> str:
    """The cell as one line of ordinary text: narrow, visible, trimmed; a date in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        text = (
            _one_line(_visible(cell).translate(_NARROW))
            if not cell.isascii()
            else (cell if cell.isalnum() else _one_line(_visible(cell)))
        )
        return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        return _number_text(cell)
    return str(cell)


def _visible(text: str) -> str:
    """The text as its owner typed it, without characters that nobody sees."""
    text = restore(text)
    return text if text.isprintable() else _INVISIBLE.sub("", text)


def _one_line(text: str) -> str:
    return text if text.isalnum() else " ".join(text.split())


def _number_text(number: float) -> str:
    if not math.isfinite(number):
        return ""
    return str(int(number)) if number == int(number) else repr(number)


def is_date(cell: Cell) -> bool:
    """Whether the spreadsheet holds the cell as a date, a time or a span of time."""
    return isinstance(cell, DATES)


def is_placeholder(text: str) -> bool:
    """Whether the text only says that nothing is known: a dash, `无`, `不详`, `n/a`."""
    return bool(_PLACEHOLDER.fullmatch(text))


def is_dash(text: str) -> bool:
    """Whether the text is only a way to leave a cell empty: a dash, a stroke, `无`."""
    return bool(_DASHES.fullmatch(text))


def without_brackets(text: str) -> str:
    """The text without remarks in brackets of any kind."""
    return _BRACKETS.sub("", text) if _OPENING.search(text) else text


def quote(text: str) -> str:
    """The text as a message may repeat it: short, and long numbers reduced to their ends."""
    return _shortened(_LONG_NUMBER_IN_ADDRESS.sub(_ends, text[:_LOOKED_AT]))


def quote_number(text: str) -> str:
    """The same for a cell that holds phone numbers, which may be written with hyphens."""
    return _shortened(_LONG_NUMBER.sub(_ends, text[:_LOOKED_AT]))


def _shortened(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


def _ends(number: re.Match[str]) -> str:
    """`13812345678` becomes `138****78`: enough to find the cell again, too little to ring."""
    return f"{number[0][:3]}****{number[0][-2:]}"


def name(cell: Cell) -> str:
    """What to call the people of a home: `王涛`, `李阿姨`; empty when the cell says nothing.

    Long numbers (ID, bank, phone) are taken out: they are kept nowhere, or in their own field.
    Rare characters stay as they are.
    """
    if is_date(cell):
        return ""
    text = _one_line(_visible(cell)) if isinstance(cell, str) else plain(cell)
    narrow = text.translate(_NARROW)
    if is_placeholder(narrow) or says_vacant(narrow):
        return ""
    if _LONG_NUMBER.search(narrow):
        rest = _LONG_NUMBER.sub("", narrow).strip(" ,、/:()-")
        return rest if any(map(str.isalpha, rest)) else ""
    return text


def people(cell: Cell) -> int | None:
    """How many people live there, or None when the cell does not say it as a whole number.

    `3`, `3.0`, `３`, `3人`, `三口人`, `2大1小` are understood; `若干`, `3-4`, `约3` are not.
    """
    if isinstance(cell, bool) or is_date(cell):
        return None
    text = plain(cell).replace(" ", "")
    if pair := _ADULTS_AND_CHILDREN.fullmatch(text):
        return int(pair[1]) + int(pair[2])
    match = _COUNT.fullmatch(text)
    number = whole_number(match[1]) if match else None
    return number if number is not None and number <= MOST_PEOPLE else None


def says_vacant(text: str) -> bool:
    """Whether a word for the state of a home means that nobody lives there.

    `空`, `空置`, `无人`, `毛坯`, `—` do; `自住`, `非空置` and `家中无人` (nobody at home) do not.
    """
    return bool(_EMPTY_WHOLE.fullmatch(text) or _EMPTY_HOME.search(text))


def answer(text: str) -> bool | None:
    """Yes or no as people tick it: `是 √ y true 1` or `否 × n false 0`; None for neither."""
    if _YES.fullmatch(text):
        return True
    return False if _NO.fullmatch(text) else None
