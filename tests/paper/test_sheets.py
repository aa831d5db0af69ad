"""Paper sheets: what is printed, who may print and key it, and whose visit it then is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import local, now
from portal.coverage.models import Round, TrayItem, Visit
from portal.coverage.states import KEYS, Outcome, State
from portal.db import db
from portal.paper.models import Sheet
from portal.tower.moves import move
from portal.tower.words import door_name
from tests.conftest import (
    Tower,
    browser,
    counted_queries,
    make_building,
    make_user,
    person_of,
)
from tests.coverage.factory import door_of, make_round, new_id, visit
from tests.gaps.factory import text
from tests.shifts.factory import send_out
from tests.tasks.factory import make_task


def print_sheets(client: FlaskClient, opened: Round, tower: Tower, batch: str = "") -> list[Sheet]:
    """Somebody presses the button; the sheets in the order of their groups."""
    batch = batch or new_id()
    url = f"/rounds/{opened.id}/plan/{tower.building.id}/sheets"
    assert client.post(url, data={"uuid": batch}).status_code == 303
    return list(db.session.query(Sheet).filter_by(batch=batch).order_by(Sheet.path))


def keyed(sheet: Sheet, outcomes: dict[int, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The fields of the keying page with some rows filled in."""
    moment = local(now())
    fields: dict[str, Any] = {
        "uuid": new_id(),
        "day": moment.date().isoformat(),
        "time": moment.time().isoformat(timespec="minutes"),
        "walker": str(sheet.printed_by),
        **changes,
    }
    for n in range(len(sheet.doors)):
        for name in ("outcome", "told", "remaining", "agreed", "note"):
            fields[f"rows-{n}-{name}"] = outcomes.get(n, {}).get(name, "")
    return fields


def test_every_outcome_has_one_key_of_its_own() -> None:
    assert set(KEYS) == set(Outcome)
    assert len(set(KEYS.values())) == len(Outcome)


def test_zhou_prints_one_sheet_a_group_with_its_doors_in_walking_order(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)
    visit(zhou, opened, homes[0].id, Outcome.NOT_HOME)
    client = browser(app, zhou)
    sheets = print_sheets(client, opened, tower)
    assert [sheet.doors for sheet in sheets] == [
        [home.id for home in homes[:21]],
        [home.id for home in homes[21:]],
    ]
    paper = client.get(f"/sheets/{sheets[0].batch}")
    assert paper.text.count('<section class="paper"') == 2
    assert re.findall(r'<th scope="row">(.*?)</th>', paper.text)[:2] == ["Unit 1 101", "Unit 1 102"]
    assert "Tried 1" in paper.text
    assert all(f"{sheet.code}</figcaption>" in paper.text for sheet in sheets)
    assert homes[0].contact_label not in paper.text
    assert homes[0].phone not in paper.text


