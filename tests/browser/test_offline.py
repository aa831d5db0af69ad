"""No signal, no loss: ticks on a phone in real Chromium."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from portal.accounts.models import User
from portal.clock import now
from portal.coverage import epochs
from portal.coverage.models import Visit
from portal.db import db, writes
from tests.browser.conftest import CHROMIUM, FLAGS, PHONE, Site
from tests.browser.line import Line
from tests.conftest import browser
from tests.shifts.factory import send_out

pytestmark = [pytest.mark.commits, pytest.mark.browser]

WAITING = re.compile("waiting")
READY = """async () => {
  const plans = (await caches.keys()).find((name) => name.startsWith('plans-'));
  const kept = plans && (await (await caches.open(plans)).keys());
  return navigator.serviceWorker.controller && kept?.length > 1;
}"""
KEPT = "(status) => window.bulou.visits(status)"


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    port = urlsplit(site.url).port
    assert port
    with Line(port) as made:
        yield made


@pytest.fixture
def phone(site: Site, line: Line, chromium: Browser, tmp_path: Path) -> Iterator[Phones]:
    phones = Phones(site, line, chromium, tmp_path)
    yield phones
    phones.close()


class Phones:
    """One phone whose browser is opened, closed, killed and opened again."""

    def __init__(self, site: Site, line: Line, chromium: Browser, folder: Path) -> None:
        self.site, self.line, self.chromium, self.folder = site, line, chromium, folder
        self.context: BrowserContext | None = None

    def open(self, name: str = "", **options: Any) -> Page:
        """The browser with what it has kept so far; with a name, somebody signs in."""
        self.close()
        self.context = self.chromium.browser_type.launch_persistent_context(
            self.folder / "phone",
            executable_path=CHROMIUM,
            args=FLAGS,
            viewport=PHONE,  # type: ignore[arg-type]
            base_url=self.line.url,
            **options,
        )
        if name:
            self.sign_in(name)
        return self.context.pages[0]

    def sign_in(self, name: str) -> None:
        assert self.context
        person: User = self.site.people[name]
        reading = writes.set(True)
        client = browser(self.site.app, person)
        writes.reset(reading)
        with client.session_transaction() as session:
            session.permanent = True
        cookie_name = self.site.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(cookie_name)
        assert cookie
        self.context.add_cookies(
            [
                {
                    "name": cookie_name,
                    "value": cookie.value,
                    "url": self.line.url,
                    "expires": (now() + timedelta(days=30)).timestamp(),
                }
            ]
        )

    def kill(self) -> None:
        """The battery is empty: the process is gone in the middle of whatever it did."""
        wanted = f"--user-data-dir={self.folder / 'phone'}"
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if wanted in words and not any(word.startswith("--type=") for word in words):
                os.kill(int(entry.name), signal.SIGKILL)
        with suppress(Error):  # there is nothing left to close
            self.close()
        self.context = None

    def close(self) -> None:
        if self.context:
            self.context.close()
        self.context = None

    @property
    def plan(self) -> str:
        return f"/rounds/{self.site.ids['round']}/plan/{self.site.ids['building']}"


def tick(page: Page, n: int, outcome: str = "met") -> None:
    page.locator("a.door").nth(n).click()
    page.locator(f"#sheet button[value={outcome}]").click()


def waits(page: Page, n: int) -> None:
    expect(page.locator("a.door").nth(n)).to_have_class(WAITING, timeout=9000)


def arrived(count: int) -> list[Visit]:
    db.session.rollback()
    visits = db.session.query(Visit).order_by(Visit.seq).all()
    assert len(visits) == count
    return visits


def until(page: Page, true: str, *args: object) -> None:
    """Wait for a promise that comes true."""
    deadline = monotonic() + 20
    while not page.evaluate(true, *args):
        assert monotonic() < deadline, true
        page.wait_for_timeout(50)


def ready(page: Page) -> None:
    """Wait until the plan is kept for where there is no signal."""
    until(page, READY)


def confirmed(page: Page, count: int) -> None:
    """Wait until so many ticks of this phone are confirmed and none waits."""
    until(
        page,
        "async (n) => { const all = await window.bulou.visits(); return all.length === n"
        " && all.every(({ status }) => status === 'confirmed') }",
        count,
    )


def send(page: Page) -> None:
    page.evaluate("document.dispatchEvent(new CustomEvent('bulou:send'))")


def test_a_leader_ticks_in_the_lift_closes_the_browser_and_loses_nothing(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    expect(page.locator("#queue")).to_have_text("已确认 0／1，待传 1")

    page = phone.open()
    page.goto(phone.plan)
    waits(page, 0)
    expect(page.locator("a.door")).to_have_count(42)
    tick(page, 1, "not_home")
    waits(page, 1)
    page.goto("/rounds")
    expect(page.locator("[data-copies] a")).to_have_count(1)
    assert phone.site.people["zhou"].name not in page.content()
    page.locator("[data-copies] a").click()
    waits(page, 1)

    phone.line.mend()
    send(page)
    confirmed(page, 2)
    expect(page.locator("a.door").nth(0)).to_have_class(re.compile("covered"))
    expect(page.locator("#queue")).to_have_text("已确认 2／2，待传 0")
    assert Counter(visit.outcome for visit in arrived(2)) == {"met": 1, "not_home": 1}


def test_a_phone_that_dies_while_writing_keeps_all_it_has_shown_as_done(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    for n in range(4):
        tick(page, n, "not_home")
    waits(page, 3)
    phone.kill()
    phone.line.cut()
    page = phone.open()
    page.goto(phone.plan)
    for n in range(4):
        waits(page, n)
    phone.line.mend()
    phone.context.clear_cookies(name=phone.site.app.config["SESSION_COOKIE_NAME"])
    send(page)
    expect(page.locator("#queue")).to_have_text("请登录，还有 4 条待传")
    phone.sign_in("zhou")
    send(page)
    confirmed(page, 4)
    arrived(4)


@pytest.mark.parametrize("locks", ["with Web Locks", "without"])
def test_two_tabs_share_one_queue_and_send_each_tick_once(phone: Phones, locks: str) -> None:
    first = phone.open("zhou")
    assert phone.context
    if locks == "without":
        phone.context.add_init_script("delete Navigator.prototype.locks")
    second = phone.context.new_page()
    batches: list[list[str]] = []
    phone.context.on(
        "request",
        lambda r: (
            batches.append([v["id"] for v in json.loads(r.post_data or "{}")["visits"]])
            if r.url.endswith("/sync/visits")
            else None
        ),
    )
    for page in (first, second):
        page.goto(phone.plan)
        ready(page)
    phone.context.set_offline(True)
    for n in range(2):
        tick(first, n)
        tick(second, 2 + n)
        waits(first, n)
        waits(second, 2 + n)
    waits(first, 3)  # what the other tab ticked shows here as well
    batches.clear()
    phone.context.set_offline(False)
    confirmed(first, 4)
    confirmed(second, 4)
    assert max(Counter(id for batch in batches for id in batch).values()) == 1
    arrived(4)


def test_a_full_phone_warns_before_anything_is_shown_as_done(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    tools = phone.context.new_cdp_session(page)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": phone.line.url, "quotaSize": 1})
    tick(page, 0)
    expect(page.locator("#messages .bad")).to_contain_text("没有存下")
    expect(page.locator("a.door").nth(0)).not_to_have_class(WAITING)


def test_a_phone_whose_storage_was_cleared_says_what_is_lost(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    tick(page, 0)
    expect(page.locator("#queue")).to_contain_text("待传 1")
    tools = phone.context.new_cdp_session(page)
    tools.send(
        "Storage.clearDataForOrigin", {"origin": phone.line.url, "storageTypes": "indexeddb"}
    )
    phone.context.set_offline(False)
    page.goto("/rounds")
    expect(page.locator("#messages .bad")).to_contain_text("1 条走访")


def test_without_a_service_worker_an_open_page_still_keeps_and_sends(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    page.goto(phone.plan)
    page.wait_for_load_state("networkidle")
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    phone.line.mend()
    send(page)
    confirmed(page, 1)
    arrived(1)


def test_a_phone_in_the_year_2036_is_heard_and_its_clock_marked(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    page.clock.set_system_time("2036-02-03T04:05:06")
    page.goto(phone.plan)
    page.wait_for_load_state("networkidle")
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    phone.line.mend()
    send(page)
    confirmed(page, 1)
    (visit,) = arrived(1)
    assert visit.is_doubtful
    assert visit.device_at
    assert visit.device_at.year == 2036
    assert now() - visit.happened_at < timedelta(minutes=2)


# Honest answers ----------------------------------------------------------------------------------

Fake = Callable[[dict[str, Any]], dict[str, Any]]


def false_successes() -> dict[str, Fake]:
    """Twenty answers that look like success and are none; each takes the batch that was sent."""
    json_type, html = "application/json", "text/html"

    def good(sent: dict[str, Any], **changes: Any) -> dict[str, Any]:
        fates = [{"id": visit["id"], "fate": "accepted"} for visit in sent["visits"]]
        right = {"epoch": EPOCH[0], "user": sent["user"], "batch": sent["batch"], "visits": fates}
        return {**right, **changes}

    def fake(body: str | bytes, status: int = 200, kind: str = json_type) -> dict[str, Any]:
        return {"status": status, "content_type": kind, "body": body}

    def changed(**changes: Any) -> Fake:
        return lambda sent: fake(json.dumps(good(sent, **changes)))

    return {
        "captive portal": lambda _: fake("<html>Wi-Fi: please agree</html>", kind=html),
        "a page that says json": lambda _: fake("<html>OK</html>"),
        "proxy page with the right JSON": lambda s: fake(json.dumps(good(s)), kind=html),
        "empty 200": lambda _: fake(""),
        "204": lambda _: fake("", 204),
        "201": lambda s: fake(json.dumps(good(s)), 201),
        "202": lambda s: fake(json.dumps(good(s)), 202),
        "truncated JSON": lambda s: fake(json.dumps(good(s))[:-9]),
        "null": lambda _: fake("null"),
        "just ok": lambda _: fake('{"ok": true}'),
        "no epoch": changed(epoch=None),
        "another epoch": changed(epoch="0123456789abcdef"),
        "an empty epoch": changed(epoch=""),
        "a cached reply": changed(batch="5f0b7c52-6f0e-4f0a-8f43-6a1a7c9d2e22"),
        "somebody else's reply": changed(user=1_000_000),
        "no visits": changed(visits=None),
        "other ids": changed(visits=[{"id": "x", "fate": "accepted"}]),
        "ids without a fate": lambda s: fake(
            json.dumps(good(s, visits=[{"id": v["id"]} for v in s["visits"]]))
        ),
        "an unknown fate": lambda s: fake(
            json.dumps(good(s, visits=[{"id": v["id"], "fate": "ok"} for v in s["visits"]]))
        ),
        "500 with the right JSON": lambda s: fake(json.dumps(good(s)), 500),
    }


EPOCH = [""]


def test_twenty_false_successes_remove_nothing_from_the_queue(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    page.goto(phone.plan)
    page.wait_for_load_state("networkidle")
    with phone.site.app.app_context():
        token = writes.set(True)
        EPOCH[0] = epochs.present()
        db.session.commit()
        writes.reset(token)
    lies = false_successes()
    assert len(lies) == 20
    answers: list[Fake] = []

    def lie(route: Route) -> None:
        route.fulfill(**answers[-1](json.loads(route.request.post_data or "{}")))

    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    page.route("**/sync/visits", lie)
    answers.append(lies["empty 200"])
    phone.line.mend()
    for name, answer in lies.items():
        answers.append(answer)
        before = page.evaluate(KEPT, "waiting")[0]["tries"]
        send(page)
        until(page, "async (n) => (await window.bulou.visits('waiting'))[0]?.tries > n", before)
        assert page.evaluate(KEPT, "confirmed") == [], name
    page.unroute("**/sync/visits")
    send(page)
    confirmed(page, 1)
    arrived(1)


def test_two_people_on_one_phone_neither_see_nor_send_the_queue_of_the_other(
    phone: Phones,
) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    page.route("**/sync", lambda route: route.abort())
    assert phone.context
    phone.context.set_offline(True)
    tick(page, 0)
    waits(page, 0)
    phone.context.set_offline(False)
    page.locator("[data-sign-out] button").click()
    page.wait_for_url("**/sign-in**", timeout=15000)
    page.unroute("**/sync")

    tower = phone.site.tower
    send_out(phone.site.people["chen"], *tower.groups(tower.building))
    phone.sign_in("chen")
    page.goto(phone.plan)
    expect(page.locator("#queue")).to_be_hidden()
    expect(page.locator("a.door").nth(0)).not_to_have_class(WAITING)
    arrived(0)

    phone.sign_in("zhou")
    page.goto(phone.plan)
    confirmed(page, 1)
    (visit,) = arrived(1)
    assert visit.author_id == phone.site.people["zhou"].id


def test_after_a_restore_the_phone_sends_again_what_the_backup_lacks(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    page.goto(phone.plan)
    page.wait_for_load_state("networkidle")
    tick(page, 0)
    confirmed(page, 1)
    token = writes.set(True)
    db.session.rollback()
    db.session.query(Visit).delete()
    epochs.renew()
    db.session.commit()
    writes.reset(token)
    page.evaluate("window.bulou.keepNote('asked', 1)")
    send(page)
    until(page, "async () => (await window.bulou.note('asked')) > 1")
    confirmed(page, 1)
    arrived(1)
