"""The stage for plans: 3,000 people with hours of their own, and who goes on leave later.

Runs in processes of its own: `python -m tests.bench.plan_stage people COMMUNITY` lets them move in,
`… leave SHARE` sends so many of them on leave for a week.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta

import click
from sqlalchemy import select

from portal import clock
from portal.accounts.models import User
from portal.db import db, insert_many, table_of
from portal.shifts.models import Availability, Leave, RotaPlan
from portal.tower.queries import maybe_by_names
from tests.bench.duty_stage import SEED, move_in
from tests.bench.plans import BANDS
from tests.bench.wsgi import portal

LEADS = 2  # of every so many one may lead, as in the instances of the planner
EVENING, DAYS, WEEKDAYS = BANDS[-1], 7, 5
# Of a hundred people: those who work, those who do not, those who come now and then.
WORKING, AT_HOME = 45, 75
A_WEEK = timedelta(days=6)


def people(community: str) -> None:
    """Everybody says when they can come, two or three hours a week more or less."""
    place = maybe_by_names([community])
    if place is None:
        raise click.ClickException(f"no community {community!r}")
    dice = random.Random(SEED)  # noqa: S311 - invented people, no secret
    rows: list[dict[str, object]] = [
        {
            "community_id": place.id,
            "user_id": user_id,
            "hours": _hours(dice),
            "skills": [],
            "most_a_week": dice.choice((1, 1, 2)),
            "changed_at": clock.now(),
        }
        for user_id in move_in(place, leads=LEADS)
    ]
    insert_many(table_of(Availability), rows)


def _hours(dice: random.Random) -> dict[str, list[str]]:
    every = [(day, band) for day in range(DAYS) for band in BANDS]
    kind = dice.randrange(100)
    if kind < WORKING:
        free = [(day, band) for day, band in every if day >= WEEKDAYS or band == EVENING]
        chosen = dice.sample(free, dice.randint(3, 6))
    else:
        chosen = dice.sample(every, dice.randint(5, 10) if kind < AT_HOME else dice.randint(1, 3))
    found: dict[str, list[str]] = {}
    for day, band in sorted(chosen):
        found.setdefault(str(day), []).append(band)
    return found


def leave(share: str) -> None:
    """So many of the volunteers are away for a week within the days of the plan."""
    dice = random.Random(SEED)  # noqa: S311
    plan = db.session.scalars(select(RotaPlan)).one()
    volunteers = db.session.scalars(
        select(User.id).where(User.phone.like("1390000%")).order_by(User.id)
    ).all()
    span = (plan.last_day - plan.first_day).days
    rows: list[dict[str, object]] = []
    for user_id in dice.sample(volunteers, round(len(volunteers) * float(share))):
        first = plan.first_day + timedelta(days=dice.randint(0, span))
        rows.append(
            {
                "community_id": plan.community_id,
                "user_id": user_id,
                "first_day": first,
                "last_day": first + A_WEEK,
            }
        )
    insert_many(table_of(Leave), rows)


def main(task: str, *values: str) -> None:
    with portal.app_context():
        {"people": people, "leave": leave}[task](*values)
        db.session.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
