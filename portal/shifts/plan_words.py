"""Plans, their figures and their reasons in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.clock import local
from portal.dates import day
from portal.jobs import Progress
from portal.shifts.binding import Kind
from portal.shifts.eligibility import Why as NotNow
from portal.shifts.reasons import Rule, Why
from portal.shifts.rechecking import Since
from portal.shifts.states import PlanState
from portal.shifts.words import OTHERS, skills
from portal.tower.models import Level
from portal.tower.words import place_name

STATES: dict[PlanState, LazyString] = {
    PlanState.DRAFT: lazy_gettext("not asked for yet"),
    PlanState.SOLVING: lazy_gettext("being worked out"),
    PlanState.PROPOSED: lazy_gettext("proposed, not published"),
    PlanState.FAILED: lazy_gettext("could not be worked out"),
    PlanState.PUBLISHED: lazy_gettext("published"),
    PlanState.WITHDRAWN: lazy_gettext("withdrawn"),
}
STAGES: dict[str, LazyString] = {
    "accept": lazy_gettext("Whose turn it is, and who can go"),
    "relieve": lazy_gettext("People are short: looking for others"),
    "level": lazy_gettext("Making loads even"),
    "polish": lazy_gettext("New faces and short ways"),
    "explain": lazy_gettext("Writing down the reasons"),
}
RULES: dict[Rule, LazyString] = {
    Rule.SIGNED_UP: lazy_gettext("signed up for it"),
    Rule.LEAD: lazy_gettext("leads the crew, which needs somebody of the estate"),
    Rule.NEED: lazy_gettext("has what the building needs"),
    Rule.TURN: lazy_gettext("it is their turn"),
}
WHYS: dict[Why, LazyString] = {
    Why.SAME_HOUR: lazy_gettext("serves elsewhere at that hour"),
    Why.SAME_DAY: lazy_gettext("has another shift that day"),
    Why.TOO_CLOSE: lazy_gettext("needs the rest between two shifts"),
    Why.WEEK_LIMIT: lazy_gettext("has as many shifts that week as they want"),
    Why.LIMIT: lazy_gettext("has as many shifts as they want"),
    Why.SEEN: lazy_gettext("has been in this building before"),
    Why.MET: lazy_gettext("has walked with the same person before"),
    Why.FARTHER: lazy_gettext("would have a longer way"),
    Why.EVEN: lazy_gettext("is needed elsewhere to keep all loads even"),
}

SINCE: dict[str, LazyString] = {
    Since.GONE: lazy_gettext("serves here no longer"),
    Since.HOURS: lazy_gettext("has given other hours meanwhile"),
    Since.ASKS: lazy_gettext("has asked for it, without an answer yet"),
}


def title(plan: Any) -> str:
    """What names a plan: 和风苑 11月28日 周六 – 12月4日 周五."""
    place = place_name(plan.level, plan.name)
    return f"{place} {day(plan.first_day)} – {day(plan.last_day)}"


def progress(heard: Progress) -> str:
    """What a job is doing."""
    word = STAGES.get(heard.stage)
    return str(word) if word else str(gettext("The work begins in a moment."))


class Told(NamedTuple):
    """The reason of one seat: the sentence, and who was passed over with why."""

    sentence: str
    passed_over: list[tuple[str, str]]


def reason(kept: Mapping[str, Any] | None, names: Mapping[int, str]) -> Told:
    """Why somebody has a seat, from what is kept with it; nothing for those who chose it."""
    if not kept:
        return Told("", [])
    rule = str(RULES[Rule(kept["rule"])])
    if kept["rule"] == Rule.NEED:
        rule = str(gettext("%(rule)s (%(skills)s)", rule=rule, skills=skills(kept["roles"])))
    if kept["rule"] == Rule.SIGNED_UP:
        return Told(rule, [])
    text = gettext(
        "%(rule)s: number %(rank)s of %(of)s who could come, by how much each has served",
        rule=rule,
        rank=kept["rank"],
        of=kept["of"],
    )
    over = [(names.get(who, ""), str(WHYS[Why(why)])) for who, why in kept["passed_over"]]
    return Told(str(text), [(name, why) for name, why in over if name])


def since(why: str) -> str:
    """Why somebody did not get the seat that a plan had for them."""
    return str(SINCE.get(why) or OTHERS[NotNow(why)])


def passed_over(crew: Sequence[Mapping[str, Any]]) -> set[int]:
    """The numbers of everybody whom the reasons of a crew speak of."""
    told = (member["reason"] or {} for member in crew)
    return {who for kept in told for who, _ in kept.get("passed_over", ())}


def slot(name: str) -> str:
    """A session by the name the planner has for it: 11月28日 周六 18:30."""
    moment = datetime.fromisoformat(name)
    return f"{day(moment.date())} {moment:%H:%M}"


def ask(lead: bool, roles: Sequence[str]) -> str:  # noqa: FBT001 - as the planner tells it
    """Whom to look for."""
    if roles:
        return str(gettext("somebody with: %(skills)s", skills=skills(roles)))
    return str(gettext("somebody who leads") if lead else gettext("somebody to go along"))


def missing_table(lines: Iterable[tuple[str, str, bool, list[str]]]) -> Iterator[list[str]]:
    """Headings, then a row for every turn that lacks people or that there is room for."""
    yield [gettext("When"), gettext("Where"), gettext("What"), gettext("Whom to look for")]
    for hours, place, planned, asks in lines:
        what = gettext("the crew lacks people") if planned else gettext("room for one more turn")
        yield [hours, place, str(what), " · ".join(asks)]


def bind(kept: Sequence[Any], estates: Mapping[int, str]) -> str:
    """Why there are not more turns in an estate."""
    estate, kind, people, turns, room = kept
    values = {
        "estate": place_name(Level.ESTATE, estates[estate]),
        "turns": ngettext("%(num)s turn", "%(num)s turns", turns),
        "room": room,
    }
    if kind == Kind.LEADS:
        text = ngettext(
            "%(estate)s: only %(num)s person may lead, for %(turns)s at most. "
            "The hours have room for %(room)s.",
            "%(estate)s: only %(num)s people may lead, for %(turns)s at most. "
            "The hours have room for %(room)s.",
            people,
            **values,
        )
    else:
        text = ngettext(
            "%(estate)s: only %(num)s person can come, for %(turns)s at most. "
            "The hours have room for %(room)s.",
            "%(estate)s: only %(num)s people can come, for %(turns)s at most. "
            "The hours have room for %(room)s.",
            people,
            **values,
        )
    return str(text)


def loads(figures: Mapping[str, Any]) -> list[str]:
    """How many people have how many shifts, the fewest first."""
    return [
        str(
            gettext(
                "%(people)s with %(shifts)s",
                people=ngettext("%(num)s person", "%(num)s people", count),
                shifts=ngettext("%(num)s shift", "%(num)s shifts", int(load)),
            )
        )
        for load, count in sorted(figures["loads"].items(), key=lambda pair: int(pair[0]))
    ]


def hour(moment: datetime) -> str:
    return f"{local(moment):%H:%M}"
