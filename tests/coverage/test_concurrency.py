"""Many taps at once, on a real database with real transactions."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.sign_in_queries import maybe_person
from portal.coverage.models import Door, TrayItem, Visit
from portal.coverage.states import Outcome, State
from portal.coverage.verify import differences
from portal.db import db
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user, token_for
from tests.coverage.factory import make_round, new_id

pytestmark = pytest.mark.commits


def test_twenty_copies_of_one_tap_make_one_event(real: Flask) -> None:
    tower = Tower()
    zhou = make_user("Zhou", (Role.LEADER, tower.building))
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    url, form = f"/rounds/{opened.id}/doors/{home}/visits", {"uuid": new_id(), "outcome": "met"}
    clients = [browser(real, zhou) for _ in range(20)]
    codes = at_once([lambda c=c: c.post(url, data=form).status_code for c in clients])
    assert codes == [303] * 20
    assert db.session.query(Visit).count() == 1
    assert db.session.query(TrayItem).count() == 0
    assert list(differences(opened)) == []


def test_taps_at_all_doors_of_a_group_at_once_are_all_counted(real: Flask) -> None:
    tower = Tower()
    users = [make_user(f"U{n}", (Role.LEADER, tower.building)) for n in range(4)]
    opened = make_round(tower.estate)
    homes = [home.id for home in tower.dwellings(tower.building)[:21]]
    clients = [browser(real, user) for user in users]
    urls = [f"/rounds/{opened.id}/doors/{home}/visits" for home in homes]
    forms = [{"uuid": new_id(), "outcome": "not_home"} for _ in homes]
    jobs = [
        lambda c=clients[n % 4], url=url, form=form: c.post(url, data=form).status_code
        for n, (url, form) in enumerate(zip(urls, forms, strict=True))
    ]
    assert at_once(jobs) == [303] * 21
    states = Counter(db.session.scalars(db.select(Door.state)))
    assert states == {State.NOT_TRIED: 105, State.TRIED: 21}
    assert list(differences(opened)) == []


def test_the_same_id_with_different_words_at_once_keeps_one_and_trays_the_other(
    real: Flask,
) -> None:
    tower = Tower()
    zhou = make_user("Zhou", (Role.LEADER, tower.building))
    assert maybe_person(token_for(zhou)) is not None
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    url, key = f"/rounds/{opened.id}/doors/{home}/visits", new_id()
    outcomes = [Outcome.MET, Outcome.NOT_HOME]
    clients = [browser(real, zhou) for _ in outcomes]
    codes = at_once(
        [
            lambda c=c, o=o: c.post(url, data={"uuid": key, "outcome": o.value}).status_code
            for c, o in zip(clients, outcomes, strict=True)
        ]
    )
    assert sorted(codes) == [303, 409]
    assert db.session.query(Visit).count() == 1
    assert db.session.query(TrayItem).count() == 1
    assert list(differences(opened)) == []
