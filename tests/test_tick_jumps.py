"""The clockwork by a clock that jumps three days: nothing lost, nothing doubled, no storm."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask

from portal import tick
from portal.access import Role
from portal.accounts.models import User
from portal.clock import at, now
from portal.db import db
from portal.notices import actions, queries
from portal.notices.models import Beat
from portal.notices.timing import ByMail, Wishes
from portal.outbox.actions import post, tell_groups
from portal.outbox.models import Delivery, Fate, Happening, Notice
from portal.outbox.topics import Topic
from portal.tasks.steps import Step
from portal.tasks.warning_models import Warning
from tests.clocks import SystemClock
from tests.clocks import system_clock as system_clock
from tests.conftest import Tower, browser, make_user, person_of
from tests.notices.conftest import Sink
from tests.notices.conftest import sink as sink
from tests.tasks.factory import make_warning

NOON = at(date(2027, 1, 31), time(12))
JUMP, MINUTE = timedelta(hours=72), timedelta(minutes=1)


@pytest.fixture
def mei(tower: Tower) -> User:
    """Leads building 3 and reads e-mail."""
    return make_user("Mei", (Role.LEADER, tower.building), email="mei@example.org")


class Clockwork:
    """Runs the ticks of some minutes, one a minute, from where the clock of the server stands."""

    def __init__(self, app: Flask, clock: SystemClock, moment: datetime) -> None:
        self.app, self.clock = app, clock
        self.set(moment)

    def set(self, moment: datetime) -> None:
        self.moment = moment
        self.clock.set(moment)

    def run(self, minutes: int = 1) -> dict[str, int]:
        done: dict[str, int] = {}
        for _ in range(minutes):
            done = tick.run(self.app)
            assert done.keys() == dict(tick.STEPS).keys(), "no step has failed"
            self.set(self.moment + MINUTE)
        return done


@pytest.fixture
def clockwork(app: Flask, system_clock: SystemClock) -> Clockwork:
    return Clockwork(app, system_clock, NOON)


def tell(user: User, subject: str, *, urgent: bool = False) -> None:
    assert post("notices.trial", community_id=1, subject=subject, to=[user.id], urgent=urgent)
    db.session.commit()


def seen_by(user: User) -> list[str]:
    found = queries.page_of(person_of(user), now(), before=None).notices
    return [notice.subject for notice in found]


def test_what_was_told_by_a_clock_ahead_is_seen_and_mailed_when_it_is_set_back(
    sink: Sink, mei: User, clockwork: Clockwork
) -> None:
    clockwork.run()
    clockwork.set(NOON + JUMP)
    tell(mei, "told/while/ahead", urgent=True)
    clockwork.set(NOON + 2 * MINUTE)
    tell(mei, "told/after")
    assert seen_by(mei) == ["told/after"], "the other one comes in three days, as things stand"
    assert clockwork.run()["clock"] == 1
    assert set(seen_by(mei)) == {"told/after", "told/while/ahead"}
    assert sink.went_to() == ["mei@example.org"] * 2
    assert clockwork.run(5)["clock"] == 0
    clockwork.set(NOON + JUMP)
    clockwork.run(5)
    assert len(sink.letters) == 2, "and not once more when it is then"


def test_a_letter_that_failed_by_a_clock_ahead_is_tried_again_the_same_day(
    sink: Sink, mei: User, clockwork: Clockwork
) -> None:
    clockwork.run()
    sink.refuse["mei@example.org"] = "451 try later"
    clockwork.set(NOON + JUMP)
    tell(mei, "one")
    clockwork.run()
    sink.refuse.clear()
    clockwork.set(NOON + 2 * MINUTE)
    clockwork.run()
    assert sink.went_to() == ["mei@example.org"]
    assert db.session.query(Delivery).one().fate is Fate.SENT


def test_a_digest_still_waits_for_its_hour(sink: Sink, mei: User, clockwork: Clockwork) -> None:
    actions.choose(mei, Wishes(by_topic={Topic.TASKS: ByMail.DAILY}, digest_at=time(18)), at=now())
    db.session.commit()
    clockwork.run()
    clockwork.set(NOON + JUMP)
    details = {"task": 1, "what": "Ring", "by": "Lin", "where": "3"}
    post("task.assigned", community_id=1, subject="t/1", to=[mei.id], details=details)
    db.session.commit()
    clockwork.run()
    clockwork.set(NOON + 2 * MINUTE)
    clockwork.run(3)
    db.session.expire_all()
    assert db.session.query(Delivery).one().next_at == at(date(2027, 1, 31), time(18))
    assert sink.letters == []


def test_a_letter_under_way_when_the_clock_is_set_back_is_in_doubt_after_a_quarter_of_an_hour(
    sink: Sink, mei: User, clockwork: Clockwork
) -> None:
    clockwork.run()
    tell(mei, "one")
    clockwork.set(NOON + JUMP)
    clockwork.run()
    sent = db.session.query(Delivery).one()
    sent.fate, sent.next_at = Fate.SENDING, clockwork.moment + 15 * MINUTE  # its sender has died
    db.session.commit()
    clockwork.set(NOON + 2 * MINUTE)
    clockwork.run(17)
    db.session.expire_all()
    assert db.session.query(Delivery).one().fate is Fate.UNKNOWN
    assert len(sink.letters) == 1, "and is never sent again"


def test_a_clock_set_back_by_mistake_doubles_nothing(
    sink: Sink, mei: User, clockwork: Clockwork
) -> None:
    for number in range(20):
        tell(mei, f"before/{number}")
    clockwork.run()
    assert len(sink.letters) == 20
    clockwork.set(NOON - JUMP)
    tell(mei, "in/between")
    clockwork.run(3)
    clockwork.set(NOON + 5 * MINUTE)
    clockwork.run(3)
    assert len(sink.letters) == 21
    assert len(seen_by(mei)) == 21
    assert db.session.query(Notice).count() == 21


def test_what_chats_are_to_hear_is_due_when_the_clock_is_set_back(
    tower: Tower, clockwork: Clockwork
) -> None:
    clockwork.run()
    clockwork.set(NOON + JUMP)
    community = tower.community
    tell_groups("warning.new", community_id=community.id, subject="w/1", path=community.path)
    db.session.commit()
    clockwork.set(NOON + 2 * MINUTE)
    clockwork.run()
    db.session.expire_all()
    happening = db.session.query(Happening).one()
    assert happening.due_at < clockwork.moment
    assert happening.spread_at is not None


def test_a_warning_entered_by_a_clock_ahead_is_due_the_same_day(
    app: Flask, tower: Tower, clockwork: Clockwork
) -> None:
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    clockwork.run()
    clockwork.set(NOON + JUMP)
    sent = {"risk": "low", "method": "loan", "place": "和风苑/3", "received": "12:00"}
    browser(app, wei).post("/warnings/new", data=sent)
    clockwork.set(NOON + 2 * MINUTE)
    clockwork.run()
    db.session.expire_all()
    found = db.session.query(Warning).one()
    assert found.received_at == NOON + JUMP, "as it was entered"
    assert found.due_at == NOON + 17 * MINUTE
    clockwork.run(5)
    db.session.expire_all()
    assert found.due_at == NOON + 17 * MINUTE, "and does not run away with the clock"


def test_a_clock_set_back_by_mistake_moves_no_warning(
    app: Flask, tower: Tower, clockwork: Clockwork
) -> None:
    """Three hours back for some minutes: nobody is alarmed too early once it is right."""
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    make_user("Lin", (Role.COORDINATOR, tower.estate))
    warning = make_warning(tower, wei, step=Step.ASSIGNED, received_at=NOON)
    due_at = warning.due_at
    assert due_at == NOON + 120 * MINUTE
    clockwork.run()
    clockwork.set(NOON - 180 * MINUTE)
    clockwork.run(5)
    db.session.expire_all()
    assert warning.received_at == NOON
    clockwork.set(NOON + 100 * MINUTE)
    clockwork.run(5)
    db.session.expire_all()
    assert (warning.received_at, warning.due_at) == (NOON, due_at)
    assert db.session.query(Notice).filter_by(kind="warning.lapsed").count() == 0
    clockwork.run(20)
    assert db.session.query(Notice).filter_by(kind="warning.lapsed").count() == 1


def test_a_step_taken_by_a_clock_behind_leaves_the_next_its_time(
    app: Flask, tower: Tower, clockwork: Clockwork
) -> None:
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    warning = make_warning(tower, wei, received_at=NOON)
    clockwork.set(NOON - 180 * MINUTE)
    clockwork.run()
    browser(app, wei).post(f"/warnings/{warning.id}/moves", data={"move": "see"})
    clockwork.run(2)
    db.session.expire_all()
    assert warning.due_at == NOON - 164 * MINUTE, "to be signed within fifteen minutes from then"
    clockwork.set(NOON + 5 * MINUTE)
    clockwork.run()
    db.session.expire_all()
    assert warning.due_at == NOON + 15 * MINUTE


def test_a_step_that_lapses_at_night_is_mailed_in_the_night(
    sink: Sink, tower: Tower, clockwork: Clockwork
) -> None:
    """Quiet hours keep other notices back until the morning, and a warning from nobody."""
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate), email="lin@example.org")
    actions.choose(lin, Wishes(quiet_from=time(20), quiet_until=time(9)), at=now())
    clockwork.set(at(date(2027, 1, 31), time(23, 40)))
    make_warning(tower, wei, received_at=at(date(2027, 1, 31), time(23, 35)))
    tell(lin, "no/warning")
    clockwork.run(30)
    (letter,) = sink.letters
    assert letter["To"] == "lin@example.org"
    assert "A step of a warning was not taken in time" in str(letter["Subject"])
    clockwork.set(at(date(2027, 2, 1), time(9, 0)))
    clockwork.run()
    assert len(sink.letters) == 2


def test_three_days_of_pause_end_without_a_storm(
    tower: Tower, lin: User, head: User, clockwork: Clockwork
) -> None:
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    clockwork.run()
    for _ in range(30):
        make_warning(tower, wei, received_at=NOON)
    clockwork.set(NOON + JUMP)
    clockwork.run(3)
    told = db.session.query(Notice.user_id, Notice.subject).filter_by(kind="warning.lapsed").all()
    assert len(told) == len(set(told)) == 30, "the estate of each, once, and nobody above yet"
    clockwork.run(60)
    told = db.session.query(Notice.user_id, Notice.subject).filter_by(kind="warning.lapsed").all()
    assert len(told) == len(set(told)) == 30 * 3, "then the community, the officer among them"


def test_a_clock_put_right_by_seconds_changes_nothing(mei: User, clockwork: Clockwork) -> None:
    clockwork.run()
    tell(mei, "one")
    clockwork.set(NOON + MINUTE - timedelta(seconds=50))
    assert clockwork.run()["clock"] == 0


def test_the_page_names_the_step(app: Flask, lin: User, clockwork: Clockwork) -> None:
    clockwork.run()
    assert db.session.get(Beat, "clock") is not None
    assert (
        "Put right after the clock was set back" in browser(app, lin).get("/notices/troubles").text
    )


def test_a_link_asked_for_by_a_clock_ahead_is_sent_and_stirs_up_no_other_letter(
    sink: Sink, tower: Tower, mei: User, clockwork: Clockwork
) -> None:
    """It is due when the run began, and was written a moment after."""
    clockwork.run()
    clockwork.set(NOON + JUMP)
    wu = make_user("Wu", (Role.VOLUNTEER, tower.building))
    wu.new_email = "wu@example.org"
    db.session.commit()
    actions.ask_for_confirmations(now() - timedelta(milliseconds=1))
    db.session.commit()
    clockwork.set(NOON + 2 * MINUTE)
    sink.refuse["mei@example.org"] = "451 try later"
    tell(mei, "one", urgent=True)
    clockwork.run(4)
    assert "wu@example.org" in sink.went_to()
    assert db.session.query(Delivery).filter_by(fate=Fate.WAITING).one().tries == 2
