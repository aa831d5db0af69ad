"""Signing in by phone number and password, and out again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import passwords
from portal.accounts.models import SignIn, User
from portal.accounts.sign_in_queries import token_hash
from portal.clock import now
from portal.db import db
from tests.accounts.conftest import PASSWORD, PHONE, sign_in
from tests.conftest import HTMX, browser, make_user, token_for


def token_in(client: FlaskClient) -> str | None:
    with client.session_transaction() as session:
        return session.get("_user_id")


def sign_ins_of(user: User) -> list[SignIn]:
    return list(db.session.query(SignIn).filter_by(user_id=user.id, ended_at=None))


def test_li_signs_in_and_is_known(app: Flask, li: User) -> None:
    client = browser(app)
    answer = sign_in(client, headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/604.1"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Li" in client.get("/me").text
    (kept,) = sign_ins_of(li)
    assert kept.device == "Safari · iPhone"
    assert kept.token_hash == token_hash(token_in(client) or "")


def test_the_phone_number_may_be_written_as_people_do(app: Flask, li: User) -> None:
    assert sign_in(browser(app), phone=" +86 １00-0000-1234 ").status_code == 303


def test_a_right_password_is_no_guess(app: Flask, li: User, verified: list[str]) -> None:
    assert [sign_in(browser(app)).status_code for _ in range(15)] == [303] * 15


@pytest.mark.parametrize("who", ["wrong password", "unknown", "blocked", "without password"])
def test_all_failures_look_alike_and_cost_one_verification(
    app: Flask, li: User, verified: list[str], who: str
) -> None:
    make_user("Blocked", phone="10000005555", password_hash=li.password_hash, disabled_at=now())
    make_user("Waiting", phone="10000006666")
    phones = {"blocked": "10000005555", "without password": "10000006666", "unknown": "10000007777"}
    client = browser(app)
    client.set_cookie("bulou-locale", "en")
    wrong = "wrong words" if who == "wrong password" else PASSWORD
    answer = sign_in(client, phone=phones.get(who, PHONE), password=wrong)
    assert answer.status_code == 422
    assert "The phone number or the password is not right." in answer.text
    assert [kept.split("$")[0] for kept in verified] == [passwords.METHOD]
    assert token_in(client) is None


@pytest.mark.parametrize("password", ["x" * 129, "x" * 1_000_000])
def test_a_huge_password_is_refused_before_it_is_hashed(
    app: Flask, li: User, verified: list[str], password: str
) -> None:
    assert sign_in(browser(app), password=password).status_code == 422
    assert verified == []


@pytest.mark.parametrize("phone", ["", "Auntie Li", "\u200b", "１２３", "%"])
def test_what_is_no_phone_number_is_said_at_once(
    app: Flask, verified: list[str], phone: str
) -> None:
    assert sign_in(browser(app), phone=phone).status_code == 422
    assert verified == []


def test_a_session_planted_before_signing_in_is_replaced(app: Flask, li: User) -> None:
    client = browser(app)
    with client.session_transaction() as session:
        session["_user_id"] = "planted"
        session["left behind"] = "by somebody else"
    sign_in(client)
    assert token_in(client) not in {None, "planted"}
    with client.session_transaction() as session:
        assert "left behind" not in session


def test_every_sign_in_has_a_token_of_its_own_and_ends_the_one_before(app: Flask, li: User) -> None:
    client = browser(app)
    tokens = []
    for _ in range(2):
        sign_in(client)
        tokens.append(token_in(client))
    assert len(set(tokens)) == 2
    assert [kept.token_hash for kept in sign_ins_of(li)] == [token_hash(tokens[1] or "")]


def test_what_the_database_knows_opens_nothing(app: Flask, li: User) -> None:
    known = token_hash(token_for(li))
    for planted in (known, known[:16], "", "1", str(li.id)):
        client = browser(app)
        with client.session_transaction() as session:
            session["_user_id"] = planted
        assert client.get("/me").location == "/sign-in?next=/me"


def test_signing_out_ends_the_sign_in_on_the_server(app: Flask, li: User) -> None:
    client = browser(app)
    sign_in(client)
    stolen = token_in(client)
    assert client.post("/sign-out").location == "/"
    assert sign_ins_of(li) == []
    thief = browser(app)
    with thief.session_transaction() as session:
        session["_user_id"] = stolen
    assert thief.get("/me").status_code == 302


def test_signing_out_twice_or_as_a_stranger_does_no_harm(app: Flask) -> None:
    assert browser(app).post("/sign-out").status_code == 303
    assert browser(app).get("/sign-out").status_code == 405


def test_a_blocked_account_is_out_at_the_next_request(app: Flask, li: User) -> None:
    client = browser(app, li)
    assert client.get("/me").status_code == 200
    li.disable(at=now())
    db.session.commit()
    assert client.get("/me").location == "/sign-in?next=/me"


def test_a_sign_in_lasts_thirty_days(app: Flask, li: User) -> None:
    client = browser(app)
    sign_in(client)
    (kept,) = sign_ins_of(li)
    assert kept.expires_at - kept.started_at == timedelta(days=30)
    kept.expires_at = now()
    db.session.commit()
    assert client.get("/me").status_code == 302


def test_a_fragment_asked_for_after_the_end_loads_the_sign_in_page(app: Flask) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://localhost/people?q=Li"}
    answer = browser(app).get("/people", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/people?q%3DLi"


def test_after_signing_in_the_page_asked_for_is_shown(app: Flask, li: User) -> None:
    client = browser(app)
    asked = client.get("/people?q=Li").location
    assert 'action="/sign-in?next=/people?q%3DLi"' in client.get(asked).text
    assert sign_in(client, url="/sign-in?next=/people?q%3DLi").location == "/people?q=Li"
    assert client.get("/sign-in?next=/me").location == "/me"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "/%2fevil.example",
        "/%252fevil.example",
        "/%5cevil.example",
        "/\tevil.example",
        "/%0d%0aLocation:evil",
        "evil.example",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(app: Flask, li: User, elsewhere: str) -> None:
    client = browser(app)
    answer = client.post(
        "/sign-in", query_string={"next": elsewhere}, data={"phone": PHONE, "password": PASSWORD}
    )
    assert (answer.status_code, answer.location) == (303, "/")


def test_the_page_names_its_fields_for_password_managers(app: Flask) -> None:
    page = browser(app).get("/sign-in").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_failures_are_logged_without_the_number(
    app: Flask, li: User, caplog: pytest.LogCaptureFixture
) -> None:
    unknown = "13812345678"
    sign_in(browser(app), password="not the right one")
    sign_in(browser(app), phone=unknown)
    li.disable(at=now())
    db.session.commit()
    for _ in range(11):
        sign_in(browser(app))
    said = [r.message for r in caplog.records if r.name == "portal.security"]
    assert said[:3] == [
        "sign-in failed for 100****1234: wrong password",
        "sign-in failed for 138****5678: unknown number",
        "sign-in failed for 100****1234: blocked account",
    ]
    assert said[-1] == "sign-in failed for 100****1234: too many tries"
    assert unknown not in caplog.text
    assert PHONE not in caplog.text


def test_a_right_password_is_not_logged(
    app: Flask, li: User, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(browser(app))
    assert [r for r in caplog.records if r.name == "portal.security"] == []
