"""Only the server's own answer takes a tick out of the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from portal.coverage import epochs
from portal.db import db, writes
from tests.browser.offline.phones import (
    KEPT,
    Phones,
    arrived,
    confirmed,
    goto_plan,
    send,
    tick,
    until,
    waits,
)

pytestmark = [pytest.mark.commits, pytest.mark.browser]

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
    goto_plan(page, phone)
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
    arrived(phone, 1)
