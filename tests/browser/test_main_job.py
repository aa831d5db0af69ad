"""The main job as people do it: leader, volunteer and coordinator in real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.coverage.in_tray import admit
from portal.coverage.models import Door, Visit
from portal.coverage.states import State
from portal.db import db
from portal.tower.actions import settle
from portal.tower.standing import Arrival
from tests.browser.conftest import DESK, PHONE, SignIn, Site
from tests.conftest import Tower, make_place, person_of
from tests.shifts.factory import send_out

pytestmark = [pytest.mark.commits, pytest.mark.browser]


def plan_of(site: Site) -> str:
    return f"/rounds/{site.ids['round']}/plan/{site.ids['building']}"


def test_a_leader_checks_doors_off_with_two_taps_and_takes_one_back(
    site: Site, sign_in: SignIn
) -> None:
    page = sign_in("zhou")
    page.goto(plan_of(site))
    expect(page.locator("h1")).to_have_text("还差 42 户")
    page.locator("a.door").first.click()
    page.locator("#sheet button[value=met]").click()
    expect(page.locator("a.door").first).to_have_class(re.compile("covered"))
    expect(page.locator("h1")).to_have_text("还差 41 户")
    page.locator("#undo button").click()
    expect(page.locator("a.door").first).to_have_class(re.compile("not_tried"))
    expect(page.locator("h1")).to_have_text("还差 42 户")
    db.session.rollback()
    assert db.session.query(Visit).count() == 2


def test_a_report_from_the_page_of_a_door_leads_to_the_plan_with_undo(
    site: Site, sign_in: SignIn
) -> None:
    page = sign_in("zhou")
    page.goto(plan_of(site))
    page.goto(str(page.locator("a.door").first.get_attribute("href")))
    page.locator("main button[value=met]").click()
    expect(page.locator("h1")).to_have_text("还差 41 户")
    expect(page.locator("#undo button")).to_be_visible()


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_header_is_one_row_on_a_phone(site: Site, sign_in: SignIn, locale: str) -> None:
    page = sign_in("zhou", size=PHONE, locale=locale)
    page.goto(plan_of(site))
    page.locator("a.door").first.click()
    page.locator("#sheet button[value=met]").click()
    expect(page.locator("#queue")).to_be_visible()
    assert page.evaluate("document.querySelector('.nav').offsetTop") <= 50


def test_the_same_without_scripting(site: Site, sign_in: SignIn) -> None:
    page = sign_in("zhou", java_script_enabled=False)
    page.goto(plan_of(site))
    page.locator("a.door").first.click()
    page.locator("button[value=not_home]").click()
    expect(page.locator("a.door").first).to_have_class(re.compile("tried"))
    page.get_by_text("几扇门一起").or_(page.locator("a[href='?select=1']")).first.click()
    for box in page.locator("input[name=door]").all()[:3]:
        box.check()
    page.locator("button[value=not_home]").click()
    db.session.rollback()
    tried = db.session.query(Door).filter(Door.state == State.TRIED).count()
    assert tried == 3


def test_a_check_off_by_keyboard_alone(site: Site, sign_in: SignIn) -> None:
    page = sign_in("zhou")
    page.goto(plan_of(site))
    page.locator("a.door").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator("#sheet button[value=met]")).to_be_visible()
    expect(page.locator("#sheet.htmx-settling")).to_have_count(0)  # its form is htmx's by now
    page.locator("#sheet button[value=met]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator("a.door:focus")).to_have_count(1)  # given back a moment after it closes


def test_a_volunteer_checks_off_and_sees_nothing_of_the_household(
    site: Site, sign_in: SignIn
) -> None:
    send_out(site.people["chen"], *site.tower.groups(site.tower.building))
    page = sign_in("chen")
    page.goto(plan_of(site))
    page.locator("a.door").first.click()
    label = site.tower.dwellings(site.tower.building)[0].contact_label
    assert label is not None
    expect(page.locator("#sheet button[value=met]")).to_be_visible()
    assert label not in page.content()
    page.locator("#sheet button[value=met]").click()
    expect(page.locator("h1")).to_have_text("还差 41 户")


def test_the_coordinator_sees_a_check_off_within_five_seconds_without_reloading(
    site: Site, sign_in: SignIn
) -> None:
    gaps = sign_in("lin", size=DESK)
    gaps.goto(f"/rounds/{site.ids['round']}/gaps")
    expect(gaps.locator("h1")).to_contain_text("126")
    leader = sign_in("zhou")
    leader.goto(plan_of(site))
    leader.locator("a.door").first.click()
    leader.locator("#sheet button[value=met]").click()
    expect(leader.locator("h1")).to_have_text("还差 41 户")
    expect(gaps.locator("body")).to_contain_text("125", timeout=6000)


def test_from_the_community_to_a_door_in_four_taps(site: Site, sign_in: SignIn) -> None:
    page = sign_in("head", size=DESK)
    page.goto(f"/rounds/{site.ids['round']}/gaps")
    page.get_by_role("rowheader").get_by_role("link", name="和风苑").click()
    page.get_by_role("rowheader").get_by_role("link", name=re.compile("3")).click()
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.locator("main table a").first.click()
    expect(page).to_have_url(re.compile(r"/rounds/\d+/doors/\d+$"))


def test_a_tower_of_204_doors_is_usable_at_360_pixels(
    site: Site, sign_in: SignIn, tmp_path: Path
) -> None:
    tower: Tower = site.tower
    high = make_place(tower.estate, "高层")
    homes = [Arrival("1", f, f"{f}{d:02d}") for f in range(1, 35) for d in range(1, 7)]
    settle(high.community_id, {high.id: homes})
    admit(person_of(site.people["head"]), site.round)
    db.session.commit()
    page = sign_in("lin")
    page.goto(f"/rounds/{site.ids['round']}/plan/{high.id}")
    assert page.locator("a.door").count() == 204
    box = page.locator("a.door").first.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
