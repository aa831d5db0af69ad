"""Turns to write: one at a time, in the order in which they came, and nobody waits for the dead."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from portal import turns
from portal.turns import BusyError, Queue

WAITING = 24


def test_writers_take_turns(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "turns", [], []

    def write() -> None:
        queue = Queue(path)
        queue.enter()
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.002)
        inside.pop()
        queue.leave()
        queue.close()

    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 20


def test_whoever_waits_too_long_is_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.05)
    first, second = Queue(tmp_path / "turns"), Queue(tmp_path / "turns")
    first.enter()
    with pytest.raises(BusyError):
        second.enter()
    first.close()
    second.enter()
    second.close()


def test_who_came_first_writes_first(tmp_path: Path) -> None:
    path, order = tmp_path / "turns", []
    holder = Queue(path)
    holder.enter()

    def write(name: int, queue: Queue) -> None:
        queue.enter()
        order.append(name)
        queue.leave()
        queue.close()

    threads = []
    for name in range(WAITING):
        waiting = Queue(path)
        threads.append(threading.Thread(target=write, args=(name, waiting)))
        threads[-1].start()
        drawn_by_now(holder, name + 2)
    holder.close()
    for thread in threads:
        thread.join()
    moved = sum(abs(place - name) for place, name in enumerate(order))
    assert moved <= WAITING * 3, order  # by chance it would be about 190


def drawn_by_now(queue: Queue, count: int) -> None:
    """Wait until so many stand in line or have stood there."""
    while queue._read(turns._DRAWN) < count:
        time.sleep(0.001)


def test_those_who_died_in_line_hold_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "turns"
    queue = Queue(path)
    queue.enter()
    queue.leave()
    queue._write(turns._DRAWN, 50)  # as many as drew a number and were killed
    queue.enter()
    queue.close()


def test_a_full_disk_keeps_nobody_from_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(turns.os, "pwrite", full)
    queue = Queue(tmp_path / "turns")
    for _ in range(5):
        queue.enter()
        queue.leave()
    queue.close()
