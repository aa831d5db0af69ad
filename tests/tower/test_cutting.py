"""The cut of a building is the best there is: compared with all others, and with known answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.tower.cutting import (
    Home,
    Measure,
    Policy,
    cut,
    measure,
    natural_key,
    numbered,
    walking_order,
)

Shape = Sequence[Sequence[int]]  # dwellings on each floor of each unit

calmly = settings(deadline=None, derandomize=True, max_examples=100)
shapes = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=1, max_size=5)
SMALL_SHAPES: list[Shape] = [
    [[1] * 12],
    [[12]],
    [[4, 4, 4]],
    [[3, 3], [3, 3]],
    [[2, 2], [2, 2], [2, 2]],
    [[5], [5]],
    [[1], [2], [3], [4]],
    [[2, 1, 2], [1], [3, 2]],
    [[7], [1, 1, 1], [2]],
    [[1]],
]


def building(shape: Shape) -> list[Home]:
    """A building with this many dwellings on each floor of each unit, in walking order."""
    addresses = [
        (str(unit), floor, f"{floor}{door:02}")
        for unit, floors in enumerate(shape, 1)
        for floor, doors in enumerate(floors, 1)
        for door in range(1, doors + 1)
    ]
    return [Home(key, *address) for key, address in enumerate(addresses, 1)]


def tower(floors: int, dwellings: int) -> list[Home]:
    """One unit; equal floors, what is left over on the lowest ones."""
    doors, left_over = divmod(dwellings, floors)
    return building([[doors + (floor < left_over) for floor in range(floors)]])


def judged(homes: Sequence[Home], pieces: Sequence[range]) -> Measure:
    return measure(homes, numbered(homes, pieces))


def in_order(policy: Policy, found: Measure) -> tuple[int, ...]:
    """The terms of a measure in the order in which the policy compares them."""
    groups, floor_cuts, unit_cuts, *evenness = found
    if policy is Policy.WHOLE_STAIRCASES:
        return unit_cuts, groups, floor_cuts, *evenness
    return groups, floor_cuts, unit_cuts, *evenness


def all_cuts(dwellings: int, most: int) -> Iterator[tuple[range, ...]]:
    for count in range(dwellings):
        for stops in combinations(range(1, dwellings), count):
            pieces = tuple(range(*ends) for ends in pairwise((0, *stops, dwellings)))
            if max(map(len, pieces)) <= most:
                yield pieces


def best_of_all(homes: Sequence[Home], most: int, policy: Policy) -> tuple[range, ...]:
    """By looking at every cut there is; the larger groups first among equals."""
    return min(
        all_cuts(len(homes), most),
        key=lambda pieces: (
            in_order(policy, judged(homes, pieces)),
            [-len(piece) for piece in pieces],
        ),
    )


def best_by_windows(homes: Sequence[Home], most: int, policy: Policy) -> tuple[int, ...]:
    """The terms of the best cut by another road: every window of sizes, each with its own table."""

    def table(low: int, high: int) -> tuple[int, ...] | None:
        @cache
        def rest(place: int) -> tuple[int, ...] | None:
            if place == len(homes):
                return (0, 0, 0, 0)
            ways = []
            for stop in range(place + low, min(place + high, len(homes)) + 1):
                after = rest(stop)
                if after is not None:
                    one, two = homes[stop - 1], homes[min(stop, len(homes) - 1)]
                    unit = stop < len(homes) and one.unit == two.unit
                    floor = unit and one.floor == two.floor
                    terms = in_order(policy, Measure(1, floor, unit, 0, 0))[:3]
                    mine = (*terms, (stop - place) ** 2)
                    ways.append(tuple(a + b for a, b in zip(mine, after, strict=True)))
            return min(ways, default=None)

        return rest(0)

    unbounded = table(1, most)
    assert unbounded is not None
    for spread in range(most):
        windows = [table(low, low + spread) for low in range(1, most - spread + 1)]
        equal = [found for found in windows if found and found[:3] == unbounded[:3]]
        if equal:
            return (*unbounded[:3], spread, min(equal)[3])
    raise AssertionError


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("most", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("shape", SMALL_SHAPES, ids=str)
def test_no_other_cut_of_a_small_building_is_better(
    shape: Shape, most: int, policy: Policy
) -> None:
    homes = building(shape)
    assert cut(homes, most=most, policy=policy) == best_of_all(homes, most, policy)


@calmly
@given(
    shape=st.lists(
        st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=1, max_size=4
    ).filter(lambda shape: sum(map(sum, shape)) <= 11),
    most=st.integers(1, 7),
    policy=st.sampled_from(Policy),
)
def test_no_other_cut_of_any_small_building_is_better(
    shape: Shape, most: int, policy: Policy
) -> None:
    homes = building(shape)
    assert cut(homes, most=most, policy=policy) == best_of_all(homes, most, policy)


@calmly
@given(shape=shapes, most=st.integers(3, 14), policy=st.sampled_from(Policy))
def test_larger_buildings_measure_as_well_as_by_another_method(
    shape: Shape, most: int, policy: Policy
) -> None:
    homes = building(shape)
    found = in_order(policy, judged(homes, cut(homes, most=most, policy=policy)))
    assert found == best_by_windows(homes, most, policy)


@calmly
@given(shape=shapes, most=st.integers(1, 40), policy=st.sampled_from(Policy))
def test_groups_follow_the_walk_without_gap_and_none_is_too_large(
    shape: Shape, most: int, policy: Policy
) -> None:
    homes = building(shape)
    pieces = cut(homes, most=most, policy=policy)
    assert [place for piece in pieces for place in piece] == list(range(len(homes)))
    assert all(1 <= len(piece) <= most for piece in pieces)


@calmly
@given(shape=shapes, most=st.integers(1, 40))
def test_fewest_groups_means_no_group_more_than_the_count_demands(shape: Shape, most: int) -> None:
    homes = building(shape)
    assert len(cut(homes, most=most)) == -(-len(homes) // most)


@calmly
@given(shape=shapes, most=st.integers(1, 40))
def test_whole_staircases_divides_no_unit_that_fits_and_larger_ones_as_little_as_possible(
    shape: Shape, most: int
) -> None:
    homes = building(shape)
    numbers = numbered(homes, cut(homes, most=most, policy=Policy.WHOLE_STAIRCASES))
    for unit, floors in enumerate(shape, 1):
        groups = {numbers[home.key] for home in homes if home.unit == str(unit)}
        assert len(groups) == -(-sum(floors) // most)


def test_five_stairs_of_twelve_stay_whole_at_the_price_of_one_more_group() -> None:
    homes = building([[2] * 6] * 5)
    fewest, whole = (cut(homes, policy=policy) for policy in Policy)
    assert [len(piece) for piece in fewest] == [30, 30]
    assert judged(homes, fewest).unit_cuts == 1
    assert [len(piece) for piece in whole] == [24, 24, 12]
    assert judged(homes, whole).unit_cuts == 0


@pytest.mark.parametrize(
    ("shape", "most", "sizes"),
    [
        # Not 7, 7, 3, nor 5, 6, 10: the same spread, but more squares.
        ([[9, 5, 3]], 8, [5, 4, 8]),
        ([[5, 4, 2], [3, 2, 1], [4]], 10, [9, 8, 4]),
        # Not 8, 10, 10, 9, 12: fewer squares, but more spread.
        ([[8, 3, 7, 4, 6, 2, 7, 4, 8]], 12, [11, 11, 8, 11, 8]),
    ],
)
def test_spread_comes_first_and_squares_decide_between_windows_of_equal_spread(
    shape: Shape, most: int, sizes: list[int]
) -> None:
    homes = building(shape)
    pieces = cut(homes, most=most)
    assert [len(piece) for piece in pieces] == sizes
    assert tuple(judged(homes, pieces)) == best_by_windows(homes, most, Policy.FEWEST_GROUPS)


# Towers of a real town, floors and dwellings of one stair; the terms by `best_by_windows`.
REAL_TOWERS = [
    (40, 220, Measure(8, 0, 7, 5, 6100)),
    (25, 96, Measure(4, 0, 3, 0, 2304)),
    (17, 128, Measure(5, 0, 4, 4, 3296)),
    (16, 142, Measure(5, 2, 4, 3, 4040)),
    (14, 207, Measure(7, 0, 6, 2, 6125)),
    (12, 198, Measure(7, 5, 6, 1, 5602)),
    (12, 132, Measure(5, 2, 4, 6, 3510)),
    (10, 107, Measure(4, 1, 3, 8, 2897)),
    (4, 12, Measure(1, 0, 0, 0, 144)),
]


@pytest.mark.parametrize(("floors", "dwellings", "expected"), REAL_TOWERS)
def test_towers_of_a_real_town_keep_the_cuts_that_were_measured(
    floors: int, dwellings: int, expected: Measure
) -> None:
    homes = tower(floors, dwellings)
    assert judged(homes, cut(homes)) == expected


def test_a_building_without_dwellings_has_no_groups() -> None:
    assert cut([]) == ()
    assert measure([], {}) == Measure(0, 0, 0, 0, 0)


@pytest.mark.parametrize("most", [0, -1])
def test_a_group_without_room_for_anybody_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match="at least one dwelling"):
        cut(building([[3]]), most=most)


def test_an_endless_corridor_of_fifteen_hundred_doors_falls_into_fifty_even_groups() -> None:
    homes = building([[1471]])
    assert sorted(len(piece) for piece in cut(homes)) == [29] * 29 + [30] * 21


def test_the_measure_counts_a_dwelling_moved_by_hand_as_a_cut_of_its_floor_and_unit() -> None:
    homes = building([[2, 2], [2]])
    assert measure(homes, {1: 7, 2: 9, 3: 7, 4: 7, 5: 9, 6: 9}) == Measure(2, 1, 1, 0, 18)


def test_numbers_go_on_after_the_highest_one_used() -> None:
    homes = building([[1, 1]])
    assert numbered(homes, cut(homes, most=1), after=8) == {1: 9, 2: 10}


def test_the_walk_goes_by_unit_then_up_from_the_basement_then_by_room() -> None:
    walk = [
        Home(1, "", 1, "101"),
        Home(2, "1", -2, "B201"),
        Home(3, "1", -1, "B101"),
        Home(4, "1", 1, "102"),
        Home(5, "1", 10, "1001"),
        Home(6, "2", 9, "902"),
        Home(7, "2", 9, "910"),
        Home(8, "10", 1, "101"),
        Home(9, "10", 1, "101A"),
    ]
    assert walking_order(reversed(walk)) == walk


def test_units_written_alike_in_two_ways_are_not_shuffled_together() -> None:
    homes = [Home(key, unit, floor, "1") for key, unit, floor in [(1, "1", 5), (2, "一", 3)]]
    homes.append(Home(3, "1", 9, "1"))
    assert [home.unit for home in walking_order(homes)] == ["1", "1", "一"]


@pytest.mark.parametrize(
    "names",
    [
        ["", "1", "2", "10", "10A", "10B", "A", "甲", "东", "底商"],
        ["甲", "乙", "丙", "丁"],
        ["东", "中", "西"],
        ["南", "中", "北"],
        ["左", "中", "右"],
        ["一单元", "2单元", "十单元", "十二单元", "二十单元", "一百零二单元"],
        ["底商2", "底商10"],
        ["二九九", "三〇二", "303"],
        ["9", "１０"],
    ],
    ids=" ".join,
)
def test_names_sort_as_people_count(names: list[str]) -> None:
    keys = [natural_key(name) for name in names]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(("one", "other"), [("１０１", "101"), ("a1", "A 1"), ("十二", "012")])
def test_spellings_of_one_name_sort_alike(one: str, other: str) -> None:
    assert natural_key(one) == natural_key(other)


def test_the_order_given_makes_no_difference_to_the_walk() -> None:
    homes = building([[2], [1, 1]])
    assert all(walking_order(mixed) == homes for mixed in permutations(homes))
