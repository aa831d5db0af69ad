"""Issuing, relaying, reminding, correcting and ending bulletins; who is told of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from posixpath import commonpath
from typing import Any

from flask_babel import gettext

from portal.access import Permission, Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_many, insert_or_update, reserve_ids, table_of
from portal.errors import NotFoundError, RuleError
from portal.outbox.actions import post, post_each
from portal.relay import queries
from portal.relay.board import Board, board_of
from portal.relay.chain import LAST, Node, State
from portal.relay.models import Addressee, Audience, Bulletin, Ending, RelayRules, RelayStop
from portal.tower.models import Place, prefixes

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
    _post("relay.corrected", bulletin, relayed, reason=reason)
    _tell_next(bulletin, by=by, but=relayed)
    return bulletin


def end(bulletin: Bulletin, ending: Ending, *, reason: str, by: Person) -> None:
    """Relay a bulletin no further; if it was wrong, whoever relayed it is asked to say so."""
    _must_be_open(bulletin)
    bulletin.end(ending, reason=reason, at=now(), by=by.id)
    _note(f"bulletin.{ending}", bulletin, by)
    if ending is Ending.WITHDRAWN:
        _post("relay.withdrawn", bulletin, queries.who_relayed(bulletin) - {by.id}, reason=reason)


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
    places = queries.places_below(place)
    keys = [key for audience in wanted.audiences for key in _stops(place, places, audience)]
    _insert(bulletin, keys, {other.id: other for other in places}, had=had, by=by)
    return bulletin


def _stops(top: Place, places: Sequence[Place], audience: Audience) -> Iterator[Key]:
    """The stops of one chain: all places for homes, else those on the way to the addressees."""
    if audience is Audience.HOMES:
        yield from ((audience, place.id, None) for place in places)
        return
    found = queries.addressees_below(top, audience)
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
    own = queries.own_among(by, stop_ids)
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


def _stands_above(by: Person, stop: RelayStop) -> bool:
    return by.may(Permission.RELAY_BULLETINS, path=stop.path)


def remind(bulletin: Bulletin, path: str, *, by: Person) -> int:
    """Ask those who have it and have not relayed it; everybody once. How many are asked now."""
    _must_be_open(bulletin)
    board = board_of(bulletin, None, path, at=now())
    people = {user_id for node in board.stuck for user_id in board.people(node)} - {by.id}
    return _post("relay.reminder", bulletin, people)


# Time --------------------------------------------------------------------------------------------


def raise_lapsed(at: datetime, *, most: int = 50) -> int:
    """Tell the next level up of every level that has lapsed; how many bulletins were looked at."""
    found = queries.to_alarm(at, most=most)
    for bulletin in found:
        _raise(bulletin, at)
    return len(found)


def _raise(bulletin: Bulletin, at: datetime) -> None:
    board = board_of(bulletin, None, bulletin.path, at=at)
    way = bulletin.way
    while bulletin.raised < LAST and way.due(bulletin.raised + 1) <= at:
        bulletin.raised += 1
        stuck = [n for n in board.nodes.values() if n.stop.level == bulletin.raised and n.is_stuck]
        post_each(
            "relay.lapsed",
            {
                user_id: {**_details(bulletin), "stops": count}
                for user_id, count in _by_superior(board, stuck).items()
            },
            community_id=bulletin.community_id,
            subject=f"bulletin/{bulletin.id}/{bulletin.raised}",
        )
    bulletin.alarm_at = way.due(bulletin.raised + 1) if bulletin.raised < LAST else None
    missing = sum(node.state is not State.RELAYED for node in board.nodes.values())
    if bulletin.alarm_at is None and missing:
        _post("relay.unfinished", bulletin, {bulletin.issued_by}, stops=missing)


def _by_superior(board: Board, stuck: Iterable[Node]) -> Counter[int]:
    """How many lapsed stops everybody has who leads the next level up that has anybody."""
    counts: Counter[int] = Counter()
    for node in stuck:
        counts.update(board.superiors(node) or {board.bulletin.issued_by})
    return counts


# Who is told -------------------------------------------------------------------------------------


def _tell_next(
    bulletin: Bulletin,
    *,
    by: Person,
    under: Sequence[RelayStop] = (),
    but: Collection[int] = (),
) -> None:
    """Tell those to whom a bulletin has just come: all, or only below some stops."""
    db.session.flush()
    above = {stop.id for stop in under}
    path = _around(stop.path for stop in under) if under else bulletin.path
    board = board_of(bulletin, None, path, at=now())
    come = [
        node
        for node in board.here
        if node.state is State.WAITING and (node.stop.above in above if under else node.since)
    ]
    people = {user_id for node in come for user_id in board.people(node)}
    _post("relay.come", bulletin, people - {by.id, *but})


def _around(paths: Iterable[str]) -> str:
    """The path of the smallest place around some places."""
    return f"{commonpath(list(paths))}/"


def _post(kind: str, bulletin: Bulletin, to: Collection[int], **more: Any) -> int:
    return post(
        kind,
        community_id=bulletin.community_id,
        subject=f"bulletin/{bulletin.id}",
        to=to,
        details={**_details(bulletin), **more},
    )


def _details(bulletin: Bulletin) -> dict[str, Any]:
    return {
        "bulletin": bulletin.id,
        "title": bulletin.title,
        "due": bulletin.arrive_by.isoformat(),
    }


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


# Addressees and rules ----------------------------------------------------------------------------


def add_addressee(
    place: Place, audience: Audience, *, name: str, contact: str, by: Person
) -> Addressee:
    """Put a school, shop or unit on the list; bulletins issued from now on go there."""
    addressee = Addressee(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        audience=audience,
        name=name,
        contact=contact,
    )
    db.session.add(addressee)
    db.session.flush()
    _note_addressee("addressee.added", addressee, by)
    return addressee


def rename_addressee(addressee: Addressee, *, name: str, contact: str, by: Person) -> None:
    """Call it something else, or name somebody else to ask for."""
    addressee.name, addressee.contact = name, contact
    _note_addressee("addressee.changed", addressee, by)


def retire_addressee(addressee: Addressee, *, by: Person) -> None:
    """Take it off the list; bulletins on their way keep their stop."""
    addressee.retired_at = now()
    _note_addressee("addressee.removed", addressee, by)


def _note_addressee(action: str, addressee: Addressee, by: Person) -> None:
    record(
        action,
        community_id=addressee.community_id,
        by=by.id,
        subject="addressee",
        subject_id=addressee.id,
        details={"place": addressee.place_id},
    )


def decide_rules(community_id: int, seats: Collection[int], *, by: Person) -> None:
    """Say which core seats of a group relay."""
    change = {"seats": sorted(seats)}
    row = {"community_id": community_id, **change}
    db.session.execute(
        insert_or_update(table_of(RelayRules), key=("community_id",), row=row, change=change)
    )
    record(
        "settings.changed",
        community_id=community_id,
        by=by.id,
        subject="community",
        subject_id=community_id,
        details={"changed": "relay"},
    )


def record_export(bulletin: Bulletin, *, kind: str, rows: int, by: Person) -> None:
    """Note who took the way of a bulletin along as a file."""
    record(
        "bulletin.exported",
        community_id=bulletin.community_id,
        by=by.id,
        subject="bulletin",
        subject_id=bulletin.id,
        details={"kind": kind, "rows": rows},
    )
