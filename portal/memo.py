"""The last few things worked out, by everything they were worked out from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memo(Generic[Value]):
    """Keeps the values that were asked for last, of which `size` says how much room one takes.

    `most` limits them together; safe to ask from many threads. The key must name everything the
    value depends on: then an entry can be old, but never wrong.
    """

    def __init__(self, *, most: int, size: Callable[[Value], int] = lambda _: 1) -> None:
        self._most, self._size = most, size
        self._held = 0
        self._values: OrderedDict[Hashable, tuple[Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made if it is not there."""
        if found := self._found(key):
            return found[0]
        value = make()
        with self._lock:
            if key not in self._values:  # else another thread has made it meanwhile
                self._keep(key, value)
        return value

    def maybe(self, key: Hashable) -> Value | None:
        """The value of a key, if it is there."""
        found = self._found(key)
        return found[0] if found else None

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value in the place of the one that a key had."""
        with self._lock:
            if before := self._values.pop(key, None):
                self._held -= self._size(before[0])
            self._keep(key, value)

    def _found(self, key: Hashable) -> tuple[Value] | None:
        with self._lock:
            if found := self._values.get(key):  # of large keys the hash takes longest
                self._values.move_to_end(key)
            return found

    def _keep(self, key: Hashable, value: Value) -> None:
        self._values[key] = (value,)
        self._held += self._size(value)
        while self._held > self._most:
            _, (oldest,) = self._values.popitem(last=False)
            self._held -= self._size(oldest)

    def __len__(self) -> int:
        return len(self._values)
