"""The tray: found doors, late reports and homes that came to the roster later."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.coverage import actions, digest, door_queries, in_tray, round_queries, statements
from portal.coverage.models import Decision, Round, TrayItem, TrayKind
from portal.coverage.states import Outcome, State
from portal.coverage.verify import differences
from portal.db import db
from portal.errors import RuleError
from portal.tower.actions import add_dwelling
from tests.conftest import Tower, browser, person_of
from tests.coverage.factory import door_of, figures, make_round, new_id, visit


def found(tower: Tower, opened: Round, user: User, room: str = "801") -> TrayItem:
    head = door_queries.plan_head(person_of(user), opened.id, tower.building.id)
    return in_tray.report_found(
        person_of(user), head, unit="1", floor=8, room=room, note="on the roof", uuid=new_id()
    )


def test_a_found_door_joins_the_base_only_when_somebody_else_approves(
    tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    item = found(tower, opened, zhou)
    assert figures(opened, tower.building) == {"not_tried": 42}
    in_tray.decide(person_of(lin), item, accept=True, answer="seen it")
    db.session.commit()
    assert figures(opened, tower.building) == {"not_tried": 43}
    assert figures(opened, tower.estate) == {"not_tried": 127}
    home = next(h for h in tower.dwellings(tower.building) if h.room == "801")
    assert door_of(opened, home.id).joined_by == lin.id
    assert list(differences(opened)) == []


def test_a_door_on_the_plan_is_not_found_again(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    head = door_queries.plan_head(person_of(zhou), opened.id, tower.building.id)
    with pytest.raises(RuleError, match="on the plan already"):
        in_tray.report_found(
            person_of(zhou), head, uuid=new_id(), unit="1", floor=7, room="701", note=""
        )


def test_nobody_approves_what_they_reported(tower: Tower, lin: User) -> None:
    opened = make_round(tower.estate)
    item = found(tower, opened, lin)
    with pytest.raises(RuleError, match="Somebody else"):
        in_tray.decide(person_of(lin), item, accept=True, answer="mine")


def test_homes_that_come_to_the_roster_later_wait_to_be_let_in(
    tower: Tower, lin: User, head: User
) -> None:
    opened = make_round(tower.estate)
    add_dwelling(tower.building, unit="3", floor=8, room="801")
    add_dwelling(tower.building, unit="3", floor=8, room="802")
    db.session.commit()
    assert figures(opened, tower.estate) == {"not_tried": 126}
    assert round_queries.buildings_of_newcomers(opened) == [(tower.building, 2)]
    assert in_tray.admit(person_of(lin), opened) == 2
    assert figures(opened, tower.estate) == {"not_tried": 128}
    assert round_queries.buildings_of_newcomers(opened) == []
    assert list(differences(opened)) == []


def test_a_kept_report_is_entered_with_the_credit_of_its_reporter(
    tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(zhou, opened, home, Outcome.NOT_HOME, uuid=key)
    visit(zhou, opened, home, Outcome.MET, uuid=key, told=2)
    item = db.session.query(TrayItem).filter_by(kind=TrayKind.CONFLICT).one()
    in_tray.decide(person_of(lin), item, accept=True, answer="she rang me")
    db.session.commit()
    door = door_of(opened, home)
    assert (door.state, door.contacts, door.attempts) == (State.COVERED, 2, 0)
    assert item.decision is Decision.ACCEPTED
    assert list(differences(opened)) == []


def test_the_books_show_a_state_that_somebody_painted_over(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.building)
    home = tower.dwellings(tower.building)[0].id
    visit(zhou, opened, home, Outcome.NOT_HOME)
    assert list(differences(opened)) == []
    door_of(opened, home).state = State.COVERED
    db.session.commit()
    found_out = {(d.what, d.kept, d.rebuilt) for d in differences(opened)}
    assert ("state", State.COVERED, State.TRIED) in found_out


def test_a_closed_round_takes_no_newcomers(tower: Tower, zhou: User, lin: User) -> None:
    opened = make_round(tower.building)
    for home in tower.dwellings(tower.building):
        visit(zhou, opened, home.id, Outcome.MET)
    statements.sign_all_below(opened, tower.building, by=person_of(lin))
    actions.close_round(opened, by=person_of(lin))
    db.session.commit()
    add_dwelling(tower.building, unit="3", floor=8, room="801")
    db.session.commit()
    assert opened.digest == digest.digest_of(opened)
    assert list(differences(opened)) == []


def test_the_coordinator_decides_on_the_page(
    app: Flask, tower: Tower, zhou: User, lin: User, wu: User
) -> None:
    opened = make_round(tower.estate)
    url = f"/rounds/{opened.id}/plan/{tower.building.id}/found"
    form = {"uuid": new_id(), "unit": "1", "floor": "8", "room": "801", "note": ""}
    assert browser(app, zhou).post(url, data={**form, "floor": "x"}).status_code == 422
    assert browser(app, zhou).post(url, data=form).status_code == 303
    item = db.session.query(TrayItem).one()
    tray = f"/rounds/{opened.id}/tray"
    assert browser(app, zhou).get(tray).status_code == 403
    assert browser(app, wu).get(tray).status_code == 403
    client = browser(app, lin)
    assert "A door that is not on the list" in client.get(tray).text
    decision = f"/tray/{item.id}/decision"
    assert client.post(decision, data={"accept": "1"}).status_code == 409
    assert client.post(decision, data={"accept": "1", "answer": "seen"}).status_code == 303
    assert figures(opened, tower.building) == {"not_tried": 43}
