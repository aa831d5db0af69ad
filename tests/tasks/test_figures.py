"""The figures of the warnings: each is what its list and its file hold, and what one counts."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import html5lib
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.access import Role
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import local, now
from portal.db import db
from portal.tasks import warning_figures, warning_queries
from portal.tasks.deadlines import DEFAULT_MINUTES, NEXT, STEPS, due
from portal.tasks.fates import JUDGED_FOR, Fate, fate
from portal.tasks.steps import Move, Risk, Step
from portal.tasks.warning_models import Warning, WarningEvent
from portal.tasks.warning_queries import Search
from tests.conftest import Tower, browser, make_community, make_user, person_of
from tests.tasks.factory import make_warning

WEEK = timedelta(days=7)
CAME = datetime(2026, 4, 12, 10, tzinfo=UTC)
AHEAD = (Move.SEE, Move.SIGN, Move.ASSIGN, Move.VISIT, Move.REPLY, Move.ACCEPT)


@pytest.fixture
def wei(tower: Tower) -> User:
    """The police liaison of the community."""
    return make_user("Wei", (Role.OFFICER, tower.community))


# The fate of one warning -------------------------------------------------------------------------


def test_a_warning_of_six_days_is_neither_a_success_nor_a_failure() -> None:
    assert fate(CAME, None, CAME + WEEK - timedelta(microseconds=1)) is Fate.YOUNG
    assert fate(CAME, None, CAME + WEEK) is Fate.KEPT


def test_a_transfer_within_the_week_is_a_failure_at_once_and_for_ever() -> None:
    went = CAME + WEEK - timedelta(microseconds=1)
    for at in (went, CAME + WEEK, CAME + timedelta(days=99)):
        assert fate(CAME, went, at) is Fate.LOST
    assert fate(CAME, CAME - timedelta(days=1), CAME) is Fate.LOST, "before the warning came"


def test_a_transfer_after_the_week_is_none_within_seven_days() -> None:
    assert fate(CAME, CAME + WEEK, CAME + timedelta(days=9)) is Fate.KEPT


@given(lost=st.none() | st.integers(-99, 999), hours=st.integers(0, 999))
def test_a_success_never_turns_into_anything_else(lost: int | None, hours: int) -> None:
    lost_at = None if lost is None else CAME + timedelta(hours=lost)
    before, after = (fate(CAME, lost_at, CAME + timedelta(hours=h)) for h in (hours, hours + 1))
    assert before is after or (before, after) == (Fate.YOUNG, Fate.KEPT)


# All of them -------------------------------------------------------------------------------------


def invent(tower: Tower, wei: User, at: datetime, *, count: int = 40) -> list[Warning]:
    """Warnings of three weeks, handled well and badly, some sent back, some with a loss."""
    chance = random.Random(7)  # noqa: S311 - the same ones in every run
    found = []
    for _ in range(count):
        received = at - timedelta(hours=chance.randrange(0, 24 * 21))
        warning = make_warning(tower, wei, received_at=received)
        warning.risk = chance.choice(list(Risk))
        step, moment = Step.NEW, received
        for move in AHEAD[: chance.randrange(7)]:
            moment += timedelta(minutes=chance.choice((1, 9, 50, 900)))
            step = note(warning, wei, move, step, NEXT[step], moment)
        if step is Step.REPLIED and chance.random() < 0.5:
            step = note(warning, wei, Move.BACK, step, Step.ASSIGNED, moment)
        warning.come_to(step, due_at=due(received, step, warning.risk, DEFAULT_MINUTES))
        if chance.random() < 0.4:
            warning.lose(min(at, received + timedelta(hours=chance.randrange(24 * 14))))
        found.append(warning)
    db.session.commit()
    return found


def note(warning: Warning, by: User, move: Move, before: Step, after: Step, at: datetime) -> Step:
    due_at = due(warning.received_at, before, warning.risk, DEFAULT_MINUTES)
    db.session.add(
        WarningEvent(
            warning_id=warning.id,
            move=move,
            before=before,
            after=after,
            at=at,
            due_at=due_at,
            by_id=by.id,
            facts={},
            receipt="AAAA0000",
        )
    )
    db.session.flush()
    return after


def naive_fate(warning: Warning, at: datetime) -> Fate:
    """As one would reckon by hand, with nothing of the portal."""
    week_over = warning.received_at + WEEK
    if warning.lost_at is not None and warning.lost_at < week_over:
        return Fate.LOST
    return Fate.KEPT if at >= week_over else Fate.YOUNG


def naive_on_time(warning: Warning, step: Step, at: datetime) -> bool | None:
    """Whether a step was taken in time; None where nothing is to be said of it."""
    events = db.session.query(WarningEvent).filter_by(warning_id=warning.id)
    ahead = [e for e in events.order_by(WarningEvent.id) if e.after is step and e.move in AHEAD]
    waits = warning.due_at is not None and NEXT[warning.step] is step
    if waits and warning.due_at is not None and warning.due_at < at:
        return False
    return ahead[-1].at <= (ahead[-1].due_at or at) if ahead else None


def test_the_figures_are_what_one_counts_by_hand(app: Flask, tower: Tower, wei: User) -> None:
    at = now()
    warnings = invent(tower, wei, at)
    found = warning_figures.figures(person_of(wei), at)
    assert found.fates == dict.fromkeys(Fate, 0) | Counter(naive_fate(w, at) for w in warnings)
    assert min(found.fates.values()) > 3, "of every fate there are some"
    assert found.all == sum(found.fates.values()) == len(warnings)
    assert found.judged == found.all - found.fates[Fate.YOUNG]
    assert found.open == sum(w.step is not Step.REVIEWED for w in warnings)
    assert found.lost_later == sum(
        w.lost_at is not None and w.lost_at >= w.received_at + JUDGED_FOR for w in warnings
    )
    cells = {(cell.risk, cell.step): (cell.in_time, cell.reached) for cell in found.on_time}
    wanted = {}
    for risk in Risk:
        for step in STEPS:
            judged = [naive_on_time(w, step, at) for w in warnings if w.risk is risk]
            if known := [one for one in judged if one is not None]:
                wanted[risk, step] = (sum(known), len(known))
    assert cells == wanted


def test_what_nobody_has_done_in_time_is_late_although_it_never_happened(
    app: Flask, tower: Tower, wei: User
) -> None:
    warning = make_warning(tower, wei, received_at=now() - timedelta(days=2))
    (cell,) = warning_figures.figures(person_of(wei), now()).on_time
    assert (cell.step, cell.in_time, cell.reached) == (Step.SEEN, 0, 1)
    late = warning_queries.listed(person_of(wei), Search(step=Step.SEEN, late=True), now())
    assert [row.Warning.id for row in late] == [warning.id]


def numbers_of(page: str) -> Iterator[tuple[str, int]]:
    """(address, number) of every number of a page that is a link to a list of warnings."""
    body = html5lib.parse(page, namespaceHTMLElements=False)
    for link in body.iter("a"):
        text = "".join(link.itertext()).strip().replace(",", "")
        if text.isdigit() and link.get("href", "").startswith("/warnings?"):
            yield link.get("href"), int(text)


@pytest.mark.parametrize("days", ["", "10"])
def test_every_number_is_its_list_and_its_file(
    app: Flask, tower: Tower, wei: User, days: str
) -> None:
    invent(tower, wei, now())
    client = browser(app, wei)
    shown = list(numbers_of(client.get(f"/warnings/figures?days={days}").text))
    assert len(shown) > 20
    for address, number in shown:
        asked = dict(part.split("=") for part in unescape(address).partition("?")[2].split("&"))
        page = client.get(address).text
        assert page.count('<th scope="row"><a href="/warnings/') == number, address
        file = client.post("/warnings/exports", data={**asked, "kind": "csv"})
        rows = list(csv.reader(io.StringIO(file.get_data().decode("utf-8-sig"))))
        assert len(rows) - 1 == number, address
    assert db.session.query(AuditEvent).filter_by(action="warning.exported").count() == len(shown)


def test_a_figure_of_some_days_counts_what_came_in_them(
    app: Flask, tower: Tower, wei: User
) -> None:
    for age in (1, 20, 40):
        make_warning(tower, wei, received_at=now() - timedelta(days=age))
    found = warning_figures.figures(person_of(wei), now(), since=now() - timedelta(days=30))
    assert (found.all, found.fates[Fate.KEPT], found.fates[Fate.YOUNG]) == (2, 1, 1)


def test_what_no_link_of_ours_says_is_refused(app: Flask, tower: Tower, wei: User) -> None:
    client = browser(app, wei)
    for wrong in ("risk=x", "step=x", "late=2", "days=x", "days=0", "fate=x", "open=2", "later=y"):
        assert client.get(f"/warnings?{wrong}").status_code == 400
    for days in ("00030", "00030999999999", "00030" + 4400 * "9"):
        assert client.get("/warnings", query_string={"days": days}).status_code == 400
        asked = {"kind": "csv", "days": days}
        assert client.post("/warnings/exports", data=asked).status_code == 400
    assert client.post("/warnings/exports", data={"kind": "pdf"}).status_code == 400


# Losses ------------------------------------------------------------------------------------------


def loss(at: datetime) -> dict[str, str]:
    return {"day": f"{at:%Y-%m-%d}", "hour": f"{at:%H:%M}"}


def test_who_has_paid_by_the_time_of_the_visit_is_a_failure(
    app: Flask, tower: Tower, wei: User, chen: User
) -> None:
    warning = make_warning(tower, wei, step=Step.ASSIGNED, visitor_id=chen.id)
    paid = {"move": "visit", "how": "home", "result": "paid"}
    assert browser(app, chen).post(f"/warnings/{warning.id}/moves", data=paid).status_code == 303
    db.session.refresh(warning)
    assert warning.failed
    assert warning.lost_at is not None
    found = warning_figures.figures(person_of(wei), now() + timedelta(days=9))
    assert (found.fates[Fate.LOST], found.fates[Fate.KEPT]) == (1, 0)


def test_a_loss_has_a_day_and_is_put_right(app: Flask, tower: Tower, wei: User) -> None:
    warning = make_warning(tower, wei, received_at=now() - timedelta(days=12))
    client, url = browser(app, wei), f"/warnings/{warning.id}/loss"
    late = now() - timedelta(days=2)
    assert client.post(url, data=loss(late)).status_code == 303
    db.session.refresh(warning)
    assert not warning.failed, "the week was over"
    assert client.post(url, data=loss(late)).status_code == 409, "noted already"
    assert client.post(url, data=loss(late - timedelta(days=6))).status_code == 303
    db.session.refresh(warning)
    assert warning.failed
    assert db.session.query(AuditEvent).filter_by(action="warning.lost").count() == 2


SLIPS = [
    loss(now() + timedelta(days=1)),
    {"day": "soon"},
    {"day": "1900-01-01", "hour": "09:00"},
    {"day": "9999-12-31", "hour": "09:00"},
    {"day": "0001-01-01", "hour": "09:00"},
]


@pytest.mark.parametrize("wrong", [{}, *SLIPS])
def test_a_loss_that_has_not_happened_is_not_noted(
    app: Flask, tower: Tower, wei: User, wrong: dict[str, str]
) -> None:
    warning = make_warning(tower, wei)
    assert browser(app, wei).post(f"/warnings/{warning.id}/loss", data=wrong).status_code == 422
    db.session.refresh(warning)
    assert warning.lost_at is None


# Files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REVIEWER, Role.COORDINATOR])
def test_a_file_holds_nothing_of_the_case(app: Flask, tower: Tower, wei: User, role: Role) -> None:
    make_warning(tower, wei, story="转账给陌生人的经过")
    somebody = make_user("Somebody", (role, tower.community))
    file = (
        browser(app, somebody).post("/warnings/exports", data={"kind": "csv"}).get_data().decode()
    )
    assert "High risk" in file
    for hidden in ("转账给陌生人的经过", "WH-0042", "Paid clicks"):
        assert hidden not in file


def test_moments_in_a_file_have_their_year_and_sort_as_text(
    app: Flask, tower: Tower, wei: User
) -> None:
    warning = make_warning(tower, wei)
    file = browser(app, wei).post("/warnings/exports", data={"kind": "csv"}).get_data().decode()
    (row,) = csv.DictReader(io.StringIO(file.removeprefix("\ufeff")))
    assert row["Came"] == f"{local(warning.received_at):%Y-%m-%d %H:%M}"


def test_the_trail_counts_what_was_taken_along_by_community(
    app: Flask, tower: Tower, wei: User
) -> None:
    other = make_community("another community")
    head = make_user("Head", (Role.OFFICER, tower.community), (Role.OFFICER, other))
    make_warning(tower, wei)
    browser(app, head).post("/warnings/exports", data={"kind": "csv"})
    noted = db.session.query(AuditEvent).filter_by(action="warning.exported")
    assert {event.community_id: event.details["rows"] for event in noted} == {
        tower.community.id: 1,
        other.id: 0,
    }


def test_an_estate_takes_along_its_own_warnings_only(
    app: Flask, tower: Tower, wei: User, lin: User
) -> None:
    make_warning(tower, wei)
    make_warning(tower, wei, home=tower.dwellings(tower.other_building)[0])
    rows = browser(app, lin).post("/warnings/exports", data={"kind": "csv"}).get_data().decode()
    assert rows.count("High risk") == 1
