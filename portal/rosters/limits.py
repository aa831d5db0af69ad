"""How large a file from outside may be before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that hold before and while a file is read.

    The defaults leave room for a roster of a large community (110,000 people in some 50,000
    dwellings, `domain.md` 4) and keep one reading within about 256 MB and ten seconds.
    """

    file_bytes: int = 20 * MEGABYTE
    unpacked_bytes: int = 200 * MEGABYTE
    ratio: int = 200  # unpacked to packed; ordinary workbooks stay below 30
    entries: int = 200
    rows: int = 250_000
    columns: int = 60
    cells: int = 3_000_000  # the rectangle from A1 to the last filled cell of one sheet
    characters: int = 30_000_000  # of all cells of one sheet, a shared text counted each time
    elements: int = 6_000_000  # XML elements of the whole workbook, empty cells included
    dwellings: int = 2_000_000
