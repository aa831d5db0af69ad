"""Residents write at an entrance: what comes of it, and what machines get."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text as sql

from portal.accounts.models import User
from portal.db import db
from portal.outbox.models import Notice
from portal.outbox.wording import worded
from portal.public.models import Entrance, Inquiry, InquiryRules, Reply, Slip
from portal.public.states import DEFAULT_HOURS, InquiryKind
from portal.tasks.models import Task
from portal.tasks.states import TaskKind
from tests.conftest import HTMX, Tower, browser
from tests.public.factory import (
    answered_inquiry,
    ask,
    drawn,
    make_entrance,
    number_and_code_of,
    read_answer,
    stamp_in,
)


@pytest.fixture
def entrance(tower: Tower, zhou: User) -> Entrance:
    """The poster at unit 2 of Auntie Zhou's building."""
    return make_entrance(tower.building, zhou, "2")


def test_urgent_matters_come_before_the_form(app: Flask, entrance: Entrance) -> None:
    page = browser(app).get(f"/ask/{entrance.code}")
    assert page.status_code == 200
    places = [page.text.index(word) for word in ("tel:110", "tel:96110", "<form")]
    assert places == sorted(places)
    assert 'name="robots" content="noindex' in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "<script" not in page.text
    assert "Set-Cookie" not in page.headers, "nothing is kept in the resident's browser"


def test_a_question_becomes_a_task_of_the_leader_and_is_answered_by_number_and_code(
    app: Flask, tower: Tower, zhou: User, entrance: Entrance
) -> None:
    answer = ask(app, entrance, text="When is\n the talk?", room="501", phone="138 0013 8000")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    inquiry = db.session.query(Inquiry).one()
    task = db.session.get_one(Task, inquiry.task_id)
    assert (task.kind, task.holder_id, task.made_by) == (TaskKind.RESIDENT, zhou.id, None)
    assert task.due_at - inquiry.received_at == pytest.approx(
        timedelta(hours=DEFAULT_HOURS[InquiryKind.QUESTION]), abs=timedelta(seconds=5)
    )
    assert task.dwelling_id, "the door is known by unit and room"
    notice = db.session.query(Notice).filter_by(user_id=zhou.id).one()
    assert worded(notice.kind, notice.details).address == f"/inquiries/{task.id}"
    at_desk = browser(app, zhou)
    assert f"/inquiries/{task.id}" in at_desk.get("/tasks").text
    page = at_desk.get(f"/inquiries/{task.id}").text
    assert "When is\nthe talk?" in page
    assert "138****8000" in page
    assert "13800138000" not in page

    reply = {"text": "On <b>Friday</b>", "outcome": "done"}
    assert at_desk.post(f"/inquiries/{task.id}/replies", data=reply).status_code == 303
    db.session.refresh(task)
    assert not task.is_open
    number, code = number_and_code_of(answer)
    resident = browser(app)
    by_number = resident.get(f"/answers?number={number.lower()}&lang=en")
    assert "Your message is settled" in by_number.text
    assert "Friday" not in by_number.text
    with_code = resident.post("/answers?lang=en", data={"number": number, "code": code})
    assert "On &lt;b&gt;Friday&lt;/b&gt;" in with_code.text
    for page in (by_number, with_code):
        assert "138" not in page.text
        assert "501" not in page.text
        assert zhou.name not in page.text


def test_without_a_leader_it_goes_to_whoever_is_next_above(
    app: Flask, tower: Tower, lin: User, head: User
) -> None:
    ask(app, make_entrance(tower.buildings[0], lin))
    assert db.session.query(Task).one().holder_id == lin.id


def test_it_may_stay_with_nobody_and_is_seen_all_the_same(
    app: Flask, tower: Tower, chen: User, lin: User
) -> None:
    entrance = make_entrance(tower.building, lin)
    lin.disabled_at = entrance.made_at
    db.session.commit()
    assert ask(app, entrance).status_code == 200
    assert db.session.query(Task).one().holder_id is None


