"""The headings of a table: where they stand and what each column holds.

Headings may take up to three rows below any number of titles. A column is known by an exact name
first, by a telling word second. Columns that must not be kept are recognised before anything else,
also by the group they stand under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.rosters import cells
from portal.rosters.columns import EXACT, FORBIDDEN, NOT_OURS, RULES, Field

DEEPEST = 3
SEARCHED_ROWS = 30
_LONGEST_HEADING = 20
_LOOKED_AT = 100
_BY_RULE = 1000  # ranks after every exact name
_NUMBERED = re.compile(r"^\d|\d\D*\d")
Line = list[str]


class Shape(StrEnum):
    """What a row of the table stands for."""

    HOUSEHOLDS = "households"
    LAYOUT = "layout"


@dataclass(frozen=True, slots=True)
class Table:
    """A table found on a sheet. Rows and columns count from 0; the best column comes first."""

    shape: Shape
    first_row: int
    last_row: int  # of the headings
    columns: dict[Field, tuple[int, ...]]
    forbidden: tuple[str, ...]  # as written in the sheet
    unused: tuple[str, ...]
    headings: tuple[frozenset[str], ...]
    words: frozenset[str]  # of all rows of headings

    def repeats(self, texts: Iterable[str]) -> bool:
        """Whether a row says nothing but the headings again."""
        if not any(text and text.replace(" ", "") in self.words for text in texts):
            return False
        filled = {text.replace(" ", "") for text in texts if text}
        return len(filled) > 1 and any(filled <= line for line in self.headings)


def find_table(rows: Sequence[Sequence[cells.Cell]]) -> Table | None:
    """The table whose headings stand in the first rows of a sheet; the best match counts."""
    lines = [[_heading(cell) for cell in row] for row in rows[:SEARCHED_ROWS]]
    width = max(map(len, lines), default=0)
    lines = [line + [""] * (width - len(line)) for line in lines]
    best: Table | None = None
    for first in range(len(lines)):
        for depth in range(1, DEEPEST + 1):
            headings = lines[first : first + depth]
            if len(headings) < depth or not _may_be_headings(headings):
                break
            table = _table(headings, first)
            if table and (best is None or _score(table) > _score(best)):
                best = table
    return best


def _heading(cell: cells.Cell) -> str:
    """The text of a heading without spaces and line breaks; of a long text, what begins it."""
    text = cells.plain(cell[:_LOOKED_AT] if isinstance(cell, str) else cell)
    return re.sub(r"\s+", "", text)


def _may_be_headings(headings: list[Line]) -> bool:
    """Whether the last row may be headings (of the rows above): no data, and known words.

    Below a heading that is complete by itself a second row of headings is empty; data is not.
    """
    last = headings[-1]
    filled = [text for text in last if text]
    numbers = sum(text[0].isdigit() and text[-1].isdigit() for text in filled)
    if not filled or numbers * 4 > len(filled):
        return False
    if len(headings) == 1:
        return True
    known = sum(_is_known(text) for text in filled)
    complete = sum(
        bool(text and _key(above) in EXACT) for above, text in zip(headings[-2], last, strict=True)
    )
    return known * 2 > len(filled) and complete * 2 <= len(filled)


def _is_known(text: str) -> bool:
    return bool(FORBIDDEN.search(text) or NOT_OURS.search(text) or _field_of(text))


def _table(headings: list[Line], first: int) -> Table | None:
    ranked: dict[Field, list[tuple[int, int]]] = {}
    forbidden, unused = [], []
    for index, path in enumerate(_paths(headings)):
        if not path:
            continue
        if any(FORBIDDEN.search(text) for text in path if len(text) <= _LONGEST_HEADING):
            forbidden.append(path[-1])
            continue
        fields = _fields(path)
        for field, rank in fields:
            ranked.setdefault(field, []).append((rank, index))
        if not fields:
            unused.append(path[-1])
    shape = _shape(ranked.keys())
    if shape is None:
        return None
    return Table(
        shape=shape,
        first_row=first,
        last_row=first + len(headings) - 1,
        columns={field: tuple(i for _, i in sorted(found)) for field, found in ranked.items()},
        forbidden=tuple(forbidden),
        unused=tuple(unused),
        headings=tuple(frozenset(line) for line in headings),
        words=frozenset().union(*headings) - {""},
    )


def _paths(headings: list[Line]) -> list[Line]:
    """For each column the headings over it, the widest group first, without the empty ones.

    A heading with an empty cell below it stands for its own column alone; one with a filled cell
    below is a group and reaches right over empty cells, as merged cells do.
    """
    lines = [headings[-1]]
    for line in reversed(headings[:-1]):
        group = ""
        spread = []
        for text, below in zip(line, lines[0], strict=True):
            group = (text or group) if below else ""
            spread.append(text or group)
        lines.insert(0, spread)
    return [[text for text in path if text] for path in zip(*lines, strict=True)]


def _fields(path: Line) -> list[tuple[Field, int]]:
    """What a column holds: told by its own heading, else by that together with its groups."""
    joined = "".join(path)
    if NOT_OURS.search(joined):
        return []
    return _field_of(path[-1]) or _field_of(joined)


def _field_of(text: str) -> list[tuple[Field, int]]:
    """The fields of one heading with their ranks; one heading may announce name and phone."""
    if exact := EXACT.get(_key(text)):
        return [exact]
    if len(text) > _LONGEST_HEADING or _NUMBERED.search(text):
        return []
    bare = cells.without_brackets(text) or text
    for rank, (rule, fields) in enumerate(RULES, _BY_RULE):
        if rule.search(bare):
            return [(field, rank) for field in fields]
    return []


def _key(text: str) -> str:
    """A heading reduced to what names have in common: `楼栋-单元` and `楼栋/单元` are one."""
    return re.sub(r"[\W_]+", "", cells.without_brackets(text) or text).lower()


def _shape(found: Iterable[Field]) -> Shape | None:
    fields = set(found)
    if fields & {Field.ROOM, Field.ADDRESS}:
        return Shape.HOUSEHOLDS
    return Shape.LAYOUT if {Field.BUILDING, Field.FLOORS, Field.DWELLINGS} <= fields else None


def _score(table: Table) -> tuple[int, int, int, int]:
    """How much of the headings was understood; then exact names, then fewer rows count."""
    exact = sum(_key(text) in EXACT for line in table.headings for text in line)
    known = len(table.columns)
    return known + len(table.forbidden), known, exact, -len(table.headings)
