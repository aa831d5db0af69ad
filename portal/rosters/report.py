"""What an import did or would do, as a page, a command and a file show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from portal.rosters.messages import Code, Message
from portal.rosters.reading import Reading

MOST_KEPT = 20_000  # lines of one list that are kept with an upload; the counts are always whole
Translate = Callable[[str], str]


class Missing(NamedTuple):
    """A home that the tower knows and the file does not name."""

    estate: str
    building: str
    unit: str
    floor: int
    room: str

    @property
    def door(self) -> str:
        return "-".join(filter(None, (self.unit, self.room)))


class Skipped(NamedTuple):
    """A row that is no home: a total, or headings once more."""

    sheet: str
    row: int


@dataclass
class Report:
    """Counts of homes, the messages about rows, and what was left aside.

    `groups` counts the groups of the buildings in the file once it is applied. `unkept` says how
    many lines of a list went beyond `MOST_KEPT`; `failed` that applying broke off.
    """

    dwellings: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    groups: int = 0
    rejected: list[Message] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    skipped_rows: list[Skipped] = field(default_factory=list)
    buildings: int = 0
    new_buildings: int = 0
    missing_dwellings: list[Missing] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    unkept: dict[str, int] = field(default_factory=dict)
    failed: bool = False

    @classmethod
    def of(cls, reading: Reading) -> Report:
        """What is to be said about a file before anything is compared."""
        return cls(
            rejected=reading.rejected,
            warnings=reading.warnings,
            ignored_columns=reading.ignored_columns,
            unused_columns=reading.unused_columns,
            ignored_sheets=reading.ignored_sheets,
            skipped_rows=[Skipped(*row) for row in reading.skipped_rows],
        )

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed)

    @property
    def most_kept(self) -> int:
        return MOST_KEPT

    def count(self, name: str) -> int:
        """How many lines a list has, or had before it was kept."""
        return len(getattr(self, name)) + self.unkept.get(name, 0)

    def miss(self, homes: Iterable[Missing]) -> None:
        """List homes that the file no longer names."""
        before = len(self.missing_dwellings)
        self.missing_dwellings += homes
        self.missing += len(self.missing_dwellings) - before


# As JSON -----------------------------------------------------------------------------------------


def as_json(report: Report, translate: Translate) -> dict[str, Any]:
    """The report of the command: every line, with its text in the reader's language."""
    return _all(report) | {
        "rejected": [_told(message, translate) for message in report.rejected],
        "warnings": [_told(message, translate) for message in report.warnings],
        "skipped_rows": [row._asdict() for row in report.skipped_rows],
        "missing_dwellings": [home._asdict() for home in report.missing_dwellings],
    }


def to_keep(report: Report) -> dict[str, Any]:
    """The report as it is kept with an upload: texts are made when it is shown."""
    lists = {name: [_bare(line) for line in getattr(report, name)[:MOST_KEPT]] for name in _LISTS}
    counts = {name: report.count(name) for name in _LISTS}
    unkept = {name: count - MOST_KEPT for name, count in counts.items() if count > MOST_KEPT}
    return _all(report) | lists | {"unkept": unkept, "failed": report.failed}


def kept(data: dict[str, Any]) -> Report:
    """What `to_keep` was given."""
    lists = {name: [make(*line) for line in data[name]] for name, make in _LISTS.items()}
    return Report(**(data | lists))


def _all(report: Report) -> dict[str, Any]:
    """What the report says about the file; not what became of the report."""
    names = [each.name for each in fields(report) if each.name not in {"unkept", "failed"}]
    return {name: getattr(report, name) for name in names}


def _told(message: Message, translate: Translate) -> dict[str, Any]:
    return {
        "sheet": message.sheet,
        "row": message.row,
        "code": message.code.value,
        "text": message.text(translate),
    }


def _bare(line: Message | Skipped | Missing) -> list[Any]:
    if isinstance(line, Message):
        return [line.sheet, line.row, line.code.value, dict(line.params)]
    return list(line)


def _message(sheet: str, row: int, code: str, params: dict[str, str | int]) -> Message:
    return Message(sheet, row, Code(code), params)


_LISTS: dict[str, Callable[..., Any]] = {
    "rejected": _message,
    "warnings": _message,
    "skipped_rows": Skipped,
    "missing_dwellings": Missing,
}


# As lines ----------------------------------------------------------------------------------------


def by_code(messages: Iterable[Message]) -> list[tuple[Code, list[Message]]]:
    """Messages grouped by what they say, the most frequent first, rows in the order of the file."""
    groups = defaultdict(list)
    for message in messages:
        groups[message.code].append(message)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def by_building(missing: Iterable[Missing]) -> list[tuple[str, str, list[str]]]:
    """Missing homes as estate, building and doors, in the order of the walk."""
    buildings = defaultdict(list)
    for home in missing:
        buildings[home.estate, home.building].append(home.door)
    return [(*place, doors) for place, doors in buildings.items()]


def table(report: Report, translate: Translate) -> Iterator[tuple[str, str, int | str, str, str]]:
    """Every line as (kind, sheet, row, code, text), to work through in a spreadsheet."""
    yield ("kind", "sheet", "row", "code", "text")
    for kind, messages in (("rejected", report.rejected), ("warning", report.warnings)):
        for message in messages:
            text = message.text(translate)
            yield (kind, message.sheet, message.row, message.code.value, text)
    for skipped in report.skipped_rows:
        yield ("skipped", skipped.sheet, skipped.row, "", "")
    for home in report.missing_dwellings:
        yield ("missing", "", "", "", f"{home.estate}-{home.building}-{home.door}")
