"""The demo is what a new user sees first: it adds up, and everybody finds their pages."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.queries import find_by_phone
from portal.coverage.models import Round
from portal.coverage.verify import differences
from portal.db import db
from portal.demo.community import build
from portal.demo.people import LOGINS
from tests.conftest import browser

NAVIGATION = re.compile(r"<nav\b.*?</nav>", re.DOTALL)
ADDRESS = re.compile(r'href="(/[^"]*)"')


@pytest.mark.any_database("`make demo` serves it from SQLite")
def test_everybody_finds_the_pages_of_their_duty_in_a_demo_that_adds_up(app: Flask) -> None:
    build()
    db.session.flush()

    assert [
        wrong for opened in db.session.scalars(select(Round)) for wrong in differences(opened)
    ] == []
    for login in LOGINS:
        client = browser(app, find_by_phone(login.phone))
        addresses = ADDRESS.findall(NAVIGATION.findall(client.get("/").text)[0])
        assert "/" in addresses
        answers = {address: client.get(address).status_code for address in addresses}
        assert set(answers.values()) == {200}, (login.name, answers)
