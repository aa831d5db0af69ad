"""Drills: many phones come out of the lift at once, and everything they ticked must arrive once."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from tests.bench.server import Server
from tests.phones.bugs import BUGS
from tests.phones.line import Faults, Line
from tests.phones.phone import LONGEST_WAIT, MOST, Phone
from tests.phones.stage import Report, Stage

PATIENCE = 60.0  # seconds in which each phone must have handed in everything


def three_days_without_signal(
    folder: Path,
    *,
    phones: int,
    visits: int,
    faults: Faults,
    bug: str = "",
    url: str = "",
    patience: float = PATIENCE,
    longest_wait: float = LONGEST_WAIT,
) -> Report:
    """Phones come back after 72 hours, their sign-ins ended, over a bad line, in random order.

    Each has a twin that sends some of the same ids with other words.
    """
    stage = Stage(folder, url)
    with stage.opened():
        stage.furnish(phones, visits, seed=phones * visits)
        twins = stage.clash()
        stage.end_first_sign_ins()
        with serving(stage, bug) as port, Line(port, faults, seed=1) as line:
            at_most = max(5, min(MOST, visits // 3))
            for some in (stage.phones, twins):
                drain(
                    some,
                    line.port,
                    at_once=at_most,
                    patience=patience,
                    longest_wait=longest_wait,
                )
        return stage.report()


@contextmanager
def serving(stage: Stage, bug: str) -> Iterator[int]:
    """The port of the portal as installed; with a planted mistake, of one that starts at once."""
    if not bug:
        with Server({**os.environ, **stage.settings.environment()}, application="wsgi:app") as real:
            yield real.port
        return
    server = make_server("127.0.0.1", 0, BUGS[bug](stage.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def drain(
    phones: Sequence[Phone],
    port: int,
    *,
    at_once: int = MOST,
    patience: float = PATIENCE,
    longest_wait: float = LONGEST_WAIT,
) -> None:
    """All phones at the same time."""
    threads = [
        threading.Thread(
            target=phone.drain,
            args=(port, random.Random(phone.user)),  # noqa: S311 - no secret
            kwargs={"patience": patience, "at_once": at_once, "longest_wait": longest_wait},
        )
        for phone in phones
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
