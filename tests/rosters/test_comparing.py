"""What a roster would change in one building."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters.comparing import Comparison, Key, compare, key_of
from portal.rosters.records import Dwelling

Known = dict[Key, dict[str, Any]]
NOTHING_KNOWN: dict[str, Any] = {
    "vacant": False,
    "residents": None,
    "contact_label": None,
    "phone": None,
    "care_tag": None,
}


def home(unit: str = "1", floor: int | None = 5, room: str = "501", **changes: Any) -> Dwelling:
    return Dwelling("和风苑", "3", unit, floor, room, **changes)


def known(*homes: Dwelling, **columns: Any) -> Known:
    """Homes as the tower knows them, numbered from 1."""
    return {
        key_of(each): {**NOTHING_KNOWN, **columns, "id": number}
        for number, each in enumerate(homes, 1)
    }


def held_against(before: Known, *homes: Dwelling, tells_vacancy: bool = False) -> Comparison:
    return compare(homes, before, tells_vacancy=tells_vacancy)


def test_a_home_nobody_knew_is_new() -> None:
    result = held_against({}, home())
    assert (result.new, result.changed, result.unchanged, result.missing) == ([home()], {}, 0, [])


def test_a_home_that_says_nothing_else_is_unchanged() -> None:
    before = known(home(), residents=2, contact_label="王涛", phone="13800000001")
    again = home(residents=2, contact_label="王涛", phone="13800000001")
    assert held_against(before, again).unchanged == 1
    assert held_against(before, home()).unchanged == 1


def test_what_the_file_says_otherwise_is_changed_and_nothing_else() -> None:
    before = known(home(), residents=2, contact_label="王涛", phone="13800000001")
    result = held_against(before, home(residents=3, phone="13800000002", care="elderly"))
    assert result.changed == {1: {"residents": 3, "phone": "13800000002", "care_tag": "elderly"}}


def test_the_same_room_in_another_unit_is_another_home() -> None:
    result = held_against(known(home("1")), home("1"), home("2"))
    assert (result.unchanged, result.new) == (1, [home("2")])


def test_a_home_the_file_does_not_name_is_missing() -> None:
    before = known(home(room="501"), home(room="502"), home(room="503"))
    result = held_against(before, home(room="502"))
    assert result.missing == [Key("1", 5, "501"), Key("1", 5, "503")]


# The same home, written otherwise ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_the_tower", "in_the_file"),
    [
        (home(unit=""), home(unit="1")),
        (home(floor=0, room="门面3"), home(floor=1, room="门面3")),
        (home(floor=1, room="门面3"), home(floor=None, room="门面3")),
        (home(unit="", floor=0, room="门面3"), home(unit="1", floor=None, room="门面3")),
    ],
)
def test_an_unnamed_unit_is_the_first_and_an_unknown_floor_is_any(
    in_the_tower: Dwelling, in_the_file: Dwelling
) -> None:
    result = held_against(known(in_the_tower), in_the_file)
    assert (result.unchanged, result.new, result.missing) == (1, [], [])


@pytest.mark.parametrize(
    ("in_the_tower", "in_the_file"),
    [
        (home(unit=""), home(unit="2")),
        (home(floor=1, room="门面3"), home(floor=2, room="门面3")),
        (home(floor=0, room="门面3"), home(floor=1, room="门面4")),
    ],
)
def test_other_differences_make_another_home(in_the_tower: Dwelling, in_the_file: Dwelling) -> None:
    result = held_against(known(in_the_tower), in_the_file)
    assert (result.new, result.missing) == ([in_the_file], [key_of(in_the_tower)])


def test_where_two_homes_could_be_meant_none_is_taken() -> None:
    before = known(home(floor=1, room="门面"), home(floor=2, room="门面"))
    result = held_against(before, home(floor=None, room="门面"))
    assert len(result.new) == 1
    assert len(result.missing) == 2


def test_a_home_that_is_named_exactly_is_not_given_to_another() -> None:
    before = known(home(unit="1"))
    result = held_against(before, home(unit="1"), home(unit=""))
    assert (result.unchanged, result.new) == (1, [home(unit="")])


# Vacancy -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "tells_vacancy", "becomes"),
    [
        ({"vacant": True}, False, {"vacant": True}),
        ({"vacant": True, "residents": 0}, True, {"vacant": True}),  # which is all there is to say
        ({}, True, None),
    ],
)
def test_a_home_becomes_vacant_when_the_file_says_so(
    changes: dict[str, Any], *, tells_vacancy: bool, becomes: dict[str, Any] | None
) -> None:
    result = held_against(known(home()), home(**changes), tells_vacancy=tells_vacancy)
    assert result.changed.get(1) == becomes


def test_nobody_lives_in_a_home_that_became_vacant() -> None:
    result = held_against(known(home(), residents=2), home(vacant=True, residents=0))
    assert result.changed == {1: {"vacant": True, "residents": 0}}


@pytest.mark.parametrize(
    ("changes", "tells_vacancy", "is_over"),
    [
        ({"residents": 2}, False, True),
        ({"contact_label": "王涛"}, True, True),
        ({"contact_label": "王涛"}, False, False),  # the owner's name alone says nothing about it
        ({"residents": 0}, True, False),
        ({}, True, False),
    ],
)
def test_a_vacancy_ends_when_somebody_lives_there(
    changes: dict[str, Any], *, tells_vacancy: bool, is_over: bool
) -> None:
    before = known(home(), vacant=True)
    result = held_against(before, home(**changes), tells_vacancy=tells_vacancy)
    assert (result.changed.get(1, {}).get("vacant") is False) is is_over


# Any file against any building -------------------------------------------------------------------

HOMES = st.lists(
    st.builds(
        Dwelling,
        estate=st.just("和风苑"),
        building=st.just("3"),
        unit=st.sampled_from(["", "1", "2"]),
        floor=st.sampled_from([None, -1, 1, 2]),
        room=st.sampled_from(["101", "102", "门面"]),
        vacant=st.booleans(),
        residents=st.sampled_from([None, 0, 3]),
        contact_label=st.sampled_from(["", "王涛"]),
        phone=st.sampled_from(["", "13800000001"]),
        care=st.sampled_from([None, "elderly"]),
    ),
    max_size=12,
    unique_by=key_of,
)


def after(before: Known, result: Comparison) -> Known:
    """The building once the changes are made, as `arrivals` makes them."""
    later = {key: {**row, **result.changed.get(row["id"], {})} for key, row in before.items()}
    for number, new in enumerate(result.new, 1000):
        later[key_of(new)] = {
            "id": number,
            "vacant": new.vacant,
            "residents": new.residents,
            "contact_label": new.contact_label or None,
            "phone": new.phone or None,
            "care_tag": new.care,
        }
    return later


@settings(deadline=None, derandomize=True, max_examples=150)
@given(there=HOMES, file=HOMES, tells_vacancy=st.booleans())
def test_the_same_file_twice_changes_nothing_and_nobody_is_lost(
    there: list[Dwelling], file: list[Dwelling], *, tells_vacancy: bool
) -> None:
    before = after({}, compare(there, {}, tells_vacancy=tells_vacancy))
    result = compare(file, before, tells_vacancy=tells_vacancy)
    assert len(result.new) + len(result.changed) + result.unchanged == len(file)
    assert len(result.missing) == len(before) - len(result.changed) - result.unchanged
    later = after(before, result)
    assert len(later) == len(before) + len(result.new)
    again = compare(file, later, tells_vacancy=tells_vacancy)
    assert (again.new, again.changed, again.missing) == ([], {}, result.missing)
