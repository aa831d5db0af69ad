"""The same visits in a thousand orders of arrival leave every door in the same state."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.access import Person, Role
from portal.clock import now
from portal.coverage.models import Door, Round
from portal.coverage.posted import read
from portal.coverage.sync import Clocks, enter_batch
from portal.coverage.verify import differences
from portal.db import db
from tests.conftest import Tower, make_building, make_user, person_of
from tests.coverage.factory import make_round, new_id
from tests.phones.phone import clock

ORDERS = 1000
SEEN = ("state", "attempts", "contacts", "remaining", "met", "pending")


@pytest.fixture
def opened(app: Flask, tower: Tower) -> Round:
    """A round over as many doors as there are orders."""
    make_building(tower.estate, "9", units=10, floors=ORDERS // 20)
    made = make_round(tower.estate)
    made.opened_at -= timedelta(days=5)
    db.session.commit()
    return made


def story(opened: Round, home: int) -> list[tuple[int, dict[str, Any]]]:
    """What three people did at one door within minutes: (who, visit), in the order of time."""
    began = now().replace(microsecond=0) - timedelta(days=2)

    def tick(who: int, minute: int, **words: Any) -> tuple[int, dict[str, Any]]:
        named = {"id": new_id(), "round": opened.id, "dwelling": home}
        return who, {**named, "device_at": clock(began + timedelta(minutes=minute)), **words}

    first = tick(0, 0, outcome="vacant")
    wrong = tick(1, 1, outcome="met", told=3, remaining=0)
    undo = tick(1, 2, kind="undo", replaces=wrong[1]["id"])
    return [
        first,
        wrong,
        undo,
        tick(2, 3, outcome="not_home"),
        tick(2, 4, outcome="met_partial", told=1, remaining=2),
        tick(0, 5, outcome="note_left"),
        tick(1, 6, outcome="refused"),
        tick(2, 7, outcome="not_home"),
    ]


def send(people: Sequence[Person], ticks: list[tuple[int, dict[str, Any]]]) -> None:
    """Each person's visits in a batch of its own, as far as they come at the same time."""
    clocks = Clocks(sent=now(), received=now())
    for who, person in enumerate(people):
        mine = [visit for author, visit in ticks if author == who]
        for start in range(0, len(mine), 500):
            enter_batch(person, [read(one) for one in mine[start : start + 500]], clocks)
    db.session.commit()


@pytest.mark.any_database("one sender after the other: what orders them is the fold, in Python")
def test_a_thousand_orders_of_arrival_end_in_one_state(opened: Round, tower: Tower) -> None:
    people = [person_of(make_user(f"P{n}", (Role.LEADER, tower.estate))) for n in range(3)]
    dice = random.Random(1000)  # noqa: S311 - no secret
    stories = []
    homes = db.session.query(Door.dwelling_id).filter(Door.round_id == opened.id)
    for (home,) in homes.order_by(Door.dwelling_id.desc()).limit(ORDERS):
        ticks = story(opened, home)
        dice.shuffle(ticks)
        stories.append(ticks)
    for arriving in zip(*stories, strict=True):
        send(people, list(arriving))
    doors = db.session.query(Door).filter(
        Door.dwelling_id.in_([ticks[0][1]["dwelling"] for ticks in stories])
    )
    ends = {tuple(str(getattr(door, name)) for name in SEEN) for door in doors}
    assert len(ends) == 1, ends
    assert list(differences(opened)) == []
