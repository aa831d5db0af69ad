"""From a gap to a shift with one tap, and seats that are missing in shifts to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import local, today
from portal.db import db
from portal.shifts.gap_turns import proposed
from portal.shifts.models import Shift
from tests.conftest import Tower, browser, make_user
from tests.coverage.factory import make_round, new_id
from tests.shifts.factory import evening, make_shift, put

MONDAY = datetime(2035, 4, 2, 2, tzinfo=UTC)  # ten in the morning here


def fields(**changes: object) -> dict[str, object]:
    day = today() + timedelta(days=3)
    hours = {"day": day.isoformat(), "starts": "18:30", "ends": "20:30", "seats": 2}
    return {**hours, "form_id": new_id(), **changes}


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (MONDAY, "02 18:30-20:30"),
        (MONDAY + timedelta(hours=7), "03 18:30-20:30"),  # five o'clock: too late for a crew
        (MONDAY + timedelta(days=4, hours=12), "07 10:00-11:30"),
        (MONDAY + timedelta(days=5, hours=1), "07 15:30-18:00"),
    ],
)
def test_the_next_usual_hours_are_proposed(tower: Tower, at: datetime, hours: str) -> None:
    session = proposed(tower.groups(tower.building)[0], at)
    starts, ends = local(session.starts_at), local(session.ends_at)
    assert f"{starts:%d %H:%M}-{ends:%H:%M}" == hours


def test_hours_in_which_somebody_goes_there_are_not_proposed(tower: Tower) -> None:
    group = tower.groups(tower.building)[0]
    make_shift(tower, tower.building, MONDAY + timedelta(hours=9))  # seven o'clock
    assert f"{local(proposed(group, MONDAY).starts_at):%d %H:%M}" == "03 18:30"


def test_zhou_makes_a_shift_of_a_gap(app: Flask, tower: Tower, zhou: User) -> None:
    opened, group = make_round(tower.estate), tower.groups(tower.building)[0]
    client, home = browser(app, zhou), tower.dwellings(tower.building)[0]
    url = f"/places/{group.id}/shifts"
    assert f"{url}/new" in client.get(f"/rounds/{opened.id}/doors/{home.id}").text
    assert "Make the shift" in client.get(f"{url}/new").text
    sent = fields()
    answer = client.post(url, data=sent)
    shift = db.session.query(Shift).one()
    assert answer.location.endswith(f"/shifts/{shift.id}")
    assert (shift.source, shift.group_id) == (f"gap/{sent['form_id']}", group.id)
    assert client.post(url, data=sent).status_code == 303
    assert db.session.query(Shift).count() == 1
    assert f"/shifts/{shift.id}" in client.get(f"{url}/new").text


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"starts": "20:00", "ends": "21:30"}, 409, "after 21:00"),
        ({"day": "2020-01-01"}, 409, "has passed"),
        ({"day": ""}, 422, "Say when"),
        ({"seats": 0}, 422, "between 1 and 9"),
    ],
)
def test_a_shift_that_cannot_be_is_refused_with_the_reason(
    app: Flask, tower: Tower, lin: User, changes: dict[str, object], status: int, why: str
) -> None:
    url = f"/places/{tower.groups(tower.building)[0].id}/shifts"
    answer = browser(app, lin).post(url, data=fields(**changes))
    assert answer.status_code == status
    assert why in answer.text
    assert db.session.query(Shift).count() == 0


def test_a_second_shift_at_the_same_time_is_joined_instead(
    app: Flask, tower: Tower, lin: User
) -> None:
    there = make_shift(tower, tower.building, evening(3))
    url = f"/places/{there.group_id}/shifts"
    answer = browser(app, lin).post(url, data=fields())
    assert answer.status_code == 409
    assert "Join that one" in answer.text
    assert f"/shifts/{there.id}" in answer.text


def test_chen_joins_and_makes_none(app: Flask, tower: Tower, chen: User) -> None:
    group = tower.groups(tower.building)[0]
    url, client = f"/places/{group.id}/shifts", browser(app, chen)
    assert "No shift is planned here yet" in client.get(f"{url}/new").text
    shift = make_shift(tower, tower.building, evening(3))
    text = client.get(f"{url}/new").text
    assert f"/shifts/{shift.id}" in text
    assert "Make the shift" not in text
    assert client.post(url, data=fields()).status_code == 403


def test_strangers_and_neighbours_make_no_shift(
    app: Flask, tower: Tower, lin: User, wu: User
) -> None:
    url = f"/places/{tower.groups(tower.building)[0].id}/shifts"
    assert browser(app).get(f"{url}/new").status_code == 302
    assert browser(app, wu).get(f"{url}/new").status_code == 404
    assert browser(app, wu).post(url, data=fields()).status_code == 404
    assert browser(app, lin).get(f"/places/{tower.building.id}/shifts/new").status_code == 404


# Missing seats -----------------------------------------------------------------------------------


def test_missing_seats_are_counted_as_their_list_counts_them(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    put(make_shift(tower, tower.building, evening(2)), chen)
    make_shift(tower, tower.buildings[0], evening(4), seats=3)
    put(make_shift(tower, tower.building, evening(5), seats=1), chen)  # full
    make_shift(tower, tower.building, evening(-2))  # over
    make_shift(tower, tower.other_building, evening(2))  # of another estate
    client = browser(app, lin)
    today_page = client.get("/").text
    assert "4 seats missing" in today_page
    assert "in 2 shifts to come" in today_page
    assert "2 shifts · 4 seats missing" in client.get("/rota?state=missing").text
    tree = client.get(f"/rounds/{opened.id}/gaps/{tower.estate.id}").text
    assert "4 seats missing in shifts to come" in tree
    for building, seats in ((tower.building, 1), (tower.buildings[0], 3)):
        url = f"/rota?state=missing&amp;place={building.id}"
        assert f'<a href="{url}">{seats}</a>' in tree
        assert f"· {seats} seat" in client.get(url.replace("&amp;", "&")).text
    group = tower.groups(tower.building)[0]
    page = client.get(f"/rota?state=missing&place={group.id}").text
    assert f'<option value="{group.id}" selected>' in page


def test_full_crews_leave_the_page_of_gaps_as_it_was(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    put(make_shift(tower, tower.building, evening(2), seats=1), chen)
    assert "seats missing" not in browser(app, lin).get("/").text
    assert "Missing in shifts" not in browser(app, lin).get(f"/rounds/{opened.id}/gaps").text


def test_a_page_of_gaps_kept_by_the_browser_is_stale_when_a_seat_is_filled(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    opened, client = make_round(tower.estate), browser(app, lin)
    url = f"/rounds/{opened.id}/gaps/{tower.estate.id}"
    shift = make_shift(tower, tower.building, evening(2))
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    put(shift, chen)
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_reviewer_sees_missing_seats_and_no_way_to_take_them(app: Flask, tower: Tower) -> None:
    opened, rao = make_round(tower.estate), make_user("Rao", (Role.REVIEWER, tower.estate))
    make_shift(tower, tower.building, evening(2))
    client = browser(app, rao)
    text = client.get(f"/rounds/{opened.id}/gaps/{tower.building.id}").text
    assert "2 seats missing in shifts to come" in text
    assert "Make or join a shift" not in text
    assert client.get("/rota?state=missing").status_code == 200
