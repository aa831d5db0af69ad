"""A published plan is mended: who keeps a seat, and whose seat comes free."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import local, now
from portal.db import db
from portal.shifts import mending, own_time
from portal.shifts.models import RotaPlan, Shift
from portal.shifts.states import PlanState, Standing
from portal.tower.models import Place
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import evening, make_proposal, make_shift, put, standings


def plan_over(tower: Tower, place: Place, lin: User) -> RotaPlan:
    """A plan over a place that was published."""
    turn = make_proposal(tower, tower.building, lin, place_id=place.id, path=place.path)
    plan = db.session.get_one(RotaPlan, turn.plan_id)
    plan.state, plan.published_at = PlanState.PUBLISHED, now()
    db.session.commit()
    return plan


@pytest.fixture
def plan(tower: Tower, lin: User) -> RotaPlan:
    """A published plan over the whole community."""
    return plan_over(tower, tower.community, lin)


def shift_of(plan: RotaPlan, tower: Tower, days: int = 8) -> Shift:
    """A shift for two in building 3 of 和风苑, which the plan brought."""
    source = f"plan/{plan.id}"
    return make_shift(tower, tower.building, evening(days), seats=2, source=source)


def changed(plan: RotaPlan) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Who leaves and who joins, shift by shift."""
    return [(change.leaves, change.joins) for change in mending.changes(plan, now())]


def away(shift: Shift, *people: User) -> None:
    """Some people go on leave on the day of a shift."""
    day = local(shift.starts_at).date()
    for person in people:
        own_time.take_leave(day, day, by=person_of(person))
    db.session.commit()


def mended(app: Flask, tower: Tower, plan: RotaPlan, *, shown: str = "") -> int:
    """The status of mending by the coordinator of the community, whose page shows a text."""
    client = browser(app, make_user("Hua", (Role.COORDINATOR, tower.community)))
    url = f"/rota/plans/{plan.id}/mending"
    page = client.get(url)
    assert page.status_code == 200
    assert shown in page.text
    seen = re.search(r'name="seen" value="(\w+)"', page.text)
    assert seen is not None
    return client.post(url, data={"seen": seen[1]}).status_code


def crew_and_waiting(shift: Shift, tower: Tower, *crew: User) -> tuple[User, User]:
    """A crew, Xia who waits for the shift, and Ming who serves there too."""
    xia, ming = (make_user(name, (Role.VOLUNTEER, tower.building)) for name in ("Xia", "Ming"))
    for person in crew:
        put(shift, person)
    put(shift, xia, Standing.WAITING)
    return xia, ming


def test_whoever_serves_in_another_estate_by_now_gives_the_seat_back(
    app: Flask, tower: Tower, zhou: User, chen: User, plan: RotaPlan
) -> None:
    """Chen has moved to 桂香苑, where the plan has no shift ahead; Auntie Zhou goes instead."""
    shift = shift_of(plan, tower)
    put(shift, chen)
    duty = db.session.query(HeldDuty).filter_by(user_id=chen.id).one()
    duty.place_id, duty.path = tower.other_estate.id, tower.other_estate.path
    db.session.commit()
    assert mended(app, tower, plan) == 303
    assert standings(shift) == {"Chen": "cancelled", "Zhou": "held"}


def test_a_coordinator_keeps_the_seat_she_took(
    tower: Tower, lin: User, zhou: User, plan: RotaPlan
) -> None:
    """Nobody sends Lin, but she may come: Zhou joins her, and she is sent nowhere else."""
    put(shift_of(plan, tower), lin)
    shift_of(plan, tower, days=12)
    assert changed(plan) == [((), (zhou.id,)), ((), (zhou.id,))]


def test_a_coordinator_on_leave_gives_the_seat_back(
    tower: Tower, lin: User, plan: RotaPlan
) -> None:
    shift = shift_of(plan, tower)
    put(shift, lin)
    away(shift, lin)
    assert changed(plan) == [((lin.id,), ())]


def test_whoever_may_only_look_on_by_now_gives_the_seat_back(
    tower: Tower, lin: User, chen: User, plan: RotaPlan
) -> None:
    put(shift_of(plan, tower), chen)
    db.session.query(HeldDuty).filter_by(user_id=chen.id).update({"role": Role.REVIEWER})
    db.session.commit()
    assert changed(plan) == [((chen.id,), ())]


def test_who_coordinates_one_estate_keeps_the_seat_there_though_sent_to_another_only(
    tower: Tower, plan: RotaPlan
) -> None:
    """Guo coordinates 和风苑 and goes along in 桂香苑."""
    guo = make_user("Guo", (Role.COORDINATOR, tower.estate), (Role.VOLUNTEER, tower.other_building))
    put(shift_of(plan, tower), guo)
    assert changed(plan) == []


def test_whoever_waits_for_the_shift_is_offered_the_seat_before_anybody_is_sent(
    app: Flask, tower: Tower, zhou: User, chen: User, plan: RotaPlan
) -> None:
    shift = shift_of(plan, tower)
    crew_and_waiting(shift, tower, chen, zhou)
    away(shift, chen)
    (change,) = mending.changes(plan, now())
    assert (change.leaves, change.joins, change.offered) == ((chen.id,), (), 1)
    shown = "1 place is offered to whoever waits for it first"
    assert mended(app, tower, plan, shown=shown) == 303
    assert standings(shift) == {"Chen": "cancelled", "Zhou": "held", "Xia": "offered"}


def test_whoever_waits_for_the_shift_is_not_sent_there_besides(
    app: Flask, tower: Tower, zhou: User, chen: User, plan: RotaPlan
) -> None:
    """Two go on leave: Auntie Zhou, who waits, is offered one seat, and Chen gets the other."""
    shift = shift_of(plan, tower)
    put(shift, zhou, Standing.WAITING)
    for name in ("Xia", "Ming"):
        seated = make_user(name, (Role.VOLUNTEER, tower.building))
        put(shift, seated)
        away(shift, seated)
    assert mended(app, tower, plan) == 303
    assert standings(shift) == {
        "Xia": "cancelled",
        "Ming": "cancelled",
        "Zhou": "offered",
        "Chen": "held",
    }


def test_whoever_waits_though_a_seat_is_free_is_sent_and_waits_no_longer(
    app: Flask, tower: Tower, zhou: User, chen: User, plan: RotaPlan
) -> None:
    shift = shift_of(plan, tower)
    put(shift, zhou, Standing.WAITING)
    assert mended(app, tower, plan) == 303
    assert sorted(standings(shift).values()) == ["held", "held"]


def test_whoever_waits_but_cannot_come_that_day_is_passed_over(
    app: Flask, tower: Tower, zhou: User, chen: User, plan: RotaPlan
) -> None:
    shift = shift_of(plan, tower)
    xia, ming = crew_and_waiting(shift, tower, chen, zhou)
    away(shift, chen, xia)
    (change,) = mending.changes(plan, now())
    assert (change.leaves, change.joins, change.offered) == ((chen.id,), (ming.id,), 0)
    assert mended(app, tower, plan) == 303
    assert standings(shift)["Ming"] == "held"
