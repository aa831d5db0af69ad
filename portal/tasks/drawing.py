"""Lines of somebody's own list as HTML, written without a template and kept: one may have hundreds.

Nothing of the person who looks is in a line but the language, the day and what the entry says.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from flask import request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from portal.clock import local
from portal.tasks import warning_words, words
from portal.tasks.deadlines import NEXT
from portal.tasks.inbox import Entry
from portal.tasks.states import TaskKind
from portal.tasks.steps import Step
from portal.tower.words import door_name

MOST_KEPT = 5_000  # lines, of about 500 bytes


class Drawn(NamedTuple):
    """A line as it is sent, and all its words in small letters, to search in."""

    html: Markup
    search: str


class Sight(NamedTuple):
    """What else decides how a line reads."""

    locale: str
    day: date
    root: str


def sight(at: datetime) -> Sight:
    return Sight(str(get_locale()), local(at).date(), request.script_root)


def draw(entry: Entry, place: str, at: datetime, seen: Sight) -> Drawn:
    """A line of the list; `place` is what its place is called."""
    return _draw(entry, place, entry.due_at < at, seen)


@lru_cache(maxsize=MOST_KEPT)
def _draw(entry: Entry, place: str, is_overdue: bool, seen: Sight) -> Drawn:  # noqa: FBT001
    kind = words.kind(entry.kind)
    what = title(entry)
    where = f"{place} {door_name(*entry.door)}" if entry.door else place
    times = f" × {entry.times}" if entry.times > 1 else ""
    due = words.due(entry.due_at, seen.day)
    late_class = ' class="late"' if is_overdue else ""
    late = f" · {gettext('overdue')}" if is_overdue else ""
    asked = f" · {gettext('you are asked to take it')}" if entry.asked else ""
    html = (
        f'<li{late_class}><a href="{escape(address(entry))}">'
        f"<b>{escape(what)}{times}</b>{escape(where)}</a>"
        f'<span class="due">{escape(due)}{late}</span><small>{escape(kind)}{asked}</small></li>\n'
    )
    return Drawn(Markup(html), f"{what} {kind} {where}".casefold())  # noqa: S704 - escaped above


def title(entry: Entry) -> str:
    """What there is to do, in a word or a sentence."""
    if entry.kind is not TaskKind.WARNING:
        return entry.what or words.kind(entry.kind)
    step = warning_words.STEPS[NEXT[Step(entry.what)]]
    return str(gettext("Warning %(number)s, next: %(step)s", number=entry.ids[0], step=step))


def address(entry: Entry) -> str:
    """Where a line leads: one tap to the task, the door, the tray or the shift."""
    first = entry.ids[0]
    if entry.kind is TaskKind.APPOINTMENT:
        return url_for("coverage.door", round_id=first, dwelling_id=entry.ids[1])
    if entry.kind is TaskKind.FOUND:
        return url_for("coverage.tray", round_id=first)
    if entry.kind is TaskKind.STAND_IN:
        return url_for("shifts.choice", shift_id=first)
    if entry.kind is TaskKind.RELAY:
        return url_for("relay.mine")
    if entry.kind is TaskKind.RESIDENT:
        return url_for("public.show", task_id=first)
    kind = "warnings" if entry.kind is TaskKind.WARNING else "tasks"
    return f"{request.script_root}/{kind}/{first}"
