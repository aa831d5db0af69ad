"""E-mails go out once, at the right hour, and come to rest when they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from portal import clock
from portal.access import Role
from portal.accounts.models import User
from portal.clock import at
from portal.db import db
from portal.notices import actions, queries
from portal.notices.mail import MailServer
from portal.notices.sending import LEASE, TAKEN, lay_out, send_mail
from portal.notices.timing import RETRIES, ByMail, Wishes
from portal.notices.words import TOPICS
from portal.outbox.models import Delivery, Fate, Notice
from portal.outbox.topics import Topic
from tests.conftest import Tower, make_user
from tests.notices.conftest import NOON, Sink, free_port, run, tell, tell_of_task, use_server

EVENING = at(NOON.date(), time(18, 0))
NIGHT = at(NOON.date(), time(23, 0))
MORNING = NIGHT + timedelta(hours=9)


@pytest.fixture
def mei(tower: Tower) -> User:
    """Leads building 3 and reads e-mail."""
    return make_user("Mei", (Role.LEADER, tower.building), email="mei@example.org")


def only() -> Delivery:
    db.session.expire_all()
    found: Delivery = db.session.query(Delivery).one()
    return found


def want(
    user: User, by_mail: ByMail = ByMail.AT_ONCE, *, moment: datetime = NOON, **hours: time
) -> None:
    """Let somebody have chosen the same for all kinds of notices."""
    wishes = Wishes(by_topic=dict.fromkeys(TOPICS, by_mail), **hours)
    actions.choose(user, wishes, at=moment)
    db.session.commit()


def test_mei_gets_a_letter_with_a_link_once(app: Flask, sink: Sink, mei: User) -> None:
    tell(mei)
    assert run(app) == 1
    assert run(app, NOON + timedelta(days=9)) == 0
    (letter,) = sink.letters
    assert (letter["To"], letter["Subject"]) == ("mei@example.org", "A trial")
    assert letter["From"] == "Bulou <portal@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "https://portal.example.org/me/notices" in letter.get_content()
    assert (only().fate, only().tries, only().trouble) == (Fate.SENT, 1, None)


def test_a_letter_is_written_in_the_language_of_whoever_gets_it(
    app: Flask, sink: Sink, mei: User
) -> None:
    mei.locale = "zh"
    tell(mei)
    run(app)
    assert "试" in str(sink.letters[0]["Subject"])


def test_without_an_address_or_a_wish_for_it_nothing_is_mailed(
    app: Flask, sink: Sink, mei: User, chen: User
) -> None:
    want(mei, ByMail.NEVER)
    tell_of_task(mei)
    tell(chen)
    assert run(app) == 0
    assert db.session.query(Delivery).count() == 0


def test_what_is_not_due_or_stale_or_read_or_of_the_blocked_is_not_mailed(
    app: Flask, sink: Sink, mei: User, tower: Tower
) -> None:
    tell(mei, "later", due_at=NOON + timedelta(minutes=1))
    tell(mei, "stale", stale_at=NOON)
    actions.read(tell(mei, "read"), at=NOON)
    gone = make_user("Gone", (Role.LEADER, tower.building), email="gone@example.org")
    gone.disable(at=NOON)
    tell(gone)
    assert run(app) == 0
    assert run(app, NOON + timedelta(minutes=1)) == 1


def test_what_is_read_in_the_portal_meanwhile_is_not_mailed(
    app: Flask, sink: Sink, mei: User
) -> None:
    notice = tell(mei)
    lay_out(NOON)
    actions.read(notice, at=NOON)
    db.session.commit()
    assert send_mail(app, NOON) == 0
    assert only().fate is Fate.NEEDLESS


# Hours -------------------------------------------------------------------------------------------


def test_at_night_a_letter_waits_for_the_morning_unless_it_is_urgent(
    app: Flask, sink: Sink, mei: User
) -> None:
    tell(mei, "shift", due_at=NIGHT)
    tell(mei, "warning", due_at=NIGHT, urgent=True)
    assert run(app, NIGHT) == 1
    assert run(app, MORNING - timedelta(minutes=1)) == 0
    assert run(app, MORNING) == 1


def test_after_a_long_pause_the_clockwork_does_not_wake_anybody(
    app: Flask, sink: Sink, mei: User
) -> None:
    tell(mei)
    lay_out(NOON)
    assert send_mail(app, NIGHT) == 0
    assert send_mail(app, MORNING) == 1


def test_a_digest_holds_all_of_a_day(app: Flask, sink: Sink, mei: User) -> None:
    want(mei, ByMail.DAILY)
    for number in range(3):
        tell_of_task(mei, f"task/{number}")
    assert run(app) == 0
    assert run(app, EVENING) == 1
    assert sink.letters[0]["Subject"] == "3 notices"
    assert sink.letters[0].get_content().count("Chen has taken your task") == 3


def test_what_is_urgent_comes_by_itself_also_at_the_hour_of_the_digest(
    app: Flask, sink: Sink, mei: User
) -> None:
    want(mei, ByMail.DAILY)
    tell_of_task(mei, "task/1")
    tell_of_task(mei, "task/2")
    lay_out(NOON)
    tell_of_task(mei, "task/3", due_at=EVENING, urgent=True)
    assert run(app, EVENING) == 2
    assert sorted(str(letter["Subject"]) for letter in sink.letters) == [
        "2 notices",
        "Chen has taken your task",
    ]


def test_many_people_get_one_digest_each(app: Flask, sink: Sink, tower: Tower) -> None:
    """They are told the same three things, so what is for one lies far apart."""
    people = [
        make_user(f"P{n}", (Role.LEADER, tower.building), email=f"p{n:02d}@example.org")
        for n in range(TAKEN + 10)
    ]
    for person in people:
        want(person, ByMail.DAILY)
    for number in range(3):
        for person in people:
            tell_of_task(person, f"task/{number}")
    lay_out(NOON)
    assert send_mail(app, EVENING) == len(people)
    assert {letter["Subject"] for letter in sink.letters} == {"3 notices"}


def test_what_waits_for_the_digest_comes_when_mei_wants_it_at_once(
    app: Flask, sink: Sink, mei: User
) -> None:
    want(mei, ByMail.DAILY)
    tell_of_task(mei)
    assert run(app) == 0
    want(mei, ByMail.AT_ONCE, moment=NOON + timedelta(hours=1))
    assert run(app, NOON + timedelta(hours=1)) == 1
    assert len(sink.letters) == 1


def test_a_try_in_vain_waits_its_time_whatever_mei_chooses(
    app: Flask, sink: Sink, mei: User
) -> None:
    sink.refuse["mei@example.org"] = "452 mailbox full"
    tell_of_task(mei)
    run(app)
    again = only().next_at
    want(mei, ByMail.AT_ONCE)
    assert only().next_at == again


def test_a_topic_goes_its_own_way(app: Flask, sink: Sink, mei: User) -> None:
    """Tasks in the portal only; what Mei asked for herself comes all the same."""
    chosen = {Topic.TASKS: ByMail.NEVER, Topic.SHIFTS: ByMail.DAILY}
    actions.choose(mei, Wishes(by_topic=chosen), at=NOON)
    tell_of_task(mei)
    tell(mei, "plan/1", kind="shifts.rota_withdrawn", details={"shifts": []})
    tell(mei)
    assert run(app) == 1
    assert [letter["Subject"] for letter in sink.letters] == ["A trial"]
    assert run(app, EVENING) == 1
    assert db.session.query(Notice).count() == 3, "all of it stands in the portal"


# Trouble -----------------------------------------------------------------------------------------


def test_while_the_mail_server_is_down_letters_wait_longer_and_longer(
    app: Flask, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_server(app, monkeypatch, f"smtp://127.0.0.1:{free_port()}")
    want(mei, quiet_from=time(0), quiet_until=time(0))
    tell(mei)
    moment = NOON
    waits = []
    while True:
        run(app, moment)
        if only().fate is not Fate.WAITING:
            break
        waits.append(only().next_at - moment)
        moment = only().next_at
    assert [round(wait / timedelta(minutes=1)) for wait in waits] == [
        wait // timedelta(minutes=1) for wait in RETRIES
    ]
    assert only().fate is Fate.GIVEN_UP
    assert "refused" in str(only().trouble)
    assert only().tries == len(RETRIES) + 1


def test_an_address_that_does_not_exist_is_given_up_and_the_next_letter_goes_out(
    app: Flask, sink: Sink, mei: User, tower: Tower
) -> None:
    sink.refuse["mei@example.org"] = "550 no such mailbox"
    tell(mei)
    tell(make_user("Li", (Role.LEADER, tower.building), email="li@example.org"))
    assert run(app) == 1
    fates = {row.fate: row.trouble for row in db.session.query(Delivery)}
    assert fates == {Fate.GIVEN_UP: "550 no such mailbox", Fate.SENT: None}


def test_a_full_mailbox_is_tried_again(app: Flask, sink: Sink, mei: User) -> None:
    sink.refuse["mei@example.org"] = "452 mailbox full"
    tell(mei)
    assert run(app) == 0
    sink.refuse.clear()
    assert run(app, NOON + timedelta(minutes=2)) == 1
    assert only().tries == 2


def test_an_address_no_letter_can_carry_is_given_up(app: Flask, sink: Sink, mei: User) -> None:
    mei.email = "mei@example.org\nBcc: all@example.org"
    tell(mei)
    assert run(app) == 0
    assert only().fate is Fate.GIVEN_UP
    assert sink.letters == []


def test_a_letter_whose_answer_was_lost_is_never_sent_again(
    app: Flask, sink: Sink, mei: User
) -> None:
    def vanish() -> str:
        raise ConnectionAbortedError

    sink.before_answer = vanish
    tell(mei)
    run(app)
    sink.before_answer = None
    for days in range(1, 4):
        run(app, NOON + timedelta(days=days))
    assert len(sink.letters) == 1


def test_a_sender_that_died_leaves_one_letter_in_doubt_and_the_rest_to_others(
    app: Flask, sink: Sink, mei: User
) -> None:
    for number in range(3):
        tell(mei, f"shift/{number}")
    lay_out(NOON)
    taken = queries.take_due(NOON, until=NOON + LEASE, most=50)
    actions.start_sending(taken[:1])
    db.session.commit()
    assert send_mail(app, NOON + timedelta(minutes=1)) == 0, "they belong to the other"
    assert send_mail(app, NOON + LEASE) == 2
    fates = sorted(row.fate for row in db.session.query(Delivery))
    assert fates == [Fate.SENT, Fate.SENT, Fate.UNKNOWN]


def test_by_a_clock_that_jumps_no_letter_goes_out_twice(app: Flask, sink: Sink, mei: User) -> None:
    """The lease of a sender has lapsed for somebody whose clock is three days ahead."""
    tell(mei)
    lay_out(NOON)
    slow = queries.take_due(NOON, until=NOON + LEASE, most=50)
    db.session.commit()
    assert run(app, NOON + timedelta(hours=72)) == 1
    assert actions.start_sending(slow) == []
    assert run(app, NOON - timedelta(hours=72)) == 0
    assert len(sink.letters) == 1


# Secrets -----------------------------------------------------------------------------------------


def test_the_password_of_the_mail_server_stands_in_no_text(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    url = "smtp://portal:s3cret%21@mail.example.org"
    settings = replace(settings, smtp_url=url, smtp_from="a@b.org", url="https://b.org")
    server = MailServer.of(settings)
    assert server is not None
    assert (server.user, server.password, server.port) == ("portal", "s3cret!", 587)
    assert "s3cret" not in repr(server)
    assert "s3cret" not in repr(settings)


def test_a_night_of_summer_time_is_as_quiet_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Berlin the clocks go from 2:00 to 3:00 on 29 March 2026, and back on 25 October."""
    monkeypatch.setattr(clock, "_zone", ZoneInfo("Europe/Berlin"))
    wishes = Wishes(quiet_from=time(21), quiet_until=time(8))
    for day in (date(2026, 3, 28), date(2026, 10, 24)):
        evening = clock.at(day, time(22))
        morning = wishes.after_quiet(evening)
        assert clock.local(morning).time() == time(8)
        assert wishes.after_quiet(morning) == morning
    hour_that_is_not = Wishes(quiet_from=time(21), quiet_until=time(2, 30))
    night = clock.at(date(2026, 3, 28), time(23))
    assert hour_that_is_not.after_quiet(night) > night
