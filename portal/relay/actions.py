"""Issuing, relaying, reminding, correcting and ending bulletins; who is told of what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import commonpath

from flask_babel import gettext

from portal.access import Permission, Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_many, reserve_ids, table_of
from portal.errors import NotFoundError, RuleError
from portal.relay import addressee_queries, people_queries, queries
from portal.relay.board import board_of
from portal.relay.chain import LAST
from portal.relay.models import Audience, Bulletin, Ending, RelayStop
from portal.relay.telling import tell, tell_chats, tell_chats_withdrawn
from portal.tower.models import Place, prefixes

UNDO_TIME = timedelta(minutes=10)  # as at a door
Key = tuple[Audience, int, int | None]  # audience, place, addressee


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A bulletin as the coordinator writes it."""

    title: str
    text: str
    audiences: tuple[Audience, ...]
    arrive_by: datetime


# Issuing -----------------------------------------------------------------------------------------


def issue(wanted: Wanted, place: Place, *, by: Person) -> Bulletin:
    """Write down every stop of the way and hand the bulletin to the first level below."""
    bulletin = _write(wanted, place, by=by, had=set(), corrects=None)
    _note("bulletin.issued", bulletin, by)
    _tell_next(bulletin, by=by)
    return bulletin


def correct(former: Bulletin, wanted: Wanted, *, reason: str, by: Person) -> Bulletin:
    """Put another bulletin in the place of one; whoever had relayed that one has this at once."""
    _must_be_open(former)
    place = db.session.get_one(Place, former.place_id)
    had = queries.relayed_keys(former)
    bulletin = _write(wanted, place, by=by, had=had, corrects=former.id)
    former.end(Ending.CORRECTED, reason=reason, at=now(), by=by.id)
    _note("bulletin.corrected", former, by)
    relayed = queries.who_relayed(former) - {by.id}
    tell("relay.corrected", bulletin, relayed, reason=reason)
    _tell_next(bulletin, by=by, but=relayed)
    return bulletin


def end(bulletin: Bulletin, ending: Ending, *, reason: str, by: Person) -> None:
    """Relay a bulletin no further; if it was wrong, whoever relayed it is asked to say so."""
    _must_be_open(bulletin)
    bulletin.end(ending, reason=reason, at=now(), by=by.id)
    _note(f"bulletin.{ending}", bulletin, by)
    if ending is Ending.WITHDRAWN:
        tell("relay.withdrawn", bulletin, queries.who_relayed(bulletin) - {by.id}, reason=reason)
        tell_chats_withdrawn(bulletin)


def _write(
    wanted: Wanted, place: Place, *, by: Person, had: Collection[Key], corrects: int | None
) -> Bulletin:
    at = now()
    bulletin = Bulletin(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        title=wanted.title,
        text=wanted.text,
        audiences=list(wanted.audiences),
        issued_at=at,
        issued_by=by.id,
        arrive_by=wanted.arrive_by,
        corrects_id=corrects,
        raised=place.level,
    )
    bulletin.alarm_at = bulletin.way.due(place.level + 1)
    db.session.add(bulletin)
    db.session.flush()
    places = addressee_queries.places_below(place)
    keys = [key for audience in wanted.audiences for key in _stops(place, places, audience)]
    _insert(bulletin, keys, {other.id: other for other in places}, had=had, by=by)
    return bulletin


def _stops(top: Place, places: Sequence[Place], audience: Audience) -> Iterator[Key]:
    """The stops of one chain: all places for homes, else those on the way to the addressees."""
    if audience is Audience.HOMES:
        yield from ((audience, place.id, None) for place in places)
        return
    found = addressee_queries.addressees_below(top, audience)
    if not found:
        raise RuleError(
            gettext("There is nobody of one of these audiences in the list of addressees here.")
        )
    on_the_way = {prefix for one in found for prefix in prefixes(one.path)}
    yield from ((audience, place.id, None) for place in places if place.path in on_the_way)
    yield from ((audience, one.place_id, one.id) for one in found)


