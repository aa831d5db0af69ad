"""Measure a plan of the size M through the portal: asked for, looked at, published, mended.

`python -m tests.bench.plans` takes about two minutes, `make bench-rota` runs it last. A coordinator
lets 3,000 people be planned for thirty days of three bands with forty crews at once (3,600 visits)
over the town's groups; then some of the people go on leave.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.bench.__main__ import say
from tests.bench.browser import Answer, Browser, Connection
from tests.bench.duty import looked_at
from tests.bench.server import Server
from tests.bench.table import Row, goals
from tests.bench.town import COMMUNITY, COORDINATOR, ROOT, Town

BANDS = ("09:00-11:00", "14:00-16:00", "19:00-21:00")
DAYS, AT_ONCE = 30, 40
PATIENCE = 300  # seconds for the job
LOOKS = 7
SHARES = ("0.03", "0.1")
_PLACE = re.compile(r'<option value="(\d+)">' + COMMUNITY)
_HIDDEN = re.compile(r'name="(csrf_token|form_id|seen)" value="([^"]*)"')
_CHANGE = re.compile(r"<li><b>")


class Sent(NamedTuple):
    """A form that was sent: how long the answer took, and where it led."""

    seconds: float
    url: str


class Coordinator:
    """Sends forms as the pages have them."""

    def __init__(self, server: Server, password: str) -> None:
        self.server, self.browser = server, Browser(server)
        self.browser.sign_in(COORDINATOR, password)

    def send(self, page: str, url: str, **fields: object) -> Sent:
        """The form of a page with an address, filled in; any answer but a redirect is an error."""
        text = self.browser.get(page).text
        form = next(part for part in text.split("<form")[1:] if f'action="{url}"' in part)
        hidden = dict(_HIDDEN.findall(form))
        request = self.browser.request("POST", url, form={**hidden, **fields})
        started = time.perf_counter()
        answer = self._ask(request)
        seconds = time.perf_counter() - started
        answer.must_be(303, request)
        return Sent(seconds, answer.header("Location"))

    def _ask(self, request: bytes) -> Answer:
        connection = Connection(self.server.port)
        answer = connection.ask(request)
        connection.close()
        return answer

    def look(self, url: str, times: int = LOOKS) -> tuple[float, float]:
        """The median wait for a page in milliseconds, and its compressed size in kilobytes."""
        seconds, size = looked_at(self.server, self.browser.request("GET", url), times)
        return seconds * 1000, size / 1000


def main() -> None:
    if not Path("/proc/self/stat").exists():
        sys.exit("The processor time of the server is read from /proc: this needs Linux.")
    (ROOT / "instance").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "instance") as folder:
        place = Town(Path(folder))
        say("Migrating, importing the town, letting 3,000 people move in …")
        place.migrate()
        place.load_town()
        place.add_people()
        place.run("tests.bench.plan_stage", "people", COMMUNITY)
        with Server(place.environment) as server:
            lin = Coordinator(server, place.password)
            url, rows = planned(lin)
            for share in SHARES:
                rows += mended(lin, place, url, share)
    say(f"\n{goals(rows)}\n")


def planned(lin: Coordinator) -> tuple[str, list[Row]]:
    """From the form to the published plan; its address."""
    new, first = "/rota/plans/new", date.today() + timedelta(days=1)  # noqa: DTZ011 - a wish
    found = _PLACE.search(lin.browser.get(new).text)
    asked = lin.send(
        new,
        "/rota/plans",
        place_id=found[1] if found else "",
        first=first,
        last=first + timedelta(days=DAYS - 1),
        week=", ".join(BANDS),
        weekend=", ".join(BANDS),
        minutes=120,
        crew_size=2,
        at_once=AT_ONCE,
        lead="y",
        round_id=0,
    )
    job = waited_for(lin, asked.url)
    wait, size = lin.look(asked.url)
    day, _ = lin.look(f"{asked.url}/days/{first + timedelta(days=7)}")
    published = lin.send(asked.url, f"{asked.url}/publication")
    return asked.url, [
        Row("asking for a plan", asked.seconds * 1000, 100, "ms"),
        Row("the job until the preview", job, 10, "s"),
        Row("the preview, p50", wait, 100, "ms"),
        Row("the same, compressed", size, 60, "kB"),
        Row("a day of the preview, p50", day, 100, "ms"),
        Row("publishing", published.seconds, 2, "s"),
    ]


def waited_for(lin: Coordinator, url: str) -> float:
    """The seconds until a plan is proposed."""
    started = time.perf_counter()
    while f'action="{url}/publication"' not in (text := lin.browser.get(url).text):
        if f'action="{url}/new-start"' in text or time.perf_counter() - started > PATIENCE:
            raise RuntimeError(f"{url} was not worked out")
        time.sleep(0.1)
    return time.perf_counter() - started


def mended(lin: Coordinator, place: Town, plan: str, share: str) -> list[Row]:
    """What it takes to mend the plan after so many have gone on leave."""
    place.run("tests.bench.plan_stage", "leave", share)
    url = f"{plan}/mending"
    changes = len(_CHANGE.findall(lin.browser.get(url).text))
    before = lin.server.processor()
    wait, size = lin.look(url)
    used = (lin.server.processor() - before) / LOOKS
    done = lin.send(url, url)
    left = len(_CHANGE.findall(lin.browser.get(url).text))
    say(f"  {float(share):.0%} on leave: {changes} shifts to be changed, {left} after mending")
    return [
        Row(f"what mending would change after {float(share):.0%} left, p50", wait, 100, "ms"),
        Row("the same, processor time", used * 1000, 100, "ms"),
        Row("the same, compressed", size, 60, "kB"),
        Row("mending", done.seconds, 2, "s"),
    ]


if __name__ == "__main__":
    main()
