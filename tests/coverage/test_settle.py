"""The tray says of everything that waits what happened, and what its buttons will do."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale

from portal.accounts.models import User
from portal.coverage import words
from portal.coverage.models import TrayKind
from tests.conftest import Tower, browser
from tests.coverage.factory import make_round
from tests.coverage.test_sync import sent, ticked, undo_of


def test_what_a_phone_sent_waits_in_plain_words_with_the_buttons_that_settle_it(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    homes = [home.id for home in tower.dwellings(tower.building)[:3]]
    first = ticked(opened, homes[0])
    phone = browser(app, zhou)
    sent(phone, zhou, first, {**first, "outcome": "not_home"})
    sent(phone, zhou, undo_of(ticked(opened, homes[1])), ticked(opened, homes[2], "teleported"))
    page = browser(app, lin).get(f"/rounds/{opened.id}/tray").text
    for kind in (TrayKind.CONFLICT, TrayKind.HELD, TrayKind.BROKEN):
        with app.test_request_context(), force_locale("en"):
            assert str(words.TRAY[kind]) in page
            assert str(words.SETTLE[kind]) in page
    assert "newer version" in page
    assert page.count('name="accept" value="1"') == 2  # what is broken cannot be entered
    assert set(words.TRAY) == set(words.SETTLE) == set(TrayKind)
