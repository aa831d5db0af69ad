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
    `answer` is how long an offered seat is kept.
    """

    rest: timedelta = timedelta(hours=20)
    a_day: int = 2
    cancel: timedelta = timedelta(hours=24)
    answer: timedelta = timedelta(hours=12)


DEFAULT = Limits()
MOST_A_WEEK = 2  # until somebody says otherwise
