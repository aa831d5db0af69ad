"""A tree that stays open hears of a relay within seconds, and nothing that is not its own."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.db import db
from portal.live import FRESH, Board
from portal.relay import actions
from portal.relay.mark_queries import marks
from portal.relay.models import Bulletin, Ending
from tests.conftest import HTMX, Tower, browser, counted_queries, make_user, person_of
from tests.relay.factory import age, make_bulletin, relay, seat, stop_at


@pytest.fixture(autouse=True)
def fresh_board(app: Flask) -> None:
    """Tests are rolled back, so their bulletins share numbers; the board would remember others."""
    app.extensions["relay.board"] = Board(marks)


def heard(app: Flask, url: str) -> bool:
    """Whether an open page would be drawn anew, asked when the board looks again."""
    app.extensions["relay.board"] = Board(marks)
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


def test_other_leaders_are_heard_and_shown(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    """Zhou goes, a duty comes, somebody takes the seat that relays, and is blocked again."""
    bulletin = make_bulletin(tower.estate, lin)
    url = watch(app, lin, bulletin)
    duty = db.session.query(HeldDuty).filter_by(user_id=zhou.id).one()
    duty.end(at=now(), by=lin.id)
    db.session.commit()
    assert heard(app, url)
    url = watch(app, lin, bulletin)
    make_user("Wang", (Role.LEADER, tower.building))
    assert heard(app, url)
    assert "Wang" in browser(app, lin).get(f"/bulletins/{bulletin.id}", headers=HTMX).text
    url = watch(app, lin, bulletin)
    seat(tower.groups(tower.building)[0], chen)
    assert heard(app, url)
    url = watch(app, lin, bulletin)
    chen.disable(at=now())
    db.session.commit()
    assert heard(app, url)
    assert not heard(app, watch(app, lin, bulletin))


def test_another_leader_next_door_is_not_heard(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    url = watch(app, zhou, bulletin)
    make_user("Wang", (Role.LEADER, tower.buildings[0]))
    make_user("Mei", (Role.VOLUNTEER, tower.building))
    assert not heard(app, url)


def test_five_hundred_open_trees_cost_four_questions_a_second(
    app: Flask, tower: Tower, lin: User
) -> None:
    url, client = watch(app, lin, make_bulletin(tower.estate, lin)), browser(app)
    started = time.monotonic()
    with counted_queries() as seen:
        assert {client.get(url).status_code for _ in range(500)} == {204}
    passed = timedelta(seconds=time.monotonic() - started)
    assert 1 <= len(seen) <= 4 * (1 + passed / FRESH)


def test_marks_of_another_community_are_none(app: Flask, tower: Tower, lin: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    assert marks(tower.elsewhere.id, bulletin.id) == []
    assert len(marks(tower.community.id, bulletin.id)) == 10 + 1, "ten stops, and Lin"
    assert bulletin.issued_at <= now()
