"""A warning passes the six steps; Officer Wei enters it, Chen goes there, Rao reviews it."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from werkzeug.test import TestResponse

from portal.access import Role
from portal.accounts.models import User
from portal.clock import end_of_day, local, now, today
from portal.coverage.states import Outcome
from portal.db import db
from portal.outbox.models import Notice
from portal.tasks import upkeep, warning_queries
from portal.tasks.deadlines import ALARM_EVERY
from portal.tasks.inbox import inbox
from portal.tasks.models import Task
from portal.tasks.states import TaskKind
from portal.tasks.steps import Field, Move, Risk, Step
from portal.tasks.warning_files import COLUMNS, HEADINGS, called
from portal.tasks.warning_models import CaseDetail, Method, Warning, WarningEvent, WarningRules
from tests.conftest import Tower, browser, counted_queries, make_building, make_user, person_of
from tests.coverage.factory import make_round, visit
from tests.tasks.factory import make_task, make_warning

STORY = "转账给陌生人的经过"


@pytest.fixture
def wei(tower: Tower) -> User:
    """The police liaison of the community."""
    return make_user("Wei", (Role.OFFICER, tower.community))


@pytest.fixture
def rao(tower: Tower) -> User:
    """Reviews in the community."""
    return make_user("Rao", (Role.REVIEWER, tower.community))


def fields(**changes: str) -> dict[str, str]:
    wanted = {
        "risk": "high",
        "method": "brushing",
        "place": "和风苑/3",
        "unit": "2",
        "room": "501",
        "received": f"{local(now()):%H:%M}",
        "reference": "WH-0042",
        "story": STORY,
    }
    return wanted | changes


def move(app: Flask, user: User, warning: Warning, what: Move, **values: Any) -> int:
    url = f"/warnings/{warning.id}/moves"
    status = browser(app, user).post(url, data={"move": what.value, **values}).status_code
    db.session.refresh(warning)
    return status


def told(user: User) -> list[str]:
    query = db.session.query(Notice.kind).filter_by(user_id=user.id).order_by(Notice.id)
    return [kind for (kind,) in query]


# The six steps -----------------------------------------------------------------------------------


def test_a_warning_passes_the_six_steps_each_with_person_time_and_receipt(
    app: Flask, tower: Tower, wei: User, rao: User, lin: User, chen: User
) -> None:
    answer = browser(app, wei).post("/warnings/new", data=fields())
    warning = db.session.query(Warning).one()
    assert answer.location == f"/warnings/{warning.id}"
    assert move(app, wei, warning, Move.SEE) == 303
    assert move(app, wei, warning, Move.SIGN) == 303
    assert "warning.signed" in told(lin), "reported up"
    assert move(app, wei, warning, Move.ASSIGN, visitor=chen.id, companion=0) == 303
    assert told(chen) == ["warning.assigned"]
    assert [entry.kind for entry in inbox(person_of(chen), now()).entries] == [TaskKind.WARNING]
    done = {"how": "home", "result": "stopped", "minutes": 20, "advice": "ring 96110"}
    assert move(app, chen, warning, Move.VISIT, **done) == 303
    assert move(app, wei, warning, Move.REPLY) == 303
    assert "warning.replied" in told(rao)
    assert move(app, rao, warning, Move.ACCEPT) == 303
    assert (warning.step, warning.due_at, warning.alarm_at) == (Step.REVIEWED, None, None)
    events = db.session.query(WarningEvent).order_by(WarningEvent.id).all()
    assert [event.after for event in events] == list(Step)[1:]
    assert [event.by_id for event in events] == [wei.id] * 3 + [chen.id, wei.id, rao.id]
    assert len({event.receipt for event in events}) == 6
    assert all(event.due_at for event in events)
    assert all(notice.urgent for notice in db.session.query(Notice)), "quiet hours do not hold"


def test_the_reply_has_the_words_of_the_fields(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    done = {"how": "station", "result": "uninstalled", "minutes": 25, "advice": "no transfers"}
    move(app, chen, warning, Move.VISIT, **done)
    page = browser(app, wei).get(f"/warnings/{warning.id}").text
    text = page[page.index('<textarea id="reply"') :].split("</textarea>")[0]
    for said in (
        "High risk",
        "Met at the police station",
        "Has stopped and removed the software",
        "Minutes: 25",
        "Advice: no transfers",
        "Reported by: Chen",
    ):
        assert said in text
    assert STORY not in text


def test_nobody_takes_a_step_that_is_not_theirs(
    app: Flask, tower: Tower, wei: User, rao: User, chen: User, zhou: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    report = {"how": "home", "result": "stopped"}
    assert move(app, zhou, warning, Move.VISIT, **report) == 404
    assert move(app, rao, warning, Move.VISIT, **report) == 409
    assert move(app, chen, warning, Move.REPLY) == 409
    assert warning.step is Step.ASSIGNED


def test_whoever_went_there_does_not_review_it(
    app: Flask, tower: Tower, wei: User, head: User
) -> None:
    warning = make_warning(tower, wei, step=Step.REPLIED, visitor_id=head.id)
    assert move(app, head, warning, Move.ACCEPT) == 409
    assert warning.step is Step.REPLIED
    assert "Reviewed and in order" not in browser(app, head).get(f"/warnings/{warning.id}").text


def test_a_visit_of_no_minutes_is_kept_and_shown_as_it_was_reported(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    assert move(app, chen, warning, Move.VISIT, how="home", result="stopped", minutes=0) == 303
    page = browser(app, wei).get(f"/warnings/{warning.id}").text
    assert "0 minutes" in page
    assert "Minutes: 0" in page, "in the reply for the platform, too"


def test_nobody_reviews_a_visit_they_made_in_somebody_elses_place(
    app: Flask, tower: Tower, wei: User, head: User, lin: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    assert move(app, lin, warning, Move.VISIT, how="home", result="stopped") == 303
    assert move(app, wei, warning, Move.REPLY) == 303
    assert "Reviewed and in order" not in browser(app, lin).get(f"/warnings/{warning.id}").text
    assert move(app, lin, warning, Move.ACCEPT) == 409
    assert move(app, lin, warning, Move.BACK, reason="again") == 409
    assert move(app, head, warning, Move.ACCEPT) == 303


def test_whoever_went_first_does_not_review_what_another_did_afterwards(
    app: Flask, tower: Tower, wei: User, head: User, lin: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.SIGNED)
    assert move(app, wei, warning, Move.ASSIGN, visitor=lin.id, companion=head.id) == 303
    assert move(app, lin, warning, Move.VISIT, how="home", result="stopped") == 303
    assert move(app, wei, warning, Move.BACK, reason="not complete") == 303
    rao = make_user("Rao", (Role.REVIEWER, tower.community))
    for visitor in (rao, chen):  # Rao is spared before she has gone
        assert move(app, wei, warning, Move.ASSIGN, visitor=visitor.id, companion=0) == 303
    assert move(app, chen, warning, Move.VISIT, how="home", result="stopped") == 303
    assert move(app, wei, warning, Move.REPLY) == 303
    for somebody in (lin, head):
        assert move(app, somebody, warning, Move.ACCEPT) == 409
        assert listed(somebody) == []
    assert listed(rao) == [warning.id]
    assert move(app, rao, warning, Move.ACCEPT) == 303


def listed(user: User) -> list[int]:
    """The warnings on somebody's list."""
    entries = inbox(person_of(user), now()).entries
    return [entry.ids[0] for entry in entries if entry.kind is TaskKind.WARNING]


