"""Messages in the same instant, on a real database with real transactions."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.db import db
from portal.public.models import Slip
from portal.tasks.models import Task
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user
from tests.public.factory import drawn, make_entrance

pytestmark = pytest.mark.commits


def test_copies_of_a_form_are_one_message_and_a_flood_ends_at_ten(real: Flask) -> None:
    tower = Tower()
    entrance = make_entrance(tower.building, make_user("Zhou", (Role.LEADER, tower.building)))
    url, clients = f"/ask/{entrance.code}", [browser(real) for _ in range(14)]
    stamp = drawn(entrance)

    def post(n: int, text: str, stamp: str) -> int:
        data = {"kind": "question", "text": text, "stamp": stamp}
        address = {"REMOTE_ADDR": f"10.0.2.{n}"}
        return clients[n].post(url, data=data, environ_base=address).status_code

    copies = at_once([lambda n=n: post(n, "the same", stamp) for n in range(14)])
    assert copies == [200] * 14
    assert db.session.query(Slip).count() == 1

    stamps = [drawn(entrance) for _ in range(14)]
    flood = at_once([lambda n=n: post(n, f"words {n}", stamps[n]) for n in range(14)])
    assert sorted(flood) == [200] * 9 + [429] * 5, "ten in five minutes, the first among them"
    assert db.session.query(Task).count() == 10
