"""The coordinator watches the rota, and steers one shift."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from portal.access import Role
from portal.accounts.models import User
from portal.clock import local, now, today
from portal.db import db
from portal.outbox.models import Notice
from portal.shifts import steering
from portal.shifts.eligibility import Why
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import Origin, ShiftState, Standing
from tests.conftest import Tower, browser, counted_queries, make_user
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put, standings, taken


def told(kind: str) -> list[int]:
    return list(db.session.scalars(select(Notice.user_id).where(Notice.kind == kind)))


# Watching ----------------------------------------------------------------------------------------


def test_every_tile_equals_the_list_behind_it(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    make_shift(tower, tower.building, evening(2))
    put(make_shift(tower, tower.building, evening(3)), chen)
    full = make_shift(tower, tower.building, evening(5))
    put(full, zhou)
    put(full, chen, stand_in_since=evening(0))
    client = browser(app, lin)
    page = client.get("/rota").text
    for words in ("1 shift without a crew", "1 shift lacks somebody", "1 stand-in wanted"):
        assert words in page
    for state in ("nobody", "short", "stand_in", "full"):
        assert client.get(f"/rota?state={state}").text.count('href="/rota/shifts/') == 1
    assert f'href="/rota/shifts/{full.id}"' in client.get("/rota?state=stand_in").text


def test_a_day_lists_its_shifts_and_no_others(app: Flask, tower: Tower, lin: User) -> None:
    mine = make_shift(tower, tower.building, evening(2))
    make_shift(tower, tower.building, evening(3))
    page = browser(app, lin).get(f"/rota?day={local(mine.starts_at).date()}").text
    assert page.count('href="/rota/shifts/') == 1
    assert f'href="/rota/shifts/{mine.id}"' in page


def test_lin_sees_her_estate_only_and_one_building_of_it(
    app: Flask, tower: Tower, lin: User
) -> None:
    make_shift(tower, tower.building, evening(2))
    make_shift(tower, tower.buildings[0], evening(2))
    make_shift(tower, tower.other_building, evening(2))
    client = browser(app, lin)
    assert "2 shifts without a crew" in client.get("/rota").text
    assert "1 shift without a crew" in client.get(f"/rota?place={tower.building.id}").text
    assert client.get(f"/rota?place={tower.other_building.id}").status_code == 404
    assert client.get("/rota?day=nonsense&state=nonsense&place=x").status_code == 200


def test_many_shifts_ask_as_few_questions_as_one(app: Flask, tower: Tower, lin: User) -> None:
    make_shift(tower, tower.building, evening(2))
    client = browser(app, lin)

    def queries(url: str) -> int:
        with counted_queries() as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    few = [queries("/rota"), queries("/rota?state=nobody")]
    for n in range(60):
        make_shift(tower, tower.buildings[n % 3], evening(2 + n % 20))
    assert [queries("/rota"), queries("/rota?state=nobody")] == few


# Steering ----------------------------------------------------------------------------------------


def test_lin_assigns_chen_by_hand_and_chen_is_told(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    client = browser(app, lin)
    assert f'<option value="{chen.id}">Chen' in client.get(f"/rota/shifts/{shift.id}").text
    response = client.post(f"/rota/shifts/{shift.id}/crew", data={"person": chen.id})
    assert response.status_code == 303
    seat = db.session.query(Assignment).one()
    assert (seat.user_id, seat.standing, seat.origin) == (
        chen.id,
        Standing.HELD,
        Origin.COORDINATOR,
    )
    assert (taken(shift), told("shifts.assigned")) == (1, [chen.id])


def test_who_cannot_come_is_listed_with_the_reason_and_refused(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    put(make_shift(tower, tower.buildings[0], evening(4)), chen)
    client = browser(app, lin)
    assert "Chen: has another shift at that time" in client.get(f"/rota/shifts/{shift.id}").text
    response = client.post(f"/rota/shifts/{shift.id}/crew", data={"person": chen.id})
    assert response.status_code == 409
    assert "Chen: has another shift at that time" in response.text
    assert taken(shift) == 0


def test_people_of_other_estates_are_not_even_named(
    app: Flask, tower: Tower, lin: User, wu: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    client = browser(app, lin)
    assert "Wu" not in text(client.get(f"/rota/shifts/{shift.id}").text)
    response = client.post(f"/rota/shifts/{shift.id}/crew", data={"person": wu.id})
    assert (response.status_code, "Wu" in text(response.text)) == (404, False)


def test_who_coordinates_is_offered_last_and_may_step_in(
    app: Flask, tower: Tower, lin: User, head: User, zhou: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(2), seats=2)
    for days in (1, 3, 4):
        put(make_shift(tower, tower.buildings[0], evening(days - 8)), chen, Standing.ATTENDED)
    offered = [one.id for one in steering.candidates(shift, now()) if one.why is None]
    assert offered == [zhou.id, chen.id, lin.id, head.id], "after whoever has served most"
    client, url = browser(app, lin), f"/rota/shifts/{shift.id}"
    page = client.get(url).text
    assert "Lin · 0 shifts lately · coordinates here" in page
    assert "Zhou · 0 shifts lately</option>" in page
    assert client.post(f"{url}/crew", data={"person": lin.id}).status_code == 303
    assert standings(shift) == {"Lin": Standing.HELD}


def test_a_coordinator_who_is_out_at_that_hour_is_not_offered(
    app: Flask, tower: Tower, lin: User
) -> None:
    shift = make_shift(tower, tower.building, evening(2))
    put(make_shift(tower, tower.buildings[0], evening(2)), lin)
    assert [(one.id, one.why) for one in steering.candidates(shift, now())] == [
        (lin.id, Why.OVERLAP)
    ]


def test_a_coordinator_who_leads_a_building_too_is_offered_as_its_leader(
    app: Flask, tower: Tower
) -> None:
    both = make_user("Both", (Role.COORDINATOR, tower.estate), (Role.LEADER, tower.building))
    shift = make_shift(tower, tower.building, evening(2))
    (one,) = steering.candidates(shift, now())
    assert (one.id, one.steps_in) == (both.id, False)


def test_a_place_that_lin_frees_goes_to_who_waits(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4), seats=1)
    put(shift, chen)
    put(shift, zhou, Standing.WAITING)
    client = browser(app, lin)
    assert client.post(f"/rota/shifts/{shift.id}/crew/{chen.id}/removal").status_code == 303
    assert standings(shift) == {"Chen": "cancelled", "Zhou": "offered"}
    assert (taken(shift), told("shifts.taken_off")) == (1, [chen.id])
    assert client.post(f"/rota/shifts/{shift.id}/crew/{chen.id}/removal").status_code == 404


def test_a_moved_shift_moves_in_every_calendar(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    put(shift, chen)
    day = today() + timedelta(days=6)
    client, url = browser(app, lin), f"/rota/shifts/{shift.id}/time"
    late = client.post(url, data={"day": str(day), "starts": "20:00", "ends": "21:30"})
    assert (late.status_code, "Nobody knocks after 21:00." in late.text) == (409, True)
    answer = client.post(url, data={"day": str(day), "starts": "15:30", "ends": "17:30"})
    assert answer.status_code == 303
    moved, seat = db.session.query(Shift).one(), db.session.query(Assignment).one()
    assert f"{local(moved.starts_at):%Y-%m-%d %H:%M}" == f"{day} 15:30"
    assert (seat.starts_at, seat.ends_at) == (moved.starts_at, moved.ends_at)
    assert (moved.sequence, told("shifts.changed")) == (1, [chen.id])


def test_no_shift_is_moved_beside_another_of_its_group_or_of_its_crew(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    make_shift(tower, tower.building, evening(5))
    put(shift, chen)
    put(make_shift(tower, tower.buildings[0], evening(6)), chen)
    client, url = browser(app, lin), f"/rota/shifts/{shift.id}/time"
    hours = {"starts": "19:00", "ends": "21:00"}
    for days, why in (
        (5, "This group has another shift at that time."),
        (6, "These people have another shift at that time: Chen. Take them off one of the two"),
    ):
        answer = client.post(url, data={"day": str(today() + timedelta(days=days)), **hours})
        assert (answer.status_code, why in answer.text) == (409, True)
    nearby = client.post(url, data={"day": str(today() + timedelta(days=4)), **hours})
    assert nearby.status_code == 303


def test_a_shift_that_is_called_off_frees_everybody_and_tells_why(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    put(shift, chen)
    client, url = browser(app, lin), f"/rota/shifts/{shift.id}/cancellation"
    assert client.post(url, data={"why": ""}).status_code == 422
    assert client.post(url, data={"why": "Heavy rain"}).status_code == 303
    assert client.post(url, data={"why": "Again"}).status_code == 303
    gone = db.session.query(Shift).one()
    assert (gone.state, gone.cancelled_why, gone.sequence) == (
        ShiftState.CANCELLED,
        "Heavy rain",
        1,
    )
    assert standings(shift) == {"Chen": "cancelled"}
    assert told("shifts.cancelled") == [chen.id]
    assert "Called off: Heavy rain" in client.get(f"/rota/shifts/{shift.id}").text


def test_neighbours_and_strangers_do_not_steer(
    app: Flask, tower: Tower, zhou: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(4))
    other = make_user("Other", (Role.COORDINATOR, tower.other_estate))
    assert browser(app, other).get(f"/rota/shifts/{shift.id}").status_code == 404
    assert browser(app, zhou).get(f"/rota/shifts/{shift.id}").status_code == 403
    assert browser(app, chen).get("/rota").status_code == 403
