"""What a visit says about the roster is a question in the inbox until the roster is mended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.coverage import doors
from portal.coverage.entries import Entry
from portal.coverage.models import Round, Visit
from portal.coverage.states import ROSTER_DOUBTS, Outcome
from portal.db import db
from portal.outbox.models import Notice
from portal.rosters import actions as rosters
from portal.rosters.headings import Shape
from portal.rosters.reading import Reading
from portal.rosters.records import Dwelling
from portal.tasks.models import Task, TaskRules
from portal.tasks.states import TaskKind, TaskOutcome
from portal.tower.models import Dwelling as Home
from tests.conftest import Tower, browser, make_user, person_of
from tests.coverage.factory import make_round, new_id, visit


@pytest.fixture
def opened(tower: Tower) -> Round:
    return make_round(tower.community)


@pytest.fixture
def home(tower: Tower) -> Home:
    return tower.dwellings(tower.building)[0]


def questions() -> list[Task]:
    db.session.expire_all()
    return db.session.query(Task).order_by(Task.id).all()


def mend(home: Home, **changes: object) -> None:
    """A roster comes in that says something else about a household."""
    known = {"residents": home.residents, "contact_label": home.contact_label, "phone": home.phone}
    estate, building = "和风苑", "3"
    row = Dwelling(estate, building, home.unit, home.floor, home.room, vacant=False)
    for name, value in {**known, **changes}.items():
        setattr(row, name, value)
    reading = Reading(Shape.HOUSEHOLDS, homes=[row])
    community = db.session.get_one(rosters.Place, home.community_id)
    rosters.load(reading, community, by=None)
    db.session.commit()


@pytest.mark.parametrize("outcome", sorted(ROSTER_DOUBTS))
def test_lin_gets_one_question_a_door_and_it_leads_to_the_door(
    app: Flask, zhou: User, lin: User, opened: Round, home: Home, outcome: Outcome
) -> None:
    for _ in range(2):
        visit(zhou, opened, home.id, outcome, note="ask next door")
    (task,) = questions()
    assert (task.kind, task.holder_id, task.made_by) == (TaskKind.DATA, lin.id, zhou.id)
    assert (task.path, task.dwelling_id, task.note) == (home.path, home.id, "ask next door")
    client = browser(app, lin)
    assert "mend the roster" in client.get("/tasks?kind=data").text
    page = client.get(f"/tasks/{task.id}").text
    assert f"/dwellings/{home.id}" in page


def test_other_outcomes_ask_nothing(zhou: User, lin: User, opened: Round, home: Home) -> None:
    for outcome in set(Outcome) - ROSTER_DOUBTS - {Outcome.APPOINTMENT, Outcome.MET_PARTIAL}:
        visit(zhou, opened, home.id, outcome)
    assert questions() == []


def test_several_doors_at_once_are_a_question_each(
    tower: Tower, zhou: User, lin: User, opened: Round
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)[:3]]
    entry = Entry(uuid=new_id(), dwelling_id=0, outcome=Outcome.TENANT_CHANGED)
    doors.record_many(person_of(zhou), opened, entry, homes, batch=new_id())
    assert [task.dwelling_id for task in questions()] == homes


def test_an_undo_and_a_correction_withdraw_it(
    zhou: User, lin: User, opened: Round, tower: Tower
) -> None:
    first, second = tower.dwellings(tower.building)[:2]
    for home in (first, second):
        visit(zhou, opened, home.id, Outcome.BAD_ADDRESS)
    made = db.session.query(Visit).order_by(Visit.seq).all()
    person = person_of(zhou)
    doors.undo(person, opened, made[0])
    better = Entry(
        uuid=new_id(), dwelling_id=second.id, outcome=Outcome.NOT_HOME, reason="wrong tap"
    )
    doors.correct(person, opened, made[1], better)
    assert [task.outcome for task in questions()] == [TaskOutcome.NOT_NEEDED] * 2
    visit(zhou, opened, first.id, Outcome.BAD_ADDRESS)
    assert [task.is_open for task in questions()] == [False, False, True]


def test_it_stays_for_another_visit_that_found_the_same_door_wrong(
    tower: Tower, zhou: User, lin: User, opened: Round, home: Home
) -> None:
    second_leader = make_user("Second", (Role.LEADER, tower.building))
    visit(zhou, opened, home.id, Outcome.BAD_ADDRESS, note="no such floor")
    visit(second_leader, opened, home.id, Outcome.MOVED, note="the neighbour says so")
    visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    first, second, third = db.session.query(Visit).order_by(Visit.seq).all()
    for undone, heir in ((third, first), (first, second)):
        doors.undo(person_of(zhou), opened, undone)
        (task,) = questions()
        assert (task.is_open, task.visit) == (True, heir.uuid)
    assert task.note == "the neighbour says so"
    assert (task.made_by, task.holder_id) == (second_leader.id, lin.id)
    assert "moved away" in task.what
    doors.undo(person_of(second_leader), opened, second)
    (task,) = questions()
    assert task.outcome is TaskOutcome.NOT_NEEDED


def test_a_correction_that_doubts_too_keeps_it_open(
    zhou: User, lin: User, opened: Round, home: Home
) -> None:
    visit(zhou, opened, home.id, Outcome.BAD_ADDRESS)
    made = db.session.query(Visit).one()
    better = Entry(uuid=new_id(), dwelling_id=home.id, outcome=Outcome.MOVED, reason="wrong tap")
    doors.correct(person_of(zhou), opened, made, better)
    (task,) = questions()
    assert (task.is_open, task.visit) == (True, better.uuid)


def test_what_was_settled_before_is_not_asked_again(
    zhou: User, lin: User, opened: Round, home: Home
) -> None:
    visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    mend(home, contact_label="The new ones", residents=3)
    visit(zhou, opened, home.id, Outcome.BAD_ADDRESS)
    doors.undo(person_of(zhou), opened, db.session.query(Visit).order_by(Visit.seq).all()[-1])
    outcomes = [task.outcome for task in questions()]
    assert outcomes == [TaskOutcome.DONE, TaskOutcome.NOT_NEEDED]


def test_it_settles_itself_when_a_roster_changes_the_household(
    app: Flask, zhou: User, lin: User, opened: Round, tower: Tower
) -> None:
    first, second = tower.dwellings(tower.building)[:2]
    for home in (first, second):
        visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    mend(first)
    assert [task.is_open for task in questions()] == [True, True], "nothing was changed"
    mend(first, contact_label="The new ones", residents=3)
    settled, still = questions()
    assert (settled.outcome, still.is_open) == (TaskOutcome.DONE, True)
    page = browser(app, lin).get(f"/tasks/{settled.id}").text
    assert "The portal closed it: settled: the roster was mended" in page


def test_a_community_without_a_coordinator_keeps_it_for_later(
    zhou: User, opened: Round, home: Home
) -> None:
    visit(zhou, opened, home.id, Outcome.MOVED)
    (task,) = questions()
    assert task.holder_id is None


# What its owner is told, and by when --------------------------------------------------------------


def told(user: User) -> list[Notice]:
    db.session.expire_all()
    query = db.session.query(Notice).filter_by(user_id=user.id, kind="task.question")
    return query.order_by(Notice.id).all()


def test_lin_is_told_of_each_question_once_and_where_it_is(
    app: Flask, zhou: User, lin: User, opened: Round, tower: Tower
) -> None:
    homes = tower.dwellings(tower.building)[:3]
    for home in [*homes, homes[0]]:
        visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    assert len(told(lin)) == 3
    page = browser(app, lin).get("/notices").text
    assert page.count("<h2>A question about the roster: 和风苑, Building 3, Group 1") == 3
    assert page.count("The tenant has changed: mend the roster, due") == 3


def test_lin_is_not_told_of_what_she_found_herself(
    lin: User, opened: Round, home: Home, tower: Tower
) -> None:
    visit(lin, opened, home.id, Outcome.MOVED)
    assert len(questions()) == 1
    assert told(lin) == []


def test_what_was_taken_back_or_mended_is_nothing_new_any_more(
    app: Flask, zhou: User, lin: User, opened: Round, tower: Tower
) -> None:
    first, second = tower.dwellings(tower.building)[:2]
    for home in (first, second):
        visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    assert person_of(lin).unread == 2
    seen = db.session.query(Visit).filter_by(dwelling_id=first.id).one()
    doors.undo(person_of(zhou), opened, seen)
    assert person_of(lin).unread == 1
    mend(second, contact_label="新住户")
    assert person_of(lin).unread == 0


def test_what_lin_settles_by_hand_is_no_news_to_anybody(
    app: Flask, zhou: User, lin: User, opened: Round, home: Home, tower: Tower
) -> None:
    visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    (task,) = questions()
    assert person_of(lin).unread == 1
    answer = browser(app, lin).post(f"/tasks/{task.id}/closing", data={"outcome": "done"})
    assert answer.status_code == 303
    assert person_of(lin).unread == 0
    assert [notice.stale_at is None for notice in told(lin)] == [False]
    assert db.session.query(Notice).filter_by(user_id=zhou.id).count() == 0


def test_a_community_says_how_long_a_question_may_take(
    zhou: User, lin: User, opened: Round, home: Home, tower: Tower
) -> None:
    db.session.add(TaskRules(community_id=tower.community.id, mend_days=2))
    visit(zhou, opened, home.id, Outcome.MOVED)
    (task,) = questions()
    assert task.due_at - task.made_at == timedelta(days=2)
