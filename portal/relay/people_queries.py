"""Finding who leads a place, what waits for somebody, and what they have relayed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
)

from portal.access import Person, below
from portal.accounts.models import HeldDuty, User
from portal.db import db, one_of, table_of
from portal.questions import Question
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
from portal.relay.queries import visible_to
from portal.teams.models import Seat
from portal.tower.models import Level, Place

_LEADS = (HeldDuty.role.in_(LEADING), HeldDuty.ended_at.is_(None))

# Who leads ---------------------------------------------------------------------------------------


def seats_that_relay(community_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """The core seats of a group whose holders relay, by community."""
    ids = set(community_ids)
    query = select(RelayRules).where(RelayRules.community_id.in_(ids))
    known = {rules.community_id: tuple(rules.seats) for rules in db.session.scalars(query)}
    return {community_id: known.get(community_id, DEFAULT_SEATS) for community_id in ids}


def leaders(community_id: int, path: str) -> dict[int, dict[int, str]]:
    """Who leads each place at and below a path: names by id of person, by place."""
    found: dict[int, dict[int, str]] = {}
    for place_id, _, user_id, name in db.session.execute(led(community_id, path)):
        found.setdefault(place_id, {})[user_id] = name
    return found


def led(community_id: int, path: str) -> CompoundSelect[Any]:
    """The same as rows: place, its path, person, name.

    Leading is a duty at the very place; in a group also one of the seats that relay.
    """
    seats = seats_that_relay([community_id])[community_id]
    by_duty = (
        select(HeldDuty.place_id, HeldDuty.path, User.id, User.name)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == community_id,
            below(HeldDuty.path, path),
            *_LEADS,
            User.disabled_at.is_(None),
        )
    )
    by_seat = (
        select(Seat.group_id, Seat.path, User.id, User.name)
        .join(User, User.id == Seat.user_id)
        .where(
            Seat.community_id == community_id,
            below(Seat.path, path),
            Seat.number.in_(seats),
            Seat.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    return by_duty.union_all(by_seat)


def places_led(person: Person) -> set[int]:
    """The places somebody leads, by a duty or by a seat that relays."""
    mine = {"me": person.id, "communities": list(person.community_ids)}
    return _with_relaying_seats(_MY_SEATS.all(mine)).union(_led_by_duty(person))


def _led_by_duty(person: Person) -> set[int]:
    return {duty.place_id for duty in person.duties if duty.role in LEADING}


def bulletins_seen_by(person: Person, bulletin_ids: Collection[int]) -> set[int]:
    """Those of some bulletins that somebody sees, or that go through a place they lead."""
    here = RelayStop.place_id.in_(places_led(person))
    led = select(RelayStop.bulletin_id).where(RelayStop.bulletin_id.in_(bulletin_ids), here)
    seen = or_(visible_to(person), Bulletin.id.in_(led))
    return set(db.session.scalars(select(Bulletin.id).where(Bulletin.id.in_(bulletin_ids), seen)))


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
    return _with_relaying_seats(db.session.execute(_SEATS.where(condition)))


def _with_relaying_seats(rows: Iterable[Any]) -> set[int]:
    """The groups of those taken seats that relay, from rows of `_SEATS`."""
    return {
        group_id
        for group_id, number, seats in rows
        if number in (DEFAULT_SEATS if seats is None else seats)
    }


_SEAT, _RULES, _USER = table_of(Seat), table_of(RelayRules), table_of(User)
_SEATS = (
    select(_SEAT.c.group_id, _SEAT.c.number, _RULES.c.seats)
    .select_from(_SEAT)
    .join(_USER, _USER.c.id == _SEAT.c.user_id)
    .outerjoin(_RULES, _RULES.c.community_id == _SEAT.c.community_id)
    .where(_SEAT.c.ended_at.is_(None), _USER.c.disabled_at.is_(None))
)
_MY_SEATS = Question(
    _SEATS.where(
        _SEAT.c.community_id.in_(bindparam("communities", expanding=True)),
        _SEAT.c.user_id == bindparam("me"),
    )
)


def own_among(person: Person, stop_ids: Collection[int]) -> set[int]:
    """Those of these stops at whose places somebody leads."""
    led = RelayStop.place_id.in_(places_led(person))
    return set(db.session.scalars(select(RelayStop.id).where(RelayStop.id.in_(stop_ids), led)))


# What waits, and what is done --------------------------------------------------------------------


class Mine(NamedTuple):
    """A stop that waits for somebody to relay: their own, or one below that is left to them."""

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
    led, communities = _led_by_duty(person), list(person.community_ids)
    rows = _WAITING.all({"own": own, "led": led, "communities": communities})
    doubtful = {row.place_id for row in rows} - own
    vacant = without_leaders(person.community_ids, doubtful) if doubtful else set()
    bulletins = _bulletins({row.bulletin_id for row in rows})
    return [
        Mine._make((row.id, bulletins[row.bulletin_id], *row[2:], row.place_id in own))
        for row in rows
        if row.place_id in own | vacant
    ]


def _bulletins(ids: Collection[int]) -> dict[int, Bulletin]:
    if not ids:
        return {}
    found = db.session.scalars(select(Bulletin).where(Bulletin.id.in_(ids)))
    return {bulletin.id: bulletin for bulletin in found}


_STOP, _BULLETIN, _ADDRESSEE = table_of(RelayStop), table_of(Bulletin), table_of(Addressee)
_PLACE, _DUTY = table_of(Place), table_of(HeldDuty)


def _own_and_left_to_them() -> CompoundSelect[tuple[int]]:
    """The places somebody leads (`own`), and below `led` those that no duty leads up to there.

    Where an estate and its building have nobody, both are left to whoever leads the community. Each
    level is asked for itself, so that each finds its own index. Seats are in groups only, the
    lowest level, and left to `without_leaders`.
    """
    left = (_left_to(depth) for depth in range(1, Level.GROUP))
    return select(_PLACE.c.id).where(one_of(_PLACE.c.id, "own")).union_all(*left)


def _left_to(depth: int) -> Select[tuple[int]]:
    """The places so far below those that somebody leads, with nobody there and between.

    From the top down, each level by the key of its parents. Looked for only while some bulletin is
    on its way: where hardly any place has somebody, they are many.
    """
    levels = [_PLACE.alias() for _ in range(depth)]
    query = select(levels[-1].c.id).select_from(levels[0])
    for upper, lower in pairwise(levels):
        query = query.join(
            lower,
            (lower.c.community_id == upper.c.community_id) & (lower.c.parent_id == upper.c.id),
        )
    bulletin = _BULLETIN.alias()
    on_their_way = exists().where(
        bulletin.c.community_id.in_(bindparam("communities", expanding=True)),
        bulletin.c.ended_at.is_(None),
    )
    return query.where(
        on_their_way,
        levels[0].c.community_id.in_(bindparam("communities", expanding=True)),
        one_of(levels[0].c.parent_id, "led"),
        *map(_is_vacant, levels),
    )


def _is_vacant(place: FromClause) -> ColumnElement[bool]:
    by_duty = exists().where(
        _DUTY.c.community_id == place.c.community_id,
        _DUTY.c.place_id == place.c.id,
        _DUTY.c.role.in_(LEADING),
        _DUTY.c.ended_at.is_(None),
        _USER.c.id == _DUTY.c.user_id,
        _USER.c.disabled_at.is_(None),
    )
    return ~by_duty


def _waiting() -> Select[Any]:
    """The stops of somebody's places that have not relayed: columns of `Mine` but for the last.

    In the place of a bulletin stands its number.
    """
    above = _STOP.alias()
    has_come = or_(
        _STOP.c.above_id.is_(None), _STOP.c.early.is_(True), above.c.relayed_at.is_not(None)
    )
    return (
        select(
            _STOP.c.id,
            _STOP.c.bulletin_id,
            _STOP.c.audience,
            _STOP.c.above_id,
            _STOP.c.level,
            _STOP.c.place_id,
            _STOP.c.path,
            has_come.label("has_come"),
            _ADDRESSEE.c.name,
            _ADDRESSEE.c.contact,
        )
        .select_from(_STOP)
        .join(_BULLETIN, _BULLETIN.c.id == _STOP.c.bulletin_id)
        .outerjoin(above, above.c.id == _STOP.c.above_id)
        .outerjoin(_ADDRESSEE, _ADDRESSEE.c.id == _STOP.c.addressee_id)
        .where(
            _STOP.c.relayed_at.is_(None),
            _BULLETIN.c.ended_at.is_(None),
            _STOP.c.place_id.in_(_own_and_left_to_them()),
        )
        .order_by(_STOP.c.bulletin_id, _STOP.c.audience, _STOP.c.level, _STOP.c.path, _STOP.c.id)
    )


_WAITING = Question(_waiting())


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
