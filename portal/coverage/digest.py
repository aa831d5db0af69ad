"""What a round is closed with: its figures, and a digest of its events."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from portal.coverage import event_queries, tally_queries
from portal.coverage.models import Round
from portal.coverage.states import State


def frozen_figures(opened: Round) -> dict[str, Any]:
    """The seven states of the whole round, and of every group by its path."""
    groups = {
        tally.path: [getattr(tally, state.value) for state in State]
        for tally in tally_queries.tallies_below(opened.community_id, opened.id, opened.path)
    }
    total = tally_queries.figures(opened.community_id, opened.id, opened.path)
    return {"states": {s.value: n for s, n in total.items()}, "groups": groups}


def digest_of(opened: Round) -> str:
    """SHA-256 over the ordered events of a round: one JSON array a line, by (happened, seq).

    Each line is [uuid, dwelling, kind, outcome, told, remaining, replaces, happened_at, author,
    credit] with the moment as ISO 8601 in UTC; the first line names the round and its base.
    """
    base = sum(tally_queries.figures(opened.community_id, opened.id, opened.path).values())
    digest = hashlib.sha256()
    for line in _lines(opened, base):
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def _lines(opened: Round, base: int) -> Iterable[list[object]]:
    yield ["round", opened.id, base]
    for row in event_queries.in_order(opened.community_id, opened.id):
        values = list(row)
        values[7] = row.happened_at.isoformat()
        yield values
