"""A bulletin of the invented community that has come half of its way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from portal import clock
from portal.access import Person
from portal.db import db
from portal.relay import actions, keeping, people_queries, queries
from portal.relay.actions import Wanted
from portal.relay.models import Audience, Bulletin, RelayStop
from portal.tower.models import Level, Place

TITLE = "快递里的“中奖卡”不要扫"
TEXT = (
    "近期有人寄来没买过的快递，里面有“中奖卡”或“刮刮卡”，让扫码进群领奖。这是诈骗。\n"
    "一、不扫码，不进群，不下载软件。\n"
    "二、已经转账的，马上打110。\n"
    "三、拿不准的，打96110问一问。\n"
    "请转发到本楼、本组的微信群。"
)
SINCE = timedelta(hours=14)  # estates are late by now, buildings have some time left
WINDOW = timedelta(hours=24)
SHARE = {Level.ESTATE: 1.0, Level.BUILDING: 0.8, Level.GROUP: 0.7}  # of those who relay at once
SHOPS = (("百味面馆", "店长"), ("康宁药房", "值班药师"), ("邻里便利店", "店长"))
SCHOOL = ("百川小学", "德育处")


def issue(community: Place, estates: Sequence[Place], *, by: Person, slow: set[int]) -> None:
    """Issue it to homes and shops, and let it come down; `slow` are places that keep it."""
    dice = random.Random(community.id)  # noqa: S311 - invented people, no secret
    for estate, (name, contact) in zip(estates, SHOPS, strict=False):
        keeping.add_addressee(estate, Audience.SHOPS, name=name, contact=contact, by=by)
    name, contact = SCHOOL
    keeping.add_addressee(estates[0], Audience.SCHOOLS, name=name, contact=contact, by=by)
    wanted = Wanted(
        title=TITLE,
        text=TEXT,
        audiences=(Audience.HOMES, Audience.SHOPS),
        arrive_by=clock.now() + WINDOW - SINCE,
    )
    bulletin = actions.issue(wanted, community, by=by)
    _date_back(bulletin)
    for stop, leader, minutes in _relays(bulletin, dice, slow):
        above = db.session.get_one(RelayStop, stop.above_id)
        at = (above.relayed_at or bulletin.issued_at) + timedelta(minutes=minutes)
        stop.relay(at=at, by=leader, on_behalf=False)
    db.session.flush()


def _date_back(bulletin: Bulletin) -> None:
    bulletin.issued_at -= SINCE
    bulletin.alarm_at = bulletin.way.due(bulletin.raised + 1)
    db.session.flush()
    for row in queries.stops(bulletin, None, bulletin.path):
        if row.relayed_at:
            (first,) = queries.locked_stops(bulletin, [row.id])
            first.relayed_at = bulletin.issued_at


def _relays(
    bulletin: Bulletin, dice: random.Random, slow: set[int]
) -> Iterator[tuple[RelayStop, int, int]]:
    """(stop, who relays, minutes later), from the top down, as far as it has come."""
    led = people_queries.leaders(bulletin.community_id, bulletin.path)
    rows = queries.stops(bulletin, None, bulletin.path)
    stops = {s.id: s for s in queries.locked_stops(bulletin, [row.id for row in rows])}
    for row in rows:
        stop, people = stops[row.id], led.get(row.place_id)
        has_come = row.above_id is not None and stops[row.above_id].relayed_at is not None
        relays = dice.random() < SHARE.get(Level(row.level), 1.0)
        if has_come and people and relays and row.place_id not in slow:
            yield stop, min(people), dice.randrange(10, 140)
