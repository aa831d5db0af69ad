"""64 people check off at the same moment, on 16 processes: `python -m tests.crash.storm`.

Nobody may be told of a lock, hardly anybody may wait, and the counters must add up.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.crash.check_offs import by_form
from tests.crash.databases import KINDS, empty_database, say
from tests.crash.senders import Senders
from tests.crash.server import Nest
from tests.crash.stage import Community

WRITERS, TOGETHER = 64, 4  # people, and how many of them share a building
PROCESSES, THREADS = 16, 4
CONNECTIONS = 5  # of a process: else some take more than their threads can serve, others few
WARM_UP = 6.0  # seconds, not clocked: every process reads its templates once
SECONDS = 60.0
LONGEST = 0.5  # seconds within which 99 of 100 are answered
PATIENCE = 60  # seconds for the last answers


@dataclass(frozen=True)
class Report:
    """What the writers met; `counted` is the sum of the counters of all doors. Seconds."""

    acknowledged: int
    refused: tuple[str, ...]
    told_to_wait: int
    unanswered: int
    counted: int
    verified: bool
    rate: float
    median: float
    p99: float
    longest: float

    @property
    def is_clean(self) -> bool:
        wrong = (self.refused, self.told_to_wait, self.unanswered)
        return not any(wrong) and self.counted == self.acknowledged and self.verified


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.crash.storm", description="A storm of writers.")
    parser.add_argument("--only", choices=KINDS, help="one of the two databases")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long (60)")
    chosen = parser.parse_args()
    good = True
    for kind in [chosen.only] if chosen.only else KINDS:
        with empty_database(kind) as (folder, url), Nest() as nest:
            report = storm(folder, nest, url=url, seconds=chosen.seconds)
        say(f"{kind}, load {os.getloadavg()[1]:.0f}: {report}")
        good &= report.is_clean and report.p99 <= LONGEST
    sys.exit(0 if good else 1)


def storm(folder: Path, nest: Nest, *, url: str = "", seconds: float) -> Report:
    """All of them write as fast as they are answered."""
    community = Community(folder, url)
    with community.opened():
        community.settle_in(WRITERS, together=TOGETHER)
        nest.start(
            community.environment, workers=PROCESSES, threads=THREADS, connections=CONNECTIONS
        )
        community.sign_in(nest)
        with Senders(
            community,
            nest.port,
            doubled=0.0,
            seed=WRITERS,
            patience=WARM_UP + seconds + PATIENCE,
            ways=[by_form],
        ) as sending:
            time.sleep(WARM_UP)
            warm_up = len(sending.waits)
            time.sleep(seconds)
            clocked = [wait for _, wait in sending.waits[warm_up:]]
        nest.kill()
        books = sending.books
        return Report(
            acknowledged=len(books.acknowledged),
            refused=tuple(f"{count} x {text}" for text, count in books.refused.items()),
            told_to_wait=books.later,
            unanswered=len(books.sent - books.acknowledged),
            counted=community.attempts(),
            verified=community.is_verified(),
            rate=len(clocked) / seconds,
            median=median(clocked),
            p99=quantiles(clocked, n=100)[98],
            longest=max(clocked),
        )


if __name__ == "__main__":
    main()
