"""Entrances and messages for the tests."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Flask, current_app
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.public import actions, queries
from portal.public.models import Entrance, Inquiry
from portal.public.numbers import number_and_code
from portal.public.stamps import Stamps
from portal.public.states import InquiryKind
from portal.tasks.states import TaskOutcome
from portal.tower.models import Dwelling, Place
from tests.conftest import browser, person_of

SEEDS = count()


def make_entrance(building: Place, by: User, unit: str = "") -> Entrance:
    entrance = actions.open_entrance(building, unit, by=person_of(by))
    db.session.commit()
    return entrance


def drawn(entrance: Entrance, *, ago: timedelta = timedelta(minutes=1)) -> str:
    """The mark of a form that was drawn a while ago."""
    config = current_app.config
    stamps = Stamps([*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]])
    return stamps.draw(entrance.code, at=now() - ago).text


def ask(
    app: Flask, entrance: Entrance, *, address: str = "10.0.0.1", **fields: Any
) -> TestResponse:
    """Somebody at the entrance writes; `fields` replace those of a plain question."""
    sent = {"kind": "question", "text": "When is the talk?", "stamp": drawn(entrance), **fields}
    return browser(app).post(
        f"/ask/{entrance.code}?lang=en", data=sent, environ_base={"REMOTE_ADDR": address}
    )


def make_inquiry(
    entrance: Entrance,
    text: str = "When is the talk?",
    *,
    home: Dwelling | None = None,
    **more: Any,
) -> Inquiry:
    """A message that has come in, about a door or about none."""
    columns = {"kind": InquiryKind.QUESTION, "room": "", "phone": None, **more}
    message = actions.Message(text=text, **columns)
    number, code = number_and_code(f"seed {next(SEEDS)}".encode())
    actions.receive(message, entrance, home=home, number=number, code=code, title="A question")
    db.session.commit()
    found = queries.maybe_by_number(number)
    assert found
    return found[1]


def answered_inquiry(entrance: Entrance, by: User) -> tuple[str, str]:
    """A message that is answered; its number and code."""
    number, code = number_and_code(f"seed {next(SEEDS)}".encode())
    message = actions.Message(kind=InquiryKind.TIP, text="A caller", room="", phone=None)
    actions.receive(message, entrance, home=None, number=number, code=code, title="A tip")
    found = queries.maybe_by_number(number)
    assert found
    actions.reply(found[2], found[1], "Thank you", outcome=TaskOutcome.DONE, by=person_of(by))
    db.session.commit()
    return number, code


def number_and_code_of(answer: TestResponse) -> tuple[str, str]:
    """What the sender is shown."""
    number, code = re.findall(r'<dd><b class="nowrap">([^<]+)</b></dd>', answer.text)
    return number, code


def read_answer(app: Flask, sent: TestResponse) -> str:
    """What its sender reads later, by the number and code they were shown."""
    number, code = number_and_code_of(sent)
    return browser(app).post("/answers?lang=en", data={"number": number, "code": code}).text


def stamp_in(page: str) -> str:
    found = re.search(r'name="stamp" type="hidden" value="([^"]+)"', page)
    assert found
    return found[1]
