"""Finding the schools, shops and units that bulletins are handed to, and the places of a chain."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.access import Permission, Person, below, in_scope
from portal.db import db
from portal.errors import NotFoundError
from portal.relay.models import Addressee, Audience
from portal.tower.models import Place


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
