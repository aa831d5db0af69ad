"""A copy that is still right is said to be so without a request; any other is asked about anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal import clock, revisits
from portal.access import Role
from portal.accounts.actions import disable, end_duty, give_duty
from portal.accounts.models import HeldDuty, User
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.db import db
from portal.outbox.models import Notice
from portal.questions import Question
from tests.conftest import HTMX, Tower, browser, counted_queries, make_user
from tests.coverage.factory import make_round, visit


class Copy:
    """A plan that a browser holds, and how often the application was asked about it."""

    def __init__(self, app: Flask, url: str, client: FlaskClient) -> None:
        self.app, self.url, self.client, self.begun = app, url, client, 0
        first = client.get(url)
        self.tag = first.headers["ETag"]
        self.first = self.ask()

    def ask(self, **headers: str) -> TestResponse:
        def count(*_: Any, **__: Any) -> None:
            self.begun += 1

        self.begun = 0
        with request_started.connected_to(count, self.app):
            return self.client.get(self.url, headers={"If-None-Match": self.tag, **headers})

    @property
    def is_told_without_a_request(self) -> bool:
        return self.ask().status_code == 304 and not self.begun


@pytest.fixture
def opened(tower: Tower) -> Round:
    return make_round(tower.estate)


@pytest.fixture
def copy(app: Flask, tower: Tower, opened: Round, zhou: User) -> Copy:
    url = f"/rounds/{opened.id}/plan/{tower.building.id}"
    return Copy(app, url, browser(app, zhou))


def test_the_second_time_only_the_questions_are_put(copy: Copy) -> None:
    assert (copy.first.status_code, copy.begun) == (304, 1)
    with counted_queries() as seen:
        again = copy.ask()
    assert (again.status_code, copy.begun, again.data) == (304, 0, b"")
    assert len(seen) == 2  # who asks, and which version the plan has
    assert again.headers.to_wsgi_list() == copy.first.headers.to_wsgi_list()
    assert "Content-Security-Policy" in again.headers


def _visit(tower: Tower, opened: Round, zhou: User) -> None:
    visit(zhou, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)


def _close(tower: Tower, opened: Round, zhou: User) -> None:
    opened.closed_at = clock.now()


def _rename(tower: Tower, opened: Round, zhou: User) -> None:
    tower.building.name = "33"


def _lose_the_duty(tower: Tower, opened: Round, zhou: User) -> None:
    for duty in db.session.query(HeldDuty).filter_by(user_id=zhou.id):
        end_duty(duty, by=None)


def _get_a_duty(tower: Tower, opened: Round, zhou: User) -> None:
    give_duty(zhou, Role.LEADER, tower.buildings[0], by=None)


def _disable(tower: Tower, opened: Round, zhou: User) -> None:
    disable(zhou, by=None)


def _read_english(tower: Tower, opened: Round, zhou: User) -> None:
    zhou.locale = "en" if zhou.locale != "en" else "zh"


def _read_large(tower: Tower, opened: Round, zhou: User) -> None:
    zhou.large_text = not zhou.large_text


def _hear(tower: Tower, opened: Round, zhou: User) -> None:
    about = {"community_id": tower.community.id, "kind": "seat.offered", "subject": "1"}
    at = clock.now()
    db.session.add(Notice(user_id=zhou.id, **about, details={}, written_at=at, due_at=at))


CHANGES: dict[Callable[[Tower, Round, User], None], int] = {
    _visit: 200,
    _close: 200,
    _rename: 200,
    _lose_the_duty: 403,
    _get_a_duty: 200,
    _disable: 302,
    _read_english: 200,
    _read_large: 200,
    _hear: 200,
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen_at_once(
    tower: Tower,
    opened: Round,
    zhou: User,
    copy: Copy,
    change: Callable[[Tower, Round, User], None],
) -> None:
    assert copy.is_told_without_a_request
    change(tower, opened, zhou)
    db.session.commit()
    assert copy.ask().status_code == CHANGES[change]
    assert copy.begun == 1


def test_whoever_has_signed_out_is_told_nothing(copy: Copy) -> None:
    assert copy.is_told_without_a_request
    cookies = dict(copy.client._cookies)  # a copy of them, as a thief has
    copy.client.post("/sign-out")
    copy.client._cookies = cookies
    assert (copy.ask().status_code, copy.begun) == (302, 1)


def test_other_requests_are_other_requests(app: Flask, tower: Tower, copy: Copy) -> None:
    assert copy.is_told_without_a_request
    assert copy.ask(**HTMX).status_code == 200
    assert (copy.ask(**{"If-None-Match": 'W/"another"'}).status_code, copy.begun) == (200, 1)
    assert copy.client.get(copy.url).status_code == 200
    for way in ("?select=1", "?lang=zh"):
        assert copy.client.get(copy.url + way, headers={"If-None-Match": copy.tag}).data
    copy.client = browser(app, make_user("Li", (Role.LEADER, tower.building)))
    assert (copy.ask().status_code, copy.begun) == (200, 1)


def test_another_day_and_a_long_time_end_what_is_known(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copy.is_told_without_a_request
    real = time.monotonic
    with monkeypatch.context() as patch:
        patch.setattr(revisits.time, "monotonic", lambda: real() + revisits.LONGEST + 1)
        assert (copy.ask().status_code, copy.begun) == (304, 1)
    tomorrow = clock.today() + timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(revisits, "today", lambda: tomorrow)
        copy.ask()
        assert copy.begun == 1


def test_a_report_to_take_back_is_offered_for_its_time_only(
    tower: Tower, copy: Copy, opened: Round
) -> None:
    door = tower.dwellings(tower.building)[0].id
    form = {"uuid": "5b0c2c1e-7d0e-4c8e-9d0a-0123456789ab", "outcome": "not_home"}
    copy.client.post(f"/rounds/{opened.id}/doors/{door}/visits", data=form)
    copy.client.get(copy.url)  # says once that it is saved
    copy.tag = copy.client.get(copy.url).headers["ETag"]
    for _ in range(2):
        assert (copy.ask().status_code, copy.begun) == (304, 1)


def test_a_database_in_trouble_is_left_to_the_application(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("select", {}, Exception("disk I/O error"))

    assert copy.is_told_without_a_request
    monkeypatch.setattr(Question, "asked_on", fail)
    assert (copy.ask().status_code, copy.begun) == (503, 1)


def test_who_sees_a_round_end_elsewhere_is_told(tower: Tower, opened: Round, copy: Copy) -> None:
    """A change written past the models, as commands do."""
    assert copy.is_told_without_a_request
    db.session.execute(update(Round).where(Round.id == opened.id).values(name="冬季走访"))
    db.session.commit()
    assert (copy.ask().status_code, copy.begun) == (200, 1)
