"""The rules of the engine: durability, turns to write, refusals when busy."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import db as rules
from portal.accounts.models import Throttle
from portal.db import db, durability, insert_or_update, table_of, wal_is_safe
from tests.conftest import make_app


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_only_on_a_library_without_the_reset_race(
    version: tuple[int, int, int], *, safe: bool
) -> None:
    assert wal_is_safe(version) is safe
    assert durability(version) == (("wal", "full") if safe else ("delete", "extra"))


@pytest.mark.commits
@pytest.mark.parametrize("version", [(3, 40, 1), (3, 53, 4)])
def test_connections_are_as_durable_as_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(rules, "durability", lambda _: durability(version))
    made = make_app(tmp_path, f"sqlite:///{tmp_path}/rules.sqlite3")
    with made.app_context():
        journal = db.session.scalar(text("PRAGMA journal_mode"))
        synchronous = db.session.scalar(text("PRAGMA synchronous"))
        assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
        db.session.remove()
        db.engine.dispose()
    full, extra = 2, 3
    expected = ("wal", full) if version > (3, 51, 3) else ("delete", extra)
    assert (journal, synchronous) == expected


def test_an_upsert_speaks_both_dialects(app: Flask) -> None:
    table = table_of(Throttle)
    for _ in range(3):
        db.session.execute(
            insert_or_update(
                table,
                key=["key", "window"],
                row={"key": "k", "window": 1, "tries": 1},
                change={"tries": table.c.tries + 1},
            )
        )
    assert db.session.scalar(select(table.c.tries)) == 3
