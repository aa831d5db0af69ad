"""The seven states of a place and of what lies directly below it, for texts that are passed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from portal.access import Permission, Person, below
from portal.coverage.models import Door, Round, Tally
from portal.coverage.queries import find_round
from portal.coverage.states import State, to_do
from portal.coverage.tally_queries import figures
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.tower.models import Level, Place


@dataclass(frozen=True)
class Count:
    """A part of a round with its doors by state."""

    name: str
    states: dict[State, int]

    @property
    def base(self) -> int:
        return sum(self.states.values())

    @property
    def to_do(self) -> int:
        return to_do(self.states)

    @property
    def done(self) -> int:
        return self.base - self.to_do


def find(person: Person, round_id: int, place_id: int) -> tuple[Round, Place, tuple[str, ...]]:
    """A round, a place in it, and what of the place a person sees; NotFoundError if nothing."""
    found, place = find_round(person, round_id), db.session.get(Place, place_id)
    if place is None or found.community_id != place.community_id:
        raise NotFoundError
    seen = person.parts(Permission.SEE_PLAN, place.path)
    if not seen:
        raise NotFoundError
    return found, place, seen


def total(opened: Round, place: Place, paths: Sequence[str]) -> Count:
    """The doors of a place below some paths; NotFoundError where the round has none there."""
    sums = [figures(opened.community_id, opened.id, path) for path in paths]
    count = Count(place.name, {state: sum(one[state] for one in sums) for state in State})
    if not count.base:
        raise NotFoundError
    return count


def parts(opened: Round, place: Place, paths: Sequence[str]) -> list[Count]:
    """What lies directly below: estates, buildings, or in a building (and a group) its units."""
    if place.level >= Level.BUILDING:
        return _units(opened, paths)
    tally = table_of(Tally).c
    child = tally.estate_id if place.level == Level.COMMUNITY else tally.building_id
    rows = db.session.execute(
        select(Place.name, *(func.sum(tally[state.value]).label(state.value) for state in State))
        .join(Place, Place.id == child)
        .where(
            tally.community_id == opened.community_id,
            tally.round_id == opened.id,
            or_(*(below(tally.path, path) for path in paths)),
        )
        .group_by(Place.id)
        .order_by(Place.sort_key, Place.id)
    )
    counts = (Count(name, dict(zip(State, numbers, strict=True))) for name, *numbers in rows)
    return [count for count in counts if count.base]


def _units(opened: Round, paths: Sequence[str]) -> list[Count]:
    door = table_of(Door).c
    rows = db.session.execute(
        select(door.unit, door.state, func.count(), func.min(door.position).label("first"))
        .where(
            door.community_id == opened.community_id,
            door.round_id == opened.id,
            or_(*(below(door.path, path) for path in paths)),
        )
        .group_by(door.unit, door.state)
        .order_by("first")
    )
    found: dict[str, dict[State, int]] = {}
    for unit, state, number, _ in rows:
        found.setdefault(unit, dict.fromkeys(State, 0))[state] = number
    return [Count(unit, states) for unit, states in found.items()]


def card(round_id: int, place_id: int) -> tuple[Round, Place] | None:
    """What a card is about, if it is still there; the seal of the card is the permission."""
    opened, place = db.session.get(Round, round_id), db.session.get(Place, place_id)
    return (opened, place) if opened and place else None
