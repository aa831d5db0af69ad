"""The full drills: `python -m tests.phones`; what they find is written into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.server import Server
from tests.bench.town import ROOT
from tests.phones.drill import PATIENCE, drain, three_days_without_signal
from tests.phones.gaps import Watcher
from tests.phones.line import BAD
from tests.phones.stage import Report, Stage

PHONES, VISITS = 40, 500
LEADERS, IN_A_SHIFT = 200, 200
SHIFT_GOAL = 30.0  # seconds until all 40,000 visits are confirmed
IDLE = 5.0  # seconds of looking at the gaps before anybody sends


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.phones", description="Drill the phones.")
    parser.add_argument("--only", choices=["days", "shift"], help="one of the two drills")
    only = parser.parse_args().only
    (ROOT / "instance").mkdir(exist_ok=True)
    good = True
    for name, exercise in (("days", three_days), ("shift", after_a_shift)):
        if only in {None, name}:
            # Not in /tmp: that may lie in memory, where a commit costs nothing.
            with tempfile.TemporaryDirectory(prefix="phones-", dir=ROOT / "instance") as folder:
                good &= exercise(Path(folder))
    sys.exit(0 if good else 1)


def three_days(folder: Path) -> bool:
    """40 phones with 500 visits each, 72 hours old, over a bad line."""
    report = three_days_without_signal(folder, phones=PHONES, visits=VISITS, faults=BAD)
    say(f"{PHONES} phones x {VISITS} visits after 72 hours, {BAD}: {report}")
    return report.is_clean and report.slowest <= PATIENCE


def after_a_shift(folder: Path) -> bool:
    """200 leaders send 200 visits each at the same moment, while somebody looks at the gaps."""
    stage = Stage(folder)
    with stage.opened():
        stage.furnish(LEADERS, IN_A_SHIFT, seed=LEADERS, together=1)
        environment = {**os.environ, **stage.settings.environment()}
        with (
            Server(environment, application="wsgi:app") as server,
            Watcher(server.port, stage.coordinator, stage.round_id) as watcher,
        ):
            idle = watcher.median_for(IDLE)
            started, worked = time.monotonic(), server.processor()
            drain(stage.phones, server.port)
            seconds, worked = time.monotonic() - started, server.processor() - worked
            busy = watcher.median_since(started)
        report: Report = stage.report()
    say(
        f"{LEADERS} leaders x {IN_A_SHIFT} visits confirmed in {seconds:.1f} s (goal {SHIFT_GOAL}),"
        f" {worked:.1f} s of processor in the server;"
        f" the gaps took {idle * 1000:.0f} ms before and {busy * 1000:.0f} ms meanwhile: {report}"
    )
    return report.is_clean and seconds <= SHIFT_GOAL and busy <= 2 * idle


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
