"""Signing up, waiting, being offered a place, giving it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.outbox.models import Notice
from portal.shifts import signups
from portal.shifts.eligibility import Why
from portal.shifts.refusals import TooLateError, WhyNotError
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_user, person_of
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put, standings, taken


def test_two_taps_from_the_list_to_a_place(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    client = browser(app, chen)
    assert f'formaction="/shifts/{shift.id}/signup"' in client.get("/shifts").text
    answer = client.post(f"/shifts/{shift.id}/signup")
    assert answer.status_code == 303
    assert "You are signed up." in client.get(answer.location).text
    assert standings(shift) == {"Chen": "held"}
    assert taken(shift) == 1


def test_each_is_answered_in_their_own_language(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    hua = make_user("Hua", (Role.VOLUNTEER, tower.building), locale="zh")
    for user, words, back in (
        (chen, "You are signed up.", "Given back."),
        (hua, "您已报名。", "已退班。"),
        (chen, "You are signed up.", "Given back."),
    ):
        client = browser(app, user)
        for deed, said in (("signup", words), ("signup/end", back)):
            answer = client.post(f"/shifts/{shift.id}/{deed}")
            page = client.get(answer.location).text
            assert said in text(page.partition('id="messages"')[2].partition("<main")[0])


def test_who_comes_second_is_told_at_once_and_offered_others(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    other = make_shift(tower, tower.building, evening(5))
    put(shift, zhou)
    answer = browser(app, chen).post(f"/shifts/{shift.id}/signup")
    assert answer.status_code == 409
    assert "All places are taken." in answer.text
    assert f'href="/shifts/{other.id}"' in answer.text
    assert standings(shift) == {"Zhou": "held"}


def test_the_rules_hold_for_the_form_too(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, chen)
    clash = make_shift(tower, tower.building, evening(3, 19))
    client = browser(app, chen)
    assert "another shift at that time" in client.post(f"/shifts/{clash.id}/signup").text
    assert "signed up for this shift already" in client.post(f"/shifts/{shift.id}/signup").text
    assert taken(clash) == 0
    assert taken(shift) == 1


def test_a_seat_is_given_back_in_time_and_other_shifts_are_offered(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift, other = (make_shift(tower, tower.building, evening(days)) for days in (3, 5))
    put(shift, chen)
    client = browser(app, chen)
    answer = client.post(f"/shifts/{shift.id}/signup/end")
    page = client.get(answer.location).text
    assert "Perhaps another time suits you?" in page
    assert f'href="/shifts/{other.id}"' in page
    assert standings(shift) == {"Chen": "cancelled"}
    assert taken(shift) == 0
    assert client.post(f"/shifts/{shift.id}/signup/end").status_code == 404
    assert client.post(f"/shifts/{shift.id}/signup").status_code == 303
    assert taken(shift) == 1


def test_the_day_before_it_is_too_late_to_give_it_back(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, now() + timedelta(hours=23))
    put(shift, chen)
    client = browser(app, chen)
    assert "Give the shift back" not in client.get(f"/shifts/{shift.id}").text
    answer = client.post(f"/shifts/{shift.id}/signup/end")
    assert answer.status_code == 409
    assert "too late to simply give" in answer.text
    assert taken(shift) == 1
    with pytest.raises(TooLateError):
        signups.give_back(shift.id, person_of(chen), at=now())


# The waiting list --------------------------------------------------------------------------------


@pytest.fixture
def crowd(tower: Tower) -> list[User]:
    return [make_user(f"V{n}", (Role.VOLUNTEER, tower.building)) for n in range(4)]


def notices(kind: str) -> list[int]:
    return [n.user_id for n in db.session.query(Notice).filter_by(kind=kind).order_by(Notice.id)]


def test_who_waits_first_is_offered_the_place_first(
    app: Flask, tower: Tower, chen: User, crowd: list[User]
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen)
    for user in crowd[:2]:
        answer = browser(app, user).post(f"/shifts/{shift.id}/signup", data={"wait": "1"})
        assert answer.status_code == 303
    signups.give_back(shift.id, person_of(chen), at=now())
    assert standings(shift) == {"Chen": "cancelled", "V0": "offered", "V1": "waiting"}
    assert notices("shifts.promoted") == [crowd[0].id]
    assert taken(shift) == 1
    newcomer = browser(app, crowd[2])
    assert newcomer.post(f"/shifts/{shift.id}/signup").status_code == 409
    page = browser(app, crowd[0]).get(f"/shifts/{shift.id}").text
    assert "A place has come free for you." in page
    assert "Please answer until" in page
    browser(app, crowd[0]).post(f"/shifts/{shift.id}/offer", data={"answer": "yes"})
    assert standings(shift)["V0"] == "held"
    assert taken(shift) == 1


def test_a_no_goes_to_the_next_and_at_last_the_place_is_free(
    app: Flask, tower: Tower, chen: User, crowd: list[User]
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen)
    for user in crowd[:2]:
        put(shift, user, Standing.WAITING)
    signups.give_back(shift.id, person_of(chen), at=now())
    for n, user in enumerate(crowd[:2]):
        assert standings(shift)[f"V{n}"] == "offered"
        browser(app, user).post(f"/shifts/{shift.id}/offer", data={"answer": "no"})
    assert standings(shift) == {"Chen": "cancelled", "V0": "declined", "V1": "declined"}
    assert taken(shift) == 0


def test_who_can_no_longer_come_keeps_the_place_in_the_line_but_is_passed_over(
    app: Flask, tower: Tower, chen: User, crowd: list[User]
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen)
    for user in crowd[:2]:
        put(shift, user, Standing.WAITING)
    put(make_shift(tower, tower.building, evening(3, 19)), crowd[0])
    signups.give_back(shift.id, person_of(chen), at=now())
    assert standings(shift) == {"Chen": "cancelled", "V0": "waiting", "V1": "offered"}


def test_who_waits_may_stop_waiting(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, zhou)
    put(shift, chen, Standing.WAITING)
    client = browser(app, chen)
    answer = client.post(f"/shifts/{shift.id}/signup/end")
    assert "no longer wait" in client.get(answer.location).text
    assert standings(shift) == {"Zhou": "held", "Chen": "cancelled"}


def test_nobody_waits_while_places_are_free_or_for_what_they_may_not_have(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3))
    assert signups.sign_up(shift.id, person_of(chen), at=now(), wait=True) is Standing.HELD
    clash = make_shift(tower, tower.building, evening(3, 19), seats=0)
    with pytest.raises(WhyNotError) as refused:
        signups.sign_up(clash.id, person_of(chen), at=now(), wait=True)
    assert refused.value.why is Why.OVERLAP


def test_where_the_leader_approves_a_sign_up_is_a_question(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), approval=True)
    client = browser(app, chen)
    answer = client.post(f"/shifts/{shift.id}/signup")
    assert "leader will answer" in client.get(answer.location).text
    assert standings(shift) == {"Chen": "asked"}
    assert taken(shift) == 0


def test_a_place_that_came_free_is_not_taken_beside_another_shift_at_that_hour(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen, Standing.OFFERED, answer_by=shift.starts_at)
    put(make_shift(tower, tower.buildings[1], evening(3, 19)), chen)
    answer = browser(app, chen).post(f"/shifts/{shift.id}/offer", data={"answer": "yes"})
    assert answer.status_code == 409
    assert "You have another shift at that time." in answer.text
    assert standings(shift)["Chen"] == "offered"
