"""The words of the rota in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from flask_babel import LazyString, gettext, lazy_gettext

from portal.shifts.eligibility import Why
from portal.shifts.rota_queries import Crewed
from portal.shifts.states import Origin, Standing, TurnState

WHYS: dict[Why, LazyString] = {
    Why.CANCELLED: lazy_gettext("This shift has been cancelled."),
    Why.CLOSED: lazy_gettext(
        "It is too late: this shift is over or its time to answer has passed."
    ),
    Why.NOT_IN_AREA: lazy_gettext("This shift is outside the estates you serve."),
    Why.ALREADY: lazy_gettext("You are signed up for this shift already."),
    Why.OWN_BUILDING: lazy_gettext("You live in this building: others go there."),
    Why.LEAVE: lazy_gettext("You are on leave that day."),
    Why.OVERLAP: lazy_gettext("You have another shift at that time."),
    Why.TOO_CLOSE: lazy_gettext("Too close to another shift of yours: rest in between."),
    Why.LIMIT: lazy_gettext("You have as many shifts that week or day as you may."),
    Why.NOT_QUALIFIED: lazy_gettext("The last place is kept for a leader or a special skill."),
    Why.FULL: lazy_gettext("All places are taken."),
}
# The same in a word or two, for a list.
SHORT: dict[Why, LazyString] = {
    Why.CANCELLED: lazy_gettext("cancelled"),
    Why.CLOSED: lazy_gettext("over"),
    Why.NOT_IN_AREA: lazy_gettext("not your area"),
    Why.ALREADY: lazy_gettext("yours"),
    Why.OWN_BUILDING: lazy_gettext("your own building"),
    Why.LEAVE: lazy_gettext("you are on leave"),
    Why.OVERLAP: lazy_gettext("at the time of another shift of yours"),
    Why.TOO_CLOSE: lazy_gettext("too close to another shift of yours"),
    Why.LIMIT: lazy_gettext("enough for that week"),
    Why.NOT_QUALIFIED: lazy_gettext("kept for a leader or a skill"),
}
# Nothing that stands in the way: people may take what lies outside the hours they gave.
OUTSIDE = lazy_gettext("outside the hours you gave")
# The same of others, for the coordinator who assigns them.
OTHERS: dict[Why, LazyString] = {
    Why.CANCELLED: lazy_gettext("the shift has been called off"),
    Why.CLOSED: lazy_gettext("the shift is over"),
    Why.NOT_IN_AREA: lazy_gettext("serves in other estates"),
    Why.ALREADY: lazy_gettext("takes part already"),
    Why.OWN_BUILDING: lazy_gettext("lives in this building"),
    Why.LEAVE: lazy_gettext("is on leave that day"),
    Why.OVERLAP: lazy_gettext("has another shift at that time"),
    Why.TOO_CLOSE: lazy_gettext("has another shift too close to it"),
    Why.LIMIT: lazy_gettext("has enough shifts that week or day"),
    Why.NOT_QUALIFIED: lazy_gettext("the last place is kept for a leader or a skill"),
    Why.FULL: lazy_gettext("all places are taken"),
}
SKILLS: dict[str, LazyString] = {
    "officer": lazy_gettext("police liaison"),
    "leader": lazy_gettext("leader"),
    "experienced": lazy_gettext("experienced"),
}
ORIGINS: dict[Origin, LazyString] = {
    Origin.PLANNER: lazy_gettext("by the plan"),
    Origin.SELF: lazy_gettext("signed up"),
    Origin.COORDINATOR: lazy_gettext("assigned by hand"),
    Origin.WAITING_LIST: lazy_gettext("from the waiting list"),
    Origin.STAND_IN: lazy_gettext("stands in"),
}
CREWED: dict[Crewed, LazyString] = {
    Crewed.NOBODY: lazy_gettext("Without a crew"),
    Crewed.SHORT: lazy_gettext("Somebody is missing"),
    Crewed.MISSING: lazy_gettext("Seats missing"),
    Crewed.STAND_IN: lazy_gettext("Stand-in wanted"),
    Crewed.FULL: lazy_gettext("Full crew"),
}
# What is said when somebody has signed up, or has given something back.
SIGNED_UP: dict[Standing, LazyString] = {
    Standing.HELD: lazy_gettext("You are signed up."),
    Standing.ASKED: lazy_gettext("Asked: the building's leader will answer."),
    Standing.WAITING: lazy_gettext(
        "You are on the waiting list. We tell you when a place is free."
    ),
}
TAKEN_BACK: dict[Standing, LazyString] = {
    Standing.HELD: lazy_gettext("Given back. Perhaps another time suits you?"),
    Standing.ASKED: lazy_gettext("Your question has been taken back."),
    Standing.WAITING: lazy_gettext("You no longer wait for this shift."),
}
STANDINGS: dict[Standing, LazyString] = {
    Standing.HELD: lazy_gettext("You are signed up."),
    Standing.ASKED: lazy_gettext(
        "You have asked for this shift; the building's leader will answer."
    ),
    Standing.WAITING: lazy_gettext("You are on the waiting list."),
    Standing.OFFERED: lazy_gettext("A place has come free for you."),
    Standing.ATTENDED: lazy_gettext("You have checked in."),
    Standing.NO_SHOW: lazy_gettext("Nobody noted that you came. Are you here? Then check in."),
}
BUTTONS: dict[str, LazyString] = {
    "take": lazy_gettext("Sign up"),
    "ask": lazy_gettext("Ask for it"),
    "wait": lazy_gettext("Wait for a place"),
}
RINGS = (lazy_gettext("In my building"), lazy_gettext("In my estate"), lazy_gettext("Farther away"))
# The same of others, for their leader.
CREW: dict[Standing, LazyString] = {
    Standing.HELD: lazy_gettext("has a place"),
    Standing.ASKED: lazy_gettext("asks for a place"),
    Standing.WAITING: lazy_gettext("waits for a place"),
    Standing.OFFERED: lazy_gettext("has been offered a place"),
    Standing.ATTENDED: lazy_gettext("came"),
    Standing.NO_SHOW: lazy_gettext("did not come"),
}
# The same of one's own, for a list.
OWN: dict[Standing, LazyString] = {
    Standing.HELD: lazy_gettext("signed up"),
    Standing.ASKED: lazy_gettext("asked, no answer yet"),
    Standing.WAITING: lazy_gettext("on the waiting list"),
    Standing.OFFERED: lazy_gettext("a place is free for you: please answer"),
    Standing.ATTENDED: lazy_gettext("checked in"),
}
WEEKDAYS = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
BAND_NAMES: dict[str, LazyString] = {
    "08:00-12:00": lazy_gettext("morning"),
    "12:00-18:00": lazy_gettext("afternoon"),
    "18:00-21:00": lazy_gettext("evening"),
}
TURNS: dict[TurnState, LazyString] = {
    TurnState.TOOK_PLACE: lazy_gettext("took place"),
    TurnState.FELL_OUT: lazy_gettext("fell out"),
    TurnState.PLANNED: lazy_gettext("planned"),
}
# The same of one's own part in it.
OWN_TURNS: dict[TurnState, LazyString] = {
    TurnState.TOOK_PLACE: lazy_gettext("served"),
    TurnState.FELL_OUT: lazy_gettext("nobody noted that you came"),
    TurnState.PLANNED: lazy_gettext("planned"),
}


@lru_cache(maxsize=50)
def signed_up(standing: Standing, _locale: str) -> str:
    """What is said to whoever has signed up, looked up once for each language."""
    return str(SIGNED_UP[standing])


@lru_cache(maxsize=50)
def taken_back(standing: Standing, _locale: str) -> str:
    """What is said to whoever has given something back, looked up once for each language."""
    return str(TAKEN_BACK[standing])


def skills(words: Iterable[str]) -> str:
    """Skills in words, with commas in between."""
    return str(gettext(", ")).join(str(SKILLS.get(word, word)) for word in words)
