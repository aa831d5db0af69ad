"""What may be taken back is noted in a cookie anybody can write: it offers, and allows nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.coverage.undoing import COOKIE
from tests.conftest import Tower, browser, make_user
from tests.coverage.factory import make_round, new_id, visit

OFFERED = "data-until="


@pytest.fixture
def opened(tower: Tower) -> Round:
    return make_round(tower.estate)


def tap(client: FlaskClient, opened: Round, door: int) -> None:
    form = {"uuid": new_id(), "outcome": "not_home"}
    assert client.post(f"/rounds/{opened.id}/doors/{door}/visits", data=form).status_code == 303


def test_a_tap_is_offered_to_be_taken_back_until_it_is(
    app: Flask, tower: Tower, opened: Round, zhou: User
) -> None:
    client = browser(app, zhou)
    plan = f"/rounds/{opened.id}/plan/{tower.building.id}"
    tap(client, opened, tower.dwellings(tower.building)[0].id)
    note = client.get_cookie(COOKIE)
    assert note
    assert (note.http_only, note.same_site, note.max_age) == (True, "Lax", 600)
    page = client.get(plan).text
    assert OFFERED in page
    undo = page.split('hx-post="')[1].split('"')[0]
    client.post(undo)
    assert not client.get_cookie(COOKIE)
    assert OFFERED not in client.get(plan).text


def test_another_person_of_the_same_phone_is_offered_nothing(
    app: Flask, tower: Tower, opened: Round, zhou: User
) -> None:
    client = browser(app, zhou)
    tap(client, opened, tower.dwellings(tower.building)[0].id)
    note = client.get_cookie(COOKIE)
    assert note
    other = browser(app, make_user("Li", (Role.LEADER, tower.building)))
    other.set_cookie(COOKIE, note.value)
    assert OFFERED not in other.get(f"/rounds/{opened.id}/plan/{tower.building.id}").text


def test_a_note_somebody_wrote_allows_nothing(
    app: Flask, tower: Tower, opened: Round, zhou: User, lin: User
) -> None:
    receipt = visit(lin, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    client = browser(app, zhou)
    forged = f"{zhou.id}.{opened.id}.{tower.building.id}.99999999999999.{receipt.uuid}.."
    client.set_cookie(COOKIE, forged)
    assert OFFERED in client.get(f"/rounds/{opened.id}/plan/{tower.building.id}").text
    answer = client.post(f"/rounds/{opened.id}/visits/{receipt.uuid}/undo")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "note",
    [
        "",
        "....",
        "x.1.1.1...",
        "{who}.{round}.{building}.99999999999999...",
        "{who}.{round}.{building}.{many}.00000000-0000-4000-8000-000000000000..",
        "{who}.{round}.{building}.99999999999999.<script>..",
        "{who}.{round}.{building}.99999999999999.00000000-0000-4000-8000-000000000000..1-x",
    ],
)
def test_a_damaged_note_is_none(
    app: Flask, tower: Tower, opened: Round, zhou: User, note: str
) -> None:
    client = browser(app, zhou)
    told = {"who": zhou.id, "round": opened.id, "building": tower.building.id, "many": "9" * 400}
    client.set_cookie(COOKIE, note.format(**told))
    page = client.get(f"/rounds/{opened.id}/plan/{tower.building.id}")
    assert page.status_code == 200
    assert OFFERED not in page.text
