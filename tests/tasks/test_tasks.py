"""Tasks are made, given, handed over, given back, split and closed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.clock import now, today
from portal.db import db
from portal.outbox.models import Notice
from portal.tasks import queries
from portal.tasks.models import Task, TaskEvent, TaskRules
from portal.tasks.states import Deed, TaskOutcome, TaskState
from tests.conftest import Tower, browser, counted_queries
from tests.gaps.factory import text
from tests.tasks.factory import make_task

TOMORROW = (today() + timedelta(days=1)).isoformat()


def fields(**changes: str) -> dict[str, str]:
    wanted = {
        "kind": "data",
        "what": "Who lives there now?",
        "place": "和风苑/3",
        "unit": "2",
        "room": "501",
        "day": TOMORROW,
        "hour": "20:00",
    }
    return wanted | changes


def told(user: User) -> list[str]:
    query = db.session.query(Notice.kind).filter_by(user_id=user.id).order_by(Notice.id)
    return [kind for (kind,) in query]


def deeds(task: Task) -> list[Deed]:
    query = db.session.query(TaskEvent.deed).filter_by(task_id=task.id).order_by(TaskEvent.id)
    return [deed for (deed,) in query]


def test_zhou_makes_a_task_at_a_door_and_gives_it_to_chen(
    app: Flask, tower: Tower, zhou: User, chen: User
) -> None:
    client = browser(app, zhou)
    answer = client.post("/tasks/new", data=fields())
    task = db.session.query(Task).one()
    assert answer.location == f"/tasks/{task.id}"
    assert task.dwelling_id in {home.id for home in tower.dwellings(tower.building)}
    assert client.post(f"/tasks/{task.id}/assignment", data={"user_id": chen.id}).status_code == 303
    assert db.session.get_one(Task, task.id).holder_id == chen.id
    assert told(chen) == ["task.assigned"]
    page = browser(app, chen).get("/notices").text
    assert "A task for you, from Zhou" in page
    assert "Who lives there now?" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"place": "桂香苑/1"}, "There is no such place in your area"),
        ({"room": "9999"}, "There is no such door in this building"),
        ({"what": " "}, "Please fill this in"),
        ({"day": "2020-01-01"}, "A day from today on"),
        ({"kind": "appointment"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_made_is_explained(
    app: Flask, zhou: User, changes: dict[str, str], said: str
) -> None:
    answer = browser(app, zhou).post("/tasks/new", data=fields(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.query(Task).count() == 0


def test_the_form_knows_the_door_one_comes_from(app: Flask, tower: Tower, zhou: User) -> None:
    home = tower.dwellings(tower.building)[0]
    page = browser(app, zhou).get(f"/tasks/new?dwelling={home.id}").text
    assert 'value="和风苑/3"' in page
    assert f'value="{home.room}"' in page
    other = tower.dwellings(tower.other_building)[0]
    assert browser(app, zhou).get(f"/tasks/new?dwelling={other.id}").status_code == 404


# Handing over ------------------------------------------------------------------------------------


def test_chen_stays_responsible_until_zhou_takes_it(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    task = make_task(tower.building, lin, chen)
    browser(app, chen).post(f"/tasks/{task.id}/offer", data={"user_id": zhou.id})
    assert (task.holder_id, task.offered_to) == (chen.id, zhou.id)
    assert told(zhou) == ["task.offered"]
    browser(app, zhou).post(f"/tasks/{task.id}/taking")
    db.session.refresh(task)
    assert (task.holder_id, task.offered_to) == (zhou.id, None)
    assert told(chen) == ["task.taken"]
    assert deeds(task) == [Deed.OFFERED, Deed.TAKEN]


def test_whoever_cannot_take_it_says_why_and_it_stays(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    task = make_task(tower.building, lin, chen, offered_to=zhou.id)
    client = browser(app, zhou)
    assert client.post(f"/tasks/{task.id}/refusal", data={"reason": ""}).status_code == 422
    client.post(f"/tasks/{task.id}/refusal", data={"reason": "away until Monday"})
    db.session.refresh(task)
    assert (task.holder_id, task.offered_to) == (chen.id, None)
    assert told(chen) == ["task.declined"]


def test_a_task_is_given_back_with_a_reason_to_the_nearest_coordinator(
    app: Flask, tower: Tower, lin: User, head: User, chen: User
) -> None:
    task = make_task(tower.building, head, chen)
    client = browser(app, chen)
    assert client.post(f"/tasks/{task.id}/return", data={"reason": "too far"}).location == "/tasks"
    db.session.refresh(task)
    assert task.holder_id is None
    assert told(lin) == ["task.returned"]
    assert told(head) == []
    assert client.get(f"/tasks/{task.id}").status_code == 404, "no longer any business of Chen's"
    assert "too far" in browser(app, lin).get(f"/tasks/{task.id}").text


def test_only_whoever_is_asked_can_take_it(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    task = make_task(tower.building, lin, chen)
    assert browser(app, zhou).post(f"/tasks/{task.id}/taking").status_code == 409
    assert (
        browser(app, zhou).post(f"/tasks/{task.id}/offer", data={"user_id": zhou.id}).status_code
        == 409
    )
    asked = make_task(tower.building, lin, zhou, offered_to=chen.id)
    closing = {"outcome": "done"}
    answer = browser(app, chen).post(f"/tasks/{asked.id}/closing", data=closing)
    assert answer.status_code == 409


# Splitting and closing ---------------------------------------------------------------------------


def test_a_task_is_closed_with_its_outcome_and_shows_what_else_there_is(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    home = tower.dwellings(tower.building)[0]
    task = make_task(tower.building, lin, chen, home=home)
    make_task(tower.building, lin, chen, home=home, what="The other thing")
    client = browser(app, chen)
    answer = client.post(f"/tasks/{task.id}/closing", data={"outcome": "done"})
    page = client.get(answer.location).text
    assert "Other tasks at this household" in page
    assert "The other thing" in page
    db.session.refresh(task)
    assert (task.state, task.outcome) == (TaskState.CLOSED, TaskOutcome.DONE)
    assert told(lin) == ["task.closed"]
    again = client.post(f"/tasks/{task.id}/closing", data={"outcome": "done"})
    assert again.status_code == 409


def test_what_was_not_done_needs_a_reason(app: Flask, tower: Tower, lin: User, chen: User) -> None:
    task = make_task(tower.building, lin, chen)
    client = browser(app, chen)
    data = {"outcome": "not_possible"}
    refused = client.post(f"/tasks/{task.id}/closing", data=data)
    assert refused.status_code == 422
    assert "why it was not done" in refused.text
    assert re.search(r"<input checked[^>]* value=\"not_possible\"", refused.text), "as it was"
    client.post(f"/tasks/{task.id}/closing", data=data | {"reason": "moved away"})
    assert "moved away" in client.get(f"/tasks/{task.id}").text


def test_a_task_with_an_open_part_stays_open(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    task = make_task(tower.building, lin, chen)
    client = browser(app, chen)
    part = {"what": "Only the cellar", "day": TOMORROW, "hour": "18:00"}
    client.post(f"/tasks/{task.id}/parts", data=part)
    made = db.session.query(Task).filter_by(part_of=task.id).one()
    assert (made.holder_id, made.path) == (chen.id, task.path)
    done = {"outcome": "done"}
    assert client.post(f"/tasks/{task.id}/closing", data=done).status_code == 409
    client.post(f"/tasks/{made.id}/closing", data=done)
    assert client.post(f"/tasks/{task.id}/closing", data=done).status_code == 303


# Who sees it -------------------------------------------------------------------------------------


def test_a_task_is_nobody_elses_business(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User
) -> None:
    task = make_task(tower.building, lin, chen)
    other = make_task(tower.building, lin)
    assert browser(app, wu).get(f"/tasks/{task.id}").status_code == 404
    assert browser(app, chen).get(f"/tasks/{other.id}").status_code == 404
    assert browser(app).get(f"/tasks/{task.id}").status_code == 302
    assert browser(app, chen).get("/tasks/all").status_code == 403
    assert (
        browser(app, chen)
        .post(f"/tasks/{task.id}/assignment", data={"user_id": chen.id})
        .status_code
        == 403
    )


def test_a_task_goes_only_to_somebody_near(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User
) -> None:
    task = make_task(tower.building, lin)
    answer = browser(app, lin).post(f"/tasks/{task.id}/assignment", data={"user_id": wu.id})
    assert answer.status_code == 422
    assert "Wu" not in text(browser(app, lin).get(f"/tasks/{task.id}").text)


# The coordinator ---------------------------------------------------------------------------------


def test_lin_sees_the_tasks_of_the_estate_by_person_place_kind_and_age(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User, wu: User
) -> None:
    long_ago = now() - timedelta(days=8)
    make_task(tower.building, lin, chen, what="Chen's old one", made_at=long_ago)
    make_task(tower.buildings[0], lin, zhou, what="Zhou's", due_at=now() - timedelta(hours=1))
    make_task(tower.other_building, wu, wu, what="Wu's")
    make_task(tower.estate, lin, what="Nobody's")
    client = browser(app, lin)

    def shown(query: str) -> set[str]:
        page = client.get(f"/tasks/all?{query}").text
        names = ("Chen&#39;s old one", "Zhou&#39;s", "Wu&#39;s", "Nobody&#39;s")
        return {name.split("&")[0] for name in names if f">{name}</a>" in page}

    assert shown("") == {"Chen", "Zhou", "Nobody"}
    assert shown(f"person={chen.id}") == {"Chen"}
    assert shown(f"place={tower.building.id}") == {"Chen"}
    assert shown("state=overdue") == {"Zhou"}
    assert shown("state=nobody") == {"Nobody"}
    assert shown("age=7") == {"Chen"}
    assert shown("kind=data") == set()
    assert shown("q=old") == {"Chen"}
    assert client.get(f"/tasks/all?place={tower.other_building.id}").status_code == 404
    assert client.get("/tasks/all?age=x").status_code == 400


def test_a_long_list_takes_as_many_queries_as_a_short_one(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    client = browser(app, lin)

    def asked(url: str) -> int:
        with counted_queries() as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    make_task(tower.building, lin, chen)
    few = [asked("/tasks/all"), asked("/tasks/load")]
    homes = tower.dwellings(tower.building)
    for number in range(60):
        make_task(tower.building, lin, chen, home=homes[number % 42])
    assert [asked("/tasks/all"), asked("/tasks/load")] == few


def test_the_coordinator_is_told_once_a_day_of_somebody_who_carries_too_much(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    db.session.add(TaskRules(community_id=tower.community.id, most_held=2))
    for _ in range(2):
        make_task(tower.building, lin, chen)
    client = browser(app, lin)
    for _ in range(2):
        task = make_task(tower.building, lin)
        client.post(f"/tasks/{task.id}/assignment", data={"user_id": chen.id})
    assert told(lin) == ["task.load"]
    page = client.get("/tasks/load").text
    assert "needs help" in page
    assert ">4</a>" in page


def test_the_load_is_shown_by_name_and_never_ranked(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    make_task(tower.building, lin, zhou)
    for _ in range(3):
        make_task(tower.building, lin, chen)
    page = browser(app, lin).get("/tasks/load").text
    assert page.index(">Chen") < page.index(">Zhou")


def test_the_head_decides_what_is_too_much_and_how_long_a_question_may_take(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    url, rules = f"/tasks/load/{tower.community.id}", {"most_held": 5, "mend_days": 3}
    client = browser(app, head)
    assert client.post(url, data=rules).status_code == 303
    assert queries.most_held(tower.community.id) == 5
    assert queries.mend_within(tower.community.id) == timedelta(days=3)
    assert re.search('name="mend_days"[^>]* value="3"', client.get("/tasks/load").text)
    for wrong in ({"most_held": 0}, {"mend_days": 0}, {"mend_days": 91}):
        assert client.post(url, data=rules | wrong).status_code == 422
    assert browser(app, lin).post(url, data=rules).status_code == 404