def _insert(
    bulletin: Bulletin,
    keys: Sequence[Key],
    places: Mapping[int, Place],
    *,
    had: Collection[Key],
    by: Person,
) -> None:
    """The first stop of every chain has relayed: that is what issuing means."""
    ids = dict(zip(keys, reserve_ids(table_of(RelayStop), len(keys)), strict=True))
    rows = []
    for key, stop_id in ids.items():
        audience, place_id, addressee_id = key
        place = places[place_id]
        is_first = addressee_id is None and place_id == bulletin.place_id
        above = place_id if addressee_id else place.parent_id
        rows.append(
            {
                "id": stop_id,
                "community_id": bulletin.community_id,
                "bulletin_id": bulletin.id,
                "audience": audience,
                "place_id": place_id,
                "path": place.path,
                "level": LAST if addressee_id else place.level,
                "above_id": None if is_first else ids[audience, above or 0, None],
                "addressee_id": addressee_id,
                "early": key in had,
                "relayed_at": bulletin.issued_at if is_first else None,
                "relayed_by": by.id if is_first else None,
                "on_behalf": False,
            }
        )
    insert_many(table_of(RelayStop), rows)


# Relaying ----------------------------------------------------------------------------------------


def relay(bulletin: Bulletin, stop_ids: Collection[int], *, by: Person) -> int:
    """Note that somebody has relayed a bulletin at some stops, their own or for those below.

    Returns how many that were; RuleError if others were faster everywhere.
    """
    stops = queries.locked_stops(bulletin, stop_ids)
    own = people_queries.own_among(by, stop_ids)
    if any(stop.id not in own and not _stands_above(by, stop) for stop in stops):
        raise NotFoundError
    _must_be_open(bulletin)
    left = [stop for stop in stops if stop.relayed_at is None]
    if not left:
        raise RuleError(gettext("This has been noted already."))
    at = now()
    for stop in left:
        stop.relay(at=at, by=by.id, on_behalf=stop.id not in own)
    db.session.flush()
    if for_others := sum(stop.on_behalf for stop in left):
        _note("bulletin.relayed", bulletin, by, stops=for_others)
    _tell_next(bulletin, by=by, under=left)
    return len(left)


def take_back(stop: RelayStop, *, by: Person) -> None:
    """Undo one's own tap while it is fresh; whoever has been told below stays told."""
    bulletin = queries.find_to_relay(stop.bulletin_id)
    _must_be_open(bulletin)
    if stop.relayed_at and stop.relayed_at + UNDO_TIME < now():
        raise RuleError(gettext("This can be taken back for ten minutes only."))
    stop.take_back()
    _note("bulletin.taken_back", bulletin, by, stops=1)


def _stands_above(by: Person, stop: RelayStop) -> bool:
    return by.may(Permission.RELAY_BULLETINS, path=stop.path)


def remind(bulletin: Bulletin, path: str, *, by: Person) -> int:
    """Ask those who have it and have not relayed it; everybody once. How many are asked now."""
    _must_be_open(bulletin)
    board = board_of(bulletin, None, path, at=now())
    people = {user_id for node in board.stuck for user_id in board.people(node)} - {by.id}
    return tell("relay.reminder", bulletin, people)


# Who is told -------------------------------------------------------------------------------------


def _tell_next(
    bulletin: Bulletin,
    *,
    by: Person,
    under: Sequence[RelayStop] = (),
    but: Collection[int] = (),
) -> None:
    """Tell those to whom a bulletin has just come, and their chats: all, or below some stops."""
    db.session.flush()
    above = {stop.id for stop in under}
    path = _around(stop.path for stop in under) if under else bulletin.path
    board = board_of(bulletin, None, path, at=now())
    come = [
        node for node in board.here if node.is_stuck and (not under or node.stop.above in above)
    ]
    people = {user_id for node in come for user_id in board.people(node)}
    tell("relay.come", bulletin, people - {by.id, *but})
    places = {row.path: row.place_id for row in (board.rows[node.stop.id] for node in come)}
    passed = {stop.path: stop.place_id for stop in under} or {bulletin.path: bulletin.place_id}
    tell_chats(bulletin, {**places, **passed})


def _around(paths: Iterable[str]) -> str:
    """The path of the smallest place around some places."""
    return f"{commonpath(list(paths))}/"


def _must_be_open(bulletin: Bulletin) -> None:
    if not bulletin.is_open:
        raise RuleError(gettext("This bulletin is not relayed any more."))


def _note(action: str, bulletin: Bulletin, by: Person, **details: int) -> None:
    record(
        action,
        community_id=bulletin.community_id,
        by=by.id,
        subject="bulletin",
        subject_id=bulletin.id,
        details={"place": bulletin.place_id, **details},
    )
