"""The invented community: a roster, people, teams, and a round half done.

Doors are checked off evening by evening with the rates of `domain.md` 4.
"""

from __future__ import annotations

import random
import secrets
import uuid as uuids
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

from portal import clock
from portal.access import Person
from portal.accounts.passwords import hash_of
from portal.coverage import door_queries
from portal.coverage.actions import open_round
from portal.coverage.doors import checked
from portal.coverage.entries import Entry
from portal.coverage.ledger import enter
from portal.coverage.models import Round
from portal.coverage.states import GAPS, Outcome
from portal.db import db
from portal.demo import shifts
from portal.demo.homes import ESTATES, SEED, Estate, homes
from portal.demo.people import COMMUNITY, Staff, people
from portal.demo.waiting import give_tasks, let_residents_write, relay, warn
from portal.rosters import actions as rosters
from portal.rosters.headings import Shape
from portal.rosters.reading import Reading
from portal.tower.actions import make_community
from portal.tower.models import Level, Place
from portal.tower.queries import places_below

DAYS_OPEN = 16
VISITING_EVENINGS = 3  # of each building so far, five days apart
# The first evening and the later ones, per hundred doors (domain.md 4, honest-run simulation).
FIRST_EVENING = {
    Outcome.MET: 41,
    Outcome.MET_PARTIAL: 4,
    Outcome.NOT_HOME: 28,
    Outcome.NOTE_LEFT: 7,
    Outcome.REFUSED: 8,
    Outcome.VACANT: 7,
    Outcome.APPOINTMENT: 3,
    Outcome.PHONE: 2,
}
LATER_EVENINGS = {**FIRST_EVENING, Outcome.MET: 55, Outcome.PHONE: 8, Outcome.NOT_HOME: 16}


def build() -> None:
    """Roster, people, teams and a round with its history, in the caller's transaction."""
    dice = random.Random(SEED)  # noqa: S311 - invented people, no secret
    community = make_community(COMMUNITY)
    reading = Reading(Shape.HOUSEHOLDS, homes=list(homes(dice)))
    rosters.load(reading, community, by=None)
    nobodys = hash_of(secrets.token_urlsafe())  # most have an account and no way in
    pairs = people(community, dice, nobodys)
    staff = Staff(community, dice, nobodys)
    opened_on = clock.today() - timedelta(days=DAYS_OPEN)
    opened = open_round(community, name="秋季防诈走访", by=None, at=clock.at(opened_on, time(9, 0)))
    for place in places_below(community, Level.BUILDING):
        staff.fill(place, pairs[place.id])
        _work(opened, place, pairs[place.id], dice)
        shifts.out_today(opened, place, pairs[place.id], turn=VISITING_EVENINGS)
    shifts.lay_out(community, opened, pairs, staff.by, dice)
    give_tasks(community)
    warn(community)
    relay(community, nobodys)
    let_residents_write()


def _work(opened: Round, place: Place, pair: Sequence[Person], dice: random.Random) -> None:
    """A building's evenings: every still open door has a chance of being visited each time."""
    estate = _estate_of(place)
    opened_on = clock.local(opened.opened_at).date()
    for evening in range(VISITING_EVENINGS):
        day = opened_on + timedelta(days=1 + evening * 5)
        entries = [
            _entry(dice, door.dwelling_id, day, LATER_EVENINGS if evening else FIRST_EVENING)
            for door in door_queries.plan_doors(opened.community_id, opened.id, place.path)
            if door.state in GAPS and dice.random() < estate.worked
        ]
        if entries and day < clock.today():
            enter(pair[evening % 2], opened.community_id, opened.id, entries)
            shifts.walked(opened, place, pair, day, turn=evening)


def _estate_of(building: Place) -> Estate:
    name = db.session.get_one(Place, building.parent_id).name
    return next(estate for estate in ESTATES if estate.name == name)


def _entry(
    dice: random.Random, dwelling_id: int, day: date, chances: Mapping[Outcome, int]
) -> Entry:
    outcome = dice.choices(list(chances), list(chances.values()))[0]
    minute = (
        time(18, 30 + dice.randrange(30)) if dice.random() < 0.5 else time(19, dice.randrange(60))
    )
    agreed = clock.at(day + timedelta(days=5), time(19, 30))
    return checked(
        Entry(
            uuid=str(uuids.UUID(int=dice.getrandbits(128), version=4)),
            dwelling_id=dwelling_id,
            outcome=outcome,
            told=dice.choice((1, 1, 2, 2, 3)),
            remaining=1 if outcome is Outcome.MET_PARTIAL else 0,
            appointment_at=agreed if outcome is Outcome.APPOINTMENT else None,
            happened_at=clock.at(day, minute),
        )
    )
