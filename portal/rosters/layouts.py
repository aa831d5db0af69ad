"""Building layouts: a row says how many homes a building has, and the homes follow by rule.

The numbering rule: the homes of a building are spread evenly over its units, one more in the first
units where they do not divide; the homes of a unit evenly over its floors, one more on the lowest
floors. Floors count from 1, doors on a floor from 1. The room is the floor followed by two digits
(`1203`), by three digits in the whole building when a floor has more than 99 doors (`12103`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from portal.rosters import cells
from portal.rosters.address import LONGEST_NAME, Address, read_building
from portal.rosters.columns import Field
from portal.rosters.limits import Limits
from portal.rosters.messages import Code, Message, Refusal, Unreadable
from portal.rosters.numerals import whole_number
from portal.rosters.records import Building, Dwelling
from portal.rosters.rows import Row

MOST_UNITS = 99
MOST_FLOORS = 200
MOST_DWELLINGS = 50_000  # of one building; the largest in the world has about 20,000
_TWO_DIGITS = 99
_UNITS_OF_COUNTING = "层户套个单元栋"


def dwellings_of(building: Building) -> Iterator[Dwelling]:
    """The homes of a building in walking order: unit by unit, floor by floor."""
    per_unit = _spread(building.dwellings, building.units)
    most_on_a_floor = -(-per_unit[0] // building.floors)
    digits = 2 if most_on_a_floor <= _TWO_DIGITS else 3
    for unit, dwellings in enumerate(per_unit, 1):
        for floor, doors in enumerate(_spread(dwellings, building.floors), 1):
            for door in range(1, doors + 1):
                yield Dwelling(
                    estate=building.estate,
                    building=building.name,
                    unit=str(unit),
                    floor=floor,
                    room=f"{floor}{door:0{digits}d}",
                    sheet=building.sheet,
                    row=building.row,
                )


def _spread(things: int, places: int) -> list[int]:
    """So many in each place, the remainder one by one in the first places."""
    each, remainder = divmod(things, places)
    return [each + 1] * remainder + [each] * (places - remainder)


class LayoutSheet:
    """Reads the rows of one or more sheets of building layouts."""

    def __init__(self, limits: Limits) -> None:
        self.buildings: list[Building] = []
        self.rejected: list[Message] = []
        self.warnings: list[Message] = []
        self.skipped: list[tuple[str, int]] = []
        self._limits = limits
        self._seen: dict[tuple[str, str], Building] = {}
        self._dwellings = 0
        self._estate = ""

    def start(self, place: Address) -> None:
        """Begin a sheet; `place` is what its name or title says."""
        self._estate = place.estate or ""

    def take(self, sheet: str, row: Row) -> None:
        """Read one row; what cannot be used becomes a message.

        Raises `Unreadable` when the buildings together have more homes than allowed.
        """
        if row.is_blank():
            return
        if row.repeats_headings() or row.is_total() or row.only_text():
            self.skipped.append((sheet, row.number))
            return
        building = self._building(sheet, row)
        if isinstance(building, Message):
            self.rejected.append(building)
        elif first := self._seen.get((building.estate, building.name)):
            self._repeat(first, building)
        else:
            self._add(building)

    def _building(self, sheet: str, row: Row) -> Building | Message:
        """The building of a row, or what is wrong with the row."""
        self._estate = row.text(Field.ESTATE) or self._estate
        text = row.text(Field.BUILDING)
        place = read_building(text, may_hold_unit=False)
        if not isinstance(place, Address) or place.building is None:
            return Message(sheet, row.number, Code.BAD_BUILDING, {"found": cells.quote(text)})
        estate = self._estate or place.estate
        if not estate or len(estate) > LONGEST_NAME:
            found = cells.quote(estate or text)
            return Message(sheet, row.number, Code.ESTATE_UNKNOWN, {"found": found})
        numbers = []
        for field, most, code in _NUMBERS:
            number = _number(row, field)
            if number is None or not 1 <= number <= most:
                found = cells.quote(row.full_text(field))
                return Message(sheet, row.number, code, {"found": found, "most": most})
            numbers.append(number)
        units, floors, dwellings = numbers
        if dwellings < units * floors:
            figures = {"dwellings": dwellings, "floors": floors, "units": units}
            return Message(sheet, row.number, Code.TOO_FEW_DWELLINGS, figures)
        return Building(estate, place.building, units, floors, dwellings, sheet, row.number)

    def _repeat(self, first: Building, again: Building) -> None:
        """The same building twice: harmless with the same figures, else the row is not used."""
        where = str(first.row) if first.sheet == again.sheet else f"{first.sheet} {first.row}"
        params = {"found": again.name, "first": where}
        message = Message(again.sheet, again.row, Code.DUPLICATE, params)
        is_same = replace(again, sheet=first.sheet, row=first.row) == first
        (self.warnings if is_same else self.rejected).append(message)

    def _add(self, building: Building) -> None:
        self._dwellings += building.dwellings
        if self._dwellings > self._limits.dwellings:
            raise Unreadable(Refusal.TOO_MANY_DWELLINGS, most=self._limits.dwellings)
        self._seen[building.estate, building.name] = building
        self.buildings.append(building)


_NUMBERS = (
    (Field.UNITS, MOST_UNITS, Code.BAD_UNITS),
    (Field.FLOORS, MOST_FLOORS, Code.BAD_FLOORS),
    (Field.DWELLINGS, MOST_DWELLINGS, Code.BAD_DWELLINGS),
)


def _number(row: Row, field: Field) -> int | None:
    """A whole number, also `16层` and `142户`. Without a column for units, a building has one."""
    if field is Field.UNITS and not row.has_any(Field.UNITS):
        return 1
    if isinstance(row.cell(field), bool) or cells.is_date(row.cell(field)):
        return None
    return whole_number(row.full_text(field).rstrip(_UNITS_OF_COUNTING).replace(",", ""))
