"""The cookie of a session: sealed, of a certain age at most, and each request's own."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask, session

from portal import clock
from portal.accounts.models import User
from portal.cookies import KeptCookies
from tests.conftest import browser


def test_a_cookie_changed_by_one_letter_signs_nobody_in(app: Flask, lin: User) -> None:
    client = browser(app, lin)
    assert client.get("/me").status_code == 200
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    for place in (3, len(cookie.value) // 2, len(cookie.value) - 3):
        letter = "A" if cookie.value[place] != "A" else "B"
        client.set_cookie(
            app.config["SESSION_COOKIE_NAME"],
            cookie.value[:place] + letter + cookie.value[place + 1 :],
        )
        assert client.get("/me").status_code == 302


def test_a_cookie_seen_before_ends_with_its_time(
    app: Flask, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, real = browser(app, lin), clock.now
    assert client.get("/me").status_code == 200
    later = app.permanent_session_lifetime + timedelta(minutes=1)

    monkeypatch.setattr("portal.cookies.now", lambda: real() + later)
    assert client.get("/me").status_code == 302


def test_what_one_request_adds_to_a_list_is_not_there_in_another_of_the_same_cookie(
    app: Flask,
) -> None:
    name, seal = app.config["SESSION_COOKIE_NAME"], app.session_interface
    assert isinstance(seal, KeptCookies)
    signer = seal.get_signing_serializer(app)
    assert signer
    cookie = {"Cookie": f"{name}={signer.dumps({'undo': [1, 2], 'csrf_token': 'x'})}"}
    for _ in range(3):
        with app.test_request_context(headers=cookie):
            assert session["undo"] == [1, 2]
            session["undo"].append(3)


def test_a_token_found_good_is_good_for_its_own_session_only(
    app: Flask, lin: User, zhou: User
) -> None:
    """Also when it is sent again, and by somebody else who has come by it."""
    with patch.dict(app.config, WTF_CSRF_ENABLED=True):
        mine, other = browser(app, lin), browser(app, zhou)
        token = str(re.search(r'csrf_token" value="([^"]+)"', mine.get("/me").text)[1])  # type: ignore[index]
        other.get("/me")
        asked = {"csrf_token": token, "large": "1"}
        for _ in range(2):
            assert mine.post("/preferences/large-text", data=asked).status_code == 303
            assert other.post("/preferences/large-text", data=asked).status_code == 400
            damaged = asked | {"csrf_token": token[:-1]}
            assert mine.post("/preferences/large-text", data=damaged).status_code == 400
            assert mine.post("/preferences/large-text", data={"large": "1"}).status_code == 400
