"""Denied by default."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from portal.access import Role, check_declared
from portal.accounts.models import User
from tests.conftest import Tower, browser, make_user, person_of


def test_the_app_refuses_to_start_with_an_undecided_view() -> None:
    app = Flask("bare")
    bp = Blueprint("b", __name__)
    bp.get("/x")(lambda: "x")
    app.register_blueprint(bp)
    with pytest.raises(RuntimeError, match="without @requires"):
        check_declared(app)


def test_a_coordinator_stands_above_leaders_of_the_estate_only(tower: Tower, lin: User) -> None:
    person = person_of(lin)
    assert person.stands_above(Role.LEADER, tower.building.path)
    assert person.stands_above(Role.COORDINATOR, tower.building.path)
    assert not person.stands_above(Role.COORDINATOR, tower.estate.path)
    assert not person.stands_above(Role.LEADER, tower.other_building.path)


def test_whoever_tries_what_is_not_theirs_is_in_the_log_by_number(
    app: Flask, tower: Tower, wu: User, chen: User, caplog: pytest.LogCaptureFixture
) -> None:
    home = tower.dwellings(tower.building)[0]
    assert browser(app, wu).get(f"/dwellings/{home.id}").status_code == 404
    assert browser(app, chen).post(f"/dwellings/{home.id}/phone").status_code == 403
    browser(app, wu).get("/no-such-page")
    browser(app).get(f"/dwellings/{home.id}")
    named = f"{{'dwelling_id': {home.id}}}"
    assert [r.getMessage() for r in caplog.records if r.name == "portal.security"] == [
        f"404: person {wu.id}, GET /dwellings/<int:dwelling_id> {named}",
        f"403: person {chen.id}, POST /dwellings/<int:dwelling_id>/phone {named}",
    ]


def test_only_an_administrator_makes_administrators(tower: Tower, head: User) -> None:
    admin = make_user("Root", (Role.ADMIN, tower.community))
    assert person_of(admin).stands_above(Role.ADMIN, tower.community.path)
    assert not person_of(head).stands_above(Role.ADMIN, tower.community.path)
