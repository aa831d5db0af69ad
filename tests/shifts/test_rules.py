"""What a community asks of shifts, decided by its coordinator."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.shifts.models import RotaRules
from tests.conftest import Tower, browser
from tests.shifts.factory import evening, make_shift, put, standings

FORM = {"rest_hours": "2", "most_a_day": "2", "cancel_hours": "6", "answer_hours": "3"}


def test_the_rules_hold_from_the_next_sign_up_on(
    app: Flask, tower: Tower, head: User, chen: User
) -> None:
    mine = make_shift(tower, tower.building, evening(9, 8), hours=1)
    close = make_shift(tower, tower.building, evening(9, 12))
    soon = make_shift(tower, tower.building, now() + timedelta(hours=7))
    put(mine, chen)
    put(soon, chen)
    client, url = browser(app, chen), f"/places/{tower.community.id}/shift-rules"
    assert client.post(f"/shifts/{close.id}/signup").status_code == 409
    assert client.post(f"/shifts/{soon.id}/signup/end").status_code == 409
    coordinator = browser(app, head)
    assert 'value="20"' in coordinator.get(url).text
    assert coordinator.post(url, data=FORM).status_code == 303
    assert client.post(f"/shifts/{close.id}/signup").status_code == 303
    assert client.post(f"/shifts/{soon.id}/signup/end").status_code == 303
    assert standings(soon) == {"Chen": "cancelled"}


def test_only_whoever_plans_the_community_decides(
    app: Flask, tower: Tower, head: User, lin: User, zhou: User
) -> None:
    url = f"/places/{tower.community.id}/shift-rules"
    assert browser(app, zhou).post(url, data=FORM).status_code == 403
    assert browser(app, lin).post(url, data=FORM).status_code == 404
    assert browser(app, head).get(f"/places/{tower.estate.id}/shift-rules").status_code == 404
    assert browser(app, head).post(url, data={**FORM, "rest_hours": "99"}).status_code == 422
    assert db.session.query(RotaRules).count() == 0
