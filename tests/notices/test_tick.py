"""flask tick: every step once, whatever happens to the others, and two at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal import tick
from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.notices import actions, words
from portal.notices.models import Beat
from portal.notices.sending import lay_out, send_mail
from portal.notices.timing import ByMail, Wishes
from portal.outbox.models import Delivery, Fate
from portal.outbox.topics import Topic
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user
from tests.notices.conftest import NOON, Sink, tell, tell_of_task
from tests.notices.conftest import sink as sink


def test_a_tick_does_every_step_and_the_page_says_when(app: Flask, lin: User) -> None:
    tell(lin)
    result = app.test_cli_runner().invoke(args=["tick"])
    assert result.exit_code == 0, result.output
    assert "notices 1" in result.output
    page = browser(app, lin).get("/notices/troubles").text
    assert "The clockwork has never run" not in page
    assert "Notices laid out" in page


def test_every_step_has_words() -> None:
    assert words.STEPS.keys() == dict(tick.STEPS).keys()


def test_a_step_that_fails_is_noted_and_the_next_one_runs(
    app: Flask, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        db.session.execute(text("select * from no_such_table"))
        return 0

    monkeypatch.setattr(tick, "STEPS", (("broken", fail), *tick.STEPS))
    result = app.test_cli_runner().invoke(args=["tick"])
    assert result.exit_code == 1
    beats = {beat.step: beat.trouble for beat in db.session.query(Beat)}
    assert beats.keys() == {"broken", *dict(tick.STEPS[1:])}
    assert beats["broken"]
    assert beats["mail"] is None


def leaders(count: int) -> list[User]:
    """So many leaders of a building, each with an e-mail address."""
    tower = Tower()
    return [
        make_user(f"P{n}", (Role.LEADER, tower.building), email=f"p{n:02d}@example.org")
        for n in range(count)
    ]


@pytest.mark.commits
def test_four_ticks_at_once_send_every_letter_once(
    real: Flask, app: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(real.config, "SETTINGS", app.config["SETTINGS"])
    people = leaders(40)
    for person in people:
        wishes = Wishes(quiet_from=now().time(), quiet_until=now().time())
        actions.choose(person, wishes, at=now())
        tell(person, due_at=now())

    def run() -> int:
        with real.app_context():
            return sum(tick.run(real).values())

    done = at_once([run] * 4)
    assert sum(done) == 80, "forty laid out, forty sent"
    assert sink.went_to() == sorted(str(person.email) for person in people)
    assert {row.fate for row in db.session.query(Delivery)} == {Fate.SENT}


@pytest.mark.commits
def test_four_ticks_at_once_send_everybody_one_digest(
    real: Flask, app: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(real.config, "SETTINGS", app.config["SETTINGS"])
    people = leaders(60)
    for person in people:
        actions.choose(person, Wishes(by_topic={Topic.TASKS: ByMail.DAILY}), at=NOON)
    for number in range(3):
        for person in people:
            tell_of_task(person, f"task/{number}")
    lay_out(NOON)

    def run() -> int:
        with real.app_context():
            return send_mail(real, NOON + timedelta(hours=6))

    assert sum(at_once([run] * 4)) == len(people)
    assert {letter["Subject"] for letter in sink.letters} == {"3 notices"}
