"""Lapsed steps are raised once, however many ticks run at the same time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import tick
from portal.access import Role
from portal.clock import now
from portal.db import db
from portal.outbox.models import Notice
from portal.tasks.models import Task
from portal.tasks.steps import Step
from portal.tasks.warning_models import Warning
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user
from tests.tasks.factory import make_warning


@pytest.mark.commits
def test_four_ticks_at_once_raise_every_lapsed_step_once(real: Flask) -> None:
    tower = Tower()
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate))
    for _ in range(30):
        make_warning(tower, wei, received_at=now() - timedelta(minutes=11))

    def run() -> dict[str, int]:
        with real.app_context():
            return tick.run(real)

    done = at_once([run] * 4)
    assert all(steps.keys() == dict(tick.STEPS).keys() for steps in done), "no step has failed"
    assert sum(steps["warnings"] for steps in done) == 30
    told = Counter(n.user_id for n in db.session.query(Notice).filter_by(kind="warning.lapsed"))
    assert told == {lin.id: 30}, "the estate, and nobody above before a quarter of an hour"
    assert {warning.raised_to for warning in db.session.query(Warning)} == {2}


@pytest.mark.commits
def test_two_reports_of_doubt_at_once_ask_for_one_visit(real: Flask) -> None:
    tower = Tower()
    wei = make_user("Wei", (Role.OFFICER, tower.community))
    visitors = [make_user(name, (Role.VOLUNTEER, tower.building)) for name in ("Chen", "Mei")]
    reports = []
    for visitor in visitors:
        warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=visitor.id)
        reports.append((browser(real, visitor), f"/warnings/{warning.id}/moves"))
    data = {"move": "visit", "how": "home", "result": "doubtful"}

    def report(client: FlaskClient, url: str) -> int:
        return client.post(url, data=data).status_code

    jobs = [partial(report, *one) for one in reports]
    assert at_once(jobs) == [303, 303]
    assert db.session.query(Task).count() == 1
