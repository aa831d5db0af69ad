"""axe finds nothing on any page: Chinese at 360 px, English at 1280 px, and in large text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from portal.accounts.models import HeldDuty
from portal.clock import local, now
from portal.coverage import actions, door_queries, in_tray, statements
from portal.coverage.models import Visit
from portal.coverage.states import Outcome
from portal.db import db
from portal.notices.addresses import token_for
from portal.outbox.actions import post
from portal.outbox.models import Delivery, Fate, Notice, Way
from portal.paper import actions as paper
from portal.paper.models import Sheet
from portal.relay.models import Audience
from portal.rosters.models import Import
from portal.shifts.answers import address_of
from portal.shifts.models import Assignment
from portal.shifts.states import PlanState, Standing
from portal.tasks.steps import Step
from tests.browser.conftest import DESK, PHONE, SignIn, Site
from tests.conftest import person_of
from tests.coverage.factory import make_round, new_id, visit
from tests.public.factory import answered_inquiry, make_entrance, make_inquiry
from tests.relay.factory import age, make_addressee, make_bulletin, seat
from tests.robots.factory import make_robot, refuse
from tests.shifts.factory import evening, make_proposal, make_series, make_shift, put
from tests.tasks.factory import make_task, make_warning

pytestmark = [
    pytest.mark.commits,
    pytest.mark.browser,
    pytest.mark.any_database("axe looks at pages, which are the same from both databases"),
]
ASK_AXE = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"


@pytest.fixture
def sign_in(sign_in: SignIn) -> SignIn:
    """A browser that brings axe to every page: handing it over each time took as long as asking.

    It keeps nothing for places without signal, which no page shows.
    """

    def open_page(name: str, **how: Any) -> Page:
        page = sign_in(name, service_workers="block", **how)
        page.add_init_script(AXE_SCRIPT)
        return page

    return open_page


def pages(site: Site) -> list[str]:
    """Every page there is, each with something on it."""
    tower, zhou = site.tower, site.people["zhou"]
    homes = tower.dwellings(tower.building)
    for home, outcome in zip(homes, Outcome, strict=False):
        changes = {"remaining": 1} if outcome is Outcome.MET_PARTIAL else {}
        if outcome is not Outcome.APPOINTMENT:
            visit(zhou, site.round, home.id, outcome, **changes)
    head = door_queries.plan_head(person_of(zhou), site.round.id, tower.building.id)
    in_tray.report_found(
        person_of(zhou), head, uuid=new_id(), unit="1", floor=9, room="901", note="roof"
    )
    closed = make_round(tower.far_building, "closed")
    done = make_round(tower.buildings[0], "done")
    for home in tower.dwellings(tower.buildings[0]):
        visit(site.people["head"], done, home.id, Outcome.MET)
    statements.sign_all_below(done, tower.buildings[0], by=person_of(site.people["head"]))
    actions.close_round(done, by=person_of(site.people["head"]))
    series = make_series(tower.building, zhou).id
    turn = make_proposal(tower, tower.building, zhou)
    plan, plan_turn = f"/rota/plans/{turn.plan_id}", turn.id
    plan_day = local(turn.starts_at).date()
    published = make_proposal(tower, tower.building, zhou, state=PlanState.PUBLISHED).plan_id
    batch = new_id()
    paper.print_sheets(person_of(zhou), head, batch=batch)
    mine = make_shift(tower, tower.building, evening(3))
    put(mine, site.people["head"])
    make_shift(tower, tower.buildings[0], evening(5))
    notify(site)
    running = make_shift(tower, tower.buildings[0], now() - timedelta(minutes=5))
    put(running, zhou)
    put(running, site.people["chen"], Standing.ASKED)
    boss, third = site.people["head"], homes[2]
    task = make_task(tower.building, zhou, boss, home=third, due_at=now() - timedelta(days=1))
    asked = make_task(tower.building, zhou, zhou, home=third, offered_to=boss.id)
    alarm = make_warning(tower, zhou, step=Step.SIGNED, story="story")
    robot = make_robot(tower.building, added_by=boss.id)
    refuse(robot)
    sent = make_warning(tower, zhou, step=Step.ASSIGNED, visitor_id=boss.id)
    task_pages = [
        f"/tasks/{task.id}",
        f"/tasks/{asked.id}",
        "/warnings",
        "/warnings/new",
        "/warnings/figures",
        f"/warnings/rules/{tower.community.id}",
        f"/warnings/{alarm.id}",
        f"/warnings/{sent.id}",
    ]
    shop = make_addressee(tower.building, "Noodles")
    bulletin = make_bulletin(tower.community, boss, Audience.HOMES, Audience.SHOPS)
    seat(tower.groups(tower.building)[0], boss)
    late = make_bulletin(tower.building, zhou)
    age(late, hours=30)
    task_pages += [
        "/bulletins",
        "/bulletins/new",
        f"/bulletins/{bulletin.id}",
        f"/bulletins/{late.id}/stops?state=missing",
        f"/bulletins/{bulletin.id}/correction",
        f"/bulletins/rules/{tower.community.id}",
        "/relays",
        "/addressees",
        f"/addressees/{shop.id}",
    ]
    poster = make_entrance(tower.building, zhou, "2")
    asked_by = make_inquiry(poster, "When is the talk?", phone="13800138000")
    number, _ = answered_inquiry(poster, zhou)
    task_pages += [
        f"/ask/{poster.code}",
        "/ask/none",
        "/answers",
        "/answers?number=none",
        f"/answers?number={number}",
        "/inquiries",
        "/inquiries/list",
        f"/inquiries/{asked_by.task_id}",
        f"/inquiries/rules/{tower.community.id}",
        f"/places/{tower.building.id}/entrances",
        f"/places/{tower.building.id}/posters",
    ]
    db.session.commit()
    sheet = db.session.query(Sheet).filter_by(batch=batch).first()
    assert sheet is not None
    zhou.new_email = "zhou@example.org"
    to_confirm = f"/addresses/{token_for(zhou.id, zhou.new_email)}"
    db.session.commit()
    reply = address_of(db.session.query(Assignment).filter_by(shift_id=mine.id).one().id)
    first = db.session.query(Visit).filter_by(round_id=site.round.id).first()
    duty = db.session.query(HeldDuty).filter_by(user_id=zhou.id).one()
    assert first is not None
    assert closed.id
    assert db.session.query(Import).count() == 0
    round_, building, estate = site.round.id, tower.building.id, tower.estate.id
    group, community = tower.groups(tower.building)[0].id, tower.community.id
    listed = [
        "/",
        "/me",
        "/me/notices",
        f"/places/{building}/robots",
        f"/places/{building}/robots/new",
        f"/robots/{robot.id}",
        "/notices",
        "/tasks",
        "/tasks/all",
        "/tasks/load",
        "/tasks/new",
        *task_pages,
        "/notices/troubles",
        "/people",
        "/people/new",
        f"/people/{duty.user_id}",
        "/audit",
        "/tower",
        f"/places/{estate}",
        f"/places/{building}",
        f"/places/{building}/cut",
        f"/places/{community}/cut",
        f"/places/{community}/settings",
        f"/places/{building}/teams",
        f"/places/{group}/teams",
        "/rota/plans",
        "/rota/plans/new",
        plan,
        f"{plan}/days/{plan_day}",
        f"{plan}/turns/{plan_turn}",
        f"/rota/plans/{published}/mending",
        "/rota/series",
        "/rota/series/new",
        f"/rota/series/{series}",
        f"/rota/days/{local(mine.starts_at).date()}",
        "/rosters",
        "/rota",
        "/rota?state=nobody",
        f"/rota?day={local(mine.starts_at).date()}",
        f"/rota/shifts/{mine.id}",
        "/rota/turns",
        f"/places/{estate}/turns",
        f"/places/{group}/turns",
        f"/places/{group}/shifts/new",
        "/rota?state=missing",
        f"/rounds/{round_}/doors?place={group}",
        "/shifts?full=1",
        "/shifts/month",
        f"/shifts/{mine.id}",
        f"/shifts/{running.id}/crew",
        "/check-in",
        "/shifts/mine",
        f"/places/{community}/shift-rules",
        "/shifts/mine/turns",
        "/rota/needs",
        f"/places/{building}/needs",
        "/shifts/time",
        f"/shifts/certificate/{now().year}",
        f"/people/{duty.user_id}/time",
        reply,
        to_confirm,
        "/rounds",
        "/rounds/new",
        f"/rounds/{round_}",
        f"/rounds/{round_}/gaps",
        f"/rounds/{round_}/gaps/{estate}",
        f"/rounds/{round_}/gaps/{building}",
        f"/rounds/{round_}/doors?place={building}&state=gap",
        f"/rounds/{round_}/plan/{building}",
        f"/rounds/{round_}/plan/{building}?select=1",
        f"/rounds/{round_}/plan/{building}/found",
        f"/rounds/{round_}/doors/{homes[0].id}",
        f"/rounds/{round_}/visits/{first.uuid}/correction",
        f"/rounds/{round_}/tray",
        "/queue",
        "/offline/en",
        f"/rounds/{round_}/signoffs/{building}",
        f"/rounds/{done.id}/certificate",
        f"/rounds/{round_}/plan/{building}/sheets",
        f"/rounds/{round_}/text/{building}",
        f"/sheets/{batch}",
        f"/sheets/{sheet.code}/entries",
        "/no-such-page",
    ]
    db.session.rollback()
    return listed


def notify(site: Site) -> None:
    """A notice to the coordinator, and one that could not be sent to the leader."""
    tower = site.tower
    for name in ("head", "zhou"):
        user = site.people[name]
        post("notices.trial", community_id=tower.community.id, subject=f"t/{name}", to=[user.id])
    notice = db.session.query(Notice).filter_by(subject="t/zhou").one()
    db.session.add(
        Delivery(notice_id=notice.id, way=Way.MAIL, fate=Fate.GIVEN_UP, tries=9, next_at=now())
    )


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe says about a page as it is now; what it finds in order stays in the browser."""
    found: list[dict[str, Any]] = page.evaluate(ASK_AXE)
    return found


