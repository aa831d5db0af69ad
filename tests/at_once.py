"""Many requests at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from portal.db import db


def at_once(jobs: Sequence[Callable[[], int]]) -> list[int]:
    """Run requests in threads that start together; their status codes."""
    start, codes = threading.Barrier(len(jobs)), [0] * len(jobs)

    def run(n: int) -> None:
        start.wait()
        codes[n] = jobs[n]()

    db.session.rollback()  # this thread holds nothing while the others write
    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return codes
