"""Cutting again moves as few dwellings as possible, keeps what was done by hand, and then rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.tower.cutting import Home, Measure, Policy, cut, measure, numbered
from portal.tower.recut import Conflict, ConflictKind, Move, Recut, place_new, recut
from portal.tower.stretches import most_kept

calmly = settings(deadline=None, derandomize=True, max_examples=120)
policies = st.sampled_from(Policy)


def stair(doors: int, *, per_floor: int = 4, unit: str = "1", first: int = 1) -> list[Home]:
    """One unit with full floors from the ground up; keys count from `first`."""
    return [
        Home(key, unit, (key - first) // per_floor + 1, f"{(key - first) % per_floor + 1:02}")
        for key in range(first, first + doors)
    ]


@st.composite
def buildings(draw: st.DrawFn, largest: int = 60) -> list[Home]:
    """Units and floors of any size; each dwelling stays in the unit and floor before it or not."""
    steps = draw(st.lists(st.sampled_from("ddddfu"), min_size=1, max_size=largest))
    homes, unit, floor = [], 1, 1
    for key, step in enumerate(steps, 1):
        unit, floor = unit + (step == "u"), floor + (step != "d")
        homes.append(Home(key, str(unit), floor, f"{key:03}"))
    return homes


@st.composite
def grouped(draw: st.DrawFn, largest: int = 60) -> tuple[list[Home], dict[int, int]]:
    """A building and the groups it has: stretches with numbers in any order, some doors new."""
    homes = draw(buildings(largest))
    groups = draw(st.integers(1, min(5, len(homes))))
    numbers = draw(st.permutations(range(1, groups + 1)))
    starts = sorted(draw(st.sets(st.integers(0, len(homes) - 1), max_size=groups - 1)))
    current = {home.key: numbers[sum(p >= s for s in starts)] for p, home in enumerate(homes)}
    for key in draw(st.sets(st.sampled_from(sorted(current)), max_size=4)):
        del current[key]
    return homes, current


@st.composite
def rearranged(
    draw: st.DrawFn, largest: int = 60
) -> tuple[list[Home], dict[int, int], dict[int, int]]:
    """A building, its groups, and a few doors somebody moved by hand."""
    homes, current = draw(grouped(largest))
    pinned: dict[int, int] = {}
    if current:
        moves = st.tuples(st.sampled_from(sorted(current)), st.sampled_from(sorted(current)))
        for key, into in draw(st.lists(moves, max_size=4)):
            pinned[key] = current[into]
    return homes, current | pinned, pinned


@st.composite
def scattered(draw: st.DrawFn) -> tuple[list[Home], dict[int, int], dict[int, int]]:
    """A building whose groups lie anywhere, with pins to groups that may not exist."""
    homes = draw(buildings(30))
    numbers = st.integers(1, 5)
    keys = [home.key for home in homes]
    current = draw(st.dictionaries(st.sampled_from(keys), numbers))
    return homes, current, draw(st.dictionaries(st.sampled_from(keys), numbers, max_size=12))


# Against every possibility -----------------------------------------------------------------------


def terms(
    homes: Sequence[Home],
    free: Sequence[Home],
    numbers: Mapping[int, int],
    policy: Policy,
) -> tuple[int, ...]:
    """What a cut is judged by: borders among the free dwellings, sizes with everybody counted."""
    groups, floors, units, _, _ = measure(free, numbers)
    taking_part = {numbers[home.key] for home in free}
    sizes = [n for group, n in Counter(numbers.values()).items() if group in taking_part]
    evenness = (max(sizes) - min(sizes), sum(n * n for n in sizes)) if sizes else (0, 0)
    assert len(numbers) == len(homes)
    if policy is Policy.WHOLE_STAIRCASES:
        return units, groups, floors, *evenness
    return groups, floors, units, *evenness


def moves(current: Mapping[int, int], numbers: Mapping[int, int]) -> int:
    return sum(current.get(key, number) != number for key, number in numbers.items())


def all_regroupings(
    homes: Sequence[Home], current: Mapping[int, int], pinned: Mapping[int, int], most: int
) -> Iterator[dict[int, int]]:
    """Every cut of the dwellings that are not pinned, continuing old groups in every way."""
    free = [home.key for home in homes if home.key not in pinned]
    held = {n for n in pinned.values() if any(current.get(key) == n for key in free)}
    by_hand = Counter(pinned.values())
    held -= {n for n in held if by_hand[n] == most}
    fresh = max([0, *current.values()]) + 1
    for count in range(max(len(free), 1)):
        for stops in combinations(range(1, len(free)), count):
            pieces = [free[a:b] for a, b in pairwise((0, *stops, len(free)))]
            olds = [{current[key] for key in piece if key in current} for piece in pieces]
            choices = [
                [fresh + place, *(n for n in old if n not in by_hand or n in held)]
                for place, old in enumerate(olds)
            ]
            for labels in product(*choices):
                if len(set(labels)) == len(labels) and held <= set(labels):
                    numbers = {k: n for n, p in zip(labels, pieces, strict=True) for k in p}
                    numbers |= pinned
                    if max(Counter(numbers.values()).values()) <= most:
                        yield numbers


def resting_places(
    homes: Sequence[Home],
    current: Mapping[int, int],
    pinned: Mapping[int, int],
    most: int,
    policy: Policy,
) -> Iterator[tuple[int, ...]]:
    """Where it ends if the best cut is taken again and again, until nobody moves any more."""
    free = [home for home in homes if home.key not in pinned]
    ways = list(all_regroupings(homes, current, pinned, most))
    best = min((terms(homes, free, way, policy), moves(current, way)) for way in ways)
    for way in ways:
        if (terms(homes, free, way, policy), moves(current, way)) == best:
            if way == current:
                yield best[0]
            else:
                yield from resting_places(homes, way, pinned, most, policy)


@calmly
@given(case=grouped(largest=7), most=st.integers(1, 6), policy=policies)
def test_no_equally_good_cut_moves_fewer_dwellings(
    case: tuple[list[Home], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current = case
    found = recut(homes, current, {}, used=5, most=most, policy=policy)
    best = min(
        (terms(homes, homes, numbers, policy), moves(current, numbers))
        for numbers in all_regroupings(homes, current, {}, most)
    )
    assert (terms(homes, homes, found.assignment, policy), len(found.moved)) == best


@calmly
@given(case=rearranged(largest=7), most=st.integers(4, 6), policy=policies)
def test_no_cut_around_the_manual_moves_is_better_or_moves_fewer_dwellings(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    free = [home for home in homes if home.key not in pinned]
    found = recut(homes, current, pinned, used=5, most=most, policy=policy)
    reached = terms(homes, free, found.assignment, policy)
    best, fewest = min(
        (terms(homes, free, numbers, policy), moves(current, numbers))
        for numbers in all_regroupings(homes, current, pinned, most)
    )
    if reached == best:
        assert len(found.moved) == fewest
    else:
        assert reached in set(resting_places(homes, current, pinned, most, policy))


@calmly
@given(
    overlaps=st.lists(st.dictionaries(st.integers(1, 4), st.integers(1, 6)), min_size=1, max_size=4)
)
def test_no_other_way_to_hand_on_the_numbers_keeps_more_dwellings(
    overlaps: list[dict[int, int]],
) -> None:
    def kept(row: Sequence[int | None]) -> tuple[int, int]:
        """Dwellings, then pieces, that keep their number."""
        found = [o[n] for o, n in zip(overlaps, row, strict=True) if n in o]
        return sum(found), len(found)

    numbers = most_kept(overlaps)
    assert kept(numbers) == max(map(kept, permutations(range(1, 9), len(overlaps))))
    assert max(Counter(n for n in numbers if n is not None).values(), default=1) == 1
    assert all(n is None or n in o for o, n in zip(overlaps, numbers, strict=True))


# What always holds -------------------------------------------------------------------------------


@calmly
@given(case=scattered(), most=st.integers(1, 12), policy=policies)
def test_everybody_has_one_group_and_no_group_is_too_large_whatever_came_before(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    found = recut(homes, current, pinned, used=9, most=most, policy=policy)
    assert list(found.assignment) == [home.key for home in homes]
    assert max(Counter(found.assignment.values()).values()) <= most


@calmly
@given(case=scattered(), most=st.integers(1, 12), policy=policies)
def test_a_second_cut_moves_nobody(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    first = recut(homes, current, pinned, used=9, most=most, policy=policy)
    let_go = {key for conflict in first.conflicts for key in conflict.keys}
    kept = {key: number for key, number in pinned.items() if key not in let_go}
    used = max([9, *first.assignment.values()])
    for pins in (kept, pinned):  # whether or not the pins that were let go are deleted
        second = recut(homes, first.assignment, pins, used=used, most=most, policy=policy)
        assert second.assignment == first.assignment
        assert second == Recut(first.assignment, (), (), (), second.conflicts)


@calmly
@given(case=rearranged(), most=st.integers(4, 12), policy=policies)
def test_manual_moves_are_kept_unless_the_group_is_gone_or_full(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    found = recut(homes, current, pinned, used=9, most=most, policy=policy)
    assert pinned.items() <= found.assignment.items()
    assert {conflict.kind for conflict in found.conflicts} <= {ConflictKind.MORE_GROUPS}


@calmly
@given(case=scattered(), most=st.integers(1, 12), policy=policies)
def test_a_number_is_never_used_for_a_second_group(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    found = recut(homes, current, pinned, used=9, most=most, policy=policy)
    assert all(number > 9 for number in found.new_numbers)
    for number in set(found.assignment.values()) - set(found.new_numbers):
        members = {key for key, group in found.assignment.items() if group == number}
        assert any(current.get(key) == number or pinned.get(key) == number for key in members)
    assert set(found.retired_numbers) == set(current.values()) - set(found.assignment.values())


@calmly
@given(case=scattered(), most=st.integers(1, 12), policy=policies)
def test_without_manual_moves_the_result_is_as_good_as_a_first_cut(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, _ = case
    found = recut(homes, current, {}, used=9, most=most, policy=policy)
    fresh = numbered(homes, cut(homes, most=most, policy=policy))
    assert measure(homes, found.assignment) == measure(homes, fresh)


@calmly
@given(case=grouped(largest=10), most=st.integers(2, 10), policy=policies)
def test_no_better_way_lets_new_dwellings_join_their_neighbours_without_moving_anybody(
    case: tuple[list[Home], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current = case
    found = place_new(homes, current, {}, used=9, most=most, policy=policy)
    new = [home.key for home in homes if home.key not in current]
    before = Counter(current.values())
    ways = []
    for row in product(before, repeat=len(new)):
        numbers = current | dict(zip(new, row, strict=True))
        walk = [numbers[home.key] for home in homes]
        in_one_piece = sum(a != b for a, b in pairwise(walk)) == len(set(walk)) - 1
        if in_one_piece and all(n <= max(most, before[g]) for g, n in Counter(walk).items()):
            ways.append(terms(homes, homes, numbers, policy))
    if ways:
        assert found.moved == ()
        assert terms(homes, homes, found.assignment, policy) == min(ways)
    else:
        assert found == recut(homes, current, {}, used=9, most=most, policy=policy)


@calmly
@given(case=scattered(), most=st.integers(1, 12), policy=policies)
def test_new_dwellings_join_their_neighbours_and_move_nobody_or_the_building_is_cut_again(
    case: tuple[list[Home], dict[int, int], dict[int, int]], most: int, policy: Policy
) -> None:
    homes, current, pinned = case
    found = place_new(homes, current, pinned, used=9, most=most, policy=policy)
    assert list(found.assignment) == [home.key for home in homes]
    before, after = Counter(current.values()), Counter(found.assignment.values())
    if found != recut(homes, current, pinned, used=9, most=most, policy=policy):
        assert all(move.new == pinned.get(move.key) for move in found.moved)
        pins = Counter(pinned.values())
        assert all(size <= max(most, before[n] + pins[n]) for n, size in after.items())


# Stories -----------------------------------------------------------------------------------------


def test_a_first_cut_numbers_the_groups_along_the_walk() -> None:
    found = recut(stair(96), {}, {}, used=0)
    assert Counter(found.assignment.values()) == {1: 24, 2: 24, 3: 24, 4: 24}
    assert list(found.assignment.values()) == sorted(found.assignment.values())
    assert found.new_numbers == (1, 2, 3, 4)
    assert not any((found.moved, found.retired_numbers, found.conflicts))


def test_an_unchanged_building_keeps_its_groups_whatever_their_numbers() -> None:
    homes = stair(96)
    current = {home.key: (7, 3, 9, 4)[place // 24] for place, home in enumerate(homes)}
    found = recut(homes, current, {}, used=9)
    assert found.assignment == current
    assert found.moved == ()


def test_a_dwelling_more_in_a_corridor_goes_where_nobody_else_has_to_move() -> None:
    homes = stair(60, per_floor=60)
    current = {home.key: 1 + place // 20 for place, home in enumerate(homes)}
    found = recut([*homes, Home(61, "1", 1, "61")], current, {}, used=3)
    assert found.moved == ()
    assert found.assignment[61] == 3


def test_a_group_in_two_places_is_continued_where_it_is_longest() -> None:
    current = dict(zip(range(1, 6), (1, 1, 2, 1, 2), strict=True))
    found = recut(stair(5, per_floor=5), current, {}, used=2, most=3)
    assert found.moved == (Move(4, 1, 2),)


def test_when_the_lowest_floors_are_pulled_down_the_others_keep_their_numbers() -> None:
    homes = stair(96)
    current = numbered(homes, cut(homes))
    found = recut(homes[24:], current, {}, used=4)
    assert found.moved == ()
    assert found.retired_numbers == (1,)


def test_a_retired_number_does_not_come_back() -> None:
    homes = stair(48)
    found = recut(homes, dict.fromkeys(range(1, 25), 2), {}, used=5)
    assert found.new_numbers == (6,)


def test_of_the_pieces_of_a_large_group_only_one_counts_as_staying() -> None:
    current = dict(zip(range(1, 8), (1, 2, 3, 3, 3, 3, 3), strict=True))
    found = recut(stair(7, per_floor=7), current, {}, used=3, most=2)
    assert len(found.moved) == 3


def test_a_number_in_use_is_never_given_out_again_even_if_the_count_of_numbers_lags() -> None:
    homes = stair(48)
    found = recut(homes, dict.fromkeys(range(1, 25), 7), {}, used=0)
    assert found.new_numbers == (8,)


def test_a_smaller_group_size_says_who_moves() -> None:
    homes = stair(48)
    current = numbered(homes, cut(homes))
    found = recut(homes, current, {}, used=2, most=16)
    assert found.moved == tuple(
        Move(key, 1, 3) if key < 25 else Move(key, 2, 3) for key in range(17, 33)
    )
    assert found.new_numbers == (3,)


def test_a_door_moved_by_hand_stays_and_counts_in_the_size_of_its_group() -> None:
    homes = stair(60, per_floor=60)
    current = numbered(homes, cut(homes))
    found = recut(homes, current | {1: 2}, {1: 2}, used=2)
    assert found.assignment[1] == 2
    assert found.moved == (Move(31, 2, 1),)


def test_a_group_with_manual_moves_goes_on_with_somebody_who_was_in_it() -> None:
    floors = {1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 4, 7: 5}
    homes = [Home(key, "1", floor, str(key)) for key, floor in floors.items()]
    pinned = {2: 2, 7: 2}
    found = recut(homes, {3: 2, 6: 2} | pinned, pinned, used=2, most=3)
    assert found.moved == (Move(3, 2, 3),)


def test_a_group_with_manual_moves_is_cut_until_no_better_place_is_beside_it() -> None:
    # At first group 1 goes on with 4, so with 2 to 4; once 2 and 3 are in it, it can do without 4.
    homes = stair(6, per_floor=6)
    found = recut(homes, {1: 1, 4: 1}, {1: 1}, used=5, most=4)
    assert Counter(found.assignment.values()) == {1: 3, 6: 3}
    assert recut(homes, found.assignment, {1: 1}, used=6, most=4).moved == ()


def test_a_group_filled_by_hand_takes_nobody_else() -> None:
    homes = stair(8, per_floor=8)
    pinned = dict.fromkeys((1, 3, 5, 7), 2)
    current = dict.fromkeys(range(1, 9), 1) | {8: 2} | pinned
    found = recut(homes, current, pinned, used=2, most=4)
    assert found.assignment == dict.fromkeys((2, 4, 6, 8), 1) | pinned
    assert found.moved == (Move(8, 2, 1),)


def test_manual_moves_into_a_group_that_is_gone_are_let_go_and_reported() -> None:
    homes = stair(8)
    found = recut(homes, dict.fromkeys(range(1, 9), 1), {3: 5}, used=5)
    assert set(found.assignment.values()) == {1}
    assert found.conflicts == (Conflict(ConflictKind.GROUP_GONE, 5, (3,)),)


def test_more_manual_moves_than_a_group_may_have_are_let_go_and_reported() -> None:
    homes = stair(8)
    current = dict.fromkeys(range(1, 9), 1)
    found = recut(homes, current, current, used=1, most=6)
    assert found.conflicts == (Conflict(ConflictKind.GROUP_FULL, 1, (7, 8)),)
    assert Counter(found.assignment.values()) == {1: 6, 2: 2}


def test_a_group_kept_alive_only_by_a_manual_move_is_reported() -> None:
    homes = stair(8)
    found = recut(homes, dict.fromkeys(range(1, 8), 1) | {8: 2}, {8: 2}, used=2)
    assert set(found.assignment.values()) == {1, 2}
    assert found.conflicts == (Conflict(ConflictKind.MORE_GROUPS),)


def test_whole_staircases_are_kept_whole_again() -> None:
    homes = [home for n in range(5) for home in stair(12, unit=str(n + 1), first=12 * n + 1)]
    current = numbered(homes, cut(homes))
    found = recut(homes, current, {}, used=2, policy=Policy.WHOLE_STAIRCASES)
    assert measure(homes, found.assignment) == Measure(3, 0, 0, 12, 24**2 * 2 + 12**2)
    assert {move.key for move in found.moved} == set(range(25, 37))


def test_a_new_door_joins_its_own_floor() -> None:
    homes = stair(48)
    current = {home.key: 1 + place // 24 for place, home in enumerate(homes)}
    on_sixth, on_seventh = Home(49, "1", 6, "05"), Home(50, "1", 7, "00")
    walk = [*homes[:24], on_sixth, on_seventh, *homes[24:]]
    found = place_new(walk, current, {}, used=2)
    assert found.assignment == current | {49: 1, 50: 2}
    assert not any((found.moved, found.new_numbers))


def test_new_doors_between_two_groups_go_where_there_is_room() -> None:
    homes = stair(50, per_floor=50)
    current = {home.key: 1 if home.key < 30 else 2 for home in homes}
    new = [Home(key, "1", 1, "x") for key in (51, 52, 53)]
    found = place_new([*homes[:29], *new, *homes[29:]], current, {}, used=2)
    assert [found.assignment[home.key] for home in new] == [2, 2, 2]
    assert found.moved == ()


def test_a_new_door_beside_one_moved_by_hand_joins_the_group_around_them() -> None:
    homes = stair(34)
    current = {home.key: 1 if home.key < 25 else 2 for home in homes} | {8: 2}
    new = Home(35, "1", 2, "05")
    found = place_new([*homes[:8], new, *homes[8:]], current, {8: 2}, used=2)
    assert found.assignment == current | {35: 1}


def test_a_new_door_beside_a_hand_made_group_joins_it_if_there_is_no_other() -> None:
    homes = stair(5)
    by_hand = dict.fromkeys(range(1, 5), 3)
    assert place_new(homes, by_hand, by_hand, used=3).assignment == by_hand | {5: 3}


def test_new_doors_without_room_beside_them_have_the_building_cut_again() -> None:
    homes = stair(61, per_floor=61)
    current = {home.key: 1 + place // 30 for place, home in enumerate(homes[:60])}
    found = place_new(homes, current, {}, used=2)
    assert found == recut(homes, current, {}, used=2)
    assert Counter(found.assignment.values()) == {1: 21, 2: 20, 3: 20}


def test_a_group_that_is_too_large_since_the_size_was_lowered_is_left_until_the_next_cut() -> None:
    homes = stair(21)
    current = {home.key: 1 if home.key < 13 else 2 for home in homes[:20]}
    found = place_new(homes, current, {}, used=2, most=10)
    assert found.assignment == current | {21: 2}


@pytest.mark.parametrize("regroup", [recut, place_new])
def test_a_building_that_has_lost_every_dwelling_retires_every_group(
    regroup: Callable[..., Recut],
) -> None:
    found = regroup([], {1: 4, 2: 5}, {2: 5}, used=5)
    assert found == Recut({}, (), (), (4, 5), ())


def test_a_group_without_room_for_anybody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one dwelling"):
        recut(stair(2), {}, {}, used=0, most=0)
