"""What notices are about, in the few groups by which people choose how to be told."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """One of these for every kind of notice; their order is that of the page."""

    WARNINGS = "warnings"
    SHIFTS = "shifts"  # one's own
    STAND_INS = "stand_ins"  # somebody else needs an answer, or a stand-in
    TASKS = "tasks"
    RESIDENTS = "residents"
    ROSTER = "roster"
    BULLETINS = "bulletins"
    ACCOUNT = "account"  # asked for by the person, so there is nothing to choose
