"""Bulletins for the tests."""

from __future__ import annotations

from datetime import timedelta

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.relay import actions, queries
from portal.relay.actions import Wanted
from portal.relay.models import Addressee, Audience, Bulletin, RelayStop
from portal.teams.models import Seat
from portal.tower.models import Place
from tests.conftest import make_user, person_of

SEAT_LEADER = 3


def make_bulletin(
    place: Place,
    by: User,
    *audiences: Audience,
    title: str = "New swindle",
    hours: float = 24,
) -> Bulletin:
    """A bulletin just issued that shall have arrived in so many hours."""
    wanted = Wanted(
        title=title,
        text="Parcels nobody ordered: do not scan the code in them.",
        audiences=audiences or (Audience.HOMES,),
        arrive_by=now() + timedelta(hours=hours),
    )
    bulletin = actions.issue(wanted, place, by=person_of(by))
    db.session.commit()
    return bulletin


def age(bulletin: Bulletin, *, hours: float) -> None:
    """Let a bulletin have been issued so much earlier, and its time run out that much earlier."""
    earlier = timedelta(hours=hours)
    bulletin.issued_at -= earlier
    bulletin.arrive_by -= earlier
    if bulletin.alarm_at:
        bulletin.alarm_at -= earlier
    db.session.commit()


def stop_at(bulletin: Bulletin, place: Place, audience: Audience = Audience.HOMES) -> RelayStop:
    """The stop of a place itself."""
    return (
        db.session.query(RelayStop)
        .filter_by(bulletin_id=bulletin.id, place_id=place.id, audience=audience, addressee_id=None)
        .one()
    )


def relay(bulletin: Bulletin, by: User, *places: Place) -> None:
    stops = [stop_at(bulletin, place).id for place in places]
    actions.relay(queries.find_to_relay(bulletin.id), stops, by=person_of(by))
    db.session.commit()


def seat(group: Place, holder: User, number: int = SEAT_LEADER) -> None:
    db.session.add(
        Seat(
            community_id=group.community_id,
            group_id=group.id,
            path=group.path,
            number=number,
            user_id=holder.id,
            given_at=now(),
        )
    )
    db.session.commit()


def make_addressee(place: Place, name: str, audience: Audience = Audience.SHOPS) -> Addressee:
    addressee = Addressee(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        audience=audience,
        name=name,
        contact=f"{name} office",
    )
    db.session.add(addressee)
    db.session.commit()
    return addressee


def make_leaders(*places: Place) -> list[User]:
    """Somebody to lead each of these places."""
    return [make_user(f"Leader of {place.id}", (Role.LEADER, place)) for place in places]


def relayed_by(by: User, bulletin: Bulletin) -> int:
    """One more stop of a bulletin, which somebody has just relayed."""
    query = db.session.query(RelayStop.id).filter_by(bulletin_id=bulletin.id, above_id=None)
    stop = RelayStop(
        community_id=bulletin.community_id,
        bulletin_id=bulletin.id,
        audience=Audience.HOMES,
        place_id=bulletin.place_id,
        path=bulletin.path,
        level=4,
        above_id=query.scalar(),
        relayed_at=now(),
        relayed_by=by.id,
    )
    db.session.add(stop)
    db.session.commit()
    return stop.id
