"""By when a warning must have come to each step: never later than midnight of the day it came."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.clock import end_of_day, local
from portal.tasks.steps import OPEN, Risk, Step

# Minutes after the warning came by which each step is to be reached; None: the same day. No public
# document gives minutes: these are defaults of our own (domain.md 2.9), for a community to change.
Minutes = dict[Risk, dict[Step, int | None]]
DEFAULT_MINUTES: Minutes = {
    Risk.SPECIAL: {
        Step.SEEN: 3,
        Step.SIGNED: 5,
        Step.ASSIGNED: 10,
        Step.DISSUADED: 30,
        Step.REPLIED: 60,
        Step.REVIEWED: None,
    },
    Risk.HIGH: {
        Step.SEEN: 10,
        Step.SIGNED: 15,
        Step.ASSIGNED: 30,
        Step.DISSUADED: 120,
        Step.REPLIED: 180,
        Step.REVIEWED: None,
    },
    Risk.MEDIUM: {
        Step.SEEN: 15,
        Step.SIGNED: 60,
        Step.ASSIGNED: 120,
        Step.DISSUADED: None,
        Step.REPLIED: None,
        Step.REVIEWED: None,
    },
    Risk.LOW: {
        Step.SEEN: 15,
        Step.SIGNED: 120,
        Step.ASSIGNED: 240,
        Step.DISSUADED: None,
        Step.REPLIED: None,
        Step.REVIEWED: None,
    },
}
# What a warning at a step has to come to next.
NEXT: dict[Step, Step] = dict(zip(OPEN, [*OPEN[1:], Step.REVIEWED], strict=True))
STEPS = tuple(NEXT.values())
FOLLOW_UP = timedelta(hours=24)  # whoever still doubts is seen again within this time
ALARM_EVERY = timedelta(minutes=15)  # from one level to the next above, while nothing happens


def due(received_at: datetime, step: Step, risk: Risk, minutes: Minutes) -> datetime | None:
    """By when a warning at `step` must have come to the next one; None when all is done."""
    if step not in NEXT:
        return None
    midnight = end_of_day(local(received_at).date())
    allowed = minutes[risk][NEXT[step]]
    if allowed is None:
        return midnight
    return min(received_at + timedelta(minutes=allowed), midnight)
