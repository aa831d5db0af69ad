"""Chen opens one list and sees what to do next, wherever it comes from."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import end_of_day, now, today
from portal.coverage import door_queries, in_tray
from portal.coverage.states import Outcome
from portal.db import db
from portal.tasks.inbox import inbox
from portal.tasks.states import TaskKind, TaskState
from portal.tasks.steps import Move, Step
from portal.tasks.warning_models import WarningEvent
from portal.tower.signals import dwellings_moved
from tests.conftest import (
    HTMX,
    Tower,
    browser,
    counted_queries,
    make_user,
    person_of,
    planned,
)
from tests.coverage.factory import make_round, new_id, visit
from tests.shifts.factory import evening, make_shift, put, send_out
from tests.tasks.factory import make_task, make_warning

LATER = timedelta(days=2)


def kinds(user: User) -> list[TaskKind]:
    return [entry.kind for entry in inbox(person_of(user), now()).entries]


def test_chen_sees_the_most_urgent_first_and_what_is_overdue(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    make_task(tower.building, lin, chen, what="Tomorrow's list", due_at=now() + LATER)
    make_task(tower.building, lin, chen, what="Ring the Zhaos", due_at=now() - timedelta(hours=1))
    page = browser(app, chen).get("/tasks").text
    assert page.index("Ring the Zhaos") < page.index("Tomorrow&#39;s list")
    assert "1 task is overdue" in page
    assert "2 tasks wait for me." in page


def test_today_leads_to_what_waits(app: Flask, tower: Tower, lin: User, chen: User) -> None:
    client = browser(app, chen)
    assert "tasks wait" not in client.get("/").text
    make_task(tower.building, lin, chen)
    page = client.get("/").text
    assert "1 task waits for me." in page
    assert "None is overdue." in page
    make_task(tower.building, lin, chen, due_at=now() - timedelta(hours=1))
    page = client.get("/").text
    assert "2 tasks wait for me." in page
    assert "1 task is overdue" in page


def test_today_shows_the_three_most_urgent_with_their_clocks(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    client = browser(app, chen)
    made = {
        what: make_task(tower.building, lin, chen, what=what, due_at=now() + timedelta(hours=hours))
        for what, hours in {"Fourth": 40, "Third": 30, "First": -1, "Second": 20}.items()
    }
    lines = client.get("/").text.split('<ol class="shifts tasks">')[1].split("</ol>")[0]
    assert re.findall(r"<b>(\w+)</b>", lines) == ["First", "Second", "Third"]
    assert lines.count('class="due"') == 3
    assert lines.count("overdue") == 1
    client.post(f"/tasks/{made['First'].id}/closing", data={"outcome": "done"})
    assert "<b>First</b>" not in client.get("/").text


def test_an_agreed_time_is_a_task_of_those_who_go_there(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User, wu: User
) -> None:
    opened = make_round(tower.community)
    home = tower.dwellings(tower.building)[0]
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=now() + LATER)
    assert kinds(chen) == [], "a volunteer goes there on a shift only"
    send_out(chen, tower.groups(tower.building)[0])
    assert kinds(zhou) == kinds(chen) == [TaskKind.APPOINTMENT]
    assert kinds(wu) == kinds(lin) == []
    page = browser(app, chen).get("/tasks").text
    assert f"/rounds/{opened.id}/doors/{home.id}" in page
    visit(zhou, opened, home.id, Outcome.MET)
    assert kinds(chen) == [], "the door knows: nothing can drift"


def test_what_waits_in_the_tray_and_on_the_rota_is_the_coordinators(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    opened = make_round(tower.community)
    head = door_queries.plan_head(person_of(zhou), opened.id, tower.building.id)
    found = {"unit": "1", "floor": 9, "room": "901", "note": "roof"}
    in_tray.report_found(person_of(zhou), head, uuid=new_id(), **found)
    shift = make_shift(tower, tower.building, evening(1))
    put(shift, chen, stand_in_since=now(), stand_in_why="ill")
    assert set(kinds(lin)) == {TaskKind.FOUND, TaskKind.STAND_IN}
    assert kinds(chen) == []
    page = browser(app, lin).get("/tasks").text
    assert f"/rounds/{opened.id}/tray" in page
    assert f"/shifts/{shift.id}" in page


def test_a_warning_that_was_visited_alone_waits_for_its_reviewer(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    rao = make_user("Rao", (Role.REVIEWER, tower.estate))
    make_warning(tower, lin, step=Step.REPLIED, visitor_id=chen.id)
    assert kinds(rao) == [TaskKind.WARNING]
    make_warning(tower, lin, step=Step.REPLIED, visitor_id=chen.id, companion_id=rao.id)
    make_warning(tower, lin, step=Step.REPLIED, visitor_id=rao.id)
    assert kinds(rao) == [TaskKind.WARNING], "nobody reviews where they went themselves"
    given_on = make_warning(tower, lin, step=Step.REPLIED, visitor_id=chen.id)
    report = {"move": Move.VISIT, "before": Step.ASSIGNED, "after": Step.ASSIGNED, "facts": {}}
    db.session.add(
        WarningEvent(warning_id=given_on.id, at=now(), by_id=rao.id, receipt="1", **report)
    )
    db.session.commit()
    assert kinds(rao) == [TaskKind.WARNING], "nor of what they reported before it was given on"


def test_whoever_comes_along_has_the_visit_on_their_list_once(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    make_warning(tower, lin, step=Step.ASSIGNED, visitor_id=zhou.id, companion_id=chen.id)
    make_warning(tower, lin, step=Step.ASSIGNED, visitor_id=chen.id, companion_id=chen.id)
    assert kinds(zhou) == [TaskKind.WARNING]
    assert kinds(chen) == [TaskKind.WARNING] * 2


@pytest.mark.any_database("PostgreSQL plans by what it has counted, and these tables are small")
def test_no_table_is_gone_through_for_a_list(
    app: Flask, tower: Tower, lin: User, head: User, zhou: User
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it has counted, and these tables are small")
    for user in (head, zhou):
        client = browser(app, user)
        with counted_queries() as seen:
            client.get("/tasks")
        plan = [step for statement in seen for step in planned(statement)]
        assert [step for step in plan if re.match("SCAN (?!json_each|anon_)", step)] == []
    assert any("ix_doors_agreed" in step for step in plan), "Zhou goes from door to door"


def test_the_list_is_filtered_and_searched(app: Flask, tower: Tower, lin: User, chen: User) -> None:
    make_task(tower.building, lin, chen, what="Ring the Zhaos")
    make_task(tower.building, lin, chen, what="Who lives there", kind=TaskKind.DATA)
    client = browser(app, chen)
    assert "Who lives there" not in client.get("/tasks?kind=call_back").text
    assert "Ring the Zhaos" not in client.get("/tasks?q=LIVES").text
    assert "Nothing fits" in client.get("/tasks?when=overdue").text
    for wrong in ("kind=x", "when=x"):
        assert client.get(f"/tasks?{wrong}").status_code == 400


def test_what_is_due_at_midnight_is_due_by_tonight(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    midnight = end_of_day(today())
    make_task(tower.building, lin, chen, what="Ring tonight", due_at=midnight)
    make_task(tower.building, lin, chen, what="Ring later", due_at=midnight + timedelta(seconds=1))
    page = browser(app, chen).get("/tasks?when=today").text
    assert "today by midnight" in page
    assert "Ring tonight" in page
    assert "Ring later" not in page


def test_a_line_leads_to_the_door_in_one_tap_for_whoever_may_look_there(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    home = tower.dwellings(tower.building)[0]
    for holder in (zhou, chen):
        make_task(tower.building, lin, holder, home=home)
    make_task(tower.building, lin, zhou)
    page = browser(app, zhou).get("/tasks").text
    assert f'href="/dwellings/{home.id}">' in page
    assert f'href="/places/{tower.building.id}">' in page
    page = browser(app, chen).get("/tasks").text
    assert "Unit 1 101" in page
    assert f"/dwellings/{home.id}" not in page
    listed = browser(app, lin).get("/tasks/all").text
    assert listed.count(f'href="/dwellings/{home.id}">') == 2
    assert listed.count(f'href="/places/{tower.building.id}">') == 1


def test_the_tab_of_the_list_counts_all_of_it_whatever_is_looked_for(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    client = browser(app, zhou)
    assert 'class="count"' not in client.get("/tasks").text
    for _ in range(3):
        make_task(tower.building, lin, zhou)
    for query in ("", "?q=nothing"):
        assert 'Mine <b class="count">3</b>' in client.get(f"/tasks{query}").text


def test_what_is_offered_to_me_is_on_my_list_and_stays_on_theirs(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    make_task(tower.building, lin, zhou, offered_to=chen.id)
    assert "you are asked to take it" in browser(app, chen).get("/tasks").text
    assert kinds(zhou) == [TaskKind.CALL_BACK]


def test_closed_tasks_are_on_nobodys_list(app: Flask, tower: Tower, lin: User, chen: User) -> None:
    make_task(tower.building, lin, chen, state=TaskState.CLOSED, offered_to=None)
    assert kinds(chen) == []


def test_two_hundred_tasks_take_as_many_queries_as_one(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    def asked(user: User, count: int) -> int:
        homes = tower.dwellings(tower.building)
        for number in range(count):
            make_task(tower.building, lin, user, home=homes[number % len(homes)])
        client = browser(app, user)
        with counted_queries() as seen:
            assert client.get("/tasks").status_code == 200
        return len(seen)

    few = asked(zhou, 1)
    assert asked(zhou, 200) == few


def test_without_tasks_the_list_says_what_will_stand_there(app: Flask, chen: User) -> None:
    assert "Nothing waits for you" in browser(app, chen).get("/tasks").text
    assert browser(app, chen).get("/tasks", headers=HTMX).status_code == 200
    assert browser(app).get("/tasks").location == "/sign-in?next=/tasks"


def test_a_task_at_a_door_follows_the_door_to_another_group(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    home = tower.dwellings(tower.building)[0]
    task = make_task(tower.building, lin, chen, home=home)
    second = tower.groups(tower.building)[1]
    home.group_id, home.path = second.id, second.path
    db.session.flush()
    dwellings_moved.send([tower.building])
    db.session.refresh(task)
    assert (task.place_id, task.path) == (second.id, second.path)


def test_every_kind_at_a_household_is_shown_beside_the_others(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    home = tower.dwellings(tower.building)[0]
    opened = make_round(tower.community)
    soon = now() + timedelta(days=1)
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=soon)
    visit(zhou, opened, home.id, Outcome.TENANT_CHANGED)
    visit(zhou, opened, home.id, Outcome.APPOINTMENT, appointment_at=soon)
    warning = make_warning(tower, lin, home=home)
    call = make_task(tower.building, lin, zhou, home=home, what="Ring them back")
    client = browser(app, lin)
    kinds = ("Police warning", "Data question", "Call back", "Appointment at a door")

    def shown(url: str) -> set[str]:
        page = client.get(url).text
        _, _, rest = page.partition("Other tasks at this household")
        return {kind for kind in kinds if f"<small>{kind}</small>" in rest}

    assert shown(f"/tasks/{call.id}") == set(kinds) - {"Call back"}
    assert shown(f"/warnings/{warning.id}") == set(kinds) - {"Police warning"}
    door = f"/rounds/{opened.id}/doors/{home.id}"
    assert shown(door) == set(kinds) - {"Appointment at a door"}
    page = browser(app, zhou).get(door).text
    assert "Ring them back" in page
    assert "Police warning" not in page, "leaders see no warnings"
