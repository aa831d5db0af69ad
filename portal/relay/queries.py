"""Finding bulletins and the stops on their way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from portal.access import Permission, Person, below, in_scope
from portal.accounts.models import User
from portal.db import db
from portal.errors import NotFoundError
from portal.relay.models import Addressee, Audience, Bulletin, RelayStop
from portal.tower.models import Place, prefixes

# Bulletins ---------------------------------------------------------------------------------------


class Hold(Enum):
    """Until the end of the transaction nobody else may end a bulletin, or others may relay it."""

    ALONE = auto()
    TOGETHER = auto()


def visible_to(person: Person) -> ColumnElement[bool]:
    """The bulletins that go to, or through, the places where somebody sees them."""
    above = {prefix for path in person.paths(Permission.SEE_BULLETINS) for prefix in prefixes(path)}
    here = in_scope(person, Permission.SEE_BULLETINS, Bulletin.path)
    return or_(here, Bulletin.path.in_(above))


def find(person: Person, bulletin_id: int) -> Bulletin:
    """A bulletin somebody sees; NotFoundError for any other."""
    return _one(Bulletin.id == bulletin_id, visible_to(person))


def maybe_in_community(person: Person, bulletin_id: int) -> Bulletin | None:
    """A bulletin of a community somebody serves in, wherever there: its text is for everybody."""
    theirs = Bulletin.community_id.in_(person.community_ids)
    return db.session.scalar(select(Bulletin).where(Bulletin.id == bulletin_id, theirs))


def bulletins_to_tell(bulletin_ids: Collection[int]) -> dict[int, Bulletin]:
    """Some bulletins by their numbers, whoever asks, held so that none ends meanwhile."""
    query = select(Bulletin).where(Bulletin.id.in_(bulletin_ids)).order_by(Bulletin.id)
    held = query.with_for_update(read=True).execution_options(populate_existing=True)
    return {bulletin.id: bulletin for bulletin in db.session.scalars(held)}


def find_to_run(person: Person, bulletin_id: int) -> Bulletin:
    """A bulletin somebody may correct and end, held; NotFoundError for any other."""
    here = in_scope(person, Permission.ISSUE_BULLETINS, Bulletin.path)
    return _one(Bulletin.id == bulletin_id, here, hold=Hold.ALONE)


def find_to_relay(bulletin_id: int) -> Bulletin:
    """A bulletin, held so that it does not end meanwhile; its stops decide who may relay it."""
    return _one(Bulletin.id == bulletin_id, hold=Hold.TOGETHER)


def maybe_correction_of(bulletin_id: int) -> int | None:
    """The bulletin that stands in the place of a corrected one."""
    return db.session.scalar(select(Bulletin.id).where(Bulletin.corrects_id == bulletin_id))


def _one(*conditions: ColumnElement[bool], hold: Hold | None = None) -> Bulletin:
    query = select(Bulletin).where(*conditions)
    if hold:
        query = query.with_for_update(read=hold is Hold.TOGETHER)
    found = db.session.scalar(query)
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


def find_relayed(person: Person, stop_id: int) -> RelayStop:
    """A stop that somebody has relayed after the issue, held; NotFoundError for any other."""
    stop = db.session.scalar(
        select(RelayStop)
        .where(
            RelayStop.id == stop_id,
            RelayStop.relayed_by == person.id,
            RelayStop.above_id.is_not(None),
        )
        .with_for_update()
    )
    if stop is None:
        raise NotFoundError
    return stop


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
