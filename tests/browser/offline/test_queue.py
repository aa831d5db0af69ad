"""No signal, no loss: ticks on a phone in real Chromium."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.clock import now
from portal.coverage import epochs
from portal.coverage.models import Visit
from portal.db import db, writes
from portal.tower.models import Dwelling
from tests.browser.offline.phones import (
    KEPT,
    WAITING,
    Phones,
    arrived,
    confirmed,
    goto_plan,
    ready,
    send,
    several,
    tick,
    until,
    waits,
)
from tests.shifts.factory import send_out
from tests.tasks.factory import make_task

pytestmark = [pytest.mark.commits, pytest.mark.browser]


def test_a_leader_ticks_in_the_lift_closes_the_browser_and_loses_nothing(phone: Phones) -> None:
    page = phone.start("zhou")
    page.goto(phone.plan)
    ready(page)
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    expect(page.locator("#queue")).to_have_text("已确认 0／1，待传 1")

    page = phone.start()
    page.goto(phone.plan)
    waits(page, 0)
    expect(page.locator("a.door")).to_have_count(42)
    tick(page, 1, "not_home")
    waits(page, 1)
    page.goto("/rounds")
    expect(page.locator("[data-copies] a")).to_have_count(2)  # the plan, and the queue
    assert phone.site.people["zhou"].name not in page.content()
    page.locator("[data-copies] a[href*=plan]").click()
    waits(page, 1)

    phone.line.mend()
    send(page)
    confirmed(page, 2)
    expect(page.locator("a.door").nth(0)).to_have_class(re.compile("covered"))
    expect(page.locator("#queue")).to_have_text("已确认 2／2，待传 0")
    assert Counter(visit.outcome for visit in arrived(phone, 2)) == {"met": 1, "not_home": 1}


def test_what_else_there_is_to_do_is_said_when_the_ticks_have_come(phone: Phones) -> None:
    """Beside the sheet of the next door, which stays open."""
    page = phone.start("zhou")
    page.goto(phone.plan)
    ready(page)
    phone.line.cut()
    tick(page, 0, "not_home")
    waits(page, 0)
    home = int((page.locator("a.door").nth(0).get_attribute("id") or "").strip("d"))
    page.locator("a.door").nth(1).click()
    expect(page.locator("#sheet button[value=met]")).to_be_visible()
    with task_at(phone, home):
        phone.line.mend()
        send(page)
        confirmed(page, 1)
    expect(page.locator("#messages .alert.ok")).to_contain_text("其中 1 户还有别的任务")
    expect(page.locator("#sheet button[value=met]")).to_be_visible()


@contextmanager
def task_at(phone: Phones, home: int) -> Iterator[None]:
    """Zhou has a task at a home, for the time being."""
    reading = writes.set(True)
    zhou, place = phone.site.people["zhou"], phone.site.tower.building
    task = make_task(place, zhou, zhou, home=db.session.get_one(Dwelling, home))
    yield
    db.session.delete(task)
    db.session.commit()
    writes.reset(reading)


def test_a_phone_that_dies_while_writing_keeps_all_it_has_shown_as_done(phone: Phones) -> None:
    page = phone.start("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    for n in range(4):
        tick(page, n, "not_home")
    waits(page, 3)
    phone.kill()
    phone.line.cut()
    page = phone.start()
    page.goto(phone.plan)
    for n in range(4):
        waits(page, n)
    phone.line.mend()
    phone.context.clear_cookies(name=phone.site.app.config["SESSION_COOKIE_NAME"])
    send(page)
    expect(page.locator("#queue")).to_have_text("请登录，还有 4 条待传")
    phone.sign_in("zhou")
    send(page)
    confirmed(page, 4)
    arrived(phone, 4)


@pytest.mark.parametrize("locks", ["with Web Locks", "without"])
def test_two_tabs_share_one_queue_and_send_each_tick_once(phone: Phones, locks: str) -> None:
    first = phone.open("zhou")
    assert phone.context
    if locks == "without":
        phone.context.add_init_script("delete Navigator.prototype.locks")
    second = phone.context.new_page()
    batches: list[list[str]] = []
    phone.context.on(
        "request",
        lambda r: (
            batches.append([v["id"] for v in json.loads(r.post_data or "{}")["visits"]])
            if r.url.endswith("/sync/visits")
            else None
        ),
    )
    for page in (first, second):
        page.goto(phone.plan)
        ready(page)
    phone.context.set_offline(True)
    for n in range(2):
        tick(first, n)
        tick(second, 2 + n)
        waits(first, n)
        waits(second, 2 + n)
    waits(first, 3)  # what the other tab ticked shows here as well
    batches.clear()
    phone.context.set_offline(False)
    confirmed(first, 4)
    confirmed(second, 4)
    assert max(Counter(id for batch in batches for id in batch).values()) == 1
    arrived(phone, 4)


def test_several_doors_at_once_are_ticked_without_a_signal_and_entered_once_with_one(
    phone: Phones,
) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    phone.line.cut()
    page.locator("a[href='?select=1']").click()
    several(page, 0, 1, 2)
    expect(page.locator("label.door.waiting")).to_have_count(3)
    assert len(page.evaluate(KEPT, "waiting")) == 3
    phone.line.mend()
    send(page)
    confirmed(page, 3)
    expect(page.locator("label.door.waiting")).to_have_count(0)
    page.goto(f"{phone.plan}?select=1")
    several(page, 5, 6)
    expect(page.locator("[data-until]")).to_be_visible()  # entered together, to be undone together
    confirmed(page, 5)
    assert len({visit.batch for visit in arrived(phone, 5)}) == 2


TYPED = """async (note) => {
  const { id } = (await window.bulou.visits()).find(({ seal }) => !seal);
  await window.bulou.change([id], (visit) => ({ ...visit, body: { ...visit.body, note } }));
}"""


def noted(page: Page, n: int, note: str) -> None:
    page.locator("a.door").nth(n).click()
    page.locator("#sheet summary").click()
    page.locator("#sheet [name=note]").fill(note)
    page.locator("#sheet button[value=not_home]").click()
    waits(page, n)


def test_a_note_lies_encrypted_on_the_phone_and_goes_once_it_is_confirmed(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    goto_plan(page, phone)
    phone.line.cut()
    noted(page, 0, "张奶奶周日回来")
    (kept,) = page.evaluate("async () => window.bulou.visits()")
    assert "seal" in kept
    assert "张奶奶" not in json.dumps(kept, ensure_ascii=False, default=str)
    assert page.evaluate("async () => (await window.bulou.note('key')).extractable") is False
    assert "张奶奶周日回来" in page.evaluate("async () => window.bulou.saved()")
    page.evaluate("() => { crypto.subtle.encrypt = () => Promise.reject(new Error('no key')); }")
    noted(page, 1, "李叔叔出差")  # what cannot be encrypted is not kept, the tick is
    expect(page.locator("#messages")).to_contain_text("备注没有保存")
    assert "李叔叔" not in page.evaluate("async () => window.bulou.saved()")
    page.evaluate(TYPED, "王阿姨搬走了")  # as an earlier version kept it: it holds up nothing
    phone.line.mend()
    send(page)
    confirmed(page, 2)
    assert not any("seal" in visit for visit in page.evaluate(KEPT, "confirmed"))
    assert {visit.note for visit in arrived(phone, 2)} == {"张奶奶周日回来", "王阿姨搬走了"}


def test_a_full_phone_warns_before_anything_is_shown_as_done(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    tools = phone.context.new_cdp_session(page)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": phone.line.url, "quotaSize": 1})
    tick(page, 0)
    expect(page.locator("#messages .bad")).to_contain_text("没有存下")
    expect(page.locator("a.door").nth(0)).not_to_have_class(WAITING)


def test_a_phone_whose_storage_was_cleared_says_what_is_lost(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    assert phone.context
    phone.context.set_offline(True)
    tick(page, 0)
    expect(page.locator("#queue")).to_contain_text("待传 1")
    tools = phone.context.new_cdp_session(page)
    tools.send(
        "Storage.clearDataForOrigin", {"origin": phone.line.url, "storageTypes": "indexeddb"}
    )
    phone.context.set_offline(False)
    page.goto("/rounds")
    expect(page.locator("#messages .bad")).to_contain_text("1 条走访")


def test_without_a_service_worker_an_open_page_still_keeps_and_sends(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    goto_plan(page, phone)
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    phone.line.mend()
    send(page)
    confirmed(page, 1)
    arrived(phone, 1)


def test_a_phone_in_the_year_2036_is_heard_and_its_clock_marked(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    page.clock.set_system_time("2036-02-03T04:05:06")
    goto_plan(page, phone)
    phone.line.cut()
    tick(page, 0)
    waits(page, 0)
    phone.line.mend()
    send(page)
    confirmed(page, 1)
    (visit,) = arrived(phone, 1)
    assert visit.is_doubtful
    assert visit.device_at
    assert visit.device_at.year == 2036
    assert now() - visit.happened_at < timedelta(minutes=2)


def test_two_people_on_one_phone_neither_see_nor_send_the_queue_of_the_other(
    phone: Phones,
) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    page.route("**/sync", lambda route: route.abort())
    assert phone.context
    phone.context.set_offline(True)
    tick(page, 0)
    waits(page, 0)
    phone.context.set_offline(False)
    page.locator("[data-sign-out] button").click()
    page.wait_for_url("**/sign-in**", timeout=15000)
    page.unroute("**/sync")

    tower = phone.site.tower
    send_out(phone.site.people["chen"], *tower.groups(tower.building))
    phone.sign_in("chen")
    page.goto(phone.plan)
    expect(page.locator("#queue")).to_be_hidden()
    expect(page.locator("a.door").nth(0)).not_to_have_class(WAITING)
    arrived(phone, 0)

    phone.sign_in("zhou")
    page.goto(phone.plan)
    confirmed(page, 1)
    (visit,) = arrived(phone, 1)
    assert visit.author_id == phone.site.people["zhou"].id


def test_after_a_restore_the_phone_sends_again_what_the_backup_lacks(phone: Phones) -> None:
    page = phone.open("zhou", service_workers="block")
    goto_plan(page, phone)
    tick(page, 0)
    confirmed(page, 1)
    token = writes.set(True)
    db.session.rollback()
    db.session.query(Visit).delete()
    epochs.renew()
    db.session.commit()
    writes.reset(token)
    page.evaluate("window.bulou.keepNote('asked', 1)")
    send(page)
    until(page, "async () => (await window.bulou.note('asked')) > 1")
    confirmed(page, 1)
    arrived(phone, 1)
