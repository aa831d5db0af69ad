"""Somebody's duty times as an iCalendar file (RFC 5545), for the calendar on their phone.

One event for each shift and person, whatever happens to it: the UID stays, the SEQUENCE rises with
every change, and what was given back comes again as cancelled. Times are in UTC, so neither the
phone's zone nor summer time moves them. Nothing about who lives where.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from flask_babel import gettext
from icalendar import Calendar, Event
from sqlalchemy import Row

from portal.shifts.states import ShiftState, Standing
from portal.shifts.wording import where

REFRESH = timedelta(hours=1)
HAS = frozenset({Standing.HELD, Standing.ATTENDED})


def calendar(rows: Iterable[Row[Any]], *, name: str) -> bytes:
    """The file, from rows of `own_queries.duty_times`."""
    file = Calendar()
    file.add("prodid", "-//Bulou//Shifts//ZH")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", name)
    file.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for _, of_shift in groupby(rows, key=lambda row: row.id):
        file.add_component(event(list(of_shift)))
    return bytes(file.to_ical())


def event(rows: Sequence[Row[Any]]) -> Event:
    """One shift: rows are all the times this person had a seat in it, the latest last."""
    last = rows[-1]
    has = last.standing in HAS and last.state is ShiftState.OPEN
    changed = max(last.since, last.changed_at, *(row.ended_at or row.since for row in rows))
    made = Event()
    made.add("uid", f"shift-{last.id}-{last.user_id}@bulou")
    made.add("sequence", sequence(rows))
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("dtstart", last.starts_at)
    made.add("dtend", last.ends_at)
    made.add("summary", gettext("Shift: %(place)s", place=where(last)))
    made.add("location", where(last))
    made.add("status", "CONFIRMED" if has else "CANCELLED")
    made.add("transp", "OPAQUE" if has else "TRANSPARENT")
    return made


def sequence(rows: Sequence[Row[Any]]) -> int:
    """Rises with each change of the shift, each time the seat is given back, and taken again."""
    last = rows[-1]
    return int(last.sequence) + 2 * (len(rows) - 1) + (last.standing not in HAS)
