"""Shifts I may take: near ones first, each with one reason when not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import today
from portal.db import db
from portal.shifts.models import Availability, Leave, RotaRules
from portal.shifts.states import ShiftState, Standing
from tests.conftest import HTMX, Tower, browser, counted_queries, make_user, planned
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put


def listed(page: str) -> list[int]:
    """The shifts of a list, in its order."""
    return [int(number) for number in re.findall(r'<a href="/shifts/(\d+)"', page)]


def line(page: str, shift_id: int) -> str:
    (found,) = [li for li in page.split("<li>") if f'href="/shifts/{shift_id}"' in li]
    return text(found)


def test_near_places_come_first_then_near_days(app: Flask, tower: Tower, chen: User) -> None:
    far = make_shift(tower, tower.buildings[0], evening(2))
    late = make_shift(tower, tower.building, evening(9))
    soon = make_shift(tower, tower.building, evening(5))
    make_shift(tower, tower.other_building, evening(2))
    make_shift(tower, tower.far_building, evening(2))
    page = browser(app, chen).get("/shifts").text
    assert listed(page) == [soon.id, late.id, far.id]
    assert page.index("In my building") < page.index("In my estate")
    assert "2 places free of 2" in line(page, soon.id)
    assert "和风苑, Building 3, Group 1" in line(page, soon.id)


def test_each_has_one_reason_when_not(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    mine = make_shift(tower, tower.building, evening(10))
    put(mine, chen)
    clash = make_shift(tower, tower.building, evening(10, 19))
    close = make_shift(tower, tower.building, evening(11, 8))
    leave = make_shift(tower, tower.building, evening(20))
    home = make_shift(tower, tower.buildings[0], evening(12))
    full = make_shift(tower, tower.buildings[1], evening(22), seats=1)
    put(full, zhou)
    day = today() + timedelta(days=20)
    db.session.add_all(
        [
            Availability(
                community_id=tower.community.id,
                user_id=chen.id,
                home_path=tower.buildings[0].path,
                changed_at=evening(0),
            ),
            Leave(community_id=tower.community.id, user_id=chen.id, first_day=day, last_day=day),
        ]
    )
    db.session.commit()
    page = browser(app, chen).get("/shifts?full=1").text
    assert "· yours" in line(page, mine.id)
    assert "at the time of another shift" in line(page, clash.id)
    assert "too close" in line(page, close.id)
    assert "you are on leave" in line(page, leave.id)
    assert "your own building" in line(page, home.id)
    assert "no place free of 1 Wait for a place" in line(page, full.id)
    assert page.count('class="primary"') == 0


def test_a_list_drawn_before_is_not_shown_once_anything_is_otherwise(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5), seats=2, needs=["officer"])
    later = make_shift(tower, tower.building, evening(6, 8))
    client, here = browser(app, chen), {"community_id": tower.community.id, "user_id": chen.id}

    def seen(of: int = shift.id) -> str:
        db.session.commit()
        return line(client.get("/shifts").text, of)

    assert seen() == seen()
    assert "2 places free of 2" in seen()
    put(shift, zhou)
    assert "1 place free of 2 · kept for a leader or a skill" in seen()
    known = Availability(**here | {"user_id": zhou.id}, skills=["officer"], changed_at=evening(0))
    db.session.add(known)
    assert "1 place free of 2 Sign up" in seen()
    known.skills = []
    assert "kept for a leader or a skill" in seen()
    officer = Availability(**here, skills=["officer"], changed_at=evening(0))
    db.session.add(officer)
    assert "1 place free of 2 Sign up" in seen()
    officer.hours = {str(shift.starts_at.weekday()): ["08:00-12:00"]}
    assert "outside the hours you gave" in seen()
    leave = Leave(**here, first_day=today(), last_day=today() + timedelta(days=5))
    db.session.add(leave)
    assert "you are on leave" in seen()
    leave.ended_at = evening(0)
    tower.building.name = "Third House"
    assert "Third House" in seen()
    assert "kept for" not in seen()
    mine = put(make_shift(tower, tower.building, evening(5, 14)), chen)
    assert "too close" in seen(later.id)
    db.session.add(
        RotaRules(
            community_id=tower.community.id,
            rest_hours=1,
            most_a_day=1,
            cancel_hours=24,
            answer_hours=12,
        )
    )
    assert "too close" not in seen(later.id)
    assert "enough for that week" in seen()
    mine.standing = Standing.CANCELLED
    assert "enough" not in seen()
    shift.state = ShiftState.CANCELLED
    db.session.commit()
    assert listed(client.get("/shifts").text) == [mine.shift_id, later.id]


def test_nobody_is_shown_the_list_of_somebody_else(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5), leads=1, seats=1)
    hua = make_user("Hua", (Role.VOLUNTEER, tower.building))
    for user, said in ((chen, "kept for a leader"), (zhou, "Sign up"), (hua, "kept for a leader")):
        assert said in line(browser(app, user).get("/shifts").text, shift.id)
    put(make_shift(tower, tower.building, evening(5, 19)), hua)
    for user, said in ((chen, "kept for a leader"), (hua, "at the time of another shift")):
        assert said in line(browser(app, user).get("/shifts").text, shift.id)


@pytest.mark.any_database("PostgreSQL plans by what it has counted, and these tables are small")
def test_nothing_is_read_that_is_not_in_the_list(app: Flask, tower: Tower, chen: User) -> None:
    """Neither the shifts of others on the way to one's own, nor what was given back."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what it has counted, and these tables are small")
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, chen)
    client = browser(app, chen)
    with counted_queries() as seen:
        client.get("/shifts")
        client.post(f"/shifts/{shift.id}/signup/end")
    near, far = [
        planned(one) for one in seen if one.startswith("SELECT shifts.id") and "LIMIT" in one
    ]
    assert "ix_shifts_community_id_path_starts_at (community_id=? AND path=?" in near[0]
    assert "ix_shifts_community_id_starts_at_id_path" in far[0]
    assert not any("ORDER BY" in step for step in far), "it stops when the page is full"
    plans = " ".join(step for one in seen if "FROM assignments" in one for step in planned(one))
    assert "ix_assignments_engaged (user_id=? AND starts_at>?)" in plans
    assert "uq_assignments_live (shift_id=? AND user_id=?)" in plans


