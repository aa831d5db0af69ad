"""Text that a spreadsheet program must not take for a formula, and back again."""

from __future__ import annotations

import re

Cell = str | int | None

_FORMULA = re.compile("'*[=+\\-@\t\r\n|%＝＋－＠]")
_RESTORE = re.compile("''*[=+\\-@\t\r\n|%＝＋－＠]")


def harmless(cell: Cell) -> Cell:
    """A cell as a file may hold it."""
    return neutralise(cell) if isinstance(cell, str) else cell


def neutralise(text: str) -> str:
    """Text that no spreadsheet program takes for a formula; `restore` gives the original back.

    An apostrophe goes before text that begins like a formula, also where apostrophes stand
    before that already, so that every text has exactly one neutral form (OWASP, CSV injection).
    """
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """What `neutralise` was given."""
    return text[1:] if text.startswith("'") and _RESTORE.match(text) else text
