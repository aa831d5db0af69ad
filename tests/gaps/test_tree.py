"""The tower with what is missing in it, from the community down to a door."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.coverage.statements import sign_all_below
from portal.coverage.states import Outcome, State
from portal.db import db
from portal.tower.models import CareTag
from tests.conftest import (
    HTMX,
    Tower,
    browser,
    counted_queries,
    make_building,
    make_place,
    make_user,
    person_of,
)
from tests.coverage.factory import visit
from tests.gaps.factory import (
    days_ago,
    heading,
    links,
    make_team,
    open_round,
    put,
    rows,
    text,
)


def test_the_heading_says_what_is_left_in_words(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    put(opened, tower.dwellings(tower.building), State.COVERED)
    page = browser(app, head).get(f"/rounds/{opened.id}/gaps").text
    assert heading(page) == "126 households to go"
    assert "168 households = the seven states added up ✓" in text(page)


def test_each_place_has_a_line_with_its_figures(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    put(opened, tower.dwellings(tower.building), State.COVERED)
    put(opened, tower.dwellings(tower.buildings[0])[:2], State.TRIED, gap_since=days_ago(16))
    first, second = map(text, rows(browser(app, head).get(f"/rounds/{opened.id}/gaps").text))
    assert first == "和风苑 84 42 / 126 · 33% 16 days"
    assert second == "桂香苑 42 0 / 42 · 0% 0 days"


def test_a_fragment_brings_the_tree_and_the_heading(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    answer = browser(app, head).get(f"/rounds/{opened.id}/gaps", headers=HTMX).text
    assert answer.startswith('<div id="gaps"')
    assert "<html" not in answer
    assert 'id="heading" hx-swap-oob="innerHTML">168 households to go' in answer


def test_a_stranger_is_asked_to_sign_in(app: Flask, tower: Tower) -> None:
    answer = browser(app).get(f"/rounds/{open_round(tower).id}/gaps")
    assert answer.status_code == 302
    assert "next=" in answer.headers["Location"]


def test_a_volunteer_has_no_business_here(app: Flask, tower: Tower, chen: User) -> None:
    assert browser(app, chen).get(f"/rounds/{open_round(tower).id}/gaps").status_code == 403


def test_a_neighbour_finds_nothing(app: Flask, tower: Tower, wu: User) -> None:
    opened, client = open_round(tower, tower.estate), browser(app, wu)
    assert client.get(f"/rounds/{opened.id}/gaps").status_code == 404
    for place in (tower.community, tower.estate, tower.building, tower.far_building):
        assert client.get(f"/rounds/{opened.id}/gaps/{place.id}").status_code == 404
    assert client.get(f"/rounds/{opened.id + 999}/gaps").status_code == 404


def test_a_place_outside_the_round_is_not_in_it(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower, tower.estate)
    answer = browser(app, head).get(f"/rounds/{opened.id}/gaps/{tower.other_estate.id}")
    assert answer.status_code == 404


def test_the_coordinator_of_an_estate_starts_there(app: Flask, tower: Tower, lin: User) -> None:
    opened = open_round(tower)
    page = browser(app, lin).get(f"/rounds/{opened.id}/gaps").text
    assert heading(page) == "126 households to go"
    assert [text(row).split(" 42")[0] for row in rows(page)] == [
        "Building 1",
        "Building 2",
        "Building 3",
    ]
    assert "桂香苑" not in page
    assert f"/rounds/{opened.id}/gaps/{tower.community.id}" not in links(page)


def test_somebody_with_two_places_sees_both(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    mei = make_user("Mei", (Role.LEADER, tower.building), (Role.OFFICER, tower.other_building))
    page = browser(app, mei).get(f"/rounds/{opened.id}/gaps").text
    assert heading(page) == "84 households to go"
    assert [text(row).split(" / ")[0] for row in rows(page)] == [
        "桂香苑, Building 1 42 0",
        "和风苑, Building 3 42 0",
    ]


def test_a_duty_within_another_does_not_count_twice(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    mei = make_user("Mei", (Role.COORDINATOR, tower.estate), (Role.LEADER, tower.building))
    page = browser(app, mei).get(f"/rounds/{opened.id}/gaps").text
    assert heading(page) == "126 households to go"


def test_a_round_over_one_estate_starts_there_for_everyone(
    app: Flask, tower: Tower, head: User
) -> None:
    opened, client = open_round(tower, tower.estate), browser(app, head)
    assert len(rows(client.get(f"/rounds/{opened.id}/gaps").text)) == 3
    above = rows(client.get(f"/rounds/{opened.id}/gaps/{tower.community.id}").text)
    assert [text(row)[:7] for row in above] == ["和风苑 126"]


def test_the_community_is_four_taps_away_from_a_door(app: Flask, tower: Tower, head: User) -> None:
    opened, client = open_round(tower), browser(app, head)
    page = client.get(f"/rounds/{opened.id}/gaps").text
    for _ in range(3):  # estate, building, group
        page = client.get(links(rows(page)[0])[0]).text
    assert len(rows(page)) == 21
    door = links(rows(page)[0])[0]
    assert re.fullmatch(rf"/rounds/{opened.id}/doors/\d+", door)
    assert client.get(door).status_code == 200


def test_a_group_is_its_list_of_doors(app: Flask, tower: Tower, head: User) -> None:
    opened, group = open_round(tower), tower.groups(tower.building)[0]
    answer = browser(app, head).get(f"/rounds/{opened.id}/gaps/{group.id}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/rounds/{opened.id}/doors?place={group.id}"


def test_the_building_leads_to_its_floor_plan(app: Flask, tower: Tower, zhou: User) -> None:
    opened = open_round(tower)
    page = browser(app, zhou).get(f"/rounds/{opened.id}/gaps").text
    assert f"/rounds/{opened.id}/plan/{tower.building.id}" in links(page)


def test_every_number_is_a_link_to_the_list_behind_it(app: Flask, tower: Tower, head: User) -> None:
    opened, client = open_round(tower), browser(app, head)
    put(opened, tower.dwellings(tower.building)[:5], State.REFUSED)
    make_team(tower, tower.building, vacant=2)
    page = client.get(f"/rounds/{opened.id}/gaps").text
    for address in {link for link in links(page) if "/doors" in link or "/teams" in link}:
        assert client.get(address).status_code == 200, address
    for state in State:
        assert f"/rounds/{opened.id}/doors?place={tower.community.id}&state={state}" in links(page)
    assert f"/places/{tower.estate.id}/teams" in links(page)


def test_the_most_missing_stand_first_unless_somebody_turns_it(
    app: Flask, tower: Tower, lin: User
) -> None:
    opened, client = open_round(tower), browser(app, lin)
    put(opened, tower.dwellings(tower.buildings[0]), State.COVERED)
    put(opened, tower.dwellings(tower.buildings[1])[:9], State.COVERED)
    put(opened, tower.dwellings(tower.buildings[1])[9:], State.TRIED, gap_since=days_ago(5))
    url = f"/rounds/{opened.id}/gaps"
    for order, expected in (("missing", "321"), ("oldest", "231"), ("reading", "123")):
        page = client.get(f"{url}?order={order}").text
        assert "".join(text(row).split()[1] for row in rows(page)) == expected
    assert client.get(f"{url}?order=name").status_code == 400


def test_a_place_without_households_says_so(app: Flask, tower: Tower, head: User) -> None:
    make_place(tower.community, "空苑")
    opened = open_round(tower)
    page = browser(app, head).get(f"/rounds/{opened.id}/gaps?order=reading").text
    assert "空苑 no households" in [text(row) for row in rows(page)]


def test_a_retired_group_without_doors_is_gone(app: Flask, tower: Tower, zhou: User) -> None:
    make_place(tower.building, "3", number=3).retired = True
    db.session.commit()
    opened = open_round(tower)
    assert len(rows(browser(app, zhou).get(f"/rounds/{opened.id}/gaps").text)) == 2


def test_a_round_of_care_names_only_places_with_such_doors(
    app: Flask, tower: Tower, head: User
) -> None:
    tower.dwellings(tower.building)[0].care_tag = CareTag.ELDERLY
    db.session.commit()
    opened = open_round(tower, care_tag=CareTag.ELDERLY)
    page = browser(app, head).get(f"/rounds/{opened.id}/gaps").text
    assert [text(row)[:5] for row in rows(page)] == ["和风苑 1"]


def test_empty_seats_stand_beside_the_gaps(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    make_team(tower, tower.building, vacant=2)
    page = browser(app, head).get(f"/rounds/{opened.id}/gaps").text
    assert text(rows(page)[0]).endswith(" 4")
    assert "4 empty seats" in text(page)


def test_a_reviewer_does_not_see_who_is_missing_in_a_team(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    make_team(tower, tower.building, vacant=2)
    reviewer = make_user("Qian", (Role.REVIEWER, tower.community))
    page = browser(app, reviewer).get(f"/rounds/{opened.id}/gaps").text
    assert "seats" not in page
    assert "/teams" not in page


def test_a_place_without_remainder_waits_for_its_signature(
    app: Flask, tower: Tower, lin: User
) -> None:
    opened, client = open_round(tower), browser(app, lin)
    put(opened, tower.dwellings(tower.building), State.COVERED)
    url = f"/rounds/{opened.id}/gaps/{tower.estate.id}?order=oldest"
    assert text(rows(client.get(url).text)[-1]).endswith("not signed yet")
    sign_all_below(opened, tower.building, by=person_of(lin))
    db.session.commit()
    assert text(rows(client.get(url).text)[-1]).endswith("· 100% signed")


def test_a_closed_round_says_that_it_is_frozen(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    opened.closed_at = days_ago(1)
    db.session.commit()
    assert "frozen" in browser(app, head).get(f"/rounds/{opened.id}/gaps").text


def test_the_same_number_of_questions_for_few_places_and_many(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    few = f"/rounds/{open_round(tower).id}/gaps/{tower.other_estate.id}"
    with counted_queries() as for_few:
        client.get(few)
    for number in range(30):
        make_building(tower.other_estate, str(100 + number), units=1, floors=1)
    many = f"/rounds/{open_round(tower).id}/gaps/{tower.other_estate.id}"
    with counted_queries() as for_many:
        page = client.get(many).text
    assert len(rows(page)) == 31
    assert (
        len(for_few) == len(for_many) == 6
    )  # who, what, names above, places, seats missing, doors


def test_a_tree_that_somebody_has_just_seen_is_not_counted_again(
    app: Flask, tower: Tower, head: User
) -> None:
    url = f"/rounds/{open_round(tower).id}/gaps"
    other = browser(app, make_user("Bai", (Role.COORDINATOR, tower.community)))
    browser(app, head).get(url)
    with counted_queries() as seen:
        page = other.get(url).text
    assert len(seen) == 4  # who, what, places, seats missing in shifts
    assert heading(page) == "168 households to go"
    assert "Bai" in page


@pytest.mark.parametrize("change", ["visit", "seat", "name", "new estate", "signature"])
def test_an_unchanged_tree_is_not_sent_again_and_a_changed_one_is(
    app: Flask, tower: Tower, head: User, change: str
) -> None:
    opened, client = open_round(tower), browser(app, head)
    make_team(tower, tower.building, vacant=1)
    put(opened, tower.dwellings(tower.buildings[0]), State.COVERED)
    url = f"/rounds/{opened.id}/gaps"
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    if change == "visit":
        visit(head, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    elif change == "seat":
        make_team(tower, tower.building, vacant=0)
        make_team(tower, tower.other_building, vacant=1)
    elif change == "name":
        tower.estate.name = "和风新苑"
        db.session.commit()
    elif change == "new estate":
        make_place(tower.community, "空苑")
    else:
        sign_all_below(opened, tower.buildings[0], by=person_of(head))
        db.session.commit()
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_copy_of_somebody_else_is_not_used(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    tag = browser(app, head).get(f"/rounds/{opened.id}/gaps").headers["ETag"]
    other = browser(app, make_user("Bai", (Role.COORDINATOR, tower.community)))
    answer = other.get(f"/rounds/{opened.id}/gaps", headers={"If-None-Match": tag})
    assert answer.status_code == 200


def test_names_are_shown_as_text(app: Flask, tower: Tower, head: User) -> None:
    make_building(make_place(tower.community, "<b>&苑"), "<i>1")
    opened, client = open_round(tower), browser(app, head)
    page = client.get(f"/rounds/{opened.id}/gaps").text
    assert "&lt;b&gt;&amp;苑" in page
    assert "<b>&" not in page
    listed = client.get(f"/rounds/{opened.id}/doors").text
    assert "&lt;b&gt;&amp;苑, &lt;i&gt;1" in listed
    assert "<i>" not in listed


def test_the_way_up_is_that_of_whoever_looks(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    """The page is drawn once for all who see the same: the way here is not the same for both."""
    opened = open_round(tower)
    url = f"/rounds/{opened.id}/gaps/{tower.building.id}"
    above = f'href="/rounds/{opened.id}/gaps/{tower.community.id}"'
    for _ in range(2):
        assert above in browser(app, head).get(url).text
        assert above not in browser(app, lin).get(url).text