def test_full_shifts_are_shown_on_request(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    full = make_shift(tower, tower.building, evening(3), seats=1)
    put(full, zhou)
    client = browser(app, chen)
    assert "No free place here" in client.get("/shifts").text
    assert listed(client.get("/shifts?full=1").text) == [full.id]


def test_what_is_over_or_cancelled_is_not_offered(app: Flask, tower: Tower, chen: User) -> None:
    make_shift(tower, tower.building, evening(-1))
    make_shift(tower, tower.building, evening(3), state=ShiftState.CANCELLED)
    assert listed(browser(app, chen).get("/shifts?full=1").text) == []


def test_one_day_only(app: Flask, tower: Tower, chen: User) -> None:
    wanted = make_shift(tower, tower.buildings[0], evening(3))
    make_shift(tower, tower.building, evening(4))
    make_shift(tower, tower.building, evening(2))
    day = today() + timedelta(days=3)
    assert listed(browser(app, chen).get(f"/shifts?day={day}").text) == [wanted.id]


def test_the_list_goes_on_page_by_page_and_leaves_nothing_out(
    app: Flask, tower: Tower, chen: User
) -> None:
    """Also where many begin at the same moment, and across the border from near to far."""
    near = [make_shift(tower, tower.building, evening(3)).id for _ in range(25)]
    far = [make_shift(tower, tower.buildings[n % 2], evening(3)).id for n in range(20)]
    client, url, found = browser(app, chen), "/shifts", []
    while url:
        page = client.get(url).text
        found += listed(page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert found == sorted(near) + sorted(far)


def test_an_address_written_by_hand_does_no_harm(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    client = browser(app, chen)
    for query in ("after=x", "after=1.99999999999999999.3", "after=9.1.1", "day=2026-13-77"):
        assert client.get(f"/shifts?{query}").status_code == 200
    assert listed(client.get("/shifts?after=0.0.0").text) == [shift.id]


def test_a_volunteer_of_the_community_sees_all_of_it(app: Flask, tower: Tower) -> None:
    everywhere = make_user("Hua", (Role.VOLUNTEER, tower.community))
    shifts = [
        make_shift(tower, building, evening(n + 2)).id
        for n, building in enumerate([*tower.buildings, tower.other_building])
    ]
    make_shift(tower, tower.far_building, evening(2))
    assert listed(browser(app, everywhere).get("/shifts").text) == shifts


def test_the_stranger_is_refused_and_the_neighbour_finds_nothing(
    app: Flask, tower: Tower, wu: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    stranger = browser(app)
    assert stranger.get("/shifts").status_code == 302
    reviewer = browser(app, make_user("Rao", (Role.REVIEWER, tower.community)))
    assert reviewer.get("/shifts").status_code == 403
    assert listed(browser(app, wu).get("/shifts?full=1").text) == []
    assert browser(app, wu).get(f"/shifts/{shift.id}").status_code == 404
    assert browser(app, wu).post(f"/shifts/{shift.id}/signup").status_code == 404


def test_as_many_queries_for_one_shift_as_for_a_page_of_them(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    client = browser(app, chen)
    put(make_shift(tower, tower.building, evening(3), seats=3, leads=1), zhou)
    client.get("/shifts")
    with counted_queries() as few:
        client.get("/shifts")
    for number in range(40):
        put(make_shift(tower, tower.building, evening(4 + number), seats=3, leads=1), zhou)
    with counted_queries() as many:
        assert len(listed(client.get("/shifts").text)) == 20
    assert len(many) <= len(few)


def test_one_shift_says_what_can_be_done(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, zhou)
    client = browser(app, chen)
    page = client.get(f"/shifts/{shift.id}").text
    assert "Sign up" in page
    assert "Zhou" not in page  # only those who go along read who else goes
    assert client.get(f"/shifts/{shift.id}", headers=HTMX).status_code == 200
    client.post(f"/shifts/{shift.id}/signup")
    assert "Chen, Zhou" in client.get(f"/shifts/{shift.id}").text


def test_somebody_who_moved_away_still_finds_the_shift_they_have(
    app: Flask, tower: Tower, wu: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, wu, Standing.HELD)
    assert browser(app, wu).get(f"/shifts/{shift.id}").status_code == 200
