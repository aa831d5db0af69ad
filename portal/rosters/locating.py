"""Where the home of a row is, with what merged cells, sections and earlier rows leave to carry."""

from __future__ import annotations

from dataclasses import dataclass

from portal.rosters import cells
from portal.rosters.address import (
    LONGEST_NAME,
    Address,
    Trouble,
    read_address,
    read_building,
    read_floor,
    read_unit,
)
from portal.rosters.columns import Field
from portal.rosters.doors import read_door
from portal.rosters.messages import Code
from portal.rosters.rows import Row

_PLACES = (Field.BUILDING, Field.UNIT, Field.ROOM, Field.ADDRESS)
_CODES = {
    Trouble.IS_DATE: Code.ADDRESS_IS_DATE,
    Trouble.UNREADABLE: Code.ADDRESS_UNREADABLE,
}


class Unlocated(Exception):  # noqa: N818 - becomes a message about the row
    """A row does not say where the home is."""

    def __init__(self, code: Code, found: str) -> None:
        super().__init__(code)
        self.code = code
        self.found = found


@dataclass(slots=True)
class _Carried:
    """What earlier rows said and later ones leave out. A new building forgets the old unit."""

    estate: str = ""
    building: str | None = None
    unit: str | None = None
    floor: int | None = None

    def enter(self, *, estate: str | None = None, building: str | None = None) -> None:
        if estate and estate != self.estate:
            self.estate, self.building, self.unit, self.floor = estate, None, None, None
        if building and building != self.building:
            self.building, self.unit, self.floor = building, None, None


class Locator:
    """Follows one sheet from top to bottom and says where the home of each row is."""

    def __init__(self, place: Address) -> None:
        """`place`: what the name of the sheet or its title says."""
        self._columns = _Carried(place.estate or "", place.building)  # and sections
        self._written = _Carried()  # whole addresses in one cell

    def enter(self, place: Address) -> None:
        """A heading between the rows, such as `3栋2单元`, holds for the rows below it."""
        self._columns.enter(estate=place.estate, building=place.building)
        self._columns.unit = place.unit or self._columns.unit
        self._columns.floor = place.floor
        self._written = _Carried()

    def locate(self, row: Row) -> Address | None:
        """The whole address, with None for the unit if nothing names one; None without any door.

        Raises `Unlocated` when the row cannot be understood.
        """
        for cell in map(row.cell, _PLACES):
            if cells.is_date(cell):
                raise Unlocated(Code.ADDRESS_IS_DATE, cells.plain(cell))
        self._read_columns(row)
        text = row.text(Field.ROOM) or row.text(Field.ADDRESS)
        if not text:
            return None
        return self._complete(row, text, self._read(row, text))

    def _read_columns(self, row: Row) -> None:
        """Carry on with what the columns of estate, building, unit and floor say in this row."""
        carried = self._columns
        estate = row.text(Field.ESTATE)
        if len(estate) > LONGEST_NAME:
            raise Unlocated(Code.ESTATE_UNKNOWN, estate)
        carried.enter(estate=estate)
        if text := row.text(Field.BUILDING):
            place = read_building(text, may_hold_unit=not row.has_any(Field.UNIT))
            if isinstance(place, Trouble):
                raise Unlocated(_CODES[place], text)
            carried.enter(estate=None if estate else place.estate)
            carried.enter(building=place.building)
            carried.unit = place.unit or carried.unit
        self._read_unit(row.full_text(Field.UNIT))
        if text := row.text(Field.FLOOR):
            carried.floor = read_floor(text)

    def _read_unit(self, text: str) -> None:
        if not text:
            return
        unit = None if cells.is_dash(text) else read_unit(text)
        if isinstance(unit, Trouble):
            raise Unlocated(_CODES[unit], text)
        if unit != self._columns.unit:
            self._columns.unit, self._columns.floor = unit, None

    def _read(self, row: Row, text: str) -> Address:
        """The address in the cell. A whole one needs no help from a section or the sheet's name,
        which a building column of its own would give."""
        building, unit = self._columns.building, self._columns.unit
        place = read_address(text) if not row.has_any(Field.BUILDING) else Trouble.UNREADABLE
        if isinstance(place, Trouble) or not (place.building and place.unit):
            place = read_address(text, building=building, unit=unit)
        if isinstance(place, Trouble):
            raise Unlocated(_CODES[place], text)
        if place.room is None:
            raise Unlocated(Code.ADDRESS_UNREADABLE, text)
        return place

    def _complete(self, row: Row, text: str, place: Address) -> Address:
        """The address with what it leaves out: from columns, else from the address above it."""
        above = self._columns if self._columns.building else self._written
        building = place.building or above.building
        lacks_floor = above is self._written and not place.building and place.floor is None
        if building is None or lacks_floor or self._contradicts(row, place):
            raise Unlocated(Code.ADDRESS_UNREADABLE, f"{row.text(Field.BUILDING)} {text}".strip())
        carried_estate = above.estate if place.building is None else None
        estate = row.text(Field.ESTATE) or place.estate or carried_estate
        estate = estate or self._columns.estate
        if not estate:
            raise Unlocated(Code.ESTATE_UNKNOWN, text)
        goes_on = building == above.building and not (place.building and above is self._written)
        unit = place.unit or (above.unit if goes_on else None)
        floor, room = self._door(row, place)
        self._written = _Carried(estate, building, unit)
        return place._replace(estate=estate, building=building, unit=unit, floor=floor, room=room)

    def _contradicts(self, row: Row, place: Address) -> bool:
        """Whether the columns of this very row name another building or unit than the address."""
        building = row.text(Field.BUILDING) and self._columns.building
        unit = row.text(Field.UNIT) and self._columns.unit
        return bool(
            (building and place.building not in {None, building})
            or (unit and place.unit not in {None, unit})
        )

    def _door(self, row: Row, place: Address) -> tuple[int | None, str | None]:
        """Floor and room. What a column says about the floor goes before the room number; what
        was carried down from another row, where cells are merged, does not."""
        carries = bool(row.text(Field.FLOOR)) or not row.text(Field.BUILDING)
        floor = self._columns.floor if carries else None
        if floor is None or place.room is None:
            return place.floor, place.room
        if place.floor is not None:
            return (floor if row.text(Field.FLOOR) else place.floor), place.room
        door = read_door(place.room, floor=floor)
        return floor, door.room if door else place.room
