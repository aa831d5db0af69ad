"""A database that hangs is given up; one that only works long is waited for."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest
from psycopg.waiting import READY_NONE, READY_R
from sqlalchemy import make_url

from portal import stalls
from portal.db import engine_options
from portal.stalls import Connection, watched
from tests.crash.cable import Cable


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "SILENCE", 0.05)


def until_ready() -> Generator[str, int, str]:
    while (yield "wait") != READY_R:
        pass
    return "the answer"


def test_nobody_is_asked_while_there_is_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "SILENCE", 60)
    waiting = watched(until_ready(), lambda: pytest.fail("asked"))
    assert next(waiting) == "wait"
    assert waiting.send(READY_NONE) == "wait"
    with pytest.raises(StopIteration) as end:
        waiting.send(READY_R)
    assert end.value.value == "the answer"


def test_after_each_silence_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "SILENCE", -1)
    asked: list[int] = []
    waiting = watched(until_ready(), lambda: asked.append(1))
    next(waiting)
    for _ in range(3):
        waiting.send(READY_NONE)
    assert len(asked) == 3


def test_a_long_statement_is_waited_for_and_a_hanging_database_given_up(
    another_database: str,
) -> None:
    url = make_url(another_database)
    if url.get_backend_name() != "postgresql":  # a file does not hang: there is nobody to ask
        assert "connect_timeout" not in engine_options(another_database)["connect_args"]
        return
    assert url.port
    plain = url.set(drivername="postgresql", query={"connect_timeout": "2"})
    with Cable(url.port) as cable:
        address = plain.set(port=cable.port).render_as_string(hide_password=False)
        with Connection.connect(address, autocommit=True) as connection:
            connection.execute("select pg_sleep(0.5)")
            cable.stall()
            with pytest.raises(psycopg.OperationalError, match="does not answer"):
                connection.execute("select 1")
            assert connection.closed
