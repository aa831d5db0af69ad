"""How much of somebody's time the rota may take, and until when they may change their mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a community asks of shifts.

    `rest` lies between the end of one shift and the start of the next (20 h as rotation.md plans);
    shifts that follow on without a break are one stretch of work. Until `cancel` before the start
    a seat is simply given back; later its holder stays responsible until somebody takes over.
    `answer` is how long an offered seat is kept. A reminder comes `remind` before the start: early
    enough to give the seat back.
    """

    rest: timedelta = timedelta(hours=20)
    a_day: int = 2
    cancel: timedelta = timedelta(hours=24)
    answer: timedelta = timedelta(hours=12)

    @property
    def remind(self) -> timedelta:
        return self.cancel + NOTICE


NOTICE = timedelta(hours=6)  # between the reminder and the last moment to give a seat back
WAVE = 5  # people asked to stand in at a time
WAVE_EVERY = timedelta(hours=3)
LATE = timedelta(minutes=30)  # after the start; who has not come by then has left the seat
CHECK_IN = timedelta(hours=2)  # before the start, from which on one may check in


DEFAULT = Limits()
MOST_A_WEEK = 2  # until somebody says otherwise


def hours(length: timedelta) -> int:
    """A length of time in whole hours."""
    return length // timedelta(hours=1)