def test_a_double_click_prints_once(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    client, batch = browser(app, zhou), new_id()
    print_sheets(client, opened, tower, batch)
    assert len(print_sheets(client, opened, tower, batch)) == 2


def test_printing_and_keying_cost_the_same_for_few_and_many_doors(
    app: Flask, tower: Tower, lin: User
) -> None:
    small = make_building(tower.estate, "8", units=1, floors=2)
    large = make_building(tower.estate, "9", units=1, floors=20)
    opened, client = make_round(tower.estate), browser(app, lin)
    counts = []
    for building in (small, large):
        batch = new_id()
        client.post(f"/rounds/{opened.id}/plan/{building.id}/sheets", data={"uuid": batch})
        code = db.session.query(Sheet).filter_by(batch=batch).first()
        assert code is not None
        with counted_queries() as seen:
            client.get(f"/sheets/{batch}")
            client.get(f"/sheets/{code.code}/entries")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_chen_ticked_is_his_visit_though_zhou_keys_it(
    app: Flask, tower: Tower, zhou: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    rows = {
        0: {"outcome": "met", "told": "2"},
        1: {"outcome": "not_home"},
        3: {"outcome": "met_partial", "told": "1", "remaining": "2"},
    }
    fields = keyed(sheet, rows, walker=str(chen.id))
    answer = client.post(f"/sheets/{sheet.code}/entries", data=fields, follow_redirects=True)
    assert "3 rows entered." in answer.text
    states = [door_of(opened, door).state for door in sheet.doors[:4]]
    assert states == [State.COVERED, State.TRIED, State.NOT_TRIED, State.PART_COVERED]
    visits = db.session.query(Visit).all()
    assert {(v.author_id, v.credit_id) for v in visits} == {(zhou.id, chen.id)}
    again = client.post(f"/sheets/{sheet.code}/entries", data=fields, follow_redirects=True)
    assert "3 had been entered before." in again.text
    assert db.session.query(Visit).count() == 3


def test_a_row_that_does_not_fit_keeps_the_whole_sheet_on_the_screen(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    rows = {0: {"outcome": "met", "note": "key under mat"}, 5: {"outcome": "met_partial"}}
    answer = client.post(f"/sheets/{sheet.code}/entries", data=keyed(sheet, rows))
    assert answer.status_code == 422
    assert answer.text.count('<tr class="bad">') == 1
    assert "still to be told" in answer.text
    assert "key under mat" in answer.text
    assert db.session.query(Visit).count() == 0


def test_a_walk_before_the_round_or_in_the_future_is_refused_at_the_day(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    for days, words in ((-3, "not open yet"), (2, "has not come yet")):
        day = (local(now()) + timedelta(days=days)).date().isoformat()
        fields = keyed(sheet, {0: {"outcome": "met"}}, day=day)
        answer = client.post(f"/sheets/{sheet.code}/entries", data=fields)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_sheet_keyed_the_next_day_is_marked_as_a_late_entry(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    opened.opened_at = now() - timedelta(days=5)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    yesterday = (local(now()) - timedelta(days=1)).date().isoformat()
    client.post(
        f"/sheets/{sheet.code}/entries",
        data=keyed(sheet, {0: {"outcome": "met"}}, day=yesterday, time="19:00"),
    )
    client.post(f"/sheets/{sheet.code}/entries", data=keyed(sheet, {1: {"outcome": "not_home"}}))
    late, same_day = (client.get(f"/rounds/{opened.id}/doors/{door}") for door in sheet.doors[:2])
    assert "late entry" in late.text
    assert "late entry" not in same_day.text


def test_a_sheet_printed_before_a_recut_still_works(app: Flask, tower: Tower, lin: User) -> None:
    opened = make_round(tower.estate)
    client = browser(app, lin)
    sheet = print_sheets(client, opened, tower)[0]
    other = tower.groups(tower.building)[1]
    for home in tower.dwellings(tower.building)[:3]:
        home.group_id, home.path = other.id, other.path
        door = door_of(opened, home.id)
        door.path = other.path
    db.session.commit()
    answer = client.post(
        f"/sheets/{sheet.code}/entries",
        data=keyed(sheet, {0: {"outcome": "met"}}),
        follow_redirects=True,
    )
    assert "1 row entered." in answer.text
    assert door_of(opened, sheet.doors[0]).state is State.COVERED


def test_where_more_waits_is_said_after_keying(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    """But not of what a row asks itself, nor of homes that were not on the sheet."""
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    homes = tower.dwellings(tower.building)
    for home in (homes[1], homes[2]):
        make_task(tower.building, lin, zhou, home=home)
    rows = {0: {"outcome": "moved"}, 1: {"outcome": "not_home"}}
    answer = client.post(
        f"/sheets/{sheet.code}/entries", data=keyed(sheet, rows), follow_redirects=True
    )
    said = "2 rows entered. There is something else to do at 1 of these homes: "
    assert f"{said}{door_name(homes[1].unit, homes[1].room)}." in text(answer.text)


def test_a_crew_reads_how_doors_stand_only_while_they_are_theirs_and_may_key_them_all(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    first, second = tower.groups(tower.building)
    homes = tower.dwellings(tower.building)
    visit(zhou, opened, homes[0].id, Outcome.REFUSED)
    visit(zhou, opened, homes[1].id, Outcome.NOT_HOME)
    mei, kai = (make_user(n, (Role.VOLUNTEER, tower.building)) for n in ("Mei", "Kai"))
    send_out(mei, first)
    send_out(kai, second)
    sheet = print_sheets(browser(app, mei), opened, tower)[0]
    url = f"/sheets/{sheet.code}/entries"
    assert browser(app, kai).get(url).status_code == 404
    move(tower.building, [homes[0].id], group=second.number, by=person_of(lin))
    db.session.commit()
    hers, his = browser(app, mei).get(url).text, browser(app, kai).get(url).text
    assert ("Declined" in hers, "Tried 1" in hers) == (False, True)
    assert ("Declined" in his, "Tried 1" in his) == (True, False)
    assert hers.count("another group’s now") == 1
    assert his.count("another group’s now") == len(sheet.doors) - 1
    rows = {0: {"outcome": "met"}, 1: {"outcome": "met"}}
    fields = keyed(sheet, rows, walker=str(mei.id))
    answer = browser(app, mei).post(url, data=fields, follow_redirects=True).text
    assert "1 row entered. 1 could not be entered and waits for the coordinator." in answer


def test_a_sheet_of_a_closed_round_waits_in_the_tray(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    db.session.execute(db.text("update tallies set closed = :yes"), {"yes": True})
    db.session.commit()
    answer = client.post(
        f"/sheets/{sheet.code}/entries",
        data=keyed(sheet, {0: {"outcome": "met"}}),
        follow_redirects=True,
    )
    assert "1 could not be entered and waits for the coordinator." in answer.text
    assert db.session.query(TrayItem).count() == 1


def test_wu_of_another_estate_finds_no_sheet_of_zhous(
    app: Flask, tower: Tower, zhou: User, wu: User
) -> None:
    opened = make_round(tower.community)
    sheet = print_sheets(browser(app, zhou), opened, tower)[0]
    stranger = browser(app, wu)
    for url in (
        f"/rounds/{opened.id}/plan/{tower.building.id}/sheets",
        f"/sheets/{sheet.batch}",
        f"/sheets/{sheet.code}/entries",
    ):
        assert stranger.get(url).status_code == 404


def test_whoever_left_since_may_still_be_named_as_the_walker(
    app: Flask, tower: Tower, zhou: User, chen: User, wu: User
) -> None:
    opened = make_round(tower.estate)
    client = browser(app, zhou)
    sheet = print_sheets(client, opened, tower)[0]
    duty = db.session.query(HeldDuty).filter_by(user_id=chen.id).one()
    duty.end(at=now(), by=None)
    db.session.commit()
    url = f"/sheets/{sheet.code}/entries"
    page = client.get(url)
    assert f'value="{chen.id}"' in page.text
    refused = client.post(url, data=keyed(sheet, {0: {"outcome": "met"}}, walker=str(wu.id)))
    assert refused.status_code == 422
