"""The town on a fresh database: migrated, imported and staffed by the commands people use.

This process stays small (standard library only): a child's peak memory is never less than that of
the process it was forked from.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LAYOUT = ROOT / "tests" / "data" / "kallang-whampoa.csv"
COLUMNS = ("estate", "building", "units", "floors", "dwellings")
COMMUNITY = "百川社区"
CITY = "百川市"
CITY_DWELLINGS = 1_093_260
TOWER = ("望江里", "1", 1, 34, 204)  # 34 floors of six doors; the real town's tallest has 25 floors
LEADER, COORDINATOR = "13800000001", "13800000002"


@dataclass(frozen=True)
class Cost:
    """What a command took: wall clock and processor in seconds, peak memory in bytes."""

    seconds: float
    processor: float
    memory: int


class Town:
    """Settings and files of one benchmark, in a folder that the caller throws away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_urlsafe(18)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PORTAL_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)  # a server keeps what it has compiled
        self.environment = kept | {
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
            "PORTAL_DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
            "PORTAL_DATA_FOLDER": str(folder),
            "PORTAL_HTTP_ONLY": "1",
        }

    def migrate(self) -> None:
        self.run("flask", "--app", "wsgi", "db", "upgrade")

    def load_town(self) -> Cost:
        """Import the real town."""
        return self.import_roster(LAYOUT, COMMUNITY)

    def add_tower(self) -> None:
        """The building whose floor plan is measured."""
        self.import_roster(self._layout("tower.csv", [TOWER]), COMMUNITY)

    def load_city(self) -> Cost:
        """Import a city made of the town's buildings, again and again, as one community."""
        return self.import_roster(self._layout("city.csv", city()), CITY)

    def import_roster(self, file: Path, community: str) -> Cost:
        _, cost = self.run(
            "flask", "--app", "wsgi", "roster", "import", str(file), "--community", community
        )
        return cost

    def add_people(self) -> None:
        for phone, duty in ((LEADER, "leader"), (COORDINATOR, "coordinator")):
            command = ("flask", "--app", "wsgi", "accounts", "add", "--password-stdin")
            who = ("--phone", phone, "--name", duty, "--duty", duty, "--place", COMMUNITY)
            self.run(*command, *who, said=self.password)

    def open_round(self) -> dict[str, Any]:
        """A round over the town, half visited; what `tests.bench.stage` tells about it."""
        tower = "/".join(TOWER[:2])
        told, _ = self.run("tests.bench.stage", COMMUNITY, LEADER, COORDINATOR, tower)
        return dict(json.loads(told))

    def open_city_round(self) -> dict[str, Any]:
        told, _ = self.run("tests.bench.stage", CITY)
        return dict(json.loads(told))

    def verify_ledger(self) -> None:
        """Recompute every state from the events; fails if the clocked check-offs left a mistake."""
        self.run("flask", "--app", "wsgi", "ledger", "verify")

    def run(self, module: str, *arguments: str, said: str = "") -> tuple[str, Cost]:
        """Run one of our modules to its end; its output, and what it took."""
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(said)
            process.stdin.close()
            output = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)}\n{output}")
        seconds = time.perf_counter() - started
        return output, Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)

    def _layout(self, name: str, rows: Iterable[tuple[object, ...]]) -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        return path


def city() -> Iterator[tuple[object, ...]]:
    """The town's buildings under other estate names until the city has its dwellings."""
    with LAYOUT.open(encoding="utf-8", newline="") as file:
        town = list(csv.DictReader(file))
    left = CITY_DWELLINGS
    district = 0
    while left:
        district += 1
        for row in town:
            dwellings = min(int(row["dwellings"]), left)
            floors = min(int(row["floors"]), dwellings)
            if not dwellings:
                break
            left -= dwellings
            yield (f"{row['estate']} {district}区", row["building"], 1, floors, dwellings)
