"""A phone: what it has ticked, and the rules by which it hands that in (static/queue.js)."""

from __future__ import annotations

import http.client
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

SETTLED = {"accepted", "duplicate", "conflict", "review"}
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # seconds; people's phones start at one second
MOST = 200


@dataclass
class Phone:
    """One person's phone. `cookies` are tried in turn: an ended sign-in first, then a good one."""

    user: int
    cookies: list[str]
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    epoch: str = ""
    seconds: float = 0.0
    refused: bool = False  # whether the server has answered a batch, and not with success
    told_to_wait: float = 0.0  # seconds, by a server that was busy

    def drain(
        self,
        port: int,
        dice: random.Random,
        *,
        patience: float,
        at_once: int = MOST,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        """Send until nothing waits, or patience ends; the order is random, as after days.

        `longest_wait` is in seconds, after one failure upon the other.
        """
        started, wait, most = time.monotonic(), FIRST_WAIT, at_once
        while self.waiting and time.monotonic() - started < patience:
            settled = self._round(port, dice, most)
            if self.told_to_wait:
                time.sleep(self.told_to_wait * (0.5 + dice.random()))
                self.told_to_wait = 0.0
            elif settled:
                wait, most = FIRST_WAIT, at_once
            else:
                time.sleep(wait * (0.75 + dice.random() / 2))
                wait = min(wait * 2, longest_wait)
                most = max(1, most // 2) if self.refused else at_once
        self.seconds = time.monotonic() - started

    def _round(self, port: int, dice: random.Random, most: int) -> int:
        """One batch; how many visits the server has settled."""
        hello = self._ask(port, "GET", "/sync")
        if hello is None:
            return 0
        if hello[0] == 401 and len(self.cookies) > 1:
            self.cookies.pop(0)  # its owner signs in again; the queue is as it was
            return 0
        if hello[0] != 200 or hello[1].get("user") != self.user:
            return 0
        ids = dice.sample(sorted(self.waiting), min(most, len(self.waiting)))
        batch = str(uuid.uuid4())
        visits = [self.waiting[name] for name in ids]
        body = {"user": self.user, "batch": batch, "sent_at": clock(), "visits": visits}
        answer = self._ask(port, "POST", "/sync/visits", body, hello[1]["csrf_token"])
        self.refused = answer is not None and answer[0] >= 400
        return self._settle(answer, batch, set(ids), hello[1].get("epoch", ""))

    def _settle(self, answer: tuple[int, Any] | None, batch: str, ids: set[str], epoch: str) -> int:
        """Forget only what the server's own answer to just this batch names."""
        if answer is None or answer[0] != 200:
            return 0
        told = answer[1]
        if (told.get("batch"), told.get("user")) != (batch, self.user) or not told.get("epoch"):
            return 0
        if epoch and told["epoch"] != epoch:
            return 0
        settled = 0
        for one in told.get("visits", ()):
            if one.get("id") in ids and one.get("fate") in SETTLED:
                self.waiting.pop(one["id"], None)
                self.confirmed[one["id"]] = one["fate"]
                settled += 1
        return settled

    def _ask(
        self, port: int, method: str, path: str, body: Any = None, token: str = ""
    ) -> tuple[int, Any] | None:
        """Status and JSON; None for anything that is no JSON, or no answer at all."""
        headers = {"Accept": "application/json", "Cookie": self.cookies[0]}
        if body is not None:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": token}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.headers.get_content_type() != "application/json":
                return None
            found = json.loads(text)
            if cookie := answer.headers.get("Set-Cookie"):
                self.cookies[0] = cookie.partition(";")[0]
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        self.told_to_wait = float(answer.headers.get("Retry-After", 0))
        return (answer.status, found) if isinstance(found, dict) else None


def clock(at: datetime | None = None) -> str:
    return (at or datetime.now().astimezone()).isoformat()
