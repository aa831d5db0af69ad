"""Cut a building again when it already has groups, and disturb as few dwellings as possible.

What is promised, in this order:

1. A dwelling moved by hand (a *pin*) stays in the group it was moved to. Only a pin to a group that
   no longer exists, or one that does not fit into it, is let go, and that is reported.
2. The other dwellings are cut as `cutting.cut` would cut them, around the pins: sizes count the
   pinned dwellings, and no group exceeds `most`. A group with pins goes on where it is: its piece
   holds part of the longest stretch it has now. One that consists of pins alone, or is filled by
   them, is left as it is.
3. Of all equally good cuts the one in which most dwellings keep their group. Exact while each old
   group is one stretch of the walk; where one is in several (rooms were renamed, say), its longest
   stretch stands for it in this choice.
4. The pieces of that cut get the old numbers so that most dwellings keep their group: always exact.
   A piece that holds nobody of an old group gets a number that was never used.

So without pins the result measures exactly as a first cut would, and cutting again what has just
been cut moves nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, pairwise
from typing import NamedTuple

from portal.tower.cutting import (
    Graph,
    Home,
    Policy,
    Step,
    best_cuts,
    check_most,
    cut,
    evenest,
    prices,
)
from portal.tower.stretches import Claims, cheapest, longest_each, most_kept, stretches_of


class Move(NamedTuple):
    """A dwelling that changes its group."""

    key: int
    old: int
    new: int


class ConflictKind(StrEnum):
    """Why a manual move could not be kept, or what keeping it costs."""

    GROUP_GONE = "group_gone"  # nobody is left in that group: `keys` were cut like all others
    GROUP_FULL = "group_full"  # more moved in than a group may have: `keys`, the last, were let go
    MORE_GROUPS = "more_groups"  # without the manual moves fewer groups would do


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something a coordinator should see in the preview; `number` is the group it is about."""

    kind: ConflictKind
    number: int | None = None
    keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recut:
    """The groups of a building after a change, and what changes for whom.

    `assignment` is the group number of every dwelling's key and `moved` the dwellings that change
    their group (a dwelling that had none does not count), both in walking order. The numbers are in
    order. `retired_numbers` are the groups nobody is left in.
    """

    assignment: Mapping[int, int]
    moved: tuple[Move, ...]
    new_numbers: tuple[int, ...]
    retired_numbers: tuple[int, ...]
    conflicts: tuple[Conflict, ...]


def recut(
    homes: Sequence[Home],
    current: Mapping[int, int],
    pinned: Mapping[int, int],
    *,
    used: int,
    most: int = 30,
    policy: Policy = Policy.FEWEST_GROUPS,
) -> Recut:
    """The best groups for the dwellings of one building, given in walking order.

    `current` and `pinned` are group numbers by key (keys that are no longer in `homes` only matter
    as retired groups), `used` the highest number ever given in the building. Raises ValueError if
    `most` is below 1.
    """
    check_most(most)
    pins, conflicts = _settle(homes, current, pinned, most=most)
    free = [home for home in homes if home.key not in pins]
    numbers = _cut_around(free, current, pins, used=used, most=most, policy=policy)
    # A group with pins may find a better place next to the one it has just got, so look again. Each
    # time the cut is better or nobody moves: this ends, and a later re-cut changes nothing.
    at_rest = not pins
    while not at_rest:
        before = {**current, **numbers}
        following = _cut_around(free, before, pins, used=used, most=most, policy=policy)
        at_rest, numbers = following == numbers, following
    assignment = numbers | pins
    if pins and len(set(assignment.values())) > len(cut(homes, most=most, policy=policy)):
        conflicts.append(Conflict(ConflictKind.MORE_GROUPS))
    return _changes(homes, current, assignment, conflicts)


def place_new(
    homes: Sequence[Home],
    current: Mapping[int, int],
    pinned: Mapping[int, int],
    *,
    used: int,
    most: int = 30,
    policy: Policy = Policy.FEWEST_GROUPS,
) -> Recut:
    """Put dwellings without a group into the groups beside them, so that nobody else moves.

    Each joins the group of the nearest dwelling before or after it on the walk; between two groups
    the border is drawn by the terms of the policy. Neighbours moved by hand count only where the
    others have no room. If nobody beside has, the building is cut again: `moved` says who would
    change. Arguments as for `recut`.
    """
    check_most(most)
    pins, conflicts = _settle(homes, current, pinned, most=most)
    standing = {home.key: current[home.key] for home in homes if home.key in current} | pins
    for aside in (pins, {}):
        walk = [home for home in homes if home.key not in aside]
        joined = _join(walk, standing, most=most, policy=policy)
        if joined is not None:
            return _changes(homes, current, standing | joined, conflicts)
    return recut(homes, current, pinned, used=used, most=most, policy=policy)


