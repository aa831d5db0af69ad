"""The six steps of a warning 六步走 as a table: what may follow what, by whom, with what on paper.

Seen 登录平台, signed for and reported 签收上报, assigned 任务指派, dissuaded at the door 上门劝阻,
replied 平台回告, reviewed 监督回看. Values in, values out; see `domain.md` 1, rows 25 to 49.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Step(StrEnum):
    """How far a warning has come."""

    NEW = "new"
    SEEN = "seen"
    SIGNED = "signed"
    ASSIGNED = "assigned"
    DISSUADED = "dissuaded"
    REPLIED = "replied"
    REVIEWED = "reviewed"


class Move(StrEnum):
    """What somebody does with a warning."""

    SEE = "see"
    SIGN = "sign"
    ASSIGN = "assign"
    VISIT = "visit"
    REPLY = "reply"
    ACCEPT = "accept"
    BACK = "back"


class Risk(StrEnum):
    """How likely and how urgent (domain.md 2.9)."""

    SPECIAL = "special"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class How(StrEnum):
    """How somebody was spoken to."""

    HOME = "home"
    STATION = "station"
    PHONE = "phone"


class Result(StrEnum):
    """What came of speaking to somebody."""

    STOPPED = "stopped"
    UNINSTALLED = "uninstalled"
    DOUBTFUL = "doubtful"
    PAID = "paid"
    NOT_MET = "not_met"


TRANSITIONS: dict[tuple[Step, Move], Step] = {
    (Step.NEW, Move.SEE): Step.SEEN,
    (Step.SEEN, Move.SIGN): Step.SIGNED,
    (Step.SIGNED, Move.ASSIGN): Step.ASSIGNED,
    (Step.ASSIGNED, Move.ASSIGN): Step.ASSIGNED,  # to somebody else; the history keeps both
    (Step.ASSIGNED, Move.VISIT): Step.DISSUADED,
    (Step.ASSIGNED, Move.BACK): Step.SIGNED,  # the visitor cannot go
    (Step.DISSUADED, Move.REPLY): Step.REPLIED,
    (Step.DISSUADED, Move.BACK): Step.ASSIGNED,
    (Step.REPLIED, Move.ACCEPT): Step.REVIEWED,
    (Step.REPLIED, Move.BACK): Step.ASSIGNED,
}
OPEN = tuple(step for step in Step if step is not Step.REVIEWED)
# With these risks a call alone leaves the warning open (domain.md 1, row 49).
NEEDS_MEETING = frozenset({Risk.SPECIAL, Risk.HIGH})


class Field(StrEnum):
    """What may be written down with a move, and what a community may require."""

    COMPANION = "companion"
    MINUTES = "minutes"
    ADVICE = "advice"


FIELDS: dict[Move, tuple[Field, ...]] = {
    Move.ASSIGN: (Field.COMPANION,),
    Move.VISIT: (Field.MINUTES, Field.ADVICE),
}


class Why(StrEnum):
    """Why a move is refused."""

    NOT_NOW = "not_now"
    FIELD_MISSING = "field_missing"
    REASON_MISSING = "reason_missing"
    VISITOR_MISSING = "visitor_missing"
    REPORT_MISSING = "report_missing"
    CHECKLIST = "checklist"
    OWN_VISIT = "own_visit"


@dataclass(frozen=True, kw_only=True)
class Deal:
    """A move with all that is written down with it; `ticked` are the lines of the checklist."""

    move: Move
    by: int
    visitor: int | None = None
    companion: int | None = None
    how: How | None = None
    minutes: int | None = None
    result: Result | None = None
    advice: str = ""
    reason: str = ""
    ticked: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a warning stands when a move is made."""

    step: Step
    risk: Risk
    went: frozenset[int] = frozenset()  # who goes now, and everybody who has gone before
    checklist: tuple[str, ...] = ()  # of this move, as the community wants it
    required: frozenset[Field] = frozenset()  # the same


class Past(NamedTuple):
    """A move of the history; the two who go are those of an assignment."""

    move: Move
    by: int
    visitor: int | None
    companion: int | None


def who_went(history: Iterable[Past]) -> frozenset[int]:
    """Everybody who has been there: who was sent, and who reported, perhaps in their place."""
    went: set[int | None] = set()
    sent: tuple[int | None, ...] = ()
    for past in history:
        if past.move is Move.ASSIGN:
            sent = (past.visitor, past.companion)
        if past.move is Move.VISIT:
            went |= {past.by, *sent}
    return frozenset(person for person in went if person)


def after(now: Standing, deal: Deal) -> Step | Why:
    """The step a warning comes to by a move, or why it may not be made."""
    target = TRANSITIONS.get((now.step, deal.move))
    if target is None:
        return Why.NOT_NOW
    if refusal := _missing(now, deal):
        return refusal
    if deal.move is Move.VISIT and not _counts(now.risk, deal):
        return now.step  # noted, and still to be done
    return target


def _missing(now: Standing, deal: Deal) -> Why | None:
    if deal.move is Move.BACK and not deal.reason:
        return Why.REASON_MISSING
    if deal.move is Move.ASSIGN and deal.visitor is None:
        return Why.VISITOR_MISSING
    if deal.move is Move.VISIT and (deal.how is None or deal.result is None):
        return Why.REPORT_MISSING
    if deal.move is Move.ACCEPT and deal.by in now.went:
        return Why.OWN_VISIT
    if deal.move is Move.VISIT and not _counts(now.risk, deal):
        return None  # an attempt is noted as it was
    if any(getattr(deal, field) in {None, ""} for field in now.required):
        return Why.FIELD_MISSING
    if not set(now.checklist) <= deal.ticked:
        return Why.CHECKLIST
    return None


def _counts(risk: Risk, deal: Deal) -> bool:
    """Whether a report ends the step: somebody was spoken to, and met where that is needed."""
    if deal.result is Result.NOT_MET:
        return False
    return deal.how is not How.PHONE or risk not in NEEDS_MEETING
