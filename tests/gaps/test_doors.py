"""The list of doors behind every number, and its filters."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.coverage.states import Pending, State
from portal.db import db
from portal.gaps import views
from portal.tower.models import CareTag
from tests.conftest import (
    HTMX,
    Tower,
    browser,
    counted_queries,
    make_building,
    make_user,
)
from tests.gaps.factory import days_ago, heading, links, open_round, put, rows, text


def test_all_doors_of_a_place_stand_on_one_page(app: Flask, tower: Tower, head: User) -> None:
    make_building(tower.other_estate, "9", units=4, floors=30)
    opened = open_round(tower)
    page = browser(app, head).get(f"/rounds/{opened.id}/doors?place={tower.other_estate.id}").text
    assert heading(page) == "282 households"
    assert len(rows(page)) == 282


def test_a_door_says_where_it_is_how_it_stands_and_for_how_long(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened, (first, second, *_) = open_round(tower), tower.dwellings(tower.building)
    put(opened, [first], State.TRIED, attempts=2, gap_since=days_ago(4))
    put(opened, [second], State.PART_COVERED, remaining=1, gap_since=days_ago(3))
    found = rows(browser(app, zhou).get(f"/rounds/{opened.id}/doors").text)
    assert [text(row) for row in found[:3]] == [
        "和风苑, Building 3, Unit 1 101 Tried 2 4 days",
        "和风苑, Building 3, Unit 1 102 1 left 3 days",
        "和风苑, Building 3, Unit 1 201 Not tried 0 days",
    ]
    assert links(found[0]) == [f"/rounds/{opened.id}/doors/{first.id}"]


def test_the_oldest_gap_stands_first_and_results_last(app: Flask, tower: Tower, zhou: User) -> None:
    opened, (first, second, third, *_) = open_round(tower), tower.dwellings(tower.building)
    put(opened, [first], State.COVERED, gap_since=days_ago(30))
    put(opened, [second], State.TRIED, gap_since=days_ago(2))
    put(opened, [third], State.TRIED, gap_since=days_ago(9))
    found = rows(browser(app, zhou).get(f"/rounds/{opened.id}/doors").text)
    assert [text(row).split()[5] for row in (found[0], found[1], found[-1])] == [
        "201",
        "102",
        "101",
    ]


def test_filters_work_as_a_plain_form_and_by_htmx(app: Flask, tower: Tower, head: User) -> None:
    opened, client = open_round(tower), browser(app, head)
    put(opened, tower.dwellings(tower.building)[:4], State.TRIED)
    url = f"/rounds/{opened.id}/doors?place=&state=tried&days=&attempts=&unit=&pending=&care="
    page, fragment = client.get(url).text, client.get(url, headers=HTMX).text
    assert heading(page) == heading(fragment) == "4 households to go"
    assert rows(page) == rows(fragment)
    assert "<html" not in fragment
    assert 'value="tried"' in page
    assert 'id="heading" hx-swap-oob="innerHTML"' in fragment


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("", 168),
        ("state=gap", 166),
        ("state=result", 2),
        ("state=vacant", 2),
        ("state=tried&state=part_covered", 5),
        ("state=gap&state=vacant", 168),
        ("attempts=2", 3),
        ("attempts=4", 0),
        ("days=7", 3),
        ("days=8", 0),
        ("days=7&state=part_covered", 0),
        ("unit=2", 56),
        ("unit=2单元", 56),
        ("unit=9", 0),
        ("pending=any", 3),
        ("pending=vacancy", 2),
        ("pending=exclusion", 1),
        ("due=1", 1),
        ("care=student", 6),
    ],
)
def test_each_filter_finds_its_doors(
    app: Flask, tower: Tower, head: User, asked: str, count: int
) -> None:
    dwellings = tower.dwellings(tower.building)
    for dwelling in dwellings[:6]:
        dwelling.care_tag = CareTag.STUDENT
    db.session.commit()
    opened = open_round(tower)
    put(opened, dwellings[:3], State.TRIED, attempts=3, gap_since=days_ago(7))
    put(opened, dwellings[3:5], State.PART_COVERED, remaining=1, pending=Pending.VACANCY)
    put(opened, dwellings[5:6], State.NOT_TRIED, pending=Pending.EXCLUSION)
    put(opened, dwellings[6:7], State.NOT_TRIED, appointment_at=now())
    put(opened, dwellings[7:8], State.NOT_TRIED, appointment_at=days_ago(-2))
    put(opened, dwellings[8:10], State.VACANT)
    page = browser(app, head).get(f"/rounds/{opened.id}/doors?{asked}").text
    assert len(rows(page)) == count
    expected = "No household matches" if not count else f"{count} household"
    assert heading(page).startswith(expected)


def test_an_empty_list_leads_to_all_households_of_its_place(
    app: Flask, tower: Tower, head: User
) -> None:
    opened = open_round(tower)
    url = f"/rounds/{opened.id}/doors?place={tower.building.id}"
    client = browser(app, head)
    assert url in links(client.get(f"{url}&state=vacant").text.split('id="doors"')[1])
    assert url not in links(client.get(url).text.split('id="doors"')[1])


def test_a_door_that_waits_for_a_second_person_says_what_that_person_does(
    app: Flask, tower: Tower, head: User, zhou: User
) -> None:
    opened = open_round(tower)
    door = tower.dwellings(tower.building)[0]
    put(opened, [door], State.TRIED, attempts=1, pending=Pending.VACANCY)
    page = text(browser(app, zhou).get(f"/rounds/{opened.id}/doors/{door.id}").text)
    assert "confirm it is vacant: whoever else finds it so chooses “Looks vacant”" in page


def test_the_filters_in_force_are_told_in_words(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    url = f"/rounds/{opened.id}/doors?state=gap&days=3&attempts=2&unit=1&pending=any&due=1"
    assert (
        "百川社区 · Autumn round · still to do · visits without contact: 2 or more · "
        "no visit for at least 3 days · Unit 1 · waiting for a second person · "
        "agreed time today or past"
    ) in text(browser(app, head).get(url).text)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("place=abc", "Place"),
        ("place=99999999999999999999", "Place"),
        ("state=done", "State"),
        ("days=-1", "Days without a visit"),
        ("days=soon", "Days without a visit"),
        ("attempts=1000", "Visits without contact"),
        ("unit=" + "x" * 21, "Unit"),
        ("pending=no", "Waiting for"),
        ("care=rich", "Care tag"),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(
    app: Flask, tower: Tower, head: User, asked: str, field: str
) -> None:
    client, url = browser(app, head), f"/rounds/{open_round(tower).id}/doors?{asked}"
    page = client.get(url)
    assert page.status_code == 422
    assert field in text(page.text.split('role="alert"')[1])[:100]
    fragment = client.get(url, headers=HTMX)
    assert (fragment.status_code, fragment.text.startswith('<div id="doors"')) == (422, True)


def test_a_filter_given_twice_is_refused(app: Flask, tower: Tower, head: User) -> None:
    client, url = browser(app, head), f"/rounds/{open_round(tower).id}/doors"
    assert client.get(f"{url}?place=1&place=9").status_code == 400
    assert client.get(f"{url}?days=1&days=9").status_code == 400


def test_a_place_out_of_reach_is_not_found(app: Flask, tower: Tower, lin: User, wu: User) -> None:
    url = f"/rounds/{open_round(tower).id}/doors?place="
    for user, place in (
        (lin, tower.community),
        (lin, tower.other_building),
        (lin, tower.far_building),
        (wu, tower.building),
        (wu, tower.other_estate),
    ):
        assert browser(app, user).get(f"{url}{place.id}").status_code == 404
    elsewhere = make_user("Fang", (Role.COORDINATOR, tower.elsewhere))
    assert browser(app, elsewhere).get(url).status_code == 404


def test_only_those_in_scope_are_listed(app: Flask, tower: Tower, wu: User) -> None:
    page = browser(app, wu).get(f"/rounds/{open_round(tower).id}/doors").text
    assert len(rows(page)) == 42
    assert all("桂香苑, Building 1" in row for row in rows(page))


def test_a_stranger_signs_in_and_a_volunteer_is_refused(
    app: Flask, tower: Tower, chen: User
) -> None:
    url = f"/rounds/{open_round(tower).id}/doors"
    assert browser(app).get(url).status_code == 302
    assert browser(app).get(url, headers=HTMX).status_code == 401
    assert browser(app, chen).get(url).status_code == 403


def test_care_tags_are_for_those_who_may_see_them(app: Flask, tower: Tower, zhou: User) -> None:
    tower.dwellings(tower.building)[0].care_tag = CareTag.ELDER_ALONE
    db.session.commit()
    url = f"/rounds/{open_round(tower).id}/doors"
    assert "Older person living alone" in text(rows(browser(app, zhou).get(url).text)[0])
    officer = browser(app, make_user("Qian", (Role.OFFICER, tower.community)))
    page = officer.get(url).text
    assert "Older person living alone" not in page
    assert 'name="care"' not in page
    assert officer.get(f"{url}?care=elder_alone").status_code == 403
    assert officer.get(f"{url}?care=").status_code == 200


def test_care_tags_are_told_and_found_only_where_a_duty_allows(app: Flask, tower: Tower) -> None:
    for building in (tower.building, tower.other_building):
        tower.dwellings(building)[0].care_tag = CareTag.STUDENT
    db.session.commit()
    url = f"/rounds/{open_round(tower).id}/doors"
    both = make_user("Mei", (Role.OFFICER, tower.community), (Role.LEADER, tower.building))
    client = browser(app, both)
    told = [row for row in rows(client.get(url).text) if "Student" in row]
    found = rows(client.get(f"{url}?care=student").text)
    assert len(told) == len(found) == 1
    assert "和风苑, Building 3" in found[0]


def test_more_doors_than_a_page_can_hold_are_counted_and_said(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_ROWS", 100)
    page = browser(app, head).get(f"/rounds/{open_round(tower).id}/doors").text
    assert heading(page) == "168 households"
    assert len(rows(page)) == 100
    assert "The first 100 of them are shown" in page


def test_the_same_number_of_questions_for_few_doors_and_many(
    app: Flask, tower: Tower, head: User
) -> None:
    make_building(tower.other_estate, "9", units=5, floors=20)
    url = f"/rounds/{open_round(tower).id}/doors?place="
    small = tower.building.id
    large, client = tower.other_estate.id, browser(app, head)
    with counted_queries() as few:
        assert len(rows(client.get(f"{url}{small}").text)) == 42
    with counted_queries() as many:
        assert len(rows(client.get(f"{url}{large}").text)) == 242
    assert len(few) == len(many) == 5  # who, which place, its doors, the places below and above


def test_the_list_can_be_turned_to_places_above_and_below(
    app: Flask, tower: Tower, lin: User
) -> None:
    url = f"/rounds/{open_round(tower).id}/doors?place={tower.building.id}"
    page = browser(app, lin).get(url).text
    options = page.split('name="place"')[1].split("</select>")[0]
    assert text(options) == "> 和风苑 Building 3 – Group 1 – Group 2"
