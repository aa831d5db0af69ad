"""Warnings from a CSV file: all of them or none, and no column that must not be held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext

from portal.access import Permission, Person
from portal.accounts.place_queries import maybe_place
from portal.clock import local, past
from portal.db import db
from portal.errors import RuleError
from portal.rosters.columns import FORBIDDEN
from portal.rosters.csvtext import encoding_of, rows_of
from portal.rosters.limits import Limits
from portal.rosters.messages import Unreadable
from portal.tasks.queries import dwelling_named
from portal.tasks.steps import Risk
from portal.tasks.warning_models import Method, Warning
from portal.tasks.warnings import News, enter
from portal.tower.models import Dwelling, Level, Place

LONGEST_AGO = timedelta(days=2)  # older ones are no warnings any more: they would alarm everybody
MOST = 500  # rows of one file; a day brings a dozen
COLUMNS = ("risk", "place", "unit", "room", "received", "method", "reference", "story")
NEEDED = ("risk", "place")
HOLDS_PEOPLE = (
    "name",
    "phone",
    "id_number",
    "bank",
    "card",
    "姓名",
    "电话",
    "手机",
    "身份证",
    "银行",
)


@dataclass(frozen=True)
class Line:
    """One warning of a file, understood."""

    news: News
    place: Place
    home: Dwelling | None


def take_file(data: bytes, *, at: datetime, by: Person) -> list[Warning]:
    """Enter all warnings of a file; RuleError names the column or row that cannot be taken."""
    try:
        rows = list(rows_of(data, encoding_of(data), Limits(rows=MOST + 1, columns=30)))
    except Unreadable as error:
        raise RuleError(gettext("This file cannot be read as CSV.")) from error
    numbered = [(n, [cell.strip() for cell in row]) for n, row in enumerate(rows, 1) if any(row)]
    if len(numbered) < 2:
        raise RuleError(gettext("The file has no rows."))
    names = [name.casefold() for name in numbered[0][1]]
    _check_columns(names)
    lines = [
        _line(dict(zip(names, row, strict=False)), number, at, by) for number, row in numbered[1:]
    ]
    warnings = [enter(line.news, line.place, home=line.home, by=by) for line in lines]
    db.session.flush()
    return warnings


def _check_columns(names: list[str]) -> None:
    for name in names:
        if FORBIDDEN.search(name) or any(word in name for word in HOLDS_PEOPLE):
            raise RuleError(
                gettext(
                    "The column “%(name)s” must not be held here. Take it out and try again.",
                    name=name,
                )
            )
        if name not in COLUMNS:
            raise RuleError(gettext("The column “%(name)s” is not known.", name=name))
    if missing := [name for name in NEEDED if name not in names]:
        raise RuleError(gettext("The column “%(name)s” is missing.", name=missing[0]))


def _line(cells: dict[str, str], number: int, at: datetime, by: Person) -> Line:
    risk, method = cells.get("risk", ""), cells.get("method") or Method.OTHER
    named = cells.get("place", "")
    place = maybe_place(by, named, Permission.RUN_WARNINGS) if named else None
    home = None
    if place and cells.get("room") and place.level == Level.BUILDING:
        home = dwelling_named(place, unit=cells.get("unit", ""), room=cells["room"])
    if risk not in set(Risk) or method not in set(Method) or place is None:
        raise _wrong(number)
    if cells.get("room") and home is None:
        raise _wrong(number)
    if (received_at := _received(cells.get("received", ""), at)) is None:
        raise RuleError(
            gettext(
                "Row %(number)s: received is to be a day and an hour gone by, such as %(example)s.",
                number=number,
                example=f"{local(at):%Y-%m-%d %H:%M}",
            )
        )
    news = News(
        risk=Risk(risk),
        method=Method(method),
        received_at=received_at,
        story=cells.get("story", "")[:1000],
        reference=cells.get("reference", "")[:40],
    )
    return Line(news, place, home)


def _received(text: str, at: datetime) -> datetime | None:
    """When a warning came, by the clocks here: without a text just now; None for no such hour."""
    if not text:
        return at
    try:
        read = datetime.fromisoformat(text)
        found = read if read.tzinfo else past(read.date(), read.time(), until=at)
    except (ValueError, OverflowError):
        return None
    return found if at - LONGEST_AGO <= found <= at else None


def _wrong(number: int) -> RuleError:
    return RuleError(
        gettext("Row %(number)s: risk, place, door or method is not known here.", number=number)
    )
