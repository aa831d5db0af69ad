"""What crews must bring, an officer or a language: entered once, and obeyed wherever people go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.db import db
from portal.shifts import mending, plan_work, skills, stand_ins
from portal.shifts.models import PlaceNeeds, ProposedTurn, Shift
from portal.shifts.needs_queries import Needs, asked_of
from portal.shifts.own_queries import skills_by_community
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_building, make_user, person_of
from tests.shifts.factory import evening, make_shift, put, standings
from tests.shifts.test_plans import make_plan


def needs_of(shift: Shift) -> list[str]:
    db.session.expire_all()
    return db.session.get_one(Shift, shift.id).needs


def test_a_group_asks_what_it_asks_itself_and_what_lies_above() -> None:
    needs = Needs({"/1/2/": ["officer"], "/1/2/3/": ["english", "officer"], "/1/9/": ["sign"]})
    assert needs.of("/1/2/3/4/") == ["officer", "english"]
    assert needs.above("/1/2/3/4/") == ["officer", "english"]
    assert needs.of("/1/7/") == []


def test_skills_are_read_in_one_spelling() -> None:
    assert skills.read(" English，手语、 english ; ", "Wu") == ["wu", "english", "手语"]
    assert skills.own(["officer", "english", "leader"]) == ["english"]


def test_lin_says_what_a_building_asks_and_its_shifts_to_come_ask_it(
    app: Flask, tower: Tower, lin: User, wu: User
) -> None:
    ahead, over, elsewhere = (
        make_shift(tower, tower.building, evening(3)),
        make_shift(tower, tower.building, now() - timedelta(days=1)),
        make_shift(tower, tower.buildings[0], evening(3)),
    )
    client, url = browser(app, lin), f"/places/{tower.building.id}/needs"
    assert client.get(f"/rota/needs?place={tower.building.id}").location == url
    assert client.post(url, data={"officer": "y", "skills": "English"}).status_code == 303
    assert (needs_of(ahead), needs_of(over), needs_of(elsewhere)) == (
        ["officer", "english"],
        [],
        [],
    )
    page = client.get(url).text
    assert 'value="english"' in page
    assert "nobody in this estate yet" in page
    assert "police liaison, english" in client.get("/rota/needs").text
    group = tower.groups(tower.building)[0]
    assert (
        "Asked by a place above: police liaison, english"
        in client.get(f"/places/{group.id}/needs").text
    )
    client.post(url, data={})
    assert needs_of(ahead) == []
    assert db.session.query(PlaceNeeds).count() == 0
    assert browser(app, wu).get(url).status_code == 403
    assert client.get(f"/places/{tower.community.id}/needs").status_code == 404


def test_the_last_place_is_kept_for_an_officer_unless_one_is_in_the_crew(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    officer = make_user("Officer", (Role.OFFICER, tower.estate))
    mei = make_user("Mei", (Role.VOLUNTEER, tower.estate))
    data = {"officer": "y"}
    browser(app, lin).post(f"/places/{tower.estate.id}/needs", data=data)
    shift = make_shift(tower, tower.building, evening(3), needs=["officer"])
    put(shift, mei)
    client = browser(app, chen)
    assert "kept for a leader or a skill" in client.get("/shifts").text
    assert "One of the crew brings" in client.get(f"/shifts/{shift.id}").text
    assert client.post(f"/shifts/{shift.id}/signup").status_code == 409
    steered = browser(app, lin).get(f"/rota/shifts/{shift.id}").text
    assert "still missing: police liaison" in steered
    other = make_shift(tower, tower.building, evening(4), needs=["officer"])
    put(other, officer)
    assert client.post(f"/shifts/{other.id}/signup").status_code == 303
    assert "still missing" not in browser(app, lin).get(f"/rota/shifts/{other.id}").text


def test_a_stand_in_for_whoever_speaks_the_language_speaks_it_too(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    plain, able = (make_user(f"V{n}", (Role.VOLUNTEER, tower.estate)) for n in range(2))
    for user in (chen, able):
        form = {"skills": "English"}
        assert browser(app, lin).post(f"/people/{user.id}/skills", data=form).status_code == 303
    shift = make_shift(tower, tower.building, evening(1), seats=1, needs=["english"])
    put(shift, chen)
    assert stand_ins.want(shift.id, person_of(chen), why="", at=now()) == 1
    assert (
        browser(app, plain)
        .post(f"/shifts/{shift.id}/stand-in/answer", data={"answer": "yes"})
        .status_code
        == 409
    )
    assert standings(shift) == {"Chen": Standing.HELD}


def test_people_tick_what_buildings_near_them_ask_for(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    url = f"/places/{tower.building.id}/needs"
    browser(app, lin).post(url, data={"officer": "y", "skills": "English"})
    client = browser(app, chen)
    page = client.get("/shifts/time").text
    assert page.count('name="can"') == 1  # nobody ticks to be an officer
    client.post("/shifts/time", data={"can": "english", "skills": "first aid", "most_a_week": "2"})
    page = client.get("/shifts/time").text
    assert 'value="english" checked' in page
    assert 'value="first aid"' in page
    assert "1 person" in browser(app, lin).get(url).text
    told = browser(app, lin).get(f"/people/{chen.id}/time").text
    assert "english, first aid" in told


def test_chen_of_building_3_ticks_what_the_whole_estate_asks_for_and_no_other(
    app: Flask, tower: Tower, head: User, chen: User
) -> None:
    fourth = make_building(tower.estate, "4")
    asked = {tower.estate: "English", fourth: "Sign", tower.other_estate: "Hakka"}
    for place, skill in asked.items():
        browser(app, head).post(f"/places/{place.id}/needs", data={"skills": skill})
    assert asked_of(person_of(chen)) == ["english", "sign"]
    page = browser(app, chen).get("/shifts/time").text
    assert page.count('name="can"') == 2
    nobody = make_user("Nobody")
    assert asked_of(person_of(nobody)) == []


def test_a_coordinator_notes_what_somebody_can_and_keeps_what_follows_from_a_duty(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User
) -> None:
    url = f"/people/{chen.id}/skills"
    assert browser(app, lin).post(url, data={"skills": "手语，officer"}).status_code == 303
    assert "手语" in browser(app, lin).get(f"/people/{chen.id}/time").text
    assert browser(app, wu).post(url, data={"skills": "x"}).status_code == 403
    assert browser(app, lin).post(f"/people/{wu.id}/skills").status_code == 404


def test_what_lin_notes_stays_in_her_community_and_what_is_known_elsewhere_there(
    app: Flask, tower: Tower, lin: User
) -> None:
    mei = make_user("Mei", (Role.VOLUNTEER, tower.estate), (Role.VOLUNTEER, tower.far_building))
    gao = make_user("Gao", (Role.COORDINATOR, tower.elsewhere))
    here, there = tower.community.id, tower.elsewhere.id
    url = f"/people/{mei.id}/skills"
    assert browser(app, gao).post(url, data={"skills": "Hakka"}).status_code == 303
    page = browser(app, lin).get(f"/people/{mei.id}/time").text
    assert "hakka" not in page
    assert browser(app, lin).post(url, data={"skills": "Sign"}).status_code == 303
    assert skills_by_community(mei.id) == {here: ["sign"], there: ["hakka"]}
    own_page = browser(app, mei).get("/shifts/time").text
    assert "sign, hakka" in own_page or "hakka, sign" in own_page


def test_nothing_is_noted_and_nothing_said_to_be_for_somebody_who_serves_no_more(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    db.session.query(HeldDuty).filter_by(user_id=chen.id).update({"ended_at": now()})
    db.session.commit()
    client, url = browser(app, lin), f"/people/{chen.id}/skills"
    page = client.get(f"/people/{chen.id}/time")
    assert page.status_code == 200
    assert url not in page.text
    refused = client.post(url, data={"skills": "Sign"})
    assert refused.status_code == 409
    assert "nothing was saved" in refused.text
    assert skills_by_community(chen.id) == {}


def test_a_plan_sends_somebody_with_what_is_needed_and_says_so(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ROTA_JOBS", plan_work.work)
    make_user("Leader", (Role.LEADER, tower.buildings[0]))
    able = make_user("Able", (Role.VOLUNTEER, tower.buildings[0]))
    group = tower.groups(tower.buildings[0])[0]
    client = browser(app, lin)
    client.post(f"/places/{group.id}/needs", data={"skills": "English"})
    client.post(f"/people/{able.id}/skills", data={"skills": "English"})
    plan = make_plan(app, tower, lin)
    turns = db.session.query(ProposedTurn).filter_by(group_id=group.id).all()
    crews = [{member["id"] for member in turn.crew} for turn in turns]
    assert crews
    assert all(able.id in crew for crew in crews)
    page = client.get(f"/rota/plans/{plan.id}/turns/{turns[0].id}").text
    assert "has what the building needs (english)" in page
    client.post(f"/rota/plans/{plan.id}/publication")
    shifts = db.session.query(Shift).filter_by(group_id=group.id)
    assert {tuple(shift.needs) for shift in shifts} == {("english",)}
    assert mending.changes(plan, now()) == []
