"""A form that is sent twice: the ids come from the pages as they are drawn."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import once
from portal.access import Role
from portal.accounts.models import SignIn, User
from portal.accounts.passwords import fits, hash_of
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.coverage import doors, statements
from portal.coverage.models import Round, Visit
from portal.coverage.states import Outcome, Reason, State
from portal.db import db
from portal.tasks.warning_models import Warning
from portal.tower.models import Place
from tests.at_once import at_once
from tests.conftest import HTMX, Tower, browser, make_user, person_of
from tests.coverage.factory import door_of, make_round, new_id, visit
from tests.shifts.factory import make_series


def form_id(client: FlaskClient, url: str, action: str) -> str:
    """The id in the form of a page that is sent to an address."""
    forms = re.findall(r'<form[^>]*method="post".*?</form>', client.get(url).text, re.DOTALL)
    (form,) = [form for form in forms if f'action="{action}"' in form]
    found = re.search(r'name="form_id" value="([^"]{36})"', form)
    assert found is not None
    return found[1]


def send_twice(
    client: FlaskClient, page: str, action: str, **fields: Any
) -> tuple[TestResponse, TestResponse]:
    fields["form_id"] = form_id(client, page, action)
    first, second = (client.post(action, data=fields) for _ in range(2))
    assert (second.status_code, second.headers.get("Location")) == (
        first.status_code,
        first.headers.get("Location"),
    )
    return first, second


def shown_password(page: str) -> str:
    """The password on the page that hands it over."""
    found = re.search("<b>([a-z2-9-]{9})</b>", page)
    assert found is not None
    return found[1]


def recorded(action: str) -> int:
    return db.session.query(AuditEvent).filter_by(action=action).count()


def test_a_round_is_opened_once(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    wish = {"name": "Autumn", "place_id": tower.estate.id, "care_tag": ""}
    first, _ = send_twice(client, "/rounds/new", "/rounds", **wish)
    assert first.status_code == 303
    assert db.session.query(Round).count() == 1
    assert "The round is open." in client.get(first.location).text


def test_other_values_are_another_wish(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    wish = {"name": "Autumn", "place_id": tower.estate.id, "care_tag": ""}
    wish["form_id"] = form_id(client, "/rounds/new", "/rounds")
    client.post("/rounds", data=wish)
    client.post("/rounds", data={**wish, "name": "Winter"})
    assert {opened.name for opened in db.session.query(Round)} == {"Autumn", "Winter"}


def test_a_form_is_forgotten_after_thirty_days(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    wish = {"name": "Autumn", "place_id": tower.estate.id, "care_tag": ""}
    send_twice(client, "/rounds/new", "/rounds", **wish)
    assert once.forget(now() + timedelta(days=29)) == 0
    assert once.forget(now() + timedelta(days=31)) == 1


def test_a_refused_form_may_be_sent_again(app: Flask, tower: Tower, lin: User) -> None:
    client = browser(app, lin)
    wish = {"name": "", "place_id": tower.estate.id, "care_tag": "", "form_id": new_id()}
    assert [client.post("/rounds", data=wish).status_code for _ in range(2)] == [422, 422]


@pytest.mark.parametrize(
    ("second", "entered"),
    [
        (("warnings.csv", "high"), 1),
        (("warnings.csv", "special"), 2),  # other words in a file of the same name
        (("monday.csv", "high"), 2),  # the same words in another file
    ],
)
def test_a_form_with_a_file_counts_once_a_file(
    app: Flask, tower: Tower, second: tuple[str, str], entered: int
) -> None:
    """What is in the file belongs to the wish, and the page that takes it still reads it whole."""
    client = browser(app, make_user("Wei", (Role.OFFICER, tower.community)))
    key = new_id()
    for name, risk in (("warnings.csv", "high"), second):
        text = f"risk,place,unit,room,story\n{risk},和风苑/3,1,101,loan\n"
        file = (io.BytesIO(text.encode()), name)
        answer = client.post("/warnings/files", data={"file": file, "form_id": key})
        assert answer.status_code == 303
    assert db.session.query(Warning).count() == entered


def test_nobody_gets_the_answer_of_somebody_else(
    app: Flask, tower: Tower, lin: User, head: User
) -> None:
    wish = {"name": "Autumn", "place_id": tower.estate.id, "care_tag": "", "form_id": new_id()}
    for user in (lin, head):
        browser(app, user).post("/rounds", data=wish)
    assert db.session.query(Round).count() == 2


def test_a_round_is_closed_once(app: Flask, tower: Tower, zhou: User, lin: User) -> None:
    opened = make_round(tower.building)
    for home in tower.dwellings(tower.building):
        visit(zhou, opened, home.id, Outcome.MET)
    statements.sign_all_below(opened, tower.building, by=person_of(lin))
    db.session.commit()
    page = f"/rounds/{opened.id}"
    first, _ = send_twice(browser(app, lin), page, f"{page}/closure")
    assert first.location == f"{page}/certificate"
    assert recorded("round.closed") == 1


def test_an_exclusion_is_decided_once_and_so_is_taking_it_back(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    ask = {"uuid": new_id(), "reason": Reason.DEMOLISHED, "text": ""}
    doors.ask_exclusion(person_of(zhou), opened, door_of(opened, home), **ask)
    db.session.commit()
    client, page = browser(app, lin), f"/rounds/{opened.id}/doors/{home}"
    decision = {"uuid": new_id(), "reason": "seen", "approve": "1"}
    send_twice(client, page, f"{page}/exclusion/decision", **decision)
    assert door_of(opened, home).state is State.EXCLUDED
    send_twice(client, page, f"{page}/exclusion/decision", uuid=new_id(), reason="rebuilt")
    assert door_of(opened, home).state is State.NOT_TRIED
    assert db.session.query(Visit).count() == 3


def test_a_cut_and_a_move_to_a_new_group_happen_once(app: Flask, tower: Tower, lin: User) -> None:
    client, page = browser(app, lin), f"/places/{tower.building.id}"
    preview = client.get(f"{page}/cut?policy=fewest_groups&most=20").text
    digest = re.search(r'name="digest"[^>]*value="([^"]+)"', preview)
    assert digest is not None
    cut = {"policy": "fewest_groups", "most": "20", "digest": digest[1]}
    first, _ = send_twice(client, f"{page}/cut?policy=fewest_groups&most=20", f"{page}/cut", **cut)
    assert first.status_code == 303
    home = tower.dwellings(tower.building)[0]
    before = db.session.query(Place).filter_by(parent_id=tower.building.id).count()
    form = {"door": home.id, "group": 0, "form_id": new_id()}
    codes = [client.post(f"{page}/moves", data=form).status_code for _ in range(2)]
    assert codes == [303, 303]
    assert db.session.query(Place).filter_by(parent_id=tower.building.id).count() == before + 1


def test_a_password_that_was_made_is_shown_again(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    client = browser(app, lin)
    wish = {"name": "Mei", "phone": "13612345678", "role": "volunteer", "place": "和风苑/3"}
    wish["form_id"] = form_id(client, "/people/new", "/people/new")
    shown = [client.post("/people/new", data=wish).text for _ in range(2)]
    passwords = {shown_password(text) for text in shown}
    mei = db.session.query(User).filter_by(name="Mei").one()
    assert [fits(password, mei.password_hash) for password in passwords] == [True]
    page = f"/people/{zhou.id}"
    reset = {"form_id": form_id(client, page, f"{page}/password")}
    again = [client.post(f"{page}/password", data=reset).text for _ in range(2)]
    made = {shown_password(text) for text in again}
    db.session.refresh(zhou)
    assert [fits(password, zhou.password_hash) for password in made] == [True]
    assert recorded("password.reset") == 1


def test_ones_own_password_is_changed_once(app: Flask, tower: Tower, zhou: User) -> None:
    zhou.password_hash = hash_of("wooden horse lamp 47")
    db.session.commit()
    new = {
        "current": "wooden horse lamp 47",
        "new": "silent river 88 tea",
        "again": "silent river 88 tea",
    }
    first, _ = send_twice(browser(app, zhou), "/me", "/me/password", **new)
    assert first.status_code == 303
    assert recorded("password.changed") == 1


def test_signing_in_twice_leaves_one_device(app: Flask, tower: Tower, zhou: User) -> None:
    zhou.password_hash = hash_of("wooden horse lamp 47")
    db.session.commit()
    client = browser(app)
    form = {"phone": zhou.phone, "password": "wooden horse lamp 47"}
    assert [client.post("/sign-in", data=form).status_code for _ in range(2)] == [303, 303]
    assert db.session.query(SignIn).filter_by(user_id=zhou.id, ended_at=None).count() == 1


def test_the_answer_by_htmx_leads_where_the_first_one_did(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    client, url = browser(app, lin), f"/people/{chen.id}/duties"
    form = {"role": "volunteer", "place": "和风苑/2", "form_id": new_id()}
    assert client.post(url, data=form, headers=HTMX).status_code == 200
    again = client.post(url, data=form, headers=HTMX)
    assert (again.status_code, again.headers["HX-Redirect"]) == (204, f"/people/{chen.id}")
    assert recorded("duty.given") == 1


@pytest.mark.commits
def test_twenty_copies_of_one_form_open_one_round(real: Flask) -> None:
    tower = Tower()
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate))
    wish = {"name": "Autumn", "place_id": tower.estate.id, "care_tag": "", "form_id": new_id()}
    clients = [browser(real, lin) for _ in range(20)]
    codes = at_once([lambda c=c: c.post("/rounds", data=wish).status_code for c in clients])
    assert codes == [303] * 20
    assert db.session.query(Round).count() == 1


@pytest.mark.commits
def test_copies_of_one_form_end_a_series_once(real: Flask) -> None:
    """Each of them finds it not ended yet, where several write at the same moment."""
    tower = Tower()
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate))
    url, form = f"/rota/series/{make_series(tower.building, lin).id}/end", {"form_id": new_id()}
    clients = [browser(real, lin) for _ in range(8)]
    codes = at_once([lambda c=c: c.post(url, data=form).status_code for c in clients])
    assert codes == [303] * 8
    assert recorded("series.ended") == 1
