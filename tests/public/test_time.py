"""Reply times of residents and how long their words are kept, by every calendar and clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.clock import at, local
from portal.db import db
from portal.public import queries
from portal.public.models import Inquiry, InquiryRules, Reply, Slip
from portal.public.states import DEFAULT_HOURS, DEFAULT_KEEP_DAYS, InquiryKind, Progress, progress
from portal.public.upkeep import tick
from portal.tasks.models import Task
from portal.tasks.states import TaskState
from tests.clocks import BERLIN, NEW_YORK, ZONES, SystemClock, in_zone
from tests.clocks import system_clock as system_clock
from tests.conftest import Tower, person_of
from tests.public.factory import ask, make_entrance, make_inquiry, read_answer

MICRO, HOUR, JUMP = timedelta(microseconds=1), timedelta(hours=1), timedelta(hours=72)
DAYS = [
    date(2027, 1, 31),
    date(2027, 2, 28),
    date(2028, 2, 28),
    date(2026, 12, 31),
    date(2026, 3, 28),  # the night in which Berlin leaves an hour out,
    date(2026, 10, 24),  # has one twice,
    date(2026, 3, 7),  # in which New York leaves an hour out,
    date(2026, 10, 31),  # and has one twice
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_tip_at_the_end_of_a_day_has_24_hours_and_a_question_48(
    app: Flask, tower: Tower, zhou: User, system_clock: SystemClock, zone: str, day: date
) -> None:
    with in_zone(zone):
        now = at(day, time(23, 59))
        system_clock.set(now)
        entrance = make_entrance(tower.building, zhou)
        for kind in (InquiryKind.TIP, InquiryKind.QUESTION):
            make_inquiry(entrance, f"About {kind}", kind=kind)
        dues = [task.due_at - now for task in db.session.query(Task).order_by(Task.id)]
        assert dues == [DEFAULT_HOURS[InquiryKind.TIP] * HOUR, 48 * HOUR]


@pytest.mark.parametrize(("zone", "hour"), [(BERLIN, 22), (NEW_YORK, 22)])
def test_24_hours_over_the_longer_night_end_an_hour_earlier_by_the_clock(
    app: Flask, tower: Tower, zhou: User, system_clock: SystemClock, zone: str, hour: int
) -> None:
    day = {BERLIN: date(2026, 10, 24), NEW_YORK: date(2026, 10, 31)}[zone]
    with in_zone(zone):
        system_clock.set(at(day, time(23)))
        make_inquiry(make_entrance(tower.building, zhou), kind=InquiryKind.TIP)
        assert local(db.session.query(Task).one().due_at).hour == hour


def test_the_list_and_the_rule_agree_to_the_last_microsecond(tower: Tower, zhou: User) -> None:
    inquiry = make_inquiry(make_entrance(tower.building, zhou))
    task = db.session.get_one(Task, inquiry.task_id)
    for moment in (task.due_at - MICRO, task.due_at, task.due_at + MICRO):
        wanted = progress(due_at=task.due_at, answered_at=None, is_open=True, at=moment)
        since = inquiry.received_at - HOUR
        found = queries.listed(
            person_of(zhou), queries.Search(since=since, progress=wanted), moment
        )
        assert [row.Inquiry.id for row in found] == [inquiry.id]
    for answered in (task.due_at, task.due_at + MICRO):
        inquiry.answered_at = answered
        db.session.flush()
        wanted = progress(due_at=task.due_at, answered_at=answered, is_open=True, at=answered)
        assert wanted is (Progress.IN_TIME if answered == task.due_at else Progress.LATE)
        search = queries.Search(since=inquiry.received_at - HOUR, progress=wanted)
        assert queries.listed(person_of(zhou), search, answered)


# Deleting ----------------------------------------------------------------------------------------


def closed(tower: Tower, zhou: User, at_: datetime) -> Inquiry:
    inquiry = make_inquiry(make_entrance(tower.building, zhou), "Words of a resident")
    task = db.session.get_one(Task, inquiry.task_id)
    task.state, task.closed_at = TaskState.CLOSED, at_
    db.session.commit()
    return inquiry


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_words_are_deleted_after_their_days_and_not_an_hour_before(
    tower: Tower, zhou: User, zone: str, day: date
) -> None:
    with in_zone(zone):
        ended = at(day, time(23, 59))
        inquiry = closed(tower, zhou, ended)
        over = ended + timedelta(days=DEFAULT_KEEP_DAYS)
        assert tick(over) == 0
        assert inquiry.text == "Words of a resident"
        assert tick(over + MICRO) == 1
        db.session.refresh(inquiry)
        assert (inquiry.text, inquiry.digest) == ("", "")
        assert tick(over + MICRO) == 0


def test_after_a_long_pause_all_is_deleted_and_after_a_clock_set_back_nothing_comes_again(
    tower: Tower, zhou: User
) -> None:
    ended = at(date(2027, 2, 28), time(12))
    db.session.add(InquiryRules(community_id=tower.community.id, hours={}, keep_days=30))
    found = [closed(tower, zhou, ended + number * HOUR) for number in range(5)]
    assert tick(ended + timedelta(days=90)) == 5
    assert tick(ended - JUMP) == 0
    for inquiry in found:
        db.session.refresh(inquiry)
        assert inquiry.text == ""


def test_an_answer_is_read_although_the_question_came_by_a_clock_ahead(
    app: Flask, tower: Tower, zhou: User, system_clock: SystemClock
) -> None:
    now = at(date(2027, 1, 31), time(12))
    system_clock.set(now + JUMP)
    sent = ask(app, make_entrance(tower.building, zhou))
    system_clock.set(now)
    inquiry = db.session.query(Inquiry).one()
    assert db.session.query(Slip).one().sent_at == now + JUMP
    db.session.add(Reply(inquiry_id=inquiry.id, text="On Friday", at=now, by_id=zhou.id))
    inquiry.answered_at = now
    db.session.commit()
    assert "On Friday" in read_answer(app, sent)
