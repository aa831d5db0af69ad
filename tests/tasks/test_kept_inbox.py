"""A list is drawn once for each of its states; whatever it shows changes at once all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import Permission, Role
from portal.accounts.models import HeldDuty, User
from portal.clock import at, now, today
from portal.coverage import door_queries, in_tray
from portal.coverage.states import Outcome
from portal.db import db
from portal.tasks.drawing import DrawnInbox, Wanted, drawn_inbox
from portal.tasks.models import Task
from portal.tasks.states import TaskKind, TaskOutcome
from portal.tasks.steps import Step
from portal.tower.models import Dwelling
from tests.conftest import Tower, browser, make_user, person_of
from tests.coverage.factory import make_round, new_id, visit
from tests.relay.factory import make_bulletin, stop_at
from tests.shifts.factory import evening, make_shift, put
from tests.tasks.factory import make_task, make_warning

NOON = at(today(), time(12))


def looked_at(app: Flask, user: User, moment: datetime, wanted: Wanted | None = None) -> DrawnInbox:
    with app.test_request_context("/tasks?lang=en"):
        return drawn_inbox(person_of(user), moment, wanted or Wanted())


def text(drawn: DrawnInbox) -> str:
    return drawn.part.text.decode()


def test_what_has_not_changed_is_not_drawn_again(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    make_task(tower.building, lin, chen, due_at=NOON)
    make_task(tower.building, lin, chen, due_at=NOON + timedelta(days=3))
    first = looked_at(app, chen, NOON + timedelta(minutes=1))
    assert looked_at(app, chen, NOON + timedelta(hours=2)) is first
    assert (first.total, first.overdue, first.shown) == (2, 1, 2)


Change = Callable[[Task, Tower, User], object]
CHANGES: dict[str, Change] = {
    "its words": lambda task, *_: setattr(task, "what", "Ring the Qians"),
    "its hour": lambda task, *_: setattr(task, "due_at", NOON + timedelta(hours=3)),
    "its kind": lambda task, *_: setattr(task, "kind", TaskKind.DATA),
    "its door": lambda task, tower, _: setattr(
        task, "dwelling_id", tower.dwellings(tower.building)[5].id
    ),
    "its holder": lambda task, _, other: task.give_to(other.id),
    "its end": lambda task, *_: task.close(TaskOutcome.DONE, at=NOON),
    "its room": lambda task, *_: setattr(
        db.session.get_one(Dwelling, task.dwelling_id), "room", "999"
    ),
    "the name of its building": lambda _, tower, __: setattr(tower.building, "name", "Rose House"),
    "the name of its estate": lambda _, tower, __: setattr(tower.estate, "name", "Rose Court"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_a_task_shows_at_once(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User, change: Change
) -> None:
    home = tower.dwellings(tower.building)[0]
    task = make_task(tower.building, lin, chen, home=home, due_at=NOON)
    before = looked_at(app, chen, NOON)
    change(task, tower, zhou)
    db.session.commit()
    after = looked_at(app, chen, NOON)
    assert text(after) != text(before)
    assert text(looked_at(app, chen, NOON)) == text(after)


def test_time_alone_makes_a_task_late_and_the_hour_a_date(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    evening_today = at(today(), time(20))
    make_task(tower.building, lin, chen, due_at=evening_today)
    early = looked_at(app, chen, NOON)
    assert "today 20:00" in text(early)
    assert "overdue" not in text(early).split("<ol")[1]
    late = looked_at(app, chen, evening_today + timedelta(minutes=1))
    assert 'class="late"' in text(late)
    assert late.overdue == 1
    tomorrow = looked_at(app, chen, at(today() + timedelta(days=1), time(0, 1)))
    assert "today 20:00" not in text(tomorrow)


def test_a_bulletin_is_late_once_its_time_has_come(app: Flask, tower: Tower, lin: User) -> None:
    make_bulletin(tower.estate, lin, hours=24)
    mei = make_user("Mei", (Role.LEADER, tower.building))
    due = now() + timedelta(days=2)
    assert looked_at(app, mei, now()).overdue == 0
    assert looked_at(app, mei, due).overdue == 1
    assert 'class="late"' in text(looked_at(app, mei, due))


def test_a_relayed_bulletin_is_gone_at_once(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.building, lin, title="New swindle")
    group = tower.groups(tower.building)[0]
    assert "New swindle" in text(looked_at(app, zhou, now()))
    bulletin.title = "Newer swindle"
    db.session.commit()
    assert "Newer swindle" in text(looked_at(app, zhou, now()))
    for place in (tower.building, group, tower.groups(tower.building)[1]):
        stop_at(bulletin, place).relayed_at = now()
    db.session.commit()
    assert looked_at(app, zhou, now()).total == 0


def test_another_language_text_and_filter_are_drawn_for_themselves(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    make_task(tower.building, lin, chen, what="Ring the Zhaos")
    client = browser(app, chen)
    assert "Call back" in client.get("/tasks").text
    assert "回电" in client.get("/tasks?lang=zh").text
    assert "Call back" in client.get("/tasks").text
    assert "Nothing fits" in client.get("/tasks?q=qian").text
    assert "Ring the Zhaos" in client.get("/tasks?q=zhao").text
    assert "Nothing fits" in client.get("/tasks?kind=data").text
    assert "Ring the Zhaos" in client.get("/tasks").text


def test_a_right_that_is_lost_takes_its_ways_along(app: Flask, tower: Tower, lin: User) -> None:
    other = make_user("Mei", (Role.VOLUNTEER, tower.building))
    task = make_task(tower.building, lin, lin)
    client = browser(app, lin)
    assert "/tasks/new" in client.get("/tasks").text
    duty = db.session.scalars(select(HeldDuty).where(HeldDuty.user_id == lin.id)).one()
    duty.ended_at = now()
    db.session.commit()
    page = client.get("/tasks").text
    assert "/tasks/new" not in page
    assert f"/tasks/{task.id}" in page, "what one holds stays one's own"
    assert not person_of(other).may(Permission.RUN_TASKS)
    assert f"/tasks/{task.id}" not in browser(app, other).get("/tasks").text


def test_what_doors_tray_rota_and_warnings_say_shows_at_once(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    opened = make_round(tower.community)
    home = tower.dwellings(tower.building)[0]
    first, second = (at(today() + timedelta(days=days), time(18)) for days in (1, 2))
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=first)
    agreed = text(looked_at(app, zhou, NOON))
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=second)
    assert text(looked_at(app, zhou, NOON)) != agreed
    opened.closed_at = now()
    db.session.commit()
    assert looked_at(app, zhou, NOON).total == 0, "a closed round waits for nobody"
    opened.closed_at = None
    head = door_queries.plan_head(person_of(zhou), opened.id, tower.building.id)
    shift = make_shift(tower, tower.building, evening(1))
    wanted = put(shift, chen, stand_in_since=now(), stand_in_why="ill")
    warning = make_warning(tower, lin)
    for change in (
        lambda: in_tray.report_found(
            person_of(zhou), head, uuid=new_id(), unit="1", floor=9, room="901", note="roof"
        ),
        lambda: in_tray.report_found(
            person_of(zhou), head, uuid=new_id(), unit="1", floor=9, room="902", note="roof"
        ),
        lambda: setattr(opened, "name", "Winter round"),
        lambda: setattr(wanted, "stand_in_why", "away"),
        lambda: setattr(wanted, "stand_in_since", None),
        lambda: warning.come_to(Step.SEEN, due_at=warning.due_at),
    ):
        before = text(looked_at(app, lin, NOON))
        change()
        db.session.commit()
        assert text(looked_at(app, lin, NOON)) != before
