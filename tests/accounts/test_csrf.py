"""No change without the token of the form, and none through a link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, url_for

from portal.accounts.models import HeldDuty, User
from portal.db import db
from tests.accounts.conftest import PASSWORD, PHONE
from tests.conftest import browser


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with its forms guarded, as it runs for people."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    return app


def token(page: str) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1])


def test_nothing_is_posted_without_a_token(guarded: Flask, lin: User, zhou: User) -> None:
    rules = [
        rule
        for rule in guarded.url_map.iter_rules()
        if rule.endpoint.startswith("accounts.") and "POST" in (rule.methods or ())
    ]
    assert len(rules) >= 10
    client = browser(guarded, lin)
    values: dict[str, Any] = {"user_id": zhou.id, "duty_id": 1, "sign_in_id": "0" * 16}
    for rule in rules:
        with guarded.test_request_context():
            url = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        assert client.post(url, data={"csrf_token": "forged"}).status_code == 400, url
        assert client.post(url).status_code == 400, url
    assert client.get("/me").status_code == 200
    assert db.session.query(HeldDuty).filter_by(ended_at=None).count() == 2


def test_the_forms_of_the_pages_carry_it(guarded: Flask, li: User) -> None:
    client = browser(guarded)
    data = {"phone": PHONE, "password": PASSWORD}
    page = client.get("/sign-in").text
    assert client.post("/sign-in", data=data).status_code == 400
    assert client.post("/sign-in", data=data | {"csrf_token": token(page)}).status_code == 303


def test_the_token_of_another_person_is_worth_nothing(
    guarded: Flask, lin: User, zhou: User
) -> None:
    stolen = token(browser(guarded, zhou).get("/me").text)
    client = browser(guarded, lin)
    client.get("/me")
    assert client.post("/sign-out", data={"csrf_token": stolen}).status_code == 400
    assert client.get("/me").status_code == 200


def test_signing_in_makes_the_old_token_worthless(guarded: Flask, li: User) -> None:
    client = browser(guarded)
    old = token(client.get("/sign-in").text)
    client.post("/sign-in", data={"phone": PHONE, "password": PASSWORD, "csrf_token": old})
    assert client.get("/me").status_code == 200
    assert client.post("/sign-out", data={"csrf_token": old}).status_code == 400


def test_a_form_on_a_foreign_page_is_refused(guarded: Flask, li: User) -> None:
    client = browser(guarded)
    data = {"phone": PHONE, "password": PASSWORD, "csrf_token": token(client.get("/sign-in").text)}
    for site in ("cross-site", "same-site"):
        answer = client.post("/sign-in", data=data, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert client.get("/me").status_code == 302
    own = client.post("/sign-in", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 303
    assert client.get("/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
