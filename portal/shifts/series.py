"""Recurring shifts: a series, what it would bring, making it in one go, and taking that back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import Row, delete, select

from portal.access import Person
from portal.audit.actions import record
from portal.clock import at, local
from portal.db import db, insert_once, table_of
from portal.errors import RuleError
from portal.shifts import approvals
from portal.shifts import party_queries as party
from portal.shifts import series_queries as queries
from portal.shifts.bands import LATEST
from portal.shifts.models import Batch, ProposedTurn, Shift, ShiftTemplate
from portal.shifts.needs_queries import needs_in
from portal.shifts.recurrence import Occurrence, occurrences
from portal.tower.models import Place

LONGEST = timedelta(days=366)  # one go
MOST = 5000  # shifts in one go


@dataclass(frozen=True)
class Turn:
    """One shift a series would bring; `made` if it has brought it already.

    `beside` if its group has a shift at that hour from elsewhere: then this one is left out.
    """

    occurrence: Occurrence
    group: Row[Any]
    starts_at: datetime
    ends_at: datetime
    made: bool
    beside: bool

    @property
    def is_new(self) -> bool:
        return not self.made and not self.beside


def why_not_hours(starts: time, ends: time) -> str:
    """Why shifts cannot have these hours; empty if they can."""
    if ends <= starts:
        return str(gettext("The end lies before the start."))
    if ends > LATEST:
        return str(gettext("Nobody knocks after %(time)s.", time=f"{LATEST:%H:%M}"))
    return ""


def create(
    place: Place,
    *,
    name: str,
    weekdays: list[int],
    hours: tuple[time, time],
    seats: int,
    at_once: int,
    starts_on: date,
    by: Person,
    now: datetime,
) -> ShiftTemplate:
    """A new series over a place; nothing happens until shifts are made of it."""
    if reason := why_not_hours(*hours):
        raise RuleError(reason)
    template = ShiftTemplate(
        community_id=place.community_id,
        name=name,
        place_id=place.id,
        path=place.path,
        weekdays=sorted(weekdays),
        starts=f"{hours[0]:%H:%M}",
        ends=f"{hours[1]:%H:%M}",
        seats=seats,
        at_once=at_once,
        starts_on=starts_on,
        made_at=now,
        made_by=by.id,
    )
    db.session.add(template)
    db.session.flush()
    _note("series.made", template, by)
    return template


def end(template: ShiftTemplate, *, by: Person, now: datetime) -> None:
    """No more shifts are made of a series; those that were made stay."""
    if template.ended_at is None:
        template.ended_at = now
        _note("series.ended", template, by)


def preview(template: ShiftTemplate, first: date, last: date) -> list[Turn]:
    """What making a series from `first` to `last` would bring, and what is there already."""
    if last < first or last - first > LONGEST:
        raise RuleError(gettext("Choose a stretch of at most one year, the first day first."))
    groups = {row.id: row for row in queries.groups_below(template.path, template.community_id)}
    found = occurrences(
        weekdays=template.weekdays,
        starts_on=template.starts_on,
        groups=list(groups),
        at_once=template.at_once,
        first=first,
        last=last,
    )
    if len(found) > MOST:
        raise RuleError(gettext("At most %(n)s shifts in one go: choose fewer days.", n=MOST))
    made = queries.cycles_made(
        template.community_id, source_of(template), [turn.cycle for turn in found]
    )
    starts, ends = time.fromisoformat(template.starts), time.fromisoformat(template.ends)
    there = queries.standing_at(template.path, template.community_id, at(first, starts))
    turns = []
    for o in found:
        begins, finishes = at(o.day, starts), at(o.day, ends)
        beside = any(s.starts_at < finishes and begins < s.ends_at for s in there.get(o.group, ()))
        turns.append(Turn(o, groups[o.group], begins, finishes, o.cycle in made, beside))
    return turns


def make(template: ShiftTemplate, first: date, last: date, *, by: Person, now: datetime) -> int:
    """Make the shifts of a series that lie ahead and are not there yet; how many.

    Running it twice, or after a shift was moved or cancelled, never brings a shift back: the key
    over (series, group, turn) stands, whatever became of the shift. Where a group has a shift of
    its own at that hour, it gets no second one.
    """
    if template.ended_at is not None:
        raise RuleError(gettext("This series has ended."))
    party.hold_rota(template.community_id)
    first = max(first, local(now).date())
    ahead = [turn for turn in preview(template, first, last) if turn.is_new]
    ahead = [turn for turn in ahead if turn.starts_at > now]
    if not ahead:
        raise RuleError(gettext("Every shift of these days is there already."))
    batch = Batch(
        community_id=template.community_id,
        template_id=template.id,
        made_at=now,
        made_by=by.id,
    )
    db.session.add(batch)
    db.session.flush()
    asks = approvals.wanted(turn.group.building_id for turn in ahead)
    needs = needs_in(template.community_id)
    rows = [
        {
            **_row(template, batch, turn, now),
            "approval": turn.group.building_id in asks,
            "needs": needs.of(turn.group.path),
        }
        for turn in ahead
    ]
    written = db.session.execute(insert_once(table_of(Shift)).returning(Shift.id), rows).all()
    _note("series.generated", template, by, shifts=len(written), batch=batch.id)
    return len(written)


def undo(batch: Batch, template: ShiftTemplate, *, by: Person, now: datetime) -> None:
    """Take back everything made in one go, while nobody has had to do with any of it."""
    if batch.undone_at is not None:
        return
    if count := queries.touched(batch):
        raise RuleError(
            ngettext(
                "%(num)s of these shifts has been changed or has people: cancel them one by one.",
                "%(num)s of these shifts have been changed or have people: cancel them one by one.",
                count,
            )
        )
    # A plan that would fill them, and is not published yet, loses these turns.
    ids = select(Shift.id).where(Shift.batch_id == batch.id)
    db.session.execute(delete(ProposedTurn).where(ProposedTurn.shift_id.in_(ids)))
    db.session.execute(delete(Shift).where(Shift.batch_id == batch.id))
    batch.undone_at = now
    _note("series.undone", template, by, batch=batch.id)


def source_of(template: ShiftTemplate) -> str:
    """What names a series in the key of its shifts."""
    return f"template/{template.id}"


def _row(template: ShiftTemplate, batch: Batch, turn: Turn, now: datetime) -> dict[str, Any]:
    return {
        "community_id": template.community_id,
        "source": source_of(template),
        "cycle": turn.occurrence.cycle,
        "batch_id": batch.id,
        "estate_id": turn.group.estate_id,
        "building_id": turn.group.building_id,
        "group_id": turn.group.id,
        "path": turn.group.path,
        "starts_at": turn.starts_at,
        "ends_at": turn.ends_at,
        "seats": template.seats,
        "crew_code": crew_code(),
        "made_at": now,
        "changed_at": now,
    }


def crew_code() -> str:
    """Four digits that the crew read off the day sheet to check in."""
    return f"{secrets.randbelow(10_000):04d}"


def _note(action: str, template: ShiftTemplate, by: Person, **details: int) -> None:
    record(
        action,
        community_id=template.community_id,
        by=by.id,
        subject="series",
        subject_id=template.id,
        details={"place": template.place_id, **details},
    )
