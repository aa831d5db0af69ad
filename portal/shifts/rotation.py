"""Whose turn it was, place by place: turns, gaps and their bounds in words, for page and file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext, lazy_gettext, ngettext

from portal.clock import at as moment_of
from portal.clock import end_of_day, local
from portal.dates import moment
from portal.files import Cell
from portal.shifts import proof_queries as queries
from portal.shifts.proof import Gap, Proof, prove
from portal.shifts.proof_queries import TurnTaken
from portal.shifts.series_queries import groups_below
from portal.shifts.states import TurnState
from portal.shifts.wording import when
from portal.shifts.words import TURNS
from portal.tower.models import Level, Place
from portal.tower.words import address, place_name, together

A_YEAR = timedelta(days=365)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The turns of a place in some days, and how evenly they went round.

    A group is measured among the groups of its building: `groups` and `proof` are theirs.
    """

    place: Place
    first: date
    last: date
    turns: Sequence[TurnTaken]
    groups: Mapping[int, Any]
    proof: Proof

    @property
    def shown(self) -> list[TurnTaken]:
        """The turns of the place itself."""
        return [turn for turn in self.turns if turn.path.startswith(self.place.path)]

    @property
    def worst(self) -> Gap | None:
        """The longest gap in the place."""
        if self.place.level == Level.GROUP:
            return self.proof.longest.get(self.place.id)
        return self.proof.worst


def stretch(place: Place, today: date) -> tuple[date, date]:
    """From the first turn of a place to the last one planned, a year at most."""
    began, reaches = queries.began(place), queries.reaches(place)
    last = max(today, local(reaches).date()) if reaches else today
    return max(local(began).date() if began else today, last - A_YEAR), last


def account(place: Place, measured: Place, first: date, last: date, at: datetime) -> Account:
    """The turns of a place, measured among the groups of `measured`: the place, or around it."""
    groups = {row.id: row for row in groups_below(measured.path, measured.community_id)}
    turns = queries.turns(measured, first, last, at)
    before = {group: moment_of(first, time()) for group in groups}
    known = queries.last_before(measured, first)
    before |= {group: known[group] for group in groups if group in known}
    counted = [turn.counted for turn in turns if turn.state is not TurnState.FELL_OUT]
    proof = prove(before, counted, end=end_of_day(last))
    return Account(place=place, first=first, last=last, turns=turns, groups=groups, proof=proof)


# In words ----------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One turn in words; `waited` is for how many days its group had waited."""

    id: int
    day: str
    hours: str
    where: str
    waited: str
    state: TurnState
    word: str
    who: str


def lines(found: Account) -> list[Line]:
    """The turns of a place as the page lists them."""
    words = {state: str(word) for state, word in TURNS.items()}
    return [
        Line(
            turn.id,
            *when(turn.starts_at, turn.ends_at),
            name_in(found.place, turn.estate, turn.building, turn.group),
            waited(found, turn),
            turn.state,
            words[turn.state],
            gettext(", ").join(turn.who),
        )
        for turn in found.shown
    ]


def name_in(place: Place, estate: str, building: str, group: int) -> str:
    """How a group is called on the page of a place around it."""
    own = place_name(Level.GROUP, str(group))
    if place.level >= Level.BUILDING:
        return own
    if place.level == Level.ESTATE:
        return together(place_name(Level.BUILDING, building), own)
    return together(address(estate, building), own)


def waited(found: Account, turn: TurnTaken) -> str:
    if turn.state is TurnState.FELL_OUT or turn.counted not in found.proof.waits:
        return ""
    return in_days(found.proof.waits[turn.counted])


def in_days(length: timedelta) -> str:
    """A length of time in days, to the tenth: 12, 3.5."""
    return f"{length / DAY:.1f}".removesuffix(".0")


def days(length: timedelta) -> str:
    """The same in words."""
    return str(gettext("%(days)s days", days=in_days(length)))


