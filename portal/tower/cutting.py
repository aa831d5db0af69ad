"""Cut one building into groups of neighbours, as well as it can be done.

A group is a stretch of the walk through the building: unit (stair) by unit, floor by floor, room by
room. `cut` returns the best cut there is, not a good one. What "best" means is a choice of the
community (`Policy`); the terms, in the words of a coordinator:

- *groups*: how many teams the building needs;
- *floor cuts*: places where one floor of one unit is divided between groups;
- *unit cuts*: places where a staircase is divided (a floor cut divides the staircase too);
- *spread*: the largest group less the smallest, in dwellings;
- *squares*: the sum of the squared sizes, which also evens out the groups in between.

Method. A price per cut, in which one step of an earlier term outweighs every later term, makes the
first three terms a shortest path over the walk. `best_cuts` keeps *every* step that lies on some
shortest path, and `evenest` chooses among those paths: for each smallest size it finds the least
possible largest size, which gives the least spread, and then the least squares within it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar


class Home(NamedTuple):
    """A dwelling as the walk sees it; `key` is its id, `unit` is empty where there is only one."""

    key: int
    unit: str
    floor: int
    room: str


class Policy(StrEnum):
    """What a community wants most. The terms are compared from left to right.

    FEWEST_GROUPS: groups, floor cuts, unit cuts, spread, squares. Always ceil(dwellings / most)
    groups.

    WHOLE_STAIRCASES: unit cuts, groups, floor cuts, spread, squares. Unit cuts are fewest exactly
    when no unit that fits into one group is divided and every larger one is in ceil(size / most)
    pieces, so that is what the choice promises; more groups are its price.
    """

    FEWEST_GROUPS = "fewest_groups"
    WHOLE_STAIRCASES = "whole_staircases"


class Measure(NamedTuple):
    """How good a grouping is; less is better. In the order of `Policy.FEWEST_GROUPS`."""

    groups: int
    floor_cuts: int
    unit_cuts: int
    spread: int
    squares: int


class Step(NamedTuple):
    """One group on the way through a graph of cuts.

    `size` is its number of dwellings, `to` the node after it. Only a re-cut uses the rest: `number`
    is the old group it continues and `kept` how many dwellings thereby stay where they are.
    """

    size: int
    to: int
    kept: int = 0
    number: int | None = None


# Nodes in walking order; the last node, the end of the walk, is not a key.
Graph = dict[int, list[Step]]

NEVER = sys.maxsize  # the price of what cannot be done


def cut(
    homes: Sequence[Home], *, most: int = 30, policy: Policy = Policy.FEWEST_GROUPS
) -> tuple[range, ...]:
    """The best groups for one building, as ranges of positions in `homes` (in walking order).

    Among equally good cuts the one with the larger groups first, so the answer never varies.
    Raises ValueError if `most`, the largest number of dwellings in a group, is below 1.
    """
    check_most(most)
    stops = [0, *(step.to for step in evenest(best_cuts(prices(homes, policy), most=most)))]
    return tuple(range(start, stop) for start, stop in pairwise(stops))


def numbered(homes: Sequence[Home], pieces: Iterable[range], *, after: int = 0) -> dict[int, int]:
    """The group number of each dwelling's key; the groups are numbered from `after` + 1."""
    return {
        homes[place].key: number
        for number, piece in enumerate(pieces, after + 1)
        for place in piece
    }


def measure(homes: Sequence[Home], numbers: Mapping[int, int]) -> Measure:
    """Judge any grouping of a building, also one with dwellings moved by hand.

    A floor or unit that is shared by k groups counts k - 1 cuts; for groups that are stretches of
    the walk that is the number of cuts inside it. `numbers` holds the group of every home's key.
    """
    sizes: dict[int, int] = {}
    floors: dict[tuple[str, int], set[int]] = {}
    units: dict[str, set[int]] = {}
    for home in homes:
        number = numbers[home.key]
        sizes[number] = sizes.get(number, 0) + 1
        floors.setdefault((home.unit, home.floor), set()).add(number)
        units.setdefault(home.unit, set()).add(number)
    return Measure(
        groups=len(sizes),
        floor_cuts=sum(map(len, floors.values())) - len(floors),
        unit_cuts=sum(map(len, units.values())) - len(units),
        spread=max(sizes.values(), default=0) - min(sizes.values(), default=0),
        squares=sum(size * size for size in sizes.values()),
    )


def check_most(most: int) -> None:
    if most < 1:
        raise ValueError(f"a group needs room for at least one dwelling, not {most}")


def prices(homes: Sequence[Home], policy: Policy) -> list[int]:
    """What it costs to end a group before each position, the end of the walk included."""
    # No term can be counted more than len(homes) times, so this base keeps the terms apart.
    base = len(homes) + 1
    group, floor_cut, unit_cut = {
        Policy.FEWEST_GROUPS: (base * base, base, 1),
        Policy.WHOLE_STAIRCASES: (base, 1, base * base),
    }[policy]
    costs = [group] * base
    for place, (before, here) in enumerate(pairwise(homes), 1):
        if before.unit == here.unit:
            costs[place] += unit_cut + floor_cut * (before.floor == here.floor)
    return costs


def best_cuts(costs: Sequence[int], *, most: int) -> Graph:
    """All cuts of the least total price, as a graph whose nodes are positions of the walk.

    `costs` is as `prices` makes it. Every step of the graph lies on a cheapest way from the first
    node to the end, and every cheapest way is in the graph.
    """
    end = len(costs) - 1
    onward = list(costs)  # the price of a cut here and of all later ones
    rest = [0] * end  # the price of all later ones
    for place in reversed(range(end)):
        rest[place] = min(onward[place + 1 : place + most + 1])
        onward[place] += rest[place]
    graph: Graph = {}
    reached = {0}
    for place in range(end):
        if place in reached:
            within = range(place + 1, min(place + most, end) + 1)
            stops = [stop for stop in within if onward[stop] == rest[place]]
            graph[place] = [Step(stop - place, stop) for stop in stops]
            reached.update(stops)
    return graph


