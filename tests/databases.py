"""Where tests keep their data: in SQLite files of their own, or in the PostgreSQL they are given.

Tests that run side by side share nothing: on PostgreSQL each worker has a database of its own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from portal.db import Base
from portal.db import db as database

GIVEN = "PORTAL_TEST_URL"


def address(folder: Path) -> str:
    """The PostgreSQL that these tests were given, or else an SQLite file in a folder."""
    return os.environ.get(GIVEN, f"sqlite:///{folder}/test.sqlite3")


@contextmanager
def another(folder: Path) -> Iterator[str]:
    """The address of an empty database that nobody else uses, on the same server."""
    given = os.environ.get(GIVEN)
    if given is None:
        yield f"sqlite:///{folder}/{secrets.token_hex(4)}.sqlite3"
        return
    url = make_url(given).set(database=f"bulou_test_{secrets.token_hex(4)}")
    server = create_engine(given, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {url.database}"))
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {url.database}"))
    server.dispose()


def take_own() -> Callable[[], None]:
    """Let this process and all it starts use another PostgreSQL database; how to give it back."""
    if GIVEN not in os.environ:
        return lambda: None
    stack = ExitStack()
    mine = stack.enter_context(another(Path()))
    os.environ[GIVEN] = mine
    return stack.close


def empty() -> None:
    """Take back what was committed. The tables stay: to make them anew costs far more."""
    with database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
