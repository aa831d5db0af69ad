"""The floor plan and the door: what a leader does on a dark stair."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from portal.access import Role
from portal.accounts.actions import end_duty
from portal.accounts.models import HeldDuty, User
from portal.coverage.plan import lay_out
from portal.coverage.states import Outcome, State
from portal.db import db
from tests.conftest import HTMX, Tower, browser, counted_queries, make_building, make_user
from tests.coverage.factory import door_of, figures, make_round, new_id, visit
from tests.shifts.factory import send_out


def test_the_plan_shows_every_door_with_its_word(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)
    visit(zhou, opened, homes[0].id, Outcome.NOT_HOME)
    visit(zhou, opened, homes[1].id, Outcome.MET_PARTIAL, told=1, remaining=2)
    answer = browser(app, zhou).get(f"/rounds/{opened.id}/plan/{tower.building.id}")
    assert answer.status_code == 200
    assert "42 households to go" in answer.text
    assert len(re.findall(r'<a id="d\d+" class="door', answer.text)) == 42
    assert "Tried 1" in answer.text
    assert "2 left" in answer.text


def test_the_plan_costs_the_same_for_few_and_many_doors(
    app: Flask, tower: Tower, lin: User
) -> None:
    small = make_building(tower.estate, "8", units=1, floors=1)
    large = make_building(tower.estate, "9", units=2, floors=50)
    opened = make_round(tower.estate)
    client = browser(app, lin)
    few_doors, many_doors = (f"/rounds/{opened.id}/plan/{b.id}" for b in (small, large))
    with counted_queries() as few:
        client.get(few_doors)
    with counted_queries() as many:
        answer = client.get(many_doors)
    assert answer.text.count('class="door') == 200
    assert len(few) == len(many) == 3  # who, which plan, its doors


def test_an_unchanged_plan_is_not_sent_again(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    url = f"/rounds/{opened.id}/plan/{tower.building.id}"
    client = browser(app, zhou)
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    visit(zhou, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200
    other = browser(app, make_user("Li", (Role.LEADER, tower.building)))
    assert other.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_message_is_said_once_also_where_the_browser_knows_the_plan(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    url = f"/rounds/{opened.id}/plan/{tower.building.id}"
    client = browser(app, zhou)
    tag = client.get(url).headers["ETag"]
    found = {"uuid": new_id(), "unit": "1", "floor": "9", "room": "901"}
    assert client.post(f"{url}/found", data=found).location == url
    told = client.get(url, headers={"If-None-Match": tag})
    assert "The coordinator decides" in told.text
    assert "ETag" not in told.headers
    assert "The coordinator decides" not in client.get(url).text


def test_a_tap_without_scripting_returns_to_the_plan_with_undo(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    client = browser(app, zhou)
    form = {"uuid": new_id(), "outcome": "met", "told": "2", "remaining": "0"}
    answer = client.post(f"/rounds/{opened.id}/doors/{home.id}/visits", data=form)
    assert answer.status_code == 303
    plan = client.get(answer.location)
    assert f'id="d{home.id}" class="door covered"' in plan.text
    undo = re.search(r'action="([^"]+/undo)"', plan.text)
    assert undo is not None
    client.post(undo[1])
    assert door_of(opened, home.id).state is State.NOT_TRIED


def test_a_tap_by_htmx_answers_with_the_changed_parts(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    form = {"uuid": new_id(), "outcome": "not_home"}
    answer = browser(app, zhou).post(
        f"/rounds/{opened.id}/doors/{home.id}/visits", data=form, headers=HTMX
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'id="d{home.id}" hx-swap-oob="true" class="door tried"' in answer.text
    assert 'id="heading" hx-swap-oob' in answer.text
    assert "/undo" in answer.text


def test_what_the_state_does_not_show_is_said_when_it_is_saved(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    url = f"/rounds/{opened.id}/doors/{home.id}/visits"
    agreed = {"outcome": "appointment", "day": "2030-04-12", "time": "18:30"}
    for form, words in (
        ({"outcome": "vacant"}, "Tried · Waits for a second person to confirm it is vacant"),
        (agreed, "agreed: Fri 12 Apr 18:30"),
    ):
        answer = browser(app, zhou).post(url, data={"uuid": new_id(), **form}, headers=HTMX)
        assert words in answer.text


def test_whoever_is_to_confirm_a_vacancy_finds_the_outcome_open(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    empty, other = tower.dwellings(tower.building)[:2]
    visit(zhou, opened, empty.id, Outcome.VACANT)
    client = browser(app, lin)
    more = '<details class="confirm" open>'
    assert more in client.get(f"/rounds/{opened.id}/doors/{empty.id}").text
    assert more not in client.get(f"/rounds/{opened.id}/doors/{other.id}").text


def test_a_proposal_to_leave_a_door_out_leads_back_to_the_plan(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    url = f"/rounds/{opened.id}/doors/{home.id}/exclusion"
    answer = browser(app, zhou).post(url, data={"uuid": new_id(), "reason": "bad_address"})
    assert answer.location == f"/rounds/{opened.id}/plan/{tower.building.id}#d{home.id}"


def test_the_same_form_twice_counts_once(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    client = browser(app, zhou)
    form = {"uuid": new_id(), "outcome": "not_home"}
    url = f"/rounds/{opened.id}/doors/{home.id}/visits"
    assert client.post(url, data=form).status_code == 303
    assert client.post(url, data=form).status_code == 303
    assert door_of(opened, home.id).attempts == 1
    other = client.post(url, data={**form, "outcome": "met"})
    assert other.status_code == 409
    assert "kept for review" in other.text


def test_a_missing_outcome_is_explained(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    client = browser(app, zhou)
    url = f"/rounds/{opened.id}/doors/{home.id}/visits"
    answer = client.post(url, data={"uuid": new_id()})
    assert answer.status_code == 422
    assert "Choose what happened" in answer.text
    partial = {"uuid": new_id(), "outcome": "met_partial", "told": "1", "remaining": "0"}
    answer = client.post(url, data=partial)
    assert answer.status_code == 422
    assert "still to be told" in answer.text
    assert figures(opened, tower.building) == {"not_tried": 42}


def test_several_doors_at_once(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    homes = [home.id for home in tower.dwellings(tower.building)[:5]]
    client = browser(app, zhou)
    page = client.get(f"/rounds/{opened.id}/plan/{tower.building.id}?select=1")
    assert page.text.count('name="door"') == 42
    answer = client.post(
        f"/rounds/{opened.id}/plan/{tower.building.id}/visits",
        data={"uuid": new_id(), "outcome": "not_home", "door": homes},
    )
    assert answer.status_code == 303
    assert figures(opened, tower.building) == {"not_tried": 37, "tried": 5}
    undo = re.search(r'action="([^"]+/undo)"', client.get(answer.location).text)
    assert undo is not None
    assert "Taken back." in client.get(client.post(undo[1]).location).text
    assert figures(opened, tower.building) == {"not_tried": 42}


def test_the_neighbour_gets_404_and_the_stranger_signs_in(
    app: Flask, tower: Tower, wu: User
) -> None:
    opened = make_round(tower.community)
    home = tower.dwellings(tower.building)[0]
    url = f"/rounds/{opened.id}/plan/{tower.building.id}"
    assert browser(app).get(url).status_code == 302
    client = browser(app, wu)
    assert client.get(url).status_code == 404
    assert client.get(f"/rounds/{opened.id}/doors/{home.id}").status_code == 404
    form = {"uuid": new_id(), "outcome": "met"}
    answer = client.post(f"/rounds/{opened.id}/doors/{home.id}/visits", data=form)
    assert answer.status_code == 404
    assert figures(opened, tower.building) == {"not_tried": 42}


def test_whoever_leads_one_group_sees_its_part_of_the_plan(app: Flask, tower: Tower) -> None:
    first, second = tower.groups(tower.building)
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)
    own, other = homes[0].id, homes[-1].id
    client = browser(app, make_user("Mei", (Role.LEADER, first)))
    url = f"/rounds/{opened.id}/plan/{tower.building.id}"
    page = client.get(url).text
    assert (page.count('class="door'), "21 households to go" in page) == (21, True)
    form = {"uuid": new_id(), "outcome": "not_home"}
    saved = client.post(f"/rounds/{opened.id}/doors/{own}/visits", data=form, headers=HTMX).text
    assert re.search(r"21 households to go", saved)
    many = {"uuid": new_id(), "outcome": "not_home", "door": [own, other]}
    assert client.post(f"{url}/visits", data=many).status_code == 404
    assert client.get(f"/rounds/{opened.id}/doors/{other}").status_code == 404
    assert client.get(f"{url}/found").status_code == 200
    hua = make_user("Hua", (Role.LEADER, first))
    send_out(hua, second)
    both = browser(app, hua)
    assert both.get(url).text.count('class="door') == 42
    elsewhere = make_round(second, "Only the second group")
    assert client.get(f"/rounds/{elsewhere.id}/plan/{tower.building.id}").status_code == 404


def test_the_numbers_of_a_part_lead_to_the_list_of_that_part(app: Flask, tower: Tower) -> None:
    first, _ = tower.groups(tower.building)
    opened = make_round(tower.estate)
    client = browser(app, make_user("Mei", (Role.LEADER, first)))
    page = client.get(f"/rounds/{opened.id}/plan/{tower.building.id}").text
    listed = re.search(r'href="(/rounds/[^"]*state=not_tried[^"]*)"', page)
    assert listed is not None
    assert "21" in client.get(listed[1].replace("&amp;", "&")).text


def test_a_reviewer_sees_and_cannot_report(app: Flask, tower: Tower) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    client = browser(app, make_user("Rao", (Role.REVIEWER, tower.estate)))
    door = client.get(f"/rounds/{opened.id}/doors/{home.id}")
    assert door.status_code == 200
    assert 'name="outcome"' not in door.text
    form = {"uuid": new_id(), "outcome": "met"}
    url = f"/rounds/{opened.id}/doors/{home.id}/visits"
    assert client.post(url, data=form).status_code == 403


def test_a_volunteer_sees_the_door_and_nothing_about_the_household(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    url = f"/rounds/{opened.id}/doors/{home.id}"
    leader, volunteer = browser(app, zhou).get(url), browser(app, chen).get(url)
    assert home.contact_label is not None
    assert home.contact_label in leader.text
    assert home.contact_label not in volunteer.text
    assert home.phone is not None
    assert home.phone not in leader.text
    assert "****" not in volunteer.text


def test_cells_stand_floor_by_floor_from_the_top(tower: Tower) -> None:
    layout = lay_out(tower.dwellings(tower.building))
    assert [stair.name for stair in layout.stairs] == ["1", "2", "3"]
    assert [floor.number for floor in layout.floors] == [7, 6, 5, 4, 3, 2, 1]
    top = layout.floors[0]
    assert [door.room for _, door in top.cells if door] == ["701", "702"] * 3
    assert [begins for begins, _ in top.cells] == [False, False, True, False, True, False]


def test_a_tap_sent_again_after_the_duty_ended_tells_no_figures(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.community)
    url = f"/rounds/{opened.id}/doors/{tower.dwellings(tower.building)[0].id}/visits"
    form, client = {"uuid": new_id(), "outcome": "met", "told": "1"}, browser(app, zhou)
    assert 'id="chips"' in client.post(url, data=form, headers=HTMX).text
    for duty in db.session.scalars(select(HeldDuty).where(HeldDuty.user_id == zhou.id)):
        end_duty(duty, by=None)
    db.session.commit()
    answer = client.post(url, data=form, headers=HTMX)
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["HX-Redirect"] == "/"
