"""Finding who leads a place, what waits for somebody, and what they have relayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from portal.access import Person, below
from portal.accounts.models import HeldDuty, User
from portal.db import db
from portal.relay.models import (
    DEFAULT_SEATS,
    LEADING,
    Addressee,
    Audience,
    Bulletin,
    Ending,
    RelayRules,
    RelayStop,
)
from portal.teams.models import Seat

# Who leads ---------------------------------------------------------------------------------------


def seats_that_relay(community_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The core seats of a group whose holders relay, by community."""
    ids = set(community_ids)
    query = select(RelayRules).where(RelayRules.community_id.in_(ids))
    known = {rules.community_id: tuple(rules.seats) for rules in db.session.scalars(query)}
    return {community_id: known.get(community_id, DEFAULT_SEATS) for community_id in ids}


def leaders(community_id: int, path: str) -> dict[int, dict[int, str]]:
    """Who leads each place at and below a path: names by id of person, by place.

    Leading is a duty at the very place; in a group also one of the seats that relay.
    """
    seats = seats_that_relay([community_id])[community_id]
    by_duty = (
        select(HeldDuty.place_id, User.id, User.name)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == community_id,
            below(HeldDuty.path, path),
            HeldDuty.role.in_(LEADING),
            HeldDuty.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    by_seat = (
        select(Seat.group_id, User.id, User.name)
        .join(User, User.id == Seat.user_id)
        .where(
            Seat.community_id == community_id,
            below(Seat.path, path),
            Seat.number.in_(seats),
            Seat.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    found: dict[int, dict[int, str]] = {}
    for place_id, user_id, name in db.session.execute(by_duty.union_all(by_seat)):
        found.setdefault(place_id, {})[user_id] = name
    return found


def places_led(person: Person) -> set[int]:
    """The places somebody leads, by a duty or by a seat that relays."""
    query = (
        select(Seat.group_id, Seat.number, RelayRules.seats)
        .outerjoin(RelayRules, RelayRules.community_id == Seat.community_id)
        .where(
            Seat.user_id == person.id,
            Seat.ended_at.is_(None),
            Seat.community_id.in_(person.community_ids),
        )
    )
    sits = {
        group_id
        for group_id, number, seats in db.session.execute(query)
        if number in (DEFAULT_SEATS if seats is None else seats)
    }
    return sits.union(duty.place_id for duty in person.duties if duty.role in LEADING)


def own_among(person: Person, stop_ids: Collection[int]) -> set[int]:
    """Those of these stops at whose places somebody leads."""
    led = RelayStop.place_id.in_(places_led(person))
    return set(db.session.scalars(select(RelayStop.id).where(RelayStop.id.in_(stop_ids), led)))


# What waits, and what is done --------------------------------------------------------------------


class Mine(NamedTuple):
    """A stop that waits for somebody to relay."""

    id: int
    bulletin: Bulletin
    audience: Audience
    above_id: int | None
    level: int
    path: str
    has_come: bool
    addressee: str | None
    contact: str | None


def waiting_for(person: Person) -> list[Mine]:
    """What somebody is to relay, from the top down, also what has not come down so far."""
    places = places_led(person)
    if not places:
        return []
    above = aliased(RelayStop)
    has_come = or_(
        RelayStop.above_id.is_(None), RelayStop.early.is_(True), above.relayed_at.is_not(None)
    )
    query = (
        select(
            RelayStop.id,
            Bulletin,
            RelayStop.audience,
            RelayStop.above_id,
            RelayStop.level,
            RelayStop.path,
            has_come,
            Addressee.name,
            Addressee.contact,
        )
        .join(Bulletin, Bulletin.id == RelayStop.bulletin_id)
        .outerjoin(above, above.id == RelayStop.above_id)
        .outerjoin(Addressee, Addressee.id == RelayStop.addressee_id)
        .where(
            RelayStop.relayed_at.is_(None),
            Bulletin.ended_at.is_(None),
            RelayStop.place_id.in_(places),
        )
        .order_by(Bulletin.id, RelayStop.audience, RelayStop.level, RelayStop.path, RelayStop.id)
    )
    return [Mine(*row) for row in db.session.execute(query)]


class Relayed(NamedTuple):
    """A stop that somebody has relayed."""

    id: int
    bulletin: Bulletin
    path: str
    addressee: str | None
    relayed_at: datetime


def relayed_lately(person: Person, *, since: datetime, withdrawn: datetime) -> list[Relayed]:
    """What somebody relayed since a moment, or ever if it was withdrawn since another one."""
    wrong = and_(Bulletin.ending == Ending.WITHDRAWN, Bulletin.ended_at >= withdrawn)
    query = (
        select(RelayStop.id, Bulletin, RelayStop.path, Addressee.name, RelayStop.relayed_at)
        .join(Bulletin, Bulletin.id == RelayStop.bulletin_id)
        .outerjoin(Addressee, Addressee.id == RelayStop.addressee_id)
        .where(
            RelayStop.relayed_by == person.id,
            RelayStop.above_id.is_not(None),
            or_(and_(RelayStop.relayed_at >= since, Bulletin.ended_at.is_(None)), wrong),
        )
        .order_by(RelayStop.relayed_at.desc(), RelayStop.level, RelayStop.path, RelayStop.id)
    )
    return [Relayed(*row) for row in db.session.execute(query)]
