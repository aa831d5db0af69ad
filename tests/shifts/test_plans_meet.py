"""Two coordinators publish at the same moment, on a real database with real transactions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.outbox.models import Notice
from portal.shifts import publishing
from portal.shifts.models import Assignment, ProposedTurn, RotaPlan, Shift
from portal.shifts.states import PlanState
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import make_proposal, make_shift


def coordinators(tower: Tower) -> tuple[User, User, User]:
    zhou = make_user("Zhou", (Role.LEADER, tower.building))
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate))
    return zhou, lin, make_user("Shen", (Role.COORDINATOR, tower.community))


@pytest.mark.commits
def test_of_many_who_publish_one_plan_one_does_and_the_others_are_told(real: Flask) -> None:
    tower = Tower()
    zhou, lin, shen = coordinators(tower)
    plan_id = make_proposal(tower, tower.building, zhou).plan_id
    clients = [browser(real, user) for user in (lin, shen, lin, shen)]
    url = f"/rota/plans/{plan_id}"
    jobs = [lambda c=c: c.post(f"{url}/publication").status_code for c in clients]
    assert at_once(jobs) == [303] * 4
    told = [client.get(url).text for client in clients]
    assert sum("Published: 1 shift." in page for page in told) == 1
    assert sum("This plan had been published already." in page for page in told) == 3
    assert (db.session.query(Shift).count(), db.session.query(Assignment).count()) == (1, 1)
    assert db.session.query(Notice).filter_by(kind="shifts.rota").count() == 1


@pytest.mark.commits
def test_of_two_plans_over_the_same_groups_one_is_published_and_the_other_told(
    real: Flask,
) -> None:
    tower = Tower()
    zhou, lin, shen = coordinators(tower)
    plans = [make_proposal(tower, tower.building, zhou).plan_id for _ in range(2)]
    urls = [f"/rota/plans/{plan_id}/publication" for plan_id in plans]
    clients = [browser(real, user) for user in (lin, shen)]
    jobs = [lambda c=c, u=u: c.post(u).status_code for c, u in zip(clients, urls, strict=True)]
    codes = at_once(jobs)
    assert sorted(codes) == [303, 409]
    late = codes.index(409)
    page = clients[late].post(urls[late]).text
    assert "Meanwhile the plan for Building 3" in page
    assert "make a new plan" in page
    states = {plan.id: plan.state for plan in db.session.query(RotaPlan)}
    assert states == {
        plans[1 - late]: PlanState.PUBLISHED,
        plans[late]: PlanState.PROPOSED,
    }
    assert (db.session.query(Shift).count(), db.session.query(Assignment).count()) == (1, 1)


def test_a_plan_worked_out_after_the_other_knows_its_shifts(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    early = make_proposal(tower, tower.building, zhou)
    publishing.publish(db.session.get_one(RotaPlan, early.plan_id), by=person_of(lin), now=now())
    as_of = (now() + timedelta(seconds=1)).isoformat()
    late = make_proposal(tower, tower.buildings[0], zhou)
    other = db.session.get_one(RotaPlan, late.plan_id)
    other.figures = {**(other.figures or {}), "as_of": as_of}
    db.session.commit()
    url = f"/rota/plans/{late.plan_id}/publication"
    assert browser(app, lin).post(url).status_code == 303


def test_a_turn_whose_group_has_got_a_shift_meanwhile_is_left_out(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    turn = make_proposal(tower, tower.building, zhou)
    make_shift(tower, tower.building, turn.starts_at + timedelta(hours=1))
    page = browser(app, lin).post(f"/rota/plans/{turn.plan_id}/publication", follow_redirects=True)
    assert "1 turn was left out: its group has got a shift at that hour." in page.text
    assert db.session.query(Shift).count() == 1
    assert db.session.query(ProposedTurn).count() == 0
