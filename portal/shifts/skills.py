"""What people can do and what a place may ask of its crews: words that mean the same here. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

OFFICER = "officer"  # follows from the duty of a police liaison
# Skills that follow from a duty or from what others saw; nobody gives them to themselves.
GIVEN = frozenset({OFFICER, "leader", "experienced"})
MOST, LONGEST = 10, 30
_COMMAS = re.compile(r"[,，、;；]")


def read(text: str | None, *more: str) -> list[str]:
    """The skills that somebody wrote with commas in between, each once, and in one spelling."""
    words = [*more, *_COMMAS.split(text or "")]
    found = dict.fromkeys(" ".join(word.split())[:LONGEST].lower() for word in words)
    return [word for word in found if word][:MOST]


def own(words: Iterable[str]) -> list[str]:
    """Those of some skills that somebody may say of themselves."""
    return [word for word in words if word not in GIVEN]
