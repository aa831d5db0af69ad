"""A phone that can send nothing: its queue comes as a file, by the coordinator."""

from __future__ import annotations

import io
import json
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.coverage import queries
from portal.coverage.models import Visit
from portal.db import db
from tests.conftest import Tower, browser
from tests.coverage.factory import make_round
from tests.coverage.test_sync import fates, sent, ticked


def bring(app: Flask, who: User, saved: Any) -> TestResponse:
    file = (io.BytesIO(json.dumps(saved).encode()), "queue.json")
    return browser(app, who).post("/queue", data={"file": file}, follow_redirects=True)


def test_the_coordinator_enters_it_in_the_name_of_its_owner_and_the_phone_may_send_it_again(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    visits = [ticked(opened, home.id) for home in tower.dwellings(tower.building)[:3]]
    page = bring(app, lin, {"user": zhou.id, "visits": visits})
    assert "3 entered, 0 known before, 0 in the tray, 0 refused." in page.text
    made = queries.maybe_visit(opened.community_id, visits[0]["id"])
    assert made is not None
    assert (made.author_id, made.credit_id) == (zhou.id, zhou.id)
    assert db.session.query(AuditEvent).filter_by(action="queue.handed_over").count() == 1
    assert fates(sent(browser(app, zhou), zhou, *visits)) == ["duplicate"] * 3


def test_doors_and_people_of_another_estate_are_not_entered(
    app: Flask, tower: Tower, zhou: User, lin: User, wu: User
) -> None:
    opened = make_round(tower.community)
    theirs = [ticked(opened, tower.dwellings(tower.other_building)[0].id)]
    assert bring(app, lin, {"user": wu.id, "visits": theirs}).status_code == 404
    assert "1 refused" in bring(app, lin, {"user": zhou.id, "visits": theirs}).text
    assert db.session.query(Visit).count() == 0


def test_only_a_coordinator_brings_files_and_only_such_files(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    assert bring(app, zhou, {}).status_code == 403
    assert browser(app, lin).post("/queue", data={}).status_code == 422
    for saved in ({}, [], {"user": "1", "visits": [1]}, {"user": zhou.id, "visits": []}):
        assert bring(app, lin, saved).status_code == 409
