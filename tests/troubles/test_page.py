"""Lin sees on one page what could not be sent to people and chats, and has it tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.db import db
from portal.notices.mail import IMPOSSIBLE, UNENCRYPTED
from portal.outbox.models import Delivery, Fate, Way
from portal.robots.models import RobotMessage
from portal.robots.sending import send_to_robots
from tests.conftest import Tower, browser, counted_queries, make_user
from tests.gaps.factory import text
from tests.notices.conftest import Sink, run, tell, tell_of_task
from tests.notices.conftest import sink as sink
from tests.robots.conftest import Ear
from tests.robots.conftest import ear as ear
from tests.robots.factory import happen, make_robot, refuse


def failed(user: User) -> Delivery:
    delivery = Delivery(
        notice_id=tell(user).id,
        way=Way.MAIL,
        fate=Fate.GIVEN_UP,
        tries=9,
        next_at=now(),
        trouble="550 no such mailbox",
    )
    db.session.add(delivery)
    db.session.commit()
    return delivery


def test_lin_sees_what_could_not_be_sent_and_has_it_tried_again(
    app: Flask, lin: User, zhou: User, wu: User
) -> None:
    mine, other = failed(zhou), failed(wu)
    client = browser(app, lin)
    page = client.get("/notices/troubles").text
    assert "550 no such mailbox" in page
    assert "Zhou" in page
    assert "Wu" not in text(page), "of another estate"
    assert client.post(f"/deliveries/{mine.id}/tries").status_code == 303
    assert client.post(f"/deliveries/{mine.id}/tries").status_code == 404, "it waits already"
    assert client.post(f"/deliveries/{other.id}/tries").status_code == 404
    assert db.session.get_one(Delivery, mine.id).fate is Fate.WAITING
    assert browser(app, zhou).get("/notices/troubles").status_code == 403


def test_what_failed_for_somebody_without_a_duty_is_seen_where_they_last_served(
    app: Flask, tower: Tower, lin: User, head: User
) -> None:
    coordinator = make_user("Gui", (Role.COORDINATOR, tower.other_estate))
    mei = make_user("Mei", (Role.LEADER, tower.building))
    mine = failed(mei)
    duty = db.session.query(HeldDuty).filter_by(user_id=mei.id).one()
    duty.end(at=now(), by=lin.id)
    db.session.commit()
    for sees in (lin, head):
        assert "Mei" in text(browser(app, sees).get("/notices/troubles").text)
    assert "Mei" not in text(browser(app, coordinator).get("/notices/troubles").text)
    assert browser(app, coordinator).post(f"/deliveries/{mine.id}/tries").status_code == 404
    assert browser(app, lin).post(f"/deliveries/{mine.id}/tries").status_code == 303
    assert db.session.get_one(Delivery, mine.id).fate is Fate.WAITING


def test_what_failed_for_somebody_who_moved_is_seen_where_they_serve_now(
    app: Flask, tower: Tower, lin: User
) -> None:
    wu = make_user("Wu", (Role.LEADER, tower.building), (Role.LEADER, tower.other_building))
    failed(wu)
    here = db.session.query(HeldDuty).filter_by(user_id=wu.id, place_id=tower.building.id).one()
    here.end(at=now(), by=lin.id)
    db.session.commit()
    assert "Wu" not in text(browser(app, lin).get("/notices/troubles").text)


def test_many_failures_take_as_many_queries_as_one(app: Flask, lin: User, tower: Tower) -> None:
    client = browser(app, lin)

    def asked() -> int:
        with counted_queries() as seen:
            assert client.get("/notices/troubles").status_code == 200
        return len(seen)

    failed(make_user("A", (Role.LEADER, tower.building)))
    one = asked()
    for number in range(20):
        failed(make_user(f"B{number}", (Role.LEADER, tower.building)))
    assert asked() == one


def test_a_clockwork_that_never_ran_is_told(app: Flask, lin: User) -> None:
    page = browser(app, lin).get("/notices/troubles").text
    assert "The clockwork has never run" in page


def test_what_may_have_arrived_is_said_so_in_words(app: Flask, lin: User, zhou: User) -> None:
    letter = failed(zhou)
    letter.fate, letter.trouble = Fate.UNKNOWN, "interrupted while sending"
    db.session.commit()
    page = browser(app, lin).get("/notices/troubles").text
    assert "may have arrived" in page
    assert "Interrupted while sending: it may have arrived." in page
    assert "/tries" not in page, "it is never sent twice"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("550 no such mailbox", "The mail server did not take it: 550 no such mailbox"),
        ("[Errno 111] refused", "No connection to the mail server: [Errno 111] refused"),
        (IMPOSSIBLE, "No e-mail can be written to this address."),
        (UNENCRYPTED, "The mail server offers no encryption for the password."),
    ],
)
def test_why_an_e_mail_failed_is_said_in_words(
    app: Flask, lin: User, zhou: User, said: str, shown: str
) -> None:
    failed(zhou).trouble = said
    db.session.commit()
    assert shown in text(browser(app, lin).get("/notices/troubles").text)


def test_an_e_mail_and_a_chat_that_wait_stand_there_with_the_next_try(
    app: Flask, sink: Sink, ear: Ear, lin: User, zhou: User, tower: Tower
) -> None:
    """The mailbox is full and the robot has a fault: both are tried again later and later."""
    zhou.email = "zhou@example.org"
    sink.refuse["zhou@example.org"] = "452 mailbox full"
    ear.status = 500
    make_robot(tower.building, address=ear.address, added_by=lin.id)
    tell_of_task(zhou, due_at=now(), urgent=True)
    happen(tower.building, "warning/1", urgent=True)
    for wait in (0, 2):
        run(app, now() + timedelta(minutes=wait))
        send_to_robots(app, now() + timedelta(minutes=wait))
    page = text(browser(app, lin).get("/notices/troubles").text)
    assert page.count("will be tried again") == 2
    assert "452 mailbox full" in page
    assert "Tasks" in page
    assert "The server answered with a fault. 500" in page
    waits = [row.next_at for row in (*db.session.query(Delivery), *db.session.query(RobotMessage))]
    assert all(wait > now() + timedelta(minutes=6) for wait in waits), "the second wait is longer"


def test_lin_has_a_chat_told_again_and_nobody_else_can(
    app: Flask, lin: User, zhou: User, wu: User, tower: Tower
) -> None:
    mine = refuse(make_robot(tower.building, "Our chat", added_by=lin.id))
    other = refuse(make_robot(tower.other_building, "Their chat", added_by=lin.id))
    client = browser(app, lin)
    page = client.get("/notices/troubles").text
    assert "Our chat" in page
    assert "93000 invalid webhook url" in page
    assert "Their chat" not in page
    assert client.post(f"/robot-messages/{mine.id}/tries").status_code == 303
    assert client.post(f"/robot-messages/{mine.id}/tries").status_code == 404, "it waits already"
    assert client.post(f"/robot-messages/{other.id}/tries").status_code == 404
    assert db.session.get_one(RobotMessage, mine.id).fate is Fate.WAITING
    assert browser(app, zhou).post(f"/robot-messages/{mine.id}/tries").status_code == 403
    assert "Our chat" not in client.get("/notices/troubles").text


def test_many_chats_take_as_many_queries_as_one(app: Flask, lin: User, tower: Tower) -> None:
    client = browser(app, lin)

    def asked() -> int:
        with counted_queries() as seen:
            assert client.get("/notices/troubles").status_code == 200
        return len(seen)

    refuse(make_robot(tower.building, "First", added_by=lin.id))
    one = asked()
    for number in range(20):
        refuse(make_robot(tower.building, f"Chat {number}", added_by=lin.id))
    assert asked() == one
