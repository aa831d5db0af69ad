"""What stands on the stage before the server starts: a round over the town, half of it visited.

Runs in a process of its own (`python -m tests.bench.stage`) and prints what it did as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
import uuid as uuids
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import click

from portal import clock
from portal.access import Duty, Person, Role
from portal.accounts.queries import find_by_phone
from portal.coverage import door_queries, tally_queries
from portal.coverage.actions import open_round
from portal.coverage.doors import checked
from portal.coverage.entries import Entry
from portal.coverage.ledger import enter
from portal.coverage.models import Round
from portal.coverage.states import GAPS, Kind, Outcome, Reason
from portal.db import db
from portal.demo.community import FIRST_EVENING, LATER_EVENINGS
from portal.tower.models import Level, Place
from portal.tower.queries import maybe_by_names, places_below
from tests.bench.wsgi import ROWS, portal

SEED = 40172
OPENED_DAYS_AGO = 16
EVENINGS = (4, 12)  # days after the opening
SHARES = (0.0, 0.5, 0.9)  # of a building's open doors, tried in one evening; by turns
EXCUSED = 0.01
LONG_LIST = 1000  # open doors that the measured list holds at least
CHECK_OFFS = 4000  # doors to be checked off while the clock runs


def main(community: str, *args: str) -> None:
    """`COMMUNITY` alone opens a round; with `LEADER COORDINATOR TOWER` it is visited as well."""
    with portal.app_context():
        place = maybe_by_names([community])
        if place is None:
            raise click.ClickException(f"no community {community!r}")
        opened, seconds = timed_opening(place)
        told: dict[str, object] = {
            "round": opened.id,
            "community": place.id,
            "open_seconds": seconds,
        }
        told["doors"] = sum(tally_queries.figures(place.id, opened.id, place.path).values())
        if args:
            told |= visited(opened, place, *args)
        db.session.commit()
    click.echo(json.dumps(told))


def timed_opening(place: Place) -> tuple[Round, float]:
    """A round over a whole community, and the seconds until it was committed."""
    opened_on = clock.now() - timedelta(days=OPENED_DAYS_AGO)
    started = time.perf_counter()
    opened = open_round(place, name="秋季防诈走访", by=None, at=opened_on)
    db.session.commit()
    return opened, time.perf_counter() - started


def visited(
    opened: Round, community: Place, leader: str, coordinator: str, tower: str
) -> dict[str, object]:
    """Two evenings of visits, and the places and doors that are measured afterwards."""
    people = [person(phone, role, community) for phone, role in _duties(leader, coordinator)]
    visit(opened, community, people)
    ROWS.create(db.session.connection())
    estate, listed = shortest_long_list(opened, community)
    building = maybe_by_names([community.name, *tower.split("/")])
    if building is None:
        raise click.ClickException(f"no building {tower!r}")
    return {
        "states": tally_queries.figures(community.id, opened.id, community.path),
        "estate": estate.id,
        "listed": listed,
        "building": building.id,
        "to_check_off": list(_open_elsewhere(opened, community, (estate.path, building.path))),
    }


def _duties(leader: str, coordinator: str) -> tuple[tuple[str, Role], ...]:
    return (leader, Role.LEADER), (coordinator, Role.COORDINATOR)


def person(phone: str, role: Role, place: Place) -> Person:
    """Somebody who signs in by that number and serves at a place."""
    user = find_by_phone(phone)
    duty = Duty(role, place.id, place.path, place.community_id)
    return Person(user.id, user.name, "bench", user.locale, user.large_text, (duty,))


def visit(opened: Round, community: Place, people: Sequence[Person]) -> None:
    """Every building's evenings; who comes the second time confirms what the first one said."""
    dice = random.Random(SEED)  # noqa: S311 - invented visits, no secret
    for number, building in enumerate(places_below(community, Level.BUILDING)):
        for evening, (author, days) in enumerate(zip(people, EVENINGS, strict=True)):
            at = opened.opened_at + timedelta(days=days)
            doors = [
                door.dwelling_id
                for door in door_queries.plan_doors(community.id, opened.id, building.path)
                if door.state in GAPS and dice.random() < SHARES[number % len(SHARES)]
            ]
            chances = LATER_EVENINGS if evening else FIRST_EVENING
            outcomes = dice.choices(list(chances), list(chances.values()), k=len(doors))
            entries = [
                checked(_report(dice, door, outcome, at))
                for door, outcome in zip(doors, outcomes, strict=True)
            ]
            if entries:
                enter(author, community.id, opened.id, entries)
                _excuse(opened, author, people[1 - evening], doors, dice)


def _report(dice: random.Random, door: int, outcome: Outcome, at: datetime) -> Entry:
    return Entry(
        uuid=_uuid(dice),
        dwelling_id=door,
        outcome=outcome,
        told=dice.choice((1, 1, 2, 2, 3)),
        remaining=1 if outcome is Outcome.MET_PARTIAL else 0,
        appointment_at=at + timedelta(days=30),
        happened_at=at + timedelta(minutes=dice.randrange(90)),
    )


def _excuse(
    opened: Round, asks: Person, approves: Person, doors: Sequence[int], dice: random.Random
) -> None:
    """A few doors are left out of the count: one person proposes it, the other approves."""
    excused = [door for door in doors if dice.random() < EXCUSED]
    for author, kind in ((asks, Kind.EXCLUSION_ASKED), (approves, Kind.EXCLUSION_APPROVED)):
        entries = [
            Entry(uuid=_uuid(dice), dwelling_id=door, kind=kind, reason=Reason.DEMOLISHED.value)
            for door in excused
        ]
        if entries:
            enter(author, opened.community_id, opened.id, entries)


def _uuid(dice: random.Random) -> str:
    return str(uuids.UUID(int=dice.getrandbits(128), version=4))


def shortest_long_list(opened: Round, community: Place) -> tuple[Place, int]:
    """The estate whose list of open doors is the shortest of at least a thousand."""
    lists = []
    for estate in places_below(community, Level.ESTATE):
        counts = tally_queries.figures(community.id, opened.id, estate.path)
        gaps = sum(counts[state] for state in GAPS)
        if gaps >= LONG_LIST:
            lists.append((gaps, estate.id, estate))
    gaps, _, estate = min(lists)
    return estate, gaps


def _open_elsewhere(opened: Round, community: Place, spared: tuple[str, ...]) -> Iterator[int]:
    """Open doors all over the town, but for the places whose pages are measured."""
    doors = [
        door.dwelling_id
        for building in places_below(community, Level.BUILDING)
        if not building.path.startswith(spared)
        for door in door_queries.plan_doors(community.id, opened.id, building.path)
        if door.state in GAPS
    ]
    random.Random(SEED).shuffle(doors)  # noqa: S311 - an order, no secret
    yield from doors[:CHECK_OFFS]


if __name__ == "__main__":
    main(*sys.argv[1:])
