"""Several coordinators fill the same seat at once, on a real database with real transactions."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.db import db
from portal.teams.models import CORE_SEATS, Seat, Team
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user
from tests.tower.factory import groups_of, homes, housed

pytestmark = pytest.mark.commits


def test_of_eight_at_once_one_gets_the_seat(real: Flask) -> None:
    tower = Tower()
    building = housed(tower.estate, "9", homes())
    (group,) = groups_of(building)
    users = [make_user(f"U{n}", (Role.COORDINATOR, tower.estate)) for n in range(8)]
    db.session.commit()
    jobs = []
    for user in users:
        client, form = browser(real, user), {"seat": 1, "user_id": user.id}
        url = f"/places/{group.id}/seats"
        jobs.append(lambda c=client, u=url, f=form: c.post(u, data=f).status_code)
    assert sorted(at_once(jobs)) == [303] + [409] * 7
    assert db.session.query(Seat).filter_by(group_id=group.id, number=1).count() == 1
    assert db.session.query(Team).filter_by(group_id=group.id).one().vacant == CORE_SEATS - 1


def test_the_same_seat_of_many_groups_at_once_is_filled_once_in_each(real: Flask) -> None:
    tower = Tower()
    for name in ("9", "10", "11"):
        housed(tower.estate, name, homes(floors=20))
    users = [make_user(f"U{n}", (Role.COORDINATOR, tower.estate)) for n in range(4)]
    jobs = []
    for user in users:
        client, form = browser(real, user), {"seat": 2, "user_id": user.id}
        url = f"/places/{tower.estate.id}/seats"
        jobs.append(lambda c=client, u=url, f=form: c.post(u, data=f).status_code)
    assert sorted(at_once(jobs)) == [303, 409, 409, 409]
    teams = db.session.query(Team).count()
    assert db.session.query(Seat).count() == teams == 6
    assert {team.vacant for team in db.session.query(Team)} == {CORE_SEATS - 1}
