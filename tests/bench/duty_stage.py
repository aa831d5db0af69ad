"""The stage for the volunteers: 6,000 shifts ahead and 3,000 people who could take them.

Runs in a process of its own (`python -m tests.bench.duty_stage COMMUNITY`) and prints what is there
as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import time, timedelta

import click
from sqlalchemy import func, select

from portal import clock
from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.db import db, insert_many, table_of
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import Origin, ShiftState, Standing
from portal.tower.models import Level, Place
from portal.tower.queries import maybe_by_names, places_below
from tests.bench.wsgi import ROWS, portal

SEED = 6000
SHIFTS, PEOPLE, DAYS = 6000, 3000, 30
TAKEN = (0, 1, 1, 2)  # of two seats, by turns
BANDS = (time(10), time(15, 30), time(18, 30))


def main(community: str) -> None:
    with portal.app_context():
        place = maybe_by_names([community])
        if place is None:
            raise click.ClickException(f"no community {community!r}")
        people = move_in(place)
        _shifts(place, people)
        ROWS.create(db.session.connection())
        db.session.commit()
        counts = {
            "shifts": db.session.scalar(select(func.count()).select_from(Shift)),
            "people": len(people),
            "free": list(db.session.scalars(select(Shift.id).where(Shift.taken == 0).limit(200))),
        }
    click.echo(json.dumps(counts))


def move_in(community: Place, *, leads: int = 0) -> list[int]:
    """Volunteers, each of one building, as they are in life; of every `leads` one is a leader."""
    buildings = places_below(community, Level.BUILDING)
    at, users = clock.now(), table_of(User)
    rows = [
        {
            "phone": f"1390000{number:04d}",
            "name": f"志愿者{number}",
            "locale": "zh",
            "large_text": False,
            "created_at": at,
        }
        for number in range(PEOPLE)
    ]
    insert_many(users, rows)
    ids = list(db.session.scalars(select(users.c.id).where(users.c.phone.like("1390000%"))))
    duties = [
        {
            "community_id": community.id,
            "user_id": user_id,
            "role": Role.LEADER if leads and number % leads == 0 else Role.VOLUNTEER,
            "place_id": buildings[number % len(buildings)].id,
            "path": buildings[number % len(buildings)].path,
            "given_at": at,
        }
        for number, user_id in enumerate(ids)
    ]
    insert_many(table_of(HeldDuty), duties)
    return ids


def _shifts(community: Place, people: list[int]) -> None:
    dice = random.Random(SEED)  # noqa: S311 - invented shifts, no secret
    groups, first = places_below(community, Level.GROUP), clock.today() + timedelta(days=2)
    shifts, assignments = [], []
    for number in range(SHIFTS):
        group = groups[number % len(groups)]
        _, estate, building, _ = (int(step) for step in group.path.strip("/").split("/"))
        day = first + timedelta(days=number * DAYS // SHIFTS)
        starts_at = clock.at(day, BANDS[number % len(BANDS)])
        crew = dice.sample(people, TAKEN[number % len(TAKEN)])
        shifts.append(
            {
                "id": number + 1,
                "community_id": community.id,
                "source": "plan/1",
                "cycle": number,
                "estate_id": estate,
                "building_id": building,
                "group_id": group.id,
                "path": group.path,
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=2),
                "seats": 2,
                "taken": len(crew),
                "leads": 0,
                "needs": [],
                "approval": False,
                "state": ShiftState.OPEN,
                "sequence": 0,
                "crew_code": f"C{number:05d}",
                "made_at": clock.now(),
                "changed_at": clock.now(),
            }
        )
        assignments += [_seat(shifts[-1], user_id) for user_id in crew]
    insert_many(table_of(Shift), shifts)
    insert_many(table_of(Assignment), assignments)


def _seat(shift: dict[str, object], user_id: int) -> dict[str, object]:
    return {
        "community_id": shift["community_id"],
        "shift_id": shift["id"],
        "user_id": user_id,
        "starts_at": shift["starts_at"],
        "ends_at": shift["ends_at"],
        "standing": Standing.HELD,
        "origin": Origin.PLANNER,
        "is_lead": False,
        "since": clock.now(),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
