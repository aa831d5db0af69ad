"""How a page about gaps names its places, and the ways from it: up, down, and to the lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.access import Permission, Person
from portal.coverage.states import State
from portal.frame import page_url
from portal.gaps.queries import Reach
from portal.gaps.tree import Order
from portal.tower.models import Level, prefixes
from portal.tower.words import level_name, place_name, together

Step = tuple[str, str]  # label, address
A_ROW = 4_294_967_295  # stands for the number of a row in an address; no place has it


def steps(person: Person, reach: Reach, names: Mapping[int, str]) -> list[Step]:
    """The way to a page: the round, then the places down to the one that is shown."""
    way = [
        (gettext("Rounds"), page_url("coverage.rounds")),
        (reach.name, page_url("coverage.round_show", round_id=reach.round_id)),
    ]
    if reach.only is None:
        return [*way, (gettext("My places"), page_url("gaps.index", round_id=reach.round_id))]
    for path in _shown(person, reach, reach.only.place_path):
        url = page_url("gaps.place", round_id=reach.round_id, place_id=_id(path))
        way.append((place_name(path.count("/") - 1, names[_id(path)]), url))
    return way


def here(reach: Reach, names: Mapping[int, str]) -> str:
    """The place of a page, as people say it anywhere: 和风苑 3栋 1组."""
    if reach.only is None:
        return str(gettext("My places"))
    way = enumerate(prefixes(reach.only.place_path), Level.COMMUNITY)
    said = [place_name(level, names[_id(path)]) for level, path in way]
    return together(*(said[1:] or said))


def place_options(
    person: Person, reach: Reach, places: Sequence[Any]
) -> list[tuple[int | str, str]]:
    """The places a list can be turned to: those above, this one, and those directly below."""
    names = {place.id: place.name for place in places}
    several = len(person.paths(Permission.SEE_GAPS)) > 1
    options: list[tuple[int | str, str]] = [("", gettext("My places"))] if several else []
    for top in reach.tops:
        options += [
            (_id(path), place_name(path.count("/") - 1, names[_id(path)]))
            for path in _shown(person, reach, top.place_path)
        ]
    above = reach.only.id if reach.only else 0
    children = [place for place in places if place.parent_id == above]
    return options + [(p.id, f"– {place_name(p.level, p.name)}") for p in children]


def _shown(person: Person, reach: Reach, path: str) -> Iterator[str]:
    """The paths of a place and of those above it that the person may look at."""
    for prefix in prefixes(path):
        in_round = prefix.startswith(reach.path) and person.may(Permission.SEE_GAPS, path=prefix)
        if in_round or prefix == path:
            yield prefix


def _id(path: str) -> int:
    return int(path.split("/")[-2])


def level_word(reach: Reach, level: int) -> str:
    """What the community calls a level."""
    return level_name(reach.community, level)


def row_name(reach: Reach, row: Any, names: Mapping[int, str]) -> str:
    """A row's name; where several tops stand side by side, with the estate it belongs to."""
    if reach.only or row.level <= Level.ESTATE:
        return place_name(row.level, row.name)
    top = next(top for top in reach.tops if top.id == row.id)
    above = prefixes(top.place_path)[1:-1]
    way = [place_name(level, names[_id(path)]) for level, path in enumerate(above, Level.ESTATE)]
    return together(*way, place_name(row.level, row.name))


@dataclass(frozen=True)
class Addresses:
    """Where the numbers of a tree lead. Those of rows hold `{}` for the number of the place:
    asking the router for every cell would take longer than the figures themselves.
    """

    place: str
    doors: str
    teams: str
    shifts: str
    all_doors: str
    states: dict[str, str]
    here_teams: str | None
    here_shifts: str
    plan: str | None


def addresses(reach: Reach, *, may_plan: bool) -> Addresses:
    """The addresses of one tree page."""
    top, round_id = reach.only, reach.round_id
    here = doors_address(reach)
    joint = "&" if top else "?"
    return Addresses(
        place=_of_rows(page_url("gaps.place", round_id=round_id, place_id=A_ROW)),
        doors=_of_rows(page_url("gaps.doors", round_id=round_id, place=A_ROW)),
        teams=_of_rows(page_url("teams.index", place_id=A_ROW)),
        shifts=_of_rows(page_url("shifts.index", state="missing", place=A_ROW)),
        all_doors=here,
        states={state.value: f"{here}{joint}state={state.value}" for state in State},
        here_teams=page_url("teams.index", place_id=top.id) if top else None,
        here_shifts=page_url("shifts.index", state="missing", place=top.id if top else None),
        plan=page_url("coverage.plan", round_id=round_id, building_id=top.id)
        if top and top.level == Level.BUILDING and may_plan
        else None,
    )


def doors_address(reach: Reach) -> str:
    """The list of all doors of a page."""
    values = {"place": reach.only.id} if reach.only else {}
    return page_url("gaps.doors", round_id=reach.round_id, **values)


def _of_rows(address: str) -> str:
    return address.replace(str(A_ROW), "{}")


def orders(reach: Reach, chosen: Order) -> list[tuple[str, str, bool]]:
    """The ways to sort a tree, as tabs."""
    here = page_url("gaps.index", round_id=reach.round_id)
    if reach.only:
        here = page_url("gaps.place", round_id=reach.round_id, place_id=reach.only.id)
    labels = {
        Order.MISSING: gettext("Most missing first"),
        Order.OLDEST: gettext("Oldest gap first"),
        Order.READING: gettext("In order"),
    }
    return [
        (label, f"{here}?order={order.value}", order is chosen) for order, label in labels.items()
    ]
