"""A phone in a hand: its browser, its line to the server, and what people do with both."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from portal.accounts.models import User
from portal.clock import now
from portal.coverage.models import Visit
from portal.db import db, writes
from tests.browser.conftest import CHROMIUM, FLAGS, PHONE, Site
from tests.browser.offline.line import Line
from tests.conftest import browser

WAITING = re.compile("waiting")
READY = """async () => {
  const shell = (await (await caches.open('shell')).keys()).map(({ url }) => url);
  const plans = (await caches.keys()).find((name) => name.startsWith('plans-'));
  const kept = plans && (await (await caches.open(plans)).keys());
  const hasQueue = shell.some((url) => url.includes('/queue-page.js'));
  return navigator.serviceWorker.controller && kept?.length > 3 && hasQueue;
}"""
KEPT = "(status) => window.bulou.visits(status)"


class Phones:
    """One phone whose browser is opened, closed, killed and opened again."""

    def __init__(self, site: Site, line: Line, chromium: Browser, folder: Path) -> None:
        self.site, self.line, self.chromium, self.folder = site, line, chromium, folder
        self.context: BrowserContext | None = None

    def open(self, name: str, **options: Any) -> Page:
        """A phone whose browser stays open: a profile of the browser that all tests share."""
        self.context = self.chromium.new_context(**self._looks(options))
        self.sign_in(name)
        return self.context.new_page()

    def start(self, name: str = "") -> Page:
        """A browser of its own with what it has kept so far; with a name, somebody signs in."""
        self.close()
        self.context = self.chromium.browser_type.launch_persistent_context(
            self.folder / "phone", executable_path=CHROMIUM, args=FLAGS, **self._looks({})
        )
        if name:
            self.sign_in(name)
        return self.context.pages[0]

    def _looks(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"viewport": PHONE, "base_url": self.line.url, **options}

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
    page.bring_to_front()  # what nobody looks at is drawn late, and clicked on later still
    page.locator("a.door").nth(n).click()
    page.locator(f"#sheet button[value={outcome}]").click()


def waits(page: Page, n: int) -> None:
    expect(page.locator("a.door").nth(n)).to_have_class(WAITING, timeout=9000)


def arrived(phone: Phones, count: int) -> list[Visit]:
    db.session.rollback()
    here = db.session.query(Visit).filter_by(round_id=phone.site.ids["round"])
    visits = here.order_by(Visit.seq).all()
    assert len(visits) == count
    return visits


def until(page: Page, true: str, *args: object) -> None:
    """Wait for a promise that comes true."""
    deadline = monotonic() + 20
    while not page.evaluate(true, *args):
        assert monotonic() < deadline, true
        page.wait_for_timeout(50)


def goto_plan(page: Page, phone: Phones) -> None:
    """Open the plan and wait until it can be ticked without a signal."""
    with page.expect_response("**/sync/sheet") as sheet:
        page.goto(phone.plan)
    sheet.value.finished()


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


def several(page: Page, *doors: int) -> None:
    for n in doors:
        page.locator("label.door").nth(n).click()
    page.locator("button[value=not_home]").click()
