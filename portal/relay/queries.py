"""Finding bulletins, the stops on their way, who leads there, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, below, in_scope
from portal.accounts.models import HeldDuty, User
from portal.db import db
from portal.errors import NotFoundError
from portal.relay.models import (
    DEFAULT_SEATS,
    LEADING,
    Addressee,
    Audience,
    Bulletin,
    RelayRules,
    RelayStop,
)
from portal.teams.models import Seat
from portal.tower.models import Place, prefixes

# Bulletins ---------------------------------------------------------------------------------------


def visible_to(person: Person) -> ColumnElement[bool]:
    """The bulletins that go to, or through, the places where somebody sees them."""
    above = {prefix for path in person.paths(Permission.SEE_BULLETINS) for prefix in prefixes(path)}
    here = in_scope(person, Permission.SEE_BULLETINS, Bulletin.path)
    return or_(here, Bulletin.path.in_(above))


def find(person: Person, bulletin_id: int) -> Bulletin:
    """A bulletin somebody sees; NotFoundError for any other."""
    return _one(Bulletin.id == bulletin_id, visible_to(person))


def find_to_run(person: Person, bulletin_id: int) -> Bulletin:
    """A bulletin somebody may correct and end, held; NotFoundError for any other."""
    here = in_scope(person, Permission.ISSUE_BULLETINS, Bulletin.path)
    return _one(Bulletin.id == bulletin_id, here, lock=True)


def find_to_relay(bulletin_id: int) -> Bulletin:
    """A bulletin, held so that it does not end meanwhile; its stops decide who may relay it."""
    return _one(Bulletin.id == bulletin_id, lock=True)


def maybe_correction_of(bulletin_id: int) -> int | None:
    """The bulletin that stands in the place of a corrected one."""
    return db.session.scalar(select(Bulletin.id).where(Bulletin.corrects_id == bulletin_id))


def _one(*conditions: ColumnElement[bool], lock: bool = False) -> Bulletin:
    query = select(Bulletin).where(*conditions)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError
    return found


def listed(person: Person, *, most: int) -> Sequence[Row[Any]]:
    """Bulletins with how many stops in one's area have relayed, the open ones first, then newest.

    Rows (Bulletin, stops, relayed).
    """
    query = (
        select(
            Bulletin,
            func.count(RelayStop.id).label("stops"),
            func.count(RelayStop.relayed_at).label("relayed"),
        )
        .join(RelayStop, RelayStop.bulletin_id == Bulletin.id)
        .where(visible_to(person), in_scope(person, Permission.SEE_BULLETINS, RelayStop.path))
        .group_by(Bulletin.id)
        .order_by(Bulletin.ended_at.is_not(None), Bulletin.issued_at.desc(), Bulletin.id.desc())
        .limit(most)
    )
    return db.session.execute(query).all()


def to_alarm(at: datetime, *, most: int) -> Sequence[Bulletin]:
    """Bulletins of which a level may have lapsed, held; those another tick holds are left to it."""
    query = (
        select(Bulletin)
        .where(Bulletin.alarm_at <= at, Bulletin.alarm_at.is_not(None))
        .order_by(Bulletin.alarm_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).all()


# Stops -------------------------------------------------------------------------------------------


class StopRow(NamedTuple):
    """A stop with what is shown of it."""

    id: int
    audience: Audience
    above_id: int | None
    level: int
    place_id: int
    path: str
    place: str
    sort_key: str
    addressee: str | None
    contact: str | None
    early: bool
    relayed_at: datetime | None
    relayed_by: str | None
    on_behalf: bool


def stops(bulletin: Bulletin, audience: Audience | None, path: str) -> list[StopRow]:
    """The stops at a place and below it, and those above, which tell whether it has come down."""
    query = (
        select(
            RelayStop.id,
            RelayStop.audience,
            RelayStop.above_id,
            RelayStop.level,
            RelayStop.place_id,
            RelayStop.path,
            Place.name,
            Place.sort_key,
            Addressee.name,
            Addressee.contact,
            RelayStop.early,
            RelayStop.relayed_at,
            User.name,
            RelayStop.on_behalf,
        )
        .join(Place, Place.id == RelayStop.place_id)
        .outerjoin(Addressee, Addressee.id == RelayStop.addressee_id)
        .outerjoin(User, User.id == RelayStop.relayed_by)
        .where(
            RelayStop.bulletin_id == bulletin.id,
            or_(
                below(RelayStop.path, path),
                and_(RelayStop.path.in_(prefixes(path)[:-1]), RelayStop.addressee_id.is_(None)),
            ),
        )
        .order_by(RelayStop.level, Place.sort_key, RelayStop.path, Addressee.name, RelayStop.id)
    )
    if audience:
        query = query.where(RelayStop.audience == audience)
    return [StopRow(*row) for row in db.session.execute(query)]


def locked_stops(bulletin: Bulletin, stop_ids: Collection[int]) -> list[RelayStop]:
    """These stops of a bulletin, held, from the top down; NotFoundError if one is of another."""
    query = (
        select(RelayStop)
        .where(RelayStop.bulletin_id == bulletin.id, RelayStop.id.in_(stop_ids))
        .order_by(RelayStop.level, RelayStop.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = list(db.session.scalars(query))
    if not found or len(found) != len(set(stop_ids)):
        raise NotFoundError
    return found


def relayed_keys(bulletin: Bulletin) -> set[tuple[Audience, int, int | None]]:
    """(audience, place, addressee) of the stops that have relayed a bulletin."""
    query = select(RelayStop.audience, RelayStop.place_id, RelayStop.addressee_id).where(
        RelayStop.bulletin_id == bulletin.id, RelayStop.relayed_at.is_not(None)
    )
    return {(row[0], row[1], row[2]) for row in db.session.execute(query)}


def who_relayed(bulletin: Bulletin) -> set[int]:
    """Everybody who has relayed a bulletin."""
    query = select(RelayStop.relayed_by).where(
        RelayStop.bulletin_id == bulletin.id, RelayStop.relayed_by.is_not(None)
    )
    return {user_id for user_id in db.session.scalars(query.distinct()) if user_id}


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


def led_by(person: Person) -> ColumnElement[bool]:
    """The stops at the places somebody leads, by a duty or by a seat."""
    places = {duty.place_id for duty in person.duties if duty.role in LEADING}
    sits = [
        and_(Seat.community_id == community_id, Seat.number.in_(seats))
        for community_id, seats in seats_that_relay(person.community_ids).items()
    ]
    groups = select(Seat.group_id).where(
        Seat.user_id == person.id, Seat.ended_at.is_(None), or_(false(), *sits)
    )
    return or_(RelayStop.place_id.in_(places), RelayStop.place_id.in_(groups))


def own_among(person: Person, stop_ids: Collection[int]) -> set[int]:
    """Those of these stops at whose places somebody leads."""
    query = select(RelayStop.id).where(RelayStop.id.in_(stop_ids), led_by(person))
    return set(db.session.scalars(query))


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
    if not person.duties:
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
        .where(RelayStop.relayed_at.is_(None), Bulletin.ended_at.is_(None), led_by(person))
        .order_by(Bulletin.id, RelayStop.audience, RelayStop.level, RelayStop.path, RelayStop.id)
    )
    return [Mine(*row) for row in db.session.execute(query)]


# Addressees --------------------------------------------------------------------------------------


def addressees(person: Person) -> Sequence[Addressee]:
    """The schools, shops and units of somebody's area."""
    query = (
        select(Addressee)
        .where(
            in_scope(person, Permission.ISSUE_BULLETINS, Addressee.path),
            Addressee.retired_at.is_(None),
        )
        .order_by(Addressee.audience, Addressee.path, Addressee.name, Addressee.id)
    )
    return db.session.scalars(query).all()


def find_addressee(person: Person, addressee_id: int) -> Addressee:
    """One of them; NotFoundError for any other."""
    found = db.session.scalar(
        select(Addressee).where(
            Addressee.id == addressee_id,
            in_scope(person, Permission.ISSUE_BULLETINS, Addressee.path),
            Addressee.retired_at.is_(None),
        )
    )
    if found is None:
        raise NotFoundError
    return found


def addressees_below(place: Place, audience: Audience) -> Sequence[Addressee]:
    """Those of an audience at a place and below it."""
    query = (
        select(Addressee)
        .where(
            Addressee.community_id == place.community_id,
            below(Addressee.path, place.path),
            Addressee.audience == audience,
            Addressee.retired_at.is_(None),
        )
        .order_by(Addressee.path, Addressee.name, Addressee.id)
    )
    return db.session.scalars(query).all()


def places_below(place: Place) -> Sequence[Place]:
    """A place and everything below it that is in use, from the top down."""
    query = (
        select(Place)
        .where(
            Place.community_id == place.community_id,
            below(Place.path, place.path),
            Place.retired.is_(False),
        )
        .order_by(Place.level, Place.sort_key, Place.id)
    )
    return db.session.scalars(query).all()
