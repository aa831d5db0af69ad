"""Somebody's own list as HTML, written without a template and kept: it may have hundreds of lines.

Nothing of the person who looks is in a line but the language, the day and what the entry says.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from flask import current_app, render_template, request, url_for
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from portal.access import Permission, Person
from portal.clock import end_of_day, local
from portal.frame import page_url
from portal.memo import Memo
from portal.packing import Part, part_of
from portal.tasks import warning_words, words
from portal.tasks.deadlines import NEXT
from portal.tasks.inbox import Entry, Inbox, inbox
from portal.tasks.states import TaskKind
from portal.tasks.steps import Step
from portal.tasks.where import Names
from portal.tower.words import door_name, together

MOST_KEPT = 5_000  # lines, of about 500 bytes
MOST_URGENT = 3  # lines on a page that is not about tasks alone


class Drawn(NamedTuple):
    """A line as it is sent, and all its words in small letters, to search in."""

    html: str
    search: str


class Wanted(NamedTuple):
    """What somebody narrows the list to."""

    kind: TaskKind | None = None
    when: str = ""  # "overdue", "today" or any time
    text: str = ""

    @property
    def is_narrow(self) -> bool:
        return any(self)


class DrawnInbox(NamedTuple):
    """A list as it stands, with the ways and filters above it: `part`, as it is sent."""

    total: int
    overdue: int
    shown: int
    part: Part


class Sight(NamedTuple):
    """What else decides how a list reads."""

    locale: str
    day: date
    root: str


def drawn_inbox(person: Person, at: datetime, wanted: Wanted) -> DrawnInbox:
    """The list of a person, drawn unless just the same was before.

    What the database says about it is asked for each time, and names the drawing; so does all else
    that decides how it reads. So a drawing can be old, but is never shown once it is wrong.
    """
    found = inbox(person, at)
    names, seen = Names(found.spots), _sight(at)
    ways = (person.may(Permission.RUN_TASKS), person.may(Permission.SEE_WARNINGS))
    inboxes: Memo[DrawnInbox] = current_app.extensions["tasks.inboxes"]
    places = frozenset(names.known.items())
    key = (found.version, places, wanted, seen, ways, _doors(person))
    return inboxes.get(key, lambda: _draw_inbox(person, found, names, wanted, seen))


def most_urgent(person: Person, found: Inbox) -> Markup:
    """The first lines of a list, for a page that has more to say; drawn anew when one changes."""
    if not found.total:
        return Markup()
    names, seen = Names(found.spots), _sight(found.at)
    drawn: Memo[Markup] = current_app.extensions["tasks.urgent"]
    told = f"{found.version}{(names.known, seen, _doors(person))!r}"
    key = sha256(told.encode()).hexdigest()  # it outlives a list of any length
    return drawn.get(key, lambda: _draw_urgent(person, found, names, seen))


def _sight(at: datetime) -> Sight:
    return Sight(str(get_locale()), local(at).date(), request.script_root)


def _doors(person: Person) -> tuple[tuple[str, ...], ...]:
    """Where lines lead to for somebody."""
    return person.paths(Permission.SEE_RESIDENTS), person.paths(Permission.SEE_TOWER)


def _draw_inbox(
    person: Person, found: Inbox, names: Names, wanted: Wanted, seen: Sight
) -> DrawnInbox:
    lines = []
    for entry in found.entries:
        late = entry.due_at < found.at
        line = _line(person, entry, names, seen, late=late)
        if _fits(entry, line, wanted, late=late, day=seen.day):
            lines.append(line.html)
    html = render_template(
        "tasks/_inbox.html",
        lines=Markup("".join(lines)),  # noqa: S704 - escaped line by line
        count=found.total,
        wanted=wanted,
        kinds=words.kind_options(),
    )
    return DrawnInbox(found.total, found.overdue, len(lines), part_of(html))


def _draw_urgent(person: Person, found: Inbox, names: Names, seen: Sight) -> Markup:
    lines = (
        _line(person, entry, names, seen, late=entry.due_at < found.at).html
        for entry in found.entries[:MOST_URGENT]
    )
    return Markup("".join(lines))  # noqa: S704 - escaped line by line


def _line(person: Person, entry: Entry, names: Names, seen: Sight, *, late: bool) -> Drawn:
    place = names.place(entry.path, entry.door)
    return _draw(entry, place, way_there(person, entry), late, seen)


def _fits(entry: Entry, line: Drawn, wanted: Wanted, *, late: bool, day: date) -> bool:
    return (
        (wanted.kind is None or entry.kind is wanted.kind)
        and (wanted.when != "overdue" or late)
        and (wanted.when != "today" or entry.due_at <= end_of_day(day))
        and wanted.text.casefold() in line.search
    )


@lru_cache(maxsize=MOST_KEPT)
def _draw(entry: Entry, place: str, way: str, is_overdue: bool, seen: Sight) -> Drawn:  # noqa: FBT001
    kind = words.kind(entry.kind)
    what = title(entry)
    where = together(place, door_name(*entry.door)) if entry.door else place
    times = f" × {entry.times}" if entry.times > 1 else ""
    due = words.due(entry.due_at, seen.day)
    late_class = ' class="late"' if is_overdue else ""
    late = f" · {gettext('overdue')}" if is_overdue else ""
    asked = f" · {gettext('you are asked to take it')}" if entry.asked else ""
    task = f'<a href="{escape(address(entry))}"><b>{escape(what)}{times}</b>'
    lead = (
        f'{task}</a><a href="{escape(way)}">{escape(where)}</a>'
        if way
        else f"{task}{escape(where)}</a>"
    )
    html = (
        f'<li{late_class}><div>{lead}</div><span class="due">{escape(due)}{late}</span>'
        f"<small>{escape(kind)}{asked}</small></li>\n"
    )
    return Drawn(html, f"{what} {kind} {where}".casefold())


def way_there(person: Person, entry: Entry) -> str:
    """One tap to the door or the place of a line, as far as the person may look there.

    An agreed time leads to its door by itself.
    """
    if entry.kind is TaskKind.APPOINTMENT:
        return ""
    return way_to(person, entry.path, entry.home)


def way_to(person: Person, path: str, home: int | None) -> str:
    """The page of a home, or of a place; empty for whoever may see neither."""
    if home and person.may(Permission.SEE_RESIDENTS, path=path):
        return page_url("tower.dwelling", dwelling_id=home)
    if person.may(Permission.SEE_TOWER, path=path):
        return page_url("tower.show", place_id=int(path.split("/")[-2]))
    return ""


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
