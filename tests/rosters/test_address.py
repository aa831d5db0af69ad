"""Addresses in every spelling of `domain.md` 2.12, and what must not pass for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters import address as addresses
from portal.rosters.address import (
    Address,
    Trouble,
    read_address,
    read_building,
    read_floor,
    read_unit,
)
from portal.rosters.cells import plain
from portal.rosters.numerals import whole_number


def read(text: str, **known: str) -> tuple[str | None, str | None, int | None, str | None]:
    """Building, unit, floor and room of an address that must be readable."""
    found = read_address(plain(text), **known)
    assert isinstance(found, Address), f"{text} was {found}"
    return found.building, found.unit, found.floor, found.room


@pytest.mark.parametrize(
    "text",
    [
        *("3-2-501", "3—2—501", "3–2–501", "３－２－５０１", "3 - 2 - 501", " 3-2-501 ", "3_2_501"),
        *("3/2/501", "3.2.501", "3、2、501", "3 2 501", "03-02-501", "3-2-0501", "3-2-501室"),
        *(
            "3栋2单元501室",
            "3栋2单元501",
            "3号楼2单元501",
            "3幢2门栋501室",
            "3座2门501",
            "3号楼2门501号",
        ),
        *(
            "三栋二单元501",
            "三栋二单元五〇一室",
            "叁栋贰单元501",
            "第3栋第2单元501",
            "3栋2单元501房",
        ),
        *("3 栋 2 单元 501 室", "3栋-2单元-501", "3栋2-501", "3#2-501", "3#2#501", "3-2单元501"),
        *(
            "3栋2单元501（租）",
            "3栋2单元501(出租)",
            "3-2-501【已核实】",
            "3栋2单元501出租",
            "3栋（2单元）501",
        ),
        *(
            "3栋2单元5楼501",
            "3栋2单元5层01",
            "3栋2单元5楼1号",
            "3-2-5-01",
            "3栋2单元5-1",
            "'3-2-501",
        ),
        *(
            "3号楼2单元5F501",
            "3栋2号门501",
            "Blk 3, Unit 2, Room 501",
            "building 3 unit 2 flat 501",
        ),
    ],
)
def test_every_spelling_leads_to_the_same_home(text: str) -> None:
    assert read(text) == ("3", "2", 5, "501")


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("12栋2单元1803", ("12", "2", 18, "1803")),
        ("12#1803", ("12", None, 18, "1803")),
        ("A座1203", ("A", None, 12, "1203")),
        ("a座1203", ("A", None, 12, "1203")),
        ("3-501", ("3", None, 5, "501")),
        ("十二-501", ("12", None, 5, "501")),
        ("十一栋二单元501", ("11", "2", 5, "501")),
        ("二十一号楼甲单元501", ("21", "甲", 5, "501")),
        ("甲栋乙单元501", ("甲", "乙", 5, "501")),
        ("12a-1-301", ("12A", "1", 3, "301")),
        ("108B栋301", ("108B", None, 3, "301")),
        ("101-502", ("101", None, 5, "502")),
        ("1-2-2003", ("1", "2", 20, "2003")),
        ("1-1层商铺", ("1", None, 1, "商铺")),
        ("3栋1层商铺2", ("3", None, 1, "商铺2")),
        ("3栋-1楼", ("3", None, -1, "负一楼")),
        ("3栋2单元负一楼", ("3", "2", -1, "负一楼")),
        ("3栋2单元B101", ("3", "2", -1, "B101")),
        ("3栋2单元负101", ("3", "2", -1, "B101")),
        ("3-2-1", ("3", "2", None, "1")),
        ("3-2-501-1", ("3", "2", 5, "501-1")),
        ("3-2-501+502", ("3", "2", 5, "501+502")),
        ("3-2-501、502", ("3", "2", 5, "501+502")),
        ("3栋2单元5楼东户", ("3", "2", 5, "东户")),
        ("3栋A1203", ("3", None, 12, "A1203")),
    ],
)
def test_an_address_gives_building_unit_floor_and_room(
    text: str, home: tuple[str | None, str | None, int | None, str | None]
) -> None:
    assert read(text) == home


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2门501", (None, "2", 5, "501")),
        ("501室", (None, None, 5, "501")),
        ("501", (None, None, 5, "501")),
        ("0301", (None, None, 3, "301")),
        ("五零一", (None, None, 5, "501")),
        ("12005", (None, None, 12, "12005")),
        ("5楼01", (None, None, 5, "501")),
        ("负一楼", (None, None, -1, "负一楼")),
        ("地下一层", (None, None, -1, "负一楼")),
        ("-1", (None, None, -1, "负一楼")),
        ("B1", (None, None, -1, "负一楼")),
        ("-101", (None, None, -1, "B101")),
        ("甲单元", (None, "甲", None, None)),
        ("3栋", ("3", None, None, None)),
        ("3栋2单元", ("3", "2", None, None)),
        ("商铺3", (None, None, None, "商铺3")),
    ],
)
def test_a_part_of_an_address_says_only_that_part(
    text: str, part: tuple[str | None, str | None, int | None, str | None]
) -> None:
    assert read(text, building="9") == part


@pytest.mark.parametrize(
    ("text", "known", "home"),
    [
        ("2-501", {"building": "3"}, (None, "2", 5, "501")),
        ("3-501", {"building": "3"}, (None, "3", 5, "501")),
        ("3-2-501", {"building": "3"}, ("3", "2", 5, "501")),
        ("2-5-01", {"building": "3"}, (None, "2", 5, "501")),
        ("5-1", {"building": "3"}, (None, None, 5, "501")),
        ("501-1", {"building": "3"}, (None, None, 5, "501-1")),
        ("501-502", {"building": "3"}, (None, None, 5, "501+502")),
        ("2-501", {"building": "3", "unit": "2"}, (None, None, 5, "501")),
        ("5-01", {"building": "3", "unit": "2"}, (None, None, 5, "501")),
        ("3-2-501", {"building": "3", "unit": "2"}, ("3", "2", 5, "501")),
    ],
)
def test_what_other_columns_say_decides_what_two_numbers_mean(
    text: str,
    known: dict[str, str],
    home: tuple[str | None, str | None, int | None, str | None],
) -> None:
    assert read(text, **known) == home


@pytest.mark.parametrize("text", ["4-501", "3-1-501", "4-2-501"])
def test_an_address_that_contradicts_its_columns_is_unreadable(text: str) -> None:
    assert read_address(text, building="3", unit="2") is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("text", "estate"),
    [
        ("桂香苑3栋2单元501", "桂香苑"),
        ("桂香苑3-2-501", "桂香苑"),
        ("武汉市江岸区百步亭街道百步亭社区桂香苑3栋2单元501室", "桂香苑"),
        ("解放大道123号桂香苑3栋2单元501", "桂香苑"),
        ("三里苑三栋二单元501", "三里苑"),
        ("百步亭社区3栋2单元501", None),
        ("Rose Court, Building 3, Unit 2, Room 501", "Rose Court"),
        ("Rose Court 3-2-501", "Rose Court"),
    ],
)
def test_an_address_may_begin_with_the_estate(text: str, estate: str | None) -> None:
    found = read_address(plain(text))
    assert isinstance(found, Address)
    assert (found.estate, found.building, found.unit, found.room) == (estate, "3", "2", "501")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2003/2/1",
            "2003-2-1",
            "2003.2.1",
            "2003-02-01 00:00:00",
            "2003年2月1日",
            "3月2日",
            "三月二日",
        ),
        *("3月", "2/1/2003", "2-Mar", "02-Mar-03", "Mar-02", "March 2, 2003", "45000", "45000.5"),
    ],
)
def test_a_date_is_not_taken_for_an_address(text: str) -> None:
    assert read_address(text) is Trouble.IS_DATE


@pytest.mark.parametrize(
    "text",
    [
        "??",
        "某某",
        "3",
        "3-2",
        "1-2-3-4-5",
        "420102196341849551",
        "3栋某单元501",
        "-",
        "",
        "3-2-",
        "12弄3号501",
    ],
)
def test_what_cannot_be_read_is_not_guessed(text: str) -> None:
    found = read_address(text)
    assert found is Trouble.UNREADABLE or (isinstance(found, Address) and not found.building)


@pytest.mark.parametrize(
    "text", ["3-2-501（空）", "3-2-501(空置)", "3栋2单元501空", "3栋2单元501毛坯"]
)
def test_a_remark_in_the_address_may_say_that_nobody_lives_there(text: str) -> None:
    found = read_address(plain(text))
    assert isinstance(found, Address)
    assert found.vacant
    assert found.room == "501"


@pytest.mark.parametrize(
    ("text", "building"),
    [
        *(("1栋", "1"), ("一号楼", "1"), ("03栋", "3"), ("3", "3"), ("10楼", "10"), ("A座", "A")),
        *(
            ("东楼", "东"),
            ("12#", "12"),
            ("5号", "5"),
            ("12a", "12A"),
            ("第2幢", "2"),
            ("2.0", "2"),
        ),
        *(("综合楼", "综合楼"), ("Tower East", "Tower East"), ("Blk 12", "12"), ("3栋(高层)", "3")),
    ],
)
def test_a_building_column_has_one_spelling_for_each_building(text: str, building: str) -> None:
    found = read_building(plain(text), may_hold_unit=False)
    assert isinstance(found, Address)
    assert (found.building, found.unit) == (building, None)


@pytest.mark.parametrize("text", ["3栋2单元", "3-2", "3号楼二单元"])
def test_a_building_column_may_hold_the_unit_too(text: str) -> None:
    found = read_building(text, may_hold_unit=True)
    assert isinstance(found, Address)
    assert (found.building, found.unit) == ("3", "2")


def test_a_building_column_may_hold_the_estate_too() -> None:
    found = read_building("桂香苑3栋", may_hold_unit=False)
    assert isinstance(found, Address)
    assert (found.estate, found.building) == ("桂香苑", "3")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *(
            ("1单元", "1"),
            ("二门栋", "2"),
            ("2门", "2"),
            ("1号门", "1"),
            ("2", "2"),
            ("甲单元", "甲"),
        ),
        *(("甲", "甲"), ("东单元", "东"), ("左", "左"), ("Unit 3", "3"), ("a", "A"), ("02", "2")),
    ],
)
def test_a_unit_column_has_one_spelling_for_each_unit(text: str, unit: str) -> None:
    assert read_unit(text) == unit


@pytest.mark.parametrize("read_cell", [read_unit, lambda t: read_building(t, may_hold_unit=True)])
def test_dates_and_signs_are_neither_buildings_nor_units(read_cell: object) -> None:
    assert callable(read_cell)
    assert read_cell("3月2日") is Trouble.IS_DATE
    assert read_cell("??") is Trouble.UNREADABLE


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        *(("5", 5), ("5层", 5), ("十二楼", 12), ("5F", 5), ("负一层", -1), ("B1", -1), ("-2", -2)),
        *(("5/18", None), ("0", None), ("顶", None)),
    ],
)
def test_a_floor_column_counts_below_ground_too(text: str, floor: int | None) -> None:
    assert read_floor(text) == floor


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("十", 10), ("十一", 11), ("二十", 20), ("二十一", 21), ("廿三", 23), ("一百零二", 102)),
        *(
            ("五〇一", 501),
            ("两", 2),
            ("12", 12),
            ("", None),
            ("三十十", None),
            ("3a", None),
            ("٣", None),
        ),
    ],
)
def test_numbers_are_read_in_either_script(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    building=st.integers(1, 150),
    unit=st.integers(1, 12),
    floor=st.integers(1, 60),
    door=st.integers(1, 99),
    form=st.sampled_from(
        ["{b}-{u}-{r}", "{b}栋{u}单元{r}室", "{b}#{u}-{r}", "{b}号楼{u}门{f}层{d}", "{b}—{u}—{r}"]
    ),
)
def test_any_home_comes_back_from_any_spelling(
    building: int, unit: int, floor: int, door: int, form: str
) -> None:
    room = f"{floor}{door:02d}"
    text = form.format(b=building, u=unit, f=floor, d=f"{door:02d}", r=room)
    assert read(text) == (str(building), str(unit), floor, room)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    text=st.from_regex(
        r"[1-9]\d{0,2}[-栋幢][1-9]\d?(-|单元|门)[1-9]\d{2,3}室?|[1-9]\d{2,3}室?", fullmatch=True
    ),
    building=st.sampled_from([None, "3"]),
)
def test_the_quick_way_gives_what_the_long_way_gives(text: str, building: str | None) -> None:
    quick = read_address.__wrapped__(text, building=building)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "_ORDINARY", re.compile("(?!)"))
        assert read_address.__wrapped__(text, building=building) == quick


@settings(deadline=None, derandomize=True, max_examples=600)
@given(
    text=st.text(max_size=24)
    | st.text(alphabet="0123456789-栋单元室楼层门号负B一二十#()（租） ", max_size=14),
    building=st.none() | st.just("3"),
    unit=st.none() | st.just("2"),
)
def test_no_text_makes_the_parser_fail(text: str, building: str | None, unit: str | None) -> None:
    found = read_address(plain(text), building=building, unit=unit)
    assert isinstance(found, Address | Trouble)
    read_building(plain(text), may_hold_unit=True)
    read_unit(plain(text))
    read_floor(plain(text))


@settings(deadline=None, derandomize=True, max_examples=500)
@given(text=st.text(alphabet="0123456789-栋单元室楼层门号负B一二十甲A#商铺 ", max_size=12))
def test_what_was_read_once_reads_the_same_again(text: str) -> None:
    """Our own export writes the parts in columns of their own; they must come back unchanged."""
    found = read_address(plain(text))
    if isinstance(found, Trouble) or found.room is None:
        return
    again = read_address(found.room, building=found.building or "1", unit=found.unit or "1")
    assert isinstance(again, Address)
    assert again.room == found.room
    if found.building:
        building = read_building(found.building, may_hold_unit=False)
        assert isinstance(building, Address)
        assert building.building == found.building
    if found.unit:
        assert read_unit(found.unit) == found.unit
