"""The shifts of the invented community: today and in the coming days, some with people."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from portal import clock
from portal.access import Person
from portal.accounts.crews import EARLY
from portal.coverage.models import Round
from portal.db import db
from portal.shifts.models import Assignment, Shift
from portal.shifts.series import crew_code
from portal.shifts.series_queries import groups_below
from portal.shifts.states import Origin, Standing
from portal.tower.models import Place

DAYS = 14
TODAY = (time(), time(9), time(15, 30), time(18, 30))  # the first only for a demo before dawn
BANDS = ((time(18, 30), time(20, 30)), (time(15, 30), time(17, 30)))  # weekdays, weekends


def plan(opened: Round, building: Place, pair: Sequence[Person], dice: random.Random) -> None:
    """A shift every other evening, group after group; today's has the leader and the volunteer."""
    groups = groups_below(building.path, building.community_id)
    for turn in range(DAYS // 2):
        group = groups[turn % len(groups)]
        starts_at, ends_at = _hours(turn * 2)
        shift = Shift(
            community_id=building.community_id,
            source=f"gap/demo-{building.id}",
            cycle=turn,
            round_id=opened.id,
            estate_id=group.estate_id,
            building_id=building.id,
            group_id=group.id,
            path=group.path,
            starts_at=starts_at,
            ends_at=ends_at,
            seats=2,
            crew_code=crew_code(),
            made_at=opened.opened_at,
            changed_at=opened.opened_at,
        )
        db.session.add(shift)
        db.session.flush()
        _seat(shift, pair if turn == 0 else [p for p in pair if dice.random() < 0.4])


def _hours(days: int) -> tuple[datetime, datetime]:
    """The hours of a shift in so many days; today's begins soon enough for its crew to be out."""
    day = clock.today() + timedelta(days=days)
    if days == 0:
        begun = [at for hour in TODAY if (at := clock.at(day, hour)) <= clock.now() + EARLY]
        return begun[-1], begun[-1] + timedelta(hours=2)
    starts, ends = BANDS[day.weekday() >= 5]
    return clock.at(day, starts), clock.at(day, ends)


def _seat(shift: Shift, crew: Sequence[Person]) -> None:
    for person in crew:
        db.session.add(
            Assignment(
                community_id=shift.community_id,
                shift_id=shift.id,
                user_id=person.id,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                standing=Standing.HELD,
                origin=Origin.SELF,
                since=shift.made_at,
            )
        )
    shift.taken = len(crew)
