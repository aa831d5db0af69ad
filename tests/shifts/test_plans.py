"""The coordinator plans: asks, looks, publishes, withdraws."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import at, local, now, today
from portal.db import db
from portal.outbox.models import Notice
from portal.shifts import plan_work, publishing
from portal.shifts.models import Assignment, Leave, ProposedTurn, RotaPlan, Shift
from portal.shifts.states import Origin, PlanState, ShiftState, Standing
from tests.conftest import Tower, browser, counted_queries, make_user, person_of
from tests.shifts.factory import FIGURES, make_proposal, make_shift, next_monday, put


@pytest.fixture
def at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans are worked out at the end of the request that asks for them, in the same process."""
    monkeypatch.setitem(app.config, "ROTA_JOBS", plan_work.work)


@pytest.fixture
def crowd(tower: Tower, zhou: User, chen: User) -> list[User]:
    """Enough people in 和风苑 for a small rota: three lead, five go along."""
    leaders = [make_user(f"Leader {n}", (Role.LEADER, tower.buildings[n])) for n in (0, 1)]
    others = [make_user(f"Helper {n}", (Role.VOLUNTEER, tower.buildings[0])) for n in range(4)]
    return [zhou, chen, *leaders, *others]


def asked(tower: Tower, **changes: Any) -> dict[str, Any]:
    monday = next_monday()
    return {
        "place_id": tower.estate.id,
        "first": str(monday),
        "last": str(monday + timedelta(days=6)),
        "week": "18:30-20:30",
        "weekend": "10:00-11:30, 15:30-20:30",
        "minutes": 120,
        "crew_size": 2,
        "at_once": 1,
        "lead": "y",
        "round_id": 0,
        **changes,
    }


def only_plan() -> RotaPlan:
    db.session.expire_all()
    return db.session.query(RotaPlan).one()


def make_plan(app: Flask, tower: Tower, lin: User, **changes: Any) -> RotaPlan:
    client = browser(app, lin)
    response = client.post("/rota/plans", data=asked(tower, **changes))
    assert response.status_code == 303, response.text
    return only_plan()


# Asking ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_lin_asks_for_a_plan_and_sees_it_before_anybody_else(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    assert plan.state is PlanState.PROPOSED
    assert db.session.query(Shift).count() == 0
    figures = plan.figures or {}
    assert (figures["groups"], figures["room"]) == (6, 11)
    assert figures["turns"] == figures["full"] > 0
    assert figures["gap"] >= figures["best_gap"] > 0
    page = browser(app, lin).get(f"/rota/plans/{plan.id}").text
    assert f"{figures['full']} of {figures['turns']} turns with a full crew" in page
    assert f"the hours and crews alone would allow {figures['best_gap']}" in page


@pytest.mark.usefixtures("at_once")
def test_every_seat_gives_its_reason(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    turn = db.session.query(ProposedTurn).order_by(ProposedTurn.starts_at).first()
    assert turn is not None
    client = browser(app, lin)
    day = client.get(f"/rota/plans/{plan.id}/days/{plan.first_day}").text
    assert "18:30–20:30" in day
    page = client.get(f"/rota/plans/{plan.id}/turns/{turn.id}").text
    assert "leads the crew, which needs somebody of the estate" in page
    assert "it is their turn: number 1 of" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"week": "18:30-21:30"}, "Nobody knocks after 21:00."),
        ({"week": "evenings"}, "Write hours like"),
        ({"weekend": "15:30-20:30, 16:00-17:00"}, "Each band must end after it starts"),
        ({"first": str(today() - timedelta(days=1))}, "A plan begins today at the earliest."),
        ({"last": str(today() + timedelta(days=400))}, "at most three months"),
        ({"week": "", "weekend": ""}, "There are no hours on these days."),
        ({"crew_size": 9}, "Write a whole number between 1 and 6."),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(
    app: Flask, tower: Tower, lin: User, changes: dict[str, Any], said: str
) -> None:
    response = browser(app, lin).post("/rota/plans", data=asked(tower, **changes))
    assert response.status_code == 422
    assert said in response.text
    assert db.session.query(RotaPlan).count() == 0


