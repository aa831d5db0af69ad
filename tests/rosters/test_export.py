"""A roster taken out says what the tower knows, and comes back unchanged."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rosters import cells
from portal.rosters.arrivals import bring_in, foresee
from portal.rosters.comparing import Key, compare
from portal.rosters.export import COLUMNS, as_csv, cells_of, homes_as_csv
from portal.rosters.headings import Shape
from portal.rosters.reading import Reading, read
from portal.rosters.records import Dwelling as InFile
from portal.tower.actions import make_community
from portal.tower.models import Place
from tests.conftest import Tower
from tests.rosters.conftest import DATA

PAYLOADS = [
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "'=1",
    "''=1",
    "%0A=1",
    "|x",
    '王涛, "老王"',
]


def exported(place: Place) -> bytes:
    return b"".join(homes_as_csv(place))


def lines(place: Place) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(place).decode())))


def community_with(*homes: InFile) -> Place:
    community = make_community("新社区")
    bring_in(Reading(Shape.HOUSEHOLDS, homes=list(homes)), community)
    return community


def home(**changes: Any) -> InFile:
    values: dict[str, Any] = {
        "estate": "桂香苑",
        "building": "3",
        "unit": "2",
        "floor": 5,
        "room": "501",
        **changes,
    }
    return InFile(**values)


def test_the_columns_and_what_stands_in_them(app: Flask) -> None:
    community = community_with(
        home(residents=3, contact_label="王涛", phone="13800000001"),
        home(room="502", vacant=True, residents=0),
        home(room="503"),
    )
    assert exported(community).decode().splitlines() == [
        ",".join(COLUMNS),
        "桂香苑,3,2,5,501,1,0,3,王涛,13800000001",
        "桂香苑,3,2,5,502,1,1,0,,",
        "桂香苑,3,2,5,503,1,0,,,",
    ]


def test_lines_come_in_the_order_of_the_walk(app: Flask) -> None:
    community = community_with(
        home(building="10", floor=1, room="101"),
        home(building="9", unit="2", floor=1, room="101"),
        home(building="9", unit="1", floor=10, room="1001"),
        home(building="9", unit="1", floor=9, room="901"),
    )
    assert [(line["building"], line["unit"], line["room"]) for line in lines(community)] == [
        ("9", "1", "901"),
        ("9", "1", "1001"),
        ("9", "2", "101"),
        ("10", "2", "101"),
    ]


def test_an_estate_has_its_own_homes_only(tower: Tower) -> None:
    assert len(lines(tower.community)) == 4 * 42
    assert {line["estate"] for line in lines(tower.other_estate)} == {"桂香苑"}
    assert len(lines(tower.building)) == 42


def test_the_messy_roster_goes_out_and_comes_back(app: Flask) -> None:
    community = make_community("百川")
    report = bring_in(read(DATA / "roster-messy.xlsx", filename="roster-messy.xlsx"), community)
    out = exported(community)
    reading = read(out, filename="out.csv")
    assert (reading.rejected, reading.warnings, reading.unused_columns) == ([], [], [])
    again = bring_in(reading, community)
    assert (again.new, again.changed, again.missing) == (0, 0, 0)
    assert again.unchanged == report.dwellings
    assert exported(community) == out


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("column", ["estate", "contact_label"])
def test_a_formula_leaves_as_text_and_comes_back_as_it_was(
    app: Flask, column: str, payload: str
) -> None:
    community = community_with(home(**{column: payload}))
    out = exported(community)
    (line,) = lines(community)
    assert line[column].lstrip("'")[:1] == payload.lstrip("'")[:1]
    assert not line[column].startswith(("=", "+", "-", "@", "\t", "\r", "|", "%", "＝"))
    again = foresee(read(out, filename="out.csv"), community)
    assert (again.new, again.changed, again.missing) == (0, 0, 0)


TEXT = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("=+-@'|% 王涛𠮷"), max_size=12
)
DOORS = [
    ("1", 1, "101"),
    ("1", 0, "门面1"),
    ("2", -1, "101"),
    ("甲", 12, "1203"),
    ("", 5, "501"),
]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    label=TEXT.map(cells.name),  # as the reader keeps names
    vacant=st.booleans(),
    residents=st.sampled_from([None, 0, 1, 99]),
    phone=st.sampled_from([None, "13800000001", "027-82345678", "10083016613"]),
    door=st.sampled_from(DOORS),
)
def test_whatever_is_kept_of_a_home_comes_back_unchanged(
    *,
    label: str,
    vacant: bool,
    residents: int | None,
    phone: str | None,
    door: tuple[str, int, str],
) -> None:
    known = {
        "id": 1,
        "vacant": vacant,
        "residents": residents,
        "contact_label": label or None,
        "phone": phone,
        "care_tag": None,
    }
    unit, floor, room = door
    place = {"estate": "桂香苑", "building": "3", "number": 1}
    stands = SimpleNamespace(**known, **place, unit=unit, floor=floor, room=room)
    reading = read(as_csv([COLUMNS, cells_of(stands)]), filename="out.csv")
    result = compare(reading.homes, {Key(*door): known}, tells_vacancy=True)
    assert reading.rejected == []
    assert (result.new, result.changed, result.unchanged) == ([], {}, 1)
