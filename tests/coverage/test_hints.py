"""After each report the plan says what else there is to do at the home."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.clock import now
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.db import db
from portal.tasks.models import Task
from portal.tasks.states import TaskState
from portal.tower.models import Dwelling
from tests.conftest import HTMX, Tower, browser, counted_queries
from tests.coverage.factory import make_round, new_id, visit
from tests.shifts.factory import send_out
from tests.tasks.factory import make_task, make_warning

LINK = re.compile(r'<a href="([^"]+)">((?:[^<]*: )?\d+ other tasks? at this home)</a>')


def report(
    client: FlaskClient,
    opened: Round,
    home: Dwelling,
    outcome: Outcome = Outcome.NOT_HOME,
    **headers: Any,
) -> tuple[str, list[tuple[str, str]]]:
    """Report that nobody was home, or something else: the text of the answer, its hints."""
    url = f"/rounds/{opened.id}/doors/{home.id}/visits"
    form = {"uuid": new_id(), "outcome": outcome.value}
    answer = client.post(url, data=form, headers=headers)
    page = client.get(answer.location).text if answer.status_code == 303 else answer.text
    return page, LINK.findall(page)


def test_the_plan_leads_to_the_other_task_at_a_home(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home, neighbour = tower.dwellings(tower.building)[:2]
    task = make_task(tower.building, lin, zhou, home=home)
    line = (f"/tasks/{task.id}", "1 other task at this home")
    client = browser(app, zhou)
    assert report(client, opened, home, **HTMX)[1] == [line]
    assert report(client, opened, home)[1] == [line], "without scripting"
    assert report(client, opened, neighbour, **HTMX)[1] == []
    assert report(client, opened, neighbour)[1] == []


def test_several_tasks_are_counted_and_the_door_lists_them(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened, other = make_round(tower.estate), make_round(tower.estate, name="Spring round")
    home = tower.dwellings(tower.building)[0]
    agreed = now() + timedelta(days=1)
    visit(zhou, other, home.id, Outcome.APPOINTMENT, appointment_at=agreed)
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=agreed)
    make_task(tower.building, lin, zhou, home=home)
    make_task(tower.building, lin, zhou, home=home, state=TaskState.CLOSED)
    make_task(tower.building, lin, lin, home=home, what="Whom Lin rings")
    client = browser(app, zhou)
    ((url, words),) = report(client, opened, home, **HTMX)[1]
    assert words == "3 other tasks at this home"
    assert url == f"/rounds/{opened.id}/doors/{home.id}#others"
    page = client.get(url.removesuffix("#others")).text
    _, _, listed = page.partition('id="others"')
    assert listed.count("<small>") - listed.partition("</ol>")[2].count("<small>") == 3


def test_the_crew_of_a_shift_reads_only_of_what_is_theirs(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    send_out(chen, tower.groups(tower.building)[0])
    make_task(tower.building, lin, zhou, home=home)
    warning = make_warning(tower, lin, home=home)
    client = browser(app, chen)
    assert report(client, opened, home, **HTMX)[1] == []
    assert report(client, opened, home)[1] == []
    assert report(browser(app, zhou), opened, home)[1][0][1] == "1 other task at this home"
    mine = make_task(tower.building, lin, chen, home=home)
    assert report(client, opened, home, **HTMX)[1] == [
        (f"/tasks/{mine.id}", "1 other task at this home")
    ]
    assert f"/warnings/{warning.id}" not in report(client, opened, home)[0]


def test_a_report_about_many_doors_names_those_where_more_waits(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)[:8]
    tasks = [make_task(tower.building, lin, zhou, home=home) for home in homes[:2]]
    client = browser(app, zhou)
    form = {"uuid": new_id(), "outcome": "not_home", "door": [home.id for home in homes]}
    answer = client.post(f"/rounds/{opened.id}/plan/{tower.building.id}/visits", data=form)
    found = LINK.findall(client.get(answer.location).text)
    assert [url for url, _ in found] == [f"/tasks/{task.id}" for task in tasks]
    assert all(home.room in words for home, (_, words) in zip(homes, found, strict=False))


def test_what_a_report_asks_itself_is_nothing_else_to_do(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    client = browser(app, zhou)
    assert report(client, opened, home, Outcome.MOVED, **HTMX)[1] == []
    (question,) = db.session.query(Task)
    later = (f"/tasks/{question.id}", "1 other task at this home")
    assert report(client, opened, home, **HTMX)[1] == [later], "of another report it is"
    neighbour = tower.dwellings(tower.building)[1]
    task = make_task(tower.building, lin, zhou, home=neighbour)
    line = (f"/tasks/{task.id}", "1 other task at this home")
    assert report(client, opened, neighbour, Outcome.MOVED)[1] == [line], "on the plan as well"


def test_of_many_doors_the_only_one_where_more_waits_is_named_too(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)[:8]
    make_task(tower.building, lin, zhou, home=homes[3])
    client = browser(app, zhou)
    form = {"uuid": new_id(), "outcome": "not_home", "door": [home.id for home in homes]}
    answer = client.post(f"/rounds/{opened.id}/plan/{tower.building.id}/visits", data=form)
    ((_, words),) = LINK.findall(client.get(answer.location).text)
    assert homes[3].room in words


def test_a_task_closed_meanwhile_is_no_longer_named(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    task = make_task(tower.building, lin, zhou, home=home)
    client = browser(app, zhou)
    assert report(client, opened, home)[1]
    plan = f"/rounds/{opened.id}/plan/{tower.building.id}"
    tag = client.get(plan).headers["ETag"]
    client.post(f"/tasks/{task.id}/closing", data={"outcome": "done"})
    page = client.get(plan, headers={"If-None-Match": tag})
    assert page.status_code == 200
    assert LINK.findall(page.text) == []
    assert "/undo" in page.text


def test_what_has_been_taken_back_leaves_no_line(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    make_task(tower.building, lin, zhou, home=home)
    client = browser(app, zhou)
    page, _ = report(client, opened, home, **HTMX)
    undo = re.search(r'action="([^"]+/undo)"', page)
    assert undo is not None
    assert "other task" not in client.post(undo[1], headers=HTMX).text


def test_a_report_asks_one_question_for_it_however_much_waits(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    first, second = tower.dwellings(tower.building)[:2]
    for _ in range(20):
        make_task(tower.building, lin, zhou, home=second)
    client = browser(app, zhou)
    report(client, opened, first, **HTMX)
    with counted_queries() as few:
        report(client, opened, first, **HTMX)
    with counted_queries() as many:
        report(client, opened, second, **HTMX)
    assert len(few) == len(many)
    assert sum("FROM tasks" in statement for statement in few) == 1
