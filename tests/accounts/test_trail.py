"""The trail of deeds: for those who look after a whole community, in words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from portal.accounts import words
from portal.accounts.models import User
from portal.audit.actions import record
from portal.audit.models import AuditEvent
from portal.db import db
from tests.conftest import Tower, browser, counted_queries

PORTAL = Path(__file__).parents[2] / "portal"


def test_the_head_reads_who_did_what(app: Flask, head: User, lin: User, zhou: User) -> None:
    data = {"role": "volunteer", "place": "和风苑/2"}
    browser(app, lin).post(f"/people/{zhou.id}/duties", data=data)
    page = browser(app, head).get("/audit").text
    for words_there in ("Gave a duty", "Lin", "Zhou", "Volunteer · 和风苑, Building 2"):
        assert words_there in page


def test_a_command_and_details_of_other_features_are_told(
    app: Flask, tower: Tower, head: User
) -> None:
    community = tower.community.id
    details = {
        "base": 42,
        "care_tag": None,
        "place": tower.estate.id,
        "reason": "rang <b>",
        "kind": "x",
    }
    record(
        "round.opened",
        community_id=community,
        by=None,
        subject="round",
        subject_id=7,
        details=details,
    )
    db.session.commit()
    page = browser(app, head).get("/audit").text
    for there in (
        "Opened a round",
        "Command on the server",
        "Round 7",
        "和风苑 · households in the base: 42",
        "rang &lt;b&gt;",
    ):
        assert there in page
    assert "None" not in page


def test_a_deed_about_a_place_names_it(app: Flask, tower: Tower, head: User, lin: User) -> None:
    community, gone = tower.community.id, 999_999
    for subject_id in (tower.building.id, gone):
        record(
            "shift.made",
            community_id=community,
            by=lin.id,
            subject="place",
            subject_id=subject_id,
        )
    db.session.commit()
    page = browser(app, head).get("/audit").text
    assert "和风苑, Building 3" in page
    assert f"Place {tower.building.id}" not in page
    assert f"Place {gone}" in page


def test_it_belongs_to_the_whole_community(
    app: Flask, tower: Tower, head: User, lin: User, zhou: User
) -> None:
    for community in (tower.community, tower.elsewhere):
        record(
            "roster.applied",
            community_id=community.id,
            by=None,
            subject="community",
            subject_id=community.id,
        )
    db.session.commit()
    assert f"Community {tower.community.id}<" in browser(app, head).get("/audit").text
    assert f"Community {tower.elsewhere.id}<" not in browser(app, head).get("/audit").text
    assert "Whoever looks after the whole community" in browser(app, lin).get("/audit").text
    assert browser(app, zhou).get("/audit").status_code == 403
    assert browser(app).get("/audit").status_code == 302


def test_only_those_who_read_it_are_led_there(app: Flask, head: User, lin: User) -> None:
    assert 'href="/audit"' in browser(app, head).get("/people").text
    assert 'href="/audit"' not in browser(app, lin).get("/people").text


def test_two_hundred_deeds_take_as_many_queries_as_one(
    app: Flask, tower: Tower, head: User, zhou: User
) -> None:
    def queries(times: int) -> int:
        for n in range(times):
            record(
                "duty.given",
                community_id=tower.community.id,
                by=head.id,
                subject="person",
                subject_id=zhou.id,
                details={"role": "leader", "place": tower.buildings[n % 3].id},
            )
        db.session.commit()
        client = browser(app, head)
        with counted_queries() as seen:
            client.get("/audit")
        return len(seen)

    assert queries(1) == queries(220)
    assert browser(app, head).get("/audit").text.count("Gave a duty") == 200


def test_every_deed_in_the_code_has_words() -> None:
    recorders = {"record", "_note", "_record", "_record_everywhere"}
    calls = (
        call
        for path in PORTAL.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in recorders and call.args
    )
    recorded = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert recorded >= {"duty.given", "round.opened"}
    assert recorded <= set(words.DEEDS)


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def chained(app: Flask, tower: Tower) -> list[int]:
    """Three deeds in each of two communities; their ids, oldest first."""
    return [
        record(
            "roster.applied", community_id=place.id, by=None, subject="community", subject_id=n
        ).id
        for n in range(3)
        for place in (tower.community, tower.elsewhere)
    ]


def test_a_whole_trail_verifies(app: Flask, chained: list[int]) -> None:
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0
    assert "The trail is whole." in result.output


def test_a_line_changed_in_the_database_is_named(
    app: Flask, tower: Tower, chained: list[int]
) -> None:
    changed = chained[2]
    db.session.execute(update(AuditEvent).where(AuditEvent.id == changed).values(subject_id=99))
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert f"Community {tower.community.id}: BROKEN at line {changed}" in result.output
    assert f"Community {tower.elsewhere.id}: whole" in result.output
