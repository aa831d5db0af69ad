"""What happens reaches the chats that want it: once, as counts, at a fit hour, judged honestly."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from portal.access import Role
from portal.clock import at as moment_at
from portal.clock import now
from portal.db import db
from portal.notices.timing import RETRIES
from portal.outbox.models import Fate
from portal.robots import actions, line, queries
from portal.robots.formats import MOST_A_MINUTE, PENALTY, Maker, Trouble
from portal.robots.models import Robot, RobotMessage
from portal.robots.sending import LEASE, send_to_robots
from tests.at_once import at_once
from tests.conftest import Tower, make_user
from tests.robots.conftest import Ear
from tests.robots.factory import KEY, happen, make_robot

NOON = moment_at((now() + timedelta(days=1)).date(), now().time().replace(hour=12, minute=0))
NIGHT = NOON + timedelta(hours=11)


@pytest.fixture
def robot(ear: Ear, tower: Tower) -> Robot:
    """In the chat of the volunteers of building 3."""
    return make_robot(tower.building, address=ear.address)


def only() -> RobotMessage:
    db.session.expire_all()
    found: RobotMessage = db.session.query(RobotMessage).one()
    return found


def test_a_chat_hears_how_many_and_where_once(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    group = tower.groups(tower.building)[0]
    for number in range(3):
        happen(group, f"warning/{number}")
    happen(tower.building, "shift/1", "shifts.stand_in_wanted")
    assert send_to_robots(app, NOON) == 1
    assert send_to_robots(app, NOON + timedelta(days=9)) == 0
    assert ear.texts() == [
        """[Bulou]
和风苑, Building 3: 1 stand-in wanted
和风苑, Building 3: 3 new warnings
More in the portal: https://portal.example.org"""
    ]
    assert {row.fate for row in db.session.query(RobotMessage)} == {Fate.SENT}


