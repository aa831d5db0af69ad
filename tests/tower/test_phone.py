"""Showing one phone number: by POST, with a reason, kept in the trail."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.audit.actions import broken_links
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.tower.models import Dwelling
from portal.tower.reveals import MOST_REVEALS
from tests.conftest import HTMX, Tower, browser, make_user


def trail(action: str) -> list[AuditEvent]:
    return list(db.session.query(AuditEvent).filter_by(action=action))


def first_home(tower: Tower) -> Dwelling:
    return tower.dwellings(tower.building)[0]


def test_a_leader_sees_one_number_and_leaves_a_reason(app: Flask, tower: Tower, zhou: User) -> None:
    home = first_home(tower)
    url = f"/dwellings/{home.id}/phone"
    answer = browser(app, zhou).post(url, data={"reason": "agree on a time"}, headers=HTMX)
    assert answer.text.strip() == (f'<a class="nowrap" href="tel:{home.phone}">{home.phone}</a>')
    (event,) = trail("phone.revealed")
    assert (event.person_id, event.subject, event.subject_id) == (zhou.id, "dwelling", home.id)
    assert event.details == {"reason": "agree on a time"}
    assert home.phone not in json.dumps(event.details)
    assert broken_links(tower.community.id) == []


def test_without_scripting_a_page_shows_the_number_once(
    app: Flask, tower: Tower, zhou: User
) -> None:
    home = first_home(tower)
    client = browser(app, zhou)
    answer = client.post(f"/dwellings/{home.id}/phone", data={"reason": "call back"})
    assert answer.status_code == 200
    assert f"tel:{home.phone}" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert home.phone not in client.get(f"/dwellings/{home.id}").text


def test_no_reason_no_number(app: Flask, tower: Tower, zhou: User) -> None:
    home = first_home(tower)
    url = f"/dwellings/{home.id}/phone"
    for headers in ({}, HTMX):
        for reason in ("", "   ", "x" * 201):
            answer = browser(app, zhou).post(url, data={"reason": reason}, headers=headers)
            assert answer.status_code == 422
            assert home.phone not in answer.text
    assert trail("phone.revealed") == []


def test_a_household_without_a_number_says_so(app: Flask, tower: Tower, zhou: User) -> None:
    home = first_home(tower)
    home.phone = None
    db.session.commit()
    answer = browser(app, zhou).post(f"/dwellings/{home.id}/phone", data={"reason": "call"})
    assert answer.status_code == 409
    assert trail("phone.revealed") == []


def test_thirty_numbers_an_hour_then_a_pause_and_one_alarm(
    app: Flask, tower: Tower, zhou: User
) -> None:
    client = browser(app, zhou)
    homes = tower.dwellings(tower.building)
    for home in homes[:MOST_REVEALS]:
        answer = client.post(f"/dwellings/{home.id}/phone", data={"reason": "call"})
        assert answer.status_code == 200
    for home in homes[MOST_REVEALS : MOST_REVEALS + 2]:
        answer = client.post(f"/dwellings/{home.id}/phone", data={"reason": "call"}, headers=HTMX)
        assert answer.status_code == 429
        assert home.phone not in answer.text
    assert len(trail("phone.revealed")) == MOST_REVEALS
    assert len(trail("phone.alarm")) == 1
    assert broken_links(tower.community.id) == []


def test_the_pause_ends_and_is_nobody_elses(app: Flask, tower: Tower, zhou: User) -> None:
    home = first_home(tower)
    for number in range(MOST_REVEALS):
        db.session.add(
            AuditEvent(
                community_id=tower.community.id,
                at=now() - timedelta(minutes=61 if number else 59),
                person_id=zhou.id,
                action="phone.revealed",
                subject="dwelling",
                subject_id=home.id,
                details={},
                previous="",
                hash="",
            )
        )
    db.session.commit()
    answer = browser(app, zhou).post(f"/dwellings/{home.id}/phone", data={"reason": "call"})
    assert answer.status_code == 200


def test_the_neighbour_gets_404_and_the_volunteer_403(
    app: Flask, tower: Tower, wu: User, chen: User
) -> None:
    url = f"/dwellings/{first_home(tower).id}/phone"
    officer = make_user("Ma", (Role.OFFICER, tower.estate))
    assert browser(app, wu).post(url, data={"reason": "call"}).status_code == 404
    assert browser(app, chen).post(url, data={"reason": "call"}).status_code == 403
    assert browser(app, officer).post(url, data={"reason": "call"}).status_code == 403
    assert browser(app).post(url, data={"reason": "call"}).status_code == 401
    assert trail("phone.revealed") == []
