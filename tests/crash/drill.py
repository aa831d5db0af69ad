"""The server is killed in the middle of its work, again and again; what it acknowledged stays."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.crash.check_offs import Books
from tests.crash.senders import Senders
from tests.crash.server import Nest
from tests.crash.stage import Community

SENDERS = 8
DOUBLED = 0.1
LONGEST_PAUSE = 0.02  # seconds between an acknowledgement and the kill


@dataclass(frozen=True)
class Report:
    """What the senders were told beside what the ledger holds.

    `torn` counts requests whose answer a kill cut off; `back_after` and `back_at_last` are the
    median and the longest time from a start to the next acknowledgement, in seconds.
    """

    kills: int
    acknowledged: int
    unanswered: int
    torn: int
    sent_twice: int
    told_to_wait: int
    refused: tuple[str, ...]
    lost: int
    doubled: int
    phantom: int
    for_review: int
    whole: bool
    verified: bool
    back_after: float
    back_at_last: float

    @property
    def is_clean(self) -> bool:
        wrong = (self.unanswered, self.lost, self.doubled, self.phantom, self.for_review)
        return not any(wrong) and not self.refused and self.whole and self.verified


def crash(
    folder: Path,
    nest: Nest,
    *,
    url: str = "",
    application: str = "wsgi:app",
    kills: int,
    each: int,
    patience: float,
    senders: int = SENDERS,
) -> Report:
    """Kill the whole server so often, each time after about `each` more acknowledgements.

    Ends after `patience` seconds with fewer kills, or with check-offs that nobody acknowledged.
    """
    community = Community(folder, url)
    with community.opened():
        community.settle_in(senders)
        nest.start(community.environment, application=application)
        community.sign_in(nest)
        with Senders(
            community, nest.port, doubled=DOUBLED, seed=kills * each, patience=patience
        ) as sending:
            pauses = list(_killings(sending, nest, community, application, kills, each))
        nest.kill()
        return report(community, sending.books, pauses)


def _killings(
    sending: Senders,
    nest: Nest,
    community: Community,
    application: str,
    kills: int,
    each: int,
) -> Iterator[float]:
    """Kill and start the server again; seconds from each start to the next acknowledgement."""
    dice = random.Random(kills)  # noqa: S311 - moments, no secret
    acknowledged = sending.books.acknowledged
    for _ in range(kills):
        if not sending.wait_for(len(acknowledged) + dice.randrange(2 * each)):
            return
        time.sleep(LONGEST_PAUSE * dice.random())
        nest.kill()
        before, started = len(acknowledged), time.monotonic()
        nest.start(community.environment, application=application)
        sending.wait_for(before + 1)
        yield time.monotonic() - started


def report(community: Community, books: Books, pauses: Sequence[float]) -> Report:
    """Hold the ledger against the books."""
    entered = community.entered()
    ids = Counter(note for _, note in entered)
    renamed = sum(uuid != note for uuid, note in entered)
    return Report(
        kills=len(pauses),
        acknowledged=len(books.acknowledged),
        unanswered=len(books.sent - books.acknowledged),
        torn=books.torn,
        sent_twice=books.again,
        told_to_wait=books.later,
        refused=tuple(f"{count} x {text}" for text, count in books.refused.items()),
        lost=len(books.acknowledged - set(ids)),
        doubled=ids.total() - len(ids),
        phantom=len(set(ids) - books.sent) + renamed,
        for_review=community.kept_for_review(),
        whole=community.is_whole(),
        verified=community.is_verified(),
        back_after=median(pauses or [0.0]),
        back_at_last=max(pauses, default=0.0),
    )
