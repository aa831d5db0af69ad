"""My duty times in the calendar of my phone, opened by a real calendar library."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from icalendar import Calendar, Event

from portal.accounts.models import User
from portal.clock import at as moment_of
from portal.clock import now
from portal.db import db
from portal.shifts import signups
from portal.shifts.models import CalendarFeed, Shift
from portal.shifts.states import ShiftState, Standing
from tests.conftest import Tower, browser, person_of
from tests.coverage.factory import new_id
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put


def address_for(app: Flask, user: User) -> str:
    """A calendar address just made, as the page shows it once."""
    page = browser(app, user).post("/shifts/calendar").text
    found = re.search(r'value="http://localhost(/calendar/[\w-]+\.ics)"', page)
    assert found
    return found[1]


def events(app: Flask, address: str) -> list[Event]:
    """What a calendar program makes of the address."""
    answer = browser(app).get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    file = Calendar.from_ical(answer.data)
    assert file["METHOD"] == "PUBLISH"
    return list(file.walk("VEVENT"))


def told(event: Event) -> tuple[Any, ...]:
    return str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])


def test_the_calendar_holds_my_shifts_and_nobody_elses(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    mine, other = (make_shift(tower, tower.building, evening(days)) for days in (3, 5))
    put(mine, chen)
    put(other, zhou)
    put(other, chen, Standing.WAITING)
    (event,) = events(app, address_for(app, chen))
    assert event["DTSTART"].dt == mine.starts_at
    assert event["DTEND"].dt == mine.ends_at
    assert str(event["SUMMARY"]) == "Shift: 和风苑, Building 3, Group 1"
    assert told(event)[1:] == (0, "CONFIRMED")


def test_changes_come_under_the_same_name_with_a_higher_number(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, chen)
    address, person = address_for(app, chen), person_of(chen)
    uid = told(events(app, address)[0])[0]
    signups.give_back(shift.id, person, at=now())
    db.session.commit()
    assert [told(event) for event in events(app, address)] == [(uid, 1, "CANCELLED")]
    signups.sign_up(shift.id, person, at=now())
    db.session.commit()
    assert [told(event) for event in events(app, address)] == [(uid, 2, "CONFIRMED")]
    moved = db.session.get_one(Shift, shift.id)
    moved.sequence += 1
    moved.starts_at += timedelta(hours=1)
    db.session.commit()
    (event,) = events(app, address)
    assert told(event) == (uid, 3, "CONFIRMED")
    assert event["DTSTART"].dt == evening(3, 19)
    moved.state, moved.sequence = ShiftState.CANCELLED, 2
    db.session.commit()
    assert [told(event) for event in events(app, address)] == [(uid, 4, "CANCELLED")]


def test_hours_stay_right_whatever_the_zone_and_summer_time(
    app: Flask, tower: Tower, chen: User
) -> None:
    """Berlin and New York change their clocks on other days; Wuhan never does."""
    year = now().year + 1
    days = [date(year, month, day) for month, day in ((3, 8), (3, 29), (10, 25), (11, 1), (12, 31))]
    shifts = [make_shift(tower, tower.building, moment_of(day, time(18, 30))) for day in days]
    for shift in shifts:
        put(shift, chen)
    starts = [event["DTSTART"].dt for event in events(app, address_for(app, chen))]
    for start, day in zip(starts, days, strict=True):
        assert start.utcoffset() == timedelta(0)
        assert start == datetime.combine(day, time(10, 30), UTC)
        for zone in ("Europe/Berlin", "America/New_York", "Asia/Shanghai"):
            there = start.astimezone(ZoneInfo(zone))
            assert there.astimezone(ZoneInfo("Asia/Shanghai")).time() == time(18, 30)


def test_names_with_commas_and_line_breaks_stay_text(app: Flask, tower: Tower, chen: User) -> None:
    tower.estate.name = "Hefeng; Court, \\n\nBEGIN:VALARM"
    db.session.commit()
    put(make_shift(tower, tower.building, evening(3)), chen)
    (event,) = events(app, address_for(app, chen))
    assert str(event["LOCATION"]).startswith("Hefeng; Court, \\n\nBEGIN:VALARM, Building 3")
    assert not event.walk("VALARM")


def test_the_address_is_kept_as_a_hash_and_can_be_taken_back(
    app: Flask, tower: Tower, chen: User
) -> None:
    first = address_for(app, chen)
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) == 43  # 256 bits
    (row,) = db.session.query(CalendarFeed)
    assert token not in row.token_hash
    stranger = browser(app)
    assert stranger.get(first).headers["Referrer-Policy"] == "no-referrer"
    second = address_for(app, chen)
    assert stranger.get(first).status_code == 404
    assert stranger.get(second).status_code == 200
    browser(app, chen).post("/shifts/calendar/end")
    third = address_for(app, chen)
    altered = third[:-5] + ("A" if third[-5] != "A" else "B") + ".ics"
    assert stranger.get(third).status_code == 200
    wrong = [stranger.get(url) for url in (first, second, altered, "/calendar/x.ics")]
    assert {answer.status_code for answer in wrong} == {404}
    assert len({text(answer.text) for answer in wrong}) == 1
    assert second not in browser(app, chen).get("/shifts/mine").text


def test_a_double_click_shows_the_address_that_works(app: Flask, tower: Tower, chen: User) -> None:
    client, form = browser(app, chen), {"form_id": new_id()}
    shown = {
        re.findall(r"/calendar/[\w-]+\.ics", client.post("/shifts/calendar", data=form).text)[0]
        for _ in range(2)
    }
    assert [browser(app).get(address).status_code for address in shown] == [200]
    client.post("/shifts/calendar/end")
    assert client.post("/shifts/calendar", data=form).status_code == 404  # it would be dead


def test_a_blocked_account_has_no_calendar(app: Flask, tower: Tower, chen: User) -> None:
    address = address_for(app, chen)
    chen.disable(at=now())
    db.session.commit()
    assert browser(app).get(address).status_code == 404
