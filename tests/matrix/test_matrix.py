"""Who gets through where: every route, every duty, one's own things and everybody else's."""

from __future__ import annotations

import logging
import re
from collections import Counter
from html import unescape
from zlib import crc32

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.access import policy_of
from tests.conftest import HTMX
from tests.matrix.conftest import Theatre, fingerprint, takes_for_markup
from tests.matrix.rows import ROWS, Answer, Row, Scope
from tests.matrix.stage import Actor, Target, Where
from tests.second_run import is_second_run

pytestmark = pytest.mark.commits  # all of it happens in one transaction, which is thrown away

Case = tuple[Actor, Target]
REFUSED_UNSEEN = pytest.mark.any_database("the method or the token decides, whatever the rows say")
SAFE = {"GET", "HEAD", "OPTIONS"}
_VALUE = re.compile(rb'value="[^"]*"')
UNSAFE = [row for row in ROWS if row.method not in SAFE and not row.smuggled]


# The rows are the routes -------------------------------------------------------------------------


def test_every_route_has_its_row_and_every_row_its_route(app: Flask) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    rows = Counter((row.endpoint, row.method) for row in ROWS if not row.smuggled)
    rows |= Counter({(row.endpoint, row.method): 1 for row in ROWS})
    assert set(rows) == routes
    assert {key: n for key, n in rows.items() if n > 1} == {}


def test_every_row_names_the_policy_its_route_has(app: Flask, row: Row) -> None:
    assert row.policy == policy_of(app, row.endpoint)
    assert bool(row.because) == bool(row.decides)


# Who gets through --------------------------------------------------------------------------------


