"""Whole rosters: the dirt of real ones, the exact reading of one, and many ways to write it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.formulas import neutralise
from portal.rosters import cells
from portal.rosters.columns import Field
from portal.rosters.headings import Shape
from portal.rosters.limits import Limits
from portal.rosters.messages import TEXTS, Code, Refusal, Unreadable
from portal.rosters.reading import Reading, read
from portal.rosters.records import Dwelling
from portal.rosters.sheets import open_file
from tests.rosters.making import Rows, csv_file, workbook

DATA = Path(__file__).parent.parent / "data"
FIELDS = (
    "estate",
    "building",
    "unit",
    "floor",
    "room",
    "vacant",
    "residents",
    "contact_label",
    "phone",
)
HEADINGS = ["地址", "户主", "电话", "居住状态", "常住人口"]


def roster(*rows: list[Any], headings: list[Any] = HEADINGS, sheet: str = "桂香苑") -> Reading:
    return read(workbook({sheet: [headings, *rows]}), filename="roster.xlsx")


def places(reading: Reading) -> list[str]:
    return [f"{h.building}-{h.unit}-{h.room}" for h in reading.homes]


def rejected(reading: Reading) -> list[tuple[int, Code]]:
    return [(message.row, message.code) for message in reading.rejected]


def warned(reading: Reading) -> list[tuple[int, Code]]:
    return [(message.row, message.code) for message in reading.warnings]


def only_home(*row: Any, headings: list[Any] = HEADINGS) -> Dwelling:
    (home,) = roster(list(row), headings=headings).homes
    return home


def as_dict(home: Dwelling) -> dict[str, Any]:
    return {name: getattr(home, name) for name in FIELDS}


@cache
def expected() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "roster-messy.expected.json").read_text("utf-8"))
    return found


def test_a_messy_roster_is_read_exactly() -> None:
    reading = read(DATA / "roster-messy.xlsx", filename="roster-messy.xlsx")
    want = expected()
    assert reading.shape is Shape.HOUSEHOLDS
    assert [as_dict(home) for home in reading.homes] == want["dwellings"]
    for name in ("rejected", "warnings"):
        messages = getattr(reading, name)
        assert [{"sheet": m.sheet, "row": m.row, "code": m.code} for m in messages] == want[name]
    assert reading.ignored_columns == want["ignored_columns"]
    assert [{"sheet": s, "row": r} for s, r in reading.skipped_rows] == want["skipped_rows"]


@pytest.mark.parametrize("sheet", ["桂香苑", "樱园里"])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
def test_a_sheet_of_it_saved_as_csv_is_read_exactly(sheet: str, encoding: str) -> None:
    want = expected()
    data = csv_file(saved_rows(sheet), encoding=encoding)
    reading = read(data, filename="导出.csv")
    homes = [home for home in want["dwellings"] if home["estate"] == sheet]
    assert [as_dict(home) for home in reading.homes] == homes
    for name in ("rejected", "warnings"):
        messages = [(message.row, message.code) for message in getattr(reading, name)]
        assert messages == [(m["row"], m["code"]) for m in want[name] if m["sheet"] == sheet]
    skipped = [row["row"] for row in want["skipped_rows"] if row["sheet"] == sheet]
    assert [row for _, row in reading.skipped_rows] == skipped


def test_the_order_of_columns_does_not_matter() -> None:
    title, *rows = saved_rows("樱园里")
    data = csv_file([title, *[row[::-1] for row in rows]])
    homes = [home for home in expected()["dwellings"] if home["estate"] == "樱园里"]
    assert [as_dict(home) for home in read(data, filename="a.csv").homes] == homes


def saved_rows(sheet: str) -> list[list[object]]:
    """A sheet of the messy roster as a spreadsheet program saves it as CSV."""

    def saved(cell: object) -> object:
        if isinstance(cell, date):
            return f"{cell.year}/{cell.month}/{cell.day}"
        return int(cell) if isinstance(cell, float) else cell

    limits = Limits()
    with open_file(DATA / "roster-messy.xlsx", filename="a.xlsx", limits=limits) as file:
        return next(
            [[saved(cell) for cell in row] for row in found.rows]
            for found in file.sheets
            if found.name == sheet
        )


def joined(spelling: Callable[[dict[str, Any]], str]) -> Callable[[list[dict[str, Any]]], Rows]:
    """A sheet with the address in one column, a title and headings in another order."""

    def sheet(homes: list[dict[str, Any]]) -> Rows:
        rows: list[list[object]] = [
            [f"二〇二六年{homes[0]['estate']}住户情况登记表"],
            ["手机号", "常住人口数", "房屋坐落", "宗教信仰", "姓名", "是否空置"],
        ]
        for home in homes:
            vacancy = "是" if home["vacant"] else "否"
            count = "" if home["residents"] is None else home["residents"]
            rows.append(
                [home["phone"], count, spelling(home), "无", home["contact_label"], vacancy]
            )
        return [*rows, ["", "", "总计", "", f"共{len(homes)}户", ""]]

    return sheet


def chinese(number: str) -> str:
    digits = "零一二三四五六七八九"
    value = int(number)
    if value < 10:
        return digits[value]
    tens, ones = divmod(value, 10)
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def split_columns(homes: list[dict[str, Any]]) -> Rows:
    """Building, unit and floor in columns of their own, each written once, as merged cells are."""
    rows: list[list[object]] = [
        ["居住地", "", "", "", "家庭", "", "", "银行卡号"],
        ["楼号", "门栋", "楼层", "室号", "户主", "联系方式", "人数", ""],
    ]
    before: dict[str, Any] = {}
    for home in homes:
        new_building = home["building"] != before.get("building")
        new_unit = new_building or home["unit"] != before.get("unit")
        new_floor = new_unit or home["floor"] != before.get("floor")
        name = "空置" if home["vacant"] else home["contact_label"]
        rows.append(
            [
                f"{home['building']}号楼" if new_building else "",
                f"{chinese(home['unit'])}门栋" if new_unit else "",
                f"{home['floor']}层" if new_floor else "",
                home["room"][-2:],
                *(name, f"{home['phone']}/10000000001" if home["phone"] else ""),
                f"{home['residents']}人" if home["residents"] else "",
                "6222020000000000000",
            ]
        )
    return rows


def sections(homes: list[dict[str, Any]]) -> Rows:
    """Each stair under a heading of its own, only room numbers in the rows."""
    rows: list[list[object]] = [
        ["序号", "房间号", "联系人", "电话", "现住人口", "入住情况", "健康状况"]
    ]
    for (building, unit), group in groupby(homes, key=lambda h: (h["building"], h["unit"])):
        rows.append([f"{building}幢{unit}单元"])
        for number, home in enumerate(group, 1):
            state = "闲置" if home["vacant"] else "自住"
            rows.append(
                [
                    *(number, f"{home['room']}号", home["contact_label"], home["phone"]),
                    *(home["residents"], state, "良好"),
                ]
            )
        rows.append(["", "小计", number])
    return rows


SPELLINGS: dict[str, Callable[[list[dict[str, Any]]], Rows]] = {
    "words": joined(lambda h: f"{h['building']}栋{h['unit']}单元{h['room']}室"),
    "hyphens": joined(lambda h: f" {h['building']}—{h['unit']}–{h['room']} "),
    "wide": joined(lambda h: wide(f"{h['building']}-{h['unit']}-{h['room']}")),
    "chinese": joined(lambda h: f"{chinese(h['building'])}号楼{chinese(h['unit'])}单元{h['room']}"),
    "sign": joined(lambda h: f"{h['building']}#{h['unit']}-{h['room']}（租）"),
    "stairs": joined(lambda h: f"{h['building']}幢{h['unit']}门{h['floor']}楼{h['room'][-2:]}"),
    "estate": joined(
        lambda h: f"江城社区{h['estate']}{h['building']}栋{h['unit']}门栋{h['room']}户"
    ),
    "english": joined(lambda h: f"Block {h['building']}, Unit {h['unit']}, Room {h['room']}"),
    "floors": joined(lambda h: f"{h['building']}-{h['unit']}-{h['floor']}-{h['room'][-2:]}"),
    "columns": split_columns,
    "sections": sections,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_same_roster_written_otherwise_reads_the_same(spelling: str, form: str) -> None:
    estates = {"桂香苑": "听涛里", "樱园里": "Rose Court"}
    homes = [{**home, "estate": estates[home["estate"]]} for home in expected()["dwellings"]]
    if spelling == "columns":  # without a word for the number, nobody knows it is 0
        homes = [{**h, "residents": h["residents"] or None} for h in homes if not h["vacant"]]
    for estate, group in groupby(homes, key=lambda home: home["estate"]):
        want = list(group)
        rows = SPELLINGS[spelling](want)
        if form == "csv":
            data = csv_file([[f"小区：{estate}"], *rows], encoding="gb18030")
            reading = read(data, filename="roster.csv")
        else:
            reading = read(workbook({estate: rows}), filename="roster.xlsx")
        assert [as_dict(home) for home in reading.homes] == want
        assert not reading.rejected
        assert not reading.warnings
        assert len(reading.ignored_columns) == 1


def test_our_own_export_comes_back_unchanged() -> None:
    homes = [
        *[Dwelling(**home) for home in expected()["dwellings"][::50]],
        Dwelling("=桂香苑", "综合楼", "甲", -1, "负一楼", contact_label='=HYPERLINK("x")'),
        Dwelling("=桂香苑", "综合楼", "甲", None, "商铺2", residents=None, phone="027-82345678"),
        Dwelling("+1", "2A", "东", 5, "501+502", vacant=True, residents=0, contact_label="@x"),
        Dwelling("+1", "2A", "东", 5, "501-1", contact_label="-王"),
        Dwelling("+1", "2A", "东", None, "1"),
        Dwelling("+1", "2A", "东", -1, "B101", phone="+85291234567"),
    ]
    reading = read(exported(homes), filename="export.csv")
    assert [as_dict(home) for home in reading.homes] == [as_dict(home) for home in homes]
    assert not reading.rejected
    assert not reading.warnings
    assert not reading.unused_columns


def exported(homes: list[Dwelling]) -> bytes:
    """Homes in the columns of the export command."""
    headings = [*FIELDS[:5], "group", *FIELDS[5:]]
    rows = [
        [
            *(home.estate, home.building, home.unit, "" if home.floor is None else home.floor),
            *(home.room, 7, "1" if home.vacant else ""),
            "" if home.residents is None else home.residents,
            *(home.contact_label, home.phone),
        ]
        for home in homes
    ]
    return csv_file([headings, *[[neutralise(str(cell)) for cell in row] for row in rows]])


LABEL = st.text(max_size=20)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(st.tuples(LABEL, LABEL, LABEL, LABEL, LABEL, LABEL), max_size=5))
def test_whatever_was_read_comes_back_from_an_export(rows: list[tuple[str, ...]]) -> None:
    headings = ["estate", "building", "unit", "room", "contact_label", "phone"]
    if not all(map(_can_be_saved, rows)):
        return
    first = read(csv_file([headings, *map(list, rows)]), filename="a.csv")
    again = read(exported(first.homes), filename="b.csv")
    assert [as_dict(home) for home in again.homes] == [as_dict(home) for home in first.homes]


def _can_be_saved(row: tuple[str, ...]) -> bool:
    text = "".join(row)
    return "\0" not in text and not any(0xD800 <= ord(char) <= 0xDFFF for char in text)


def test_a_unit_that_nobody_names_is_the_first() -> None:
    reading = roster(["12-402"], ["12#404"], ["A座1203"], ["12栋1单元501"])
    assert places(reading) == ["12-1-402", "12-1-404", "A-1-1203", "12-1-501"]
    assert not reading.warnings


def test_a_unit_left_out_where_there_are_several_is_said() -> None:
    reading = roster(["3-1-501"], ["3-2-501"], ["3-601"])
    assert places(reading) == ["3-1-501", "3-2-501", "3-1-601"]
    assert warned(reading) == [(4, Code.UNIT_ASSUMED)]


@pytest.mark.parametrize("cell", [date(2003, 2, 1), "2003/2/1", "3月2日", 45_000, "2-Mar"])
def test_an_address_that_became_a_date_is_rejected(cell: object) -> None:
    reading = roster([cell, "王涛"], ["3-2-502", "李兰"])
    assert rejected(reading) == [(2, Code.ADDRESS_IS_DATE)]
    assert places(reading) == ["3-2-502"]


@pytest.mark.parametrize("column", range(3))
def test_a_date_in_any_part_of_the_address_is_rejected(column: int) -> None:
    row: list[object] = ["3栋", "2单元", "501"]
    row[column] = date(2003, 2, 1)
    reading = roster(row, headings=["楼栋", "单元", "房号"])
    assert rejected(reading) == [(2, Code.ADDRESS_IS_DATE)]


@pytest.mark.parametrize(
    ("text", "room", "floor"),
    [
        ("负一楼", "负一楼", -1),
        ("B1", "负一楼", -1),
        ("1层商铺", "商铺", 1),
        ("0301", "301", 3),
        ("5楼01", "501", 5),
    ],
)
def test_rooms_of_every_kind_in_a_column_of_their_own(text: str, room: str, floor: int) -> None:
    home = only_home("3栋", "2单元", text, headings=["楼栋", "单元", "房号"])
    assert (home.building, home.unit, home.room, home.floor) == ("3", "2", room, floor)


def test_building_and_unit_hold_until_others_come() -> None:
    reading = roster(
        *(["1栋", "1单元", "101"], ["", "", "102"], ["", "2单元", "101"], ["2栋", "", "101"]),
        *(["", "甲单元", "101"], ["乙栋", "-", "101"]),
        headings=["楼栋", "单元", "房号"],
    )
    assert places(reading) == ["1-1-101", "1-1-102", "1-2-101", "2-1-101", "2-甲-101", "乙-1-101"]


def test_a_room_alone_belongs_to_the_address_above() -> None:
    reading = roster(["3栋2单元401", "王"], ["402室", "李"], ["3门501", "张"], ["502", "赵"])
    assert places(reading) == ["3-2-401", "3-2-402", "3-3-501", "3-3-502"]


def test_a_room_without_any_building_is_rejected() -> None:
    assert rejected(roster(["501室", "王涛"])) == [(2, Code.ADDRESS_UNREADABLE)]


def test_a_building_without_a_room_is_rejected_but_alone_in_a_row_it_is_a_heading() -> None:
    reading = roster(["3栋2单元", "王涛"], ["4栋"], ["501", "李兰"])
    assert rejected(reading) == [(2, Code.ADDRESS_UNREADABLE)]
    assert places(reading) == ["4-1-501"]


def test_whole_addresses_need_no_help_from_the_name_of_the_sheet() -> None:
    reading = roster(["2-501"], ["3-2-502"], ["4-2-503"], ["3栋1单元504"], sheet="桂香苑3栋")
    assert places(reading) == ["3-2-501", "3-2-502", "4-2-503", "3-1-504"]


def test_an_address_that_contradicts_its_building_is_rejected() -> None:
    reading = roster(["3栋", "4栋2单元501"], ["3栋", "3栋2单元502"], headings=["楼栋", "地址"])
    assert rejected(reading) == [(2, Code.ADDRESS_UNREADABLE)]
    assert places(reading) == ["3-2-502"]


def test_the_estate_stands_in_a_column_or_the_address_or_above() -> None:
    data = workbook(
        {
            "Sheet1": [["小区", "地址"], ["甲苑", "1-1-101"], ["", "1-1-102"], ["乙苑", "1-1-101"]],
            "丙苑": [["地址"], ["1-1-101"], ["丁苑2-1-101"], ["102"]],
        }
    )
    homes = read(data, filename="roster.xlsx").homes
    assert [(home.estate, home.building, home.room) for home in homes] == [
        *(("甲苑", "1", "101"), ("甲苑", "1", "102"), ("乙苑", "1", "101")),
        *(("丙苑", "1", "101"), ("丁苑", "2", "101"), ("丁苑", "2", "102")),
    ]


def test_without_an_estate_anywhere_every_row_says_so() -> None:
    reading = read(csv_file([["地址"], ["1-1-101"]]), filename="roster.csv")
    assert rejected(reading) == [(2, Code.ESTATE_UNKNOWN)]


def test_a_home_in_two_rows_is_one_home_and_keeps_what_either_knows() -> None:
    reading = roster(
        ["3-2-501", "王涛", "", "自住", 3], ["3栋2单元501室", "李兰", "10083016613", "自住", 2]
    )
    (home,) = reading.homes
    assert (home.contact_label, home.phone, home.residents) == ("王涛", "10083016613", 3)
    assert warned(reading) == [(3, Code.DUPLICATE)]
    assert "row 2" in reading.warnings[0].text()


def test_one_row_for_each_person_counts_the_people() -> None:
    reading = roster(
        *(
            ["3-2-501", "王涛", "户主"],
            ["", "李兰", "妻"],
            ["", "王小", "子"],
            ["3-2-502", "张", "户主"],
        ),
        *(["3-2-502", "张二", "父"],),
        headings=["住址", "姓名", "与户主关系"],
    )
    assert [(h.room, h.contact_label, h.residents) for h in reading.homes] == [
        *(("501", "王涛", 3), ("502", "张", 2)),
    ]
    assert warned(reading) == [(row, Code.DUPLICATE) for row in (3, 4, 6)]


def test_an_address_merged_over_several_rows_is_one_home() -> None:
    rows: Rows = [
        ["地址", "姓名"],
        ["3-2-501", "王涛"],
        [None, "李兰"],
        ["3-2-502", "张"],
        [None, "赵"],
    ]
    data = workbook({"桂香苑": rows}, merged={"桂香苑": [(1, 0, 2, 0)]})
    reading = read(data, filename="roster.xlsx")
    assert [home.room for home in reading.homes] == ["501", "502"]
    assert rejected(reading) == [(5, Code.ADDRESS_UNREADABLE)]


@pytest.mark.parametrize(
    "total",
    [
        *(
            ["小计", "44户"],
            ["合 计：", 754],
            ["3栋合计", ""],
            ["共48户"],
            ["总计 1688 户"],
            ["Total", 9],
        ),
        *(["桂香苑2号楼1单元小计：44户"], ["", "", "", "", 132], ["Subtotal"], ["Grand total: 9"]),
    ],
)
def test_totals_among_the_data_are_skipped_and_listed(total: list[object]) -> None:
    reading = roster(["3-2-501", "王涛"], total, ["3-2-502", "李兰"])
    assert places(reading) == ["3-2-501", "3-2-502"]
    assert reading.skipped_rows == [("桂香苑", 3)]
    assert not reading.rejected


def test_headings_again_and_notes_are_skipped_and_listed() -> None:
    reading = roster(
        *(
            [1, "3-2-501"],
            ["序号", "地址"],
            [2, "3-2-502"],
            [3],
            [None, None],
            ["注：以上为常住户"],
        ),
        headings=["序号", "地址"],
    )
    assert places(reading) == ["3-2-501", "3-2-502"]
    assert reading.skipped_rows == [("桂香苑", 3), ("桂香苑", 7)]


@pytest.mark.parametrize("status", ["空", "空置", " 空 ", "无人", "毛坯", "—", "空房", "vacant"])
def test_a_vacant_home_has_nobody_in_it(status: str) -> None:
    home = only_home("3-2-501", None, None, status, None)
    assert (home.vacant, home.residents) == (True, 0)


@pytest.mark.parametrize(
    "row",
    [["空置", "", "", ""], ["王涛", "", "", "无人居住"], ["", "", "", "空置"], ["", "空", "", ""]],
)
def test_a_word_for_vacancy_counts_wherever_it_stands(row: list[object]) -> None:
    home = only_home("3-2-501", *row)
    assert (home.vacant, home.residents) == (True, 0)


def test_a_dash_for_the_name_means_nobody_only_without_a_column_for_it() -> None:
    assert only_home("3-2-501", "—", "—", headings=["地址", "户主", "电话"]).vacant
    assert not only_home("3-2-501", "—", "10083016613", headings=["地址", "户主", "电话"]).vacant
    assert not only_home("3-2-501", "—").vacant


@pytest.mark.parametrize(
    ("heading", "cell", "vacant"),
    [
        *(("是否空置", "是", True), ("是否空置", "否", False), ("是否空置", "", False)),
        *(("vacant", "1", True), ("vacant", "0", False), ("vacant", "yes", True)),
        *(("是否入住", "否", True), ("是否入住", "是", False), ("是否入住", "空置", True)),
        *(("是否有人居住", "无", True), ("是否空置", "—", False), ("是否空置", "无", False)),
    ],
)
def test_vacancy_may_be_a_question(heading: str, cell: str, *, vacant: bool) -> None:
    assert only_home("3-2-501", cell, headings=["地址", heading]).vacant is vacant


def test_a_count_that_cannot_be_read_is_unknown_and_said() -> None:
    reading = roster(["3-2-501", "王涛", "", "自住", "若干"], ["3-2-502", "李兰", "", "自住", ""])
    assert [home.residents for home in reading.homes] == [None, None]
    assert warned(reading) == [(2, Code.BAD_COUNT)]


def test_a_damaged_phone_is_left_out_and_said_without_repeating_it() -> None:
    reading = roster(["3-2-501", "王涛", "100687731"], ["3-2-502", "李兰", 1.38e10])
    assert [home.phone for home in reading.homes] == ["", ""]
    assert warned(reading) == [(2, Code.BAD_PHONE), (3, Code.BAD_PHONE)]
    assert "100687731" not in reading.warnings[0].text()
    assert "13800000000" not in reading.warnings[1].text()


def test_numbers_of_identity_cards_are_kept_nowhere() -> None:
    number = "420102196341849551"
    reading = roster(
        ["3-2-501", f"王涛{number}", number, number, number, number, number],
        [number, "李兰", "", "", "", "", ""],
        headings=[*HEADINGS, "备注", "证件号码"],
    )
    kept = [as_dict(home) for home in reading.homes]
    said = [message.text() for message in reading.rejected + reading.warnings]
    assert number not in json.dumps([kept, said], ensure_ascii=False)
    assert reading.ignored_columns == ["证件号码"]


def test_phones_may_stand_in_two_columns_or_beside_the_name() -> None:
    headings = ["地址", "户主", "手机", "固定电话"]
    assert only_home("1-1-101", "王", "", "027-82345678", headings=headings).phone == "027-82345678"
    assert only_home("1-1-101", "王", "—", "82345678", headings=headings).phone == "82345678"
    both = only_home("1-1-101", "王涛 10083016613", headings=["地址", "户主及电话"])
    assert (both.contact_label, both.phone) == ("王涛", "10083016613")


def test_a_reading_says_which_fields_the_file_speaks_about() -> None:
    reading = roster(["3-2-501", "王涛", "x"], headings=["地址", "户主", "车牌号"])
    assert reading.fields == {Field.ADDRESS, Field.CONTACT}
    assert reading.unused_columns == ["车牌号"]
    assert reading.homes[0].residents is None


def test_care_tags_are_kept_as_codes_only() -> None:
    reading = roster(
        *(["3-2-501", "独居老人"], ["3-2-502", "高血压"], ["3-2-503", ""]),
        headings=["地址", "关怀标记"],
    )
    assert [home.care for home in reading.homes] == ["elder_alone", None, None]
    assert warned(reading) == [(3, Code.CARE_UNKNOWN)]
    assert "高血压" not in reading.warnings[0].text()


def test_a_name_longer_than_any_is_cut_and_said() -> None:
    reading = roster(["3-2-501", "王" * 200])
    assert len(reading.homes[0].contact_label) == cells.LONGEST_NAME
    assert warned(reading) == [(2, Code.LONG_NAME)]


def test_sheets_without_a_table_are_named() -> None:
    data = workbook({"说明": [["请如实填写"]], "空白": [], "桂香苑": [["地址"], ["1-1-101"]]})
    reading = read(data, filename="roster.xlsx")
    assert (reading.ignored_sheets, reading.dwelling_count) == (["说明"], 1)


@pytest.mark.parametrize(
    ("rows", "code"),
    [([["请如实填写"], ["1", "2"]], Refusal.NO_HEADINGS), ([[], []], Refusal.EMPTY)],
)
def test_a_file_without_any_table_is_refused(rows: Rows, code: Refusal) -> None:
    with pytest.raises(Unreadable, match=code):
        read(workbook({"Sheet1": rows}), filename="roster.xlsx")


def test_progress_is_told_from_time_to_time_and_at_the_end() -> None:
    rows = [[f"1-1-{number // 4 + 1}0{number % 4 + 1}"] for number in range(200)]
    many = workbook({f"{letter}苑": [["地址"], *rows] for letter in "甲乙丙丁戊己"})
    told: list[tuple[int, int]] = []
    read(many, filename="a.xlsx", progress=lambda done, total: told.append((done, total)))
    assert told[0] == (500, 1206)
    assert told[-1] == (1206, 1206)
    assert told == sorted(told)


def test_every_message_has_a_text_with_all_its_values() -> None:
    for text in TEXTS.values():
        field, _, rest = text.partition(":")
        assert rest.endswith(".")
        assert field[0].isupper()
    assert {*Code, *Refusal} == TEXTS.keys()


ANY_CELL = (
    st.text(max_size=12)
    | st.text(alphabet="0123456789-栋单元室楼层空一二#小计共户=' ", max_size=10)
    | st.floats()
    | st.booleans()
    | st.none()
    | st.dates(min_value=date(1900, 3, 1))
)
ANY_HEADINGS = st.lists(
    st.sampled_from(
        [
            *("小区", "楼栋", "单元", "楼层", "房号", "地址", "户主", "电话", "居住状态", "人数"),
            *("与户主关系", "序号", "备注", "关怀标记", "身份证号", "是否空置", "是否入住"),
            *("户数", "层数", "单元数", ""),
        ]
    ),
    max_size=8,
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(ANY_HEADINGS, st.lists(st.lists(ANY_CELL, max_size=8), max_size=6))
def test_no_cell_makes_a_reading_fail(headings: list[str], rows: list[list[Any]]) -> None:
    safe = [[_storable(cell) for cell in row] for row in rows]
    try:
        reading = read(workbook({"桂香苑": [headings, *safe]}), filename="roster.xlsx")
    except Unreadable as refused:
        assert refused.code in {Refusal.NO_HEADINGS, Refusal.EMPTY}  # noqa: PT017
        return
    for message in reading.rejected + reading.warnings:
        assert message.text().endswith(".")
    for home in reading.dwellings():
        assert home.estate
        assert home.building
        assert home.unit
        assert home.room
    again = read(exported(reading.homes), filename="b.csv") if reading.homes else reading
    assert [as_dict(home) for home in again.homes] == [as_dict(home) for home in reading.homes]


def _storable(cell: Any) -> Any:
    """What a workbook can hold: no endless numbers, no control characters."""
    if isinstance(cell, float) and not abs(cell) < 1e300:
        return None
    if isinstance(cell, str):
        return "".join(char for char in cell if char.isprintable())
    return cell


@pytest.mark.parametrize(
    "text", ["1" * 32_000, "居民" * 16_000, "路1号" * 10_000, "(" * 32_000, "1-" * 16_000]
)
def test_very_long_cells_do_not_take_long(text: str) -> None:
    rows = [[text], HEADINGS, *[[text] * 5] * 10]
    started = time.process_time()
    reading = read(workbook({"桂香苑": rows}), filename="roster.xlsx")
    assert time.process_time() - started < 5
    assert not reading.homes
    assert len(reading.rejected) == 10
