"""The figures as tables on the terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.measures import Work

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Row:
    """One goal of the speed table and what was measured; `least` turns the goal around."""

    work: str
    got: float
    goal: float
    unit: str
    least: bool = False

    @property
    def is_met(self) -> bool:
        return self.got >= self.goal if self.least else self.got <= self.goal

    @property
    def cells(self) -> Sequence[str]:
        sign = "≥" if self.least else "≤"
        return (
            self.work,
            f"{sign} {self.goal:g} {self.unit}",
            f"{self.got:.2f} {self.unit}" if self.got < 100 else f"{self.got:.0f} {self.unit}",
            "yes" if self.is_met else "NO",
        )


def goals(rows: Iterable[Row]) -> str:
    """The speed table."""
    return _table([("work", "goal", "got", "ok"), *(row.cells for row in rows)])


def raw(works: Iterable[Work]) -> str:
    """Of every kind of request: processor time, rate and waits, over all bursts."""
    return _table([("request", "CPU ms", "least", "requests/s", "p95 ms"), *map(_figures, works)])


def _figures(work: Work) -> Sequence[str]:
    processor = [each.processor_each * 1000 for each in work.bursts]
    waits = sorted(wait for each in work.bursts for wait in each.waits)
    return (
        work.name,
        f"{median(processor):.2f}",
        f"{min(processor):.2f}",
        f"{median(each.rate for each in work.bursts):.0f}",
        f"{waits[len(waits) * 95 // 100] * 1000:.1f}",
    )


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
