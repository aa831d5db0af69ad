"""Adding somebody: an account with a first duty, or a duty for an account that exists."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.actions import give_duty
from portal.accounts.models import HeldDuty, User
from portal.accounts.queries import maybe_user
from portal.audit.models import AuditEvent
from portal.db import db
from tests.accounts.conftest import PASSWORD, sign_in
from tests.conftest import Tower, browser, make_building, make_place, make_user

NEW = {"name": "Sun Li", "phone": "138-1111 2222", "role": "volunteer", "place": "和风苑/3"}


def test_somebody_new_gets_a_password_that_is_shown_once(app: Flask, lin: User) -> None:
    client = browser(app, lin)
    answer = client.post("/people/new", data=NEW)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    (password,) = re.findall(r"<b>(\w{4}-\w{4})</b>", answer.text)
    sun = maybe_user("13811112222")
    assert sun is not None
    assert password not in client.get(f"/people/{sun.id}").text
    newcomer = browser(app)
    assert sign_in(newcomer, phone="13811112222", password=password).status_code == 303
    assert "和风苑 3栋" in newcomer.get("/me").text


def test_a_first_password_may_be_typed(app: Flask, lin: User) -> None:
    answer = browser(app, lin).post("/people/new", data=NEW | {"password": PASSWORD})
    sun = maybe_user("13811112222")
    assert sun is not None
    assert (answer.status_code, answer.location) == (303, f"/people/{sun.id}")
    assert sign_in(browser(app), phone="13811112222").status_code == 303


@pytest.mark.parametrize("place", ["和风苑 3栋", "和风苑3栋", "和风苑/3栋", "和风苑，3"])
def test_a_place_may_be_typed_as_the_pages_call_it(app: Flask, lin: User, place: str) -> None:
    browser(app, lin).post("/people/new?lang=zh", data=NEW | {"place": place})
    sun = maybe_user("13811112222")
    assert sun is not None
    assert "和风苑 3栋" in browser(app, lin).get(f"/people/{sun.id}?lang=zh").text


def test_both_deeds_are_in_the_trail(app: Flask, lin: User) -> None:
    browser(app, lin).post("/people/new", data=NEW)
    lines = [row.action for row in db.session.query(AuditEvent).order_by(AuditEvent.id)]
    assert lines == ["account.added", "duty.given"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "\u200b\u202e"},
        {"name": "x" * 61},
        {"phone": "12"},
        {"place": "桂香苑/1"},
        {"role": "admin"},
        {"password": "12345678"},
        {"password": "sunli123"},
    ],
)
def test_what_cannot_be_taken_is_explained(app: Flask, lin: User, changes: dict[str, str]) -> None:
    answer = browser(app, lin).post("/people/new", data=NEW | changes)
    assert answer.status_code == 422
    assert "Please look at these again" in answer.text
    assert maybe_user("13811112222") is None


def test_rank_cannot_be_smuggled_in(app: Flask, tower: Tower, zhou: User) -> None:
    client = browser(app, zhou)
    assert client.post("/people/new", data=NEW | {"role": "admin"}).status_code == 422
    smuggled = {"user_id": "1", "community_id": str(tower.elsewhere.id), "path": "/", "rank": "4"}
    assert client.post("/people/new", data=NEW | smuggled).status_code == 200
    sun = maybe_user("13811112222")
    assert sun is not None
    duty = db.session.query(HeldDuty).filter_by(user_id=sun.id).one()
    assert (duty.role, duty.path) == (Role.VOLUNTEER, tower.building.path)
    assert duty.community_id == tower.community.id


def test_a_leader_makes_nobody_equal_in_the_same_building(app: Flask, zhou: User) -> None:
    answer = browser(app, zhou).post("/people/new", data=NEW | {"role": "leader"})
    assert answer.status_code == 409
    assert maybe_user("13811112222") is None


def test_whoever_has_an_account_keeps_it_and_gets_the_duty(
    app: Flask, tower: Tower, lin: User
) -> None:
    far = make_user("Sun Li", (Role.LEADER, tower.far_building), phone="13811112222")
    answer = browser(app, lin).post("/people/new", data=NEW | {"password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, f"/people/{far.id}")
    page = browser(app, lin).get(f"/people/{far.id}").text
    assert "和风苑/3" in page
    assert "东湖" not in page
    assert db.session.get_one(User, far.id).password_hash is None


def test_a_number_with_another_name_gives_no_duty_and_no_name_away(
    app: Flask, tower: Tower, lin: User
) -> None:
    far = make_user("Deng Hua", (Role.LEADER, tower.far_building), phone="13811112222")
    answer = browser(app, lin).post("/people/new", data=NEW)
    assert answer.status_code == 422
    assert "under another name" in answer.text
    assert "Deng" not in answer.text
    assert db.session.query(HeldDuty).filter_by(user_id=far.id).count() == 1


def test_only_those_who_manage_people_add_them(app: Flask, chen: User) -> None:
    assert browser(app).get("/people/new").location == "/sign-in?next=/people/new"
    assert browser(app).post("/people/new", data=NEW).status_code == 401
    assert browser(app, chen).get("/people/new").status_code == 403
    assert browser(app, chen).post("/people/new", data=NEW).status_code == 403


def test_the_empty_form_offers_what_lin_may_give(app: Flask, lin: User) -> None:
    page = browser(app, lin).get("/people/new").text
    assert 'value="coordinator"' in page
    assert 'value="admin"' not in page


def test_a_place_that_is_not_there_is_not_taken_for_another(
    app: Flask, tower: Tower, lin: User
) -> None:
    estate = make_place(tower.community, "和风苑1")
    give_duty(lin, Role.COORDINATOR, estate, by=None)
    make_building(estate, "22", units=1, floors=1)
    browser(app, lin).post("/people/new?lang=zh", data=NEW | {"place": "和风苑/122"})
    assert maybe_user("13811112222") is None
    browser(app, lin).post("/people/new?lang=zh", data=NEW | {"place": "和风苑1/22"})
    assert maybe_user("13811112222") is not None
