"""What lapsed is told to the next level up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from portal.outbox.actions import post_each
from portal.relay import queries
from portal.relay.board import Board, board_of
from portal.relay.chain import LAST, Node, State
from portal.relay.models import Bulletin
from portal.relay.telling import about, tell

AT_ONCE = 50  # bulletins, in one transaction


def raise_lapsed(at: datetime) -> int:
    """Tell the next level up of every level that has lapsed; how many bulletins were looked at."""
    found = queries.to_alarm(at, most=AT_ONCE)
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
                user_id: {**about(bulletin), "stops": count}
                for user_id, count in _by_superior(board, stuck).items()
            },
            community_id=bulletin.community_id,
            subject=f"bulletin/{bulletin.id}/{bulletin.raised}",
        )
    bulletin.alarm_at = way.due(bulletin.raised + 1) if bulletin.raised < LAST else None
    missing = sum(node.state is not State.RELAYED for node in board.nodes.values())
    if bulletin.alarm_at is None and missing:
        tell("relay.unfinished", bulletin, {bulletin.issued_by}, stops=missing)


def _by_superior(board: Board, stuck: Iterable[Node]) -> Counter[int]:
    """How many lapsed stops everybody has who leads the next level up that has anybody."""
    counts: Counter[int] = Counter()
    for node in stuck:
        counts.update(board.superiors(node) or {board.bulletin.issued_by})
    return counts
