"""Nothing but a link goes to an address until somebody has opened it there."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

from flask import Flask

from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.notices import queries
from portal.notices.timing import ByMail
from portal.notices.words import TOPICS
from portal.outbox.topics import Topic
from tests.conftest import browser, make_user
from tests.gaps.factory import text
from tests.notices.conftest import NOON, Sink, run, tell
from tests.notices.conftest import sink as sink

CHOICE = {
    "email": "zhou@example.org",
    **dict.fromkeys(map(str, TOPICS), "daily"),
    "warnings": "never",
    "digest_at": "17:30",
    "quiet_from": "20:00",
    "quiet_until": "09:00",
}


def kept(user: User) -> tuple[str | None, str | None]:
    db.session.expire_all()
    found = db.session.get_one(User, user.id)
    return found.email, found.new_email


def link_in(sink: Sink) -> str:
    found = re.search(r"https://portal.example.org(/addresses/\S+)", sink.letters[-1].get_content())
    assert found
    return found[1]


def test_an_address_gets_a_link_and_nothing_else_until_the_link_is_opened(
    app: Flask, sink: Sink, zhou: User
) -> None:
    client = browser(app, zhou)
    client.post("/me/notices", data=CHOICE)
    tell(zhou, due_at=now(), urgent=True)
    assert run(app, now() + timedelta(seconds=1)) == 1, "at any hour, and in no digest"
    assert sink.letters[0]["Subject"] == "Confirm your e-mail address"
    assert kept(zhou) == (None, "zhou@example.org")
    link = link_in(sink)
    assert "/addresses/" not in client.get("/notices").text, "only the letter has the link"
    stranger = browser(app)
    assert f'action="{link}"' in stranger.get(link).text
    assert kept(zhou) == (None, "zhou@example.org"), "mail programs look at links too"
    assert f'action="{link}"' not in stranger.post(link).text
    assert kept(zhou) == ("zhou@example.org", None)
    assert stranger.post(link).status_code == 200, "once more changes nothing"
    tell(zhou, "later", due_at=now(), urgent=True)
    assert run(app, now() + timedelta(seconds=1)) == 1


def test_the_former_address_holds_until_the_new_one_is_confirmed(
    app: Flask, sink: Sink, zhou: User
) -> None:
    zhou.email = "old@example.org"
    db.session.commit()
    browser(app, zhou).post("/me/notices", data=CHOICE)
    tell(zhou, due_at=now(), urgent=True)
    run(app, now() + timedelta(seconds=1))
    assert sorted(str(letter["To"]) for letter in sink.letters) == [
        "old@example.org",
        "zhou@example.org",
    ]


def test_a_link_for_an_address_that_was_changed_again_is_worth_nothing(
    app: Flask, sink: Sink, zhou: User
) -> None:
    client = browser(app, zhou)
    client.post("/me/notices", data=CHOICE)
    run(app, now() + timedelta(seconds=1))
    link = link_in(sink)
    client.post("/me/notices", data=CHOICE | {"email": "other@example.org"})
    assert browser(app).post(link).status_code == 404
    assert browser(app).get(f"{link[:-2]}xx").status_code == 404
    assert kept(zhou) == (None, "other@example.org")


def test_the_link_to_a_confirmed_address_confirms_no_other(
    app: Flask, sink: Sink, zhou: User
) -> None:
    client = browser(app, zhou)
    client.post("/me/notices", data=CHOICE)
    run(app, now() + timedelta(seconds=1))
    link = link_in(sink)
    assert "zhou" not in str(base64.urlsafe_b64decode(link.split("/")[-1].split(".")[0] + "==="))
    client.post(link)
    client.post("/me/notices", data=CHOICE | {"email": "boss@example.org"})
    shown = browser(app).get(link).text + browser(app).post(link).text
    assert "zhou@example.org" in shown
    assert "boss@example.org" not in shown
    assert f'action="{link}"' not in shown, "nothing is left to confirm with this link"
    assert kept(zhou) == ("zhou@example.org", "boss@example.org")


def test_who_wants_no_letters_still_gets_the_link(app: Flask, sink: Sink, zhou: User) -> None:
    browser(app, zhou).post("/me/notices", data=CHOICE | dict.fromkeys(map(str, TOPICS), "never"))
    assert run(app, now() + timedelta(seconds=1)) == 1


def test_a_link_that_went_to_an_address_taken_back_meanwhile_is_not_sent(
    app: Flask, sink: Sink, zhou: User
) -> None:
    client = browser(app, zhou)
    client.post("/me/notices", data=CHOICE)
    client.post("/me/notices", data=CHOICE | {"email": ""})
    assert run(app, now() + timedelta(seconds=1)) == 0


def test_an_address_from_before_there_were_links_gets_one_by_day_and_only_once(
    app: Flask, sink: Sink, zhou: User
) -> None:
    zhou.new_email = "zhou@example.org"
    make_user("Nobody", new_email="nobody@example.org")
    db.session.commit()
    midnight = NOON + timedelta(hours=12)
    assert run(app, midnight) == 0
    assert run(app, midnight + timedelta(hours=9)) == 1
    assert run(app, midnight + timedelta(hours=10)) == 0
    browser(app).post(link_in(sink))
    assert kept(zhou) == ("zhou@example.org", None)


def test_somebody_without_a_duty_keeps_wishes_but_can_confirm_no_address(app: Flask) -> None:
    idle = make_user("Idle")
    client = browser(app, idle)
    answer = client.post("/me/notices", data=CHOICE, follow_redirects=True)
    assert answer.status_code == 200
    assert "no address can be confirmed" in text(answer.text)
    assert kept(idle) == (None, None)
    assert queries.wishes_of([idle.id])[idle.id].by_mail(Topic.TASKS) is ByMail.DAILY
