"""The full crash drill: `python -m tests.crash`; it goes into docs/benchmarks.md by hand.

Always on SQLite; on PostgreSQL too where PORTAL_TEST_POSTGRES_URL names one, as in the gate.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases
from tests.bench.town import ROOT
from tests.crash.drill import Report, crash
from tests.crash.server import Nest

KILLS, ACKNOWLEDGED = 500, 10_000
PATIENCE = 1800  # seconds for each database
POSTGRES = "PORTAL_TEST_POSTGRES_URL"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.crash", description="Kill the server.")
    parser.add_argument("--kills", type=int, default=KILLS, help="so often (500)")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one of the two databases")
    chosen = parser.parse_args()
    good = True
    for kind in ("sqlite", "postgresql"):
        if chosen.only in {None, kind} and (kind == "sqlite" or POSTGRES in os.environ):
            good &= exercise(kind, chosen.kills)
    sys.exit(0 if good else 1)


def exercise(kind: str, kills: int) -> bool:
    """The drill on one database; whether it reached its goal."""
    each = ACKNOWLEDGED // KILLS
    started = time.monotonic()
    with empty_database(kind) as (folder, url), Nest() as nest:
        report = crash(folder, nest, url=url, kills=kills, each=each, patience=PATIENCE)
    say(f"{kind}, {time.monotonic() - started:.0f} s, load {os.getloadavg()[1]:.0f}: {report}")
    return is_reached(report, kills, each * kills)


def is_reached(report: Report, kills: int, acknowledged: int) -> bool:
    return report.is_clean and report.kills >= kills and report.acknowledged >= acknowledged


@contextmanager
def empty_database(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of an empty database of one kind."""
    (ROOT / "instance").mkdir(exist_ok=True)
    # Not in /tmp: that may lie in memory, where a commit costs nothing.
    with tempfile.TemporaryDirectory(prefix="crash-", dir=ROOT / "instance") as folder:
        os.environ.pop(databases.GIVEN, None)
        if kind == "postgresql":
            os.environ[databases.GIVEN] = os.environ[POSTGRES]
        with databases.another(Path(folder)) as url:
            yield Path(folder), url


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
