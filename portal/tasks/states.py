"""The closed lists of the tasks: kinds, outcomes, deeds."""

from __future__ import annotations

from enum import StrEnum


class TaskKind(StrEnum):
    """What has to be done. The first three are made by people, the others follow from elsewhere."""

    CALL_BACK = "call_back"  # ring somebody
    DATA = "data"  # something about a home has to be found out or put right
    DECISION = "decision"  # what a meeting decided
    APPOINTMENT = "appointment"  # an agreed time at a door
    FOUND = "found"  # a home nobody had listed, or a report that waits
    WARNING = "warning"  # a step of a warning
    RESIDENT = "resident"  # a resident asks, reports or tips
    STAND_IN = "stand_in"  # a shift whose holder cannot come
    RELAY = "relay"  # a bulletin waits to be relayed


MADE = (TaskKind.DECISION, TaskKind.DATA, TaskKind.CALL_BACK)


class TaskState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class TaskOutcome(StrEnum):
    """How a task ended; that it could not be done is as welcome an answer as any."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    NOT_POSSIBLE = "not_possible"

    @property
    def needs_reason(self) -> bool:
        return self is not TaskOutcome.DONE


class Deed(StrEnum):
    """What happened to a task."""

    MADE = "made"
    ASSIGNED = "assigned"
    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    RETURNED = "returned"
    ANSWERED = "answered"
    ASKED_AGAIN = "asked_again"
    SPLIT = "split"
    CLOSED = "closed"
