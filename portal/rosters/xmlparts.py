"""The XML parts of a workbook, parsed once for what they would cost a reader."""

from __future__ import annotations

import re
from xml.parsers import expat

from portal.rosters.limits import Limits
from portal.rosters.messages import Refusal, Unreadable

_REFERENCE = re.compile(r"[A-Za-z]{1,3}[1-9]\d{0,6}", re.ASCII)
_ROW = re.compile(r"[1-9]\d{0,6}", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z]{1,3}")
_DIGITS = "0123456789"
_VALUES = frozenset({"v", "t", "f"})
_ENCODINGS = {"utf-8", "us-ascii", "ascii"}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class PartChecker:
    """Follows the parts of one workbook and refuses it as soon as a limit is broken.

    Counts filled cells only: columns formatted down to the last row are common and harmless. Sheets
    are recognised by their elements, not by their names, since that is how a reader meets them.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._elements = 0
        self._shared: list[int] = []  # the length of each shared text
        self._shared_part = ""
        self._columns: dict[str, int] = {}
        self.rows = 0  # of all sheets, to show progress against

    def start(self, part: str) -> None:
        """Begin a part; it is fed piece by piece and then finished."""
        self._part = part
        self._row = self._column = 0  # of the cell being read
        self._row_text = ""
        self._last_row = self._last_column = 0  # that is filled
        self._characters = 0
        self._text: list[str] | None = None  # of the value or text being read
        self._is_shared_cell = False
        self._started = False
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._element
        self._parser.CharacterDataHandler = self._characters_read
        self._parser.StartDoctypeDeclHandler = _refuse_declarations
        self._parser.XmlDeclHandler = _check_encoding

    def feed(self, piece: bytes) -> None:
        """Check the next bytes of the part."""
        if not self._started and piece.startswith(_UTF16_MARKS):
            raise Unreadable(Refusal.XML_BROKEN)
        self._started = True
        self._parse(piece, final=False)

    def finish(self) -> None:
        """Check that the part is complete."""
        self._parse(b"", final=True)
        self._take_text()
        self.rows += self._last_row

    def _parse(self, piece: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError as error:
            raise Unreadable(Refusal.XML_BROKEN) from error

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > self._limits.elements:
            raise Unreadable(Refusal.TOO_MANY_CELLS, sheet=self._name())
        if self._text is not None:
            self._take_text()
        local = name if ":" not in name else name[name.find(":") + 1 :]
        if local == "c":
            self._cell(attributes)
        elif local in _VALUES:
            self._value(local)
        elif local == "row":
            self._start_row(attributes.get("r"))
        elif local == "si":
            self._shared_text()

    def _shared_text(self) -> None:
        """One more text that cells refer to by number; there can be only one list of them."""
        if not self._shared_part and "sharedstrings" in self._part.lower():
            self._shared_part = self._part
        if self._part != self._shared_part:
            raise Unreadable(Refusal.XML_BROKEN)
        self._shared.append(0)
        self._row = 0

    def _start_row(self, number: str | None) -> None:
        self._row += 1
        self._column = 0
        if number is not None:
            if not _ROW.fullmatch(number):
                raise Unreadable(Refusal.XML_BROKEN)
            self._row = int(number)
        self._row_text = str(self._row)

    def _cell(self, attributes: dict[str, str]) -> None:
        """Where the cell stands: as it says itself, else to the right of the one before."""
        self._is_shared_cell = attributes.get("t") == "s"
        reference = attributes.get("r")
        if reference is None:
            self._row = self._row or 1
            self._column += 1
            return
        letters = reference.rstrip(_DIGITS)
        if reference[len(letters) :] != self._row_text:
            if not _REFERENCE.fullmatch(reference):
                raise Unreadable(Refusal.XML_BROKEN)
            self._row = max(self._row, int(reference[len(letters) :]))
        self._column = self._columns.get(letters) or self._new_column(letters)

    def _new_column(self, letters: str) -> int:
        """A is 1, Z is 26, AA is 27; anything else is no column."""
        if not _LETTERS.fullmatch(letters):
            raise Unreadable(Refusal.XML_BROKEN)
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        self._columns[letters] = number
        return number

    def _name(self) -> str:
        """`xl/worksheets/sheet1.xml` is shown as sheet1."""
        return self._part.rsplit("/", 1)[-1].removesuffix(".xml")

    def _value(self, local: str) -> None:
        """A value, a text or a formula: the cell around it counts as filled."""
        if local != "f":
            self._text = []
        if self._row > self._last_row:
            self._last_row = self._row
            self._check_size()
        if self._column > self._last_column and self._row:
            self._last_column = self._column
            self._check_size()

    def _check_size(self) -> None:
        limits = self._limits
        if self._last_row > limits.rows:
            raise Unreadable(Refusal.TOO_MANY_ROWS, sheet=self._name(), most=limits.rows)
        if self._last_column > limits.columns:
            raise Unreadable(Refusal.TOO_MANY_COLUMNS, sheet=self._name(), most=limits.columns)
        if self._last_row * self._last_column > limits.cells:
            raise Unreadable(Refusal.TOO_MANY_CELLS, sheet=self._name())

    def _characters_read(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _take_text(self) -> None:
        """Count what was read: a shared text each time a cell refers to it."""
        text = "".join(self._text or ())
        self._text = None
        if not self._row:
            if self._shared:
                self._shared[-1] += len(text)
            return
        length = len(text)
        if self._is_shared_cell:
            index = text.strip()
            known = index.isascii() and index.isdigit() and int(index[:9]) < len(self._shared)
            length = self._shared[int(index)] if known else 0
        self._characters += length
        if self._characters > self._limits.characters:
            most = self._limits.characters
            raise Unreadable(Refusal.TOO_MUCH_TEXT, sheet=self._name(), most=most)


def _refuse_declarations(*_declaration: object) -> None:
    raise Unreadable(Refusal.XML_DECLARES_ENTITIES)


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise Unreadable(Refusal.XML_BROKEN)
