"""The clock and the zone of the server, as a test sets them; what we make of them is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo

import pytest
from itsdangerous import TimestampSigner

from portal import clock

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"
ZONES = (SHANGHAI, BERLIN, NEW_YORK)


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """An installation in another zone."""
    before = clock.zone().key
    clock.use_zone(name)
    try:
        yield
    finally:
        clock.use_zone(before)


class SystemClock:
    """Says what the operating system would say; `set` lets it jump."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def set(self, moment: datetime) -> None:
        class Told(datetime):
            """The class of moments, but for what time it is."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return moment.astimezone(tz or UTC)

            combine = datetime.combine

        self._patch.setattr(clock, "datetime", Told)
        seconds = int(moment.timestamp())
        self._patch.setattr(TimestampSigner, "get_timestamp", lambda _: seconds)  # of cookies


@pytest.fixture
def system_clock(monkeypatch: pytest.MonkeyPatch) -> SystemClock:
    return SystemClock(monkeypatch)
