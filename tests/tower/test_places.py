"""Looking at the tower from where one stands."""

from __future__ import annotations

from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.db import db
from portal.tower import actions, queries
from portal.tower.models import CareTag
from tests.conftest import Tower, browser, counted_queries, make_user
from tests.tower.factory import dwellings_of, groups_of, homes, housed


def test_a_coordinator_begins_where_she_stands(app: Flask, tower: Tower, lin: User) -> None:
    answer = browser(app, lin).get("/tower")
    assert answer.status_code == 200
    assert "<h1" in answer.text
    assert "和风苑" in answer.text
    assert "126 households" in answer.text
    assert "桂香苑" not in answer.text


def test_the_head_sees_every_estate_with_its_size(app: Flask, tower: Tower, head: User) -> None:
    answer = browser(app, head).get("/tower")
    assert "168 households" in answer.text
    assert "8 groups" in answer.text
    assert "126 households" in answer.text
    assert "42 households" in answer.text
    assert "东湖" not in answer.text


def test_somebody_with_several_places_chooses(app: Flask, tower: Tower) -> None:
    both = make_user(
        "Officer",
        (Role.OFFICER, tower.building),
        (Role.OFFICER, tower.other_building),
        (Role.OFFICER, tower.far_building),
    )
    answer = browser(app, both).get("/tower")
    assert "My places in the tower" in answer.text
    assert "百川社区, 和风苑, Building 3" in answer.text
    assert "东湖社区, 东湖苑, Building 1" in answer.text
    assert answer.text.count("42 households") == 3


def test_parts_add_up_to_the_whole(app: Flask, tower: Tower, head: User) -> None:
    housed(tower.other_estate, "9", homes(units=3, floors=7, doors=3))
    sizes = queries.sizes([tower.community])
    assert sizes[tower.community.id].homes == 4 * 42 + 63
    assert sizes[tower.other_estate.id].homes == 42 + 63
    assert sizes[tower.community.id].groups == sum(
        sizes[estate.id].groups for estate in (tower.estate, tower.other_estate)
    )
    assert sizes[tower.community.id].buildings == 5


def test_a_building_shows_its_groups_and_their_doors(app: Flask, tower: Tower, zhou: User) -> None:
    answer = browser(app, zhou).get(f"/places/{tower.building.id}")
    assert "和风苑, Building 3" in answer.text
    assert "Unit 1 101 – Unit 2 401" in answer.text
    assert "Unit 2 402 – Unit 3 702" in answer.text
    assert "1-101户" in answer.text
    assert "****" in answer.text
    assert tower.dwellings(tower.building)[0].phone not in answer.text
    assert 'name="door"' not in answer.text


def test_boxes_to_tick_are_there_when_asked_for(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    url = f"/places/{tower.building.id}"
    assert f"{url}?move=1" in browser(app, lin).get(url).text
    assert browser(app, lin).get(f"{url}?move=1").text.count('name="door"') == 42
    assert 'name="door"' not in browser(app, lin).get(url).text
    assert 'name="door"' not in browser(app, zhou).get(f"{url}?move=1").text


def test_a_group_shows_only_its_own_doors(app: Flask, tower: Tower, zhou: User) -> None:
    group = tower.groups(tower.building)[1]
    answer = browser(app, zhou).get(f"/places/{group.id}")
    assert answer.status_code == 200
    assert "3-702户" in answer.text
    assert "1-101户" not in answer.text


def test_an_officer_sees_groups_but_no_residents(app: Flask, tower: Tower) -> None:
    officer = make_user("Ma", (Role.OFFICER, tower.estate))
    answer = browser(app, officer).get(f"/places/{tower.building.id}")
    assert "Unit 1 101 – Unit 2 401" in answer.text
    assert "1-101户" not in answer.text
    assert "****" not in answer.text


def test_care_tags_show_to_those_who_may_see_them(app: Flask, tower: Tower, zhou: User) -> None:
    home = tower.dwellings(tower.building)[0]
    home.care_tag, home.vacant = CareTag.ELDER_ALONE, True
    db.session.commit()
    answer = browser(app, zhou).get(f"/places/{tower.building.id}")
    assert "Older person living alone" in answer.text
    assert ">vacant<" in answer.text


def test_an_empty_community_says_what_to_do_next(app: Flask, tower: Tower) -> None:
    community = actions.make_community("新社区")
    head = make_user("New head", (Role.COORDINATOR, community))
    assert "Load a roster" in browser(app, head).get("/tower").text


def test_a_retired_group_says_so_nowhere_in_the_lists(app: Flask, tower: Tower, lin: User) -> None:
    group = tower.groups(tower.building)[1]
    group.retired = True
    db.session.commit()
    assert browser(app, lin).get(f"/places/{group.id}").status_code == 404


def test_the_neighbour_gets_404(app: Flask, tower: Tower, wu: User) -> None:
    client = browser(app, wu)
    for place in (tower.building, tower.estate, tower.community, tower.groups(tower.building)[0]):
        assert client.get(f"/places/{place.id}").status_code == 404
    assert client.get(f"/places/{tower.other_building.id}").status_code == 200


def test_a_volunteer_gets_403_and_a_stranger_signs_in(app: Flask, tower: Tower, chen: User) -> None:
    for url in ("/tower", f"/places/{tower.building.id}"):
        assert browser(app, chen).get(url).status_code == 403
        assert "/sign-in" in browser(app).get(url).location


def test_pages_cost_the_same_for_few_and_many(app: Flask, tower: Tower, head: User) -> None:
    small = housed(tower.estate, "8", homes(floors=1, doors=1))
    large = housed(tower.estate, "9", homes(units=4, floors=25, doors=2))
    client = browser(app, head)
    with counted_queries() as few:
        client.get(f"/places/{small.id}?move=1")
    with counted_queries() as many:
        answer = client.get(f"/places/{large.id}?move=1")
    assert answer.text.count('name="door"') == 200
    assert len(few) == len(many)
    with counted_queries() as few:
        client.get(f"/places/{tower.other_estate.id}")
    with counted_queries() as many:
        client.get(f"/places/{tower.estate.id}")
    assert len(few) == len(many)


def test_a_household_has_a_page_of_its_own(app: Flask, tower: Tower, zhou: User, wu: User) -> None:
    home = tower.dwellings(tower.building)[0]
    answer = browser(app, zhou).get(f"/dwellings/{home.id}")
    assert "1-101户" in answer.text
    assert f"/dwellings/{home.id}/phone" in answer.text
    assert home.phone not in answer.text
    assert browser(app, wu).get(f"/dwellings/{home.id}").status_code == 404
    assert browser(app).get(f"/dwellings/{home.id}").status_code == 302


def test_the_walk_of_a_group_with_a_moved_door_is_told_in_stretches(
    app: Flask, tower: Tower, lin: User
) -> None:
    building = housed(tower.estate, "9", homes(units=1, floors=12, doors=4))
    first, last = dwellings_of(building)[0], groups_of(building)[1]
    first.group_id, first.path, first.moved_by_hand = last.id, last.path, True
    db.session.commit()
    answer = browser(app, lin).get(f"/places/{building.id}")
    assert "Unit 1 101, Unit 1 701 – 1204" in answer.text
    assert "moved by hand" in answer.text