def test_the_page_waits_for_the_job_and_starts_it_again_when_it_died(
    app: Flask, tower: Tower, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    monkeypatch.setitem(app.config, "ROTA_JOBS", started.append)
    plan = make_plan(app, tower, lin)
    assert started == [plan.id]
    client = browser(app, lin)
    page = client.get(f"/rota/plans/{plan.id}").text
    assert "The work on this plan has stopped." in page
    plan_work.desk().expect(plan.id)
    page = client.get(f"/rota/plans/{plan.id}").text
    assert "The work begins in a moment." in page
    assert f'hx-get="/rota/plans/{plan.id}"' in page
    plan_work.desk().drop(plan.id)
    assert client.post(f"/rota/plans/{plan.id}/new-start").status_code == 303
    assert started == [plan.id, plan.id]


@pytest.mark.usefixtures("at_once")
def test_without_people_the_plan_says_whom_to_look_for(app: Flask, tower: Tower, lin: User) -> None:
    plan = make_plan(app, tower, lin)
    assert plan.state is PlanState.PROPOSED
    client = browser(app, lin)
    page = client.get(f"/rota/plans/{plan.id}").text
    assert "somebody who leads" in page
    everything = client.get(f"/rota/plans/{plan.id}/missing").text.splitlines()
    listed, behind = page.split("<details>")[:2]
    assert (listed.count("room for one more turn"), "6 more" in behind) == (5, True)
    assert behind.count("room for one more turn") == 6
    assert sum("room for one more turn" in row for row in everything) == 11
    excel = client.get(f"/rota/plans/{plan.id}/missing?kind=xlsx")
    assert excel.data.startswith(b"PK")


def test_the_page_says_how_many_turns_without_people_are_in_the_files_only(
    app: Flask, tower: Tower, lin: User
) -> None:
    """Five at once, fifty-five unfold, and the files have all four hundred."""
    group = tower.groups(tower.building)[0].id
    short = [[group, f"2030-01-01T{n // 60:02}:{n % 60:02}", True, []] for n in range(400)]
    plan_id = make_proposal(
        tower, tower.building, lin, figures={**FIGURES, "short": short, "short_count": 400}
    ).plan_id
    client = browser(app, lin)
    page, file = (client.get(f"/rota/plans/{plan_id}{end}").text for end in ("", "/missing"))
    listed, behind = page.split("<summary>395 more</summary>")
    assert "400 turns lack people" in listed
    assert "340 more are in the files below." in behind
    assert (listed.count("would do if others"), behind.count("would do if others")) == (5, 55)
    assert file.count("the crew lacks people") == 400


# Publishing --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_publishing_writes_shifts_crews_and_one_notice_each(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    figures = plan.figures or {}
    client = browser(app, lin)
    assert client.post(f"/rota/plans/{plan.id}/publication").status_code == 303
    assert only_plan().state is PlanState.PUBLISHED
    shifts, seats = db.session.query(Shift).all(), db.session.query(Assignment).all()
    assert (len(shifts), len(seats)) == (figures["turns"], figures["filled"])
    assert {shift.source for shift in shifts} == {f"plan/{plan.id}"}
    assert sum(shift.taken for shift in shifts) == len(seats)
    assert {seat.origin for seat in seats} == {Origin.PLANNER}
    assert all(seat.reason and seat.reason["rank"] for seat in seats)
    assert db.session.query(ProposedTurn).count() == 0
    told = db.session.query(Notice).filter_by(kind="shifts.rota").all()
    assert {notice.user_id for notice in told} == {seat.user_id for seat in seats}
    assert sum(len(notice.details["shifts"]) for notice in told) == len(seats)


@pytest.mark.usefixtures("at_once")
def test_publishing_twice_gives_one_rota(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    for _ in range(2):
        assert client.post(f"/rota/plans/{plan.id}/publication").status_code == 303
    assert db.session.query(Shift).count() == (plan.figures or {})["turns"]


@pytest.mark.usefixtures("at_once")
def test_who_took_another_shift_meanwhile_is_left_out(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    turn = db.session.query(ProposedTurn).order_by(ProposedTurn.starts_at).first()
    assert turn is not None
    busy, starts_at = db.session.get_one(User, turn.crew[0]["id"]), turn.starts_at
    put(make_shift(tower, tower.other_building, turn.starts_at), busy)
    brought = publishing.publish(plan, by=person_of(lin), now=now())
    db.session.commit()
    assert brought.freed >= 1
    shift = db.session.query(Shift).filter_by(plan_id=plan.id, starts_at=starts_at).one()
    assert shift.taken == shift.seats - 1


@pytest.mark.usefixtures("at_once")
def test_sign_ups_stay_and_the_planner_fills_the_rest(
    app: Flask, tower: Tower, lin: User, chen: User, crowd: list[User]
) -> None:
    shift = make_shift(tower, tower.building, at(next_monday(), time(18, 30)))
    put(shift, chen)
    plan = make_plan(app, tower, lin)
    publishing.publish(plan, by=person_of(lin), now=now())
    db.session.commit()
    there = db.session.query(Shift).filter_by(group_id=shift.group_id, starts_at=shift.starts_at)
    assert [found.id for found in there] == [shift.id]
    crew = db.session.query(Assignment).filter_by(shift_id=shift.id).order_by(Assignment.id).all()
    assert [(seat.user_id == chen.id, seat.origin) for seat in crew] == [
        (True, Origin.SELF),
        (False, Origin.PLANNER),
    ]
    assert db.session.get_one(Shift, shift.id).taken == 2


@pytest.mark.usefixtures("at_once")
def test_a_withdrawn_plan_takes_its_untouched_shifts_along(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    client.post(f"/rota/plans/{plan.id}/publication")
    kept = db.session.query(Assignment).order_by(Assignment.id).first()
    assert kept is not None
    kept.confirmed_at = now()
    db.session.commit()
    page = client.post(f"/rota/plans/{plan.id}/withdrawal", follow_redirects=True).text
    assert "1 shift stays" in page
    assert only_plan().state is PlanState.WITHDRAWN
    open_shifts = db.session.query(Shift).filter_by(state=ShiftState.OPEN).all()
    assert [shift.id for shift in open_shifts] == [kept.shift_id]
    gone = db.session.query(Assignment).filter(Assignment.shift_id != kept.shift_id)
    assert {seat.standing for seat in gone} == {Standing.CANCELLED}
    assert db.session.query(Notice).filter_by(kind="shifts.rota_withdrawn").count() > 0


@pytest.mark.usefixtures("at_once")
def test_a_plan_that_was_dropped_is_never_published(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    assert client.post(f"/rota/plans/{plan.id}/withdrawal").status_code == 303
    assert client.post(f"/rota/plans/{plan.id}/publication").status_code == 409
    assert db.session.query(Shift).count() == 0


# Mending -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_leave_takes_off_only_whoever_is_away_and_somebody_else_goes(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    client.post(f"/rota/plans/{plan.id}/publication")
    url = f"/rota/plans/{plan.id}/mending"
    assert "Nothing to mend" in client.get(url).text
    before = held()
    user_id, shift_id = min(pair for pair in before if db.session.get_one(Shift, pair[1]).taken)
    away = db.session.get_one(User, user_id)
    day = local(db.session.get_one(Shift, shift_id).starts_at).date()
    db.session.add(
        Leave(community_id=tower.community.id, user_id=away.id, first_day=day, last_day=day)
    )
    db.session.commit()
    page = client.get(url).text
    assert away.name in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    assert client.post(url, data={"seen": "another"}).status_code == 409
    assert held() == before
    assert client.post(url, data={"seen": seen[1]}).status_code == 303
    after = held()
    assert before - after == {(user_id, shift_id)}
    assert {shift for _, shift in after - before} <= {shift_id}
    shifts = db.session.query(Shift).all()
    assert sum(shift.taken for shift in shifts) == len(after)


@pytest.mark.usefixtures("at_once")
def test_whoever_goes_instead_has_a_reason_as_everybody_has(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    client.post(f"/rota/plans/{plan.id}/publication")
    seat = db.session.query(Assignment).filter_by(is_lead=False).order_by(Assignment.id).first()
    assert seat is not None
    mei = make_user("Mei", (Role.VOLUNTEER, tower.buildings[0]))
    day = local(seat.starts_at).date()
    db.session.add(
        Leave(community_id=tower.community.id, user_id=seat.user_id, first_day=day, last_day=day)
    )
    db.session.commit()
    url = f"/rota/plans/{plan.id}/mending"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).text)
    assert seen is not None
    assert client.post(url, data={"seen": seen[1]}).status_code == 303
    instead = db.session.query(Assignment).filter_by(user_id=mei.id, shift_id=seat.shift_id).one()
    assert instead.origin is Origin.PLANNER
    assert (instead.reason or {})["rule"] == "turn"
    page = client.get(f"/rota/shifts/{seat.shift_id}").text
    assert page.count("who could come, by how much each has served") == 2


def held() -> set[tuple[int, int]]:
    """Who has a seat where."""
    db.session.expire_all()
    seats = db.session.query(Assignment).filter_by(standing=Standing.HELD)
    return {(seat.user_id, seat.shift_id) for seat in seats}


@pytest.mark.usefixtures("at_once")
def test_mending_asks_as_few_questions_when_many_are_on_leave(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    client = browser(app, lin)
    client.post(f"/rota/plans/{plan.id}/publication")

    def queries(*away: User) -> int:
        span = {"first_day": plan.first_day, "last_day": plan.last_day}
        for user in away:
            db.session.add(Leave(community_id=tower.community.id, user_id=user.id, **span))
        db.session.commit()
        with counted_queries() as seen:
            page = client.get(f"/rota/plans/{plan.id}/mending").text
        assert all(user.name in page for user in away)
        return len(seen)

    assert queries(crowd[0]) == queries(*crowd[1:])


@pytest.mark.usefixtures("at_once")
def test_a_seat_given_by_hand_stays_when_a_plan_is_mended(
    app: Flask, tower: Tower, lin: User, chen: User, crowd: list[User]
) -> None:
    plan = make_plan(app, tower, lin)
    publishing.publish(plan, by=person_of(lin), now=now())
    seat = db.session.query(Assignment).order_by(Assignment.id).first()
    assert seat is not None
    seat.origin = Origin.SELF
    db.session.commit()
    assert "Nothing to mend" in browser(app, lin).get(f"/rota/plans/{plan.id}/mending").text


# Who may -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_wu_of_another_estate_finds_no_such_plan(
    app: Flask, tower: Tower, lin: User, wu: User, chen: User
) -> None:
    plan = make_plan(app, tower, lin)
    other = make_user("Other", (Role.COORDINATOR, tower.other_estate))
    assert browser(app, other).get(f"/rota/plans/{plan.id}").status_code == 404
    assert browser(app, wu).get(f"/rota/plans/{plan.id}").status_code == 403
    assert browser(app, chen).get("/rota/plans").status_code == 403


@pytest.mark.usefixtures("at_once")
def test_a_long_plan_asks_as_few_questions_as_a_short_one(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    short = make_plan(app, tower, lin, last=str(next_monday()))
    client = browser(app, lin)

    def queries(plan_id: int) -> int:
        with counted_queries() as seen:
            assert client.get(f"/rota/plans/{plan_id}").status_code == 200
        return len(seen)

    few = queries(short.id)
    client.post("/rota/plans", data=asked(tower, at_once=3))
    longer = db.session.query(RotaPlan).order_by(RotaPlan.id.desc()).first()
    assert longer is not None
    assert queries(longer.id) == few


@pytest.mark.usefixtures("at_once")
def test_the_page_says_what_keeps_the_rota_from_being_closer(
    app: Flask, tower: Tower, lin: User, crowd: list[User]
) -> None:
    url = f"/places/{tower.groups(tower.building)[0].id}/needs"
    browser(app, lin).post(url, data={"skills": "手语"})
    plan = make_plan(app, tower, lin)
    page = browser(app, lin).get(f"/rota/plans/{plan.id}").text
    assert "What keeps it from being closer" in page
    assert (
        "和风苑: only 3 people may lead, for 6 turns at most. The hours have room for 11." in page
    )
    assert "Building 3, Group 1: no crew can be found, nobody has 手语." in page


@pytest.mark.usefixtures("at_once")
def test_a_plan_counts_what_is_planned_before_it_as_visits(
    app: Flask, tower: Tower, lin: User, zhou: User, crowd: list[User]
) -> None:
    group = tower.groups(tower.building)[0]
    days = next_monday() - today() - timedelta(days=2)
    put(make_shift(tower, tower.building, at(today() + days, time(18, 30))), zhou)
    plan = make_plan(app, tower, lin)
    turns = db.session.query(ProposedTurn).filter_by(plan_id=plan.id).order_by("starts_at")
    order = list(dict.fromkeys(turn.group_id for turn in turns))
    assert len(order) == 6
    assert order[-1] == group.id  # though its building is not the last
