"""Rounds and visits for the tests of coverage."""

from __future__ import annotations

import uuid
from typing import Any

from portal.access import Person
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.coverage import actions, doors, tally_queries
from portal.coverage.entries import Entry, Receipt
from portal.coverage.models import Door, Round
from portal.coverage.states import Outcome
from portal.db import db
from portal.shifts.models import Assignment
from portal.shifts.states import Standing
from portal.tower.models import Place
from tests.conftest import person_of


def make_round(place: Place, name: str = "Autumn round", **changes: Any) -> Round:
    """A round just opened over a place."""
    opened = actions.open_round(place, name=name, by=None, **changes)
    db.session.commit()
    return opened


def door_of(opened: Round, dwelling_id: int) -> Door:
    door = db.session.get(Door, (opened.community_id, opened.id, dwelling_id))
    assert door is not None
    return door


def visit(
    user: User | Person, opened: Round, dwelling_id: int, outcome: Outcome, **changes: Any
) -> Receipt:
    """Somebody reports an outcome at a door."""
    person = user if isinstance(user, Person) else person_of(user)
    entry = Entry(**{"uuid": new_id(), "dwelling_id": dwelling_id, "outcome": outcome, **changes})
    receipt = doors.record_visit(person, opened, entry)
    db.session.commit()
    return receipt


def figures(opened: Round, place: Place) -> dict[str, int]:
    counts = tally_queries.figures(opened.community_id, opened.id, place.path)
    return {state.value: n for state, n in counts.items() if n}


def new_id() -> str:
    return str(uuid.uuid4())


def relieve(user: User) -> None:
    """Take somebody's duty and shifts away."""
    db.session.query(HeldDuty).filter_by(user_id=user.id).one().end(at=now(), by=None)
    parts = db.session.query(Assignment).filter_by(user_id=user.id)
    parts.update({"standing": Standing.CANCELLED})
    db.session.commit()
