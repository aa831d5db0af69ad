"""A coordinator who looks at the gaps twice a second, and how long each look takes."""

from __future__ import annotations

import http.client
import threading
import time
from statistics import median
from types import TracebackType

EVERY = 0.5  # seconds between two looks


class Watcher:
    """Asks for the page of the gaps until the `with` block ends."""

    def __init__(self, port: int, cookie: str, round_id: int) -> None:
        self._port, self._cookie, self._path = port, cookie, f"/rounds/{round_id}/gaps"
        self._looks: list[tuple[float, float]] = []  # (when it began, seconds)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look_on)

    def __enter__(self) -> Watcher:
        for _ in range(10):
            self._look()  # the first ones meet a server that is still starting
        self._looks.clear()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def median_for(self, seconds: float) -> float:
        """The median look of the next seconds."""
        started = time.monotonic()
        time.sleep(seconds)
        return self.median_since(started)

    def median_since(self, moment: float) -> float:
        return median(took for began, took in self._looks if began >= moment)

    def _look_on(self) -> None:
        while not self._end.wait(EVERY):
            self._look()

    def _look(self) -> None:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request("GET", self._path, headers={"Cookie": self._cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the gaps were answered {answer.status}")
        self._looks.append((began, time.monotonic() - began))
        connection.close()