def test_everybody_gets_the_answer_the_rules_call_for(
    theatre: Theatre,
    row: Row,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And what people wrote is text wherever it stands, and stands in no log (G26)."""
    caplog.set_level(logging.INFO, "portal")
    unexpected = []
    cases = _cases(theatre, row)
    if is_second_run(request.config):
        cases = _one_of_each_kind(cases, row)
    for actor, target in cases:
        answer = row.expected(actor, target)
        page = theatre.ask(row, actor, target)
        wrong = [*_wrong(row, answer, page), *_leaks(answer, target, page)]
        if _also_as_fragment(actor, target, row):
            fragment = theatre.ask(row, actor, target, **HTMX)
            wrong += [*_wrong(row, answer, fragment, htmx=True), *_leaks(answer, target, fragment)]
            if row.method == "GET" and _size(fragment) > _size(page):
                wrong.append("the fragment is longer than the page")
        unexpected += [f"{actor.name} at {target.where}: {word} ({answer})" for word in wrong]
    assert unexpected == []
    assert theatre.told_by(caplog.text) == []


def _size(page: TestResponse) -> int:
    """Its length without the values of fields: marks are drawn anew, and some are shorter."""
    return len(_VALUE.sub(b"", page.data))


def _cases(theatre: Theatre, row: Row) -> list[Case]:
    stage = theatre.stage
    targets = stage.targets.values() if row.scope or row.decides else [stage.own]
    return [
        (actor, target)
        for actor in stage.actors.values()
        for target in targets
        if actor.is_known or target.where in {Where.OWN, Where.GONE}
    ]


def _one_of_each_kind(cases: list[Case], row: Row) -> list[Case]:
    """One actor for every answer at every target: each row begins at another one.

    Who may do what is worked out by the same code on both databases, and the first run asks
    everybody; what the databases do is find, or not find, the thing that is named.
    """
    start = crc32(str(row).encode()) % len(cases)
    kinds = {
        (row.expected(actor, target), target.where): (actor, target)
        for actor, target in (*cases[start:], *cases[:start])
    }
    return list(kinds.values())


def _also_as_fragment(actor: Actor, target: Target, row: Row) -> bool:
    """Next door some get through, some are refused and some see nothing: that will do."""
    is_next_door = row.scope in {Scope.BUILDING, Scope.COMMUNITY} and actor.is_known
    return target.where is (Where.SIBLING if is_next_door else Where.OWN)


def _wrong(row: Row, answer: Answer, response: TestResponse, *, htmx: bool = False) -> list[str]:
    """What is wrong with an answer, in words."""
    status = response.status_code
    kind = "fragment" if htmx else "page"
    if response.mimetype == "text/html" and takes_for_markup(response):
        return [f"{kind} takes a text for markup"]
    if without := _without(row, response):
        return [f"{kind} without {without}"]
    if answer is Answer.THROUGH:
        right = row.answers | ({200, 204} if htmx and row.answers & {303} else set())
        return [] if status in right and not _asks_to_sign_in(response) else [f"{kind} {status}"]
    refusals = {Answer.SIGN_IN: {401, 302}, Answer.FORBIDDEN: {403}, Answer.HIDDEN: {row.outside}}
    wrong = [] if status in refusals[answer] else [f"{kind} {status}"]
    if answer is Answer.SIGN_IN and not _asks_to_sign_in(response):
        wrong.append(f"{kind} does not ask to sign in")
    if htmx and status != 422 and b"<html" in response.data:
        wrong.append("a refused fragment brings a whole page")
    return wrong


def _without(row: Row, response: TestResponse) -> str:
    """What an answer lacks of what keeps it from scripts, and from others who use the browser."""
    headers = response.headers
    if "default-src 'none'" not in headers.get("Content-Security-Policy", ""):
        return "a policy for scripts"
    if headers.get("X-Content-Type-Options") != "nosniff":
        return "a word against guessing its kind"
    if not row.is_public and not {"no-store", "private"} & set(response.cache_control):
        return "a word about who may keep it"
    return "" if row.is_public or "Cookie" in headers.get("Vary", "") else "Vary: Cookie"


def _asks_to_sign_in(response: TestResponse) -> bool:
    return response.status_code == 401 or response.headers.get("Location", "").startswith(
        "/sign-in"
    )


def _leaks(answer: Answer, target: Target, *responses: TestResponse) -> list[str]:
    """Whether a refusal says anything about what it refuses."""
    if answer is Answer.THROUGH or not target.mark:
        return []
    return ["a refusal gives away its mark" for r in responses if target.mark in _all_of(r)]


def _all_of(response: TestResponse) -> str:
    return unescape(f"{response.headers}\n{response.get_data(as_text=True)}")


def test_things_of_two_communities_do_not_mix(theatre: Theatre, row: Row) -> None:
    """Not even for somebody who coordinates both: a round has nothing to do with other doors."""
    if row.smuggled or "round_id" not in row.url or len(row.url) < 2:
        return
    stage = theatre.stage
    actor = stage.actors["of both communities"]
    values = {name: getattr(stage.own, name) for name in row.url.values()}
    mixed = {**vars(stage.own), **values, "round_id": stage.far.round_id}
    assert theatre.ask(row, actor, Target(**mixed)).status_code == 404
    assert theatre.ask(row, actor, stage.far).status_code in row.answers


# What changes, and how ---------------------------------------------------------------------------


@REFUSED_UNSEEN
@pytest.mark.parametrize("row", UNSAFE, ids=str)
def test_nothing_changes_by_get_head_or_options(theatre: Theatre, row: Row) -> None:
    actor = theatre.stage.actors["admin of community"]
    address = theatre.address(row, actor, theatre.stage.own)
    forged = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST"}
    also_read = any(r.endpoint for r in ROWS if r.method == "GET" and _same(theatre, r, address))
    with theatre.untouched():
        for method in ("GET", "HEAD"):
            status = theatre.send(actor, address, method=method, headers=forged).status_code
            assert status in ({200, 303} if also_read else {405})
        options = theatre.send(actor, address, method="OPTIONS")
        assert options.status_code == 200
        assert (options.data, "POST" in options.headers["Allow"]) == (b"", True)
        assert fingerprint(theatre.connection) == theatre.before


def _same(theatre: Theatre, row: Row, address: str) -> bool:
    """Whether a page is read at the address to which a form is sent."""
    actor, own = theatre.stage.actors["admin of community"], theatre.stage.own
    return theatre.address(row, actor, own) == address


@REFUSED_UNSEEN
@pytest.mark.parametrize("row", UNSAFE, ids=str)
def test_nothing_changes_without_the_token_of_a_form(
    theatre: Theatre, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(theatre.app.config, "WTF_CSRF_ENABLED", value=True)
    with theatre.untouched():
        for name in ("admin of community", "anonymous"):
            actor = theatre.stage.actors[name]
            address = theatre.address(row, actor, theatre.stage.own)
            for headers in ({}, HTMX, {"X-CSRFToken": "forged"}):
                fields = theatre.fields(row, theatre.stage.own)
                fields.pop(row.own_token, None)
                response = theatre.send(actor, address, method="POST", data=fields, headers=headers)
                known = row.is_public or actor.is_known
                assert response.status_code == (400 if known else 401)
        assert fingerprint(theatre.connection) == theatre.before


@REFUSED_UNSEEN
def test_a_token_serves_the_browser_it_was_made_for_and_no_other(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that of another person, nor one's own from before the last sign-in."""
    monkeypatch.setitem(theatre.app.config, "WTF_CSRF_ENABLED", value=True)
    admin = theatre.stage.actors["admin of community"]
    (cookie, own), (_, older) = theatre.with_token(admin), theatre.with_token(admin)
    _, foreign = theatre.with_token(theatre.stage.actors["leader of building"])
    taken = []
    with theatre.untouched():
        for row in UNSAFE:
            address = theatre.address(row, admin, theatre.stage.own)
            for token in (older, foreign):
                sent = {"Cookie": cookie, "X-CSRFToken": token}
                fields = theatre.fields(row, theatre.stage.own)
                fields.pop(row.own_token, None)
                answer = theatre.send(admin, address, method="POST", data=fields, headers=sent)
                taken += [str(row)] if answer.status_code != 400 else []
        assert taken == []
        assert fingerprint(theatre.connection) == theatre.before
        large = {"data": {"large": "1"}, "headers": {"Cookie": cookie, "X-CSRFToken": own}}
        answer = theatre.send(admin, "/preferences/large-text", method="POST", **large)
        assert answer.status_code == 303


@pytest.mark.any_database("that a page is only read is seen to before the database")
def test_reading_changes_nothing(theatre: Theatre) -> None:
    actor = theatre.stage.actors["admin of community"]
    for row in ROWS:
        if row.method == "GET":
            with theatre.untouched():
                theatre.send(actor, theatre.address(row, actor, theatre.stage.own))
                assert fingerprint(theatre.connection) == theatre.before, row


def test_fields_that_no_form_has_are_worth_nothing(theatre: Theatre) -> None:
    """Nobody becomes an administrator by writing so into a form."""
    actor = theatre.stage.actors["volunteer of building"]
    assert actor.user
    extra = {"role": "admin", "community_id": 1, "place_id": 1, "is_active": 1, "user_id": 1}
    with theatre.untouched():
        for address in ("/preferences/locale", "/me/password"):
            theatre.send(actor, address, method="POST", data={"locale": "en", **extra})
        assert theatre.send(actor, "/people").status_code == 403
        assert theatre.send(actor, "/audit").status_code == 403


def test_the_stage_holds_something_at_every_target(theatre: Theatre) -> None:
    marks = [target.mark for where, target in theatre.stage.targets.items() if where != Where.GONE]
    assert len(set(filter(None, marks))) == 4
