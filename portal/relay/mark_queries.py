"""What tells an open tree that it has changed: asked for nobody, once a second for all of them."""

from __future__ import annotations

from datetime import datetime
from zlib import crc32

from sqlalchemy import select

from portal.clock import now
from portal.db import db
from portal.relay import people_queries
from portal.relay.chain import LAST
from portal.relay.models import Bulletin, RelayStop

Mark = tuple[str, int]


def marks(community_id: int, bulletin_id: int) -> list[Mark]:
    """(path, mark) of every stop of a bulletin and of whoever leads there, by path.

    For `live.Board`: another after somebody relayed or took back, after it ended, after the time of
    a level is over, and after other people lead a place. The bulletin comes from a signed ticket,
    and nothing but "changed" leaves the server.
    """
    bulletin = db.session.get(Bulletin, bulletin_id)
    if bulletin is None or bulletin.community_id != community_id:
        return []
    return sorted([*_of_stops(bulletin), *_of_leaders(bulletin)])


def _of_stops(bulletin: Bulletin) -> list[Mark]:
    at = now()
    lapsed = sum(bulletin.way.due(level) < at for level in range(bulletin.way.top, LAST + 1))
    state = 0 if bulletin.ended_at else 1 + lapsed
    query = select(RelayStop.path, RelayStop.relayed_at)
    rows = db.session.execute(query.where(RelayStop.bulletin_id == bulletin.id)).tuples()
    return [(path, state + _micros(relayed_at)) for path, relayed_at in rows]


def _micros(moment: datetime | None) -> int:
    return round(moment.timestamp() * 1_000_000) * (LAST + 2) if moment else 0


def _of_leaders(bulletin: Bulletin) -> list[Mark]:
    """The numbers are scattered: else one who comes could weigh as much as two who go."""
    rows = db.session.execute(people_queries.led(bulletin.community_id, bulletin.path))
    return [(path, crc32(f"{user_id} {name}".encode())) for _, path, user_id, name in rows]
