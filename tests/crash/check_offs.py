"""Check-offs as they travel, and the books of what was sent and what was acknowledged."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from dataclasses import dataclass, field

from tests.bench.browser import Answer
from tests.crash.stage import Leader

OUTCOME = "not_home"
SETTLED = {"accepted", "duplicate"}


@dataclass(frozen=True)
class CheckOff:
    """One visit with an id of its own: by the form of a door, or from a phone's queue."""

    id: str
    door: int
    request: bytes
    from_queue: bool

    def is_acknowledged(self, answer: Answer) -> bool:
        """Whether the answer says that this very report is kept.

        A queue is told its ids. The form of a door is told the door as it stands, with the way to
        take the report back by its id, unless it was known already.
        """
        if answer.status != 200:
            return False
        if not self.from_queue:
            return f'id="d{self.door}"' in answer.text
        told = json.loads(answer.body if not answer.header("Content-Encoding") else answer.text)
        fates = {one["id"]: one["fate"] for one in told["visits"]}
        return told["batch"] == self.id and fates.get(self.id) in SETTLED


def by_form(leader: Leader, round_id: int, door: int) -> CheckOff:
    """A tap on an outcome, as htmx sends it."""
    name = str(uuid.uuid4())
    form = {"uuid": name, "outcome": OUTCOME, "note": name, "csrf_token": leader.browser.token}
    headers = {"HX-Request": "true", "X-CSRFToken": leader.browser.token}
    path = f"/rounds/{round_id}/doors/{door}/visits"
    return CheckOff(
        name, door, leader.browser.request("POST", path, headers, form), from_queue=False
    )


def from_queue(leader: Leader, round_id: int, door: int) -> CheckOff:
    """The same from the queue of a phone."""
    name = str(uuid.uuid4())
    visit = {"id": name, "round": round_id, "dwelling": door, "outcome": OUTCOME, "note": name}
    body = json.dumps({"user": leader.user, "batch": name, "visits": [visit]}).encode()
    headers = {"Accept": "application/json", "X-CSRFToken": leader.browser.token}
    request = leader.browser.request("POST", "/sync/visits", headers, json=body)
    return CheckOff(name, door, request, from_queue=True)


@dataclass
class Books:
    """What the senders know; the ledger is held against it at the end.

    `torn` counts requests that got no answer, `later` those told to come again, `again` those sent
    twice on purpose; `refused` holds every other answer that is no acknowledgement.
    """

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    later: int = 0
    torn: int = 0
    again: int = 0
