"""Single cells: text, names, people, vacancy, phones, care tags."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters import cells
from portal.rosters.care import care_tag
from portal.rosters.phones import Phones, phones

ANY_CELL = (
    st.text(max_size=30)
    | st.floats()
    | st.integers()
    | st.booleans()
    | st.none()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        *(
            ("  3 栋 ", "3 栋"),
            ("３－２－５０１", "3-2-501"),
            ("王\u200b涛", "王涛"),
            ("a\n b", "a b"),
        ),
        *(("\u202e501", "501"), ("\ufeff地址", "地址"), ("3\u3000栋", "3 栋"), ("501.0", "501")),
        *((104.0, "104"), (1.5, "1.5"), (13800000001.0, "13800000001"), (7, "7"), (True, "1")),
        *((float("nan"), ""), (float("inf"), ""), (None, ""), (date(2026, 3, 2), "2026-03-02")),
        *(("𠮷野", "𠮷野"), ("'=1+1", "=1+1"), ("\ud800x", "x")),
    ],
)
def test_a_cell_becomes_one_line_of_plain_text(cell: cells.Cell, text: str) -> None:
    assert cells.plain(cell) == text


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        *(
            ("王涛", "王涛"),
            (" 李阿姨 ", "李阿姨"),
            ("王涛（儿子）", "王涛（儿子）"),
            ("𠮷野", "𠮷野"),
        ),
        *(("—", ""), ("无", ""), ("??", ""), ("空置", ""), ("毛坯", ""), ("", ""), (None, "")),
        *(
            ("王涛420102196341849551", "王涛"),
            ("王涛 13800000001", "王涛"),
            ("王涛 138-0000-0001", "王涛"),
        ),
        *(
            ("42010219634184955X", ""),
            (date(2026, 1, 1), ""),
            ("'=王涛", "=王涛"),
            ("O'Brien", "O'Brien"),
        ),
    ],
)
def test_a_name_is_kept_without_the_numbers_beside_it(cell: cells.Cell, name: str) -> None:
    assert cells.name(cell) == name


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(
            (3.0, 3),
            ("3", 3),
            ("３", 3),
            ("3人", 3),
            ("3 人", 3),
            ("三口人", 3),
            ("两人", 2),
            ("3.0", 3),
        ),
        *(("共4人", 4), ("5口", 5), ("2大1小", 3), ("0", 0), ("十一人", 11), (99, 99)),
        *(("若干", None), ("3-4", None), ("约3", None), (2.5, None), (-1, None), ("不详", None)),
        *(
            (100, None),
            (13800000001.0, None),
            (True, None),
            (date(2026, 3, 2), None),
            ("1e3", None),
        ),
    ],
)
def test_people_are_counted_only_where_the_cell_says_how_many(
    cell: cells.Cell, number: int | None
) -> None:
    assert cells.people(cell) == number


@pytest.mark.parametrize(
    "word",
    [
        "空",
        "空置",
        "空房",
        "无人",
        "无人居住",
        "长期无人",
        "毛坯",
        "毛坯房",
        "闲置",
        "未入住",
        "—",
        "-",
        "空（毛坯）",
        "Vacant",
    ],
)
def test_words_for_an_empty_home(word: str) -> None:
    assert cells.says_vacant(word)


@pytest.mark.parametrize(
    "word", ["自住", "出租", "非空置", "不空置", "家中无人", "有人", "空调房", "", "商用"]
)
def test_words_for_a_home_that_is_lived_in(word: str) -> None:
    assert not cells.says_vacant(word)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *(
            ("是", True),
            ("√", True),
            ("y", True),
            ("1", True),
            ("否", False),
            ("no", False),
            ("自住", None),
        )
    ],
)
def test_ticks_are_read_as_yes_or_no(text: str, meaning: bool | None) -> None:  # noqa: FBT001
    assert cells.answer(text) is meaning


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *((13800000001.0, "13800000001"), (10083016613.0, "10083016613"), ("10083016613",) * 2),
        *(("１３８００００００１２", "13800000012"), ("138 0000 0001", "13800000001")),
        *(("138-0000-0001", "13800000001"), ("+86 138 0000 0001", "13800000001")),
        *(("8613800000001", "13800000001"), ("013800000001", "13800000001")),
        *(("13800000001.0", "13800000001"), ("王涛13800000001", "13800000001")),
        *(("13800000001（儿子）", "13800000001"), ("手机：13800000001", "13800000001")),
        *(("027-82345678", "027-82345678"), ("02782345678", "027-82345678")),
        *(("(027)82345678", "027-82345678"), ("027-82345678转801", "027-82345678-801")),
        *(("82345678", "82345678"), ("400-820-8820", "400-820-8820"), ("+85291234567",) * 2),
        *((82345678.0, "82345678"), ("'+8613800000001", "13800000001")),
    ],
)
def test_a_phone_is_kept_in_one_spelling(cell: cells.Cell, number: str) -> None:
    assert phones(cell) == Phones(number)
    assert phones(number) == Phones(number)


@pytest.mark.parametrize(
    "cell",
    [
        *("10083016613/13800000001", "10083016613、13800000001", "10083016613，13800000001"),
        *("10083016613 13800000001", "10083016613\n13800000001", "10083016613;027-82345678"),
        *("10083016613或13800000001", "无/10083016613", "10083016613(夫) / 13800000001(妻)"),
    ],
)
def test_of_several_phones_the_first_is_kept(cell: str) -> None:
    assert phones(cell) == Phones("10083016613")


@pytest.mark.parametrize(
    "cell",
    [
        *("1.38E+10", "1.38e10", 1.38e10, 13812300000.0, "100687731", "1380000000", "138000000012"),
        *("420102196341849551", "问物业", "13x00000001", date(2026, 3, 2), True, -5.0, 1.5),
    ],
)
def test_a_damaged_phone_is_not_kept(cell: cells.Cell) -> None:
    assert phones(cell) == Phones(damaged=True)


def test_a_damaged_first_phone_is_reported_even_if_the_second_is_kept() -> None:
    assert phones("100687731/13800000001") == Phones("13800000001", damaged=True)


@pytest.mark.parametrize("cell", [None, "", " ", "无", "-", "—", "/", "不详", "0", "空置"])
def test_no_phone_is_no_mistake(cell: cells.Cell) -> None:
    assert phones(cell) == Phones()


def test_messages_never_repeat_a_whole_number() -> None:
    assert cells.quote("3栋 13812345678") == "3栋 138****78"
    assert cells.quote("420102196341849551") == "420****51"
    assert cells.quote_number("138-1234-567") == "138****67"
    assert cells.quote("2026-06-09") == "2026-06-09"
    assert len(cells.quote("x" * 500)) < 50


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        *(
            ("独居老人", ("elder_alone", False)),
            ("老人、学生", ("elderly", False)),
            ("", (None, False)),
        ),
        *(("elder_alone", ("elder_alone", False)), ("流动人口", ("migrant", False))),
        *(
            ("高血压", (None, True)),
            ("独居老人/残疾", ("elder_alone", True)),
            ("宝妈", ("other", False)),
        ),
    ],
)
def test_care_tags_are_coarse_and_never_about_health(
    text: str, tag: tuple[str | None, bool]
) -> None:
    assert care_tag(text) == tag


@settings(deadline=None, derandomize=True, max_examples=600)
@given(ANY_CELL)
def test_no_cell_makes_anything_fail(cell: cells.Cell) -> None:
    text = cells.plain(cell)
    assert "\n" not in text
    assert text == text.strip()
    name = cells.name(cell)
    assert cells.name(name) == name
    count = cells.people(cell)
    assert count is None or 0 <= count <= cells.MOST_PEOPLE
    number = phones(cell).number
    assert phones(number).number == number
    text.encode()
    name.encode()


@pytest.mark.parametrize(
    "cell",
    [date(2026, 1, 1), datetime(2026, 1, 1), time(1, 2), timedelta(days=2)],  # noqa: DTZ001
)
def test_dates_and_times_are_known_for_what_they_are(cell: cells.Cell) -> None:
    assert cells.is_date(cell)
