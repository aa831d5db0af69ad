"""Headings of many kinds of rosters, titles, and columns that may not be kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters.columns import Field
from portal.rosters.headings import Shape, Table, find_table
from portal.rosters.titles import best_place, place_in_title

TITLE = ["桂香苑居民花名册（2026年秋季）"]


def table_of(*rows: Sequence[object]) -> Table:
    table = find_table(rows)  # type: ignore[arg-type]
    assert table is not None
    return table


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *(("小区名称", Field.ESTATE), ("所在小区", Field.ESTATE), ("estate", Field.ESTATE)),
        *(("楼栋", Field.BUILDING), ("栋号", Field.BUILDING), ("楼 栋", Field.BUILDING)),
        *(("building_number", Field.BUILDING), ("living_building_id", Field.BUILDING)),
        *(("单元（门栋）", Field.UNIT), ("门栋", Field.UNIT), ("Unit No.", Field.UNIT)),
        *(("所在楼层", Field.FLOOR), ("Floor", Field.FLOOR), ("居住状态", Field.STATUS)),
        *(("入住情况", Field.STATUS), ("是否空置", Field.VACANT), ("是否有人居住", Field.OCCUPIED)),
        *(
            ("常住人口（人）", Field.RESIDENTS),
            ("家庭人口数", Field.RESIDENTS),
            ("count", Field.RESIDENTS),
        ),
        *(("户主", Field.CONTACT), ("户主\n姓名", Field.CONTACT), ("houser", Field.CONTACT)),
        *(("联系电话1", Field.PHONE), ("手机号码*", Field.PHONE), ("联系方式：", Field.PHONE)),
        *(("与户主关系", Field.RELATION), ("关怀标记", Field.CARE), ("care_group", Field.CARE)),
        *(("Apt No.", Field.ROOM), ("Name of householder", Field.CONTACT), ("Tel.", Field.PHONE)),
        *(("No. of residents", Field.RESIDENTS), ("Occupied?", Field.OCCUPIED)),
        *(("备注", Field.REMARK), ("序号", Field.SERIAL), ("所属网格", Field.GROUP)),
    ],
)
def test_a_heading_is_known_by_any_of_its_names(heading: str, field: Field) -> None:
    assert table_of([heading, "地址"]).columns[field] == (0,)


@pytest.mark.parametrize(
    "heading",
    [
        "地址",
        "详细地址",
        "现居住地址",
        "楼栋-单元-房号",
        "楼栋/单元/房号",
        "家庭住址（楼栋-单元-室）",
        "门牌地址",
        "房屋坐落",
    ],
)
def test_joined_addresses_are_known_by_any_of_their_names(heading: str) -> None:
    assert table_of(["序号", heading]).columns[Field.ADDRESS] == (1,)


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "身份证号",
            "户主身份证号码",
            "公民身份号码",
            "证件号码",
            "ID card",
            "id_number",
            "passport",
        ),
        *("银行卡号", "开户行", "bank account", "民族", "ethnicity", "宗教信仰", "religion"),
        *("健康状况", "慢性病", "残疾类别", "疫苗接种", "health", "血型", "政治面貌", "是否党员"),
        *("婚姻状况", "marital_status", "子女姓名", "就读学校", "医保类型", "社保卡"),
    ],
)
def test_columns_that_may_not_be_kept_are_named(heading: str) -> None:
    table = table_of(["地址", "姓名", heading])
    assert table.forbidden == (heading.replace(" ", ""),)
    assert table.columns.keys() == {Field.ADDRESS, Field.CONTACT}


@pytest.mark.parametrize(
    "heading",
    [
        "户籍地址",
        "紧急联系人",
        "网格员姓名",
        "网格员电话",
        "楼栋长",
        "楼栋长电话",
        "工作单位",
        "车牌号",
        "登记日期",
    ],
)
def test_columns_about_others_are_left_aside(heading: str) -> None:
    table = table_of(["地址", heading])
    assert table.columns.keys() == {Field.ADDRESS}
    assert table.unused == (heading,)


def test_headings_over_two_rows_below_a_title() -> None:
    table = table_of(
        TITLE,
        ["序号", "地址", "户主", None, "居住", None, "身份证号", "民族", "备注"],
        [None, None, "姓名", "联系电话", "状态", "常住人口", None, None, None],
        [1.0, "1-1-101", "高敏", 10083016613.0, "自住", 1.0, "420102196341849551", "汉", None],
    )
    assert (table.first_row, table.last_row) == (1, 2)
    assert table.columns == {
        Field.SERIAL: (0,),
        Field.ADDRESS: (1,),
        Field.CONTACT: (2,),
        Field.PHONE: (3,),
        Field.STATUS: (4,),
        Field.RESIDENTS: (5,),
        Field.REMARK: (8,),
    }
    assert table.forbidden == ("身份证号", "民族")


def test_headings_over_three_rows() -> None:
    table = table_of(
        ["基本信息", None, None, "家庭信息", None, None],
        ["房屋", None, "户主", None, "人口", None],
        ["楼栋", "房号", "姓名", "电话", "常住人口", "宗教信仰"],
        ["1栋", "101", "王涛", "10083016613", "3", "无"],
    )
    assert table.last_row == 2
    assert table.columns[Field.PHONE] == (3,)
    assert table.columns[Field.RESIDENTS] == (4,)
    assert table.forbidden == ("宗教信仰",)


def test_a_column_under_a_group_that_may_not_be_kept_goes_with_it() -> None:
    table = table_of(["地址", "户主", "子女", None], [None, "姓名", "姓名", "电话"])
    assert table.columns == {Field.ADDRESS: (0,), Field.CONTACT: (1,)}
    assert table.forbidden == ("姓名", "电话")


def test_a_row_of_data_in_words_is_not_a_second_row_of_headings() -> None:
    table = table_of(
        ["地址", "户主", "居住情况", "备注"],
        ["一栋一单元二〇二室", "某某", "空置", "住户"],
        ["一栋一单元二〇三室", "某某", "空置", "住户"],
    )
    assert table.last_row == 0


def test_the_living_count_more_than_the_registered() -> None:
    table = table_of(["地址", "户籍人口", "总人口", "常住人口", "流动人口"])
    assert table.columns[Field.RESIDENTS][0] == 3


def test_of_two_columns_for_rooms_the_clearer_counts() -> None:
    assert table_of(["户号", "楼栋", "房号"]).columns[Field.ROOM] == (2, 0)


def test_name_and_phone_may_share_a_column() -> None:
    columns = table_of(["地址", "户主及联系电话"]).columns
    assert columns[Field.CONTACT] == columns[Field.PHONE] == (1,)


def test_the_phone_of_the_head_of_a_household_is_only_a_phone() -> None:
    assert Field.CONTACT not in table_of(["地址", "户主电话"]).columns


@pytest.mark.parametrize(
    "headings",
    [
        ["estate", "building", "units", "floors", "dwellings"],
        ["小区", "楼栋", "单元数", "总层数", "户数"],
        ["楼号", "楼层数", "总户数"],
    ],
)
def test_a_list_of_buildings_is_told_from_a_household_roster(headings: list[object]) -> None:
    assert table_of(headings, ["A", "1", "1", "16", "142"]).shape is Shape.LAYOUT


def test_our_own_export_is_a_household_roster() -> None:
    own = "estate building unit floor room group vacant residents contact_label phone"
    table = table_of([*own.split()])
    assert table.shape is Shape.HOUSEHOLDS
    assert (table.forbidden, table.unused) == ((), ())
    assert len(table.columns) == len(own.split())


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[], [None]],
        [["说明", "本表由物业提供"]],
        [["1栋1单元101室", "王涛", "自住"], ["1栋1单元102室", "李兰", "出租"]],
        [["楼栋", "户数"], ["1栋", "44"]],
    ],
)
def test_no_table_is_found_where_there_is_none(rows: list[list[object]]) -> None:
    assert find_table(rows) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "estate", "building"),
    [
        ("桂香苑居民花名册（2026年秋季）", "桂香苑", None),
        ("2026年桂香苑住户基本信息登记表", "桂香苑", None),
        ("附件2：百步亭社区桂香苑实有人口台账", "桂香苑", None),
        ("桂香苑3栋住户名单", "桂香苑", "3"),
        ("铁路居民小区花名册", "铁路居民小区", None),
        ("万家祥和花名册", "万家祥和", None),
        ("小区名称：桂香苑  填表人：王涛", "桂香苑", None),
        ("3号楼住户名单", None, "3"),
        ("2026年秋季居民花名册", None, None),
        ("百步亭社区居民花名册", None, None),
        ("填表日期：2026年9月1日", None, None),
        ("单位（盖章）", None, None),
        ("Rose Court residents", "Rose Court", None),
    ],
)
def test_a_title_names_the_estate(title: str, estate: str | None, building: str | None) -> None:
    place = place_in_title(title)
    assert (place.estate, place.building) == (estate, building)


@pytest.mark.parametrize(
    ("sheet", "titles", "filename", "estate", "building"),
    [
        ("桂香苑", ["樱园里居民花名册"], "roster", "桂香苑", None),
        ("Sheet1", ["樱园里居民花名册"], "roster", "樱园里", None),
        ("3栋", ["樱园里居民花名册"], "roster", "樱园里", "3"),
        ("桂香苑3栋", [], "roster", "桂香苑", "3"),
        ("一期", ["樱园里居民花名册"], "roster", "一期", None),
        ("工作表1", [], "桂香苑花名册2026", "桂香苑", None),
        ("Sheet1", [], "roster-2026", None, None),
        ("花名册", ["2026年秋季居民花名册"], "data", None, None),
        ("2026", [], "x", None, None),
        ("Rose Court", [], "x", "Rose Court", None),
        ("", [], "樱园里", "樱园里", None),
    ],
)
def test_the_best_name_of_a_place_counts(
    sheet: str, titles: list[str], filename: str, estate: str | None, building: str | None
) -> None:
    place = best_place(sheet=sheet, titles=titles, filename=filename)
    assert (place.estate, place.building) == (estate, building)


CELL = (
    st.text(max_size=12)
    | st.floats()
    | st.dates()
    | st.none()
    | st.sampled_from(["地址", "姓名", "房号", "楼栋", "身份证号", "1-1-101", "10083016613"])
)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(st.lists(st.lists(CELL, max_size=6), max_size=6), st.text(max_size=30))
def test_no_rows_and_no_title_make_the_search_fail(rows: list[list[object]], title: str) -> None:
    table = find_table(rows)  # type: ignore[arg-type]
    assert table is None or table.last_row < len(rows)
    best_place(sheet=title, titles=[title], filename=title)
