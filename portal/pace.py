"""One request after the other within a process, as long as that makes nobody wait.

Python runs one thread at a time, and with every question to the embedded database it hands over to
the next. Four requests at once so change places fifty times each and find nothing where they left
it: together they take half as long again as one after the other. A request that brings much, a file
or what a phone has gathered, takes long: it is worked at beside the others as ever, and so is one
that turns out to take longer than `PATIENCE`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.05  # seconds of one request; a check-off that waits for its turn takes a fifth of it
MUCH = 4096  # bytes; a form of ours has a few hundred


class Pace:
    """Stands before the application of one process."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._floor = Lock()
        self._taken = 0.0  # when the one who has the floor took it

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        alone = _length(environ) < MUCH and self._takes_floor()
        try:
            return self._application(environ, start)
        finally:
            if alone:
                self._floor.release()

    def _takes_floor(self) -> bool:
        """Wait for those who are quick; whether the floor is ours, or somebody slow has it."""
        while True:
            taken = self._taken
            if self._floor.acquire(timeout=max(0, taken + PATIENCE - time.monotonic())):
                self._taken = time.monotonic()
                return True
            if self._taken == taken:
                return False


def _length(environ: WSGIEnvironment) -> int:
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() else MUCH
