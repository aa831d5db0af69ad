"""What else there is to do at a home, said after each report about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext, ngettext

from portal.access import me
from portal.coverage.signals import Other, others_asked

MOST_HINTS = 5  # doors named after a report about many


class Hint(NamedTuple):
    """A line with a link: to what waits at a home, or to the door if it is more than one thing."""

    dwelling_id: int
    text: str
    url: str


def hints(round_id: int, dwelling_ids: Collection[int], *, named: bool) -> list[Hint]:
    """A line for each of some homes where something else waits that this person may see.

    `named` says at which door, for a report about many.
    """
    found: dict[int, list[Other]] = {}
    for _, others in others_asked.send(dwelling_ids, person=me(), round_id=round_id):
        for other in others:
            found.setdefault(other.dwelling_id, []).append(other)
    return [_hint(round_id, others, named=named) for others in found.values()][:MOST_HINTS]


def _hint(round_id: int, others: list[Other], *, named: bool) -> Hint:
    first, count = others[0], len(others)
    words = ngettext("%(num)s other task at this home", "%(num)s other tasks at this home", count)
    door_url = url_for(
        "coverage.door", round_id=round_id, dwelling_id=first.dwelling_id, _anchor="others"
    )
    return Hint(
        first.dwelling_id,
        gettext("%(door)s: %(words)s", door=first.door, words=words) if named else words,
        first.url if count == 1 else door_url,
    )
