"""Many requests at the same moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import text

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


@contextmanager
def in_line(*jobs: Callable[[], int]) -> Iterator[list[int]]:
    """Requests that wait for what this thread holds until the block lets go; then their codes.

    On PostgreSQL each has come as far as it gets before the next one starts. On SQLite no request
    that changes something begins at all, and any of them may be the first.
    """
    codes: list[int] = []
    with ThreadPoolExecutor(len(jobs)) as threads:
        waiting: list[Future[int]] = []
        for job in jobs:
            waiting.append(threads.submit(job))
            _let_them_come(waiting)
        yield codes
        codes += [job.result(timeout=60) for job in waiting]


def _let_them_come(jobs: Sequence[Future[int]]) -> None:
    """Go on when every request waits for a lock, or has been answered."""
    if db.engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + 20
    while sum(job.done() for job in jobs) + _waiting() < len(jobs):
        assert time.monotonic() < deadline, "a request neither ended nor met the lock"
        time.sleep(0.02)


def _waiting() -> int:
    """How many connections to this PostgreSQL database wait for a lock."""
    with db.engine.connect() as connection:
        return connection.scalar(_WAITING) or 0


_WAITING = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)
