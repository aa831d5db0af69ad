"""Stand-ins, reminders and offers by every calendar, and by a clock that jumps."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import at, local
from portal.db import db
from portal.outbox.models import Notice
from portal.shifts import stand_ins, upkeep
from portal.shifts.limits import WAVE_EVERY
from portal.shifts.models import StandInRequest
from portal.shifts.states import Standing
from portal.tasks.inbox import inbox
from portal.tasks.states import TaskKind
from tests.clocks import ZONES, SystemClock, in_zone
from tests.clocks import system_clock as system_clock
from tests.conftest import Tower, make_user, person_of
from tests.shifts.factory import make_shift, put, standings

JUMP, SECOND, MINUTE = timedelta(hours=72), timedelta(seconds=1), timedelta(minutes=1)
DAYS = [
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2028, 2, 29),
    date(2026, 12, 31),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
]
NOON = at(date(2027, 1, 31), time(12))


def volunteers(tower: Tower, count: int) -> list[User]:
    return [make_user(f"V{n:02d}", (Role.VOLUNTEER, tower.estate)) for n in range(count)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_stand_in_is_due_when_the_shift_begins_whatever_the_night_before(
    app: Flask, tower: Tower, lin: User, chen: User, system_clock: SystemClock, zone: str, day: date
) -> None:
    with in_zone(zone):
        asked = at(day - timedelta(days=1), time(23, 30))
        system_clock.set(asked)
        shift = make_shift(tower, tower.building, at(day, time(19)))
        put(shift, chen, stand_in_since=asked, stand_in_why="ill")
        (line,) = inbox(person_of(lin), asked).entries
        assert line.kind is TaskKind.STAND_IN
        assert line.due_at == shift.starts_at
        assert (local(line.due_at).date(), local(line.due_at).time()) == (day, time(19))


def requests() -> int:
    return db.session.query(StandInRequest).count()


def test_a_clock_that_ran_ahead_does_not_keep_people_from_being_asked(
    app: Flask, tower: Tower, chen: User, system_clock: SystemClock
) -> None:
    system_clock.set(NOON)
    volunteers(tower, 12)
    shift = make_shift(tower, tower.building, NOON + timedelta(days=9), seats=1)
    put(shift, chen)
    stand_ins.want(shift.id, person_of(chen), why="", at=NOON + JUMP)  # the clock is ahead
    first = requests()
    assert first > 0
    assert upkeep.ask_again(NOON + MINUTE) > 0, "it is set back: the next ones are asked"
    second = requests()
    assert upkeep.ask_again(NOON + 2 * MINUTE) > 0, "the last wave still lies ahead"
    assert upkeep.ask_again(NOON + 3 * MINUTE) == 0, "but nobody is asked twice"
    asked = [row.user_id for row in db.session.query(StandInRequest)]
    assert second > first
    assert len(asked) == len(set(asked))


def test_waves_after_a_long_pause_are_one_and_not_one_for_each_three_hours(
    app: Flask, tower: Tower, chen: User
) -> None:
    volunteers(tower, 30)
    shift = make_shift(tower, tower.building, NOON + timedelta(days=9), seats=1)
    put(shift, chen)
    stand_ins.want(shift.id, person_of(chen), why="", at=NOON)
    first = requests()
    for minute in range(60):
        upkeep.ask_again(NOON + JUMP + minute * MINUTE)
    assert requests() - first <= first
    assert upkeep.ask_again(NOON + JUMP + WAVE_EVERY) > 0


def reminded(user: User) -> int:
    query = db.session.query(Notice).filter_by(user_id=user.id)
    return query.filter(Notice.kind.like("shifts.%")).count()


@pytest.mark.parametrize("jump", [JUMP, -JUMP])
def test_nobody_is_reminded_twice_by_a_clock_that_jumps(
    app: Flask, tower: Tower, chen: User, jump: timedelta
) -> None:
    shift = make_shift(tower, tower.building, NOON + timedelta(days=4))
    put(shift, chen)
    moments: list[datetime] = [NOON, NOON + jump, NOON + MINUTE, NOON + timedelta(days=3)]
    for moment in moments:
        upkeep.tick(moment)
        db.session.commit()
    assert reminded(chen) == 1


def test_an_offer_lapses_at_its_moment_and_once(app: Flask, tower: Tower) -> None:
    first, second = volunteers(tower, 2)
    shift = make_shift(tower, tower.building, NOON + timedelta(days=5), seats=1)
    put(shift, first, Standing.OFFERED, answer_by=NOON)
    put(shift, second, Standing.WAITING)
    assert upkeep.lapse(NOON - JUMP) == 0
    assert upkeep.lapse(NOON - SECOND) == 0
    assert upkeep.lapse(NOON) == 1
    assert upkeep.lapse(NOON) == 0
    assert standings(shift) == {"V00": "lapsed", "V01": "offered"}
