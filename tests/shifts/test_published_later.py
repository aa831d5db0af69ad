"""Days lie between a plan and its publication: what has changed since, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import local, now
from portal.db import db
from portal.shifts import needs, own_time, steering
from portal.shifts.models import Assignment, ProposedTurn, Shift
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import evening, make_proposal, make_shift, put, standings, taken


@pytest.fixture
def turn(tower: Tower, zhou: User, chen: User) -> ProposedTurn:
    """A plan that lets Zhou lead and Chen go along, in building 3, an evening in a week."""
    made = make_proposal(tower, tower.building, zhou)
    crew = made.crew[0]
    made.crew = [crew, {**crew, "id": chen.id, "leads": False}]
    db.session.commit()
    return made


def published(app: Flask, lin: User, turn: ProposedTurn) -> str:
    """Lin publishes the plan; the page she then sees."""
    db.session.commit()
    plan_id = turn.plan_id
    answer = browser(app, lin).post(f"/rota/plans/{plan_id}/publication", follow_redirects=True)
    assert answer.status_code == 200
    return str(answer.text)


def said(page: str) -> str:
    """What the page answers to the publication."""
    return page.partition("Everybody who has a place is told.")[2].partition("</")[0]


def crew() -> list[tuple[str, bool]]:
    """Who got a seat, and whether they lead."""
    rows = db.session.query(User.name, Assignment.is_lead).filter(User.id == Assignment.user_id)
    return [(name, leads) for name, leads in rows.order_by(Assignment.id)]


def go_on_leave(_tower: Tower, chen: User, turn: ProposedTurn) -> None:
    day = local(turn.starts_at).date()
    own_time.take_leave(day, day, by=person_of(chen))


def give_other_hours(_tower: Tower, chen: User, turn: ProposedTurn) -> None:
    weekday = str(local(turn.starts_at).weekday())
    say(chen, hours={weekday: ["08:00-12:00"]})


def move_in(tower: Tower, chen: User, _turn: ProposedTurn) -> None:
    say(chen, home_path=tower.building.path)


def want_no_more_that_week(_tower: Tower, chen: User, turn: ProposedTurn) -> None:
    say(chen, most_a_week=1)
    weekday = local(turn.starts_at).weekday()
    near = turn.starts_at + timedelta(days=-2 if weekday > 1 else 2)
    put(make_shift(_tower, _tower.buildings[0], near), chen)


def take_another_shift(tower: Tower, chen: User, turn: ProposedTurn) -> None:
    put(make_shift(tower, tower.buildings[0], turn.starts_at + timedelta(hours=1)), chen)


def be_blocked(_tower: Tower, chen: User, _turn: ProposedTurn) -> None:
    chen.disabled_at = now()


def lose_the_duty(_tower: Tower, chen: User, _turn: ProposedTurn) -> None:
    db.session.query(HeldDuty).filter_by(user_id=chen.id).update({"ended_at": now()})


def say(user: User, **changes: object) -> None:
    said = {"hours": None, "skills": [], "home_path": None, "most_a_week": 2, **changes}
    own_time.say(own_time.Time(**said), by=person_of(user))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (go_on_leave, "is on leave that day"),
        (give_other_hours, "has given other hours meanwhile"),
        (move_in, "lives in this building"),
        (want_no_more_that_week, "has enough shifts that week or day"),
        (take_another_shift, "has another shift at that time"),
        (be_blocked, "serves here no longer"),
        (lose_the_duty, "serves here no longer"),
    ],
)
def test_whoever_cannot_come_any_more_leaves_the_seat_open_and_lin_reads_why(
    app: Flask,
    tower: Tower,
    lin: User,
    chen: User,
    turn: ProposedTurn,
    happens: Callable[[Tower, User, ProposedTurn], None],
    why: str,
) -> None:
    happens(tower, chen, turn)
    page = published(app, lin, turn)
    assert "1 planned place was not given: below you read why. 1 place stays open." in page
    assert "1 planned place was not given when it was published" in page
    assert "1 place stayed open." in page
    assert f"Chen: {why}" in page
    shift = db.session.query(Shift).filter(Shift.plan_id.is_not(None)).one()
    assert f"/rota/shifts/{shift.id}" in page
    assert (standings(shift), taken(shift)) == ({"Zhou": "held"}, 1)


def test_a_crew_without_what_its_building_asks_for_by_now_keeps_a_seat_for_it(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    needs.decide(tower.building, ["officer", "cantonese"], by=person_of(lin), at=now())
    page = published(app, lin, turn)
    assert "Chen: the last place is kept for a leader or a skill" in page
    assert crew() == [("Zhou", True)]
    shift = db.session.query(Shift).one()
    asked = browser(app, lin).get(f"/rota/shifts/{shift.id}").text
    assert shift.needs == ["officer", "cantonese"]
    assert "cantonese" in asked
    refused = browser(app, chen).post(f"/shifts/{shift.id}/signup")
    assert (refused.status_code, taken(shift)) == (409, 1)


def test_whoever_has_what_the_building_asks_for_by_now_goes_before_others(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    guo = make_user("Guo", (Role.VOLUNTEER, tower.building))
    turn.crew = [*turn.crew, {**turn.crew[1], "id": guo.id}]
    turn.seats = 2  # one too many for the seats
    say(guo, skills=["cantonese"])
    needs.decide(tower.building, ["cantonese"], by=person_of(lin), at=now())
    page = published(app, lin, turn)
    assert crew() == [("Zhou", True), ("Guo", False)]
    assert "Chen: all places are taken" in page
    assert "open" not in said(page)


def test_a_crew_whose_lead_leads_no_longer_keeps_a_seat_for_another(
    app: Flask, tower: Tower, lin: User, zhou: User, turn: ProposedTurn
) -> None:
    db.session.query(HeldDuty).filter_by(user_id=zhou.id).update({"role": Role.VOLUNTEER})
    page = published(app, lin, turn)
    assert "the last place is kept for a leader or a skill" in page
    assert [leads for _, leads in crew()] == [False]


def test_a_seat_that_somebody_took_meanwhile_stays_theirs(
    app: Flask, tower: Tower, lin: User, turn: ProposedTurn
) -> None:
    shift = make_shift(tower, tower.building, turn.starts_at, seats=2)
    turn.shift_id = shift.id
    put(shift, make_user("Guo", (Role.VOLUNTEER, tower.building)))
    page = published(app, lin, turn)
    assert "Chen: all places are taken" in page
    assert "1 planned place was not given" in said(page)
    assert "open" not in said(page)
    assert standings(shift) == {"Guo": "held", "Zhou": "held"}
    assert taken(shift) == 2


def test_nobody_is_sent_to_a_shift_that_was_called_off_meanwhile(
    app: Flask, tower: Tower, lin: User, turn: ProposedTurn
) -> None:
    shift = make_shift(tower, tower.building, evening(7))
    turn.shift_id = shift.id
    steering.call_off(shift.id, "Heavy rain", by=person_of(lin), at=now())
    page = published(app, lin, turn)
    assert page.count("the shift has been called off") == 2
    assert "2 planned places were not given" in said(page)
    assert "open" not in said(page)
    assert standings(shift) == {}


def test_whoever_signed_up_meanwhile_has_the_place_and_nothing_is_said(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    shift = make_shift(tower, tower.building, turn.starts_at, seats=2)
    turn.shift_id = shift.id
    put(shift, chen)
    page = published(app, lin, turn)
    assert standings(shift) == {"Chen": "held", "Zhou": "held"}
    assert "takes part already" not in page
    assert "not given" not in page
    assert "open" not in said(page)


def test_whoever_asked_for_the_place_meanwhile_still_waits_for_the_leaders_answer(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    shift = make_shift(tower, tower.building, turn.starts_at, seats=2, approval=True)
    turn.shift_id = shift.id
    put(shift, chen, Standing.ASKED)
    page = published(app, lin, turn)
    assert standings(shift) == {"Chen": "asked", "Zhou": "held"}
    assert "Chen: has asked for it, without an answer yet" in page
    assert "1 place stays open." in said(page)


def test_a_place_that_the_plan_had_nobody_for_is_not_counted_again(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    turn.seats = 4
    be_blocked(tower, chen, turn)
    assert "1 place stays open." in said(published(app, lin, turn))


def test_every_place_that_was_not_given_is_on_the_page(
    app: Flask, tower: Tower, lin: User, chen: User, turn: ProposedTurn
) -> None:
    """Twenty at once, the others unfold."""
    columns = ("plan_id", "estate_id", "building_id", "group_id", "path", "seats")
    kept = {name: getattr(turn, name) for name in columns}
    for days in range(1, 25):
        hours = {"starts_at": evening(7 + days), "ends_at": evening(7 + days, hour=20)}
        db.session.add(ProposedTurn(**kept, **hours, crew=turn.crew[1:]))
    be_blocked(tower, chen, turn)
    page = published(app, lin, turn)
    first, unfolded = page.split("<details><summary>5 more places</summary>")
    assert "25 planned places were not given" in said(page)
    assert (first.count("Chen: serves here"), unfolded.count("Chen: serves here")) == (20, 5)


def test_a_plan_of_which_nothing_has_changed_says_nothing(
    app: Flask, lin: User, turn: ProposedTurn
) -> None:
    page = published(app, lin, turn)
    assert "not given" not in page
    assert "open" not in said(page)
    assert crew() == [("Zhou", True), ("Chen", False)]
