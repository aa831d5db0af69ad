"""Building layouts: rows become buildings, buildings become homes by rule."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters.headings import Shape
from portal.rosters.layouts import dwellings_of
from portal.rosters.limits import Limits
from portal.rosters.messages import Code, Refusal, Unreadable
from portal.rosters.reading import Reading, read
from portal.rosters.records import Building
from tests.rosters.making import csv_file, workbook

TOWN = Path(__file__).parent.parent / "data" / "kallang-whampoa.csv"
HEADINGS = ["estate", "building", "units", "floors", "dwellings"]


def layout(*rows: list[object], headings: list[str] = HEADINGS) -> Reading:
    return read(csv_file([headings, *rows]), filename="layout.csv")


def rooms(units: int, floors: int, dwellings: int) -> list[tuple[str, int | None, str]]:
    building = Building("桂香苑", "1", units, floors, dwellings)
    return [(home.unit, home.floor, home.room) for home in dwellings_of(building)]


def test_a_real_town_has_all_its_dwellings() -> None:
    reading = read(TOWN, filename="kallang-whampoa.csv")
    assert reading.shape is Shape.LAYOUT
    assert (len(reading.buildings), reading.dwelling_count) == (301, 40_172)
    assert not reading.rejected
    assert not reading.warnings
    homes = list(reading.dwellings())
    assert len(homes) == 40_172
    assert len({(h.estate, h.building, h.unit, h.room) for h in homes}) == 40_172
    assert reading.buildings[0] == Building("Beach Rd", "1", 1, 16, 142, "", 2)


def test_doors_are_equal_on_every_floor_and_the_rest_is_lowest() -> None:
    assert rooms(1, 3, 7) == [
        *(("1", 1, "101"), ("1", 1, "102"), ("1", 1, "103")),
        *(("1", 2, "201"), ("1", 2, "202")),
        *(("1", 3, "301"), ("1", 3, "302")),
    ]


def test_homes_are_spread_over_the_units_first() -> None:
    assert rooms(2, 2, 5) == [
        *(("1", 1, "101"), ("1", 1, "102"), ("1", 2, "201")),
        *(("2", 1, "101"), ("2", 2, "201")),
    ]


def test_more_than_99_doors_on_a_floor_take_three_digits_everywhere() -> None:
    names = [room for _, _, room in rooms(1, 2, 199)]
    assert (names[0], names[99], names[-1]) == ("1001", "1100", "2099")
    assert rooms(1, 2, 198)[-1] == ("1", 2, "299")


@settings(deadline=None, derandomize=True, max_examples=150)
@given(units=st.integers(1, 6), floors=st.integers(1, 40), more=st.integers(0, 500))
def test_every_layout_gives_each_home_once_and_no_floor_without(
    units: int, floors: int, more: int
) -> None:
    homes = rooms(units, floors, units * floors + more)
    assert len(homes) == len(set(homes)) == units * floors + more
    per_floor = Counter((unit, floor) for unit, floor, _ in homes)
    assert len(per_floor) == units * floors
    for unit in {unit for unit, _, _ in homes}:
        doors = [per_floor[unit, floor] for floor in range(1, floors + 1)]
        assert doors == sorted(doors, reverse=True)
        assert doors[0] - doors[-1] <= 1


def test_a_generated_home_is_read_back_from_a_household_roster() -> None:
    building = Building("桂香苑", "12A", 2, 12, 300)
    homes = list(dwellings_of(building))
    rows = [[h.estate, h.building, h.unit, h.floor, h.room] for h in homes]
    headings = ["estate", "building", "unit", "floor", "room"]
    reading = read(csv_file([headings, *rows]), filename="homes.csv")
    assert [(h.building, h.unit, h.floor, h.room) for h in reading.homes] == [
        (h.building, h.unit, h.floor, h.room) for h in homes
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["A", "1", 0, 6, 24], Code.BAD_UNITS),
        (["A", "1", "", 6, 24], Code.BAD_UNITS),
        (["A", "1", 1, -6, 24], Code.BAD_FLOORS),
        (["A", "1", 1, "many", 24], Code.BAD_FLOORS),
        (["A", "1", 1, 6.5, 24], Code.BAD_FLOORS),
        (["A", "1", 1, 201, 2400], Code.BAD_FLOORS),
        (["A", "1", 1, 6, 0], Code.BAD_DWELLINGS),
        (["A", "1", 1, 6, ""], Code.BAD_DWELLINGS),
        (["A", "1", 1, 6, "1e9"], Code.BAD_DWELLINGS),
        (["A", "1", 1, 6, 10**30], Code.BAD_DWELLINGS),
        (["A", "1", 2, 6, 11], Code.TOO_FEW_DWELLINGS),
        (["A", "??", 1, 6, 24], Code.BAD_BUILDING),
        (["A", "", 1, 6, 24], Code.BAD_BUILDING),
        (["", "1", 1, 6, 24], Code.ESTATE_UNKNOWN),
    ],
)
def test_a_building_that_cannot_be_is_a_message_and_not_an_error(
    row: list[object], code: Code
) -> None:
    reading = layout(row, ["B", "2", 1, 6, 24])
    assert [(m.row, m.code) for m in reading.rejected] == [(2, code)]
    assert reading.rejected[0].text().endswith(".")
    assert [building.name for building in reading.buildings] == ["2"]


def test_a_building_stands_in_one_row_only() -> None:
    reading = layout(["A", "1", 1, 6, 24], ["A", "1栋", 1, 6, 24], ["A", "1", 1, 6, 25])
    assert [(m.row, m.code) for m in reading.warnings] == [(3, Code.DUPLICATE)]
    assert [(m.row, m.code) for m in reading.rejected] == [(4, Code.DUPLICATE)]
    assert "row 2" in reading.rejected[0].text()
    assert reading.dwelling_count == 24


def test_chinese_headings_title_totals_and_merged_estates() -> None:
    data = workbook(
        {
            "Sheet1": [
                ["桂香苑楼栋情况一览表"],
                ["楼栋", "单元数", "总层数", "户数"],
                ["1栋", 2.0, "6层", "24户"],
                ["2栋", "２", 6.0, 24.0],
                ["合计", None, None, 48.0],
                ["填表人：某某"],
            ]
        }
    )
    reading = read(data, filename="layout.xlsx")
    assert reading.buildings == [
        Building("桂香苑", "1", 2, 6, 24, "Sheet1", 3),
        Building("桂香苑", "2", 2, 6, 24, "Sheet1", 4),
    ]
    assert reading.skipped_rows == [("Sheet1", 5), ("Sheet1", 6)]


def test_without_a_column_for_units_a_building_has_one() -> None:
    reading = layout(["A", "1", 6, 24], headings=["estate", "building", "floors", "dwellings"])
    assert reading.buildings[0].units == 1


def test_an_estate_holds_until_the_next() -> None:
    reading = layout(["A", "1", 1, 6, 24], ["", "2", 1, 6, 24], ["B", "1", 1, 6, 24])
    assert [building.estate for building in reading.buildings] == ["A", "A", "B"]


def test_beside_a_household_roster_a_list_of_buildings_is_a_summary() -> None:
    data = workbook(
        {
            "桂香苑": [["地址"], ["1-1-101"]],
            "汇总": [["楼栋", "层数", "户数"], ["1栋", 6.0, 24.0]],
        }
    )
    reading = read(data, filename="roster.xlsx")
    assert (reading.shape, reading.dwelling_count) == (Shape.HOUSEHOLDS, 1)
    assert reading.ignored_sheets == ["汇总"]


def test_more_homes_than_allowed_are_refused() -> None:
    rows = [["A", str(number), 1, 6, 600] for number in range(1, 10)]
    with pytest.raises(Unreadable, match=Refusal.TOO_MANY_DWELLINGS):
        read(csv_file([HEADINGS, *rows]), filename="a.csv", limits=Limits(dwellings=5000))


def test_a_million_homes_need_hardly_any_memory() -> None:
    rows = [[f"苑{number // 50}", str(number), 1, 18, 133] for number in range(8_220)]
    reading = read(csv_file([HEADINGS, *rows]), filename="a.csv")
    assert reading.dwelling_count == 1_093_260
    tracemalloc.start()
    for number, _home in enumerate(reading.dwellings()):
        if number == 20_000:
            break
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000