def test_the_same_thing_told_twice_is_heard_once(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    for _ in range(2):
        happen(tower.building, "warning/1")
        send_to_robots(app, NOON)
    assert len(ear.heard) == 1


def test_a_chat_hears_only_of_its_place_and_of_the_kinds_it_wants(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    happen(tower.other_building, "warning/1")
    happen(tower.estate, "warning/2")
    happen(tower.building, "plan/1", "shifts.rota")
    happen(tower.building, "warning/3", stale_at=NOON)
    assert send_to_robots(app, NOON) == 0
    assert db.session.query(RobotMessage).count() == 0


def test_a_chat_is_spoken_to_in_its_language(app: Flask, ear: Ear, tower: Tower) -> None:
    make_robot(tower.community, address=ear.address, locale="zh")
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert "1 条新预警" in ear.texts()[0]
    assert "和风苑 3栋：" in ear.texts()[0]


def test_at_night_a_chat_is_left_in_peace_unless_it_is_urgent(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    happen(tower.building, "shift/1", "shifts.stand_in_wanted")
    happen(tower.building, "warning/1", urgent=True)
    assert send_to_robots(app, NIGHT) == 1
    assert "stand-in" not in ear.texts()[0]
    assert send_to_robots(app, NIGHT + timedelta(hours=9)) == 1


def test_dingtalk_gets_a_signature_that_it_can_check(app: Flask, ear: Ear, tower: Tower) -> None:
    make_robot(tower.building, address=ear.address, maker=Maker.DINGTALK, secret="SECtest")
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    asked = parse_qs(urlsplit(ear.heard[0][0]).query)
    assert asked["access_token"] == [KEY]
    stamp = int(asked["timestamp"][0]) / 1000
    assert 0 <= stamp - NOON.timestamp() < 60
    assert len(asked["sign"][0]) == 44


# Refused -----------------------------------------------------------------------------------------


def test_a_refusal_in_an_answer_200_is_a_failure_and_is_tried_again(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    ear.says(40058, f"invalid parameter, token {KEY}")
    happen(tower.building, "warning/1")
    assert send_to_robots(app, NOON) == 0
    row = only()
    assert (row.fate, row.trouble, row.tries) == (Fate.WAITING, Trouble.REFUSED, 1)
    assert row.said == "40058 invalid parameter, token …", "the key stands in no answer kept"
    assert timedelta(0) <= row.next_at - NOON - RETRIES[0] < timedelta(minutes=1)
    ear.says(0)
    assert send_to_robots(app, NOON + timedelta(minutes=2)) == 1
    assert (only().fate, only().trouble) == (Fate.SENT, None)


def test_what_goes_wrong_with_one_chat_silences_no_other(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    broken = make_robot(tower.building, "Broken", address=ear.address)
    broken.recent = ["never"]  # type: ignore[list-item]
    another = make_robot(tower.building, "Another", address=ear.address)
    happen(tower.building, "warning/1")
    assert send_to_robots(app, NOON) == 2
    fates = {row.robot_id: row.fate for row in db.session.query(RobotMessage)}
    assert fates == {robot.id: Fate.SENT, broken.id: Fate.WAITING, another.id: Fate.SENT}


def test_an_answer_that_no_database_keeps_is_a_refusal_like_any(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    ear.answer = rb'{"errcode": 7, "errmsg": "\ud800\u0000 no"}'
    happen(tower.building, "warning/1")
    assert send_to_robots(app, NOON) == 0
    assert (only().fate, only().said) == (Fate.WAITING, "7 no")


def test_what_fails_for_two_days_is_given_up(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    robot.quiet_from = robot.quiet_until
    ear.status = 500
    happen(tower.building, "warning/1")
    moment = NOON
    for _ in range(len(RETRIES) + 3):
        send_to_robots(app, moment)
        moment = max(moment, only().next_at) + timedelta(seconds=30)
    assert only().fate is Fate.GIVEN_UP
    assert len(ear.heard) == len(RETRIES) + 1


def test_a_robot_that_is_gone_is_not_asked_again_until_somebody_says_so(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    ear.says(93000, "invalid webhook url")
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert (only().fate, only().trouble) == (Fate.GIVEN_UP, Trouble.GONE)
    ear.says(0)
    assert send_to_robots(app, NOON + timedelta(days=3)) == 0
    actions.try_again(robot, at=NOON)
    db.session.commit()
    assert send_to_robots(app, NOON + timedelta(minutes=1)) == 1


def test_no_redirect_is_followed(app: Flask, ear: Ear, robot: Robot, tower: Tower) -> None:
    ear.status, ear.headers = 302, {"Location": ear.address}
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert len(ear.heard) == 1
    assert (only().fate, only().trouble) == (Fate.GIVEN_UP, Trouble.REDIRECTED)


def test_a_robot_that_is_told_too_much_gets_ten_minutes_of_peace(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    ear.says(410100, "too fast")
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert timedelta(0) <= only().next_at - NOON - PENALTY < timedelta(minutes=1)


def test_no_more_than_twenty_messages_go_out_in_a_minute(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    robot.recent = [NOON.timestamp() - 1] * (MOST_A_MINUTE - 2)
    for number in range(7):
        happen(tower.building, f"warning/{number}")
        send_to_robots(app, NOON)
    assert len(ear.heard) == 2
    assert send_to_robots(app, NOON + timedelta(seconds=90)) == 1
    assert "5 new warnings" in ear.texts()[-1]


# In doubt ----------------------------------------------------------------------------------------


def test_what_may_have_arrived_is_never_said_again(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    ear.before_answer = hang_up
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert (only().fate, only().trouble) == (Fate.UNKNOWN, Trouble.SILENT)
    actions.try_again(robot, at=NOON)
    db.session.commit()
    assert send_to_robots(app, NOON + timedelta(days=3)) == 0


def test_a_robot_that_drags_on_is_cut_off(
    app: Flask, ear: Ear, robot: Robot, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some bytes now and then would keep a reader waiting for ever."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(40):
            with suppress(OSError):
                handler.wfile.write(b"H")
            time.sleep(0.05)

    monkeypatch.setattr(line, "ALL_PATIENCE", 0.3)
    ear.before_answer = drip
    happen(tower.building, "warning/1")
    started = time.monotonic()
    send_to_robots(app, NOON)
    assert time.monotonic() - started < 2
    assert only().fate is Fate.UNKNOWN


def test_a_sender_that_dies_leaves_a_doubt_and_sends_nothing_twice(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    happen(tower.building, "warning/1")
    actions.spread(NOON, most=9)
    ids = queries.take_due(robot.id, NOON, until=NOON + LEASE, most=9)
    assert actions.start(robot.id, ids, at=NOON) == (True, None)
    db.session.commit()
    assert send_to_robots(app, NOON) == 0
    assert send_to_robots(app, NOON + LEASE) == 0
    assert (only().fate, only().trouble) == (Fate.UNKNOWN, Trouble.INTERRUPTED)
    assert ear.heard == []


# Where it must not go ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_of_our_own_network_is_not_spoken_to(
    app: Flask, ear: Ear, tower: Tower, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only the name server says that it is one, and whatever was checked before."""
    strict = replace(app.config["SETTINGS"], robots_nearby=False)
    monkeypatch.setitem(app.config, "SETTINGS", strict)
    make_robot(tower.building, address=f"https://{host}/send?key={KEY}")
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert (only().fate, only().trouble) == (Fate.GIVEN_UP, Trouble.FORBIDDEN)
    assert ear.heard == []


def test_without_the_key_of_the_installation_nothing_is_sent_and_it_is_said(
    app: Flask, ear: Ear, robot: Robot, tower: Tower
) -> None:
    robot.sealed_address = robot.sealed_address[::-1]
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    assert (only().fate, only().trouble) == (Fate.GIVEN_UP, Trouble.UNREADABLE)


def test_no_secret_stands_in_the_database_or_in_a_log(
    app: Flask, ear: Ear, tower: Tower, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    ear.status = 500
    robot = make_robot(
        tower.building, address=ear.address, maker=Maker.DINGTALK, secret="SEC-of-the-chat"
    )
    happen(tower.building, "warning/1")
    send_to_robots(app, NOON)
    kept = " ".join(map(str, [*vars(robot).values(), *vars(only()).values()]))
    for secret in (KEY, "SEC-of-the-chat"):
        assert secret not in kept
        assert secret not in caplog.text


@pytest.mark.commits
def test_four_ticks_at_once_say_everything_once(
    real: Flask, app: Flask, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(real.config, "SETTINGS", settings)
    tower = Tower()
    maker = make_user("Maker", (Role.COORDINATOR, tower.community))
    robots = [
        make_robot(tower.building, f"chat {n}", address=ear.address, added_by=maker.id)
        for n in range(5)
    ]
    for number in range(7):
        happen(tower.building, f"warning/{number}", urgent=True)
    moment = now() + timedelta(minutes=1)

    def run() -> int:
        with real.app_context():
            return send_to_robots(real, moment)

    at_once([run] * 4)
    told = sum(int(words.partition(" new")[0].rpartition(" ")[2]) for words in ear.texts())
    assert told == 7 * len(robots)
    assert {row.fate for row in db.session.query(RobotMessage)} == {Fate.SENT}
