"""People who check off one door after the other, as fast as they are answered."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from tests.bench.browser import Answer, Connection
from tests.crash.check_offs import Books, CheckOff, by_form, from_queue
from tests.crash.stage import Community, Leader

Way = Callable[[Leader, int, int], CheckOff]
COME_AGAIN = {503, 507}
MOMENT = 0.02  # seconds between two tries of somebody who was told to come again


class Wire:
    """A connection that is made anew after it has broken."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: Connection | None = None

    def ask(self, request: bytes) -> Answer:
        """Raises OSError when no whole answer comes."""
        try:
            if self._connection is None:
                self._connection = Connection(self._port)
            return self._connection.ask(request)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


class Senders:
    """One for each leader, in a thread and over a connection of their own.

    What got no answer is sent again until it is acknowledged, by whoever is free; a share of
    `doubled` is put there from the start, so that both copies travel at about the same time. They
    give up after `patience` seconds, however the server fares. `waits` tells of each answer
    its status and its seconds.
    """

    def __init__(
        self,
        community: Community,
        port: int,
        *,
        doubled: float,
        seed: int,
        patience: float,
        ways: Sequence[Way] = (by_form, from_queue),
    ) -> None:
        self.books = Books()
        self.waits: list[tuple[int, float]] = []
        self._ways = ways
        self._community, self._port, self._doubled = community, port, doubled
        self._unsure: list[CheckOff] = []
        self._stopping = False
        self._deadline = time.monotonic() + patience
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, args=(leader, random.Random(seed + n)))  # noqa: S311
            for n, leader in enumerate(community.leaders)
        ]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind:
            self._deadline = 0.0
        self.finish()

    def wait_for(self, count: int) -> bool:
        """Until so many are acknowledged; False when patience ends before."""
        with self._changed:
            left = self._deadline - time.monotonic()
            return self._changed.wait_for(lambda: len(self.books.acknowledged) >= count, left)

    def finish(self) -> None:
        """Begin nothing new, and send what is unsure until everything is acknowledged."""
        self._stopping = True
        for thread in self._threads:
            thread.join()

    # One of them ----------------------------------------------------------------------------------

    def _work(self, leader: Leader, dice: random.Random) -> None:
        wire = Wire(self._port)
        while check_off := self._next(leader, dice):
            asked = time.monotonic()
            try:
                answer = wire.ask(check_off.request)
            except OSError:
                self._not_heard(check_off)
            else:
                self.waits.append((answer.status, time.monotonic() - asked))
                self._heard(check_off, answer)
        wire.close()

    def _next(self, leader: Leader, dice: random.Random) -> CheckOff | None:
        """What is unsure first, then something new; None once there is nothing more to do."""
        with self._changed:
            if time.monotonic() > self._deadline:
                return None
            if self._unsure:
                return self._unsure.pop(0)
            if self._stopping:
                return None
            make = dice.choice(self._ways)
            new = make(leader, self._community.round_id, dice.choice(leader.doors))
            self.books.sent.add(new.id)
            if dice.random() < self._doubled:
                self.books.again += 1
                self._unsure.append(new)
            return new

    def _not_heard(self, check_off: CheckOff) -> None:
        with self._changed:
            self.books.torn += 1
            self._unsure.append(check_off)

    def _heard(self, check_off: CheckOff, answer: Answer) -> None:
        is_kept = check_off.is_acknowledged(answer)
        with self._changed:
            if is_kept:
                self.books.acknowledged.add(check_off.id)
                self._changed.notify_all()
                return
            if answer.status in COME_AGAIN:
                self.books.later += 1
                self._unsure.append(check_off)
            else:
                self.books.refused[f"{answer.status} {answer.text[:200]}"] += 1
        time.sleep(MOMENT)
