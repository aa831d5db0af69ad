"""What is asked of the server, and how a piece of work is held against its floor.

Work and floor take turns, several times over, so that both meet the same machine; a figure is the
median of the single ratios.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.bench.browser import Browser, Burst, burst
from tests.bench.server import Server

TURNS = 7
PROBE = 48  # requests that warm a page up and tell how many make a burst
BURST_SECONDS = 0.6  # of processor time; the clock of /proc ticks every hundredth
MOST_IN_A_BURST = 3000
_ASSETS = re.compile(r'<(?:link|script)\b[^>]*?\s(?:href|src)="([^"]+)"')
_IN_STYLES = re.compile(r"url\(\"?([^\")]+)")

Requests = Callable[[int], list[bytes]]


@dataclass
class Work:
    """One kind of request, and the bursts of it that were measured."""

    name: str
    requests: Requests
    expected: int = 200
    bursts: list[Burst] = field(default_factory=list)
    count: int = 0

    def warm_up(self, server: Server) -> None:
        burst(server, self.requests(PROBE), expected=self.expected)
        tried = burst(server, self.requests(PROBE), expected=self.expected)
        wanted = BURST_SECONDS / max(tried.processor_each, 0.000_1)
        self.count = min(MOST_IN_A_BURST, max(PROBE, round(wanted)))

    def run(self, server: Server) -> Burst:
        measured = burst(server, self.requests(self.count), expected=self.expected)
        self.bursts.append(measured)
        return measured


@dataclass(frozen=True)
class Comparison:
    """A piece of work beside its floor: medians of what each pair of bursts gave."""

    processor: float
    rate: float


def compare(server: Server, work: Work, floor: Work) -> Comparison:
    """How many times the floor's processor time a request takes, and what share of its rate."""
    for each in (floor, work):
        if not each.count:
            each.warm_up(server)
    pairs = [(floor.run(server), work.run(server)) for _ in range(TURNS)]
    return Comparison(
        median(b.processor_each / a.processor_each for a, b in pairs),
        median(b.rate / a.rate for a, b in pairs),
    )


class Asked:
    """The requests of a coordinator who has signed in."""

    def __init__(self, browser: Browser, stage: dict[str, Any]) -> None:
        self.browser = browser
        self.round = f"/rounds/{stage['round']}"
        self.plan_path = f"{self.round}/plan/{stage.get('building')}"
        self.tree_path = f"{self.round}/gaps/{stage['community']}"
        self.list_path = f"{self.round}/doors?place={stage.get('estate')}&state=gap&days=1"
        self._doors = iter(stage.get("to_check_off", ()))

    def page(self, name: str, path: str) -> Work:
        return Work(name, self._same(self.browser.request("GET", path)))

    def unchanged(self, name: str, path: str) -> Work:
        """The page asked for by a browser that holds it: 304."""
        known = {"If-None-Match": self.browser.get(path).header("ETag")}
        return Work(name, self._same(self.browser.request("GET", path, known)), expected=304)

    def commit(self, name: str) -> Work:
        """The floor of all writing: one row."""

        def one() -> bytes:
            return self.browser.request("POST", "/floor/commit", form={"row": uuid.uuid4()})

        return Work(name, lambda count: [one() for _ in range(count)])

    def check_off(self, name: str) -> Work:
        """A tap on an outcome, as htmx sends it: every time another door and another id."""
        return Work(name, lambda count: [self._tap(next(self._doors)) for _ in range(count)])

    def _tap(self, door: int) -> bytes:
        headers = {"HX-Request": "true", "X-CSRFToken": self.browser.token}
        form = {
            "csrf_token": self.browser.token,
            "uuid": uuid.uuid4(),
            "told": 1,
            "remaining": 0,
            "outcome": "met" if door % 2 else "not_home",
        }
        return self.browser.request("POST", f"{self.round}/doors/{door}/visits", headers, form)

    @staticmethod
    def _same(request: bytes) -> Requests:
        return lambda count: [request] * count


def downloaded(browser: Browser, path: str) -> tuple[int, int]:
    """Bytes of a page on the first visit with all that it loads, and of the page alone."""
    page = browser.get(path)
    assets = {address: browser.get(address) for address in _loaded(page.text)}
    sheets = [asset.text for name, asset in assets.items() if ".css" in name]
    assets |= {address: browser.get(address) for text in sheets for address in _in_styles(text)}
    return page.size + sum(asset.size for asset in assets.values()), page.size


def _loaded(html: str) -> list[str]:
    return list(dict.fromkeys(_ASSETS.findall(html)))


def _in_styles(text: str) -> Iterator[str]:
    return (address for address in _IN_STYLES.findall(text) if not address.startswith("data:"))
