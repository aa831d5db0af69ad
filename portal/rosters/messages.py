"""What the reader has to say: about a row, about a whole file.

Texts are English templates for gettext. Each names the field, what was found, and the way out.
Nothing that looks like an ID number or a phone number is ever quoted in full (`cells.quote`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Marks a text for the translators; it is translated where it is shown.
N_ = str


class Code(StrEnum):
    """What can be said about a row."""

    ADDRESS_IS_DATE = "address_is_date"
    ADDRESS_UNREADABLE = "address_unreadable"
    ESTATE_UNKNOWN = "estate_unknown"
    UNIT_ASSUMED = "unit_assumed"
    DUPLICATE = "duplicate"
    BAD_PHONE = "bad_phone"
    BAD_COUNT = "bad_count"
    LONG_NAME = "long_name"
    CARE_UNKNOWN = "care_unknown"
    BAD_BUILDING = "bad_building"
    BAD_UNITS = "bad_units"
    BAD_FLOORS = "bad_floors"
    BAD_DWELLINGS = "bad_dwellings"
    TOO_FEW_DWELLINGS = "too_few_dwellings"


class Refusal(StrEnum):
    """Why a whole file is not read."""

    FILE_TOO_LARGE = "file_too_large"
    NOT_A_SPREADSHEET = "not_a_spreadsheet"
    OLD_OR_LOCKED = "old_or_locked"
    EMPTY = "empty"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_UNSAFE = "archive_unsafe"
    TOO_MANY_ENTRIES = "too_many_entries"
    UNPACKED_TOO_LARGE = "unpacked_too_large"
    RATIO_TOO_HIGH = "ratio_too_high"
    XML_DECLARES_ENTITIES = "xml_declares_entities"
    XML_BROKEN = "xml_broken"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_CELLS = "too_many_cells"
    TOO_MUCH_TEXT = "too_much_text"
    TOO_MANY_DWELLINGS = "too_many_dwellings"
    NUL_BYTES = "nul_bytes"
    ENCODING_UNKNOWN = "encoding_unknown"
    CSV_BROKEN = "csv_broken"
    NO_HEADINGS = "no_headings"


TEXTS: dict[Code | Refusal, str] = {
    Code.ADDRESS_IS_DATE: N_(
        "Address: the spreadsheet has turned it into a date (%(found)s). Format the column as "
        "text and type the address again, for example 3-2-501."
    ),
    Code.ADDRESS_UNREADABLE: N_(
        "Address: “%(found)s” cannot be read. Write building, unit and room, for example 3-2-501."
    ),
    Code.ESTATE_UNKNOWN: N_(
        "Estate: “%(found)s” does not say to which estate it belongs. Add a column for the "
        "estate, or give the sheet the name of the estate."
    ),
    Code.UNIT_ASSUMED: N_(
        "Unit: “%(found)s” names none; unit 1 was taken, but the building also has %(units)s. "
        "Write the unit if it is another one."
    ),
    Code.DUPLICATE: N_(
        "Address: %(found)s stands in row %(first)s already; the first row counts. Delete this "
        "row, or correct the address if it is another place."
    ),
    Code.BAD_PHONE: N_(
        "Phone: “%(found)s” is not a complete phone number and was left out. Format the column as "
        "text and type the number again."
    ),
    Code.BAD_COUNT: N_(
        "Residents: “%(found)s” is not a number of people; the number stays unknown. Write a "
        "whole number, for example 3."
    ),
    Code.LONG_NAME: N_(
        "Name: it is longer than %(most)s characters and was cut off. Shorten it in the sheet."
    ),
    Code.CARE_UNKNOWN: N_(
        "Care tag: a word that is not on the list was left out. Allowed are older person living "
        "alone, older person, student, migrant worker and other; never anything about health."
    ),
    Code.BAD_BUILDING: N_(
        "Building: “%(found)s” is not the name of a building. Write its number or name, for "
        "example 12."
    ),
    Code.BAD_UNITS: N_(
        "Units: “%(found)s” cannot be used. Write a whole number from 1 to %(most)s."
    ),
    Code.BAD_FLOORS: N_(
        "Floors: “%(found)s” cannot be used. Write a whole number from 1 to %(most)s."
    ),
    Code.BAD_DWELLINGS: N_(
        "Dwellings: “%(found)s” cannot be used. Write a whole number from 1 to %(most)s."
    ),
    Code.TOO_FEW_DWELLINGS: N_(
        "Dwellings: %(dwellings)s are fewer than one on each of %(floors)s floors in %(units)s "
        "units. Correct the number of dwellings, floors or units."
    ),
    Refusal.FILE_TOO_LARGE: N_(
        "File: it is larger than %(most)s MB. Split the roster, one file for each estate."
    ),
    Refusal.NOT_A_SPREADSHEET: N_(
        "File: the content is not what the ending “%(ending)s” says. Save the roster as an Excel "
        "workbook (.xlsx) or as CSV and choose that file."
    ),
    Refusal.OLD_OR_LOCKED: N_(
        "File: it is protected by a password or in the format before 2007 (.xls). Open it, remove "
        "the password and save it as an Excel workbook (.xlsx)."
    ),
    Refusal.EMPTY: N_("File: it is empty. Choose the file that holds the roster."),
    Refusal.ARCHIVE_BROKEN: N_(
        "File: the workbook is damaged. Open it in the spreadsheet program, save it again and "
        "choose the new file."
    ),
    Refusal.ARCHIVE_UNSAFE: N_(
        "File: the workbook is packed in a way that no spreadsheet program uses (%(found)s). Open "
        "it, save it under a new name and choose the new file."
    ),
    Refusal.TOO_MANY_ENTRIES: N_(
        "File: the workbook holds more than %(most)s parts. Copy the roster into a new workbook."
    ),
    Refusal.UNPACKED_TOO_LARGE: N_(
        "File: unpacked, the workbook is larger than %(most)s MB. Copy the roster into a new "
        "workbook, or split it, one file for each estate."
    ),
    Refusal.RATIO_TOO_HIGH: N_(
        "File: part of the workbook is packed more than %(most)s times; no roster is. Copy the "
        "roster into a new workbook."
    ),
    Refusal.XML_DECLARES_ENTITIES: N_(
        "File: the workbook carries declarations that no spreadsheet program writes. Open it, "
        "save it under a new name and choose the new file."
    ),
    Refusal.XML_BROKEN: N_(
        "File: a part of the workbook cannot be read. Open it in the spreadsheet program, save it "
        "again and choose the new file."
    ),
    Refusal.TOO_MANY_ROWS: N_(
        "Sheet “%(sheet)s”: it has more than %(most)s rows. Split the roster, one file for each "
        "estate."
    ),
    Refusal.TOO_MANY_COLUMNS: N_(
        "Sheet “%(sheet)s”: it has more than %(most)s columns. Delete the columns to the right of "
        "the roster."
    ),
    Refusal.TOO_MANY_CELLS: N_(
        "Sheet “%(sheet)s”: it has too many cells, empty ones included. Copy the roster into a new "
        "workbook."
    ),
    Refusal.TOO_MUCH_TEXT: N_(
        "Sheet “%(sheet)s”: it holds more than %(most)s characters. Leave out long notes, or "
        "split the roster."
    ),
    Refusal.TOO_MANY_DWELLINGS: N_(
        "File: the buildings have more than %(most)s dwellings together. Check the numbers of "
        "dwellings, or split the file."
    ),
    Refusal.NUL_BYTES: N_(
        "File: it holds NUL characters, so it is damaged or not a CSV file. Save the roster as "
        "CSV (UTF-8) or as an Excel workbook again."
    ),
    Refusal.ENCODING_UNKNOWN: N_(
        "File: its characters are neither UTF-8 nor GBK. Save the roster as CSV (UTF-8) or as an "
        "Excel workbook (.xlsx)."
    ),
    Refusal.CSV_BROKEN: N_(
        "File: near row %(row)s a quotation mark is missing or a cell is far too long. Correct "
        "the row, or save the roster as an Excel workbook (.xlsx)."
    ),
    Refusal.NO_HEADINGS: N_(
        "File: no row of headings was found. A household roster needs an address column, or "
        "columns for building and room; a list of buildings needs building, floors and dwellings."
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    """Something the coordinator should know about one row of one sheet.

    `sheet` is empty for CSV; `row` is the number the spreadsheet program shows, from 1.
    """

    sheet: str
    row: int
    code: Code
    params: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence to show; pass gettext to have it in the reader's language."""
        return translate(TEXTS[self.code]) % self.params


class Unreadable(Exception):  # noqa: N818 - it names the state of the file, as people say it
    """The file as a whole was refused; nothing of it was read."""

    def __init__(self, code: Refusal, **params: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.params = params

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence to show; pass gettext to have it in the reader's language."""
        return translate(TEXTS[self.code]) % self.params
