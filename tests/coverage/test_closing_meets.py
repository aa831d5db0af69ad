"""A round is closed while somebody adds to it, on a real database with real transactions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import Role
from portal.accounts.models import User
from portal.coverage import door_queries, in_tray, queries, statements, tally_queries
from portal.coverage.entries import Entry
from portal.coverage.ledger import enter
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.coverage.verify import differences
from portal.db import db
from portal.tower.actions import add_dwelling
from tests.at_once import in_line
from tests.conftest import Tower, browser, make_user, person_of
from tests.coverage.factory import make_round, new_id

pytestmark = pytest.mark.commits


class Stage:
    """Everybody in building 3 was told and all have signed: Lin is about to close its round."""

    def __init__(self, real: Flask) -> None:
        self.real = real
        self.tower = Tower()
        self.lin = make_user("Lin", (Role.COORDINATOR, self.tower.estate))
        self.zhou = make_user("Zhou", (Role.LEADER, self.tower.building))
        self.opened = make_round(self.tower.building)
        told = [
            Entry(uuid=new_id(), dwelling_id=home.id, outcome=Outcome.MET, told=2)
            for home in self.tower.dwellings(self.tower.building)
        ]
        enter(person_of(self.zhou), self.opened.community_id, self.opened.id, told)
        statements.sign_all_below(self.opened, self.tower.building, by=person_of(self.lin))
        db.session.commit()

        self.close = self.post(f"/rounds/{self.opened.id}/closure")

    def post(self, url: str, **values: object) -> Callable[[], int]:
        """What Lin sends from a window of her own."""
        client = browser(self.real, self.lin)
        return lambda: client.post(url, data=values).status_code

    def behind_visits(self, *jobs: Callable[[], int]) -> list[int]:
        """Both come while somebody reports at every group: nobody can count yet."""
        db.session.rollback()
        tally_queries.lock_tallies(self.opened.community_id, self.opened.id, self.opened.path)
        with in_line(*jobs) as codes:
            db.session.rollback()
        return codes

    def report_found(self, by: User) -> int:
        head = door_queries.plan_head(person_of(by), self.opened.id, self.tower.building.id)
        where = {"unit": "1", "floor": 8, "room": "801"}
        item = in_tray.report_found(person_of(by), head, uuid=new_id(), note="", **where)
        db.session.commit()
        return item.id


def closed_or_grown(opened: Round, codes: list[int]) -> bool:
    """One of the two came first and the other was told; the books agree."""
    assert sorted(codes) == [303, 409]
    assert list(differences(opened)) == []
    if db.engine.dialect.name == "postgresql":  # there the first one in line is the first
        assert codes == [303, 409]
    return opened.is_open == (codes[0] == 409)


def test_a_found_door_does_not_join_a_round_that_has_just_closed(real: Flask) -> None:
    stage = Stage(real)
    item = stage.report_found(stage.zhou)
    accept = stage.post(f"/tray/{item}/decision", accept="1", answer="seen")
    codes = stage.behind_visits(stage.close, accept)
    assert closed_or_grown(stage.opened, codes)


def test_homes_of_the_roster_do_not_join_a_round_that_has_just_closed(real: Flask) -> None:
    stage = Stage(real)
    add_dwelling(stage.tower.building, unit="3", floor=8, room="801")
    db.session.commit()
    admit = stage.post(f"/rounds/{stage.opened.id}/newcomers")
    statements.sign_all_below(stage.opened, stage.tower.building, by=person_of(stage.lin))
    db.session.commit()
    codes = stage.behind_visits(stage.close, admit)
    assert closed_or_grown(stage.opened, codes)


def test_doors_of_a_round_that_has_just_closed_stay_in_their_groups(real: Flask) -> None:
    stage = Stage(real)
    building = stage.tower.building
    home = stage.tower.dwellings(building)[0]
    move = stage.post(f"/places/{building.id}/moves", door=home.id, group=2)
    codes = stage.behind_visits(stage.close, move)
    assert codes[1] == 303  # the tower may always change
    assert stage.opened.is_open == (codes[0] == 409)
    assert list(differences(stage.opened)) == []


def test_a_round_opened_during_a_cut_has_the_groups_of_after_it(real: Flask) -> None:
    stage = Stage(real)
    building = stage.tower.building
    home = stage.tower.dwellings(building)[0]
    move = stage.post(f"/places/{building.id}/moves", door=home.id, group=2)
    spring = {"name": "Spring", "place_id": building.id, "care_tag": ""}
    open_another = stage.post("/rounds", **spring)
    assert stage.behind_visits(move, open_another) == [303, 303]
    (opened,) = db.session.scalars(select(Round).where(Round.id != stage.opened.id))
    assert list(differences(opened)) == []


def test_a_visit_under_way_is_entered_before_its_round_is_closed(real: Flask) -> None:
    """It holds its group already and names the round only afterwards: each would wait for ever."""
    stage = Stage(real)
    zhou, opened = person_of(stage.zhou), stage.opened
    home = stage.tower.dwellings(stage.tower.building)[0].id
    away = Entry(uuid=new_id(), dwelling_id=home, outcome=Outcome.TENANT_CHANGED)
    queries.lock_doors(opened.community_id, opened.id, [home])
    with in_line(stage.close) as codes:
        enter(zhou, opened.community_id, opened.id, [away])
        db.session.commit()
    assert codes == [409]  # a household is to be told again
    assert list(differences(opened)) == []
