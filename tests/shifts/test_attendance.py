"""Who comes and who came: the leader's yes, checking in, the tick list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import local, now
from portal.db import db
from portal.errors import NotFoundError, RuleError
from portal.shifts import attendance, own_time
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import evening, make_shift, put, standings, taken


@pytest.fixture
def shift(app: Flask, tower: Tower, chen: User) -> Shift:
    """A shift that has begun ten minutes ago, with Chen in one of two seats."""
    made = make_shift(tower, tower.building, now() - timedelta(minutes=10), crew_code="K7M2")
    put(made, chen)
    return made


def row_of(user: User) -> Assignment:
    db.session.expire_all()
    return db.session.query(Assignment).filter_by(user_id=user.id).one()


# Approval ----------------------------------------------------------------------------------------


def test_the_leader_says_yes_or_no(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1, approval=True)
    mei = make_user("Mei", (Role.VOLUNTEER, tower.building))
    asks = {user.name: put(shift, user, Standing.ASKED) for user in (chen, mei)}
    leader = browser(app, zhou)
    for name, answer in (("Chen", "yes"), ("Mei", "no")):
        leader.post(f"/assignments/{asks[name].id}/decision", data={"answer": answer})
    assert standings(shift) == {"Chen": "held", "Mei": "declined"}
    assert taken(shift) == 1
    deeds = [event.action for event in db.session.query(AuditEvent).order_by(AuditEvent.id)]
    assert deeds == ["shift.approved", "shift.rejected"]


def test_a_yes_gives_no_seat_that_is_not_there(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1, approval=True)
    put(shift, zhou)
    question = put(shift, chen, Standing.ASKED)
    answer = browser(app, zhou).post(f"/assignments/{question.id}/decision", data={"answer": "yes"})
    assert answer.status_code == 409
    assert standings(shift) == {"Zhou": "held", "Chen": "asked"}


def test_a_yes_is_refused_to_whoever_can_no_longer_come(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), approval=True)
    question = put(shift, chen, Standing.ASKED)
    day = local(shift.starts_at).date()
    own_time.take_leave(day, day, by=person_of(chen))
    db.session.commit()
    url, yes = f"/assignments/{question.id}/decision", {"answer": "yes"}
    answer = browser(app, zhou).post(url, data=yes)
    assert (answer.status_code, "Chen: is on leave that day" in answer.text) == (409, True)
    chen.disabled_at = now()
    db.session.commit()
    answer = browser(app, zhou).post(url, data=yes)
    assert (answer.status_code, "is blocked" in answer.text) == (409, True)
    assert (standings(shift), taken(shift)) == ({"Chen": "asked"}, 0)


def test_a_yes_gives_the_last_seat_to_nobody_without_what_the_place_asks_for(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), approval=True, needs=["cantonese"])
    put(shift, zhou)
    question = put(shift, chen, Standing.ASKED)
    url = f"/assignments/{question.id}/decision"
    answer = browser(app, zhou).post(url, data={"answer": "yes"})
    assert (answer.status_code, "the last place is kept" in answer.text) == (409, True)
    assert standings(shift) == {"Zhou": "held", "Chen": "asked"}


def test_only_the_leader_of_the_building_answers(
    app: Flask, tower: Tower, chen: User, zhou: User, wu: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), approval=True)
    question = put(shift, chen, Standing.ASKED)
    url = f"/assignments/{question.id}/decision"
    assert browser(app, wu).post(url, data={"answer": "yes"}).status_code == 404
    assert browser(app, chen).post(url, data={"answer": "yes"}).status_code == 403
    assert browser(app, wu).get(f"/shifts/{shift.id}/crew").status_code == 404
    assert browser(app, zhou).get(f"/shifts/{shift.id}/crew").status_code == 200


def test_a_building_decides_whether_its_leader_is_asked(
    app: Flask, tower: Tower, zhou: User, wu: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    elsewhere = make_shift(tower, tower.buildings[0], evening(3))
    url = f"/places/{tower.building.id}/shift-approval"
    leader = browser(app, zhou)
    assert leader.post(url, data={"wanted": "1", "shift": shift.id}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Shift, shift.id).approval is True
    assert db.session.get_one(Shift, elsewhere.id).approval is False
    leader.post(url, data={"wanted": "0"})
    db.session.expire_all()
    assert db.session.get_one(Shift, shift.id).approval is False
    assert browser(app, wu).post(url, data={"wanted": "1"}).status_code == 404
    group = tower.groups(tower.building)[0]
    assert leader.post(f"/places/{group.id}/shift-approval").status_code == 409
    for nonsense in ("9" * 5000, "-1", "x"):
        answer = leader.post(url, data={"wanted": "1", "shift": nonsense})
        assert answer.location == "/shifts"


# Checking in -------------------------------------------------------------------------------------


def test_one_tap_on_the_spot(app: Flask, shift: Shift, chen: User) -> None:
    client = browser(app, chen)
    assert "I am here" in client.get(f"/shifts/{shift.id}").text
    assert client.post(f"/shifts/{shift.id}/check-in").status_code == 303
    row = row_of(chen)
    assert row.standing is Standing.ATTENDED
    assert row.minutes == 120
    assert (
        client.post(f"/shifts/{shift.id}/check-in").status_code == 303
    )  # a second tap does no harm
    assert taken(shift) == 1


def test_whoever_has_checked_in_reads_so_and_not_that_they_had_signed_up(
    app: Flask, shift: Shift, chen: User, zhou: User
) -> None:
    put(shift, zhou, Standing.ATTENDED)
    client = browser(app, chen)
    client.post(f"/shifts/{shift.id}/check-in")
    page = client.get(f"/shifts/{shift.id}").text
    assert "You have checked in." in page
    assert "signed up for this shift already" not in page
    assert "You go together" in page
    assert "I am here" not in page


def test_whoever_was_taken_for_missing_can_still_check_in(
    app: Flask, shift: Shift, chen: User, zhou: User
) -> None:
    attendance.tick_off(shift.id, set(), by=person_of(zhou), at=now())
    db.session.commit()
    client = browser(app, chen)
    page = client.get(f"/shifts/{shift.id}").text
    assert "Nobody noted that you came." in page
    assert "I am here" in page
    assert "Sign up<" not in page
    assert client.post(f"/shifts/{shift.id}/check-in").status_code == 303
    assert standings(shift) == {"Chen": "attended"}


def test_the_code_of_the_crew_is_asked_for_where_one_checks_in(
    app: Flask, shift: Shift, chen: User
) -> None:
    client = browser(app, chen)
    for page in (f"/shifts/{shift.id}", "/shifts/mine"):
        assert 'href="/check-in"' in client.get(page).text


def test_the_window_is_from_two_hours_before_to_the_end_of_the_day() -> None:
    starts = evening(3)
    assert not attendance.is_open(starts, starts - timedelta(hours=2, minutes=1))
    assert attendance.is_open(starts, starts - timedelta(hours=2))
    assert attendance.is_open(starts, evening(3, 23, 59))
    assert not attendance.is_open(starts, evening(4, 0, 0))


def test_too_early_is_told(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, now() + timedelta(hours=3))
    put(shift, chen)
    answer = browser(app, chen).post(f"/shifts/{shift.id}/check-in")
    assert answer.status_code == 409
    assert standings(shift) == {"Chen": "held"}


def test_who_comes_late_is_there_for_the_rest(tower: Tower) -> None:
    starts, ends = evening(3), evening(3, 20, 30)
    assert attendance.minutes_served(starts, ends, starts - timedelta(minutes=20)) == 120
    assert attendance.minutes_served(starts, ends, starts + timedelta(minutes=30)) == 120
    assert attendance.minutes_served(starts, ends, starts + timedelta(minutes=45)) == 75
    assert attendance.minutes_served(starts, ends, ends + timedelta(hours=1)) == 0


def test_by_the_code_of_the_crew(
    app: Flask, tower: Tower, shift: Shift, chen: User, zhou: User
) -> None:
    assert "K7M2" in browser(app, zhou).get(f"/shifts/{shift.id}/crew").text
    client = browser(app, chen)
    assert 'value="K7M2"' in client.get("/check-in?code=K7M2").text
    assert client.post("/check-in", data={"code": "XXXX"}).status_code == 409
    assert client.post("/check-in", data={"code": " k7m2 "}).status_code == 303
    assert standings(shift) == {"Chen": "attended"}
    other = browser(app, make_user("Mei", (Role.VOLUNTEER, tower.building)))
    assert other.post("/check-in", data={"code": "K7M2"}).status_code == 409


def test_who_has_no_seat_cannot_check_in(shift: Shift, zhou: User) -> None:
    with pytest.raises(NotFoundError):
        attendance.check_in(shift.id, person_of(zhou), at=now())


# The tick list -----------------------------------------------------------------------------------


def test_the_leader_ticks_who_came_and_may_mend_it(
    app: Flask, tower: Tower, shift: Shift, chen: User, zhou: User
) -> None:
    mei = make_user("Mei", (Role.VOLUNTEER, tower.building))
    seats = {"Chen": row_of(chen), "Mei": put(shift, mei)}
    leader, url = browser(app, zhou), f"/shifts/{shift.id}/attendance"
    assert "Who came?" in leader.get(f"/shifts/{shift.id}/crew").text
    leader.post(url, data={"came": [seats["Mei"].id]})
    assert standings(shift) == {"Chen": "no_show", "Mei": "attended"}
    assert taken(shift) == 1
    leader.post(url, data={"came": [seats["Mei"].id, seats["Chen"].id]})
    assert standings(shift) == {"Chen": "attended", "Mei": "attended"}
    assert taken(shift) == 2
    leader.post(url, data={"came": [seats["Chen"].id, "9" * 5000, "-1", "x"]})
    assert standings(shift) == {"Chen": "attended", "Mei": "no_show"}
    assert taken(shift) == 1
    assert row_of(mei).minutes is None


def test_a_seat_that_stayed_empty_goes_to_whoever_waits(
    app: Flask, tower: Tower, shift: Shift, chen: User, zhou: User
) -> None:
    mei = make_user("Mei", (Role.VOLUNTEER, tower.building))
    put(shift, mei, Standing.WAITING)
    attendance.tick_off(shift.id, (), by=person_of(zhou), at=now())
    assert standings(shift) == {"Chen": "no_show", "Mei": "offered"}
    assert taken(shift) == 1
    attendance.check_in(shift.id, person_of(chen), at=now())
    assert standings(shift)["Chen"] == "attended"


def test_nobody_is_ticked_off_before_the_start(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, now() + timedelta(hours=1))
    put(shift, chen)
    with pytest.raises(RuleError):
        attendance.tick_off(shift.id, (), by=person_of(zhou), at=now())
    assert standings(shift) == {"Chen": "held"}
