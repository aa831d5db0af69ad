"""What of a floor plan is drawn once and shown to many: its table, and the figures beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from flask import render_template
from markupsafe import escape

from portal.clock import end_of_day, today
from portal.coverage import words
from portal.coverage.plan import Cell, Stair, lay_out
from portal.coverage.states import State, to_do
from portal.packing import Part, part_of
from portal.tower.words import unit_name


class DrawnPlan(NamedTuple):
    """A building as it stands: its doors by state, its units, and its table."""

    counts: dict[State, int]
    stairs: tuple[Stair, ...]
    widest: int
    part: Part

    @property
    def base(self) -> int:
        return sum(self.counts.values())

    @property
    def to_do(self) -> int:
        return to_do(self.counts)


def draw_plan(round_id: int, rows: Sequence[Sequence[Any]], *, selecting: bool) -> DrawnPlan:
    """The plan of some doors, from rows of `door_queries`. Nothing in it is anybody's own."""
    layout = lay_out(cells(rows))
    states = [state for _, _, _, _, state, *_ in rows]
    html = render_template(
        "coverage/_plan_table.html",
        layout=layout,
        round_id=round_id,
        selecting=selecting,
        unit_name=unit_name,
        floor_name=words.floor_names(),
    )
    counts = {state: states.count(state) for state in State}
    return DrawnPlan(counts, layout.stairs, layout.widest, part_of(html))


def cells(rows: Iterable[Sequence[Any]]) -> list[Cell]:
    """Doors as the cells of a plan, from rows of `door_queries`; each word is looked up once."""
    word, due_by, room_text = words.cell_words(), end_of_day(today()), cache(escape)
    return [
        Cell(
            unit,
            floor,
            dwelling_id,
            room_text(room),
            f"{state} due" if appointment_at and appointment_at <= due_by else state,
            word(state, attempts, remaining),
        )
        for dwelling_id, unit, floor, room, state, attempts, remaining, appointment_at in rows
    ]
