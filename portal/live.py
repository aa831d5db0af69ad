"""Telling many open pages that something changed, at the price of one small query a second.

A page carries a signed ticket that names a round, or a bulletin, and the places the page shows,
nothing else. Whoever holds it may ask whether the figures have changed; the new figures themselves
come through the ordinary, authorised route. Each worker process keeps one snapshot of each for a
second, so five hundred open pages cost it one query a second.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from threading import Lock
from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from portal.clock import now
from portal.errors import NotFoundError
from portal.memo import Memo

FRESH = timedelta(seconds=1)  # how long a snapshot serves
FORGET = timedelta(minutes=1)  # what nobody has asked about for so long is dropped
MOST_SIGNED = 500  # tickets kept
LIFETIME = timedelta(hours=12)  # of a ticket; an older one sends its page for a new one

Marks = Iterable[tuple[str, int]]  # (path, a number that is another after a change), by path


class Ticket(NamedTuple):
    """What a page watches: what stands at or below these paths in a round, or in a bulletin."""

    community_id: int
    subject_id: int
    paths: tuple[str, ...]


class Seal:
    """Signs tickets, so that nobody can ask about anything without having been shown it."""

    def __init__(self, keys: Sequence[str], *, salt: str) -> None:
        """`keys` from the oldest to the present one, which signs; `salt` says what about."""
        self._serializer = URLSafeTimedSerializer(list(keys), salt=salt)
        self._signed = Memo[str](most=MOST_SIGNED)

    @classmethod
    def of(cls, config: Mapping[str, Any], *, salt: str) -> Seal:
        """With the keys of an application."""
        keys = [*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]]
        return cls(keys, salt=salt)

    def sign(self, ticket: Ticket) -> str:
        """The text of a ticket; whoever looks at the same within ten minutes gets the same."""
        key = (ticket, time.time() // 600)
        return self._signed.get(key, lambda: str(self._serializer.dumps(ticket)))

    def open(self, text: str) -> Ticket:
        """The ticket; raises BadSignature, or SignatureExpired after its lifetime."""
        age = int(LIFETIME.total_seconds())
        community_id, subject_id, paths = self._serializer.loads(text, max_age=age)
        return Ticket(community_id, subject_id, tuple(paths))


class Snapshot:
    """The marks of one subject at one moment, summed so that any range is two look-ups."""

    def __init__(self, marks: Marks, taken: datetime) -> None:
        rows = list(marks)
        self.taken = taken
        self._paths = [path for path, _ in rows]
        self._sums = [0, *accumulate(mark for _, mark in rows)]

    def mark(self, paths: Iterable[str]) -> int:
        """The sum of the marks at or below some paths, none of which lies below another."""
        return sum(self._upto(path[:-1] + "0") - self._upto(path) for path in paths)

    def _upto(self, path: str) -> int:
        return self._sums[bisect_left(self._paths, path)]


class _Watched:
    """One subject that pages are open on."""

    def __init__(self, asked: datetime) -> None:
        self.asked = asked
        self.reading = Lock()
        self.snapshot: Snapshot | None = None

    def is_stale(self, at: datetime) -> bool:
        # abs: a server whose clock was put back must not serve its snapshot until it catches up.
        return self.snapshot is None or abs(at - self.snapshot.taken) >= FRESH


class Board:
    """The snapshots of one worker process; safe to ask from many threads."""

    def __init__(self, read: Callable[[int, int], Marks]) -> None:
        self._read = read
        self._subjects: dict[tuple[int, int], _Watched] = {}
        self._lock = Lock()

    def mark(self, ticket: Ticket, *, at: datetime) -> int:
        """The mark of what a ticket watches, at most a second old."""
        watched = self._watched((ticket.community_id, ticket.subject_id), at)
        if watched.is_stale(at):
            self._refresh(watched, ticket, at)
        assert watched.snapshot is not None  # noqa: S101 - _refresh took one or raised
        return watched.snapshot.mark(ticket.paths)

    def __len__(self) -> int:
        return len(self._subjects)

    def _watched(self, key: tuple[int, int], at: datetime) -> _Watched:
        with self._lock:
            self._forget(at)
            watched = self._subjects.setdefault(key, _Watched(at))
            watched.asked = at
            return watched

    def _forget(self, at: datetime) -> None:
        for key, watched in list(self._subjects.items()):
            if abs(at - watched.asked) > FORGET:
                del self._subjects[key]

    def _refresh(self, watched: _Watched, ticket: Ticket, at: datetime) -> None:
        """Read the marks, unless another thread is at it: then its last snapshot will do."""
        if not watched.reading.acquire(blocking=watched.snapshot is None):
            return
        try:
            if watched.is_stale(at):
                watched.snapshot = Snapshot(self._read(ticket.community_id, ticket.subject_id), at)
        finally:
            watched.reading.release()


def answer(board: Board, seal: Seal, text: str) -> ResponseReturnValue:
    """204 while nothing has changed since what the page has seen; else the new mark.

    It says nothing about anybody. NotFoundError for a ticket that is not ours.
    """
    try:
        mark = news(board, seal, text, seen=request.args.get("seen"), at=now())
    except BadSignature as error:
        raise NotFoundError from error
    return ("", 204) if mark is None else {"version": mark}


def news(board: Board, seal: Seal, text: str, *, seen: str | None, at: datetime) -> str | None:
    """The mark of what a ticket watches, if it is another than `seen`; BadSignature if forged.

    A ticket whose time is over gives an empty mark: its page comes through the ordinary guard for
    a fresh one.
    """
    try:
        mark = str(board.mark(seal.open(text), at=at))
    except SignatureExpired:
        mark = ""
    return None if mark == seen else mark
