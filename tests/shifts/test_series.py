"""Recurring shifts: previewed, made in one go, never twice, and taken back while untouched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.clock import today
from portal.db import db
from portal.shifts.models import Batch, Shift, ShiftTemplate
from portal.shifts.states import ShiftState
from portal.tower.models import Place
from tests.conftest import Tower, browser, counted_queries
from tests.coverage.factory import new_id
from tests.shifts.factory import evening, make_shift, put


def new_series(client: FlaskClient, place: Place, **changes: Any) -> ShiftTemplate:
    """Lin makes a series on every day of the week, from tomorrow on."""
    fields = {
        "form_id": new_id(),
        "name": "Evenings",
        "place_id": place.id,
        "weekdays": list(range(7)),
        "starts": "18:30",
        "ends": "20:30",
        "seats": 2,
        "at_once": 1,
        "starts_on": (today() + timedelta(days=1)).isoformat(),
        **changes,
    }
    answer = client.post("/rota/series", data=fields)
    assert answer.status_code == 303, answer.text
    return db.session.query(ShiftTemplate).order_by(ShiftTemplate.id.desc()).first()


def days(first: int, last: int) -> dict[str, str]:
    """A stretch of days, counted from today."""
    return {
        "form_id": new_id(),
        "first": (today() + timedelta(days=first)).isoformat(),
        "last": (today() + timedelta(days=last)).isoformat(),
    }


def test_lin_previews_makes_and_takes_back(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.building)
    url = f"/rota/series/{series.id}"
    assert "6 shifts would be made" in client.get(url, query_string=days(0, 6)).text
    assert db.session.query(Shift).count() == 0
    client.post(f"{url}/batches", data=days(0, 6))
    groups = [group.id for group in tower.groups(tower.building)]
    made = db.session.query(Shift).order_by(Shift.starts_at).all()
    assert [shift.group_id for shift in made] == groups * 3
    page = client.get(url, query_string=days(0, 6)).text
    assert "Nothing to make" in page
    assert "和风苑, Building 3, Group 2" in page
    batch = db.session.query(Batch).one()
    client.post(f"/rota/batches/{batch.id}/undo")
    assert db.session.query(Shift).count() == 0
    assert batch.undone_at is not None


def test_making_a_series_again_brings_nothing_back(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.building)
    url = f"/rota/series/{series.id}/batches"
    client.post(url, data=days(0, 3))
    moved, cancelled, _ = db.session.query(Shift).order_by(Shift.starts_at).all()
    moved.starts_at += timedelta(days=2, hours=-3)
    cancelled.state = ShiftState.CANCELLED
    db.session.commit()
    refused = client.post(url, data=days(0, 3))
    assert refused.status_code == 409
    client.post(url, data=days(0, 5))
    assert db.session.query(Shift).count() == 5


def test_no_day_of_the_week_is_demanded_by_itself(app: Flask, tower: Tower, lin: User) -> None:
    boxes = browser(app, lin).get("/rota/series/new").text.split("<li>")[1:]
    days_of_week = [box for box in boxes if 'name="weekdays"' in box.split(">")[0]]
    assert len(days_of_week) == 7
    assert not any("required" in box.split(">")[0] for box in days_of_week)


def test_a_double_click_makes_one_batch(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.building)
    fields = days(0, 3)
    for _ in range(2):
        assert client.post(f"/rota/series/{series.id}/batches", data=fields).status_code == 303
    assert db.session.query(Batch).count() == 1


def test_a_batch_with_somebody_in_it_stays(app: Flask, tower: Tower, lin: User, chen: User) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.building)
    client.post(f"/rota/series/{series.id}/batches", data=days(0, 3))
    shift = db.session.query(Shift).first()
    assert shift is not None
    put(shift, chen)
    batch = db.session.query(Batch).one()
    answer = client.post(f"/rota/batches/{batch.id}/undo")
    assert answer.status_code == 409
    assert "1 of these shifts" in answer.text
    assert db.session.query(Shift).count() == 3


def test_nobody_knocks_after_nine_in_the_evening(app: Flask, tower: Tower, lin: User) -> None:
    fields = {
        "name": "Late",
        "place_id": tower.building.id,
        "weekdays": [1],
        "starts": "20:00",
        "ends": "21:30",
        "seats": 2,
        "at_once": 1,
        "starts_on": today().isoformat(),
    }
    answer = browser(app, lin).post("/rota/series", data=fields)
    assert answer.status_code == 422
    assert "after 21:00" in answer.text


def test_an_ended_series_makes_no_more(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.building)
    client.post(f"/rota/series/{series.id}/end")
    assert client.post(f"/rota/series/{series.id}/batches", data=days(0, 3)).status_code == 409


def test_wu_of_another_estate_finds_no_series_of_lins(
    app: Flask, tower: Tower, lin: User, head: User, wu: User
) -> None:
    series = new_series(browser(app, head), tower.other_building)
    assert browser(app, wu).get("/rota/series").status_code == 403
    assert browser(app, lin).get(f"/rota/series/{series.id}").status_code == 404
    refused = browser(app, lin).post(f"/rota/series/{series.id}/batches", data=days(0, 3))
    assert refused.status_code == 404


def test_a_preview_costs_the_same_for_few_and_many_days(
    app: Flask, tower: Tower, lin: User
) -> None:
    client = browser(app, lin)
    series = new_series(client, tower.estate)
    url, counts = f"/rota/series/{series.id}", []
    for last in (3, 200):
        with counted_queries() as seen:
            client.get(url, query_string=days(0, last))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_group_that_has_a_shift_at_that_hour_gets_no_second_one(
    app: Flask, tower: Tower, lin: User
) -> None:
    there = make_shift(tower, tower.building, evening(1, 19))
    client = browser(app, lin)
    url = f"/rota/series/{new_series(client, tower.building, at_once=2).id}"
    page = client.get(url, query_string=days(0, 1)).text
    assert "1 shift would be made" in page
    assert page.count("has a shift then") == 1
    client.post(f"{url}/batches", data=days(0, 1))
    made = db.session.query(Shift).filter(Shift.id != there.id).one()
    assert made.group_id == tower.groups(tower.building)[1].id
