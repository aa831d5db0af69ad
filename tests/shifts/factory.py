"""Shifts for the tests of the rota."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from portal.accounts.models import User
from portal.clock import at, now, today
from portal.db import db
from portal.shifts.models import Assignment, ProposedTurn, RotaPlan, Shift, ShiftTemplate
from portal.shifts.states import SEATED, Origin, PlanState, Standing
from portal.tower.models import Place
from tests.conftest import Tower

TURNS = count(1)


def evening(days: int, hour: int = 18, minute: int = 30) -> datetime:
    """Half past six in so many days, or another hour of that day."""
    return at(today() + timedelta(days=days), time(hour, minute))


def next_monday() -> date:
    """A Monday at least a week away, so that the week around it lies wholly ahead."""
    day = today() + timedelta(days=7)
    return day + timedelta(days=-day.weekday() % 7)


def make_shift(
    tower: Tower, building: Place, starts_at: datetime, *, hours: float = 2, **changes: Any
) -> Shift:
    """A published shift in the first group of a building."""
    group = tower.groups(building)[0]
    shift = Shift(
        **{
            "community_id": building.community_id,
            "source": "gap/test",
            "cycle": next(TURNS),
            "estate_id": building.parent_id,
            "building_id": building.id,
            "group_id": group.id,
            "path": group.path,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=hours),
            "crew_code": "4711",
            "made_at": now(),
            "changed_at": now(),
            **changes,
        }
    )
    db.session.add(shift)
    db.session.commit()
    return shift


def put(shift: Shift, user: User, standing: Standing = Standing.HELD, **columns: Any) -> Assignment:
    """Somebody stands so with a shift, as if they had signed up before."""
    row = Assignment(
        **{
            "community_id": shift.community_id,
            "shift_id": shift.id,
            "user_id": user.id,
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "standing": standing,
            "origin": Origin.SELF,
            "since": now(),
            **columns,
        }
    )
    db.session.add(row)
    if standing in SEATED:
        shift.taken += 1
    db.session.commit()
    return row


def standings(shift: Shift) -> dict[str, str]:
    """How people stand with a shift, by their names; the latest where somebody came twice."""
    rows = (
        db.session.query(User.name, Assignment.standing)
        .join(Assignment, Assignment.user_id == User.id)
        .filter(Assignment.shift_id == shift.id)
        .order_by(Assignment.id)
    )
    return {name: standing.value for name, standing in rows}


def taken(shift: Shift) -> int:
    """The seats counted as filled, which must be those that people have."""
    db.session.expire_all()
    seated = db.session.query(Assignment).filter(
        Assignment.shift_id == shift.id, Assignment.standing.in_(SEATED)
    )
    kept = db.session.get_one(Shift, shift.id).taken
    assert kept == seated.count()
    return kept


def make_series(place: Place, by: User, **changes: Any) -> ShiftTemplate:
    """A series over a place on Saturday afternoons."""
    columns = {"name": "Saturdays", "weekdays": [5], "starts": "15:30", "ends": "17:30", **changes}
    series = ShiftTemplate(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        starts_on=today(),
        made_at=now(),
        made_by=by.id,
        **columns,
    )
    db.session.add(series)
    db.session.commit()
    return series


def send_out(user: User, *groups: Place) -> None:
    """Put somebody on a shift that has just begun, at each of some groups."""
    for group in groups:
        building = db.session.get_one(Place, group.parent_id)
        shift = Shift(
            community_id=group.community_id,
            source="gap/out",
            cycle=next(TURNS),
            estate_id=building.parent_id,
            building_id=building.id,
            group_id=group.id,
            path=group.path,
            starts_at=now(),
            ends_at=now() + timedelta(hours=2),
            crew_code="4711",
            made_at=now(),
            changed_at=now(),
        )
        db.session.add(shift)
        db.session.flush()
        put(shift, user)


WISHES = {
    "week": "18:30-20:30",
    "weekend": "15:30-20:30",
    "minutes": 120,
    "crew_size": 2,
    "at_once": 1,
    "leads": 1,
}


def make_proposal(tower: Tower, building: Place, by: User, **changes: Any) -> ProposedTurn:
    """A plan over a building that proposes one turn in a week, led by `by`."""
    starts_at, group = evening(7), tower.groups(building)[0]
    plan = RotaPlan(
        **{
            "community_id": building.community_id,
            "place_id": building.id,
            "path": building.path,
            "first_day": today() + timedelta(days=7),
            "last_day": today() + timedelta(days=13),
            "settings": WISHES,
            "state": PlanState.PROPOSED,
            "figures": FIGURES | {"short": [[group.id, "2030-01-01T18:30", True, []]]},
            "made_at": now(),
            "made_by": by.id,
            **changes,
        }
    )
    db.session.add(plan)
    db.session.flush()
    reason = {"rule": "lead", "roles": [], "rank": 1, "of": 2, "passed_over": [[by.id, "even"]]}
    turn = ProposedTurn(
        plan_id=plan.id,
        estate_id=building.parent_id,
        building_id=building.id,
        group_id=group.id,
        path=group.path,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        seats=2,
        crew=[{"id": by.id, "leads": True, "reason": reason}],
    )
    db.session.add(turn)
    db.session.commit()
    return turn


FIGURES: dict[str, Any] = {
    "turns": 1,
    "room": 7,
    "full": 0,
    "seats": 2,
    "filled": 1,
    "gap": 12.5,
    "best_gap": 9.0,
    "groups": 2,
    "unvisited": 1,
    "people": 1,
    "loads": {"1": 1},
    "least_top": 1,
    "short_count": 1,
    "more_count": 0,
}
