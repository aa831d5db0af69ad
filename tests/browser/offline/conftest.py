"""One served portal for all these tests; each has a round, a line and a phone of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser

from portal.db import db, writes
from tests.browser.conftest import Site, site_in
from tests.browser.offline.line import Line
from tests.browser.offline.phones import Phones
from tests.coverage.factory import make_round


@pytest.fixture(scope="package")
def town(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("offline")) as made:
        yield made


@pytest.fixture
def site(town: Site) -> Site:
    """The portal that all tests here share, with a round of its own for each."""
    token = writes.set(True)
    opened = make_round(town.tower.community)
    ids = {**town.ids, "round": opened.id}
    db.session.rollback()
    writes.reset(token)
    return replace(town, round=opened, ids=ids)


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
