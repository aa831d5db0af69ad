"""The tower grows: places, dwellings in bulk, one dwelling found on the stairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.db import db
from portal.errors import RuleError
from portal.teams.models import CORE_SEATS, Team
from portal.tower import actions, queries
from portal.tower.models import Dwelling, Level, Place
from portal.tower.signals import dwellings_moved
from portal.tower.standing import Arrival
from tests.conftest import Tower, counted_queries
from tests.tower.factory import dwellings_of, groups_of, homes, housed, numbers


def test_a_community_begins_with_the_usual_settings(app: Flask) -> None:
    community = actions.make_community("  百川  社区 ")
    assert (community.name, community.level) == ("百川 社区", Level.COMMUNITY)
    assert (community.path, community.community_id) == (f"/{community.id}/", community.id)
    settings = queries.settings_of(community.id)
    assert settings.group_size == 30
    assert {len(names) for names in settings.seat_names.values()} == {CORE_SEATS}
    with pytest.raises(RuleError):
        actions.make_community("百川 社区")


def test_places_stand_in_natural_order(app: Flask) -> None:
    (estate,) = actions.make_places(actions.make_community("百川社区"), ["和风苑"])
    for name in ("10", "2", "乙", "甲", "1"):
        actions.make_places(estate, [name])
    below = db.session.query(Place).filter_by(parent_id=estate.id).order_by(Place.sort_key)
    assert [place.name for place in below] == ["1", "2", "10", "甲", "乙"]
    assert all(place.path == f"{estate.path}{place.id}/" for place in below)


@pytest.mark.parametrize("name", ["", "   ", "长" * 61])
def test_a_place_needs_a_name_of_some_length(app: Flask, name: str) -> None:
    with pytest.raises(RuleError):
        actions.make_places(actions.make_community("百川社区"), [name])


def test_groups_are_not_made_by_name(app: Flask, tower: Tower) -> None:
    with pytest.raises(ValueError, match="cutting"):
        actions.make_places(tower.building, ["3"])


def test_a_new_building_is_cut_into_groups_with_teams(app: Flask, tower: Tower) -> None:
    building = housed(tower.estate, "9", homes(units=2, floors=10, doors=4))
    assert Counter(numbers(building)) == {1: 28, 2: 28, 3: 24}
    assert [group.number for group in groups_of(building)] == [1, 2, 3]
    assert building.number == 3
    assert [home.position for home in dwellings_of(building)] == list(range(80))
    groups = {group.id: group.path for group in groups_of(building)}
    assert all(groups[home.group_id] == home.path for home in dwellings_of(building))
    teams = db.session.query(Team).filter_by(building_id=building.id).all()
    assert {team.group_id: team.path for team in teams} == groups
    assert {(team.estate_id, team.vacant) for team in teams} == {(tower.estate.id, CORE_SEATS)}


def test_many_buildings_cost_few_statements(app: Flask, tower: Tower) -> None:
    buildings = actions.make_places(tower.estate, [f"B{n}" for n in range(20)])
    with counted_queries() as one:
        actions.settle(tower.community.id, {buildings[0].id: homes()})
    with counted_queries() as many:
        actions.settle(tower.community.id, {b.id: homes() for b in buildings[1:]})
    assert len(many) <= len(one)
    count = select(func.count()).where(Dwelling.building_id.in_([b.id for b in buildings]))
    assert db.session.scalar(count) == 20 * 30


def test_a_found_dwelling_joins_the_group_beside_it(app: Flask, tower: Tower) -> None:
    building = housed(tower.estate, "9", homes(units=2, floors=6, doors=3))
    before, version = numbers(building), building.version
    home = actions.add_dwelling(building, unit="1", floor=3, room="304")
    assert home.position == 9
    assert numbers(building) == [*before[:9], before[8], *before[9:]]
    assert [h.position for h in dwellings_of(building)] == list(range(37))
    assert building.version > version
    assert not home.moved_by_hand


def test_a_found_dwelling_may_make_a_full_building_be_cut_again(app: Flask, tower: Tower) -> None:
    building = housed(tower.estate, "9", homes(floors=10, doors=3))
    assert set(numbers(building)) == {1}
    actions.add_dwelling(building, unit="1", floor=11, room="1101")
    assert set(numbers(building)) == {1, 2}
    assert max(Counter(numbers(building)).values()) <= 30


def test_the_same_door_is_never_there_twice(app: Flask, tower: Tower) -> None:
    building = housed(tower.estate, "9", homes())
    with pytest.raises(IntegrityError):
        actions.add_dwelling(building, unit="1", floor=3, room="301")


def test_features_above_hear_of_newcomers_once_a_building_is_known(
    app: Flask, tower: Tower
) -> None:
    heard: list[int] = []

    def listen(buildings: Sequence[Place]) -> None:
        heard.extend(building.id for building in buildings)

    with dwellings_moved.connected_to(listen):
        building = housed(tower.estate, "9", homes())
        assert heard == []  # nobody can have had a door there
        actions.add_dwelling(building, unit="1", floor=3, room="399")
    assert heard == [building.id]


def test_what_is_foreseen_is_what_happens(app: Flask, tower: Tower) -> None:
    (building,) = actions.make_places(tower.estate, ["9"])
    arrivals = {building.id: homes(units=3, floors=9, doors=4)}
    foreseen = actions.foresee(tower.community.id, arrivals)[building.id]
    assert dwellings_of(building) == []
    settled = actions.settle(tower.community.id, arrivals)[building.id]
    assert list(settled.assignment.values()) == list(foreseen.assignment.values())


def test_settled_columns_are_kept(app: Flask, tower: Tower) -> None:
    arrival = Arrival("1", 1, "101", 3, "王阿姨", "10012345678", None, vacant=True)
    building = housed(tower.estate, "9", [arrival])
    (home,) = dwellings_of(building)
    kept = (home.residents, home.contact_label, home.phone, home.vacant, home.moved_by_hand)
    assert kept == (3, "王阿姨", "10012345678", True, False)
