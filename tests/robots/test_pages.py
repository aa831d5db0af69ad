"""Lin sets up the robots of her chats; who else may not, and nobody sees an address again."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.outbox.models import Fate
from portal.robots import words
from portal.robots.formats import Maker, Trouble
from portal.robots.models import Robot, RobotMessage
from portal.robots.sending import safe_of, send_to_robots
from tests.conftest import Tower, browser, counted_queries
from tests.robots.conftest import Ear
from tests.robots.factory import KEY, happen, make_robot

ADDRESS = f"https://oapi.dingtalk.com/robot/send?access_token={KEY}"
FORM = {
    "name": "Volunteers of building 3",
    "maker": "dingtalk",
    "address": ADDRESS,
    "secret": "SECvery-secret",
    "kinds": ["warning.new", "shifts.stand_in_wanted"],
    "locale": "zh",
    "quiet_from": "21:00",
    "quiet_until": "08:00",
}


def only() -> Robot:
    db.session.expire_all()
    return db.session.scalars(select(Robot)).one()


def test_lin_sets_a_robot_up_and_its_secrets_are_never_shown_again(
    app: Flask, lin: User, tower: Tower
) -> None:
    client = browser(app, lin)
    answer = client.post(f"/places/{tower.building.id}/robots", data=FORM)
    robot = only()
    assert answer.location == f"/robots/{robot.id}"
    assert (robot.maker, robot.host, robot.path) == (
        Maker.DINGTALK,
        "oapi.dingtalk.com",
        tower.building.path,
    )
    safe = safe_of(app.config["SETTINGS"])
    assert safe.open(robot.sealed_address) == ADDRESS
    assert safe.open(str(robot.sealed_secret)) == "SECvery-secret"
    pages = [f"/robots/{robot.id}", f"/places/{tower.building.id}/robots", "/audit"]
    shown = "".join(client.get(url).text for url in pages)
    assert "Volunteers of building 3" in shown
    assert KEY not in shown
    assert "SECvery-secret" not in shown
    deeds = db.session.scalars(select(AuditEvent).where(AuditEvent.subject == "robot")).all()
    assert [deed.action for deed in deeds] == ["robot.added"]


def test_what_is_wrong_is_explained_and_the_secrets_are_asked_for_again(
    app: Flask, lin: User, tower: Tower
) -> None:
    client = browser(app, lin)
    answer = client.post(f"/places/{tower.building.id}/robots", data=FORM | {"name": ""})
    assert answer.status_code == 422
    assert "Please name the chat." in answer.text
    assert KEY not in answer.text
    assert "SECvery-secret" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://oapi.dingtalk.com/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "x" * 600,
    ],
)
def test_an_address_that_no_robot_has_is_refused(
    app: Flask, lin: User, tower: Tower, address: str
) -> None:
    data = FORM | {"address": address}
    answer = browser(app, lin).post(f"/places/{tower.building.id}/robots", data=data)
    assert answer.status_code == 422
    assert "Please copy the whole address" in answer.text
    assert db.session.scalars(select(Robot)).all() == []


def test_a_change_without_an_address_keeps_it(app: Flask, lin: User, tower: Tower) -> None:
    robot = make_robot(tower.building, added_by=lin.id)
    sealed = robot.sealed_address
    data = FORM | {"name": "Another", "address": "", "secret": "", "kinds": ["shifts.rota"]}
    assert browser(app, lin).post(f"/robots/{robot.id}", data=data).status_code == 303
    assert (only().name, only().kinds, only().sealed_address) == (
        "Another",
        ["shifts.rota"],
        sealed,
    )


def test_a_new_secret_or_maker_counts_without_the_address(
    app: Flask, lin: User, tower: Tower
) -> None:
    robot = make_robot(tower.building, added_by=lin.id, secret="SECold")
    sealed, safe = robot.sealed_address, safe_of(app.config["SETTINGS"])
    client = browser(app, lin)
    client.post(f"/robots/{robot.id}", data=FORM | {"address": "", "secret": ""})
    assert (only().maker, safe.open(str(only().sealed_secret))) == (Maker.DINGTALK, "SECold")
    client.post(f"/robots/{robot.id}", data=FORM | {"address": "", "secret": "SECnew"})
    assert (only().sealed_address, safe.open(str(only().sealed_secret))) == (sealed, "SECnew")
    assert (only().host, only().maker) == ("qyapi.weixin.qq.com", Maker.DINGTALK)


def test_a_new_address_drops_the_secret_of_the_old_one_as_the_page_says(
    app: Flask, lin: User, tower: Tower
) -> None:
    robot = make_robot(tower.building, added_by=lin.id, secret="SECold")
    client = browser(app, lin)
    assert "A new address drops the former secret" in client.get(f"/robots/{robot.id}").text
    client.post(f"/robots/{robot.id}", data=FORM | {"secret": ""})
    assert (only().host, only().sealed_secret) == ("oapi.dingtalk.com", None)


def test_no_robot_is_set_up_at_a_group_of_thirty_homes(app: Flask, lin: User, tower: Tower) -> None:
    group = tower.groups(tower.building)[0]
    client = browser(app, lin)
    for answer in (
        client.get(f"/places/{group.id}/robots/new"),
        client.post(f"/places/{group.id}/robots", data=FORM),
    ):
        assert answer.status_code == 409
        assert "set the robot up at a building" in answer.text
    assert db.session.scalars(select(Robot)).all() == []
    assert f"/places/{group.id}/robots" not in client.get(f"/places/{group.id}").text
    assert "New robot" not in client.get(f"/places/{group.id}/robots").text
    assert f"/places/{tower.building.id}/robots" in client.get(f"/places/{tower.building.id}").text


def test_a_trial_goes_to_the_chat_once_a_minute(
    app: Flask, ear: Ear, lin: User, tower: Tower
) -> None:
    robot = make_robot(tower.building, address=ear.address, added_by=lin.id)
    client = browser(app, lin)
    client.post(f"/robots/{robot.id}/trial")
    client.post(f"/robots/{robot.id}/trial")
    send_to_robots(app, now())
    assert 1 <= db.session.query(RobotMessage).count() <= 2
    assert "this is a trial" in ear.texts()[0]


def test_lin_sees_why_a_robot_said_nothing_and_has_it_tried_again(
    app: Flask, ear: Ear, lin: User, tower: Tower
) -> None:
    robot = make_robot(tower.building, address=ear.address, added_by=lin.id)
    ear.says(93000, "invalid webhook url")
    happen(tower.building, "warning/1", urgent=True)
    send_to_robots(app, now())
    client = browser(app, lin)
    page = client.get(f"/robots/{robot.id}").text
    assert "The robot is gone from the chat, or its key is wrong." in page
    assert "93000 invalid webhook url" in page
    assert "given up" in page
    client.post(f"/robots/{robot.id}/tries")
    assert db.session.query(RobotMessage).one().fate is Fate.WAITING


def test_a_robot_out_of_service_says_nothing_and_its_address_is_forgotten(
    app: Flask, ear: Ear, lin: User, tower: Tower
) -> None:
    robot = make_robot(tower.building, address=ear.address, secret="S", added_by=lin.id)
    client = browser(app, lin)
    answer = client.post(f"/robots/{robot.id}/end")
    assert answer.location == f"/places/{tower.building.id}/robots"
    happen(tower.building, "warning/1", urgent=True)
    assert send_to_robots(app, now()) == 0
    assert (only().sealed_address, only().sealed_secret) == ("", None)
    assert client.get(f"/robots/{robot.id}").status_code == 404


def test_many_robots_take_as_many_queries_as_one(app: Flask, lin: User, tower: Tower) -> None:
    client = browser(app, lin)

    def asked() -> int:
        with counted_queries() as seen:
            assert client.get(f"/places/{tower.estate.id}/robots").status_code == 200
        return len(seen)

    make_robot(tower.building, added_by=lin.id)
    one = asked()
    for number in range(60):
        db.session.add(_like(only_first(), f"chat {number}"))
    db.session.commit()
    assert asked() == one


def only_first() -> Robot:
    return db.session.scalars(select(Robot).order_by(Robot.id)).first()  # type: ignore[return-value]


def _like(robot: Robot, name: str) -> Robot:
    values = {
        column.key: getattr(robot, column.key)
        for column in Robot.__table__.columns
        if column.key != "id"
    }
    return Robot(**values | {"name": name})


def test_no_stranger_and_no_neighbour_sees_a_robot(
    app: Flask, lin: User, zhou: User, tower: Tower
) -> None:
    mine = make_robot(tower.building, added_by=lin.id)
    other = make_robot(tower.other_building, added_by=lin.id)
    assert browser(app).get(f"/robots/{mine.id}").status_code == 302
    assert browser(app, zhou).get(f"/robots/{mine.id}").status_code == 403
    client = browser(app, lin)
    assert client.get(f"/robots/{mine.id}").status_code == 200
    assert client.get(f"/robots/{other.id}").status_code == 404
    assert client.get(f"/places/{tower.other_building.id}/robots").status_code == 404


def test_every_trouble_has_words(app: Flask) -> None:
    assert words.TROUBLES.keys() == set(Trouble)
    assert words.MAKERS.keys() == set(Maker)
