"""The first page of everybody: what waits today, or what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.coverage.models import Round, TrayItem, TrayKind
from portal.coverage.states import Pending, State
from portal.db import db
from portal.tower.models import Place
from tests.conftest import (
    Tower,
    browser,
    counted_queries,
    make_building,
    make_community,
    make_user,
)
from tests.coverage.factory import new_id
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
from tests.shifts.factory import evening, make_shift, send_out


def report(opened: Round, place: Place, by: User) -> None:
    """Something waits in the tray of a round."""
    db.session.add(
        TrayItem(
            community_id=opened.community_id,
            round_id=opened.id,
            kind=TrayKind.FOUND,
            path=place.path,
            uuid=new_id(),
            body={},
            body_hash="",
            reported_by=by.id,
            reported_at=now(),
        )
    )
    db.session.commit()


def test_a_stranger_signs_in_first(app: Flask) -> None:
    assert browser(app).get("/").status_code == 302


def test_a_leader_is_one_tap_away_from_the_plan(app: Flask, tower: Tower, zhou: User) -> None:
    opened = open_round(tower)
    put(opened, tower.dwellings(tower.building)[:2], State.COVERED)
    page = browser(app, zhou).get("/").text
    assert heading(page) == "40 households to go"
    assert links(page.split("My buildings")[1])[0] == (
        f"/rounds/{opened.id}/plan/{tower.building.id}"
    )
    assert "My buildings 和风苑, Building 3 40 households to go · Autumn round" in text(page)
    assert "2 / 42 · 4% · Autumn round" in text(page)


def test_a_volunteer_sees_the_doors_of_the_shift_and_no_gaps_of_others(
    app: Flask, tower: Tower, chen: User
) -> None:
    opened = open_round(tower)
    assert f"/rounds/{opened.id}" not in browser(app, chen).get("/").text
    send_out(chen, tower.groups(tower.building)[0])
    page = browser(app, chen).get("/").text
    assert f"/rounds/{opened.id}/plan/{tower.building.id}" in links(page)
    assert "/gaps" not in page
    assert heading(page) == "21 households to go"


def test_the_tile_of_a_round_counts_what_the_page_behind_it_shows(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    both = make_user("Mei", (Role.VOLUNTEER, tower.building), (Role.OFFICER, tower.estate))
    other = make_user("Bai", (Role.VOLUNTEER, tower.other_building), (Role.OFFICER, tower.building))
    for user, seen in ((both, 126), (other, 42)):
        client = browser(app, user)
        tiles = client.get("/").text.split("Open rounds")[1]
        assert f"{seen} households to go" in text(tiles)
        assert heading(client.get(f"/rounds/{opened.id}/gaps").text) == f"{seen} households to go"


def test_a_coordinator_sees_what_is_left_and_where(app: Flask, tower: Tower, lin: User) -> None:
    opened = open_round(tower)
    page = browser(app, lin).get("/").text
    assert heading(page) == "126 households to go"
    assert f"/rounds/{opened.id}/gaps" in links(page)
    assert "My buildings" not in page


def test_what_is_open_at_the_doors_stands_before_the_shifts(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = open_round(tower)
    make_shift(tower, tower.building, evening(1))
    plan, gaps = f"/rounds/{opened.id}/plan/{tower.building.id}", f"/rounds/{opened.id}/gaps"
    for user, first in ((zhou, plan), (lin, gaps)):
        found = links(browser(app, user).get("/").text.split("<main")[1])
        assert found[0] == first
        assert "/shifts" in found


def test_a_place_that_cannot_be_signed_off_yet_leads_to_its_gaps(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = open_round(tower)
    first, second = tower.groups(tower.building)
    put(
        opened,
        [d for d in tower.dwellings(tower.building) if d.group_id == first.id],
        State.COVERED,
    )
    address = f"/rounds/{opened.id}/gaps"
    page = browser(app, zhou).get(f"/rounds/{opened.id}/signoffs/{tower.building.id}").text
    assert heading(page) == "Sign-off: 和风苑, Building 3"
    here, there = f"{address}/{tower.building.id}", f"{address}/{second.id}"
    assert {here, there} <= set(links(page))
    page = browser(app, zhou).get(f"/rounds/{opened.id}/signoffs/{first.id}").text
    assert f"{address}/{first.id}" not in links(page)


def test_two_open_rounds_are_never_added_up(app: Flask, tower: Tower, lin: User) -> None:
    open_round(tower)
    open_round(tower, tower.estate, name="Winter round")
    page = browser(app, lin).get("/").text
    assert heading(page) == "Today"
    assert text(page).count("126 households to go") == 2


def test_closed_rounds_and_rounds_elsewhere_do_not_wait(
    app: Flask, tower: Tower, lin: User
) -> None:
    open_round(tower).closed_at = days_ago(1)
    open_round(tower, tower.other_estate, name="Their round")
    db.session.commit()
    page = browser(app, lin).get("/").text
    assert heading(page) == "Today"
    assert "Their round" not in page
    assert "No round is open" in page


def test_agreed_times_stand_there_until_they_are_past_and_done(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened, (late, soon, later, *_) = open_round(tower), tower.dwellings(tower.building)
    put(opened, [late], State.TRIED, appointment_at=days_ago(2))
    put(opened, [soon], State.TRIED, appointment_at=now())
    put(opened, [later], State.TRIED, appointment_at=now() + timedelta(days=2))
    put(opened, tower.dwellings(tower.buildings[0])[:1], State.TRIED, appointment_at=now())
    page = browser(app, zhou).get("/").text
    due = rows(page.split("Agreed times")[1])
    assert [links(row) for row in due] == [
        [f"/rounds/{opened.id}/doors/{late.id}"],
        [f"/rounds/{opened.id}/doors/{soon.id}"],
    ]
    assert text(due[0]).startswith("和风苑, Building 3, Unit 1 101 ")


def test_what_only_a_coordinator_can_settle_waits_for_them(
    app: Flask, tower: Tower, lin: User, zhou: User, wu: User
) -> None:
    opened, doors = open_round(tower), tower.dwellings(tower.building)
    put(opened, doors[:2], State.NOT_TRIED, pending=Pending.EXCLUSION)
    put(opened, doors[2:3], State.TRIED, pending=Pending.VACANCY)
    put(opened, doors[3:4], State.TRIED, appointment_at=now())
    report(opened, tower.building, zhou)
    report(opened, tower.other_building, wu)
    make_team(tower, tower.building, vacant=2)
    page = browser(app, lin).get("/").text
    assert "1 report in the tray" in page
    assert f"/rounds/{opened.id}/tray" in links(page)
    assert "3 households wait for a second person" in page
    assert "1 agreed time today or past" in page
    assert "4 empty seats" in page
    assert f"/places/{tower.estate.id}/teams" in links(page)
    assert "tray" not in browser(app, zhou).get("/").text


def test_the_numbers_are_those_of_the_lists_behind_them(
    app: Flask, tower: Tower, lin: User
) -> None:
    opened, doors = open_round(tower), tower.dwellings(tower.building)
    put(opened, doors[:2], State.NOT_TRIED, pending=Pending.EXCLUSION)
    put(opened, doors[3:6], State.TRIED, appointment_at=days_ago(1))
    client = browser(app, lin)
    page = client.get("/").text
    assert "2 households wait" in page
    assert len(rows(client.get(f"/rounds/{opened.id}/doors?pending=any").text)) == 2
    assert "3 agreed times" in page
    assert len(rows(client.get(f"/rounds/{opened.id}/doors?due=1").text)) == 3


def test_a_report_for_a_closed_round_still_waits(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = open_round(tower)
    report(opened, tower.building, zhou)
    opened.closed_at = now()
    db.session.commit()
    assert "1 report in the tray" in browser(app, lin).get("/").text


def test_somebody_without_a_duty_is_told_whom_to_ask(app: Flask, tower: Tower) -> None:
    page = browser(app, make_user("Xiao")).get("/").text
    assert "You have no duty yet" in page
    assert "Ask your building leader" in page


def test_a_coordinator_without_a_roster_is_led_to_load_one(app: Flask) -> None:
    place = make_community("新社区")
    page = browser(app, make_user("Gao", (Role.COORDINATOR, place))).get("/").text
    assert "Load a roster first" in page
    assert "/rosters" in links(page)


def test_a_coordinator_without_a_round_is_led_to_open_one(
    app: Flask, tower: Tower, lin: User
) -> None:
    page = browser(app, lin).get("/").text
    assert "No round is open" in page
    assert "/rounds/new" in links(page)


def test_a_leader_without_a_round_is_told_to_wait(app: Flask, tower: Tower, zhou: User) -> None:
    page = browser(app, zhou).get("/").text
    assert "No round is open" in page
    assert "/rounds/new" not in page


def test_the_same_number_of_questions_for_few_buildings_and_many(
    app: Flask, tower: Tower, lin: User
) -> None:
    client = browser(app, make_user("Mei", (Role.LEADER, tower.estate)))
    open_round(tower)
    with counted_queries() as few:
        assert len(links(client.get("/").text.split("My buildings")[1])) == 4
    for number in range(20):
        make_building(tower.estate, str(100 + number), units=1, floors=1)
    open_round(tower, name="Winter round")
    with counted_queries() as many:
        assert len(links(client.get("/").text.split("My buildings")[1])) == 28
    # who, rounds, their figures, buildings, agreed times; shifts to take, mine, stand-ins wanted;
    # of the list of tasks: what waits, seats from which bulletins are relayed, bulletins to relay
    assert len(few) == len(many) == 11


@pytest.mark.any_database("PostgreSQL plans by the rows there are, which are few here")
def test_awaited_doors_are_counted_without_a_look_at_the_others(
    app: Flask, tower: Tower, lin: User
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the rows there are, which are few here")
    open_round(tower)
    asked: list[str] = []

    def explain(_: object, cursor: Any, sql: str, values: Any, *__: object) -> None:
        if "FROM doors" in sql and "AS pending" in sql:
            again = cursor.connection.cursor()
            asked.extend(row[3] for row in again.execute(f"EXPLAIN QUERY PLAN {sql}", values))

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        browser(app, lin).get("/")
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    assert any("COVERING INDEX ix_doors_awaited" in step for step in asked)
