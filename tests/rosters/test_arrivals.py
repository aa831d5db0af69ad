"""Bringing a roster into the tower, and foreseeing what that would do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from portal.db import db
from portal.rosters import arrivals
from portal.rosters.arrivals import bring_in, community_to_be, foresee
from portal.rosters.columns import Field
from portal.rosters.headings import Shape
from portal.rosters.reading import Reading, read
from portal.rosters.records import Building
from portal.rosters.records import Dwelling as InFile
from portal.rosters.report import Missing, Report
from portal.tower.actions import make_community
from portal.tower.models import CareTag, Dwelling, Level, Place
from portal.tower.queries import maybe_by_names
from tests.conftest import Tower, counted_queries
from tests.rosters.conftest import DATA

EXPECTED = json.loads((DATA / "roster-messy.expected.json").read_text("utf-8"))


def roster(homes: Sequence[InFile]) -> Reading:
    return Reading(Shape.HOUSEHOLDS, homes=list(homes))


def layout(*buildings: Building) -> Reading:
    return Reading(Shape.LAYOUT, buildings=list(buildings))


def homes_of(tower: Tower, building: Place | None = None) -> list[InFile]:
    """A building of 和风苑 as a roster that says everything the tower knows."""
    building = building or tower.building
    return [
        InFile(
            "和风苑",
            building.name,
            home.unit,
            home.floor,
            home.room,
            vacant=home.vacant,
            residents=home.residents,
            contact_label=home.contact_label or "",
            phone=home.phone or "",
        )
        for home in tower.dwellings(building)
    ]


def estate_of(tower: Tower) -> list[InFile]:
    return [home for building in tower.buildings for home in homes_of(tower, building)]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.missing


def standing(*names: str) -> Place:
    place = maybe_by_names(list(names))
    assert place is not None
    return place


def everything() -> list[tuple[Any, ...]]:
    """All places and dwellings as they stand."""
    tables = (Place.__table__, Dwelling.__table__)
    return [tuple(row) for table in tables for row in db.session.execute(table.select())]


# New homes ---------------------------------------------------------------------------------------


def test_a_town_falls_into_estates_buildings_and_groups(app: Flask) -> None:
    community = make_community("新社区")
    report = bring_in(layout(Building("桂香苑", "1", 2, 5, 40)), community)
    assert counts(report) == (40, 0, 0, 0)
    assert (report.dwellings, report.buildings, report.new_buildings) == (40, 1, 1)
    assert report.groups == 2
    building = standing("新社区", "桂香苑", "1")
    assert building.level == Level.BUILDING
    walk = db.session.query(Dwelling).filter_by(building_id=building.id).order_by("position")
    assert [home.room for home in walk][:5] == ["101", "102", "103", "104", "201"]
    assert len({home.group_id for home in walk}) == 2


def test_a_home_keeps_everything_the_file_says(app: Flask) -> None:
    community = make_community("新社区")
    bring_in(
        roster(
            [
                InFile(
                    *("桂香苑", "1", "1", 1, "101"),
                    residents=3,
                    contact_label="王涛",
                    phone="13800000001",
                    care="elder_alone",
                ),
                InFile("桂香苑", "1", "1", None, "门面1", vacant=True, residents=0),
            ]
        ),
        community,
    )
    shop, home = db.session.query(Dwelling).order_by(Dwelling.room.desc())
    assert (home.residents, home.contact_label, home.phone) == (3, "王涛", "13800000001")
    assert home.care_tag is CareTag.ELDER_ALONE
    assert (shop.vacant, shop.residents, shop.floor, shop.contact_label) == (True, 0, 0, None)


def test_newcomers_join_the_building_that_stands(tower: Tower) -> None:
    newcomer = replace(homes_of(tower)[0], room="103")
    report = bring_in(roster([*homes_of(tower), newcomer]), tower.community)
    assert (report.new, report.unchanged, report.groups) == (1, 42, 2)
    assert len(tower.dwellings(tower.building)) == 43
    assert db.session.query(Place).filter_by(name="和风苑").count() == 1


def test_the_real_town(app: Flask) -> None:
    reading = read(DATA / "kallang-whampoa.csv", filename="kallang-whampoa.csv")
    report = bring_in(reading, make_community("Kallang"))
    assert (report.buildings, report.new, report.groups) == (301, 40_172, 1_489)
    assert db.session.query(Place).filter_by(level=Level.GROUP).count() == 1_489
    assert db.session.query(Dwelling).count() == 40_172


# What is known already ---------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(app: Flask) -> None:
    community = make_community("百川")
    reading = read(DATA / "roster-messy.xlsx", filename="roster-messy.xlsx")
    first = bring_in(reading, community)
    assert counts(first) == (len(EXPECTED["dwellings"]), 0, 0, 0)
    stood = everything()
    again = bring_in(reading, community)
    assert counts(again) == (0, 0, len(EXPECTED["dwellings"]), 0)
    assert again.groups == first.groups
    assert everything() == stood


def test_a_changed_home_keeps_its_place_and_what_the_file_leaves_empty(tower: Tower) -> None:
    homes = homes_of(tower)
    homes[0] = replace(homes[0], residents=5, contact_label="", phone="")
    before = tower.dwellings(tower.building)[0]
    stood = (before.id, before.group_id, before.contact_label, before.phone)
    report = bring_in(roster(homes), tower.community)
    assert (report.new, report.changed, report.unchanged) == (0, 1, 41)
    after = tower.dwellings(tower.building)[0]
    assert (after.id, after.group_id, after.contact_label, after.phone) == stood
    assert after.residents == 5


def test_different_changes_of_different_homes(tower: Tower) -> None:
    homes = homes_of(tower)
    homes[0] = replace(homes[0], residents=5)
    homes[1] = replace(homes[1], phone="13800000001", care="elderly")
    homes[2] = replace(homes[2], residents=1)
    homes[3] = replace(homes[3], vacant=True)
    assert bring_in(roster(homes), tower.community).changed == 4
    first, second, third, fourth, fifth, *_ = tower.dwellings(tower.building)
    assert (first.residents, third.residents, fifth.residents) == (5, 1, 2)
    assert (second.phone, second.care_tag) == ("13800000001", CareTag.ELDERLY)
    assert (fourth.vacant, fifth.vacant) == (True, False)


def test_pages_of_a_building_learn_that_a_home_changed(tower: Tower) -> None:
    versions = [building.version for building in tower.buildings]
    homes = estate_of(tower)
    homes[0] = replace(homes[0], residents=5)
    bring_in(roster(homes), tower.community)
    risen = [b.version - v for b, v in zip(tower.buildings, versions, strict=True)]
    assert risen == [1, 0, 0]


def test_a_vacancy_the_file_does_not_speak_of_stays(tower: Tower) -> None:
    tower.dwellings(tower.building)[0].vacant = True
    db.session.commit()
    homes = [replace(home, vacant=False, residents=None) for home in homes_of(tower)]
    assert bring_in(roster(homes), tower.community).changed == 0
    speaks = roster(homes)
    speaks.fields = frozenset({Field.VACANT})
    assert bring_in(speaks, tower.community).changed == 1
    assert not tower.dwellings(tower.building)[0].vacant


# What the file leaves out ------------------------------------------------------------------------


def test_homes_that_vanished_are_listed_and_stay(tower: Tower) -> None:
    report = bring_in(roster(estate_of(tower)[2:]), tower.community)
    assert report.missing_dwellings == [
        Missing("和风苑", "1", "1", 1, "101"),
        Missing("和风苑", "1", "1", 1, "102"),
    ]
    assert len(tower.dwellings(tower.buildings[0])) == 42


def test_a_building_left_out_of_a_named_estate_is_listed(tower: Tower) -> None:
    report = bring_in(roster(homes_of(tower)), tower.community)
    assert report.missing == 84
    assert {(home.estate, home.building) for home in report.missing_dwellings} == {
        ("和风苑", "1"),
        ("和风苑", "2"),
    }


def test_an_estate_the_file_does_not_name_is_not_missed(tower: Tower) -> None:
    assert bring_in(roster(estate_of(tower)), tower.community).missing == 0


def test_another_community_with_the_same_names_is_left_alone(tower: Tower) -> None:
    twin = Building("和风苑", "3", 3, 7, 42)
    stood = len(tower.dwellings(tower.building))
    report = bring_in(layout(twin), tower.elsewhere)
    assert counts(report) == (42, 0, 0, 0)
    assert len(tower.dwellings(tower.building)) == stood
    assert maybe_by_names(["东湖社区", "和风苑", "3"]) is not None


# Foreseeing --------------------------------------------------------------------------------------


def mixed(tower: Tower) -> Reading:
    """A file with something of every kind."""
    homes = homes_of(tower)[3:]
    homes[0] = replace(homes[0], residents=7)
    homes += [replace(homes[1], room="303", unit="9"), replace(homes[1], building="8")]
    homes += [replace(homes[1], estate="新苑", room=f"{n}01", floor=n) for n in range(1, 40)]
    return roster(homes)


def test_what_is_foreseen_is_what_happens(tower: Tower) -> None:
    foreseen = foresee(mixed(tower), tower.community)
    assert foreseen.new == 41
    assert foreseen.new_buildings == 2
    assert foreseen == bring_in(mixed(tower), tower.community)


def test_foreseeing_writes_nothing(tower: Tower) -> None:
    stood = everything()
    with counted_queries() as statements:
        foresee(mixed(tower), tower.community)
    assert not [text for text in statements if text.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert everything() == stood


def test_a_community_that_nobody_has_made_yet(app: Flask) -> None:
    reading = layout(Building("桂香苑", "1", 2, 5, 40))
    foreseen = foresee(reading, community_to_be("新社区"))
    assert foreseen == bring_in(reading, make_community("新社区"))


def test_progress_is_told_in_homes(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "HOMES_AT_ONCE", 42)
    told: list[tuple[int, int]] = []
    reading = roster(estate_of(tower))
    foresee(reading, tower.community, progress=lambda *heard: told.append(heard))
    assert told == [(42, 126), (84, 126), (126, 126)]


@pytest.mark.parametrize("homes_at_once", [1, 42, 10_000])
def test_how_many_are_compared_together_makes_no_difference(
    tower: Tower, monkeypatch: pytest.MonkeyPatch, homes_at_once: int
) -> None:
    expected = foresee(mixed(tower), tower.community)
    monkeypatch.setattr(arrivals, "HOMES_AT_ONCE", homes_at_once)
    assert bring_in(mixed(tower), tower.community) == expected


def test_a_large_building_takes_as_many_statements_as_a_small_one(app: Flask) -> None:
    def statements(*buildings: Building) -> int:
        community = make_community(f"社区{len(buildings)}{buildings[0].dwellings}")
        bring_in(layout(*buildings), community)
        with counted_queries() as seen:
            bring_in(layout(*buildings), community)
        return len(seen)

    few = statements(Building("桂香苑", "1", 1, 2, 4))
    assert statements(Building("桂香苑", "1", 1, 20, 400)) == few
    many = [Building("桂香苑", str(n), 1, 2, 4) for n in range(1, 60)]
    assert statements(*many) == few
