"""PostgreSQL that hangs: a statement that takes long is told from a database that does not answer.

Neither PostgreSQL nor its driver gives up by itself when the other side stands still: without this
a request waited as long as the database did, and held one of the few threads of its worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.waiting import READY_NONE

SILENCE = 2.0  # seconds without a word, after which somebody asks whether it is still there
Result = TypeVar("Result")


class Connection(psycopg.Connection[Any]):
    """Waits for a statement as long as the database takes new connections, and no longer.

    Raises `psycopg.OperationalError` otherwise, and is closed then.
    """

    def wait(self, gen: Generator[Any, Any, Result], *args: Any, **kwargs: Any) -> Result:
        return super().wait(watched(gen, self._must_answer), *args, **kwargs)

    def _must_answer(self) -> None:
        """Ask by another connection, which has as long as this one had."""
        try:
            psycopg.connect(make_conninfo(self.info.dsn, password=self.info.password)).close()
        except psycopg.OperationalError as error:
            if "FATAL" in str(error):  # it has no room for another one, and says so: it is there
                return
            self.pgconn.finish()
            raise psycopg.OperationalError("the database does not answer") from error


def watched(
    gen: Generator[Any, Any, Result], ask: Callable[[], None]
) -> Generator[Any, Any, Result]:
    """The same generator of the driver, but `ask` is called after each silence.

    The driver tells it several times a second that there is no news.
    """
    heard = time.monotonic()
    try:
        state = next(gen)
        while True:
            news = yield state
            if news != READY_NONE:
                heard = time.monotonic()
            elif time.monotonic() - heard > SILENCE:
                ask()
                heard = time.monotonic()
            state = gen.send(news)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def connect(dialect: object, record: object, args: Any, kwargs: Any) -> Connection:
    """For SQLAlchemy's event `do_connect`."""
    return Connection.connect(*args, **kwargs)
