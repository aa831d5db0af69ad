"""What every answer carries, and how refusals look."""

from __future__ import annotations

import errno
import gzip
import hashlib
import importlib.resources
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.access import signed_in
from portal.accounts.models import User
from portal.dates import date_of, moment, stamp, weekday
from portal.db import db, engine_options
from portal.web import busy, is_local
from tests.conftest import HTMX, Tower, browser
from tests.coverage.factory import make_round, new_id

HTMX_SHA256 = "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"


def test_every_answer_forbids_what_pages_do_not_need(app: Flask) -> None:
    for url in ("/sign-in", "/no-such-page", "/static/app.css"):
        with browser(app).get(url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in browser(app).get("/sign-in").headers
    secure = browser(app).get("/sign-in", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_personal_pages_are_not_stored(app: Flask, lin: User) -> None:
    answer = browser(app, lin).get("/me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_large_answers_are_packed_for_those_who_can_unpack(app: Flask) -> None:
    for url in ("/sign-in", "/static/app.css"):
        with plain(app).get(url, headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["Content-Encoding"] == "gzip"
            assert b"<" in gzip.decompress(packed.data) or b"{" in gzip.decompress(packed.data)
    assert "Content-Encoding" not in browser(app).get("/sign-in").headers


def plain(app: Flask) -> FlaskClient:
    """A client that looks at bytes and parses nothing."""
    return FlaskClient(app, Response)


def test_htmx_is_the_file_we_know(app: Flask) -> None:
    file = importlib.resources.files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == HTMX_SHA256
    with browser(app).get("/vendor/htmx.min.js") as answer:
        assert answer.status_code == 200


def test_a_fragment_asked_for_after_the_end_of_a_sign_in_loads_the_sign_in_page(
    app: Flask,
) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://localhost/rounds?x=1"}
    answer = browser(app).get("/rounds", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/rounds?x%3D1"
    assert browser(app).get("/rounds").location == "/sign-in?next=/rounds"
    headers["HX-Current-URL"] = "http://[::1"  # no address at all
    assert browser(app).get("/rounds", headers=headers).headers["HX-Redirect"] == "/sign-in?next="


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("/rounds/3?x=1", True),
        ("//evil", False),
        ("/\\evil", False),
        ("https:evil", False),
        ("javascript:alert(1)", False),
        ("/%2f%2fevil", False),
        ("%2f%2fevil", False),
        ("/%5cevil", False),
        ("/a\nb", False),
        ("", False),
    ],
)
def test_only_addresses_of_this_site_are_followed(url: str, *, local: bool) -> None:
    assert is_local(url) is local


def test_a_wrong_method_changes_nothing_and_says_which_are_right(app: Flask, lin: User) -> None:
    answer = browser(app, lin).delete("/rounds")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_refusal_leads_back_to_the_page_the_form_was_on(
    app: Flask, tower: Tower, head: User
) -> None:
    opened = make_round(tower.building)
    page, back = f"http://localhost/rounds/{opened.id}", 'href="{}">Back to where I was'
    for came_from, is_led_back in ((page, True), ("https://elsewhere.example/", False)):
        answer = browser(app, head).post(
            f"/rounds/{opened.id}/closure", headers={"Referer": came_from}
        )
        assert answer.status_code == 409
        assert "42 households are still to do here." in answer.text
        assert (back.format(came_from) in answer.text) is is_led_back


def test_a_nul_in_a_field_is_a_400(app: Flask, tower: Tower, lin: User) -> None:
    form = {"name": "a\x00b", "place_id": tower.estate.id, "care_tag": ""}
    assert browser(app, lin).post("/rounds", data=form).status_code == 400


def test_an_address_that_says_two_things_at_once_is_a_400(app: Flask, lin: User) -> None:
    client = browser(app, lin)
    for asked in ("/rota?place=1&place=9", "/people?q=a&q=b", "/tasks/all?state=open&kind=&kind="):
        assert client.get(asked).status_code == 400
    assert client.get("/rounds?lang=en").status_code == 200


def test_a_full_disk_is_a_503_that_asks_to_come_back(
    app: Flask, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    @signed_in
    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # noqa: FBT003
    monkeypatch.setitem(app.view_functions, "rosters.create", full)
    answer = browser(app, lin).post("/rosters")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


class RefusedError(Exception):
    """What a driver raises."""

    sqlstate = "42P01"


def test_a_lost_database_is_a_503_that_asks_to_come_back(
    app: Flask,
    tower: Tower,
    zhou: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    client = browser(app, zhou)

    def lost() -> None:
        raise OperationalError("x", {}, RefusedError("no such table: sign_ins"))

    monkeypatch.setattr(db.session, "commit", lost)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # noqa: FBT003
    form = {"uuid": new_id(), "outcome": "met"}
    answer = client.post(f"/rounds/{opened.id}/doors/{home}/visits", data=form)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "the database did not answer: RefusedError 42P01" in caplog.text


def test_the_code_of_a_real_driver_is_logged_without_its_words(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """As with a database of an older version, which has not all of our tables."""
    with app.test_request_context("/"), pytest.raises(DBAPIError) as raised:
        db.session.execute(text("SELECT 1 FROM of_a_newer_version"))
    with app.test_request_context("/"):
        assert busy(raised.value).status_code == 503
    assert "OperationalError SQLITE_ERROR" in caplog.text or "UndefinedTable 42P01" in caplog.text
    assert "of_a_newer_version" not in caplog.text


def test_an_inner_error_shows_nothing_of_the_inside(
    app: Flask, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # noqa: FBT003
    monkeypatch.setitem(app.view_functions, "coverage.rounds", broken_view)
    answer = browser(app, lin).get("/rounds")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text


@signed_in
def broken_view() -> str:
    raise ValueError("secret detail")


def test_moments_are_written_as_people_here_write_them(app: Flask) -> None:
    value = datetime(2026, 4, 12, 10, 30, tzinfo=UTC)
    with app.test_request_context():
        with force_locale("zh"):
            assert moment(value) == "4月12日 周日 18:30"
            assert date_of(value) == "2026年4月12日"
            assert weekday(value) == "2026年4月12日 星期日"
            assert stamp(value) == "2026年4月12日 18:30:00"
        with force_locale("en"):
            assert moment(value) == "Sun 12 Apr 18:30"
            assert date_of(value) == "12 Apr 2026"
            assert weekday(value) == "Sunday 12 April 2026"
            assert stamp(value) == "12 Apr 2026 18:30:00"


def test_a_number_that_no_row_can_have_is_not_found(app: Flask, lin: User) -> None:
    for number in (2**31, 2**63, 10**30):
        client, point = browser(app, lin), db.engines[None].begin_nested()  # type: ignore[attr-defined]
        assert client.get(f"/rounds/{number}/gaps").status_code == 404
        point.rollback()  # as the pool does with a connection that comes back


def test_a_database_that_cannot_be_opened_is_a_503_too(
    app: Flask, lin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(app, lin)
    url = f"sqlite:///{tmp_path}/nowhere/portal.sqlite3"
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # noqa: FBT003
    with patch.dict(db.engines, {None: create_engine(url, **engine_options(url))}):
        answer = client.get("/tasks")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