def facts(found: Account) -> list[tuple[str, str]]:
    """What the turns add up to, and what they are measured against."""
    counts = Counter(turn.state for turn in found.shown)
    told = [f"{counts[state]} {word}" for state, word in TURNS.items() if counts[state]]
    pairs = [(gettext("Turns"), " · ".join(told) or gettext("none"))]
    if found.worst is not None:
        pairs += [
            (gettext("Longest gap"), gap_told(found, found.worst)),
            (gettext("Least possible"), _least(found)),
        ]
    if found.proof.cycle is not None:
        pairs.append((gettext("One full round"), _steady(found)))
    pairs.append((gettext("Every group once before any twice"), _order(found)))
    return pairs


def gap_told(found: Account, gap: Gap) -> str:
    """One gap with its ends, and whose it is where that is a question."""
    told = gettext(
        "%(days)s, from %(since)s to %(until)s",
        days=days(gap.length),
        since=moment(gap.since),
        until=moment(gap.until),
    )
    if found.place.level == Level.GROUP:
        return str(told)
    return str(gettext("%(place)s: %(what)s", place=group_name(found, gap.unit), what=told))


def group_name(found: Account, group_id: int) -> str:
    row = found.groups[group_id]
    return name_in(found.place, row.estate, row.building, row.number)


def _least(found: Account) -> str:
    if found.place.level == Level.GROUP:
        text = gettext(
            "%(days)s for the building: no timetable with as many turns at the same times "
            "has a shorter longest gap",
            days=days(found.proof.least),
        )
    else:
        text = gettext(
            "%(days)s: no timetable with as many turns at the same times has a shorter longest gap",
            days=days(found.proof.least),
        )
    return str(text)


def _steady(found: Account) -> str:
    groups = ngettext("%(num)s group", "%(num)s groups", len(found.groups))
    return str(
        ngettext(
            "%(groups)s: %(num)s date when turns go round evenly",
            "%(groups)s: %(num)s dates when turns go round evenly",
            found.proof.cycle or 0,
            groups=groups,
        )
    )


def _order(found: Account) -> str:
    twice = found.proof.twice
    if twice is None:
        return str(gettext("yes"))
    return str(
        gettext(
            "no: on %(when)s %(group)s had turn number %(turns)s, and %(other)s had had fewer",
            when=moment(twice.at),
            group=group_name(found, twice.unit),
            turns=twice.turns,
            other=group_name(found, twice.waiting),
        )
    )


def by_group(found: Account) -> list[tuple[int, str, int, str]]:
    """Every group of a place with its turns that count and its longest gap, in walking order."""
    counts = Counter(t.group_id for t in found.turns if t.state is not TurnState.FELL_OUT)
    return [
        (group, group_name(found, group), counts[group], days(found.proof.longest[group].length))
        for group in found.groups
    ]


# As a file ---------------------------------------------------------------------------------------


WHERE_AND_WHEN = (
    lazy_gettext("Estate"),
    lazy_gettext("Building"),
    lazy_gettext("Group"),
    lazy_gettext("Day"),
    lazy_gettext("From"),
    lazy_gettext("Until"),
)


def where_and_when(turn: TurnTaken) -> tuple[str, ...]:
    """The first cells of a turn, under `WHERE_AND_WHEN`."""
    starts, ends = local(turn.starts_at), local(turn.ends_at)
    return (
        turn.estate,
        turn.building,
        str(turn.group),
        f"{starts:%Y-%m-%d}",
        f"{starts:%H:%M}",
        f"{ends:%H:%M}",
    )


def table(found: Account) -> Iterator[Sequence[Cell]]:
    """Headings, then a row a turn, in the order of time."""
    yield (
        *map(str, WHERE_AND_WHEN),
        gettext("State"),
        gettext("Days waited"),
        gettext("Who served"),
    )
    words = {state: str(word) for state, word in TURNS.items()}
    for turn in found.shown:
        people = gettext(", ").join(turn.who)
        yield (*where_and_when(turn), words[turn.state], waited(found, turn), people)
