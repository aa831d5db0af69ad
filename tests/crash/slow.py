"""The database stands still, is cut off, loses its backends: `python -m tests.crash.slow`.

On PostgreSQL alone, named by PORTAL_TEST_POSTGRES_URL. Each request must end in time, and the
server must find back by itself.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.crash.cable import Cable
from tests.crash.databases import KINDS, empty_database, say
from tests.crash.drill import Report, report
from tests.crash.senders import Senders
from tests.crash.server import Nest
from tests.crash.stage import Community

LEADERS = 6  # fewer than the server has threads: nobody waits for somebody else's wait
STALL = 30.0  # seconds
CUTS, APART = 20, 0.3  # times, and seconds between two
BEFORE = 2.0  # seconds of quiet work before each trouble
LONGEST, BACK_IN = 10.0, 10.0  # seconds, the goals
PATIENCE = 300  # seconds for everything


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble: the longest request meanwhile, and the time to recover. Seconds."""

    name: str
    answered: int
    told_to_wait: int
    longest: float
    back_in: float

    @property
    def is_reached(self) -> bool:
        return self.longest <= LONGEST and self.back_in <= BACK_IN


def main() -> None:
    if "postgresql" not in KINDS:
        sys.exit('This drill is about PostgreSQL: eval "$(.ci/postgres start)" first.')
    with empty_database("postgresql") as (folder, url), Nest(quiet=True) as nest:
        troubles, books = endure(folder, nest, url)
    for trouble in troubles:
        say(str(trouble))
    say(f"load {os.getloadavg()[1]:.0f}: {books}")
    sys.exit(0 if books.is_clean and all(one.is_reached for one in troubles) else 1)


def endure(folder: Path, nest: Nest, url: str) -> tuple[Sequence[Trouble], Report]:
    """Every trouble in turn while leaders check off."""
    known = make_url(url)
    assert known.port
    community = Community(folder, url)
    with community.opened(), Cable(known.port) as cable:
        through = known.set(port=cable.port).render_as_string(hide_password=False)
        community.environment["PORTAL_DATABASE_URL"] = through
        community.settle_in(LEADERS)
        nest.start(community.environment)
        community.sign_in(nest)
        kinds: dict[str, Callable[[], None]] = {
            f"a stall of {STALL:.0f} s": lambda: stall(cable),
            f"{CUTS} cuts": lambda: repeat(cable.cut),
            f"all backends killed {CUTS} times": lambda: repeat(lambda: kill_backends(url)),
        }
        with Senders(community, nest.port, doubled=0.1, seed=LEADERS, patience=PATIENCE) as sending:
            troubles = [meet(name, trouble, sending) for name, trouble in kinds.items()]
        nest.kill()
        return troubles, report(community, sending.books, ())


def meet(name: str, trouble: Callable[[], None], sending: Senders) -> Trouble:
    """Let one kind of trouble happen, and clock what the senders meet."""
    time.sleep(BEFORE)
    first, later = len(sending.waits), sending.books.later
    trouble()
    over, acknowledged = time.monotonic(), len(sending.books.acknowledged)
    sending.wait_for(acknowledged + LEADERS)
    back_in = time.monotonic() - over
    time.sleep(BEFORE)
    waits = [seconds for _, seconds in sending.waits[first:]]
    return Trouble(name, len(waits), sending.books.later - later, max(waits), back_in)


def stall(cable: Cable) -> None:
    cable.stall()
    time.sleep(STALL)
    cable.flow()


def repeat(trouble: Callable[[], None]) -> None:
    for _ in range(CUTS):
        trouble()
        time.sleep(APART)


def kill_backends(url: str) -> None:
    """What an administrator or a failing server does to everybody who is connected."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with suppress(psycopg.OperationalError), psycopg.connect(plain) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )


if __name__ == "__main__":
    main()
