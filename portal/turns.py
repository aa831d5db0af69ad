"""A turn to write, shared by all processes on this machine, in the order in which they came.

SQLite's own busy handler is unfair: under 16 writers the unluckiest waited 3.3 s. A lock on a file
lets in one at a time and is let go of by whoever dies. Who may ask for it is told by two numbers
in that file, the last that was drawn and the last that had its turn: the next few ask every
moment, the others only look how the line moves. Without them the 64 writers of `make storm` asked
all the time, chance chose among them, and one in a hundred waited five times as long as the rest.
"""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; SQLite's own lock still holds there
    fcntl = None  # type: ignore[assignment]

LONGEST_WAIT = 8.0  # seconds a request queues for its turn to write before it says "try again"
NEXT = 3  # so many at the head of the line ask for the lock: one alone might be slow to wake
MOMENT = 0.001  # seconds between two looks, for each who is ahead
SHORTEST, LONGEST = 0.25, 20  # moments between two looks
STANDSTILL = 5  # so many moments for each who is ahead: they may be gone, then anybody may ask
CLOSED = -1
_NUMBER = struct.Struct("<Q")
_DRAWN, _SERVED = 0, _NUMBER.size  # where the two numbers stand in the file


class BusyError(Exception):
    """The database could not be reached or locked in time; the same request may be sent again."""


class Queue:
    """One place to wait; each connection to the database has its own.

    The lock alone decides who writes. The numbers only advise when to ask for it, so two that draw
    the same one, somebody who dies in line and a disk too full for them do no harm.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = CLOSED
        self.inside = False

    def enter(self) -> None:
        """Wait for the turn; raises BusyError after LONGEST_WAIT seconds."""
        if self.inside or not hasattr(fcntl, "flock"):
            return
        if self.file == CLOSED:
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        number = self._read(_DRAWN) + 1
        self._write(_DRAWN, number)
        self._wait(number)
        self.inside = True
        if number > self._read(_SERVED):
            self._write(_SERVED, number)

    def _wait(self, number: int) -> None:
        """Until the lock is ours."""
        came = moved = time.monotonic()
        served = self._read(_SERVED)
        while True:
            ahead = number - served - 1
            at = time.monotonic()
            if (ahead < NEXT or at - moved > ahead * STANDSTILL * MOMENT) and self._is_free():
                return
            if at - came > LONGEST_WAIT:
                raise BusyError
            time.sleep(MOMENT * min(max(SHORTEST, ahead), LONGEST))
            before, served = served, self._read(_SERVED)
            if served != before:
                moved = time.monotonic()

    def _is_free(self) -> bool:
        """Whether the lock could be taken; then it is ours."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        if self.inside:
            self.inside = False
            fcntl.flock(self.file, fcntl.LOCK_UN)

    def close(self) -> None:
        self.leave()
        if self.file != CLOSED:
            os.close(self.file)
            self.file = CLOSED

    def _read(self, place: int) -> int:
        found = os.pread(self.file, _NUMBER.size, place)
        return int(_NUMBER.unpack(found)[0]) if len(found) == _NUMBER.size else 0

    def _write(self, place: int, number: int) -> None:
        with suppress(OSError):
            os.pwrite(self.file, _NUMBER.pack(number), place)
