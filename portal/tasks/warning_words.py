"""Warnings in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.clock import local
from portal.outbox.topics import Topic
from portal.outbox.wording import Message, Sight, tells, tells_groups
from portal.tasks import warning_queries
from portal.tasks.fates import Fate
from portal.tasks.steps import Field, How, Move, Result, Risk, Step, Why
from portal.tasks.warning_models import Method
from portal.tasks.warning_queries import Search

RISKS: dict[Risk, LazyString] = {
    Risk.SPECIAL: lazy_gettext("Special risk"),
    Risk.HIGH: lazy_gettext("High risk"),
    Risk.MEDIUM: lazy_gettext("Medium risk"),
    Risk.LOW: lazy_gettext("Low risk"),
}
STEPS: dict[Step, LazyString] = {
    Step.NEW: lazy_gettext("New"),
    Step.SEEN: lazy_gettext("Seen"),
    Step.SIGNED: lazy_gettext("Signed for and reported"),
    Step.ASSIGNED: lazy_gettext("Assigned"),
    Step.DISSUADED: lazy_gettext("Dissuaded at the door"),
    Step.REPLIED: lazy_gettext("Replied"),
    Step.REVIEWED: lazy_gettext("Reviewed"),
}
MOVES: dict[Move, LazyString] = {
    Move.SEE: lazy_gettext("I have seen it"),
    Move.SIGN: lazy_gettext("Sign for it and report it up"),
    Move.ASSIGN: lazy_gettext("Assign it"),
    Move.VISIT: lazy_gettext("Report the visit"),
    Move.REPLY: lazy_gettext("Reply to the platform"),
    Move.ACCEPT: lazy_gettext("Reviewed and in order"),
    Move.BACK: lazy_gettext("Send it back"),
}
HOWS: dict[How, LazyString] = {
    How.HOME: lazy_gettext("Met at home"),
    How.STATION: lazy_gettext("Met at the police station"),
    How.PHONE: lazy_gettext("By telephone"),
}
RESULTS: dict[Result, LazyString] = {
    Result.STOPPED: lazy_gettext("Has stopped"),
    Result.UNINSTALLED: lazy_gettext("Has stopped and removed the software"),
    Result.DOUBTFUL: lazy_gettext("Still doubtful"),
    Result.PAID: lazy_gettext("Has already paid"),
    Result.NOT_MET: lazy_gettext("Not met"),
}
METHODS: dict[Method, LazyString] = {
    Method.BRUSHING: lazy_gettext("Paid clicks and orders"),
    Method.INVESTMENT: lazy_gettext("False investment"),
    Method.SHOPPING: lazy_gettext("False goods or services"),
    Method.FAKE_SERVICE: lazy_gettext("False shop or courier service"),
    Method.LOAN: lazy_gettext("False loan"),
    Method.CREDIT: lazy_gettext("False credit record"),
    Method.BOSS_FRIEND: lazy_gettext("Posing as a superior or friend"),
    Method.AUTHORITY: lazy_gettext("Posing as police or government"),
    Method.ROMANCE: lazy_gettext("Friendship or love online"),
    Method.GAME: lazy_gettext("False trade of games"),
    Method.OTHER: lazy_gettext("Another way"),
}
FATES: dict[Fate, LazyString] = {
    Fate.KEPT: lazy_gettext("No transfer within seven days"),
    Fate.LOST: lazy_gettext("Money went within seven days"),
    Fate.YOUNG: lazy_gettext("Younger than seven days, no transfer so far"),
}
FIELDS: dict[Field, LazyString] = {
    Field.COMPANION: lazy_gettext("Together with"),
    Field.MINUTES: lazy_gettext("Minutes"),
    Field.ADVICE: lazy_gettext("What was advised"),
}
REFUSALS: dict[Why, LazyString] = {
    Why.NOT_NOW: lazy_gettext("This step cannot be taken now; load the page to see how it stands."),
    Why.FIELD_MISSING: lazy_gettext("Please fill in what your community wants to know."),
    Why.REASON_MISSING: lazy_gettext("Please give the reason for sending it back."),
    Why.VISITOR_MISSING: lazy_gettext("Please say who is to go."),
    Why.REPORT_MISSING: lazy_gettext("Please say how and with what result."),
    Why.CHECKLIST: lazy_gettext("Please go through the whole checklist first."),
    Why.OWN_VISIT: lazy_gettext("Whoever went there does not review it; somebody else does."),
}


def refusal(why: Why) -> str:
    """Why a move is refused."""
    return str(REFUSALS[why])


def search_words(search: Search, *, days: int | None) -> list[str]:
    """What a list is narrowed to, in words."""
    found = [
        RISKS[search.risk] if search.risk else "",
        STEPS[search.step] if search.step else "",
        {True: gettext("Late"), False: gettext("In time"), None: ""}[search.late],
        FATES[search.fate] if search.fate else "",
        gettext("Money went later") if search.lost_later else "",
        gettext("Still open") if search.open else "",
        ngettext("The last %(num)s day", "The last %(num)s days", days) if days else "",
    ]
    return [str(word) for word in found if word]


def reply_text(
    number: int, where: str, *, risk: Risk, at: datetime, facts: Mapping[str, Any], by: str
) -> str:
    """The reply for the police platform: the fields of the visit, in the order it asks for them."""
    lines = [
        gettext("Warning %(number)s, %(risk)s", number=number, risk=RISKS[risk]),
        gettext("Address: %(where)s", where=where),
        gettext("Time: %(when)s", when=f"{local(at):%Y-%m-%d %H:%M}"),
        gettext("How: %(how)s", how=HOWS[How(facts["how"])]),
        gettext("Result: %(result)s", result=RESULTS[Result(facts["result"])]),
    ]
    if "minutes" in facts:
        lines.append(gettext("Minutes: %(minutes)s", minutes=facts["minutes"]))
    if facts.get("advice"):
        lines.append(gettext("Advice: %(advice)s", advice=facts["advice"]))
    lines.append(gettext("Reported by: %(name)s", name=by))
    return "\n".join(str(line) for line in lines)


# Notices: they say that there is something, never what -------------------------------------------


SEES = Sight(lambda details: [details["warning"]], warning_queries.seen_by)


def _warning(details: Mapping[str, Any], title: str) -> Message:
    text = gettext(
        "Warning %(number)s, %(risk)s, now: %(step)s.",
        number=details["warning"],
        risk=RISKS[Risk(details["risk"])],
        step=STEPS[Step(details["step"])],
    )
    return Message(title, text, f"/warnings/{details['warning']}")


@tells("warning.new", Topic.WARNINGS, SEES)
def _new(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("A new warning"))


@tells("warning.signed", Topic.WARNINGS, SEES)
def _signed(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("A warning was signed for and is reported to you"))


@tells("warning.assigned", Topic.WARNINGS, SEES)
def _assigned(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("You are asked to go to a door at once"))


@tells("warning.returned", Topic.WARNINGS, SEES)
def _returned(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("A warning waits for you"))


@tells("warning.replied", Topic.WARNINGS, SEES)
def _replied(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("A warning waits for your review"))


@tells("warning.lapsed", Topic.WARNINGS, SEES)
def _lapsed(details: Mapping[str, Any]) -> Message:
    return _warning(details, gettext("A step of a warning was not taken in time"))


# For group chats: how many, and nothing else. ---------------------------------------------------


@tells_groups("warning.new", lazy_gettext("New warnings"))
def _new_for_groups(count: int) -> str:
    return str(ngettext("%(num)s new warning", "%(num)s new warnings", count))


@tells_groups("warning.lapsed", lazy_gettext("Steps of warnings not taken in time"))
def _lapsed_for_groups(count: int) -> str:
    return str(
        ngettext(
            "%(num)s step of a warning was not taken in time",
            "%(num)s steps of warnings were not taken in time",
            count,
        )
    )
