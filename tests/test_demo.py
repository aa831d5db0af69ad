"""The demo is what a new user sees first: it adds up, and everybody finds their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal import clock
from portal.accounts.crews import EARLY
from portal.accounts.models import User
from portal.accounts.queries import find_by_phone
from portal.coverage.models import Round
from portal.coverage.verify import differences
from portal.db import db
from portal.demo.community import build
from portal.demo.people import LOGINS
from portal.demo.shifts import out_today
from portal.shifts.models import Shift
from tests.conftest import Tower, browser, person_of
from tests.coverage.factory import make_round

NAVIGATION = re.compile(r"<nav\b.*?</nav>", re.DOTALL)
ADDRESS = re.compile(r'href="(/[^"]*)"')


@pytest.mark.any_database("`make demo` serves it from SQLite")
def test_everybody_finds_the_pages_of_their_duty_in_a_demo_that_adds_up(app: Flask) -> None:
    build()
    db.session.flush()

    assert [
        wrong for opened in db.session.scalars(select(Round)) for wrong in differences(opened)
    ] == []
    for login in LOGINS:
        client = browser(app, find_by_phone(login.phone))
        addresses = ADDRESS.findall(NAVIGATION.findall(client.get("/").text)[0])
        assert "/" in addresses
        answers = {address: client.get(address).status_code for address in addresses}
        assert set(answers.values()) == {200}, (login.name, answers)


@pytest.fixture
def hour(request: pytest.FixtureRequest) -> Iterator[int]:
    """An hour of the day: it is just that somewhere, and there the community lies meanwhile."""
    here, wanted = clock.zone(), request.param
    ahead = (wanted - clock.now().hour) % 24
    ahead -= 24 if ahead > 14 else 0
    clock.use_zone(f"Etc/GMT{-ahead:+d}")
    yield wanted
    clock.use_zone(here.key)


@pytest.mark.parametrize("hour", range(24), indirect=True)
def test_whenever_a_demo_is_made_its_shift_of_today_lies_in_hours_in_which_people_knock(
    tower: Tower, zhou: User, chen: User, hour: int
) -> None:
    assert clock.local(clock.now()).hour == hour
    out_today(make_round(tower.estate), tower.building, [person_of(zhou), person_of(chen)], turn=1)
    shift = db.session.query(Shift).one()
    begins, ends = clock.local(shift.starts_at), clock.local(shift.ends_at)
    assert begins.date() == clock.today()
    assert time(8) <= begins.time() < ends.time() <= time(21)
    assert hour < 7 or shift.starts_at - EARLY <= clock.now() < shift.starts_at + timedelta(hours=9)


@pytest.mark.any_database("`make demo` serves it from SQLite")
@pytest.mark.parametrize("hour", [0, 5], indirect=True)
def test_a_demo_made_before_dawn_is_a_demo_all_the_same(app: Flask, hour: int) -> None:
    build()
    db.session.flush()
    late = db.session.query(Shift).filter(Shift.starts_at < clock.now() + timedelta(days=20))
    odd = [
        shift
        for shift in late
        if not time(8) <= clock.local(shift.starts_at).time() <= time(20)
        or clock.local(shift.ends_at).time() > time(21)
    ]
    assert odd == []
    chen = browser(app, find_by_phone("10000000005"))
    assert "09:00–11:00" in chen.get("/shifts/mine").text
