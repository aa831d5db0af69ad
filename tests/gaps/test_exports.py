"""Lists of doors as files: the same doors, no formulas, no people, and a note of who took them."""

from __future__ import annotations

import csv
import io

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from portal.access import Role
from portal.accounts.models import User
from portal.audit.actions import broken_links
from portal.audit.queries import latest
from portal.coverage.models import Round
from portal.coverage.states import State
from portal.db import db
from portal.tower.models import CareTag, Dwelling
from tests.conftest import Tower, browser, make_user
from tests.gaps.factory import days_ago, open_round, put


def take(client: FlaskClient, opened: Round, **fields: object) -> TestResponse:
    return client.post(f"/rounds/{opened.id}/exports", data={"kind": "csv", **fields})


def lines_of(answer: TestResponse) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_file_tells_where_a_door_is_and_how_it_stands(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened, first = open_round(tower), tower.dwellings(tower.building)[0]
    put(opened, [first], State.TRIED, attempts=2, last_at=days_ago(4), gap_since=days_ago(4))
    headings, line, *others = lines_of(take(browser(app, zhou), opened, state="tried"))
    told = dict(zip(headings, line, strict=True))
    assert not others
    assert told.pop("Last visit")[4] == "-"
    assert told == {
        "Estate": "和风苑",
        "Building": "3",
        "Group": "1",
        "Unit": "1",
        "Floor": "1",
        "Room": "101",
        "State": "Tried",
        "Visits without contact": "2",
        "Still to tell (people)": "",
        "Waiting for": "",
        "Days without a visit": "4",
        "Agreed time": "",
        "Care tag": "",
    }


def test_headings_speak_the_language_of_the_person(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    wen = make_user("Wen", (Role.COORDINATOR, tower.community), locale="zh")
    assert len(lines_of(take(browser(app, wen), opened))) == 169


def test_the_workbook_holds_the_same_as_the_text_file(app: Flask, tower: Tower, head: User) -> None:
    opened, client = open_round(tower), browser(app, head)
    answer = take(client, opened, kind="xlsx", place=tower.building.id)
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    told = [["" if v is None else str(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    assert told == lines_of(take(client, opened, place=tower.building.id))
    assert len(told) == 43


def test_neither_names_nor_phones_leave_the_house(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    everything = take(browser(app, head), opened).data.decode()
    for dwelling in tower.dwellings(tower.building):
        assert str(dwelling.phone) not in everything
        assert str(dwelling.contact_label) not in everything


def test_a_dangerous_room_is_harmless_in_the_file(app: Flask, tower: Tower, zhou: User) -> None:
    tower.dwellings(tower.building)[0].room = "=HYPERLINK(1)"
    db.session.commit()
    rooms = [line[5] for line in lines_of(take(browser(app, zhou), open_round(tower)))]
    assert "'=HYPERLINK(1)" in rooms


def test_an_export_is_noted_in_the_chain(app: Flask, tower: Tower, lin: User) -> None:
    opened = open_round(tower)
    take(browser(app, lin), opened, state="gap", days=0, place=tower.building.id)
    note = latest((opened.community_id,))[0]
    assert (note.action, note.person_id, note.subject_id) == ("doors.exported", lin.id, opened.id)
    assert note.details == {
        "kind": "csv",
        "rows": 42,
        "places": [tower.building.path],
        "place": tower.building.id,
        "state": ["gap"],
    }
    assert broken_links(opened.community_id) == []


def test_looking_changes_nothing_so_a_file_is_posted_for(
    app: Flask, tower: Tower, head: User
) -> None:
    url = f"/rounds/{open_round(tower).id}/exports"
    assert browser(app, head).get(url).status_code == 405


def test_a_file_has_a_plain_name_and_a_speaking_one(app: Flask, tower: Tower, head: User) -> None:
    opened = open_round(tower)
    opened.name = '秋季"走访\r\n'
    db.session.commit()
    answer = take(browser(app, head), opened)
    name = answer.headers["Content-Disposition"]
    assert name.startswith(f"attachment; filename=doors-{opened.id}-2")
    assert "filename*=UTF-8''%E7%A7%8B%E5%AD%A3%22%E8%B5%B0%E8%AE%BF%0D%0A-2" in name
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_may_not_export_gets_no_file_and_no_button(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    client = browser(app, make_user("Qian", (Role.REVIEWER, tower.community)))
    assert take(client, opened).status_code == 403
    assert "/exports" not in client.get(f"/rounds/{opened.id}/doors").text
    assert take(browser(app), opened).status_code == 401


def test_a_file_wider_than_the_right_to_export_is_refused(app: Flask, tower: Tower) -> None:
    opened = open_round(tower)
    both = make_user("Mei", (Role.REVIEWER, tower.community), (Role.LEADER, tower.building))
    client = browser(app, both)
    assert take(client, opened).status_code == 403
    assert take(client, opened, place=tower.estate.id).status_code == 403
    assert len(lines_of(take(client, opened, place=tower.building.id))) == 43
    assert "/exports" not in client.get(f"/rounds/{opened.id}/doors").text
    assert "/exports" in client.get(f"/rounds/{opened.id}/doors?place={tower.building.id}").text


def test_a_neighbour_gets_no_file(app: Flask, tower: Tower, wu: User) -> None:
    client, opened = browser(app, wu), open_round(tower)
    assert take(client, opened, place=tower.building.id).status_code == 404
    assert take(client, open_round(tower, tower.estate)).status_code == 404
    assert len(lines_of(take(client, opened))) == 43


def test_a_damaged_order_for_a_file_is_refused(app: Flask, tower: Tower, head: User) -> None:
    client, opened = browser(app, head), open_round(tower)
    assert take(client, opened, kind="exe").status_code == 422
    assert take(client, opened, days="soon").status_code == 422
    assert take(client, opened, place=["1", "9"]).status_code == 400


def test_care_tags_are_only_in_files_of_those_who_may_see_them(
    app: Flask, tower: Tower, zhou: User
) -> None:
    dwelling: Dwelling = tower.dwellings(tower.building)[0]
    dwelling.care_tag = CareTag.STUDENT
    db.session.commit()
    opened = open_round(tower)
    assert "Student" in take(browser(app, zhou), opened).data.decode()
    officer = browser(app, make_user("Qian", (Role.OFFICER, tower.community)))
    told = take(officer, opened)
    assert lines_of(told)[0][-1] == "Agreed time"
    assert "Student" not in told.data.decode()
    assert take(officer, opened, care="student").status_code == 403
