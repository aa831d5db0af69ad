"""A crew sees and ticks the doors of its shift, from two hours before to the end of the day."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask

from portal.access import Permission
from portal.accounts import crews
from portal.accounts.models import User
from portal.clock import at, now, today
from portal.coverage.entries import Fate
from portal.coverage.states import Outcome
from portal.db import db
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import ShiftState, Standing
from tests.conftest import Tower, browser, counted_queries, person_of
from tests.coverage.factory import make_round, visit
from tests.shifts.factory import evening, make_shift, put, send_out


def test_chen_sees_and_ticks_the_doors_of_his_shift_and_no_others(
    app: Flask, tower: Tower, chen: User
) -> None:
    opened = make_round(tower.estate)
    first, _ = tower.groups(tower.building)
    homes = tower.dwellings(tower.building)
    plan = f"/rounds/{opened.id}/plan/{tower.building.id}"
    client = browser(app, chen)
    assert client.get(plan).status_code == 403
    send_out(chen, first)
    assert client.get(plan).text.count('class="door') == 21
    assert client.get(f"/rounds/{opened.id}/doors/{homes[0].id}").status_code == 200
    assert client.get(f"/rounds/{opened.id}/doors/{homes[-1].id}").status_code == 404
    assert visit(chen, opened, homes[0].id, Outcome.MET).fate is Fate.ACCEPTED


def test_a_shift_lasts_from_two_hours_before_to_the_end_of_the_day(
    tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(1))
    put(shift, chen)
    moments = {
        evening(1) - timedelta(hours=2, seconds=1): False,
        evening(1) - timedelta(hours=2): True,
        evening(1) + timedelta(hours=3): True,
        at(today() + timedelta(days=1), time(23, 59, 59)): True,
        at(today() + timedelta(days=2), time()): False,
    }
    for moment, out in moments.items():
        assert crews.were_out(chen.id, shift.path, at=moment) is out


@pytest.mark.parametrize("standing", sorted(Standing))
def test_only_who_has_the_seat_is_out(tower: Tower, chen: User, standing: Standing) -> None:
    send_out(chen, tower.groups(tower.building)[0])
    db.session.query(Assignment).one().standing = standing
    db.session.commit()
    out = standing in {Standing.HELD, Standing.ATTENDED}
    assert person_of(chen).may(Permission.RECORD_VISITS) is out


def test_nobody_is_out_on_a_cancelled_shift(tower: Tower, chen: User) -> None:
    send_out(chen, tower.groups(tower.building)[0])
    db.session.query(Shift).one().state = ShiftState.CANCELLED
    db.session.commit()
    assert person_of(chen).crews == ()


def test_what_chen_did_on_his_shift_counts_when_his_phone_finds_a_signal_days_later(
    tower: Tower, chen: User
) -> None:
    opened = make_round(tower.estate)
    opened.opened_at = now() - timedelta(days=9)
    shift = make_shift(tower, tower.building, evening(-2))
    put(shift, chen, Standing.ATTENDED)
    home = tower.dwellings(tower.building)[0].id
    for door in tower.dwellings(tower.building)[:2]:
        db.session.execute(
            db.text("update doors set joined_at = :at where dwelling_id = :id"),
            {"at": (now() - timedelta(days=9)).replace(tzinfo=None), "id": door.id},
        )
    db.session.commit()
    then = evening(-2) + timedelta(minutes=20)
    assert visit(chen, opened, home, Outcome.MET, happened_at=then).fate is Fate.ACCEPTED
    other = tower.dwellings(tower.building)[1].id
    assert visit(chen, opened, other, Outcome.MET).fate is Fate.REVIEW


def test_who_is_out_is_asked_with_who_is_signed_in(app: Flask, tower: Tower, chen: User) -> None:
    client = browser(app, chen)
    client.get("/me")
    with counted_queries() as before:
        client.get("/me")
    send_out(chen, *tower.groups(tower.building))
    with counted_queries() as after:
        client.get("/me")
    assert len(before) == len(after)
