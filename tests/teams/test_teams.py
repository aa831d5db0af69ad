"""Who sits where, and which seats are empty."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.db import db
from portal.teams import actions, queries
from portal.teams.models import CORE_SEATS, Team
from portal.tower.models import Place
from tests.conftest import Tower, browser, counted_queries, make_user, person_of
from tests.tower.factory import groups_of, homes, housed


@pytest.fixture
def building(tower: Tower) -> Place:
    """Building 9 of 和风苑: sixty doors, two groups."""
    return housed(tower.estate, "9", homes(floors=10, doors=6))


def test_a_new_building_has_only_empty_seats(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    answer = browser(app, lin).get(f"/places/{building.id}/teams")
    assert answer.status_code == 200
    assert "12 empty seats" in answer.text
    assert "0 of 12 seats filled" in answer.text
    assert answer.text.count("<b>empty</b>") == 12
    assert "Community officer" in answer.text


def test_a_group_shows_its_six_seats_and_members(
    app: Flask, tower: Tower, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    actions.seat(lin, group, 3, by=person_of(lin))
    actions.seat(chen, group, 0, by=person_of(lin))
    answer = browser(app, lin).get(f"/places/{group.id}/teams")
    assert "5 empty seats" in answer.text
    assert "Building leader: take Lin out" in answer.text
    assert "Take Chen out" in answer.text
    assert answer.text.count("Fill the seat:") == 5


def test_most_empty_seats_come_first_and_full_teams_can_be_hidden(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    first, second = groups_of(building)
    for number in range(1, CORE_SEATS + 1):
        actions.seat(lin, first, number, by=person_of(lin))
    client = browser(app, lin)
    everything = client.get(f"/places/{tower.estate.id}/teams").text
    assert everything.index(f"/places/{second.id}/teams") < everything.index(
        f"/places/{first.id}/teams"
    )
    assert "Building 9, Group 1" in everything
    gaps = client.get(f"/places/{tower.estate.id}/teams?only=vacant").text
    assert f"/places/{second.id}/teams" in gaps
    assert f"/places/{first.id}/teams" not in gaps


def test_a_community_lists_its_estates(
    app: Flask, tower: Tower, building: Place, head: User
) -> None:
    housed(tower.other_estate, "9", homes(floors=5, doors=6))
    answer = browser(app, head).get(f"/places/{tower.community.id}/teams")
    assert "18 empty seats" in answer.text
    assert answer.text.index("和风苑") < answer.text.index("桂香苑")
    assert "12 empty" in answer.text
    assert "6 empty" in answer.text


def test_a_full_house_says_so(app: Flask, tower: Tower, building: Place, lin: User) -> None:
    for number in range(1, CORE_SEATS + 1):
        actions.seat(lin, building, number, by=person_of(lin))
    answer = browser(app, lin).get(f"/places/{building.id}/teams?only=vacant")
    assert "Every seat is filled" in answer.text
    assert queries.sum_below(tower.estate).vacant == 0


def test_parts_add_up_to_the_whole(app: Flask, tower: Tower, building: Place, lin: User) -> None:
    housed(tower.other_estate, "9", homes(floors=5, doors=6))
    actions.seat(lin, groups_of(building)[0], 2, by=person_of(lin))
    estates = (tower.estate, tower.other_estate)
    parts = [queries.sum_below(estate).vacant for estate in estates]
    assert parts == [11, 6]
    assert queries.sum_below(tower.community).vacant == 17
    assert queries.sum_below(tower.elsewhere).vacant == 0


def test_a_leader_sees_only_the_teams_of_his_building(
    app: Flask, tower: Tower, building: Place, wu: User
) -> None:
    leader = make_user("Hu", (Role.LEADER, building))
    client = browser(app, leader)
    answer = client.get(f"/places/{building.id}/teams")
    assert "12 empty seats" in answer.text
    assert "/seats/new" not in answer.text
    assert client.get(f"/places/{tower.estate.id}/teams").status_code == 404
    assert browser(app, wu).get(f"/places/{building.id}/teams").status_code == 404


def test_an_officer_may_look(app: Flask, tower: Tower, building: Place) -> None:
    officer = make_user("Ma", (Role.OFFICER, tower.community))
    assert browser(app, officer).get(f"/places/{building.id}/teams").status_code == 200


def test_a_volunteer_may_not_and_a_stranger_signs_in(
    app: Flask, tower: Tower, building: Place, chen: User
) -> None:
    assert browser(app, chen).get(f"/places/{building.id}/teams").status_code == 403
    assert browser(app).get(f"/places/{building.id}/teams").status_code == 302


def test_the_list_costs_the_same_for_few_and_many_groups(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    client = browser(app, lin)
    with counted_queries() as few:
        client.get(f"/places/{building.id}/teams")
    for name in ("20", "21", "22"):
        large = housed(tower.estate, name, homes(units=4, floors=30, doors=3))
        actions.seat(lin, large, 2, by=person_of(lin))
    with counted_queries() as many:
        answer = client.get(f"/places/{tower.estate.id}/teams")
    assert answer.text.count("<tr>") > 36
    assert len(few) == len(many)


def test_every_group_has_a_team_and_no_other(app: Flask, tower: Tower, building: Place) -> None:
    teams = db.session.query(Team).filter_by(building_id=building.id).all()
    assert {team.group_id for team in teams} == {group.id for group in groups_of(building)}
