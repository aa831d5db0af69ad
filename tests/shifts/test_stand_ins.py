"""“I can't come”: the holder stays responsible until somebody takes over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.errors import RuleError
from portal.outbox.models import Notice
from portal.shifts import stand_in_queries, stand_ins, upkeep
from portal.shifts.crew_queries import people
from portal.shifts.models import Shift, StandInRequest
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import evening, make_shift, put, standings, taken

SOON = timedelta(hours=20)  # too late to give a seat back just so


@pytest.fixture
def shift(app: Flask, tower: Tower, chen: User) -> Shift:
    """Chen has the only seat of a shift tomorrow."""
    made = make_shift(tower, tower.building, now() + SOON, seats=1)
    put(made, chen)
    return made


def crowd(tower: Tower, count: int) -> list[User]:
    return [make_user(f"V{n:02d}", (Role.VOLUNTEER, tower.estate)) for n in range(count)]


def browser_of(user: User) -> FlaskClient:
    return browser(current_app, user)


def asked() -> list[int]:
    rows = db.session.query(StandInRequest).order_by(StandInRequest.id)
    return [row.user_id for row in rows]


def told(kind: str) -> set[int]:
    return {n.user_id for n in db.session.query(Notice).filter_by(kind=kind)}


def test_the_holder_stays_responsible_until_somebody_takes_over(
    tower: Tower, shift: Shift, chen: User, zhou: User
) -> None:
    (mei,) = crowd(tower, 1)
    holder, other = browser_of(chen), browser_of(mei)
    page = holder.get(f"/shifts/{shift.id}").text
    assert "Look for a stand-in" in page
    assert "Give the shift back" not in page
    answer = holder.post(f"/shifts/{shift.id}/stand-in", data={"why": "a cold"})
    assert "2 people have been asked" in holder.get(answer.location).text
    assert standings(shift) == {"Chen": "held"}
    assert told("shifts.stand_in_wanted") == {zhou.id}
    assert told("shifts.stand_in_asked") == {zhou.id, mei.id}
    assert "Somebody cannot come. You could stand in." in other.get(f"/shifts/{shift.id}").text
    other.post(f"/shifts/{shift.id}/stand-in/answer", data={"answer": "yes"})
    assert standings(shift) == {"Chen": "replaced", mei.name: "held"}
    assert taken(shift) == 1
    assert told("shifts.stand_in_found") == {chen.id, zhou.id}
    late = browser_of(zhou).post(f"/shifts/{shift.id}/stand-in/answer", data={"answer": "yes"})
    assert late.status_code == 409


def test_the_least_recently_asked_are_asked_first_in_waves(
    tower: Tower, shift: Shift, chen: User
) -> None:
    others = crowd(tower, 8)
    before = put(make_shift(tower, tower.building, evening(9)), others[7])
    for n, user in enumerate(others[:3]):
        db.session.add(
            StandInRequest(
                community_id=shift.community_id,
                assignment_id=before.id,
                user_id=user.id,
                asked_at=now() - timedelta(days=10 - n),
            )
        )
    db.session.commit()
    never = [user.id for user in others[3:]]
    earlier = [user.id for user in others[:3]]
    at = now()
    assert stand_ins.want(shift.id, person_of(chen), why="", at=at) == 5
    assert asked()[3:] == never
    assert upkeep.ask_again(at + timedelta(hours=2)) == 0
    assert upkeep.ask_again(at + timedelta(hours=3)) == 3
    assert asked()[8:] == earlier
    assert upkeep.ask_again(at + timedelta(hours=6)) == 0  # nobody is left, nobody is asked twice


def test_only_those_who_could_come_are_asked(tower: Tower, shift: Shift, chen: User) -> None:
    busy, close, waits, free = crowd(tower, 4)
    put(make_shift(tower, tower.buildings[0], shift.starts_at), busy)
    put(make_shift(tower, tower.buildings[0], shift.ends_at + timedelta(hours=2)), close)
    put(shift, waits, Standing.WAITING)
    make_user("Far", (Role.VOLUNTEER, tower.other_building))
    make_user("Gone", (Role.VOLUNTEER, tower.building), disabled_at=now())
    make_user("Rao", (Role.REVIEWER, tower.community))
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    assert asked() == [waits.id, free.id]


def test_who_waited_may_take_over_and_waits_no_longer(
    tower: Tower, shift: Shift, chen: User
) -> None:
    (mei,) = crowd(tower, 1)
    put(shift, mei, Standing.WAITING)
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    stand_ins.take_over(shift.id, person_of(mei), at=now())
    assert standings(shift) == {"Chen": "replaced", mei.name: "held"}
    assert taken(shift) == 1


def test_the_holder_may_come_after_all(tower: Tower, shift: Shift, chen: User) -> None:
    (mei,) = crowd(tower, 1)
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    with pytest.raises(RuleError):
        stand_ins.want(shift.id, person_of(chen), why="", at=now())
    browser_of(chen).post(f"/shifts/{shift.id}/stand-in/end")
    with pytest.raises(RuleError):
        stand_ins.take_over(shift.id, person_of(mei), at=now())
    with pytest.raises(RuleError):
        stand_ins.stop(shift.id, person_of(chen))
    assert standings(shift) == {"Chen": "held"}


def test_a_no_is_kept(tower: Tower, shift: Shift, chen: User) -> None:
    (mei,) = crowd(tower, 1)
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    browser_of(mei).post(f"/shifts/{shift.id}/stand-in/answer", data={"answer": "no"})
    db.session.expire_all()
    (request,) = db.session.query(StandInRequest)
    assert request.accepted is False
    assert standings(shift) == {"Chen": "held"}


def test_once_it_has_begun_the_leader_is_called(tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, now() - timedelta(minutes=5))
    put(shift, chen)
    with pytest.raises(RuleError):
        stand_ins.want(shift.id, person_of(chen), why="", at=now())


def test_where_the_leader_approves_the_holder_is_free_only_with_the_yes(
    tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, now() + SOON, seats=1, approval=True)
    put(shift, chen)
    (mei,) = crowd(tower, 1)
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    stand_ins.take_over(shift.id, person_of(mei), at=now())
    assert standings(shift) == {"Chen": "held", mei.name: "asked"}
    leader = browser_of(zhou)
    assert "asks for a place" in leader.get(f"/shifts/{shift.id}/crew").text
    question = stand_in_queries.maybe_leaving(shift.id)
    assert question is not None
    rows = {row.name: row.id for row in people(shift.id)}
    leader.post(f"/assignments/{rows[mei.name]}/decision", data={"answer": "yes"})
    assert standings(shift) == {"Chen": "replaced", mei.name: "held"}
    assert taken(shift) == 1
    assert told("shifts.approved") == {mei.id}


def test_a_stranger_cannot_reset_somebody_elses_request(
    tower: Tower, shift: Shift, chen: User
) -> None:
    (mei,) = crowd(tower, 1)
    stand_ins.want(shift.id, person_of(chen), why="", at=now())
    assert browser_of(mei).post(f"/shifts/{shift.id}/stand-in/end").status_code == 404
    assert browser_of(mei).post(f"/shifts/{shift.id}/stand-in").status_code == 404
