"""A real server, a real browser, real people with passwords."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from portal.access import Role
from portal.accounts.models import User
from portal.accounts.passwords import hash_of
from portal.coverage.models import Round
from portal.db import db, writes
from tests.conftest import Tower, committing, make_user
from tests.coverage.factory import make_round

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "quiet-river-stairs"
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
EXPECTED = re.compile("status of (404|409|422)")  # refusals that a test asks for
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests are skipped with that reason; in CI they fail instead."""
    if CHROMIUM or os.environ.get("CI") == "true":
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Site:
    """A served portal with its tower, its people and one open round."""

    url: str
    app: Flask
    tower: Tower
    people: dict[str, User]
    round: Round
    ids: dict[str, int]


@pytest.fixture
def site(app: Flask, tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path) as made:
        yield made


@contextmanager
def site_in(folder: Path) -> Iterator[Site]:
    """The portal on a port of its own, forms guarded; on a database whose commits are real."""
    config = {"WTF_CSRF_ENABLED": True, "BABEL_DEFAULT_LOCALE": "zh"}
    with committing(folder, **config) as made, served(made) as url:
        tower = Tower()
        people = cast_of(tower)
        opened = make_round(tower.community, "秋季防诈走访")
        db.session.commit()
        ids = {"building": tower.building.id, "round": opened.id}
        db.session.rollback()
        reading = writes.set(False)
        yield Site(url, made, tower, people, opened, ids)
        writes.reset(reading)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address under which an application answers while the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def cast_of(tower: Tower) -> dict[str, User]:
    """Lin, Zhou, Chen and Head with a password; they read Chinese unless a test changes that."""
    known = {
        "lin": (Role.COORDINATOR, tower.estate, "10000000011"),
        "zhou": (Role.LEADER, tower.building, "10000000012"),
        "chen": (Role.VOLUNTEER, tower.building, "10000000013"),
        "head": (Role.ADMIN, tower.community, "10000000014"),
    }
    kept = hash_of(PASSWORD)
    return {
        name: make_user(name, (role, place), phone=phone, password_hash=kept, locale="zh")
        for name, (role, place, phone) in known.items()
    }


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(site: Site, chromium: Browser) -> Iterator[SignIn]:
    """Open a browser of one's own and sign in through the page; nobody's console may complain."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        name: str, *, size: dict[str, int] = PHONE, locale: str = "zh", **options: Any
    ) -> Page:
        context = chromium.new_context(
            viewport=size,  # type: ignore[arg-type]
            base_url=site.url,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        person = site.people[name]
        person.locale = locale
        phone = person.phone
        db.session.commit()
        page.goto("/sign-in")
        page.fill("input[name=phone]", phone)
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button[type=submit]")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if not EXPECTED.search(text)] == []
