"""Nothing about anybody stands in a log (G26)."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from portal.access import public
from portal.logs import without_values
from tests.conftest import browser

DETAIL = "Key (phone)=(13812345678) already exists."
NUMBER = "13812345678"


def refused_by_postgres() -> IntegrityError:
    said = f'duplicate key value violates unique constraint "users_phone_key"\nDETAIL:  {DETAIL}'
    return IntegrityError("INSERT INTO users", None, UniqueViolation(said), hide_parameters=True)


@public
def broken_view(**_: object) -> str:
    refused = refused_by_postgres()
    raise refused from refused.orig


def test_an_inner_error_is_logged_without_the_address_and_the_row(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An address may be a secret, such as that of a calendar."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # noqa: FBT003
    monkeypatch.setitem(app.view_functions, "shifts.feed", broken_view)
    assert browser(app).get("/calendar/the-secret-of-chen.ics").status_code == 500
    assert "GET /calendar/<token>.ics failed" in caplog.text
    assert 'UniqueViolation) duplicate key value violates unique constraint "users' in caplog.text
    assert "INSERT INTO users" in caplog.text
    assert NUMBER not in caplog.text
    assert "the-secret-of-chen" not in caplog.text


def test_what_led_to_an_error_tells_no_values_either(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            broken_view()
        except IntegrityError as refused:
            raise RuntimeError("a step failed") from refused
    except RuntimeError as error:
        logging.getLogger("portal").error("failed", exc_info=without_values(error))
    assert "a step failed" in caplog.text
    assert "duplicate key value" in caplog.text
    assert NUMBER not in caplog.text


def test_a_form_from_another_site_leaves_a_line_nobody_can_write(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client, foreign = browser(app), {"Sec-Fetch-Site": "cross-site"}
    for address in ("/shift-answers/secret", "/nowhere%0a2026-01-01%20all%20is%20well"):
        assert client.post(address, headers=foreign).status_code == 403
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "refused POST /shift-answers/<token> sent from another site",
        "refused POST to no page sent from another site",
    ]
