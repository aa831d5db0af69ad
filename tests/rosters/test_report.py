"""What an import has to say, as it is kept, shown and sent."""

from __future__ import annotations

import json

import pytest

from portal.rosters import report as reports
from portal.rosters import words
from portal.rosters.messages import Code, Message
from portal.rosters.report import (
    Missing,
    Report,
    Skipped,
    as_json,
    by_building,
    by_code,
    kept,
    table,
    to_keep,
)

PHONE = Message("桂香苑", 7, Code.BAD_PHONE, {"found": "1.38E+10"})
DATE = Message("桂香苑", 3, Code.ADDRESS_IS_DATE, {"found": "2003-02-01"})
FIRST, SECOND, THIRD = (
    Missing("桂香苑", "3", "2", 5, "501"),
    Missing("桂香苑", "3", "", 5, "502"),
    Missing("桂香苑", "4", "1", 1, "101"),
)


def full_report() -> Report:
    report = Report(
        dwellings=3,
        new=1,
        changed=1,
        unchanged=1,
        groups=1,
        rejected=[DATE],
        warnings=[PHONE, PHONE],
        ignored_columns=["身份证号"],
        skipped_rows=[Skipped("桂香苑", 9)],
    )
    report.miss([FIRST, SECOND, THIRD])
    return report


def test_the_command_tells_every_line_with_its_text() -> None:
    told = as_json(full_report(), str)
    assert told["rejected"] == [
        {"sheet": "桂香苑", "row": 3, "code": "address_is_date", "text": DATE.text()}
    ]
    assert told["skipped_rows"] == [{"sheet": "桂香苑", "row": 9}]
    assert told["missing"] == 3
    assert told["missing_dwellings"][0] == {
        "estate": "桂香苑",
        "building": "3",
        "unit": "2",
        "floor": 5,
        "room": "501",
    }
    expected = {"dwellings", "new", "changed", "unchanged", "missing", "groups", "rejected"}
    expected |= {"warnings", "ignored_columns", "skipped_rows"}
    assert expected <= told.keys()


def test_a_kept_report_is_the_same_again() -> None:
    report = full_report()
    assert kept(json.loads(json.dumps(to_keep(report)))) == report


def test_a_kept_text_is_made_in_the_language_of_the_reader() -> None:
    again = kept(to_keep(full_report()))
    assert again.rejected[0].text(lambda text: "日期：%(found)s") == "日期：2003-02-01"


def test_beyond_what_is_kept_the_counts_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_KEPT", 2)
    again = kept(to_keep(full_report()))
    assert len(again.missing_dwellings) == 2
    assert again.count("missing_dwellings") == again.missing == 3
    assert again.count("warnings") == 2
    assert kept(to_keep(again)) == again


def test_messages_are_grouped_by_what_they_say() -> None:
    assert by_code([DATE, PHONE, PHONE]) == [
        (Code.BAD_PHONE, [PHONE, PHONE]),
        (Code.ADDRESS_IS_DATE, [DATE]),
    ]


def test_missing_homes_are_grouped_by_building() -> None:
    assert by_building([FIRST, SECOND, THIRD]) == [
        ("桂香苑", "3", ["2-501", "502"]),
        ("桂香苑", "4", ["1-101"]),
    ]


def test_a_table_has_every_line() -> None:
    assert [line[0] for line in table(full_report(), str)] == [
        "kind",
        "rejected",
        "warning",
        "warning",
        "skipped",
        "missing",
        "missing",
        "missing",
    ]


def test_every_kind_of_message_has_a_heading() -> None:
    assert set(words.CODES) == set(Code)
