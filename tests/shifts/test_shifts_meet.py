"""Shifts are made and seats given at the same moment, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access import Role
from portal.accounts.models import User
from portal.clock import local
from portal.db import db
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import SEATED, ShiftState
from portal.tower.models import Place
from tests.at_once import in_line
from tests.conftest import Tower, browser, make_user
from tests.coverage.factory import new_id
from tests.shifts.factory import evening, make_proposal, make_series, make_shift

pytestmark = pytest.mark.commits


class Stage:
    """A plan proposes Auntie Zhou for one turn, a week from now, and Lin is about to publish it."""

    def __init__(self, real: Flask) -> None:
        self.real = real
        self.tower = Tower()
        self.building = self.tower.building
        self.group = self.tower.groups(self.building)[0]
        self.lin = make_user("Lin", (Role.COORDINATOR, self.tower.estate))
        self.zhou = make_user("Zhou", (Role.LEADER, self.building))
        proposal = make_proposal(self.tower, self.building, self.zhou)
        self.day = local(proposal.starts_at).date()
        self.publish = self.post(self.lin, f"/rota/plans/{proposal.plan_id}/publication")

    def post(self, who: User, url: str, **values: object) -> Callable[[], int]:
        """What somebody sends from a window of their own."""
        client = browser(self.real, who)
        fields = {"form_id": new_id(), **values}
        return lambda: client.post(url, data=fields).status_code

    def make_one(self) -> Callable[[], int]:
        """Auntie Zhou makes a shift of a gap, at the hour of the plan."""
        hours = {"day": self.day.isoformat(), "starts": "18:30", "ends": "20:30", "seats": 2}
        return self.post(self.zhou, f"/places/{self.group.id}/shifts", **hours)

    def make_series_of(self, day: date) -> Callable[[], int]:
        """Lin makes the shifts of a series, at the hour of the plan."""
        hours = {"weekdays": list(range(7)), "starts": "18:30", "ends": "20:30"}
        series = make_series(self.group, self.lin, **hours)
        stretch = {"first": day.isoformat(), "last": day.isoformat()}
        return self.post(self.lin, f"/rota/series/{series.id}/batches", **stretch)

    def behind(self, model: type[Place | User], row_id: int, *jobs: Callable[[], int]) -> list[int]:
        """All come while this thread holds a row that whatever they write must point to."""
        db.session.rollback()
        db.session.execute(select(model.id).where(model.id == row_id).with_for_update())
        with in_line(*jobs) as codes:
            db.session.rollback()
        return codes


def clashes(group: Place) -> int:
    """How many shifts of a group begin before the one before them has ended."""
    rows = db.session.query(Shift).filter_by(group_id=group.id, state=ShiftState.OPEN)
    return sum(two.starts_at < one.ends_at for one, two in pairwise(rows.order_by(Shift.starts_at)))


def two_places_at_once(user: User) -> int:
    """In how many cases somebody has a seat while their seat before is not over."""
    rows = db.session.query(Assignment).filter(
        Assignment.user_id == user.id, Assignment.standing.in_(SEATED)
    )
    seats = rows.order_by(Assignment.starts_at).all()
    return sum(two.starts_at < one.ends_at for one, two in pairwise(seats))


def test_a_shift_made_of_a_gap_and_a_plan_give_no_group_two_at_one_hour(real: Flask) -> None:
    stage = Stage(real)
    codes = stage.behind(Place, stage.group.id, stage.make_one(), stage.publish)
    assert (codes[1], clashes(stage.group)) == (303, 0)
    assert codes[0] in {303, 409}  # whichever came first
    assert db.session.query(Shift).filter_by(group_id=stage.group.id).count() == 1


def test_a_series_and_a_plan_give_no_group_two_at_one_hour(real: Flask) -> None:
    stage = Stage(real)
    codes = stage.behind(Place, stage.group.id, stage.make_series_of(stage.day), stage.publish)
    assert (codes[1], clashes(stage.group)) == (303, 0)
    assert codes[0] in {303, 409}
    assert db.session.query(Shift).filter_by(group_id=stage.group.id).count() == 1


def test_a_shift_moved_meanwhile_and_a_plan_give_no_group_two_at_one_hour(real: Flask) -> None:
    stage = Stage(real)
    shift = make_shift(stage.tower, stage.building, evening(9))
    hours = {"day": stage.day.isoformat(), "starts": "18:30", "ends": "20:30"}
    move = stage.post(stage.lin, f"/rota/shifts/{shift.id}/time", **hours)
    # Moving writes no row that points to the group: only the plan, which comes first, must wait.
    codes = stage.behind(Place, stage.group.id, stage.publish, move)
    assert sorted(codes) in ([303, 303], [303, 409])
    assert clashes(stage.group) == 0


def test_a_plan_and_a_sign_up_give_nobody_two_shifts_at_once(real: Flask) -> None:
    stage = Stage(real)
    other = make_shift(stage.tower, stage.tower.buildings[1], evening(7, 19))
    sign_up = stage.post(stage.zhou, f"/shifts/{other.id}/signup")
    codes = stage.behind(User, stage.zhou.id, stage.publish, sign_up)
    assert codes[0] == 303
    assert two_places_at_once(stage.zhou) == 0
    assert db.session.query(Assignment).filter_by(user_id=stage.zhou.id).count() == 1


def test_leave_taken_while_a_plan_is_published_is_seen_by_one_of_the_two(real: Flask) -> None:
    stage = Stage(real)
    days = {"first_day": stage.day.isoformat(), "last_day": stage.day.isoformat()}
    client = browser(real, stage.zhou)

    def take_leave() -> int:
        return client.post("/shifts/leave", data={"form_id": new_id(), **days}).status_code

    codes = stage.behind(User, stage.zhou.id, take_leave, stage.publish)
    assert codes == [303, 303]
    has_seat = db.session.query(Assignment).filter_by(user_id=stage.zhou.id).count() == 1
    pages = client.get("/shifts/mine").text + client.get("/shifts/time").text
    assert ("You have 1 shift on these days" in pages) == has_seat
