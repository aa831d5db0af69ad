"""The doors of a shift in words: what is still to do, what an earlier shift left, what is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import ngettext
from sqlalchemy import Row

from portal.access import Permission, Person
from portal.clock import local
from portal.coverage.states import GAPS, State
from portal.coverage.words import short_state
from portal.shifts import door_queries as queries
from portal.shifts.wording import when
from portal.tower.words import door_name


class Line(NamedTuple):
    """One door; `is_left` if the shift before left it open, `note` tells since when it waits."""

    id: int
    name: str
    state: State
    word: str
    note: str
    is_left: bool


@dataclass(frozen=True, kw_only=True)
class Card:
    """The doors of a shift. `left_by` names the shift before, `own` tells what this one left."""

    round_id: int
    round: str
    building_id: int
    due: Sequence[Line]
    done: Sequence[Line]
    left_by: str
    own: str

    @property
    def count(self) -> int:
        return len(self.due) + len(self.done)

    @property
    def left(self) -> int:
        return sum(line.is_left for line in self.due)


def maybe_card(person: Person, shift: Row[Any], at: datetime) -> Card | None:
    """The doors of a shift for its crew on duty and for those who lead; None for others.

    None also where no round had doors there.
    """
    if not person.may(Permission.SEE_PLAN, path=shift.path):
        return None
    opened = queries.maybe_round(shift)
    if opened is None:
        return None
    found = queries.doors(shift.community_id, opened.id, [shift.path])
    before = queries.last_shifts(shift.community_id, [shift.path], shift.starts_at)
    left = queries.left_open(opened.id, before, found).get(shift.path)
    lines = [_line(door, left, local(at).date()) for door in found]
    return Card(
        round_id=opened.id,
        round=opened.name,
        building_id=shift.building_id,
        due=[line for line in lines if line.state in GAPS],
        done=[line for line in lines if line.state not in GAPS],
        left_by=" ".join(when(before[shift.path].starts_at, before[shift.path].ends_at))
        if left
        else "",
        own=_own(shift, opened.id, found, at),
    )


def _line(door: Row[Any], left: queries.Left | None, today: date) -> Line:
    is_gap = door.state in GAPS
    return Line(
        door.dwelling_id,
        door_name(door.unit, door.room),
        door.state,
        short_state(door.state, attempts=door.attempts, remaining=door.remaining),
        _note(door, today) if is_gap else "",
        is_gap and left is not None and door.dwelling_id in left.open,
    )


def _note(door: Row[Any], today: date) -> str:
    """How often somebody tried, and since when nobody has come."""
    told = []
    if door.attempts:
        told.append(ngettext("%(num)s attempt", "%(num)s attempts", door.attempts))
    if days := (today - local(door.gap_since).date()).days:
        told.append(ngettext("no visit for %(num)s day", "no visit for %(num)s days", days))
    return " · ".join(told)


def _own(shift: Row[Any], round_id: int, found: Sequence[Row[Any]], at: datetime) -> str:
    """What a shift that is over left open: 7 of 28 doors."""
    if shift.ends_at > at:
        return ""
    return left_told(queries.left_open(round_id, {shift.path: shift}, found)[shift.path])


def left_told(left: queries.Left) -> str:
    """A figure of what a shift left open."""
    return str(
        ngettext(
            "left open %(open)s of %(num)s door",
            "left open %(open)s of %(num)s doors",
            left.doors,
            open=len(left.open),
        )
    )
