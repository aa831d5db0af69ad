"""When a bulletin has to be where, by every calendar, and by a clock that jumps."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.clock import at
from portal.db import db
from portal.outbox.models import Notice
from portal.relay.chain import Way
from portal.relay.upkeep import tick
from tests.clocks import ZONES, in_zone
from tests.conftest import Tower
from tests.relay.factory import make_bulletin, relay

JUMP, SECOND = timedelta(hours=72), timedelta(seconds=1)


def told(user: User, kind: str) -> int:
    return db.session.query(Notice).filter_by(user_id=user.id, kind=kind).count()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "day", [date(2026, 10, 24), date(2026, 3, 28), date(2026, 12, 31), date(2028, 2, 28)], ids=str
)
def test_every_level_has_the_same_time_also_in_the_night_when_clocks_are_changed(
    zone: str, day: date
) -> None:
    with in_zone(zone):
        way = Way(1, at(day, time(20)), at(day + timedelta(days=1), time(20)))
        dues = [way.due(level) for level in (1, 2, 3, 4)]
        assert (dues[0], dues[-1]) == (way.issued_at, way.arrive_by)
        shares = {after - before for before, after in pairwise(dues)}
        assert max(shares) - min(shares) <= timedelta(microseconds=1)


def test_a_level_lapses_once_however_the_clock_jumps(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    bulletin = make_bulletin(tower.community, head, hours=24)
    relay(bulletin, lin, tower.estate)
    lapsed = bulletin.way.due(3)
    moments = [lapsed - SECOND, lapsed + SECOND, lapsed - JUMP, lapsed + SECOND, lapsed + JUMP]
    counts = []
    for moment in (*moments, lapsed, lapsed + 2 * JUMP):
        tick(moment)
        counts.append(told(lin, "relay.lapsed"))
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[1] == counts[3] == 1
    assert counts[-1] == 1, "it stopped at the buildings, so their groups have not had it"
    assert told(head, "relay.unfinished") == 1


def test_after_a_long_pause_every_level_is_told_of_once(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    bulletin = make_bulletin(tower.community, head, hours=24)
    relay(bulletin, lin, tower.estate)
    for _ in range(3):
        tick(bulletin.arrive_by + JUMP)
    assert told(lin, "relay.lapsed") == 1
    assert told(head, "relay.unfinished") == 1
