"""Entering the queue of a phone that cannot send it by itself: a coordinator brings it along."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from portal.access import Person
from portal.accounts.queries import acting_as, find_user
from portal.audit.actions import record
from portal.clock import now
from portal.coverage import door_queries
from portal.coverage.entries import Fate
from portal.coverage.pieces import Joined, joined
from portal.coverage.posted import Posted, read
from portal.coverage.sync import MOST_VISITS, Clocks, enter_batch
from portal.errors import RuleError

MOST_IN_A_FILE = 5000  # visits; a phone that was silent for months has fewer


@dataclass(frozen=True)
class Saved:
    """A queue as its phone has saved it; `epoch` (of its codes) is what the phone knew last."""

    user_id: int
    visits: list[Any]
    epoch: str = ""


def hand_over(coordinator: Person, saved: Saved) -> Counter[Fate]:
    """Enter the visits of a saved queue in the name of whoever ticked them; how they fared.

    The owner must be within the coordinator's sight and the doors within their reach; what lies
    elsewhere is refused. The phone may send the same later: then it is known.
    """
    owner = acting_as(find_user(coordinator, saved.user_id))
    posted = [read(raw) for raw in saved.visits]
    near = door_queries.doors_to_approve(
        coordinator, [one.entry.dwelling_id for one in posted if one.entry]
    )
    here = [one for one in posted if _is_near(one, near)]
    clocks = Clocks(sent=None, received=now())
    fates: Counter[Fate] = Counter({Fate.REFUSED: len(posted) - len(here)})
    for start in range(0, len(here), MOST_VISITS):
        receipts = enter_batch(owner, here[start : start + MOST_VISITS], clocks)
        fates.update(receipt.fate for receipt in receipts)
    for community_id in coordinator.community_ids:
        record(
            "queue.handed_over",
            community_id=community_id,
            by=coordinator.id,
            subject="person",
            subject_id=owner.id,
            details={"visits": len(here)},
        )
    return fates


def loaded(text: bytes) -> Saved:
    """What a phone has saved, from the text of its file or of its codes; RuleError for neither."""
    if not text.strip():
        raise RuleError(gettext("Paste what the codes say, or choose the file that was saved."))
    is_file = text.lstrip().startswith((b"{", b"["))
    found = Joined(text, epoch="") if is_file else joined(text.decode(errors="replace"))
    try:
        saved = json.loads(found.text)
    except (ValueError, RecursionError):  # also where the bytes are no UTF-8
        saved = None
    if not isinstance(saved, dict) or not isinstance(saved.get("user"), int):
        raise RuleError(gettext("This is not the file of a phone's queue."))
    visits = saved.get("visits")
    if not isinstance(visits, list) or not visits or len(visits) > MOST_IN_A_FILE:
        raise RuleError(gettext("This file holds no visits, or too many."))
    return Saved(saved["user"], visits, found.epoch)


def _is_near(posted: Posted, near: set[tuple[int, int]]) -> bool:
    return posted.entry is not None and (posted.round_id, posted.entry.dwelling_id) in near
