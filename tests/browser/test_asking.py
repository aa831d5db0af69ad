"""A resident writes at the entrance and reads the answer, in a real browser without scripting."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from portal.db import db
from portal.public import actions, queries
from portal.public.numbers import typed
from portal.tasks.states import TaskOutcome
from tests.browser.conftest import PHONE, Site
from tests.conftest import person_of
from tests.public.factory import make_entrance

pytestmark = [pytest.mark.commits, pytest.mark.browser]


def test_the_code_that_opens_the_answer_is_in_no_address_that_is_asked_for(
    site: Site, chromium: Browser
) -> None:
    zhou = site.people["zhou"]
    entrance = make_entrance(site.tower.building, zhou, "2")
    page = chromium.new_context(viewport=PHONE, base_url=site.url).new_page()  # type: ignore[arg-type]
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto(f"/ask/{entrance.code}?lang=en")
    page.get_by_label("I have a question").check()
    page.get_by_label("Your words").fill("When is the talk?")
    page.wait_for_timeout(3100)  # nobody writes sooner
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Your message has arrived").wait_for()
    number, code = page.locator("dd b").all_inner_texts()

    db.session.rollback()
    found = queries.maybe_by_number(typed(number))
    assert found
    actions.reply(found[2], found[1], "On Friday", outcome=TaskOutcome.DONE, by=person_of(zhou))
    db.session.commit()
    page.goto("/answers?lang=en")
    page.get_by_label("Number").fill(number)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Look it up").click()
    page.get_by_text("On Friday").wait_for()
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="中文").click()
    page.get_by_text("On Friday").wait_for()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert not [url for url in asked_for if code in url or typed(code) in url]
    page.context.close()
