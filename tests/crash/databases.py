"""The databases of a drill: SQLite always, PostgreSQL where one is named, as in the gate."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import databases
from tests.bench.town import ROOT

POSTGRES = "PORTAL_TEST_POSTGRES_URL"
KINDS = ("sqlite", "postgresql") if POSTGRES in os.environ else ("sqlite",)


@contextmanager
def empty_database(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of an empty database of one kind."""
    (ROOT / "instance").mkdir(exist_ok=True)
    # Not in /tmp: that may lie in memory, where a commit costs nothing.
    with tempfile.TemporaryDirectory(prefix="crash-", dir=ROOT / "instance") as folder:
        os.environ.pop(databases.GIVEN, None)
        if kind == "postgresql":
            os.environ[databases.GIVEN] = os.environ[POSTGRES]
        with databases.another(Path(folder)) as url:
            yield Path(folder), url


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
