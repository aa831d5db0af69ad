"""Those who answer: numbers and their lists, phones, hand-over, deletion, posters."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import now, today
from portal.db import db
from portal.public import queries
from portal.public.models import Entrance, Inquiry, Reply, Slip
from portal.public.states import Progress, progress
from portal.public.upkeep import tick
from portal.tasks import actions as tasks
from portal.tasks.models import Task
from portal.tasks.states import TaskOutcome
from tests.conftest import Tower, browser, counted_queries, make_user, person_of
from tests.public.factory import make_entrance, make_inquiry


@pytest.fixture
def entrance(tower: Tower, zhou: User) -> Entrance:
    return make_entrance(tower.building, zhou)


def task_of(inquiry: Inquiry) -> Task:
    return db.session.get_one(Task, inquiry.task_id)


def closed(inquiry: Inquiry, *, days_ago: int) -> Inquiry:
    task_of(inquiry).close(TaskOutcome.DONE, at=now() - timedelta(days=days_ago))
    db.session.commit()
    return inquiry


def test_every_message_is_in_one_state_and_every_number_is_its_list(
    app: Flask, tower: Tower, lin: User, zhou: User, wu: User, entrance: Entrance
) -> None:
    made = [make_inquiry(entrance, f"words {n}") for n in range(5)]
    elsewhere = make_inquiry(make_entrance(tower.other_building, wu), "not Lin's")
    hour = timedelta(hours=1)
    task_of(made[0]).due_at = now() - hour
    made[1].answered_at = now()
    made[2].answered_at, task_of(made[2]).due_at = now(), now() - hour
    closed(made[3], days_ago=0)
    db.session.commit()
    expected = [Progress.OVERDUE, Progress.IN_TIME, Progress.LATE, Progress.UNANSWERED]
    for inquiry, where in zip(made, [*expected, Progress.WAITING], strict=True):
        task = task_of(inquiry)
        found = progress(
            due_at=task.due_at, answered_at=inquiry.answered_at, is_open=task.is_open, at=now()
        )
        assert found is where
    client = browser(app, lin)
    page = client.get("/inquiries").text
    assert "2 messages wait for an answer" in page
    for where in ("", *Progress):
        number = re.search(rf'progress={where}">(\d+)<' if where else r'days=30">(\d+)<', page)
        assert number
        listed = client.get("/inquiries/list", query_string={"progress": where}).text
        assert int(number[1]) == listed.count("/inquiries/") - 2, where or "all"
    assert f"/inquiries/{elsewhere.task_id}" not in client.get("/inquiries/list").text
    assert client.get(f"/inquiries/{elsewhere.task_id}").status_code == 404
    assert client.get(f"/inquiries/list?place={tower.other_building.id}").status_code == 404
    for query in ("days=9", "kind=x", "progress=x", "place=x"):
        assert client.get(f"/inquiries/list?{query}").status_code == 400


def test_a_leader_of_a_group_sees_what_its_doors_ask_and_nothing_else(
    app: Flask, tower: Tower, entrance: Entrance
) -> None:
    group = tower.groups(tower.building)[0]
    leader = make_user("Group leader", (Role.LEADER, group))
    client = browser(app, leader)
    make_inquiry(entrance, "about the building")
    page = client.get("/inquiries").text
    assert "Nobody has written" in page
    assert "Every message is answered" not in page
    homes = tower.dwellings(tower.building)
    own = next(home for home in homes if home.group_id == group.id)
    other = next(home for home in homes if home.group_id != group.id)
    asked = make_inquiry(entrance, "about a door", home=own)
    make_inquiry(entrance, "about another door", home=other)
    page = client.get("/inquiries").text
    assert "1 message waits for an answer" in page
    number = re.search(r'href="(/inquiries/list[^"]*place=\d+[^"]*)">1<', page)
    assert number
    listed = client.get(number[1].replace("&amp;", "&"))
    assert listed.status_code == 200
    assert re.findall(r"/inquiries/(\d+)", listed.text) == [str(asked.task_id)]


def test_a_long_list_takes_as_many_queries_as_a_short_one(
    app: Flask, tower: Tower, lin: User, entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(app, lin)

    def asked(url: str) -> int:
        with counted_queries() as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    make_inquiry(entrance, "the first")
    few = [asked("/inquiries"), asked("/inquiries/list")]
    others = [make_entrance(building, lin) for building in tower.buildings[:2]]
    for number in range(40):
        make_inquiry(others[number % 2], f"words {number}")
    assert [asked("/inquiries"), asked("/inquiries/list")] == few


def test_a_phone_is_masked_and_shown_for_a_reason_only(
    app: Flask, tower: Tower, zhou: User, chen: User, lin: User, entrance: Entrance
) -> None:
    inquiry = make_inquiry(entrance, phone="13800138000")
    slip = db.session.query(Slip).one()
    url = f"/inquiries/{inquiry.task_id}"
    client = browser(app, zhou)
    assert "13800138000" not in client.get(url).text
    assert client.post(f"{url}/phones/{slip.id}").status_code == 422
    page = client.post(f"{url}/phones/{slip.id}", data={"reason": "asked to be rung"}).text
    assert 'href="tel:13800138000"' in page
    event = db.session.query(AuditEvent).filter_by(action="phone.revealed").one()
    assert (event.subject, event.person_id) == ("inquiry", zhou.id)
    task_of(inquiry).give_to(chen.id)
    db.session.commit()
    volunteer = browser(app, chen)
    assert "138****8000" in volunteer.get(url).text
    assert volunteer.post(f"{url}/phones/{slip.id}", data={"reason": "x"}).status_code == 403
    other = make_inquiry(entrance, "another")
    stray = client.post(f"/inquiries/{other.task_id}/phones/{slip.id}", data={"reason": "x"})
    assert stray.status_code == 404


def test_it_is_handed_over_and_answered_by_whoever_has_it(
    app: Flask, tower: Tower, zhou: User, chen: User, wu: User, entrance: Entrance
) -> None:
    inquiry = make_inquiry(entrance)
    url = f"/tasks/{inquiry.task_id}"
    client = browser(app, zhou)
    page = client.get(url).text
    assert "A resident made the task" in page
    assert client.post(f"{url}/offer", data={"user_id": chen.id}).status_code == 303
    volunteer = browser(app, chen)
    assert volunteer.post(f"{url}/taking").status_code == 303
    reply = {"text": "I will ask", "outcome": "open"}
    assert volunteer.post(f"/inquiries/{inquiry.task_id}/replies", data={}).status_code == 422
    assert volunteer.post(f"/inquiries/{inquiry.task_id}/replies", data=reply).status_code == 303
    assert task_of(inquiry).is_open
    assert "answered" in volunteer.get(url).text
    part = {"what": "Ask the manager", "day": today().isoformat(), "hour": "23:59"}
    volunteer.post(f"{url}/parts", data=part)
    assert volunteer.get("/tasks").text.count("Ask the manager") == 1
    stranger = browser(app, wu)
    assert stranger.get(f"/inquiries/{inquiry.task_id}").status_code == 404
    assert stranger.post(f"/inquiries/{inquiry.task_id}/replies", data=reply).status_code == 404


def test_a_leader_who_is_blocked_gets_nothing(
    app: Flask, tower: Tower, zhou: User, lin: User, entrance: Entrance
) -> None:
    zhou.disabled_at = now()
    second = make_user("Second", (Role.LEADER, tower.building))
    db.session.commit()
    assert task_of(make_inquiry(entrance)).holder_id == second.id


# Deleting ----------------------------------------------------------------------------------------


def test_words_and_phones_are_deleted_when_their_time_is_over(
    app: Flask, tower: Tower, lin: User, zhou: User, entrance: Entrance
) -> None:
    old = closed(make_inquiry(entrance, "old words", phone="13800138000"), days_ago=181)
    db.session.add(Reply(inquiry_id=old.id, text="old answer", at=now(), by_id=zhou.id))
    fresh = closed(make_inquiry(entrance, "fresh words"), days_ago=179)
    waiting = make_inquiry(entrance, "open words")
    assert tick(now()) == 1
    assert tick(now()) == 0
    for inquiry in (old, fresh, waiting):
        db.session.refresh(inquiry)
    assert (old.text, old.digest, fresh.text, waiting.text) == ("", "", "fresh words", "open words")
    assert [slip.phone for slip in queries.slips_of(old)] == [None]
    assert queries.replies_to(old)[0].Reply.text == ""
    page = browser(app, lin).get(f"/inquiries/{old.task_id}").text
    assert "The text was deleted" in page
    search = queries.Search(since=now() - timedelta(days=1))
    assert queries.per_building(person_of(lin), search, now())[0].all == 3, "the count stays"


def test_the_door_is_forgotten_too_also_by_what_was_split_off(
    tower: Tower, zhou: User, entrance: Entrance
) -> None:
    home, other = tower.dwellings(tower.building)[:2]
    old = make_inquiry(entrance, "old words", home=home)
    fresh = make_inquiry(entrance, "fresh words", home=other)
    until, by = now() + timedelta(days=1), person_of(zhou)
    part = tasks.split(task_of(old), what="Ask the manager", due_at=until, by=by)
    detail = tasks.split(part, what="Find the number", due_at=until, by=by)
    assert detail.dwelling_id == home.id
    for task in (part, detail):
        task.close(TaskOutcome.DONE, at=now())
    closed(old, days_ago=181)
    assert tick(now()) == 1
    db.session.expire_all()
    for task in (task_of(old), part, detail):
        where = (task.dwelling_id, task.place_id, task.path)
        assert where == (None, tower.building.id, tower.building.path)
    assert (task_of(fresh).dwelling_id, task_of(fresh).path) == (other.id, other.path)


# Posters -----------------------------------------------------------------------------------------


def test_zhou_prints_a_poster_and_a_new_code_ends_the_old_one(
    app: Flask, tower: Tower, zhou: User, head: User
) -> None:
    client = browser(app, zhou)
    url = f"/places/{tower.building.id}/entrances"
    assert "Posters at the entrances" in client.get(f"/places/{tower.building.id}").text
    assert client.get(url).text.count("Make a poster") == 4, "the building and its three units"
    answer = client.post(url, data={"unit": "2"})
    page = client.get(answer.location).text
    first = db.session.query(Entrance).one()
    for there in (first.code, "<svg", "96110", "Unit 2"):
        assert there in page
    client.post(url, data={"unit": "2"})
    second = db.session.query(Entrance).filter_by(ended_at=None).one()
    assert second.code != first.code
    stranger = browser(app)
    assert stranger.get(f"/ask/{first.code}").status_code == 404
    assert stranger.get(f"/ask/{second.code}").status_code == 200
    assert client.post(url, data={"unit": "77"}).status_code == 409
    assert client.post(f"/entrances/{first.id}/end").status_code == 404
    trail = browser(app, head).get("/audit").text
    assert trail.count("Gave an entrance a code") == 2


def test_posters_are_for_those_who_lead_there(
    app: Flask, tower: Tower, zhou: User, chen: User, wu: User
) -> None:
    url = f"/places/{tower.building.id}/entrances"
    assert browser(app, chen).get(url).status_code == 403
    assert browser(app, wu).get(url).status_code == 404
    assert browser(app).get(url).status_code == 302
    assert browser(app, zhou).get(f"/places/{tower.estate.id}/entrances").status_code == 404