def _settle(
    homes: Sequence[Home], current: Mapping[int, int], pinned: Mapping[int, int], *, most: int
) -> tuple[dict[int, int], list[Conflict]]:
    """The pins that can be kept, and why the others cannot."""
    standing = {current[home.key] for home in homes if home.key in current}
    wanted: dict[int, list[int]] = defaultdict(list)
    for home in homes:
        if home.key in pinned:
            wanted[pinned[home.key]].append(home.key)
    pins: dict[int, int] = {}
    conflicts: list[Conflict] = []
    for number, keys in sorted(wanted.items()):
        room = most if number in standing else 0
        pins |= dict.fromkeys(keys[:room], number)
        if keys[room:]:
            kind = ConflictKind.GROUP_FULL if room else ConflictKind.GROUP_GONE
            conflicts.append(Conflict(kind, number, tuple(keys[room:])))
    return pins, conflicts


def _changes(
    homes: Sequence[Home],
    current: Mapping[int, int],
    assignment: Mapping[int, int],
    conflicts: Iterable[Conflict],
) -> Recut:
    ordered = {home.key: assignment[home.key] for home in homes}
    before, after = set(current.values()), set(ordered.values())
    return Recut(
        assignment=ordered,
        moved=tuple(
            Move(key, current[key], number)
            for key, number in ordered.items()
            if current.get(key, number) != number
        ),
        new_numbers=tuple(sorted(after - before)),
        retired_numbers=tuple(sorted(before - after)),
        conflicts=tuple(conflicts),
    )


def _cut_around(
    free: Sequence[Home],
    current: Mapping[int, int],
    pins: Mapping[int, int],
    *,
    used: int,
    most: int,
    policy: Policy,
) -> dict[int, int]:
    """Group numbers for the free dwellings: the best cut that leaves room for the pins."""
    pinned = Counter(pins.values())
    olds = [current.get(home.key) for home in free]
    claims = Claims(
        olds,
        [
            replace(stretch, elsewhere=pinned[stretch.number])
            for stretch in longest_each(stretches_of(olds))
            if pinned[stretch.number] < most
        ],
    )
    way = _best_way(claims, prices(free, policy), most=most)
    pieces = [range(start, stop) for start, stop in pairwise([0, *(s.to // 2 for s in way)])]
    numbers = _renumber(way, pieces, olds, pinned, used=max([used, *current.values()]))
    return {free[place].key: n for n, piece in zip(numbers, pieces, strict=True) for place in piece}


def _best_way(claims: Claims, costs: Sequence[int], *, most: int) -> list[Step]:
    # Pins only take room away, so a best cut without regard to them that fits is a best cut. Only
    # if none fits need all cuts be looked at.
    ideal = best_cuts(costs, most=most)
    stops: dict[int, Iterable[int]] = {
        place: [step.to for step in steps] for place, steps in ideal.items()
    }
    graph = cheapest(claims.graph(stops, most=most), costs)
    if not graph:
        end = len(costs) - 1
        stops = {place: range(place + 1, min(place + most, end) + 1) for place in range(end)}
        graph = cheapest(claims.graph(stops, most=most), costs)
    return evenest(graph)


def _renumber(
    way: Sequence[Step],
    pieces: Sequence[range],
    olds: Sequence[int | None],
    pinned: Collection[int],
    *,
    used: int,
) -> list[int]:
    """The group number of each piece; a group with pins is where the way has put it."""
    overlaps = []
    for step, piece in zip(way, pieces, strict=True):
        if step.number is not None and step.number in pinned:
            overlaps.append({step.number: len(piece)})
        else:
            came_from = [olds[place] for place in piece]
            overlaps.append(Counter(n for n in came_from if n is not None and n not in pinned))
    fresh = count(used + 1)
    return [next(fresh) if number is None else number for number in most_kept(overlaps)]


def _join(
    walk: Sequence[Home], standing: Mapping[int, int], *, most: int, policy: Policy
) -> dict[int, int] | None:
    """Group numbers for the whole walk that keep the standing ones; None if there is no room."""
    stretches = stretches_of([standing.get(home.key) for home in walk])
    if not stretches:
        return None if walk else {}
    # A border lies in the gap between two stretches, on either side of each new dwelling there.
    gaps = [range(one.stop, two.start + 1) for one, two in pairwise(stretches)]
    gaps = [range(1), *gaps, range(len(walk), len(walk) + 1)]
    members = Counter(standing.values())
    graph: Graph = {}
    for stretch, before, after in zip(stretches, gaps, gaps[1:], strict=False):
        old, own = members[stretch.number], stretch.homes
        for start in before:
            # A group that is too large already, because `most` was lowered, just gets nobody.
            stops = [stop for stop in after if old + stop - start - own <= max(most, old)]
            graph[2 * start] = [Step(old + stop - start - own, 2 * stop) for stop in stops]
    way = evenest(cheapest(graph, prices(walk, policy)))
    stops = [0, *(step.to // 2 for step in way)]
    joined = {
        home.key: stretch.number
        for stretch, (start, stop) in zip(stretches, pairwise(stops), strict=False)
        for home in walk[start:stop]
    }
    sizes = Counter({**standing, **joined}.values())
    fits = way and all(size <= max(most, members[number]) for number, size in sizes.items())
    return joined if fits else None
