"""Warnings from a CSV file: all of them or none, and no column that must not be held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import get_locale, gettext

from portal.access import Permission, Person
from portal.accounts.place_queries import maybe_place
from portal.clock import local, past
from portal.db import db
from portal.errors import RuleError
from portal.rosters.columns import FORBIDDEN
from portal.rosters.csvtext import encoding_of, rows_of
from portal.rosters.limits import Limits
from portal.rosters.messages import Unreadable
from portal.tasks.pasting import address_in, method_in, risk_in
from portal.tasks.queries import dwelling_named
from portal.tasks.steps import Risk
from portal.tasks.warning_models import Method, Warning
from portal.tasks.warnings import News, enter
from portal.tasks.where import building_written
from portal.tower.models import Dwelling, Level, Place

LONGEST_AGO = timedelta(days=2)  # older ones are no warnings any more: they would alarm everybody
MOST = 500  # rows of one file; a day brings a dozen
COLUMNS = ("risk", "place", "unit", "room", "received", "method", "reference", "story")
# How lists of the platform head them; of each the first is what the page calls it in Chinese.
HEADINGS = {
    "风险等级": "risk",
    "风险": "risk",
    "预警等级": "risk",
    "危险等级": "risk",
    "地址": "place",
    "楼栋": "place",
    "单元": "unit",
    "房号": "room",
    "收到时间": "received",
    "预警时间": "received",
    "诈骗类型": "method",
    "作案手法": "method",
    "平台编号": "reference",
    "预警编号": "reference",
    "编号": "reference",
    "案情": "story",
    "简要案情": "story",
    "警方掌握的情况": "story",
}
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


def called(column: str) -> str:
    """What a column is called in the language at hand; either name is understood."""
    if not str(get_locale()).startswith("zh"):
        return column
    return next(heading for heading, of_column in HEADINGS.items() if of_column == column)


def take_file(data: bytes, *, at: datetime, by: Person) -> list[Warning]:
    """Enter all warnings of a file; RuleError names the column or row that cannot be taken."""
    try:
        rows = list(rows_of(data, encoding_of(data), Limits(rows=MOST + 1, columns=30)))
    except Unreadable as error:
        raise RuleError(gettext("This file cannot be read as CSV.")) from error
    numbered = [(n, [cell.strip() for cell in row]) for n, row in enumerate(rows, 1) if any(row)]
    if len(numbered) < 2:
        raise RuleError(gettext("The file has no rows."))
    heads = [name.casefold() for name in numbered[0][1]]
    names = [HEADINGS.get(name, name) for name in heads]
    _check_columns(heads, names)
    lines = [
        _line(dict(zip(names, row, strict=False)), number, at, by) for number, row in numbered[1:]
    ]
    warnings = [enter(line.news, line.place, home=line.home, by=by) for line in lines]
    db.session.flush()
    return warnings


def _check_columns(heads: list[str], names: list[str]) -> None:
    for name, column in zip(heads, names, strict=True):
        if FORBIDDEN.search(name) or any(word in name for word in HOLDS_PEOPLE):
            raise RuleError(
                gettext(
                    "The column “%(name)s” must not be held here. Take it out and try again.",
                    name=name,
                )
            )
        if column not in COLUMNS:
            raise RuleError(gettext("The column “%(name)s” is not known.", name=name))
        if names.count(column) > 1:
            raise RuleError(gettext("The column “%(name)s” stands twice.", name=called(column)))
    if missing := [name for name in NEEDED if name not in names]:
        raise RuleError(gettext("The column “%(name)s” is missing.", name=called(missing[0])))


def _line(cells: dict[str, str], number: int, at: datetime, by: Person) -> Line:
    risk, method = _risk(cells.get("risk", "")), _method(cells.get("method", ""))
    spot = _spot(cells, by)
    if risk is None or method is None or spot is None:
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
        risk=risk,
        method=method,
        received_at=received_at,
        story=cells.get("story", "")[:1000],
        reference=cells.get("reference", "")[:40],
    )
    return Line(news, *spot)


def _risk(text: str) -> Risk | None:
    return Risk(text) if text in set(Risk) else risk_in(text)


def _method(text: str) -> Method | None:
    if not text:
        return Method.OTHER
    if text in set(Method):
        return Method(text)
    return Method.OTHER if text.startswith("其他") else method_in(text)


def _spot(cells: dict[str, str], by: Person) -> tuple[Place, Dwelling | None] | None:
    """The place of a row, and its door if one is named; None where they are not known here."""
    named, unit, room = (cells.get(name, "") for name in ("place", "unit", "room"))
    if (address := address_in(named)) and not room:
        named = building_written(by, address.estate, address.building)
        unit, room = address.unit or unit, address.room or ""
    place = maybe_place(by, named, Permission.RUN_WARNINGS) if named else None
    if place is None or not room:
        return (place, None) if place else None
    is_building = place.level == Level.BUILDING
    home = dwelling_named(place, unit=unit, room=room) if is_building else None
    return (place, home) if home else None


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
