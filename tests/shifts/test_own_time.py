"""My shifts, my time, my leave, my hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now, today
from portal.db import db
from portal.shifts import free_time
from portal.shifts.models import Availability, Leave
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, counted_queries, make_user
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, next_monday, put


def kept(user: User) -> Availability:
    db.session.expire_all()
    return db.session.query(Availability).filter_by(user_id=user.id).one()


def test_what_is_said_is_kept_and_shown_again(app: Flask, tower: Tower, chen: User) -> None:
    client = browser(app, chen)
    form = {
        "free": ["0 18:00-21:00", "5 08:00-12:00", "9 08:00-12:00", "x"],
        "most_a_week": "3",
        "skills": "First aid，吴语, first aid, officer",
        "home": tower.buildings[0].path,
    }
    assert client.post("/shifts/time", data=form).status_code == 303
    said = kept(chen)
    assert said.hours == {"0": ["18:00-21:00"], "5": ["08:00-12:00"]}
    assert said.skills == ["first aid", "吴语"]  # nobody makes themselves an officer
    assert said.home_path == tower.buildings[0].path
    assert said.most_a_week == 3
    page = client.get("/shifts/time").text
    assert page.count(" checked") == 2
    assert "first aid, 吴语" in page
    client.post("/shifts/time", data={"most_a_week": "1"})
    assert kept(chen).hours is None
    assert kept(chen).home_path is None


@pytest.mark.parametrize("form", [{}, {"most_a_week": "0"}, {"most_a_week": "2", "home": "/9/"}])
def test_a_form_that_cannot_be_is_shown_again(
    app: Flask, tower: Tower, chen: User, form: dict[str, str]
) -> None:
    assert browser(app, chen).post("/shifts/time", data=form).status_code == 422
    assert db.session.query(Availability).count() == 0


def test_leave_is_taken_and_given_back_and_says_which_shifts_lie_in_it(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    put(make_shift(tower, tower.building, evening(4)), chen)
    client, first = browser(app, chen), today() + timedelta(days=3)
    form = {"first_day": first.isoformat(), "last_day": (first + timedelta(days=2)).isoformat()}
    answer = client.post("/shifts/leave", data=form)
    assert "You have 1 shift on these days" in client.get(answer.location).text
    free = make_shift(tower, tower.building, evening(3))
    assert "on leave" in client.get(f"/shifts/{free.id}").text
    (leave,) = db.session.query(Leave)
    assert browser(app, zhou).post(f"/shifts/leave/{leave.id}/end").status_code == 404
    assert client.post(f"/shifts/leave/{leave.id}/end").status_code == 303
    assert client.post(f"/shifts/leave/{leave.id}/end").status_code == 404
    assert "on leave" not in client.get(f"/shifts/{free.id}").text


def test_leave_that_ends_before_it_begins_is_refused(app: Flask, tower: Tower, chen: User) -> None:
    client = browser(app, chen)
    form = {"first_day": "2036-05-03", "last_day": "2036-05-01"}
    assert client.post("/shifts/leave", data=form).status_code == 409
    assert client.post("/shifts/leave", data={"first_day": "x"}).status_code == 422
    assert db.session.query(Leave).count() == 0


def test_bands_that_touch_make_one_stretch() -> None:
    monday = next_monday() - today()
    starts, ends = evening(monday.days, 17), evening(monday.days, 19)
    two = {"0": ["18:00-21:00", "12:00-18:00"]}
    assert free_time.covers(None, starts, ends)
    assert free_time.covers(two, starts, ends)
    assert not free_time.covers({"0": ["18:00-21:00"]}, starts, ends)
    assert not free_time.covers({"1": ["12:00-18:00", "18:00-21:00"]}, starts, ends)
    assert not free_time.covers(two, starts, evening(monday.days, 21, 30))
    assert free_time.to_ticks(free_time.from_ticks(["0 18:00-21:00"])) == {"0 18:00-21:00"}


def test_a_coordinator_sees_when_somebody_can_come(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User
) -> None:
    form = {"free": ["0 18:00-21:00"], "most_a_week": "3", "skills": "first aid"}
    browser(app, chen).post("/shifts/time", data=form)
    page = browser(app, lin).get(f"/people/{chen.id}/time").text
    assert page.count("✓") == 1
    assert "first aid" in page
    assert f"/people/{chen.id}/time" in browser(app, lin).get(f"/people/{chen.id}").text
    assert browser(app, wu).get(f"/people/{chen.id}/time").status_code == 404


# Hours -------------------------------------------------------------------------------------------


def test_the_certificate_counts_what_was_checked_in(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    for days, minutes in ((2, 120), (4, 75)):
        shift = make_shift(tower, tower.building, now() - timedelta(days=days))
        put(shift, chen, Standing.ATTENDED, minutes=minutes)
        put(shift, zhou, Standing.NO_SHOW)
    year = (now() - timedelta(days=2)).year
    page = text(browser(app, chen).get(f"/shifts/certificate/{year}").text)
    assert "Chen went from door to door for the community: 2 shifts, 3.2 hours." in page
    assert "0 shifts, 0.0 hours" in text(browser(app, zhou).get(f"/shifts/certificate/{year}").text)
    assert browser(app, chen).get("/shifts/certificate/1999").status_code == 404
    assert browser(app, chen).get(f"/shifts/certificate/{year + 2}").status_code == 404


# My shifts, and today ----------------------------------------------------------------------------


def test_my_shifts_say_how_i_stand(app: Flask, tower: Tower, chen: User) -> None:
    held, waits, over = (make_shift(tower, tower.building, evening(days)) for days in (3, 5, -3))
    put(held, chen)
    put(waits, chen, Standing.WAITING)
    put(over, chen)
    page = browser(app, chen).get("/shifts/mine").text
    assert "signed up" in page
    assert "on the waiting list" in page
    assert f'"/shifts/{over.id}"' not in page


def test_today_shows_my_next_shift_and_one_tap_takes_another(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    mine, free, wanted = (make_shift(tower, tower.building, evening(days)) for days in (3, 8, 16))
    put(mine, chen)
    put(wanted, zhou, stand_in_since=now())
    client = browser(app, chen)
    page = client.get("/").text
    assert page.index("My next shifts") < page.index(f'"/shifts/{mine.id}"')
    assert page.index("Stand-ins wanted") < page.index("somebody cannot come")
    assert f'formaction="/shifts/{free.id}/signup"' in page
    assert client.post(f"/shifts/{free.id}/signup").status_code == 303


def test_whoever_takes_no_shifts_reads_nothing_of_them(
    app: Flask, tower: Tower, chen: User
) -> None:
    make_shift(tower, tower.building, evening(3))
    page = browser(app, make_user("Rao", (Role.REVIEWER, tower.community))).get("/").text
    assert "Shifts I may take" not in page


def test_as_many_questions_for_many_shifts_as_for_few(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    def some(first: int) -> None:
        for days in range(first, first + 6):
            put(make_shift(tower, tower.building, evening(days * 8)), chen)
            put(
                make_shift(tower, tower.building, evening(days * 8 + 3)), zhou, stand_in_since=now()
            )

    client = browser(app, chen)
    some(1)
    client.get("/shifts/mine")
    with counted_queries() as few:
        client.get("/shifts/mine")
    some(7)
    with counted_queries() as many:
        client.get("/shifts/mine")
    assert len(few) == len(many)
