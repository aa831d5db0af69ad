"""Numbers that must not be kept or passed on in a text: of persons, bank cards and telephones."""

from __future__ import annotations

import re

_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{15}(?!\d)")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){15,18}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?!\d)")
HIDDEN = "＊＊＊"


def hide(text: str) -> tuple[str, int]:
    """A text without numbers of persons, bank cards and telephones, and how many there were."""
    count = 0
    for pattern in (_ID, _CARD, _PHONE):
        text, found = pattern.subn(HIDDEN, text)
        count += found
    return text, count