def test_a_community_decides_how_soon(
    app: Flask, tower: Tower, head: User, entrance: Entrance
) -> None:
    url = f"/inquiries/rules/{tower.community.id}"
    hours = {f"hours_{kind.value}": 5 for kind in InquiryKind}
    client = browser(app, head)
    assert client.get(url).status_code == 200
    refused = client.post(url, data=hours | {"keep_days": 0, "most_a_day": 9})
    assert refused.status_code == 422
    assert client.post(url, data=hours | {"keep_days": 30, "most_a_day": 9}).status_code == 303
    assert db.session.query(InquiryRules).one().keep_days == 30
    ask(app, entrance)
    inquiry = db.session.query(Inquiry).one()
    task = db.session.get_one(Task, inquiry.task_id)
    assert task.due_at - inquiry.received_at < timedelta(hours=5, seconds=5)


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": ""}, "Please choose one."),
        ({"text": " \n "}, "Please write a few words."),
        ({"text": "x" * 1001}, "At most 1000 characters"),
        ({"phone": "ring me"}, "This is not a phone number"),
        ({"website": "https://spam.example"}, "leave this field empty"),
        ({"room": "5" * 21}, "Field cannot be longer"),
    ],
)
def test_what_is_missing_or_too_long_is_said_and_nothing_is_lost(
    app: Flask, entrance: Entrance, fields: dict[str, str], said: str
) -> None:
    answer = ask(app, entrance, **{"text": "kept words", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert fields.get("text", "kept words").strip() in answer.text
    assert db.session.query(Inquiry).count() == 0


def test_a_machine_that_is_too_quick_is_asked_to_look_again(app: Flask, entrance: Entrance) -> None:
    page = browser(app).get(f"/ask/{entrance.code}").text
    quick = ask(app, entrance, stamp=stamp_in(page))
    assert quick.status_code == 422
    assert "very quick" in quick.text
    assert stamp_in(quick.text) == stamp_in(page), "whoever waits a moment is let through"


def test_a_page_drawn_by_a_clock_that_ran_ahead_is_sent_once_more(
    app: Flask, entrance: Entrance
) -> None:
    ahead = drawn(entrance, ago=timedelta(hours=-72))
    again = ask(app, entrance, stamp=ahead, text="kept words")
    assert "kept words" in again.text
    assert stamp_in(again.text) != ahead, "else it would be too quick for three days"


def test_a_page_of_yesterday_is_sent_once_more(app: Flask, entrance: Entrance) -> None:
    old = drawn(entrance, ago=timedelta(hours=25))
    late = ask(app, entrance, stamp=old, text="kept words")
    assert late.status_code == 422
    assert "kept words" in late.text
    assert stamp_in(late.text) != old


def test_a_form_without_our_mark_is_no_form(app: Flask, tower: Tower, entrance: Entrance) -> None:
    other = make_entrance(tower.building, db.session.query(User).first())  # type: ignore[arg-type]
    for stamp in ("", "forged", drawn(other), drawn(entrance)[:-2]):
        assert ask(app, entrance, stamp=stamp).status_code == 400
    assert db.session.query(Inquiry).count() == 0


def test_a_form_sent_twice_is_one_message(app: Flask, entrance: Entrance) -> None:
    stamp = drawn(entrance)
    first, second = (ask(app, entrance, stamp=stamp) for _ in range(2))
    assert number_and_code_of(first) == number_and_code_of(second)
    assert db.session.query(Slip).count() == 1


def test_the_same_words_from_two_people_are_one_task_and_two_numbers(
    app: Flask, entrance: Entrance
) -> None:
    first = ask(app, entrance, text="The lift is out of order")
    second = ask(app, entrance, text=" the lift  is out of ORDER ", address="10.0.0.2")
    assert number_and_code_of(first) != number_and_code_of(second)
    assert db.session.query(Task).count() == 1
    assert db.session.query(Slip).count() == 2


def test_two_households_without_words_are_two_tasks(app: Flask, entrance: Entrance) -> None:
    wish = {"kind": "visit", "text": ""}
    for phone in ("13800138000", "13800138001"):
        assert ask(app, entrance, **wish, phone=phone).status_code == 200
    assert ask(app, entrance, **wish, room="501").status_code == 200
    assert ask(app, entrance, **wish, room="501", address="10.0.0.2").status_code == 200
    assert db.session.query(Task).count() == 4


def test_nobody_joins_what_another_phone_asked_or_what_is_answered(
    app: Flask, zhou: User, entrance: Entrance
) -> None:
    words = {"text": "Who rang at my door?", "room": "501"}
    first = ask(app, entrance, **words, phone="13800138000")
    ask(app, entrance, **words, phone="13800138001")
    ask(app, entrance, **words)
    asked = db.session.query(Inquiry).order_by(Inquiry.id).all()
    assert len(asked) == 3
    for inquiry in asked:
        url = f"/inquiries/{inquiry.task_id}/replies"
        browser(app, zhou).post(url, data={"text": "It was Chen", "outcome": "open"})
    late = ask(app, entrance, **words, phone="13800138000")
    assert db.session.query(Inquiry).count() == 4
    assert "It was Chen" in read_answer(app, first)
    assert "It was Chen" not in read_answer(app, late)


def test_a_sender_reads_nothing_that_was_answered_before_they_wrote(
    app: Flask, entrance: Entrance, zhou: User
) -> None:
    early, later = ask(app, entrance), ask(app, entrance, address="10.0.0.2")
    inquiry = db.session.query(Inquiry).one()
    slips = db.session.query(Slip).order_by(Slip.id).all()
    at = slips[1].sent_at - timedelta(seconds=1)
    slips[0].sent_at = at
    db.session.add(Reply(inquiry_id=inquiry.id, text="On Friday", at=at, by_id=zhou.id))
    db.session.commit()
    pages = [read_answer(app, answer) for answer in (early, later)]
    assert ["On Friday" in page for page in pages] == [True, False]


def test_other_words_from_the_same_page_are_asked_for_again(app: Flask, entrance: Entrance) -> None:
    stamp = drawn(entrance)
    assert ask(app, entrance, stamp=stamp, text="The first").status_code == 200
    again = ask(app, entrance, stamp=stamp, text="The second")
    assert again.status_code == 409
    assert "This form was sent already; send again to write another message." in again.text
    assert "The second" in again.text
    fresh = stamp_in(again.text)
    assert fresh != stamp
    assert ask(app, entrance, stamp=fresh, text="The second").status_code == 422, "at once"
    assert ask(app, entrance, stamp=drawn(entrance), text="The second").status_code == 200
    assert [inquiry.text for inquiry in db.session.query(Inquiry).order_by(Inquiry.id)] == [
        "The first",
        "The second",
    ]


def test_markup_and_formulas_stay_words(app: Flask, zhou: User, entrance: Entrance) -> None:
    evil = '<script>alert(1)</script> {{1234*5}} "onmouseover=x =cmd|'
    answer = ask(app, entrance, text=evil, room='"><i>')
    task = db.session.query(Task).one()
    client = browser(app, zhou)
    urls = ("/tasks", "/inquiries", "/inquiries/list", f"/inquiries/{task.id}")
    for page in (answer.text, read_answer(app, answer), *(client.get(url).text for url in urls)):
        assert "<script>alert" not in page
        assert "<i>" not in page
        assert "6170" not in page
    assert "&lt;script&gt;" in client.get(f"/inquiries/{task.id}").text
    assert "script" not in task.what, "lists, notices and e-mails carry nothing of it"


def test_a_huge_body_is_refused_before_it_is_read(app: Flask, entrance: Entrance) -> None:
    assert ask(app, entrance, text="字" * 20_000).status_code == 413


def test_codes_that_are_forged_or_ended_look_alike(
    app: Flask, zhou: User, entrance: Entrance
) -> None:
    client = browser(app, zhou)
    assert client.post(f"/entrances/{entrance.id}/end").status_code == 303
    ended, forged = (browser(app).get(f"/ask/{code}") for code in (entrance.code, "x" * 12))
    assert (ended.status_code, forged.status_code) == (404, 404)
    assert ended.text.replace(entrance.code, "") == forged.text.replace("x" * 12, "")
    assert ask(app, entrance).status_code == 404


def test_numbers_cannot_be_tried_out(app: Flask, entrance: Entrance) -> None:
    number, code = number_and_code_of(ask(app, entrance))
    client = browser(app)
    near = ("9" if number[0] != "9" else "8") + number[1:]
    for wrong in (near, "1", "x" * 200, "%00", "' or 1=1"):
        assert client.get("/answers", query_string={"number": wrong}).status_code in {200, 400, 404}
        assert "已收到" not in client.get("/answers", query_string={"number": wrong}).text
    guess = client.post("/answers", data={"number": number, "code": "2" * len(code)})
    assert code not in guess.text


def test_the_code_stands_in_no_address(app: Flask, zhou: User, entrance: Entrance) -> None:
    number, code = answered_inquiry(entrance, zhou)
    client = browser(app)
    sent = client.post("/answers?lang=en", data={"number": number, "code": code})
    assert "Thank you" in sent.text
    for page in (sent, ask(app, entrance)):
        assert "location" not in page.headers
        shown = number_and_code_of(page)[1]
        addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page.text)
        assert addresses
        assert not [one for one in addresses if shown in one or code in one or "code" in one]
    by_address = client.get(f"/answers?number={number}&code={code}&lang=en")
    assert "Thank you" not in by_address.text, "an address from elsewhere opens nothing"
    assert code not in by_address.text
    assert client.post("/answers", data={"number": number}).status_code == 400


def test_the_other_language_shows_the_same_answer(
    app: Flask, zhou: User, entrance: Entrance
) -> None:
    number, code = answered_inquiry(entrance, zhou)
    client, data = browser(app), {"number": number, "code": code}
    page = client.post("/answers?lang=en", data=data).text
    assert 'action="/answers?lang=zh"' in page
    assert "Thank you" in client.post("/answers?lang=zh", data=data).text


# Floods ------------------------------------------------------------------------------------------


def test_a_flood_from_one_address_is_stopped_whatever_it_says_of_itself(
    app: Flask, tower: Tower, zhou: User, entrance: Entrance
) -> None:
    other = make_entrance(tower.building, zhou, "1")
    for number in range(10):
        where = other if number % 2 else entrance
        assert ask(app, where, text=f"words {number}").status_code == 200
    forged = browser(app).post(
        f"/ask/{entrance.code}?lang=en",
        data={"kind": "question", "text": "again", "stamp": drawn(entrance)},
        headers={"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", **HTMX},
        environ_base={"REMOTE_ADDR": "10.0.0.1"},
    )
    assert forged.status_code == 429
    assert int(forged.headers["Retry-After"]) > 0
    assert "again" in forged.text, "a person's words are not lost"
    assert ask(app, other, address="10.0.0.2", text="a neighbour").status_code == 200
    kept = " ".join(row.key for row in db.session.execute(sql("SELECT key FROM throttles")))
    assert "10.0.0" not in kept, "no address is kept in the clear"


def test_a_flood_from_many_addresses_is_stopped_at_the_entrance(
    app: Flask, tower: Tower, zhou: User, entrance: Entrance
) -> None:
    answers = [
        ask(app, entrance, text=f"words {n}", address=f"10.0.1.{n}").status_code for n in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2
    other = make_entrance(tower.building, zhou, "3")
    assert ask(app, other, address="10.0.1.99").status_code == 200, "other entrances go on"


def test_an_entrance_has_enough_for_a_day(app: Flask, tower: Tower, entrance: Entrance) -> None:
    db.session.add(InquiryRules(community_id=tower.community.id, hours={}, most_a_day=2))
    db.session.commit()
    codes = [ask(app, entrance, text=f"words {n}").status_code for n in range(3)]
    assert codes == [200, 200, 429]


# Language ----------------------------------------------------------------------------------------


def test_the_language_is_in_the_address_and_needs_no_cookie(app: Flask, entrance: Entrance) -> None:
    page = browser(app).get(f"/ask/{entrance.code}?lang=zh").text
    assert "提问、反映、报线索" in page
    assert f"/ask/{entrance.code}?lang=en" in page
    answer = browser(app).post(
        f"/ask/{entrance.code}?lang=zh",
        data={"kind": "question", "text": "讲座几点？", "stamp": drawn(entrance)},
    )
    assert 'action="/answers?lang=en"' in answer.text
    assert "您的留言已收到" in answer.text
