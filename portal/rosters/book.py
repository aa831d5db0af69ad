"""What has been read so far: homes without repeats, and what there is to say about rows."""

from __future__ import annotations

from collections import defaultdict

from portal.rosters.messages import Code, Message
from portal.rosters.records import Dwelling

ONLY_UNIT = "1"
_FILLED_UP = ("contact_label", "phone", "care")


class Book:
    """Collects homes and messages over all sheets of a file, in the order of the file."""

    def __init__(self) -> None:
        self.dwellings: list[Dwelling] = []
        self.rejected: list[Message] = []
        self.warnings: list[Message] = []
        self.skipped: list[tuple[str, int]] = []
        self._by_address: dict[tuple[str, str, str, int | None, str], Dwelling] = {}
        self._units: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._assumed: list[Dwelling] = []

    def add(self, home: Dwelling, *, unit_assumed: bool, one_person: bool) -> Dwelling:
        """Take in a home; a repeat fills the gaps of the first and is a warning.

        A home without a unit is in unit 1: buildings with a single stair are written both ways.
        `one_person`: the row is one person, so rows are counted where no column says how many.
        """
        if unit_assumed:
            home.unit = ONLY_UNIT
            self._assumed.append(home)
        else:
            self._units[home.estate, home.building].add(home.unit)
        if one_person and not home.vacant:
            home.residents = 1
        address = (home.estate, home.building, home.unit, home.floor, home.room)
        first = self._by_address.setdefault(address, home)
        if first is home:
            self.dwellings.append(home)
        else:
            self._repeat(first, home, one_person=one_person)
        return first

    def reject(self, sheet: str, row: int, code: Code, **params: str | int) -> None:
        self.rejected.append(Message(sheet, row, code, params))

    def warn(self, sheet: str, row: int, code: Code, **params: str | int) -> None:
        self.warnings.append(Message(sheet, row, code, params))

    def skip(self, sheet: str, row: int) -> None:
        self.skipped.append((sheet, row))

    def finish(self) -> None:
        """Say where a unit was assumed although the building has others: known only at the end."""
        for home in self._assumed:
            if others := self._units[home.estate, home.building] - {ONLY_UNIT}:
                found, units = f"{home.building}-{home.room}", ", ".join(sorted(others))
                self.warn(home.sheet, home.row, Code.UNIT_ASSUMED, found=found, units=units)

    def _repeat(self, first: Dwelling, again: Dwelling, *, one_person: bool) -> None:
        where = str(first.row) if first.sheet == again.sheet else f"{first.sheet} {first.row}"
        found = f"{again.building}-{again.unit}-{again.room}"
        self.warn(again.sheet, again.row, Code.DUPLICATE, found=found, first=where)
        for name in _FILLED_UP:
            if not getattr(first, name):
                setattr(first, name, getattr(again, name))
        if first.residents is None:
            first.residents = again.residents
        elif one_person and again.residents:
            first.residents += 1
