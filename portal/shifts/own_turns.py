"""Which buildings somebody has had, in words: people go round over places as turns do over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask_babel import gettext, ngettext

from portal.files import Cell
from portal.shifts.proof_queries import TurnTaken
from portal.shifts.rotation import WHERE_AND_WHEN, where_and_when
from portal.shifts.states import TurnState
from portal.shifts.wording import when
from portal.shifts.words import OWN_TURNS
from portal.tower.models import Level
from portal.tower.words import address, place_name, together


class Line(NamedTuple):
    """One turn of somebody's own, in words."""

    id: int
    day: str
    hours: str
    where: str
    state: TurnState
    word: str


class Had(NamedTuple):
    """A building somebody had: how often, and on which day for the last time."""

    name: str
    times: int
    last: str


def lines(turns: Sequence[TurnTaken]) -> list[Line]:
    """Somebody's turns, the latest first."""
    return [
        Line(
            turn.id,
            *when(turn.starts_at, turn.ends_at),
            together(address(turn.estate, turn.building), place_name(Level.GROUP, str(turn.group))),
            turn.state,
            str(OWN_TURNS[turn.state]),
        )
        for turn in reversed(turns)
    ]


def buildings(turns: Sequence[TurnTaken]) -> list[Had]:
    """The buildings somebody served in or is going to, the latest first."""
    counted = [turn for turn in turns if turn.state is not TurnState.FELL_OUT]
    times = Counter(_building(turn) for turn in counted)
    latest = {_building(turn): turn for turn in counted}
    ordered = sorted(latest.values(), key=lambda turn: turn.starts_at, reverse=True)
    return [
        Had(
            address(turn.estate, turn.building),
            times[_building(turn)],
            when(turn.starts_at, turn.ends_at)[0],
        )
        for turn in ordered
    ]


def facts(had: Sequence[Had], open_to: int) -> list[tuple[str, str]]:
    """How evenly somebody goes round, measured against the buildings they may be sent to.

    Spread evenly, t turns over b buildings bring nobody to one more often than ceil(t / b).
    """
    turns, most = sum(one.times for one in had), max((one.times for one in had), default=0)
    pairs = [
        (gettext("Turns"), str(turns)),
        (gettext("Buildings I have had"), _of(len(had), max(open_to, len(had)))),
    ]
    if turns:
        least = -(-turns // max(open_to, len(had)))
        text = ngettext(
            "%(num)s time; spread evenly it would be %(least)s",
            "%(num)s times; spread evenly it would be %(least)s",
            most,
            least=least,
        )
        pairs.append((gettext("One building most often"), text))
    return pairs


def _of(count: int, all_of_them: int) -> str:
    return str(gettext("%(count)s of %(all)s", count=count, all=all_of_them))


def _building(turn: TurnTaken) -> str:
    return turn.path.rstrip("/").rpartition("/")[0]


def table(turns: Sequence[TurnTaken]) -> Iterator[Sequence[Cell]]:
    """Headings, then a row a turn, in the order of time."""
    yield (*map(str, WHERE_AND_WHEN), gettext("State"))
    for turn in turns:
        yield (*where_and_when(turn), str(OWN_TURNS[turn.state]))
