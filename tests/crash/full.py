"""The disk is full, and free again, a hundred times: `python -m tests.crash.full`.

Nothing acknowledged is lost, people can read meanwhile, and whoever writes soon hears that it did
not work. The disk is a piece of memory that exists for this process and its children alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.crash.databases import say
from tests.crash.drill import Report, report
from tests.crash.senders import COME_AGAIN, Senders
from tests.crash.server import Nest
from tests.crash.stage import Community

CYCLES = 100
SIZE = 48  # megabytes of the disk
LEADERS = 4
FULL, FREE = 1.0, 0.5  # seconds for which the disk stays so
REFUSED_IN, HEALED_IN = 2.0, 5.0  # seconds, the goals
PATIENCE = 900  # seconds for everything
BLOCK = bytes(65536)
INSIDE = "--inside"


@dataclass(frozen=True)
class Fullness:
    """How the full disk was met. Seconds."""

    cycles: int
    refusals: int
    slowest_refusal: float
    reads: int
    failed_reads: int
    healed: float  # from free space to the next acknowledgement: median
    healed_at_last: float  # and the longest
    books: Report

    @property
    def is_reached(self) -> bool:
        in_time = self.slowest_refusal <= REFUSED_IN and self.healed_at_last <= HEALED_IN
        met = self.cycles >= CYCLES and self.refusals and not self.failed_reads
        return bool(met) and in_time and self.books.is_clean


def main() -> None:
    if INSIDE not in sys.argv:
        command = ("unshare", "--user", "--map-root-user", "--mount")
        os.execvp(command[0], [*command, sys.executable, "-m", "tests.crash.full", INSIDE])  # noqa: S606
    with tempfile.TemporaryDirectory(prefix="full-") as folder, Nest(quiet=True) as nest:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "none", folder]
        subprocess.run(mount, check=True)  # noqa: S603 - our own command
        try:
            found = fill_and_free(Path(folder), nest)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S603, S607
    say(f"load {os.getloadavg()[1]:.0f}: {found}")
    sys.exit(0 if found.is_reached else 1)


def fill_and_free(folder: Path, nest: Nest) -> Fullness:
    """So many cycles while leaders check off and somebody looks at the plan."""
    community = Community(folder)
    with community.opened():
        community.settle_in(LEADERS)
        nest.start(community.environment)
        community.sign_in(nest)
        sending = Senders(community, nest.port, doubled=0.1, seed=CYCLES, patience=PATIENCE)
        with sending, Reader(community) as reader:
            healed = [seconds for _ in range(CYCLES) for seconds in cycle(folder, sending)]
        nest.kill()
        refusals = [wait for status, wait in sending.waits if status in COME_AGAIN]
        return Fullness(
            cycles=len(healed),
            refusals=len(refusals),
            slowest_refusal=max(refusals, default=0.0),
            reads=reader.reads,
            failed_reads=reader.failed,
            healed=median(healed or [0.0]),
            healed_at_last=max(healed, default=0.0),
            books=report(community, sending.books, ()),
        )


def cycle(folder: Path, sending: Senders) -> Iterator[float]:
    """Fill the disk, wait, free it; seconds until something is acknowledged again."""
    with filled(folder / "filler"):
        time.sleep(FULL)
    before, freed = len(sending.books.acknowledged), time.monotonic()
    if sending.wait_for(before + 1):
        yield time.monotonic() - freed
        time.sleep(FREE)


@contextmanager
def filled(path: Path) -> Iterator[None]:
    """Every byte of the disk is taken, also those that are given back meanwhile."""
    ended = threading.Event()

    def fill() -> None:
        with path.open("ab", buffering=0) as file:
            while not ended.is_set():
                for size in (len(BLOCK), 1):
                    with suppress(OSError):
                        while file.write(BLOCK[:size]):
                            pass
                ended.wait(0.05)

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        yield
    finally:
        ended.set()
        filler.join()
        path.unlink()


class Reader:
    """Somebody who looks at the floor plan again and again until the `with` block ends."""

    def __init__(self, community: Community) -> None:
        self.reads = self.failed = 0
        self._leader = community.leaders[0]
        self._path = f"/rounds/{community.round_id}/plan/{self._leader.building}"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read_on)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _read_on(self) -> None:
        while not self._ended.wait(0.1):
            self.reads += 1
            try:
                self._leader.browser.get(self._path)
            except (OSError, RuntimeError) as error:
                self.failed += 1
                say(f"a read failed: {error}")


if __name__ == "__main__":
    main()
