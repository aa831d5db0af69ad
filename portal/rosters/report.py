"""What an import did or would do, as a page, a command and a file show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from portal.rosters.messages import Message

MOST_MISSING_NAMED = 2000  # homes listed by name; the count is always whole


@dataclass
class Report:
    """Counts of homes, the messages about rows, and what was left aside.

    `groups` counts the groups of the buildings in the file once it is applied.
    """

    dwellings: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    groups: int = 0
    buildings: int = 0
    new_buildings: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    skipped_rows: list[dict[str, Any]] = field(default_factory=list)
    missing_dwellings: list[str] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed)

    def miss(self, places: Iterable[str]) -> None:
        """List homes that the file no longer names."""
        for place in places:
            self.missing += 1
            if len(self.missing_dwellings) < MOST_MISSING_NAMED:
                self.missing_dwellings.append(place)


def lines(
    messages: Iterable[Message], translate: Callable[[str], str] = str
) -> list[dict[str, Any]]:
    """Messages as the report has them: sheet, row, code and the sentence."""
    return [
        {"sheet": m.sheet, "row": m.row, "code": m.code.value, "text": m.text(translate)}
        for m in messages
    ]


def by_code(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Messages grouped by what they say, the most frequent first, rows in the order of the file."""
    ordered = sorted(rows, key=lambda row: row["code"])
    groups = [(code, list(group)) for code, group in groupby(ordered, key=lambda r: r["code"])]
    return sorted(groups, key=lambda group: -len(group[1]))
