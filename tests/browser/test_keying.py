"""Keying a paper sheet by keyboard alone: one key an outcome, Enter for the next door."""

from __future__ import annotations

import pytest

from portal.coverage.door_queries import plan_head
from portal.coverage.models import Visit
from portal.coverage.states import KEYS, Outcome, State
from portal.db import db
from portal.paper import actions
from portal.paper.models import Sheet
from tests.browser.conftest import DESK, SignIn, Site
from tests.conftest import person_of
from tests.coverage.factory import door_of, new_id

pytestmark = [pytest.mark.commits, pytest.mark.browser]


def test_a_sheet_is_keyed_with_two_keys_a_door(site: Site, sign_in: SignIn) -> None:
    zhou, batch = site.people["zhou"], new_id()
    head = plan_head(person_of(zhou), site.round.id, site.tower.building.id)
    actions.print_sheets(person_of(zhou), head, batch=batch)
    db.session.commit()
    sheet = db.session.query(Sheet).filter_by(batch=batch).order_by(Sheet.path).first()
    assert sheet is not None
    page = sign_in("zhou", size=DESK)
    page.goto(f"/sheets/{sheet.code}/entries")
    page.locator("select[name=rows-0-outcome]").focus()
    keys = [KEYS[o] for o in (Outcome.MET, Outcome.NOT_HOME, Outcome.REFUSED)]
    for n in range(len(sheet.doors) - 1):
        page.keyboard.press(keys[n % 3])
        page.keyboard.press("Enter")
    for text in (KEYS[Outcome.MET_PARTIAL], "Enter", "2", "Enter", "1", "Enter"):
        page.keyboard.press(text)
    assert page.evaluate("document.activeElement.type") == "submit"
    page.keyboard.press("Enter")
    page.locator(".plan").wait_for()
    db.session.rollback()  # look afresh
    states = [door_of(site.round, door).state for door in sheet.doors]
    assert states[:3] == [State.COVERED, State.TRIED, State.REFUSED]
    assert states[-1] is State.PART_COVERED
    last = db.session.query(Visit).filter_by(dwelling_id=sheet.doors[-1]).one()
    assert (last.told, last.remaining, last.credit_id) == (2, 1, zhou.id)
