"""A page that stays open hears of a check-off within seconds, and nothing that is not its own."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from portal.accounts.models import User
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.live import FRESH, LIFETIME
from tests.conftest import HTMX, Tower, browser, counted_queries
from tests.coverage.factory import visit
from tests.gaps.factory import heading, open_round


def watch(app: Flask, user: User, opened: Round) -> str:
    """The address that an open page asks."""
    page = browser(app, user).get(f"/rounds/{opened.id}/gaps").text
    return page.split('data-live-url="')[1].split('"')[0].replace("&amp;", "&")


def test_nothing_new_is_said_in_no_words(app: Flask, tower: Tower, head: User) -> None:
    answer = browser(app).get(watch(app, head, open_round(tower)))
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_check_off_is_heard_and_then_shown(app: Flask, tower: Tower, head: User) -> None:
    opened, client = open_round(tower), browser(app, head)
    url = watch(app, head, opened)
    visit(head, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    assert client.get(url).status_code == 200
    fragment = client.get(f"/rounds/{opened.id}/gaps", headers=HTMX).text
    assert heading(fragment) == "167 households to go"
    fresh = fragment.split('data-live-url="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(fresh).status_code == 204


def test_the_sign_of_change_tells_nothing_else(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    url = watch(app, head, opened)
    visit(head, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    answer = browser(app).get(url)
    assert list(answer.get_json()) == ["version"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_check_off_next_door_is_not_heard(app: Flask, tower: Tower, lin: User, wu: User) -> None:
    opened = open_round(tower)
    url = watch(app, lin, opened)
    visit(wu, opened, tower.dwellings(tower.other_building)[0].id, Outcome.MET)
    assert browser(app).get(url).status_code == 204


def test_five_hundred_open_pages_cost_one_question_a_second(
    app: Flask, tower: Tower, head: User
) -> None:
    url, client = watch(app, head, open_round(tower)), browser(app)
    started = time.monotonic()
    with counted_queries() as seen:
        assert {client.get(url).status_code for _ in range(500)} == {204}
    passed = timedelta(seconds=time.monotonic() - started)
    assert 1 <= len(seen) <= 1 + passed / FRESH


def test_a_ticket_that_nobody_signed_is_not_found(app: Flask, tower: Tower) -> None:
    assert browser(app).get("/live/forged.ticket.here?seen=1").status_code == 404


def test_a_page_open_for_too_long_is_sent_for_a_new_ticket(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = watch(app, head, open_round(tower))
    late = time.time() + LIFETIME.total_seconds() + 60
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: int(late))
    assert browser(app).get(url).status_code == 200
