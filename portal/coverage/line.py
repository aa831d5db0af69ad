"""Phones that all want to send at the end of a shift stand in line outside the server."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

SHORTEST, LONGEST = 1, 60  # seconds between two tries of a phone
USUAL = 0.1  # seconds that a batch takes, until some have been measured
RECENT = 8  # batches whose time counts for the next


class Line:
    """In a worker one batch is entered and one waits; the others hear when their turn is about due.

    So other pages find free threads, nothing is locked in the database before it is somebody's
    turn, and whoever is turned away does not come back in vain, which would cost as much again.
    """

    def __init__(self, takes: float = USUAL) -> None:
        self.room = threading.BoundedSemaphore(2)
        self._turn, self._book = threading.Lock(), threading.Lock()
        self._takes = takes
        self._due = 0.0  # when everybody told so far will have had their turn

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the one before, and measure how long it then takes."""
        with self._turn:
            began = monotonic()
            yield
            self._takes += (monotonic() - began - self._takes) / RECENT

    def come_again(self) -> int:
        """Seconds after which somebody who found no room has a turn, behind all told before.

        Half a turn is counted for each: who comes early tries once more, who comes late leaves the
        server idle.
        """
        with self._book:
            at = monotonic()
            self._due = max(self._due, at) + self._takes / 2
            return min(LONGEST, max(SHORTEST, math.ceil(self._due - at)))
