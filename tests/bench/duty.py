"""Measure the rows of the rota table about 6,000 shifts: choosing, signing up, watching over them.

`python -m tests.bench.duty` takes about a minute, `make bench-rota` runs it after the planner. A
volunteer of the whole community looks at the list; eight sign up, look, give back and look; a
coordinator, alone with the server, looks at the overview and at the lists behind its tiles.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.bench.__main__ import say, told
from tests.bench.browser import CLIENTS, Browser, Connection
from tests.bench.measures import TURNS, Asked, Work, compare
from tests.bench.server import Server
from tests.bench.table import Row, goals, raw
from tests.bench.town import COMMUNITY, COORDINATOR, ROOT, Town

CYCLES = 25  # for each client in one turn
PHONES = tuple(f"138000001{number:02d}" for number in range(CLIENTS))
LOOKS = 50  # at each page of the coordinator
OVERVIEW = {
    "overview, day by day": "/rota",
    "list of shifts without a crew": "/rota?state=nobody",
    "list of shifts with free seats": "/rota?state=missing",
}


def main() -> None:
    if not Path("/proc/self/stat").exists():
        sys.exit("The processor time of the server is read from /proc: this needs Linux.")
    (ROOT / "instance").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "instance") as folder:
        place = Town(Path(folder))
        free = prepare(place)
        with Server(place.environment) as server:
            rows = overview(server, place)
            more, works = measure(server, place, free)
    say(f"\n{goals([*rows, *more])}\n\n{raw(works)}\n")


def prepare(place: Town) -> list[int]:
    """The stage; the numbers of shifts that nobody has yet."""
    say("Migrating, importing the town, laying out shifts …")
    place.migrate()
    place.load_town()
    for phone in (*PHONES, COORDINATOR):
        duty = "coordinator" if phone == COORDINATOR else "volunteer"
        who = ("--phone", phone, "--name", duty, "--duty", duty, "--place", COMMUNITY)
        command = ("flask", "--app", "wsgi", "accounts", "add", "--password-stdin")
        place.run(*command, *who, said=place.password)
    output, _ = place.run("tests.bench.duty_stage", COMMUNITY)
    there = json.loads(output)
    say(f"  {there['shifts']} shifts ahead, {there['people'] + len(PHONES)} volunteers")
    return list(there["free"])


def overview(server: Server, place: Town) -> list[Row]:
    """How long a coordinator waits for the overview and its lists, and how much comes."""
    browser = Browser(server)
    browser.sign_in(COORDINATOR, place.password)
    rows = []
    for name, path in OVERVIEW.items():
        before = server.processor()
        seconds, size = looked_at(server, browser.request("GET", path))
        used = (server.processor() - before) / LOOKS
        rows += [
            Row(f"{name}, p50", seconds * 1000, 100, "ms"),
            Row("the same, processor time", used * 1000, 100, "ms"),
            Row("the same, compressed", size / 1000, 60, "kB"),
        ]
    return rows


def looked_at(server: Server, request: bytes, times: int = LOOKS) -> tuple[float, int]:
    """The median wait for a page in seconds, nobody else asking, and its size in bytes."""
    connection, waits, size = Connection(server.port), [], 0
    for _ in range(times):
        asked = time.perf_counter()
        answer = connection.ask(request)
        waits.append(time.perf_counter() - asked)
        answer.must_be(200, request)
        size = answer.size
    connection.close()
    return median(waits), size


def measure(server: Server, place: Town, free: list[int]) -> tuple[list[Row], list[Work]]:
    browsers = [Browser(server) for _ in PHONES]
    for browser, phone in zip(browsers, PHONES, strict=True):
        browser.sign_in(phone, place.password)
    asked = Asked(browsers[0], {"round": 0, "community": 0})
    constant = asked.page("constant page", "/floor/constant")
    choices = asked.page("shifts I may take", "/shifts")
    commit = asked.commit("one row, one commit")
    page = told(choices, compare(server, choices, constant))
    commit.warm_up(server)
    rates, ratios = [], []
    for turn in range(TURNS):
        floor = commit.run(server).rate
        rates.append(cycles(server, browsers, free, turn))
        ratios.append(2 * rates[-1] / floor)  # a cycle has two changes, each with its page
    say(f"  cycles/s: {[round(rate, 1) for rate in rates]}")
    each = median(burst.rate for burst in choices.bursts)
    return [
        Row("shifts I may take", page.processor, 6, "times"),
        Row("the same, a second", each, 280, "", least=True),
        Row("sign-up with its page, rate", median(ratios), 0.4, "times", least=True),
        Row("sign up, page, cancel, page: a second", median(rates), 100, "", least=True),
    ], [constant, choices, commit]


def cycles(server: Server, browsers: list[Browser], free: list[int], turn: int) -> float:
    """Cycles a second of eight volunteers, each at a shift of their own."""

    def run(number: int) -> None:
        browser, connection = browsers[number], Connection(server.port)
        browser.get("/shifts")
        url = f"/shifts/{free[turn * CLIENTS + number]}/signup"
        look = browser.request("GET", "/shifts")
        for _ in range(CYCLES):
            for address in (url, f"{url}/end"):
                form = {"csrf_token": browser.token, "form_id": uuid.uuid4()}
                post = browser.request("POST", address, form=form)
                connection.ask(post).must_be(303, post)
                connection.ask(look).must_be(200, look)
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        started = time.perf_counter()
        list(pool.map(run, range(CLIENTS)))
        return CLIENTS * CYCLES / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
