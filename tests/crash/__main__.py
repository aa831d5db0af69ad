"""The full crash drill: `python -m tests.crash`; it goes into docs/benchmarks.md by hand.

Always on SQLite; on PostgreSQL too where PORTAL_TEST_POSTGRES_URL names one, as in the gate.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.crash.databases import KINDS, empty_database, say
from tests.crash.drill import Report, crash
from tests.crash.server import Nest

KILLS, ACKNOWLEDGED = 500, 10_000
PATIENCE = 1800  # seconds for each database


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.crash", description="Kill the server.")
    parser.add_argument("--kills", type=int, default=KILLS, help="so often (500)")
    parser.add_argument("--only", choices=KINDS, help="one of the two databases")
    chosen = parser.parse_args()
    kinds = [chosen.only] if chosen.only else KINDS
    reached = [exercise(kind, chosen.kills) for kind in kinds]
    sys.exit(0 if all(reached) else 1)


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


if __name__ == "__main__":
    main()