def evenest(graph: Graph) -> list[Step]:
    """The way through the graph with the least spread, then least squares, then most kept.

    Ties: the larger group first. All ways must have the same number of groups and dwellings, and
    every step must lead on to the end.
    """
    if not graph:
        return []
    ways = [_smoothest(graph, low=low, high=high) for low, high in _windows(graph)]
    return min(ways, key=lambda way: (_roughness(way), [-step.size for step in way]))


def _windows(graph: Graph) -> list[tuple[int, int]]:
    """The (smallest, largest) sizes between which the least possible spread is reached."""
    total, groups = _extent(graph)
    spreads: dict[int, int] = {}  # by smallest size
    best = NEVER
    for low in range(total // groups, 0, -1):
        # The largest group is never below the mean, so smaller groups only spread further.
        if low + best < -(-total // groups):
            break
        spreads[low] = _least_largest(graph, low=low) - low
        best = min(best, spreads[low])
    return [(low, low + best) for low, spread in spreads.items() if spread == best]


def _extent(graph: Graph) -> tuple[int, int]:
    total = groups = 0
    node = next(iter(graph))
    while node in graph:
        step = graph[node][0]
        total, groups, node = total + step.size, groups + 1, step.to
    return total, groups


def _least_largest(graph: Graph, *, low: int) -> int:
    """How small the largest group can be if none is smaller than `low`."""
    largest: dict[int, int] = {}
    for node in reversed(graph):
        largest[node] = min(
            (max(step.size, largest.get(step.to, 0)) for step in graph[node] if step.size >= low),
            default=NEVER,
        )
    return largest[next(iter(graph))]


def _smoothest(graph: Graph, *, low: int, high: int) -> list[Step]:
    """The way with the least squares, then most kept, with all sizes from `low` to `high`."""
    base = _extent(graph)[0] + 1
    best: dict[int, tuple[int, Step]] = {}
    for node in reversed(graph):
        price, chosen = NEVER, graph[node][0]
        for step in graph[node]:
            if low <= step.size <= high:
                rest = best[step.to][0] if step.to in best else 0
                here = rest + step.size * step.size * base - step.kept
                if here < price or (here == price and step.size > chosen.size):
                    price, chosen = here, step
        best[node] = price, chosen
    way: list[Step] = []
    node = next(iter(graph))
    while node in best:
        way.append(best[node][1])
        node = way[-1].to
    return way


def _roughness(way: Sequence[Step]) -> tuple[int, int]:
    return sum(step.size * step.size for step in way), -sum(step.kept for step in way)


class Addressed(Protocol):
    """Anything that has a place in a building."""

    @property
    def unit(self) -> str: ...
    @property
    def floor(self) -> int: ...
    @property
    def room(self) -> str: ...


A = TypeVar("A", bound=Addressed)


def walking_order(homes: Iterable[A]) -> list[A]:
    """The dwellings of one building in the order in which someone walks past them."""
    return sorted(homes, key=walking_key)


def walking_key(home: Addressed) -> tuple[str, str, int, str, str]:
    """Sort key: units naturally (no unit first), floors from the lowest up, rooms naturally."""
    # The texts follow their natural keys: else units written 一 and 1 would be shuffled together.
    return natural_key(home.unit), home.unit, home.floor, natural_key(home.room), home.room


# Each kind in its own order; a walk begins in the east or south, on the left, in front, on top, and
# 中 lies between both ends.
ORDINALS = "甲乙丙丁戊己庚辛壬癸" + "东左前上南中西右后下北"
CHINESE_DIGITS = {"〇": 0, "零": 0, "两": 2} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
CHINESE_TENS = {"十": 10, "百": 100}
TOKEN = re.compile(rf"([0-9]+)|([{''.join(CHINESE_DIGITS | CHINESE_TENS)}]+)|(\S)")


@lru_cache(maxsize=8192)  # rooms have the same names in every building
def natural_key(name: str) -> str:
    """Sort key for names with numbers in them: '' < 1 < 2 < 10 < 10A < A < 甲 < 乙 < 东 < 西.

    Full-width forms equal narrow ones, 十二 equals 12, case and spaces do not count. A text, so it
    can be stored; it must be compared by code point or byte (collation "C").
    """
    tokens = TOKEN.findall(unicodedata.normalize("NFKC", name).casefold())
    return "".join(
        _ranked(letter) if letter else _number(digits or _arabic(chinese))
        for digits, chinese, letter in tokens
    )


def _ranked(letter: str) -> str:
    if letter in ORDINALS:
        return f"2{ORDINALS.index(letter):02}"
    return f"1{letter}" if letter.isascii() else f"3{letter}"


def _number(digits: str) -> str:
    # The length comes first, so that texts compare as numbers do; leading zeros do not matter.
    digits = digits.lstrip("0")
    return f"0{len(digits):02}{digits}"


def _arabic(chinese: str) -> str:
    """十二 -> 12, 一百零二 -> 102, and digit by digit 三〇二 -> 302."""
    if not CHINESE_TENS.keys() & set(chinese):
        return "".join(str(CHINESE_DIGITS[sign]) for sign in chinese)
    total = digit = 0
    for sign in chinese:
        if sign in CHINESE_TENS:
            total, digit = total + (digit or 1) * CHINESE_TENS[sign], 0
        else:
            digit = CHINESE_DIGITS[sign]
    return str(total + digit)
