"""The list of shifts made readable: days, hours and places in words, and one reason when not.

A line is a tuple of strings: a page of them is drawn hundreds of times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import get_locale, gettext, ngettext

from portal.access import Permission, Person
from portal.clock import local
from portal.dates import day as day_words
from portal.shifts import attendance, crew_queries, stand_ins
from portal.shifts import choice_queries as queries
from portal.shifts import party_queries as party
from portal.shifts import taker_queries as takers
from portal.shifts.eligibility import NOBODY, Crew, Judge, Why
from portal.shifts.limits import CHECK_IN
from portal.shifts.seats import reason_against
from portal.shifts.signups import in_time
from portal.shifts.states import LIVE, Standing
from portal.shifts.wording import places, when, where
from portal.shifts.words import (
    BUTTONS,
    CREW,
    OUTSIDE,
    OWN,
    RINGS,
    SHORT,
    STANDINGS,
    WHYS,
    skills,
)

DAYS_AHEAD = 7
MOST_LINES, MOST_PAGES = 10_000, 1_000
CALENDAR_REACHES_BACK = timedelta(days=60)


class Line(NamedTuple):
    """One shift of the list; `reason` is why not, or what to think of before taking it."""

    id: int
    day: str
    hours: str
    where: str
    places: str
    reason: str
    action: str  # "take", "ask", "wait", or "" for none

    @property
    def when(self) -> str:
        return f"{self.day} {self.hours}"


class Page(NamedTuple):
    """Lines by ring (0 own buildings, 1 the estate, 2 farther away), and where to go on."""

    rings: Sequence[tuple[int, Sequence[Line]]]
    more: str


def shown(person: Person, wish: queries.Wish, at: datetime) -> Page:
    """One page of the list, as somebody sees it now."""
    found, has_more = queries.choices(person, wish, at)
    if not found:
        return Page((), "")
    about = {row.community_id: None for _, row in found}
    seen = tuple(takers.seen(person, community_id, at) for community_id in about)
    crews = party.crews(row for _, row in found)
    rings = _rings(tuple(found), seen, tuple(sorted(crews.items())), str(get_locale()))
    last = queries.Mark(found[-1][0], found[-1][1].starts_at, found[-1][1].id)
    return Page(rings, mark_text(last) if has_more else "")


@lru_cache(maxsize=MOST_PAGES)
def _rings(
    found: tuple[tuple[int, queries.Offered], ...],
    seen: tuple[takers.Seen, ...],
    crews: tuple[tuple[int, Crew], ...],
    locale: str,
) -> Sequence[tuple[int, Sequence[Line]]]:
    """The lines from all that was read, worked out once for all to whom it reads the same.

    None of these shifts is over, and nothing else here hangs on what time it is.
    """
    at = min(row.starts_at for _, row in found)
    judges = {about.community_id: Judge(takers.taker_in(about), at) for about in seen}
    crew_of, rings = dict(crews), dict[int, list[Line]]()
    for ring, row in found:
        judge, turn = judges[row.community_id], party.turn_of(row)
        why = judge.why_not(turn, crew_of.get(row.id, NOBODY))
        outside = judge.taker.is_outside(turn)
        rings.setdefault(ring, []).append(line(row, why, locale, outside=outside))
    return tuple(rings.items())


@lru_cache(maxsize=MOST_LINES)
def line(row: queries.Offered, why: Why | None, _locale: str, *, outside: bool) -> Line:
    """A shift and whether it may be had, in words; `outside` the hours that somebody gave.

    Worked out once for all to whom it reads like that.
    """
    soft = str(OUTSIDE) if outside else ""
    return Line(
        row.id,
        *when(row.starts_at, row.ends_at),
        where(row),
        places(row.taken, row.seats),
        soft if why in {None, Why.FULL} else str(SHORT[why]),
        action(row, why),
    )


def action(row: Any, why: Why | None) -> str:
    """What somebody can do about a shift with this reason against it."""
    if row.approval:
        return "ask" if why in {None, Why.FULL} else ""
    return {None: "take", Why.FULL: "wait"}.get(why, "")


# The mark in an address --------------------------------------------------------------------------


def mark_text(mark: queries.Mark) -> str:
    return f"{mark.ring}.{int(mark.starts_at.timestamp())}.{mark.shift_id}"


def mark_of(text: str) -> queries.Mark | None:
    """Where to go on; None for an address that somebody wrote by hand."""
    parts = text.split(".")
    if len(parts) != len(queries.Mark._fields) or not all(map(str.isdecimal, parts)):
        return None
    ring, seconds, shift_id = map(int, parts)
    try:
        return queries.Mark(ring, datetime.fromtimestamp(seconds, UTC), shift_id)
    except (OverflowError, ValueError, OSError):
        return None


# One shift ---------------------------------------------------------------------------------------


def heading(row: Any) -> tuple[str, str]:
    """When and where, for the page of a shift."""
    return " ".join(when(row.starts_at, row.ends_at)), where(row)


def card(person: Person, row: Any, at: datetime) -> dict[str, Any]:
    """What the page of one shift shows to somebody."""
    taker = takers.taker(person, row.community_id, at)
    mine = party.maybe_mine(person, row.id)
    if mine is None and at >= row.starts_at - CHECK_IN:
        mine = crew_queries.maybe_seat(person.id, row.id)  # they came, or were missed
    why = reason_against(row, taker, at)
    drawn = action(row, why)
    standing = mine.standing if mine else None
    is_held, goes = standing is Standing.HELD, standing in {Standing.HELD, Standing.ATTENDED}
    return {
        "id": row.id,
        "head": heading(row),
        "action": drawn,
        "button": BUTTONS.get(drawn, ""),
        "approval": row.approval,
        "why": str(WHYS[why]) if why and mine is None else "",
        "outside": mine is None and not why and taker.is_outside(party.turn_of(row)),
        "mine": mine,
        "standing": str(STANDINGS[standing]) if standing else "",
        "is_held": is_held,
        "goes": goes,
        "is_offered": standing is Standing.OFFERED,
        "may_give_back": standing in LIVE and (not is_held or in_time(row, taker.limits, at)),
        "has_begun": at >= row.starts_at,
        "may_check_in": attendance.is_open(row.starts_at, at)
        and standing in {Standing.HELD, Standing.NO_SHOW},
        "wants_stand_in": bool(mine and mine.stand_in_since),
        "may_take_over": not goes and stand_ins.may_take_over(row, taker, at),
        "runs": person.may(Permission.RUN_SHIFTS, path=row.path),
        "facts_here": _facts(row, goes=goes),
    }


def _facts(row: Any, *, goes: bool) -> list[tuple[str, str]]:
    """Who else goes is read by those who go along."""
    facts = [(gettext("Places"), places(row.taken, row.seats))]
    if row.needs:
        facts.append((gettext("One of the crew brings"), skills(row.needs)))
    crew = party.names_in(row.id) if goes else []
    if len(crew) > 1:
        facts.append((gettext("You go together"), gettext(", ").join(crew)))
    if waiting := party.count_waiting(row.id):
        people = ngettext("%(num)s person", "%(num)s people", waiting)
        facts.append((gettext("Waiting for a place"), people))
    return facts


class Frame(NamedTuple):
    """What stands around the list, the same for all who read it on one day in one language."""

    days: Sequence[tuple[date, str]]  # the next ones, to choose one
    rings: Sequence[str]
    buttons: Mapping[str, str]


def frame(at: datetime) -> Frame:
    """The words around the list of shifts."""
    return _frame(local(at).date(), str(get_locale()))


@lru_cache(maxsize=8)
def _frame(first: date, _locale: str) -> Frame:
    days = [first + timedelta(days=n) for n in range(DAYS_AHEAD)]
    return Frame(
        [(day, day_words(day)) for day in days],
        list(map(str, RINGS)),
        {action: str(words) for action, words in BUTTONS.items()},
    )


def crew_lines(people: Sequence[Any]) -> list[tuple[Any, str, bool]]:
    """Everybody who has to do with a shift, how they stand with it, and whether they ask."""
    return [(row, _stands(row), row.standing is Standing.ASKED) for row in people]


def ticks(seats: Sequence[Any]) -> list[tuple[int, str, bool]]:
    """The tick list: assignment, name, and whether they came."""
    return [(row.id, row.name, row.standing is Standing.ATTENDED) for row in seats]


def _stands(row: Any) -> str:
    if row.stand_in_since is not None:
        why = row.stand_in_why
        text = gettext("cannot come, a stand-in is wanted")
        return f"{text}: {why}" if why else str(text)
    if row.standing is Standing.HELD and row.confirmed_at is not None:
        return str(gettext("comes for sure"))
    return str(CREW[row.standing])


# One's own shifts --------------------------------------------------------------------------------


def own_lines(rows: Sequence[Any]) -> list[Line]:
    """Shifts somebody has to do with; what stands under each is how."""
    return [
        Line(row.id, *when(row.starts_at, row.ends_at), where(row), _part(row), "", "")
        for row in rows
    ]


def _part(row: Any) -> str:
    if not hasattr(row, "standing"):
        return str(gettext("somebody cannot come: you could stand in"))
    if row.stand_in_since is not None:
        return str(gettext("yours until somebody stands in"))
    return str(OWN[row.standing])


def hours_of(count: int, minutes: int) -> str:
    """Shifts and hours in words: 3 shifts, 5.5 hours."""
    shifts = ngettext("%(num)s shift", "%(num)s shifts", count)
    return str(gettext("%(shifts)s, %(hours)s hours", shifts=shifts, hours=f"{minutes / 60:.1f}"))


def served_lines(rows: Sequence[Any]) -> list[tuple[str, str, str, str]]:
    """Day, hours, place and time served of every shift somebody came to."""
    return [
        (*when(row.starts_at, row.ends_at), where(row), f"{(row.minutes or 0) / 60:.1f}")
        for row in rows
    ]
