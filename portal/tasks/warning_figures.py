"""How warnings went: on time by step and risk, and whether money went after all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from portal.access import Person
from portal.tasks import warning_queries
from portal.tasks.deadlines import STEPS
from portal.tasks.steps import Risk, Step
from portal.tasks.warning_queries import Search


class OnTime(NamedTuple):
    """How many warnings of a risk came to a step, and how many of them in time."""

    risk: Risk
    step: Step
    reached: int
    in_time: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Each number is what the list behind it counts (law 7)."""

    open: int
    on_time: Sequence[OnTime]  # only where something came to a step
    lost: int
    kept: int  # a week and more without a transfer

    @property
    def settled(self) -> int:
        return self.lost + self.kept


def figures(person: Person, at: datetime) -> Figures:
    """The figures of somebody's area, counted by the conditions of the lists."""

    def count(**wanted: object) -> int:
        return warning_queries.count(person, Search(**wanted), at)  # type: ignore[arg-type]

    cells = [
        OnTime(risk, step, reached, count(risk=risk, step=step, late=False))
        for risk in Risk
        for step in STEPS
        if (reached := count(risk=risk, step=step))
    ]
    return Figures(
        open=count(open=True), on_time=cells, lost=count(lost=True), kept=count(lost=False)
    )