def faults(page: Page, url: str) -> list[str]:
    """What axe says about a page, and whether it scrolls sideways."""
    page.goto(url)
    found = [f"{url}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{url}: scrolls sideways at {page.viewport_size}")
    return found


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh"), (DESK, "en")])
def test_axe_finds_nothing_on_any_page(
    site: Site, sign_in: SignIn, size: dict[str, int], locale: str
) -> None:
    urls = pages(site)
    page = sign_in("head", size=size, locale=locale)
    assert [fault for url in urls for fault in faults(page, url)] == []


def test_axe_finds_nothing_in_large_text_and_on_the_open_sheet(site: Site, sign_in: SignIn) -> None:
    site.people["head"].large_text = True
    db.session.commit()
    page = sign_in("head", locale="en")
    assert "large" in (page.locator("html").get_attribute("class") or "")
    round_, building = site.ids["round"], site.ids["building"]
    urls = ["/", f"/rounds/{round_}/gaps", f"/rounds/{round_}/plan/{building}", "/people"]
    assert [fault for url in urls for fault in faults(page, url)] == []
    page.goto(f"/rounds/{round_}/plan/{building}")
    page.locator("a.door").first.click()
    page.locator("#sheet button[value=met]").wait_for()
    assert violations(page) == []


def test_axe_finds_nothing_on_the_sign_in_page(site: Site, sign_in: SignIn) -> None:
    page = sign_in("zhou")
    page.locator("header form[action$='sign-out'] button").click()
    page.wait_for_url("**/sign-in**")
    assert faults(page, "/sign-in") == []
