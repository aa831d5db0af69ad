"""Who lives in a home, from the cells of one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.rosters import cells
from portal.rosters.care import care_tag
from portal.rosters.columns import Field
from portal.rosters.messages import Code
from portal.rosters.phones import phones
from portal.rosters.rows import Row

Warn = Callable[..., None]


@dataclass(frozen=True, slots=True)
class People:
    """What a row says about the people of a home; see `Dwelling` for the fields."""

    vacant: bool
    residents: int | None
    contact_label: str
    phone: str
    care: str | None


def read_people(row: Row, warn: Warn) -> People:
    """Read one row. `warn(code, **params)` hears of every value that could not be kept."""
    vacant = _is_vacant(row)
    return People(
        vacant=vacant,
        residents=_residents(row, warn, vacant=vacant),
        contact_label=_name(row, warn),
        phone=_phone(row, warn),
        care=_care(row, warn),
    )


def _is_vacant(row: Row) -> bool:
    """What the columns made for it say, else a word where name, number or remark would stand."""
    for field, empty_answer in ((Field.VACANT, True), (Field.OCCUPIED, False)):
        text = row.full_text(field)
        ticked = cells.answer(text)
        if ticked is not None:
            return ticked is empty_answer
        if text and not cells.is_dash(text):
            return cells.says_vacant(text)
    if status := row.full_text(Field.STATUS):
        return cells.says_vacant(status)
    others = (Field.CONTACT, Field.RESIDENTS, Field.PHONE, Field.REMARK)
    if any(cells.says_vacant(row.text(field)) for field in others):
        return True
    return _is_struck_out(row)


def _is_struck_out(row: Row) -> bool:
    """Without a column for the state of homes, a dash for the name means that nobody is there."""
    return (
        not row.has_any(Field.STATUS, Field.VACANT, Field.OCCUPIED)
        and cells.says_vacant(row.full_text(Field.CONTACT))
        and not row.text(Field.PHONE)
        and row.text(Field.RESIDENTS) in {"", "0"}
    )


def _residents(row: Row, warn: Warn, *, vacant: bool) -> int | None:
    """A count that cannot be read is unknown, never 0; nobody lives in a vacant home."""
    text = row.text(Field.RESIDENTS)
    if not text:
        return 0 if vacant else None
    if cells.says_vacant(text):
        return 0
    number = cells.people(row.cell(Field.RESIDENTS))
    if number is None:
        warn(Code.BAD_COUNT, found=cells.quote(text))
    return number


def _name(row: Row, warn: Warn) -> str:
    name = cells.name(row.cell(Field.CONTACT))
    if len(name) > cells.LONGEST_NAME:
        warn(Code.LONG_NAME, most=cells.LONGEST_NAME)
    return name[: cells.LONGEST_NAME].strip()


def _phone(row: Row, warn: Warn) -> str:
    cell = row.cell(Field.PHONE)
    found = phones(cell)
    if found.damaged:
        warn(Code.BAD_PHONE, found=cells.quote_number(cells.plain(cell)))
    if found.number or not row.text(Field.CONTACT):
        return found.number
    return phones(row.cell(Field.CONTACT)).number  # `王涛 13800000001` in one cell


def _care(row: Row, warn: Warn) -> str | None:
    if not row.has_any(Field.CARE):
        return None
    tag, has_unknown = care_tag(row.text(Field.CARE))
    if has_unknown:
        warn(Code.CARE_UNKNOWN)
    return tag
