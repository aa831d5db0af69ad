"""What a reading is made of: homes, and buildings that stand for homes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Dwelling:
    """A home as a roster has it, with the sheet and row it was first seen in.

    `residents` is None when nobody knows. Names and phones that a roster lacks are empty. `care` is
    one of the codes of `CareTag`.
    """

    estate: str
    building: str
    unit: str
    floor: int | None
    room: str
    vacant: bool = False
    residents: int | None = None
    contact_label: str = ""
    phone: str = ""
    care: str | None = None
    sheet: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Building:
    """One row of a building layout; `layouts.dwellings_of` gives its homes."""

    estate: str
    name: str
    units: int
    floors: int
    dwellings: int
    sheet: str = ""
    row: int = 0
