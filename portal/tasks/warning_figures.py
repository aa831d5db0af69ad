"""How warnings went: on time by step and risk, and whether money went after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from portal.access import Person
from portal.tasks import warning_queries
from portal.tasks.deadlines import STEPS
from portal.tasks.fates import Fate
from portal.tasks.steps import Risk, Step
from portal.tasks.warning_queries import Search


class OnTime(NamedTuple):
    """How many warnings of a risk came to a step or should have, and how many of them in time."""

    risk: Risk
    step: Step
    reached: int
    in_time: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Each number is what the list behind it counts (law 7)."""

    all: int
    open: int
    on_time: Sequence[OnTime]  # only where something came to a step, or should have
    fates: Mapping[Fate, int]  # add up to `all`
    lost_later: int  # of those kept

    @property
    def judged(self) -> int:
        return self.fates[Fate.LOST] + self.fates[Fate.KEPT]


def figures(person: Person, at: datetime, *, since: datetime | None = None) -> Figures:
    """The figures of somebody's area, counted by the conditions of the lists.

    With `since`, of the warnings that came from then on.
    """

    def count(**wanted: object) -> int:
        return warning_queries.count(person, Search(since=since, **wanted), at)  # type: ignore[arg-type]

    cells = [
        OnTime(risk, step, reached, count(risk=risk, step=step, late=False))
        for risk in Risk
        for step in STEPS
        if (reached := count(risk=risk, step=step))
    ]
    return Figures(
        all=count(),
        open=count(open=True),
        on_time=cells,
        fates={fate: count(fate=fate) for fate in Fate},
        lost_later=count(lost_later=True),
    )
