"""Language and size of the text: kept with the person, else in the browser."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.accounts.models import User
from portal.db import db
from tests.conftest import browser

HERE = "http://localhost"


def test_a_stranger_reads_chinese_until_the_browser_is_told_otherwise(app: Flask) -> None:
    client = browser(app)
    assert '<html lang="zh-CN"' in client.get("/sign-in").text
    answer = client.post(
        "/preferences/locale",
        data={"locale": "en"},
        headers={"Referer": f"{HERE}/sign-in?next=/me"},
    )
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/me")
    assert '<html lang="en"' in client.get("/sign-in").text


def test_li_keeps_the_language_on_every_device(app: Flask, li: User) -> None:
    browser(app, li).post("/preferences/locale", data={"locale": "zh"})
    assert db.session.get_one(User, li.id).locale == "zh"
    assert '<html lang="zh-CN"' in browser(app, li).get("/me").text


def test_large_text_is_remembered_for_a_person_and_for_a_browser(app: Flask, li: User) -> None:
    browser(app, li).post("/preferences/large-text", data={"large": "1"})
    assert 'class="large"' in browser(app, li).get("/me").text
    stranger = browser(app)
    assert 'class="large"' not in stranger.get("/sign-in").text
    stranger.post("/preferences/large-text", data={"large": "1"})
    assert 'class="large"' in stranger.get("/sign-in").text


@pytest.mark.parametrize(
    "referrer",
    [
        "",
        "https://evil.example/me",
        "http://[::1/",
        f"{HERE}//evil.example",
        f"{HERE}/%2f%2fevil.example",
        f"{HERE}/sign-out",
        f"{HERE}/no-such-page",
    ],
)
def test_the_way_back_is_a_page_of_ours_that_can_be_asked_for(app: Flask, referrer: str) -> None:
    answer = browser(app).post(
        "/preferences/locale", data={"locale": "en"}, headers={"Referer": referrer}
    )
    assert answer.location == "/"


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("/preferences/locale", {"locale": "xx"}),
        ("/preferences/locale", {}),
        ("/preferences/large-text", {"large": "2"}),
    ],
)
def test_other_values_are_refused(app: Flask, url: str, data: dict[str, str]) -> None:
    assert browser(app).post(url, data=data).status_code == 400


def test_a_link_changes_nothing(app: Flask) -> None:
    assert browser(app).get("/preferences/locale?locale=en").status_code == 405
