"""The words of teams in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext

from portal.teams.models import MEMBER

MEMBER_WORD = lazy_gettext("Other member")


def seat_name(names: Sequence[str], number: int) -> str:
    """What a community calls a seat; 0 is one of the other members."""
    return str(MEMBER_WORD) if number == MEMBER else names[number - 1]
