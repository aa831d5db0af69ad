"""Household rosters: one sheet, row by row, into a book of homes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from portal.rosters import cells
from portal.rosters.address import Address, read_address
from portal.rosters.book import Book
from portal.rosters.columns import Field
from portal.rosters.locating import Locator, Unlocated
from portal.rosters.messages import Code
from portal.rosters.people import read_people
from portal.rosters.records import Dwelling
from portal.rosters.rows import Row
from portal.rosters.titles import place_in_title


class HouseholdSheet:
    """Reads the rows of one sheet. What cannot be read becomes a message, never an exception."""

    def __init__(
        self, sheet: str, book: Book, *, place: Address, same_home: Callable[[int], bool]
    ) -> None:
        """`place`: what the sheet's name or title says. `same_home(row)`: whether the spreadsheet
        merged the address of a row with the one above."""
        self._sheet = sheet
        self._book = book
        self._same_home = same_home
        self._locator = Locator(place)
        self._above: Dwelling | None = None

    def take(self, row: Row) -> None:
        """Read one row, from the top of the sheet to the bottom."""
        if row.is_blank():
            return
        if row.repeats_headings() or row.is_total():
            self._book.skip(self._sheet, row.number)
        elif place := self._section(row.only_text()):
            self._locator.enter(place)
            self._above = None
        elif row.says_something():
            self._take_home(row)
        else:
            self._book.skip(self._sheet, row.number)

    def _section(self, text: str) -> Address | None:
        """The place that a heading between the rows names: `3栋`, `桂香苑2号楼住户名单`."""
        if not text:
            return None
        place = read_address(text)
        if not isinstance(place, Address):
            place = place_in_title(text)
        is_home = place.room is not None
        return None if is_home or not (place.estate or place.building or place.unit) else place

    def _take_home(self, row: Row) -> None:
        try:
            place = self._locator.locate(row) or self._place_above(row)
        except Unlocated as unlocated:
            self._above = None
            found = cells.quote(unlocated.found)
            self._book.reject(self._sheet, row.number, unlocated.code, found=found)
            return
        self._above = self._book.add(
            self._home(row, place),
            unit_assumed=place.unit is None,
            one_person=row.has_any(Field.RELATION) and not row.has_any(Field.RESIDENTS),
        )

    def _place_above(self, row: Row) -> Address:
        """The address of the row above, for one more person of the same home."""
        above = self._above
        if above is None or not (self._same_home(row.number) or row.has_any(Field.RELATION)):
            raise Unlocated(Code.ADDRESS_UNREADABLE, "")
        return Address(above.estate, above.building, above.unit, above.floor, above.room)

    def _home(self, row: Row, place: Address) -> Dwelling:
        people = read_people(row, partial(self._book.warn, self._sheet, row.number))
        return Dwelling(
            estate=place.estate or "",
            building=place.building or "",
            unit=place.unit or "",
            floor=place.floor,
            room=place.room or "",
            vacant=people.vacant or place.vacant,
            residents=0 if place.vacant and people.residents is None else people.residents,
            contact_label=people.contact_label,
            phone=people.phone,
            care=people.care,
            sheet=self._sheet,
            row=row.number,
        )
