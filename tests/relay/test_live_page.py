"""A tree that stays open hears of a relay within seconds, and nothing that is not its own."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.live import FRESH, Board
from portal.relay import actions, queries
from portal.relay.models import Bulletin, Ending
from tests.conftest import HTMX, Tower, browser, counted_queries, person_of
from tests.relay.factory import age, make_bulletin, relay, stop_at


@pytest.fixture(autouse=True)
def fresh_board(app: Flask) -> None:
    """Tests are rolled back, so their bulletins share numbers; the board would remember others."""
    app.extensions["relay.board"] = Board(queries.marks)


def heard(app: Flask, url: str) -> bool:
    """Whether an open page would be drawn anew, asked when the board looks again."""
    app.extensions["relay.board"] = Board(queries.marks)
    status = browser(app).get(url).status_code
    assert status in {200, 204}
    return status == 200


def watch(app: Flask, user: User, bulletin: Bulletin, headers: dict[str, str] | None = None) -> str:
    """The address that an open page asks."""
    page = browser(app, user).get(f"/bulletins/{bulletin.id}", headers=headers).text
    return page.split('data-live-url="')[1].split('"')[0].replace("&amp;", "&")


def test_a_relay_is_heard_and_then_shown(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    url = watch(app, lin, bulletin)
    assert not heard(app, url)
    relay(bulletin, zhou, tower.building)
    assert heard(app, url)
    fragment = browser(app, lin).get(f"/bulletins/{bulletin.id}", headers=HTMX).text
    assert fragment.lstrip().startswith('<div id="tree"')
    assert '<h1 id="heading" hx-swap-oob="innerHTML">Missing at 8 places' in fragment
    assert not heard(app, watch(app, lin, bulletin, HTMX))


def test_also_what_is_taken_back_ended_or_overdue_is_heard(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, zhou, tower.building)
    url = watch(app, lin, bulletin)
    actions.take_back(stop_at(bulletin, tower.building), by=person_of(zhou))
    db.session.commit()
    assert heard(app, url)
    url = watch(app, lin, bulletin)
    age(bulletin, hours=13)  # the buildings had twelve
    assert heard(app, url)
    url = watch(app, lin, bulletin)
    actions.end(bulletin, Ending.OVER, reason="the storm has passed", by=person_of(lin))
    db.session.commit()
    assert heard(app, url)
    fragment = browser(app, zhou).get(f"/bulletins/{bulletin.id}", headers=HTMX).text
    assert "the storm has passed" in fragment


def test_one_relay_for_another_is_heard_although_the_sum_is_the_same(
    app: Flask, tower: Tower, lin: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, lin, tower.buildings[0])
    url = watch(app, lin, bulletin)
    actions.take_back(stop_at(bulletin, tower.buildings[0]), by=person_of(lin))
    relay(bulletin, lin, tower.buildings[1])
    assert heard(app, url)


def test_a_relay_next_door_is_not_heard(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    url = watch(app, zhou, bulletin)
    relay(bulletin, lin, tower.buildings[0])
    assert not heard(app, url)


def test_the_sign_of_change_tells_nothing_else(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    url = watch(app, lin, bulletin)
    relay(bulletin, zhou, tower.building)
    answer = browser(app).get(url)
    assert list(answer.get_json()) == ["version"]
    assert browser(app).get("/bulletins/live/forged.ticket?seen=1").status_code == 404


def test_five_hundred_open_trees_cost_two_questions_a_second(
    app: Flask, tower: Tower, lin: User
) -> None:
    url, client = watch(app, lin, make_bulletin(tower.estate, lin)), browser(app)
    started = time.monotonic()
    with counted_queries() as seen:
        assert {client.get(url).status_code for _ in range(500)} == {204}
    passed = timedelta(seconds=time.monotonic() - started)
    assert 1 <= len(seen) <= 2 * (1 + passed / FRESH)


def test_marks_of_another_community_are_none(app: Flask, tower: Tower, lin: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    assert queries.marks(tower.elsewhere.id, bulletin.id) == []
    assert len(queries.marks(tower.community.id, bulletin.id)) == 10
    assert bulletin.issued_at <= now()
