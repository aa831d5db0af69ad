"""A phone that can send nothing: its queue comes as a file, by the coordinator."""

from __future__ import annotations

import base64
import io
import json
import zlib
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.coverage import epochs, event_queries
from portal.coverage.models import Visit
from portal.db import db
from tests.conftest import Tower, browser
from tests.coverage.factory import make_round
from tests.coverage.test_sync import fates, sent, ticked


def bring(app: Flask, who: User, saved: Any) -> TestResponse:
    file = (io.BytesIO(json.dumps(saved).encode()), "queue.json")
    return browser(app, who).post("/queue", data={"file": file}, follow_redirects=True)


def test_the_coordinator_enters_it_in_the_name_of_its_owner_and_the_phone_may_send_it_again(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    visits = [ticked(opened, home.id) for home in tower.dwellings(tower.building)[:3]]
    page = bring(app, lin, {"user": zhou.id, "visits": visits})
    assert "3 entered, 0 known before, 0 in the tray, 0 refused." in page.text
    made = event_queries.maybe_visit(opened.community_id, visits[0]["id"])
    assert made is not None
    assert (made.author_id, made.credit_id) == (zhou.id, zhou.id)
    assert db.session.query(AuditEvent).filter_by(action="queue.handed_over").count() == 1
    assert fates(sent(browser(app, zhou), zhou, *visits)) == ["duplicate"] * 3


def test_doors_and_people_of_another_estate_are_not_entered(
    app: Flask, tower: Tower, zhou: User, lin: User, wu: User
) -> None:
    opened = make_round(tower.community)
    theirs = [ticked(opened, tower.dwellings(tower.other_building)[0].id)]
    assert bring(app, lin, {"user": wu.id, "visits": theirs}).status_code == 404
    assert "1 refused" in bring(app, lin, {"user": zhou.id, "visits": theirs}).text
    assert db.session.query(Visit).count() == 0


def pieces_of(saved: Any, *, epoch: str = "", kind: str = "z", at_most: int = 60) -> list[str]:
    """What the codes of a queue say, as static/codes.js cuts it."""
    text = json.dumps(saved).encode()
    letters = (
        base64.urlsafe_b64encode(zlib.compress(text) if kind == "z" else text).decode().rstrip("=")
    )
    whole = kind + letters
    cut = [whole[start : start + at_most] for start in range(0, len(whole), at_most)]
    head = f"BULOU1.{crc(whole)}"
    return [
        f"{head}.{n}.{len(cut)}.{epoch}.{crc(piece)}.{piece}." for n, piece in enumerate(cut, 1)
    ]


def crc(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


@pytest.mark.parametrize("kind", ["z", "j"])
def test_the_codes_may_be_read_in_any_order_and_twice_with_what_a_scanner_adds(
    app: Flask, tower: Tower, zhou: User, lin: User, kind: str
) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)[:3]
    visits = [ticked(opened, home.id, note="奶奶在家") for home in homes]
    pieces = pieces_of({"user": zhou.id, "visits": visits}, kind=kind)
    lines = [f"2026-11-25 20:15,QR_CODE,{piece[:50]}\n{piece[50:]}" for piece in pieces]
    text = "\r\n".join([*reversed(lines), lines[0]])
    client = browser(app, lin)
    for words in ("3 entered, 0 known before", "0 entered, 3 known before"):
        answer = client.post("/queue", data={"pieces": text}, follow_redirects=True)
        assert words in answer.text
    made = event_queries.maybe_visit(opened.community_id, visits[0]["id"])
    assert made is not None
    assert (made.credit_id, made.note) == (zhou.id, "奶奶在家")


def test_missing_and_damaged_codes_are_named_and_nothing_is_entered(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    visits = [ticked(opened, home.id) for home in tower.dwellings(tower.building)[:3]]
    pieces = pieces_of({"user": zhou.id, "visits": visits})
    assert len(pieces) > 3
    damaged = pieces[2][:-3] + ("A." if pieces[2][-3] != "A" else "B.")
    client = browser(app, lin)
    answer = client.post("/queue", data={"pieces": "\n".join([damaged, *pieces[3:], pieces[0]])})
    assert answer.status_code == 422
    assert "Missing or damaged: 2, 3." in answer.text
    assert pieces[0] in answer.text  # what was read already need not be read again
    other = pieces_of({"user": zhou.id, "visits": visits[:1]})
    for text, words in (
        ("\n".join(pieces + other), "belong to different queues"),
        ("hello", "no code of a phone"),
        (f"BULOU1.{crc('zAA')}.1.1..{crc('zAA')}.zAA.", "damaged"),
        (f"BULOU1.{crc('')}.1.0..{crc('zAA')}.zAA.", "no code of a phone"),
        (" ", "Paste what the codes say"),
    ):
        answer = client.post("/queue", data={"pieces": text})
        assert answer.status_code == 422
        assert words in answer.text
    assert db.session.query(Visit).count() == 0


def test_codes_of_a_phone_that_does_not_know_of_a_restore_say_so(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    saved = {"user": zhou.id, "visits": [ticked(opened, tower.dwellings(tower.building)[0].id)]}
    for epoch, is_told in (("0123456789abcdef", True), (epochs.present(), False)):
        text = "\n".join(pieces_of(saved, epoch=epoch))
        answer = browser(app, lin).post("/queue", data={"pieces": text}, follow_redirects=True)
        assert ("database was restored" in answer.text) is is_told


def test_only_the_page_that_reads_codes_may_use_the_camera(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    allowed = {
        user.name: browser(app, user).get("/queue").headers["Permissions-Policy"]
        for user in (zhou, lin)
    }
    assert "camera=()" in allowed[zhou.name]
    assert "camera=(self)" in allowed[lin.name]


def test_only_a_coordinator_brings_files_and_only_such_files(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    assert bring(app, zhou, {}).status_code == 403
    assert browser(app, lin).post("/queue", data={}).status_code == 422
    for saved in ({}, [], {"user": "1", "visits": [1]}, {"user": zhou.id, "visits": []}):
        answer = bring(app, lin, saved)
        assert answer.status_code == 422
        assert 'class="error"' in answer.text
