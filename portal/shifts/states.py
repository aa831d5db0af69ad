"""The words of the rota: states of plans, shifts and assignments, as values."""

from __future__ import annotations

from enum import StrEnum


class PlanState(StrEnum):
    """From settings to shifts that people see. A withdrawn plan took its untouched shifts along."""

    DRAFT = "draft"
    SOLVING = "solving"
    PROPOSED = "proposed"
    FAILED = "failed"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class ShiftState(StrEnum):
    """A shift is open from publication on; its end is known by the clock, not by a state."""

    OPEN = "open"
    CANCELLED = "cancelled"


class TurnState(StrEnum):
    """What became of a turn: somebody came, nobody came (or it was cancelled), it lies ahead."""

    TOOK_PLACE = "took_place"
    FELL_OUT = "fell_out"
    PLANNED = "planned"


class Origin(StrEnum):
    """Who put somebody on a shift."""

    PLANNER = "planner"
    SELF = "self"
    COORDINATOR = "coordinator"
    WAITING_LIST = "waiting_list"
    STAND_IN = "stand_in"


class Standing(StrEnum):
    """Where a person stands with a shift; `shifts.transitions` says what may follow what."""

    HELD = "held"  # has a seat, and is responsible for it, also while a stand-in is wanted
    ASKED = "asked"  # signed up where the building's leader approves
    WAITING = "waiting"  # on the waiting list
    OFFERED = "offered"  # a seat came free and is kept until `answer_by`
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LAPSED = "lapsed"  # an offer not answered in time
    REPLACED = "replaced"  # somebody else took over
    ATTENDED = "attended"
    NO_SHOW = "no_show"


SEATED = frozenset({Standing.HELD, Standing.OFFERED, Standing.ATTENDED})  # these fill a seat
LIVE = frozenset({Standing.HELD, Standing.ASKED, Standing.WAITING, Standing.OFFERED})
OVER = frozenset(Standing) - LIVE