def test_the_review_sends_it_back_with_a_reason(
    app: Flask, tower: Tower, wei: User, rao: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.REPLIED, visitor_id=chen.id)
    assert move(app, rao, warning, Move.BACK) == 409
    assert move(app, rao, warning, Move.BACK, reason="nobody was met") == 303
    assert warning.step is Step.ASSIGNED
    assert told(chen) == ["warning.assigned"]
    assert "nobody was met" in browser(app, chen).get(f"/warnings/{warning.id}").text


def test_with_a_high_risk_a_call_is_noted_and_leaves_it_open(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    report = {"how": "phone", "result": "stopped"}
    assert move(app, chen, warning, Move.VISIT, **report) == 303
    assert warning.step is Step.ASSIGNED
    assert move(app, chen, warning, Move.VISIT, **report | {"how": "home"}) == 303
    assert warning.step is Step.DISSUADED


def test_whoever_still_doubts_is_seen_again_within_a_day(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    move(app, chen, warning, Move.VISIT, how="home", result="doubtful")
    task = db.session.query(Task).one()
    assert (task.kind, task.holder_id) == (TaskKind.CALL_BACK, chen.id)
    assert timedelta() < task.due_at - now() <= timedelta(hours=24)


@pytest.mark.parametrize("where", ["at a door", "where no door is known"])
def test_two_reports_of_doubt_ask_for_one_visit_and_the_second_is_noted(
    app: Flask, tower: Tower, wei: User, chen: User, where: str
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    if where != "at a door":
        warning.dwelling_id = None
    for how in ("phone", "home"):
        move(app, chen, warning, Move.VISIT, how=how, result="doubtful")
    task = db.session.query(Task).one()
    page = browser(app, chen).get(f"/tasks/{task.id}").text
    assert f"Chen asked for it once more: warning {warning.id}, still doubtful" in page


def test_a_household_in_two_warnings_is_seen_again_once_and_after_that_anew(
    app: Flask, tower: Tower, wei: User, chen: User, zhou: User
) -> None:
    by_hand = make_task(tower.building, wei, chen, home=tower.dwellings(tower.building)[0])
    for visitor in (chen, zhou):
        warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=visitor.id)
        move(app, visitor, warning, Move.VISIT, how="home", result="doubtful")
    task = db.session.query(Task).filter(Task.id != by_hand.id).one()
    assert task.holder_id == chen.id
    browser(app, chen).post(f"/tasks/{task.id}/closing", data={"outcome": "done"})
    assert not task.is_open
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    move(app, chen, warning, Move.VISIT, how="home", result="doubtful")
    assert db.session.query(Task).count() == 3


def test_two_households_in_doubt_are_seen_again_each(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    for home in tower.dwellings(tower.building)[:2]:
        warning = make_warning(tower, wei, home=home, step=Step.ASSIGNED, visitor_id=chen.id)
        move(app, chen, warning, Move.VISIT, how="home", result="doubtful")
    assert db.session.query(Task).count() == 2


def test_who_has_paid_sees_the_police_number_first(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    move(app, chen, warning, Move.VISIT, how="home", result="paid")
    page = browser(app, wei).get(f"/warnings/{warning.id}").text
    assert page.index("ring 110 at once, then 96110") < page.index('<ol class="steps">')


def test_the_checklist_of_the_community_has_to_be_ticked(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    lists = {"visit": ["Two people went"]}
    db.session.add(
        WarningRules(community_id=tower.community.id, minutes={}, checklists=lists, required={})
    )
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    report = {"how": "home", "result": "stopped"}
    assert "Two people went" in browser(app, chen).get(f"/warnings/{warning.id}").text
    assert move(app, chen, warning, Move.VISIT, **report) == 409
    assert move(app, chen, warning, Move.VISIT, **report, ticked="Two people went") == 303


def test_only_who_sets_the_deadlines_of_a_community_is_led_to_them(
    app: Flask, tower: Tower, lin: User, head: User
) -> None:
    url = f"/warnings/rules/{tower.community.id}"
    for user, is_led in ((head, True), (lin, False)):
        client = browser(app, user)
        assert (url in client.get("/warnings").text) is is_led
        assert client.get(url).status_code == (200 if is_led else 404)


def test_what_the_community_requires_may_not_stay_empty_but_an_attempt_is_noted(
    app: Flask, tower: Tower, wei: User, head: User, chen: User
) -> None:
    url = f"/warnings/rules/{tower.community.id}"
    wanted = {"needs_visit_minutes": "y", "needs_assign_companion": "y"}
    assert browser(app, head).post(url, data=wanted).status_code == 303
    kept = warning_queries.required_of(tower.community.id, Move.VISIT)
    assert kept == {Field.MINUTES}
    assert browser(app, head).get(url).text.count("checked") == 2
    warning = make_warning(tower, wei, step=Step.SIGNED)
    assert move(app, wei, warning, Move.ASSIGN, visitor=chen.id, companion=0) == 409
    assert move(app, wei, warning, Move.ASSIGN, visitor=chen.id, companion=wei.id) == 303
    assert "Required here" in browser(app, chen).get(f"/warnings/{warning.id}").text
    assert move(app, chen, warning, Move.VISIT, how="home", result="not_met") == 303
    assert move(app, chen, warning, Move.VISIT, how="home", result="stopped") == 409
    assert move(app, chen, warning, Move.VISIT, how="home", result="stopped", minutes=20) == 303
    assert warning.step is Step.DISSUADED


# Case detail -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.LEADER, Role.REVIEWER])
def test_whoever_goes_to_the_door_learns_nothing_of_the_case(
    app: Flask, tower: Tower, wei: User, role: Role
) -> None:
    somebody = make_user("Somebody", (role, tower.building))
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=somebody.id, story=STORY)
    client = browser(app, somebody)
    shown = "".join(
        client.get(url).text for url in (f"/warnings/{warning.id}", "/tasks", "/notices", "/")
    )
    assert "High risk" in shown
    for hidden in (STORY, "WH-0042", "Paid clicks and orders"):
        assert hidden not in shown
    officer = browser(app, wei).get(f"/warnings/{warning.id}").text
    assert STORY in officer
    assert "Paid clicks and orders" in officer


def test_notices_say_that_there_is_something_and_never_what(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    browser(app, wei).post("/warnings/new", data=fields())
    kept = repr([notice.details for notice in db.session.query(Notice)])
    assert STORY not in kept
    assert "brushing" not in kept


def test_numbers_of_people_cards_and_telephones_are_not_kept(
    app: Flask, tower: Tower, wei: User
) -> None:
    story = "420106199003071234 转账 6222021234567890123 电话 13800138000"
    browser(app, wei).post("/warnings/new", data=fields(story=story))
    kept = db.session.query(CaseDetail).one().story
    assert not any(character.isdigit() for character in kept)


# Entering ----------------------------------------------------------------------------------------


def test_a_text_of_the_platform_fills_in_the_form(app: Flask, tower: Tower, wei: User) -> None:
    text = "特高危 刷单 和风苑3栋2单元501室 13800138000"
    page = browser(app, wei).post("/warnings/pasting", data={"text": text}).text
    assert 'type="text" value="和风苑/3"' in page, "not only among the suggestions"
    assert 'value="501"' in page
    assert "13800138000" not in page
    assert "1 number of a person, card or telephone was left out." in page
    assert db.session.query(Warning).count() == 0, "the liaison looks it over first"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"risk": ""}, "Please choose one."),
        ({"place": "nowhere/9"}, "There is no such place in your area"),
        ({"room": "9999"}, "There is no such door in this building"),
        ({"received": "soon"}, "Please give an hour"),
        ({"day": "99999999"}, "Not a valid choice"),
        ({"day": "1000000000"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_entered_is_explained(
    app: Flask, tower: Tower, wei: User, changes: dict[str, str], said: str
) -> None:
    answer = browser(app, wei).post("/warnings/new", data=fields(**changes))
    assert answer.status_code == 422
    assert said in answer.text


def test_who_knows_the_household_and_who_sits_in_the_team_come_first(
    app: Flask, tower: Tower, wei: User, zhou: User, chen: User
) -> None:
    opened = make_round(tower.community)
    home = tower.dwellings(tower.building)[0]
    visit(zhou, opened, home.id, Outcome.MET)
    warning = make_warning(tower, wei, home=home, step=Step.SIGNED)
    names = [helper.name for helper in warning_queries.helpers(warning)]
    assert names[0] == "Zhou"
    assert "Chen" in names
    assert "Zhou (knows the household)" in browser(app, wei).get(f"/warnings/{warning.id}").text


def test_a_text_of_this_morning_brings_its_hour_and_one_of_last_week_does_not(
    app: Flask, tower: Tower, wei: User
) -> None:
    def filled(came: datetime) -> str:
        text = f"高危 贷款 {local(came):%Y-%m-%d %H:%M}"
        return browser(app, wei).post("/warnings/pasting", data={"text": text}).text

    yesterday = now() - timedelta(days=1)
    page = filled(yesterday)
    assert f'value="{local(yesterday):%H:%M}"' in page
    assert '<option selected value="1">yesterday</option>' in page
    assert '<option selected value="loan">' in page
    assert '<option selected value="0">today</option>' in filled(now() - timedelta(days=7))


def test_a_warning_of_before_midnight_is_entered_after_it_and_due_at_once(
    app: Flask, tower: Tower, wei: User
) -> None:
    yesterday = local(now() - timedelta(days=1)).date()
    browser(app, wei).post("/warnings/new", data=fields(day="1", received="23:58"))
    warning = db.session.query(Warning).one()
    assert local(warning.received_at).date() == yesterday
    assert warning.due_at == end_of_day(yesterday)


def hand_in(app: Flask, wei: User, text: str) -> TestResponse:
    file = (io.BytesIO(text.encode()), "warnings.csv")
    return browser(app, wei).post("/warnings/files", data={"file": file})


def test_a_file_of_warnings_is_taken_whole(app: Flask, tower: Tower, wei: User) -> None:
    rows = "risk,place,unit,room,method\nhigh,和风苑/3,2,501,loan\nlow,桂香苑/1,,,\n"
    assert hand_in(app, wei, rows).location == "/warnings"
    found = db.session.query(Warning).order_by(Warning.id).all()
    assert [warning.risk for warning in found] == [Risk.HIGH, Risk.LOW]
    assert found[0].dwelling_id
    assert found[1].path == tower.other_building.path


def test_what_is_wrong_with_a_folded_form_is_seen_at_once(
    app: Flask, tower: Tower, wei: User
) -> None:
    answer = browser(app, wei).post("/warnings/files", data={})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text.partition('<details class="confirm" open>')[2]
    assert '<details class="confirm" open' not in browser(app, wei).get("/warnings/new").text


def test_a_file_of_the_platform_is_understood_as_it_is_headed_there(
    app: Flask, tower: Tower, wei: User
) -> None:
    came = (now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    rows = (
        "预警编号,风险等级,地址,预警时间,诈骗类型\n"
        f"WH-1,特高危,百川社区和风苑3栋2单元501室,{local(came):%Y-%m-%d %H:%M},刷单返利\n"
        "WH-2,低危,和风苑/3,,\n"
    )
    assert hand_in(app, wei, rows).location == "/warnings"
    first, second = db.session.query(Warning).order_by(Warning.id).all()
    assert (first.risk, first.received_at) == (Risk.SPECIAL, came)
    home = next(d for d in tower.dwellings(tower.building) if (d.unit, d.room) == ("2", "501"))
    assert first.dwelling_id == home.id
    assert (second.risk, second.dwelling_id) == (Risk.LOW, None)
    details = db.session.query(CaseDetail).order_by(CaseDetail.warning_id).all()
    assert [detail.reference for detail in details] == ["WH-1", "WH-2"]
    assert [detail.method for detail in details] == [Method.BRUSHING, Method.OTHER]


def test_a_building_that_was_not_there_the_first_time_is_found_the_second(
    app: Flask, tower: Tower, wei: User
) -> None:
    client, pasted = browser(app, wei), {"text": "高危：和风苑9栋2单元501室，刷单返利"}
    assert 'type="text" value="和风苑/9"' not in client.post("/warnings/pasting", data=pasted).text
    make_building(tower.estate, "9")
    assert 'type="text" value="和风苑/9"' in client.post("/warnings/pasting", data=pasted).text


def test_a_unit_in_a_column_of_its_own_belongs_to_the_address_beside_it(
    app: Flask, tower: Tower, wei: User
) -> None:
    rows = "风险等级,地址,单元\n低危,和风苑3栋501室,2\n"
    assert hand_in(app, wei, rows).location == "/warnings"
    home = next(d for d in tower.dwellings(tower.building) if (d.unit, d.room) == ("2", "501"))
    assert db.session.query(Warning).one().dwelling_id == home.id


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_columns_that_the_page_names_are_understood(app: Flask, locale: str) -> None:
    with app.test_request_context(), force_locale(locale):
        named = [called(column) for column in COLUMNS]
    assert [HEADINGS.get(name, name) for name in named] == list(COLUMNS)
    assert (named[0] == "risk") is (locale == "en")


def test_a_file_says_when_its_warnings_came(app: Flask, tower: Tower, wei: User) -> None:
    came = (now() - timedelta(hours=26)).replace(second=0, microsecond=0)
    hand_in(app, wei, f"risk,place,received\nlow,和风苑/3,{local(came):%Y-%m-%d %H:%M}\n")
    assert db.session.query(Warning).one().received_at == came


@pytest.mark.parametrize(
    "received", ["soon", "2026-02-30 09:00", "2020-01-01 09:00", "2199-01-01", "0001-01-01"]
)
def test_a_file_with_hours_that_cannot_be_is_refused(
    app: Flask, tower: Tower, wei: User, received: str
) -> None:
    answer = hand_in(app, wei, f"risk,place,received\nlow,和风苑/3,{received}\n")
    assert answer.status_code == 409
    assert "Row 2: received is to be a day and an hour gone by" in answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("risk,place,身份证号\nhigh,和风苑/3,1\n", "The column “身份证号” must not be held here"),
        ("risk,place,Phone\nhigh,和风苑/3,1\n", "The column “phone” must not be held here"),
        ("risk,place,colour\nhigh,和风苑/3,1\n", "The column “colour” is not known"),
        ("risk\nhigh\n", "The column “place” is missing"),
        ("risk,place\nhigh,和风苑/3\nhigh,和风苑/99\n", "Row 3:"),
        ("risk,place,room\nhigh,和风苑/3,9999\n", "Row 2:"),
        ("risk,place\nhigh\n", "Row 2:"),
        ("风险等级,地址\n高危,和风苑3栋2单元9999室\n", "Row 2:"),
        (
            "风险等级,地址,受害人姓名\n高危,和风苑/3,王\n",
            "The column “受害人姓名” must not be held",
        ),
        ("风险等级,楼栋,风险\n高危,和风苑/3,低危\n", "The column “risk” stands twice"),
        ("risk,place\n", "no rows"),
    ],
)
def test_of_a_file_that_cannot_be_taken_nothing_is_kept(
    app: Flask, tower: Tower, wei: User, text: str, said: str
) -> None:
    answer = hand_in(app, wei, text)
    assert answer.status_code == 409
    assert said in answer.text
    assert db.session.query(Warning).count() == 0


# Who sees it -------------------------------------------------------------------------------------


def test_a_warning_is_nobody_elses_business(
    app: Flask, tower: Tower, wei: User, chen: User, wu: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    assert browser(app, wu).get(f"/warnings/{warning.id}").status_code == 404
    assert browser(app).get(f"/warnings/{warning.id}").status_code == 302
    assert browser(app, chen).get("/warnings").status_code == 403
    far = make_user("Far", (Role.OFFICER, tower.elsewhere))
    assert browser(app, far).get(f"/warnings/{warning.id}").status_code == 404


# Alarms ------------------------------------------------------------------------------------------


def test_a_lapsed_step_is_raised_at_once_and_again_at_the_next_level(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    warning = make_warning(tower, wei, step=Step.NEW)
    lapsed = warning.due_at
    assert lapsed is not None
    assert upkeep.tick(lapsed - timedelta(seconds=1)) == 0
    assert upkeep.tick(lapsed) == 1
    assert told(lin) == ["warning.lapsed"], "the estate first"
    assert told(head) == []
    assert upkeep.tick(lapsed + ALARM_EVERY - timedelta(seconds=1)) == 0
    assert upkeep.tick(lapsed + ALARM_EVERY) == 1
    assert told(head) == ["warning.lapsed"]
    assert told(wei) == ["warning.lapsed"]
    upkeep.tick(lapsed + timedelta(days=9))
    upkeep.tick(lapsed + timedelta(days=10))
    assert len(told(head)) == 1, "there is nobody above"


def test_a_step_taken_in_time_raises_nobody(app: Flask, tower: Tower, wei: User, lin: User) -> None:
    warning = make_warning(tower, wei, step=Step.NEW)
    first = warning.due_at
    assert first is not None
    move(app, wei, warning, Move.SEE)
    assert upkeep.tick(first) == 0
    assert told(lin) == []


def test_after_a_long_pause_of_the_clockwork_each_level_is_told_once(
    app: Flask, tower: Tower, wei: User, lin: User, head: User
) -> None:
    warning = make_warning(tower, wei, step=Step.NEW)
    assert warning.due_at is not None
    for days in (3, 4, 5):
        upkeep.tick(warning.due_at + timedelta(days=days))
    assert told(lin) == told(head) == ["warning.lapsed"]


# Lists ------------------------------------------------------------------------------------------


def test_many_warnings_take_as_many_queries_as_one(app: Flask, tower: Tower, wei: User) -> None:
    client = browser(app, wei)

    def asked() -> list[int]:
        counts = []
        for url in ("/warnings", "/warnings/figures", "/tasks"):
            with counted_queries() as seen:
                assert client.get(url).status_code == 200
            counts.append(len(seen))
        return counts

    make_warning(tower, wei, step=Step.NEW)
    few = asked()
    for _ in range(60):
        make_warning(tower, wei, step=Step.NEW)
    assert asked() == few


# Rules -------------------------------------------------------------------------------------------


def test_the_head_sets_deadlines_and_checklists(
    app: Flask, tower: Tower, head: User, lin: User, wei: User
) -> None:
    url = f"/warnings/rules/{tower.community.id}"
    client = browser(app, head)
    page = client.get(url).text
    assert 'value="15"' in page
    sent = {"high_seen": 7, "list_visit": "Two people went\n\n Two people went \nLeaflet"}
    assert client.post(url, data=sent).status_code == 303
    assert warning_queries.minutes_of(tower.community.id)[Risk.HIGH][Step.SEEN] == 7
    assert warning_queries.minutes_of(tower.community.id)[Risk.HIGH][Step.SIGNED] is None
    kept = warning_queries.checklist_of(tower.community.id, Move.VISIT)
    assert kept == ("Two people went", "Leaflet")
    browser(app, wei).post("/warnings/new", data=fields())
    warning = db.session.query(Warning).one()
    midnight: datetime = end_of_day(today())
    assert warning.due_at == min(warning.received_at + timedelta(minutes=7), midnight)
    assert client.post(url, data={"high_seen": 0}).status_code == 422
    assert browser(app, lin).get(url).status_code == 404, "of the estate only"
