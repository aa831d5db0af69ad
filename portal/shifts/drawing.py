"""Lists of shifts as HTML, written without a template: one of them is asked for hundreds of times a
second, the other has thousands of lines. Nothing of the person who looks is kept with a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

from flask import render_template
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from portal.shifts.choosing import Frame, Line
from portal.shifts.wording import place_of, when

# Shifts I may take -------------------------------------------------------------------------------


def choice_lines(lines: Iterable[Line], base: str, buttons: Mapping[str, str]) -> Markup:
    """Shifts one a line; the one form around them has a button for each that may be had."""
    drawn = "".join(_choice(line, base, buttons.get(line.action, "")) for line in lines)
    return Markup(drawn)  # noqa: S704 - escaped line by line


@lru_cache(maxsize=10_000)
def _choice(line: Line, base: str, button: str) -> str:
    day, hours, where, places, reason = map(escape, line[1:6])
    address = f"{escape(base)}/{line.id}"
    if button:
        kind = 'name="wait" value="1"' if line.action == "wait" else 'class="primary"'
        button = (
            f'<button type="submit" {kind} formaction="{address}/signup">{escape(button)}'
            f'<span class="away"> {day} {hours} {where}</span></button>'
        )
    return (
        f'<li><a href="{address}"><b>{day} <span class="nowrap">{hours}</span></b> {where}</a>'
        f"<small>{places}{f' · {reason}' if reason else ''}</small>{button}</li>\n"
    )


def days(frame: Frame, chosen: date | None, base: str) -> Markup:
    """The next days, to choose one; drawn once for all who read that."""
    return _days(tuple(frame.days), chosen, base, str(get_locale()))


@lru_cache(maxsize=100)
def _days(
    ahead: tuple[tuple[date, str], ...], chosen: date | None, base: str, _locale: str
) -> Markup:
    drawn = render_template("shifts/_days.html", days=ahead, chosen=chosen, base=base)
    return Markup(drawn)  # noqa: S704 - our own template, escaped there


# The rota ----------------------------------------------------------------------------------------


def rota_lines(rows: Sequence[Any], address: str, *, with_days: bool) -> Markup:
    """Shifts in tables, one a day, from rows of `rota_queries.shifts`.

    `address` leads to a shift when its number is put behind it; empty where nothing leads there.
    """
    head = "".join(
        f'<th scope="col">{escape(name)}</th>'
        for name in (gettext("Where"), gettext("Time"), gettext("Crew"))
    )
    drawn: list[str] = []
    for day, lines in groupby(_told(rows), key=lambda told: told[0]):
        title = f"<h3>{escape(day)}</h3>\n" if with_days else ""
        drawn += (
            f'{title}<table class="list rows">\n<thead><tr>{head}</tr></thead>\n<tbody>\n',
            *(_line(told, address) for told in lines),
            "</tbody>\n</table>\n",
        )
    return Markup("".join(drawn))  # noqa: S704 - escaped piece by piece


def _told(rows: Iterable[Any]) -> Iterator[tuple[str, str, str, int, int, int]]:
    """(day, hours, place, number, taken, seats) of every shift; each text is made once."""
    place, hour = cache(_place), cache(when)
    for shift_id, starts_at, ends_at, taken, seats, group, building, estate in rows:
        yield (*hour(starts_at, ends_at), place(estate, building, group), shift_id, taken, seats)


def _place(estate: str, building: str, group: int) -> str:
    return str(escape(place_of(estate, building, group)))


def _line(told: tuple[str, str, str, int, int, int], address: str) -> str:
    _, hours, place, shift_id, taken, seats = told
    if address:
        place = f'<a href="{address}{shift_id}">{place}</a>'
    rest = ' class="rest"' if taken < seats else ""
    return f'<tr><th scope="row">{place}</th><td>{hours}</td><td{rest}>{taken}/{seats}</td></tr>\n'
