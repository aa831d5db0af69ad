"""Whose turn it was: the turns of a place with their proof, and the buildings somebody has had."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

from flask import Flask
from openpyxl import load_workbook

from portal.access import Role
from portal.accounts.models import User
from portal.audit.queries import latest
from portal.clock import today
from portal.shifts.models import Shift
from portal.shifts.states import ShiftState, Standing
from portal.tower.models import Place
from tests.conftest import HTMX, Tower, browser, counted_queries, make_user
from tests.shifts.factory import evening, make_shift, put


def turn(tower: Tower, group: Place, starts_at: datetime, *crew: User, **changes: object) -> Shift:
    """A turn of a group, to which its crew came if it is over, or for which they have seats."""
    building = next(b for b in (*tower.buildings, tower.other_building) if b.id == group.parent_id)
    shift = make_shift(tower, building, starts_at, group_id=group.id, path=group.path, **changes)
    for user in crew:
        put(shift, user, Standing.HELD if starts_at > evening(0) else Standing.ATTENDED)
    return shift


def test_lin_reads_the_turns_of_a_building_and_how_even_they_were(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    one, two = tower.groups(tower.building)
    turn(tower, one, evening(-12), zhou, chen)
    turn(tower, two, evening(-8), chen)
    turn(tower, one, evening(-4))  # nobody came
    turn(tower, two, evening(-3), zhou, state=ShiftState.CANCELLED)
    turn(tower, one, evening(2), zhou)
    text = browser(app, lin).get(f"/places/{tower.building.id}/turns").text
    assert "2 took place · 2 fell out · 1 planned" in text
    assert "Group 1: 14 days, from" in text
    assert "14 days: no timetable with as many turns" in text
    assert "2 groups: 2 dates when turns go round evenly" in text
    assert "<dd>yes</dd>" in text
    assert "Chen, Zhou" in text


def test_a_group_that_came_twice_is_named_with_the_one_that_waited(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    one, _ = tower.groups(tower.building)
    for days in (-9, -5):
        turn(tower, one, evening(days), zhou)
    text = browser(app, lin).get(f"/places/{tower.building.id}/turns").text
    assert "Group 1 had turn number 2, and Group 2 had had fewer" in text
    assert "Group 2: 10 days, from" in text  # from the first day on it waited
    assert "9.2 days: no timetable" in text


def test_a_turn_before_the_days_asked_for_begins_the_first_gap(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    one, two = tower.groups(tower.building)
    turn(tower, one, evening(-30), zhou)
    turn(tower, two, evening(-5), zhou)
    first = (today() - timedelta(days=6)).isoformat()
    url = f"/places/{one.id}/turns?first={first}&last={today()}"
    assert "30.2 days" not in browser(app, lin).get(url).text  # it has no turn in these days
    url = f"/places/{tower.building.id}/turns?first={first}&last={today()}"
    assert "Group 1: 30.2 days, from" in browser(app, lin).get(url).text


def test_a_group_is_measured_among_the_groups_of_its_building(
    app: Flask, tower: Tower, zhou: User
) -> None:
    one, two = tower.groups(tower.building)
    turn(tower, one, evening(-6), zhou)
    turn(tower, two, evening(-4), zhou)
    text = browser(app, zhou).get(f"/places/{two.id}/turns").text
    assert "1 took place" in text
    assert "days for the building: no timetable" in text
    assert "Group by group" not in text


def test_the_file_holds_what_the_page_lists(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    one, two = tower.groups(tower.building)
    turn(tower, one, evening(-6), zhou, chen)
    turn(tower, two, evening(-4), zhou)
    client, url = browser(app, lin), f"/places/{tower.estate.id}/turns"
    shown = client.get(url).text
    answer = client.post(f"{url}/file", data={"kind": "csv"})
    headings, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert headings[-3:] == ["State", "Days waited", "Who served"]
    assert [line[:3] for line in lines] == [["和风苑", "3", "1"], ["和风苑", "3", "2"]]
    assert [line[-1] for line in lines] == ["Chen, Zhou", "Zhou"]
    assert all(f"{line[-2]} " in shown or f">{line[-2]}<" in shown for line in lines)
    book = load_workbook(io.BytesIO(client.post(f"{url}/file", data={"kind": "xlsx"}).data))
    assert [cell.value for cell in list(book.active.rows)[1]][-1] == "Chen, Zhou"
    assert latest([tower.community.id])[0].action == "turns.exported"


def test_days_that_make_no_stretch_are_refused(app: Flask, tower: Tower, lin: User) -> None:
    client, url = browser(app, lin), f"/places/{tower.building.id}/turns"
    for first, last in (("2026-05-02", "2026-05-01"), ("2020-01-01", "2026-01-01"), ("x", "y")):
        assert client.get(url, query_string={"first": first, "last": last}).status_code == 422
        fields = {"first": first, "last": last, "kind": "csv"}
        assert client.post(f"{url}/file", data=fields).status_code == 409


def test_a_place_without_turns_says_so_with_and_without_scripting(
    app: Flask, tower: Tower, lin: User
) -> None:
    for headers in ({}, HTMX):
        answer = browser(app, lin).get(f"/places/{tower.building.id}/turns", headers=headers)
        assert "No turns in these days" in answer.text


def test_strangers_and_neighbours_do_not_read_who_served(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User
) -> None:
    url = f"/places/{tower.building.id}/turns"
    assert browser(app).get(url).status_code == 302
    assert browser(app, chen).get(url).status_code == 403
    assert browser(app, wu).get(url).status_code == 404
    assert browser(app, wu).post(f"{url}/file", data={"kind": "csv"}).status_code == 404
    assert browser(app, lin).get(f"/places/{tower.community.id}/turns").status_code == 404


def test_the_turns_of_several_places_are_a_choice(app: Flask, tower: Tower, lin: User) -> None:
    assert browser(app, lin).get("/rota/turns").location.endswith(f"{tower.estate.id}/turns")
    two = make_user("Two", (Role.LEADER, tower.building), (Role.LEADER, tower.other_building))
    text = browser(app, two).get("/rota/turns").text
    assert "和风苑, Building 3" in text
    assert "桂香苑, Building 1" in text


def test_many_turns_take_as_many_questions_as_few(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    client, url, counts = browser(app, lin), f"/places/{tower.estate.id}/turns", []
    one, two = tower.groups(tower.building)
    turn(tower, one, evening(-100), zhou)
    for more in (0, 200):
        for n in range(more):
            turn(tower, (one, two)[n % 2], evening(-99) + timedelta(hours=5 * n), zhou)
        with counted_queries() as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# One's own ---------------------------------------------------------------------------------------


def test_chen_sees_which_buildings_he_has_had(app: Flask, tower: Tower, chen: User) -> None:
    first, second, third = (tower.groups(building)[0] for building in tower.buildings)
    turn(tower, first, evening(-9), chen)
    turn(tower, first, evening(-6), chen)
    turn(tower, third, evening(3), chen)
    put(turn(tower, second, evening(-2)), chen, Standing.NO_SHOW)
    client = browser(app, chen)
    assert "/shifts/mine/turns" in client.get("/shifts/mine").text
    text = client.get("/shifts/mine/turns").text
    assert "2 of 3" in text
    assert "2 times; spread evenly it would be 1" in text
    assert "nobody noted that you came" in text
    answer = client.get("/shifts/mine/turns/file?kind=csv")
    _, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert [(line[1], line[-1]) for line in lines] == [
        ("1", "served"),
        ("1", "served"),
        ("2", "nobody noted that you came"),
        ("3", "planned"),
    ]


def test_nobody_reads_the_turns_of_others_as_their_own(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    turn(tower, tower.groups(tower.building)[0], evening(-3), zhou)
    text = browser(app, chen).get("/shifts/mine/turns").text
    assert "No shift yet" in text
    assert browser(app).get("/shifts/mine/turns").status_code == 302


def test_many_own_turns_take_as_many_questions_as_few(app: Flask, tower: Tower, chen: User) -> None:
    client, counts = browser(app, chen), []
    one, two = tower.groups(tower.building)
    for more in (1, 200):
        for n in range(more):
            turn(tower, (one, two)[n % 2], evening(-99) + timedelta(hours=5 * n), chen)
        with counted_queries() as seen:
            client.get("/shifts/mine/turns")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    page = client.get("/shifts/mine/turns").text
    assert "The last 100 of 201 turns are shown. The file has all." in page
    assert page.count('<small class="turn') == 100
    assert len(client.get("/shifts/mine/turns/file").text.splitlines()) == 202
