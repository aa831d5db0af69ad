"""A chosen list of doors made readable: names, words and ages instead of codes.

Words are looked up once each and not once a row: a list may hold forty thousand doors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from flask_babel import gettext, ngettext
from markupsafe import escape

from portal.clock import local
from portal.coverage.states import GAPS, RESULTS, Pending, State
from portal.coverage.words import PENDING, STATES, short_state
from portal.dates import moment
from portal.files import Cell
from portal.gaps.tree import ages
from portal.gaps.wanted import Wanted
from portal.tower.words import CARE_TAGS, address, together, unit_name

# One door as the page shows it: dwelling, name, state, state in words, for how long nobody has
# come, remarks. The texts are escaped for HTML.
DoorLine = tuple[int, str, str, str, str, str]


class Names:
    """The names of places, and those that lead to a door."""

    def __init__(self, places: Iterable[Any]) -> None:
        """`places` are rows with `id` and `name`."""
        self.by_id = {place.id: place.name for place in places}

    def way(self, path: str) -> list[str]:
        """Estate, building and group of a door; a name that was not asked for is empty."""
        _, _, *ids, _ = path.split("/")
        return [self.by_id.get(int(part), "") for part in ids]

    def where(self, path: str) -> str:
        """Estate and building, as people say them."""
        _, _, estate, building, _, _ = path.split("/")
        return address(self.by_id[int(estate)], self.by_id[int(building)])


def readable(rows: Iterable[Sequence[Any]], names: Names, today: date) -> list[DoorLine]:
    """The lines of a page, from rows of `door_queries.doors`."""
    where, unit_words, rooms = cache(_html(names.where)), cache(_html(unit_name)), cache(_html(str))
    state_words, remarks = cache(_html(_state_word)), cache(_html(_remarks_in(_care_words())))
    age, age_words = ages(today), cache(days)
    between = together("", "")  # what stands between the names of places: asked once a page
    return [
        (
            door_id,
            f"{where(path)}{between}{unit_words(unit)} {rooms(room)}",
            state,
            state_words(state, attempts, remaining),
            age_words(age(since)),
            remarks(pending, appointment_at, care) if pending or appointment_at or care else "",
        )
        for (
            door_id,
            path,
            unit,
            room,
            state,
            attempts,
            remaining,
            pending,
            since,
            appointment_at,
            care,
        ) in rows
    ]


def _html(told: Callable[..., str]) -> Callable[..., str]:
    return lambda *values: str(escape(told(*values)))


def _remarks_in(care_words: Mapping[str | None, str]) -> Callable[..., str]:
    pending_words = _pending_words()

    def remarks(pending: str, appointment_at: datetime | None, care: str | None) -> str:
        agreed = gettext("agreed: %(when)s", when=moment(appointment_at)) if appointment_at else ""
        return " · ".join(filter(None, (agreed, pending_words[pending], care_words[care])))

    return remarks


def _state_word(state: str, attempts: int, remaining: int | None) -> str:
    return short_state(State(state), attempts=attempts, remaining=remaining)


def _pending_words() -> dict[str, str]:
    return {Pending.NONE: "", **{key: str(word) for key, word in PENDING.items()}}


def _care_words() -> dict[str | None, str]:
    return {None: "", **{tag: str(word) for tag, word in CARE_TAGS.items()}}


def days(number: int) -> str:
    """A number of days in words."""
    return str(ngettext("%(num)s day", "%(num)s days", number))


def table(
    rows: Iterable[Sequence[Any]], names: Names, today: date, *, with_care: bool
) -> Iterator[Sequence[Cell]]:
    """Headings, then a row a door: what a file holds. No names of people and no phones.

    The words are fixed at the call, in the language of the page; the rows are made as they are
    read, so that nothing is held up by a long file.
    """
    states: dict[str, str] = {state: str(word) for state, word in STATES.items()}
    pendings, cares = _pending_words(), _care_words()
    headings = _headings(with_care=with_care)
    way, age = cache(names.way), ages(today)

    def lines() -> Iterator[Sequence[Cell]]:
        yield headings
        for (
            _id,
            path,
            unit,
            room,
            state,
            attempts,
            remaining,
            pending,
            since,
            appointment_at,
            floor,
            last_at,
            care,
        ) in rows:
            cells = (
                *way(path),
                unit,
                floor,
                room,
                states[state],
                attempts,
                remaining,
                pendings[pending],
                _clock(last_at),
                age(since),
                _clock(appointment_at),
            )
            yield (*cells, cares[care]) if with_care else cells

    return lines()


def _headings(*, with_care: bool) -> list[str]:
    headings = [
        gettext("Estate"),
        gettext("Building"),
        gettext("Group"),
        gettext("Unit"),
        gettext("Floor"),
        gettext("Room"),
        gettext("State"),
        gettext("Visits without contact"),
        gettext("Still to tell (people)"),
        gettext("Waiting for"),
        gettext("Last visit"),
        gettext("Days without a visit"),
        gettext("Agreed time"),
    ]
    return [*headings, gettext("Care tag")] if with_care else headings


def _clock(moment: datetime | None) -> str:
    return local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def described(wanted: Wanted) -> list[str]:
    """The filters that are set, in words, for whoever opens a shared address."""
    told = _states_described(wanted.states)
    if wanted.attempts:
        told.append(gettext("visits without contact: %(n)s or more", n=wanted.attempts))
    if wanted.days:
        told.append(gettext("no visit for at least %(days)s", days=days(wanted.days)))
    if wanted.unit:
        told.append(unit_name(wanted.unit))
    if wanted.pending:
        told.append(gettext("waiting for a second person"))
    if wanted.due:
        told.append(gettext("agreed time today or past"))
    if wanted.care:
        told.append(str(CARE_TAGS[wanted.care]))
    return told


def _states_described(states: frozenset[State]) -> list[str]:
    if states == GAPS:
        return [gettext("still to do")]
    if states == RESULTS:
        return [gettext("with a result")]
    return [str(word) for state, word in STATES.items() if state in states]
