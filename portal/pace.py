"""One request after the other within a process, as long as that makes nobody wait.

Python runs one thread at a time, and with every question to the embedded database it hands over to
the next. Four requests at once so change places fifty times each and find nothing where they left
it: together they take half as long again as one after the other. Who takes longer than `PATIENCE`,
for a file or for their turn to write, is worked at beside the others as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.05  # seconds; four check-offs take half of it


class Pace:
    """Stands before the application of one process."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._floor = Lock()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        alone = self._floor.acquire(timeout=PATIENCE)
        try:
            return self._application(environ, start)
        finally:
            if alone:
                self._floor.release()
