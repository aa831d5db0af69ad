"""Finding who leads a place, what waits for somebody, and what they have relayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, or_, select
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
from portal.tower.models import Place

_LEADS = (HeldDuty.role.in_(LEADING), HeldDuty.ended_at.is_(None))

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
            *_LEADS,
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
    mine = Seat.community_id.in_(person.community_ids) & (Seat.user_id == person.id)
    return _groups_with_seats(mine).union(
        duty.place_id for duty in person.duties if duty.role in LEADING
    )


def without_leaders(community_ids: Collection[int], place_ids: Collection[int]) -> set[int]:
    """Those of these places that nobody leads."""
    by_duty = (
        select(HeldDuty.place_id)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id.in_(community_ids),
            HeldDuty.place_id.in_(place_ids),
            *_LEADS,
            User.disabled_at.is_(None),
        )
    )
    by_seat = _groups_with_seats(Seat.group_id.in_(place_ids))
    return set(place_ids) - by_seat - set(db.session.scalars(by_duty))


def _groups_with_seats(condition: ColumnElement[bool]) -> set[int]:
    """The groups in which somebody sits in a seat that relays."""
    query = (
        select(Seat.group_id, Seat.number, RelayRules.seats)
        .join(User, User.id == Seat.user_id)
        .outerjoin(RelayRules, RelayRules.community_id == Seat.community_id)
        .where(condition, Seat.ended_at.is_(None), User.disabled_at.is_(None))
    )
    return {
        group_id
        for group_id, number, seats in db.session.execute(query)
        if number in (DEFAULT_SEATS if seats is None else seats)
    }


def own_among(person: Person, stop_ids: Collection[int]) -> set[int]:
    """Those of these stops at whose places somebody leads."""
    led = RelayStop.place_id.in_(places_led(person))
    return set(db.session.scalars(select(RelayStop.id).where(RelayStop.id.in_(stop_ids), led)))


# What waits, and what is done --------------------------------------------------------------------


class Mine(NamedTuple):
    """A stop that waits for somebody to relay: their own, or right below one that nobody leads."""

    id: int
    bulletin: Bulletin
    audience: Audience
    above_id: int | None
    level: int
    place_id: int
    path: str
    has_come: bool
    addressee: str | None
    contact: str | None
    is_own: bool = True


def waiting_for(person: Person) -> list[Mine]:
    """What somebody is to relay, from the top down, also what has not come down so far."""
    own = places_led(person)
    if not own:
        return []
    waiting = [
        Mine(*row) for row in db.session.execute(_waiting(_own_and_right_below(person, own)))
    ]
    doubtful = {stop.place_id for stop in waiting} - own
    vacant = without_leaders(person.community_ids, doubtful) if doubtful else set()
    return [
        stop._replace(is_own=stop.place_id in own)
        for stop in waiting
        if stop.place_id in own | vacant
    ]


def _own_and_right_below(person: Person, own: Collection[int]) -> CompoundSelect[tuple[int]]:
    """The places somebody leads, and right below their duties those that no duty leads.

    Asked in two parts, so that each finds its own index. Seats are left to `without_leaders`.
    """
    led = {duty.place_id for duty in person.duties if duty.role in LEADING}
    by_duty = exists().where(
        HeldDuty.community_id == Place.community_id,
        HeldDuty.place_id == Place.id,
        *_LEADS,
        User.id == HeldDuty.user_id,
        User.disabled_at.is_(None),
    )
    right_below = select(Place.id).where(
        Place.community_id.in_(person.community_ids), Place.parent_id.in_(led), ~by_duty
    )
    return select(Place.id).where(Place.id.in_(own)).union_all(right_below)


def _waiting(place_ids: CompoundSelect[tuple[int]]) -> Select[Any]:
    """The columns of `Mine`, but for the last, of stops at these places that have not relayed."""
    above = aliased(RelayStop)
    has_come = or_(
        RelayStop.above_id.is_(None), RelayStop.early.is_(True), above.relayed_at.is_not(None)
    )
    return (
        select(
            RelayStop.id,
            Bulletin,
            RelayStop.audience,
            RelayStop.above_id,
            RelayStop.level,
            RelayStop.place_id,
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
            RelayStop.place_id.in_(place_ids),
        )
        .order_by(Bulletin.id, RelayStop.audience, RelayStop.level, RelayStop.path, RelayStop.id)
    )


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
