"""Hours that people gave: planned and asked for first within them, never shut out beyond them."""

from __future__ import annotations

from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import local, now
from portal.db import db
from portal.shifts import stand_ins, steering
from portal.shifts.choice_queries import shift_by_id
from portal.shifts.models import StandInRequest
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_user, person_of
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put, standings


def says(app: Flask, user: User, days: int, band: str) -> None:
    """Somebody can come at one band on the weekday in so many days, and at no other time."""
    weekday = local(evening(days)).weekday()
    form = {"free": [f"{weekday} {band}"], "most_a_week": "7"}
    assert browser(app, user).post("/shifts/time", data=form).status_code == 303


def test_the_list_says_what_lies_outside_and_lets_people_take_it(
    app: Flask, tower: Tower, chen: User
) -> None:
    says(app, chen, 3, "18:00-21:00")
    suits, late = (make_shift(tower, tower.building, evening(days)) for days in (3, 5))
    client = browser(app, chen)
    page = text(client.get("/shifts").text)
    assert page.count("outside the hours you gave") == 1
    assert "outside the hours you gave" in text(client.get(f"/shifts/{late.id}").text)
    assert "outside the hours" not in text(client.get(f"/shifts/{suits.id}").text)
    assert client.post(f"/shifts/{late.id}/signup").status_code == 303
    assert "outside the hours" not in text(client.get(f"/shifts/{late.id}").text)


def test_those_within_their_hours_are_asked_to_stand_in_and_others_only_if_nobody_is(
    app: Flask, tower: Tower, chen: User
) -> None:
    busy, free = (make_user(name, (Role.VOLUNTEER, tower.estate)) for name in ("Busy", "Free"))
    says(app, busy, 2, "08:00-12:00")
    says(app, free, 2, "18:00-21:00")
    shift = make_shift(tower, tower.building, evening(2))
    mine = put(shift, chen)
    assert stand_ins.want(shift.id, person_of(chen), why="", at=now()) == 1
    assert [row.user_id for row in db.session.query(StandInRequest)] == [free.id]
    assert stand_ins.ask_more(shift_by_id(shift.id), mine, at=now()) == 1
    asked = db.session.query(StandInRequest).order_by(StandInRequest.id)
    assert [row.user_id for row in asked] == [free.id, busy.id]


def test_whoever_waits_for_a_shift_is_asked_whatever_their_hours(
    app: Flask, tower: Tower, chen: User
) -> None:
    waits = make_user("Waits", (Role.VOLUNTEER, tower.estate))
    says(app, waits, 2, "08:00-12:00")
    shift = make_shift(tower, tower.building, evening(2), seats=1)
    put(shift, chen)
    put(shift, waits, Standing.WAITING)
    make_user("Free", (Role.VOLUNTEER, tower.estate))
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    asked = db.session.query(StandInRequest).order_by(StandInRequest.id)
    assert next(row.user_id for row in asked) == waits.id


def test_lin_sees_who_gave_other_hours_behind_the_others_and_may_assign_them(
    app: Flask, tower: Tower, lin: User
) -> None:
    busy, free = (make_user(name, (Role.VOLUNTEER, tower.estate)) for name in ("Busy", "Free"))
    says(app, busy, 2, "08:00-12:00")
    shift = make_shift(tower, tower.building, evening(2))
    found = steering.candidates(shift, now())
    assert [(one.id, one.outside, one.why) for one in found] == [  # Lin herself steps in last
        (free.id, False, None),
        (busy.id, True, None),
        (lin.id, False, None),
    ]
    client, url = browser(app, lin), f"/rota/shifts/{shift.id}"
    assert "Busy · 0 shifts lately · outside the hours they gave" in client.get(url).text
    assert client.post(f"{url}/crew", data={"person": busy.id}).status_code == 303
    assert standings(shift) == {"Busy": Standing.HELD}
