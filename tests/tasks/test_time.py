"""Nothing overnight: clocks of warnings and tasks at midnight, month ends and changes of clocks."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import at, end_of_day, local
from portal.coverage.states import Outcome
from portal.db import db
from portal.outbox.models import Notice
from portal.tasks import alarms, upkeep
from portal.tasks.deadlines import ALARM_EVERY, DEFAULT_MINUTES, NEXT, due
from portal.tasks.inbox import inbox
from portal.tasks.models import Task
from portal.tasks.states import TaskKind
from portal.tasks.steps import Risk, Step
from portal.tasks.warning_models import Warning
from tests.clocks import BERLIN, NEW_YORK, SHANGHAI, ZONES, SystemClock, in_zone
from tests.clocks import system_clock as system_clock
from tests.conftest import Tower, browser, make_user, person_of
from tests.coverage.factory import make_round, visit
from tests.tasks.factory import make_task, make_warning

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
JUMP = timedelta(hours=72)
DAYS = [
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2028, 2, 28),
    date(2028, 2, 29),
    date(2026, 12, 31),
    date(2026, 3, 29),  # Berlin leaves an hour out,
    date(2026, 10, 25),  # and has one twice
    date(2026, 3, 8),  # New York leaves an hour out,
    date(2026, 11, 1),  # and has one twice
]


@pytest.fixture
def wei(tower: Tower) -> User:
    """The police liaison of the community."""
    return make_user("Wei", (Role.OFFICER, tower.community))


def told(user: User) -> list[str]:
    query = db.session.query(Notice.kind).filter_by(user_id=user.id).order_by(Notice.id)
    return [kind for (kind,) in query]


# Deadlines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_no_step_of_any_risk_is_due_after_the_midnight_of_its_day(zone: str, day: date) -> None:
    """Against a reckoning of its own: every quarter of an hour that a warning may come."""
    here = ZoneInfo(zone)
    midnight = datetime.combine(day + timedelta(days=1), time(), here).astimezone(UTC)
    came = datetime.combine(day, time(), here).astimezone(UTC)
    with in_zone(zone):
        while came < midnight:
            for risk in Risk:
                for step, target in NEXT.items():
                    allowed = DEFAULT_MINUTES[risk][target]
                    wanted = midnight if allowed is None else came + allowed * MINUTE
                    assert due(came, step, risk, DEFAULT_MINUTES) == min(wanted, midnight)
            came += 15 * MINUTE


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2026, 12, 31), date(2027, 2, 28), date(2028, 2, 29)])
def test_what_comes_a_minute_before_midnight_lapses_at_midnight(
    app: Flask, tower: Tower, wei: User, lin: User, system_clock: SystemClock, zone: str, day: date
) -> None:
    with in_zone(zone):
        system_clock.set(at(day, time(23, 59, 30)))
        sent = {"risk": "low", "method": "loan", "place": "和风苑/3", "received": "23:59"}
        browser(app, wei).post("/warnings/new", data=sent)
        warning = db.session.query(Warning).one()
        assert warning.received_at == at(day, time(23, 59))
        assert warning.due_at == end_of_day(day)
        assert "today by midnight" in browser(app, wei).get(f"/warnings/{warning.id}").text
        assert upkeep.tick(end_of_day(day) - SECOND) == 0
        assert upkeep.tick(end_of_day(day)) == 1
        assert told(lin) == ["warning.lapsed"]


def test_a_warning_of_this_very_minute_has_its_three_minutes_in_the_hour_that_comes_twice(
    app: Flask, tower: Tower, wei: User, system_clock: SystemClock
) -> None:
    """The liaison sends the form as it is drawn; its hour has come an hour ago as well."""
    with in_zone(BERLIN):
        now = at(date(2026, 10, 25), time(2, 30, fold=1))
        system_clock.set(now + 20 * SECOND)
        client = browser(app, wei)
        shown = re.search(r'name="received"[^>]* value="([^"]+)"', client.get("/warnings/new").text)
        assert shown
        assert shown[1] == "02:30"
        sent = {"risk": "special", "method": "loan", "place": "和风苑/3", "received": shown[1]}
        client.post("/warnings/new", data=sent)
        warning = db.session.query(Warning).one()
        assert warning.received_at == now
        assert warning.due_at == now + 3 * MINUTE


def test_an_hour_that_has_not_come_is_refused_today_and_taken_for_yesterday(
    app: Flask, tower: Tower, wei: User, system_clock: SystemClock
) -> None:
    system_clock.set(at(date(2027, 3, 1), time(0, 5)))
    sent = {"risk": "high", "method": "loan", "place": "和风苑/3", "received": "23:58"}
    answer = browser(app, wei).post("/warnings/new", data=sent)
    assert answer.status_code == 422
    assert "That hour has not come yet." in answer.text
    browser(app, wei).post("/warnings/new", data=sent | {"day": "1"})
    warning = db.session.query(Warning).one()
    assert warning.received_at == at(date(2027, 2, 28), time(23, 58))
    assert warning.due_at == end_of_day(date(2027, 2, 28)), "not a day more for being entered late"


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_whoever_still_doubts_is_seen_within_24_hours_also_when_clocks_are_changed(
    app: Flask, tower: Tower, wei: User, chen: User, system_clock: SystemClock, zone: str
) -> None:
    evening = {BERLIN: date(2026, 10, 24), NEW_YORK: date(2026, 10, 31)}[zone]
    with in_zone(zone):
        now = at(evening, time(20))
        system_clock.set(now)
        warning = make_warning(
            tower, wei, step=Step.ASSIGNED, visitor_id=chen.id, received_at=now - HOUR
        )
        report = {"move": "visit", "how": "home", "result": "doubtful"}
        browser(app, chen).post(f"/warnings/{warning.id}/moves", data=report)
        found = db.session.query(Task).one()
        assert found.due_at - now == 24 * HOUR
        assert local(found.due_at).time() == time(19), "that night is an hour longer"


# Alarms ------------------------------------------------------------------------------------------


def told_of_lapses(*people: User) -> list[int]:
    return [told(user).count("warning.lapsed") for user in people]


def test_after_three_days_of_pause_each_level_is_told_once_and_one_at_a_time(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    found = make_warning(tower, wei)
    assert found.due_at is not None
    moment = found.due_at + JUMP
    assert upkeep.tick(moment) == 1
    assert told_of_lapses(lin, head) == [1, 0]
    for minute in range(1, 200):
        upkeep.tick(moment + minute * MINUTE)
    assert told_of_lapses(lin, head) == [1, 1]


def test_what_was_sent_back_and_lapses_again_is_told_again(
    app: Flask, tower: Tower, wei: User, lin: User, head: User, chen: User
) -> None:
    found = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    lapsed = found.due_at
    assert lapsed is not None
    upkeep.tick(lapsed)
    client, url = browser(app, wei), f"/warnings/{found.id}/moves"
    client.post(url, data={"move": "visit", "how": "home", "result": "stopped"})
    client.post(url, data={"move": "back", "reason": "not complete"})
    db.session.refresh(found)
    assert (found.step, found.due_at) == (Step.ASSIGNED, lapsed)
    upkeep.tick(lapsed + MINUTE)
    assert told_of_lapses(lin, head) == [2, 0]


def test_a_clock_that_ran_ahead_for_a_while_holds_up_no_alarm(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    found = make_warning(tower, wei)
    lapsed = found.due_at
    assert lapsed is not None
    upkeep.tick(lapsed - 5 * MINUTE + JUMP)  # the clock is three days ahead: the estate is told
    assert told_of_lapses(lin, head) == [1, 0]
    assert upkeep.tick(lapsed - MINUTE) == 0, "set back: the step has time left"
    upkeep.tick(lapsed)
    assert told_of_lapses(lin, head) == [1, 1], "and the community is not told three days later"
    for minute in range(60):
        upkeep.tick(lapsed + minute * MINUTE)
    assert told_of_lapses(lin, head) == [1, 1]


def test_of_two_ticks_at_once_the_one_that_began_first_raises_nothing_again(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    found = make_warning(tower, wei)
    lapsed = found.due_at
    assert lapsed is not None
    assert upkeep.tick(lapsed + SECOND) == 1
    assert upkeep.tick(lapsed) == 0, "it read the clock before the other one, and comes after it"
    assert told_of_lapses(lin, head) == [1, 0]


def test_a_clock_set_back_by_three_days_tells_nothing_twice_and_nothing_early(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    found = make_warning(tower, wei)
    assert found.due_at is not None
    upkeep.tick(found.due_at)
    for minute in range(0, 60, 5):
        upkeep.tick(found.due_at - JUMP + minute * MINUTE)
    assert told_of_lapses(lin, head) == [1, 0]
    upkeep.tick(found.due_at + ALARM_EVERY)
    assert told_of_lapses(lin, head) == [1, 1]


def test_a_warning_that_came_by_a_clock_ahead_is_due_today_once_that_is_set_back(
    app: Flask, tower: Tower, wei: User
) -> None:
    now = at(date(2027, 1, 31), time(22, 30))
    found = make_warning(tower, wei, received_at=now + JUMP)
    other = make_warning(tower, wei, received_at=now - HOUR)
    before = other.due_at
    assert alarms.redate(now) == 1
    assert found.received_at == now + JUMP
    assert found.due_at == found.alarm_at == now + 10 * MINUTE
    assert other.due_at == before
    assert alarms.redate(now) == 0


# Tasks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_due_today_means_until_midnight_here(
    app: Flask, tower: Tower, lin: User, zhou: User, system_clock: SystemClock, zone: str, day: date
) -> None:
    with in_zone(zone):
        system_clock.set(at(day, time(9)))
        make_task(tower.building, lin, zhou, what="Before", due_at=end_of_day(day) - SECOND)
        make_task(tower.building, lin, zhou, what="Behind", due_at=end_of_day(day) + SECOND)
        page = browser(app, zhou).get("/tasks?when=today").text
        assert "Before" in page
        assert "Behind" not in page
        system_clock.set(end_of_day(day))
        late = browser(app, zhou).get("/tasks?when=overdue").text
        assert "Before" in late
        assert "Behind" not in late


def test_a_task_typed_for_an_hour_that_is_left_out_is_due_an_hour_later(
    app: Flask, tower: Tower, lin: User, zhou: User, system_clock: SystemClock
) -> None:
    with in_zone(BERLIN):
        system_clock.set(at(date(2026, 3, 28), time(20)))
        client = browser(app, lin)
        sent = {
            "kind": "call_back",
            "what": "Ring",
            "place": "和风苑/3",
            "day": "2026-03-29",
            "hour": "02:30",
            "holder": str(zhou.id),
        }
        assert client.post("/tasks/new", data=sent).status_code == 303
        assert local(db.session.query(Task).one().due_at).time() == time(3, 30)


@pytest.mark.parametrize("zone", ZONES)
def test_an_agreed_time_stands_on_its_own_day(
    app: Flask, tower: Tower, zhou: User, system_clock: SystemClock, zone: str
) -> None:
    """At half past eleven in the evening, and an hour later."""
    opened = make_round(tower.community)
    first, second = tower.dwellings(tower.building)[:2]
    day = date(2027, 2, 28)
    with in_zone(zone):
        system_clock.set(at(day, time(9)))
        for home, hour in ((first, 23.5), (second, 24.5)):
            agreed = at(day, time()) + timedelta(hours=hour)
            visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=agreed)
        lines = inbox(person_of(zhou), at(day, time(10))).entries
        assert [local(line.due_at).date() for line in lines] == [day, date(2027, 3, 1)]
        page = browser(app, zhou).get("/").text
        _, _, of_today = page.partition("Agreed times, today or past")
        assert f"/doors/{first.id}" in of_today
        assert f"/doors/{second.id}" not in of_today


@pytest.mark.parametrize("zone", [SHANGHAI, BERLIN, NEW_YORK])
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_question_about_the_roster_has_seven_days_over_any_month_end(
    app: Flask, tower: Tower, zhou: User, system_clock: SystemClock, zone: str, day: date
) -> None:
    opened = make_round(tower.community)
    with in_zone(zone):
        system_clock.set(at(day, time(23, 59)))
        visit(zhou, opened, tower.dwellings(tower.building)[0].id, Outcome.TENANT_CHANGED)
        found = db.session.query(Task).filter_by(kind=TaskKind.DATA).one()
        assert found.due_at - at(day, time(23, 59)) == timedelta(days=7)
