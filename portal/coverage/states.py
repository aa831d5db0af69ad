"""The seven states of a door, the outcomes of a visit, and what each means (laws 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Every door of a round is in exactly one of these; the order is the order of every list."""

    NOT_TRIED = "not_tried"
    TRIED = "tried"
    PART_COVERED = "part_covered"
    COVERED = "covered"
    REFUSED = "refused"
    VACANT = "vacant"
    EXCLUDED = "excluded"


GAPS = frozenset({State.NOT_TRIED, State.TRIED, State.PART_COVERED})
RESULTS = frozenset(State) - GAPS


def to_do(counts: Mapping[State, int]) -> int:
    """How many of some doors, counted by state, are still to do."""
    return sum(counts[state] for state in GAPS)


class Outcome(StrEnum):
    """What a visitor found (codes of domain.md 2.5)."""

    MET = "met"
    MET_PARTIAL = "met_partial"
    PHONE = "phone"
    ONLINE = "online"
    NOTE_LEFT = "note_left"
    NOT_HOME = "not_home"
    REFUSED = "refused"
    APPOINTMENT = "appointment"
    VACANT = "vacant"
    TENANT_CHANGED = "tenant_changed"
    MOVED = "moved"
    NON_RESIDENTIAL = "non_residential"
    BAD_ADDRESS = "bad_address"


# One key each, printed beside the boxes of the paper sheet and typed on the keying page.
KEYS: dict[Outcome, str] = {
    Outcome.MET: "1",
    Outcome.NOT_HOME: "2",
    Outcome.MET_PARTIAL: "3",
    Outcome.NOTE_LEFT: "4",
    Outcome.PHONE: "5",
    Outcome.REFUSED: "6",
    Outcome.VACANT: "7",
    Outcome.APPOINTMENT: "8",
    Outcome.ONLINE: "9",
    Outcome.TENANT_CHANGED: "0",
    Outcome.MOVED: "A",
    Outcome.NON_RESIDENTIAL: "B",
    Outcome.BAD_ADDRESS: "C",
}
MOST_PEOPLE = 50  # in one household; larger numbers are slips of the finger
CONTACTS = frozenset({Outcome.MET, Outcome.MET_PARTIAL, Outcome.PHONE, Outcome.ONLINE})
FACE_TO_FACE = frozenset({Outcome.MET, Outcome.MET_PARTIAL})
# Whoever was told has left: what is known about the household starts afresh.
HOUSEHOLD_LEFT = frozenset({Outcome.TENANT_CHANGED, Outcome.MOVED})
# The visitor thinks this door does not count; it stays a gap until somebody else approves.
EXCUSES = frozenset({Outcome.NON_RESIDENTIAL, Outcome.BAD_ADDRESS})

# The visitor found that the roster is wrong about this home: somebody has to mend it.
ROSTER_DOUBTS = HOUSEHOLD_LEFT | EXCUSES


class Kind(StrEnum):
    """What an event is. A visit that names another event corrects it."""

    VISIT = "visit"
    UNDO = "undo"
    EXCLUSION_ASKED = "exclusion_asked"
    EXCLUSION_APPROVED = "exclusion_approved"
    EXCLUSION_DECLINED = "exclusion_declined"


class Pending(StrEnum):
    """An excuse that waits for a second person; the door is a gap until then."""

    NONE = ""
    VACANCY = "vacancy"
    EXCLUSION = "exclusion"


class Reason(StrEnum):
    """Why a door is left out of the count, as an approver reads it."""

    NON_RESIDENTIAL = "non_residential"
    BAD_ADDRESS = "bad_address"
    DEMOLISHED = "demolished"
    UNREACHABLE = "unreachable"
    OTHER = "other"
