"""Requests go one after the other, but none waits for a slow one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any

import pytest

from portal.pace import MUCH, Pace


class Busy:
    """An application that counts how many are in it; `/slow` stays until it is let go."""

    def __init__(self) -> None:
        self.within = self.most = 0
        self.counting, self.arrived, self.go_on = Lock(), Event(), Event()

    def __call__(self, environ: dict[str, Any], _start: object) -> Iterable[bytes]:
        with self.counting:
            self.within += 1
            self.most = max(self.most, self.within)
        try:
            if environ["PATH_INFO"] == "/slow":
                self.arrived.set()
                assert self.go_on.wait(10)
            if environ["PATH_INFO"] == "/broken":
                raise ValueError
            time.sleep(0.002)  # others would come meanwhile
            return [environ["PATH_INFO"].encode()]
        finally:
            with self.counting:
                self.within -= 1


def ask(pace: Pace, path: str, length: str = "") -> list[bytes]:
    told = {"PATH_INFO": path, "CONTENT_LENGTH": length}
    return list(pace(told, lambda *_: None))  # type: ignore[arg-type, return-value]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.pace.PATIENCE", 10)


@pytest.mark.usefixtures("patient")
def test_requests_go_one_after_the_other() -> None:
    busy = Busy()
    pace = Pace(busy)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(pace, f"/{n}"), range(40)))
    assert answers == [[f"/{n}".encode()] for n in range(40)]
    assert busy.most == 1


@pytest.mark.usefixtures("patient")
def test_a_request_that_fails_lets_the_next_one_in() -> None:
    pace = Pace(Busy())
    with pytest.raises(ValueError, match=r"^$"):
        ask(pace, "/broken")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask, pace, "/next").result(5) == [b"/next"]


def test_nobody_waits_for_a_slow_one() -> None:
    busy = Busy()
    pace = Pace(busy)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, pace, "/slow")
        assert busy.arrived.wait(10)
        assert ask(pace, "/quick") == [b"/quick"]  # while the slow one is still within
        assert busy.within == 1
        busy.go_on.set()
        assert slow.result(10) == [b"/slow"]
    assert ask(pace, "/after") == [b"/after"]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("length", [str(MUCH), "much", "²"])
def test_what_brings_much_keeps_nobody_waiting(length: str) -> None:
    busy = Busy()
    pace = Pace(busy)
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(ask, pace, "/slow", length)
        assert busy.arrived.wait(10)
        assert ask(pace, "/quick") == [b"/quick"]
        assert not batch.done()
        busy.go_on.set()
        batch.result(10)
