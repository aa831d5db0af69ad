"""What a browser may take back on a plan: a note in a cookie of its own, for ten minutes.

It only says what to offer, so nothing is sealed: whoever changes it is offered something else, and
whether it may be taken back is for the ledger to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from flask import Response, after_this_request, g, request, url_for

from portal.access import me
from portal.clock import now
from portal.coverage.doors import UNDO_TIME
from portal.coverage.entries import Fate, Receipt
from portal.coverage.hints import Hint
from portal.web import keep_in_browser

COOKIE = "bulou-undo"
_NUMBER, _ID = r"(\d{1,18})", r"([0-9a-f-]{36})?"
# Who, round, building, until when (epoch ms), visit or batch, and homes with other tasks.
_NOTE = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}\.{_ID}\.{_ID}\.([\d-]*)", re.ASCII)
MOST_HOMES = 300


class Offer(NamedTuple):
    """Where the last report is taken back, until when (epoch ms), its homes with other tasks."""

    url: str
    until: int
    is_of_many: bool
    homes: Sequence[int]
    visit: str  # empty for several


def offer_undo(
    round_id: int,
    building_id: int,
    receipts: Sequence[Receipt],
    *,
    visit: str = "",
    batch: str = "",
    beside: Sequence[Hint],
) -> None:
    """Note in this browser what may be taken back, if anything was entered."""
    if any(receipt.fate is Fate.ACCEPTED for receipt in receipts):
        until = int((now() + UNDO_TIME).timestamp() * 1000)
        homes = "-".join(str(hint.dwelling_id) for hint in beside)
        note = (me().id, round_id, building_id, until, visit, batch, homes)
        _keep(".".join(map(str, note)))


def forget_undo() -> None:
    """It has been taken back."""
    _keep("")


def undo_offer(round_id: int, building_id: int) -> Offer | None:
    """What may still be taken back on this plan by whoever asks."""
    note = _NOTE.fullmatch(g.get("undo_note", request.cookies.get(COOKIE, "")))
    if note is None:
        return None
    who, of_round, building, until = map(int, note.group(1, 2, 3, 4))
    is_here = (who, of_round, building) == (me().id, round_id, building_id)
    if not is_here or until < now().timestamp() * 1000:
        return None
    visit, batch, homes = note.group(5, 6, 7)
    if batch:
        url = url_for("coverage.undo_batch", round_id=round_id, batch=batch)
    elif visit:
        url = url_for("coverage.undo_visit", round_id=round_id, visit=visit)
    else:
        return None
    known = [int(home) for home in homes.split("-")[:MOST_HOMES] if home]
    return Offer(url, until, bool(batch), known, visit or "")


def _keep(note: str) -> None:
    g.undo_note = note

    @after_this_request
    def say(response: Response) -> Response:
        seconds = int(UNDO_TIME.total_seconds()) if note else 0
        keep_in_browser(response, COOKIE, note, seconds=seconds)
        return response
