"""Blocking, unblocking and new passwords, by whoever stands above all duties of somebody."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.db import db
from tests.accounts.conftest import sign_in
from tests.conftest import Tower, browser, make_user, token_for

VERBS = ("disable", "enable", "password")


def deeds() -> list[str]:
    return [row.action for row in db.session.query(AuditEvent).order_by(AuditEvent.id)]


def test_a_blocked_account_is_out_and_stays_out_until_unblocked(
    app: Flask, lin: User, li: User
) -> None:
    client, coordinator = browser(app, li), browser(app, lin)
    assert coordinator.post(f"/people/{li.id}/disable").location == f"/people/{li.id}"
    assert client.get("/me").status_code == 302
    assert sign_in(browser(app)).status_code == 422
    assert "blocked" in coordinator.get(f"/people/{li.id}").text
    assert coordinator.post(f"/people/{li.id}/enable").status_code == 303
    assert client.get("/me").status_code == 302  # the old sign-ins stay ended
    assert sign_in(browser(app)).status_code == 303
    assert deeds() == ["account.disabled", "account.enabled"]


def test_a_new_password_is_shown_once_and_ends_every_sign_in(
    app: Flask, lin: User, li: User
) -> None:
    client, coordinator = browser(app, li), browser(app, lin)
    answer = coordinator.post(f"/people/{li.id}/password")
    (password,) = re.findall(r"<b>(\w{4}-\w{4})</b>", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/me").status_code == 302
    assert sign_in(browser(app)).status_code == 422
    assert sign_in(browser(app), password=password).status_code == 303
    assert deeds() == ["password.reset"]


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_does_it_to_themselves_or_to_somebody_above(
    app: Flask, tower: Tower, lin: User, verb: str
) -> None:
    above = make_user(
        "Above", (Role.VOLUNTEER, tower.building), (Role.COORDINATOR, tower.community)
    )
    before = above.password_hash
    for user in (lin, above):
        answer = browser(app, lin).post(f"/people/{user.id}/{verb}")
        assert answer.status_code == 409
    assert "all duties of this person" in answer.text
    assert db.session.get_one(User, above.id).password_hash == before
    assert not db.session.get_one(User, above.id).is_disabled
    assert deeds() == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_duty_in_another_community_protects_the_account(
    app: Flask, tower: Tower, head: User, verb: str
) -> None:
    both = make_user("Both", (Role.VOLUNTEER, tower.building), (Role.VOLUNTEER, tower.far_building))
    client = browser(app, head)
    answer = client.post(f"/people/{both.id}/{verb}")
    assert answer.status_code == 409
    assert "东湖" not in answer.text
    assert "Block the account" not in client.get(f"/people/{both.id}").text


@pytest.mark.parametrize("verb", VERBS)
def test_neighbours_volunteers_and_strangers_do_nothing(
    app: Flask, wu: User, chen: User, li: User, verb: str
) -> None:
    url = f"/people/{li.id}/{verb}"
    assert browser(app, wu).post(url).status_code == 404
    assert browser(app, chen).post(url).status_code == 403
    assert browser(app).post(url).status_code == 401
    assert browser(app, wu).get(url).status_code == 405


def test_every_community_concerned_has_the_deed_in_its_trail(app: Flask, tower: Tower) -> None:
    places = (tower.community, tower.elsewhere)
    everywhere = make_user("Everywhere", *((Role.ADMIN, place) for place in places))
    both = make_user("Both", (Role.VOLUNTEER, tower.building), (Role.VOLUNTEER, tower.far_building))
    assert browser(app, everywhere).post(f"/people/{both.id}/disable").status_code == 303
    lines = db.session.query(AuditEvent.community_id, AuditEvent.action)
    assert {tuple(line) for line in lines} == {
        (place.community_id, "account.disabled") for place in places
    }


def test_an_account_without_a_duty_is_looked_after_where_it_served(
    app: Flask, lin: User, zhou: User
) -> None:
    token_for(zhou)
    client = browser(app, lin)
    (duty,) = re.findall(r"/duties/\d+/end", client.get(f"/people/{zhou.id}").text)[:1]
    client.post(duty)
    assert client.post(f"/people/{zhou.id}/disable").status_code == 303
    assert deeds() == ["duty.ended", "account.disabled"]
