"""What else there is to do at a home, said after each report about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext, ngettext

from portal.access import me
from portal.coverage.signals import Other, others_asked

MOST_HINTS = 5  # doors named after a report about many
MOST_NAMED = 20  # doors named in a sentence, which says how many there are


class Hint(NamedTuple):
    """A line with a link: to what waits at a home, or to the door if it is more than one thing."""

    dwelling_id: int
    text: str
    url: str


class Report(NamedTuple):
    """What was reported at a home, by its id."""

    round_id: int
    dwelling_id: int
    uuid: str


def more_waits(reports: Iterable[Report]) -> str:
    """At which of the homes of many reports something else waits, as a sentence; empty for none.

    For what was not ticked on the plan: a phone sent it later, or it was keyed from paper.
    """
    by_round: dict[int, list[Report]] = {}
    for report in reports:
        by_round.setdefault(report.round_id, []).append(report)
    doors = [
        at_home[0].door
        for round_id, here in by_round.items()
        for at_home in _others(
            round_id, [one.dwelling_id for one in here], {one.uuid for one in here}
        )
    ]
    if not doors:
        return ""
    named = gettext(", ").join(doors[:MOST_NAMED]) + ("…" if doors[MOST_NAMED:] else "")
    return str(
        ngettext(
            "There is something else to do at %(num)s of these homes: %(doors)s.",
            "There is something else to do at %(num)s of these homes: %(doors)s.",
            len(doors),
            doors=named,
        )
    )


def hints(
    round_id: int, dwelling_ids: Collection[int], *, report: str = "", named: bool = False
) -> list[Hint]:
    """A line for each of some homes where something else waits that this person may see.

    `report` is the id of what was just reported there, or `named` says at which door, after a
    report about many: such a one asks nothing itself.
    """
    others = _others(round_id, dwelling_ids, [report])
    return [_hint(round_id, at_home, named=named) for at_home in others][:MOST_HINTS]


def _others(
    round_id: int, dwelling_ids: Collection[int], reports: Collection[str]
) -> list[list[Other]]:
    """What else waits, home by home, the home with the most urgent thing first."""
    found: dict[int, list[Other]] = {}
    answers = others_asked.send(dwelling_ids, person=me(), round_id=round_id, reports=reports)
    for _, others in answers:
        for other in others:
            found.setdefault(other.dwelling_id, []).append(other)
    return list(found.values())


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
