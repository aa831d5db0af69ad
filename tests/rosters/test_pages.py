"""Rosters on pages: hand in, watch, apply, drop, take out."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.access import Role
from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.jobs import Progress
from portal.rosters import actions, report, views
from portal.rosters.jobs import READING, Desk
from portal.rosters.models import Import, Stage
from portal.tower.models import Dwelling, Place
from tests.conftest import HTMX, Tower, browser, counted_queries, make_user
from tests.rosters.conftest import DATA
from tests.rosters.making import csv_file

LAYOUT = csv_file(
    [["estate", "building", "units", "floors", "dwellings"], ["桂香苑", "9", 2, 5, 40]]
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def hand_in(
    client: FlaskClient, community: Place, data: bytes = LAYOUT, name: str = "a.csv"
) -> TestResponse:
    return send(
        client, {"community_id": str(community.id), "file": FileStorage(io.BytesIO(data), name)}
    )


def send(client: FlaskClient, form: dict[str, Any]) -> TestResponse:
    """Encoded here, because for large forms the test client leaves its own file open."""
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post("/rosters", data=body, content_type=kind)


def address(response: TestResponse) -> str:
    """The page of the import that was just handed in."""
    assert response.status_code == 303
    return response.location


def only_import() -> Import:
    return db.session.query(Import).one()


def uploads(app: Flask) -> list[str]:
    folder: Path = Desk(app.config["SETTINGS"].data_folder).folder
    return sorted(path.name for path in folder.glob("*"))


@pytest.fixture(autouse=True)
def clear_desk(app: Flask) -> None:
    """Nothing lies about from other tests: numbers begin again with each of them."""
    desk = Desk(app.config["SETTINGS"].data_folder)
    for path in desk.folder.glob("*"):
        path.unlink()


@pytest.fixture
def far_head(tower: Tower) -> User:
    """Coordinates the community next door."""
    return make_user("Far", (Role.COORDINATOR, tower.elsewhere))


# It works ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("jobs_at_once")
def test_a_roster_is_handed_in_checked_and_applied(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    messy = (DATA / "roster-messy.xlsx").read_bytes()
    url = address(hand_in(client, tower.community, messy, "名单.xlsx"))
    page = client.get(url).text
    assert "Nothing has been written yet." in page
    assert "1,688 households" in page
    assert "1,660 new" in page  # 28 of them stand in the building of 桂香苑 already
    assert "8 rows rejected" in page
    assert "Never kept: 民族, 身份证号" in page
    assert db.session.query(Dwelling).count() == 5 * 42
    applied = client.post(f"{url}/application")
    assert address(applied) == url
    page = client.get(url).text
    assert "Applied on" in page
    for next_step in (f"/places/{tower.community.id}", "/people/new", "/rounds/new"):
        assert f'href="{next_step}"' in page
    assert db.session.query(Dwelling).count() == 5 * 42 + 1660
    assert uploads(app) == []


@pytest.mark.usefixtures("jobs_at_once")
def test_what_was_applied_is_in_the_trail_with_a_name(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    client.post(f"{url}/application")
    (deed,) = db.session.query(AuditEvent)
    assert (deed.action, deed.person_id) == ("roster.applied", head.id)


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_that_changes_nothing_has_nothing_to_apply(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    client.post(f"{address(hand_in(client, tower.community))}/application")
    page = client.get(address(hand_in(client, tower.community))).text
    assert "This file changes nothing." in page
    assert "/application" not in page


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_is_dropped(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    assert len(uploads(app)) > 0
    assert client.post(f"{url}/removal").status_code == 303
    assert uploads(app) == []
    assert "The file was dropped." in client.get("/rosters").text
    assert "Nothing of it was written." in client.get(url).text
    assert client.post(f"{url}/application").status_code == 409
    assert client.post(f"{url}/removal").status_code == 409


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_is_applied_once(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    client.post(f"{url}/application")
    again = client.post(f"{url}/application")
    assert again.status_code == 409
    assert "Only a file that has been checked can be applied." in again.text
    assert client.post(f"{url}/removal").status_code == 409
    assert db.session.query(AuditEvent).count() == 1


@pytest.mark.usefixtures("jobs_at_once")
def test_the_list_says_who_handed_in_what(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    hand_in(client, tower.community, name="和风苑 4月.csv")
    page = client.get("/rosters").text
    assert "和风苑 4月.csv" in page
    assert "checked, not applied" in page
    assert "Head" in page


@pytest.mark.usefixtures("jobs_at_once")
def test_the_same_number_of_queries_for_one_and_twenty_imports(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    kept = only_import()
    columns = {c.name: getattr(kept, c.name) for c in Import.__table__.c if c.name != "id"}

    def queries(path: str) -> int:
        with counted_queries() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    queries("/rosters")
    before = queries("/rosters"), queries(url)
    db.session.add_all([Import(**columns) for _ in range(19)])
    db.session.commit()
    assert (queries("/rosters"), queries(url)) == before


# While a job runs --------------------------------------------------------------------------------


def running(app: Flask, progress: Progress) -> str:
    """The page of an import whose job has come this far."""
    taken = only_import()
    desk = Desk(app.config["SETTINGS"].data_folder)
    desk.expect(taken.id)
    desk.note(taken.id, progress)
    return f"/rosters/{taken.id}"


@pytest.mark.usefixtures("jobs_never_start")
def test_the_page_asks_for_itself_until_the_work_is_done(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    hand_in(client, tower.community)
    url = running(app, Progress(1200, 40_172, "homes"))
    whole, fragment = client.get(url), client.get(url, headers=HTMX)
    assert fragment.text.startswith('<div id="import-')
    for page in (whole.text, fragment.text):
        assert "1,200 of 40,172 households" in page
        assert f'hx-get="{url}"' in page
        assert f'<a class="button" href="{url}">' in page  # without scripting
    running(app, Progress())
    assert "The work begins in a moment." in client.get(url).text
    running(app, Progress(500, 900, READING))
    assert "500 of about 900 rows read" in client.get(url).text


@pytest.mark.usefixtures("jobs_never_start")
def test_a_job_that_died_is_started_again(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    page = client.get(url).text
    assert "The work on this file has stopped. Nothing was changed." in page
    assert "hx-get" not in page
    started: list[int] = []
    monkeypatch.setitem(app.config, "ROSTER_JOBS", started.append)
    assert address(client.post(f"{url}/new-start")) == url
    assert started == [only_import().id]
    running(app, Progress())
    assert client.post(f"{url}/new-start").status_code == 409


@pytest.mark.usefixtures("jobs_never_start")
def test_a_job_that_died_while_applying_can_be_given_up(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    only_import().stage = Stage.APPLYING
    db.session.commit()
    running(app, Progress())
    assert client.post(f"{url}/removal").status_code == 409
    Desk(app.config["SETTINGS"].data_folder).drop(only_import().id)
    assert client.post(f"{url}/removal").status_code == 303
    assert only_import().stage is Stage.DROPPED


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_that_could_not_be_applied_says_so(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community))
    only_import().stage = Stage.APPLYING
    db.session.commit()
    actions.note_failure(only_import().id)
    db.session.commit()
    assert "could not be applied; nothing was changed" in client.get(url).text
    client.post(f"{url}/application")
    assert "Applied on" in client.get(url).text


def test_a_job_starts_only_once_its_import_is_kept(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def look(import_id: int) -> None:
        with app.app_context():
            seen.append(db.session.query(Import).filter_by(id=import_id).count())

    monkeypatch.setitem(app.config, "ROSTER_JOBS", look)
    hand_in(browser(app, head), tower.community)
    assert seen == [1]


# Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "status", "text"),
    [
        ("a.csv", PNG, 415, "the content is not what the ending “.csv” says"),
        ("a.xlsx", PNG, 415, "the content is not what the ending “.xlsx” says"),
        ("a.exe", LAYOUT, 415, "the content is not what the ending “.exe” says"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), 415, "the format before 2007"),
        ("a.csv", b"", 422, "it is empty"),
        ("a.csv", b"a\x00b", 422, "it holds NUL characters"),
        ("a.csv", b"x" * (20 * 1024 * 1024 + 1), 413, "it is larger than 20 MB"),
    ],
)
@pytest.mark.usefixtures("jobs_at_once")
def test_what_is_no_roster_at_first_sight(
    app: Flask, tower: Tower, head: User, name: str, data: bytes, status: int, text: str
) -> None:
    response = hand_in(browser(app, head), tower.community, data, name)
    assert response.status_code == status
    assert text in response.text
    assert 'aria-invalid="true"' in response.text
    assert db.session.query(Import).count() == 0
    assert uploads(app) == []


@pytest.mark.usefixtures("jobs_at_once")
def test_a_body_beyond_all_limits(app: Flask, tower: Tower, head: User) -> None:
    response = hand_in(browser(app, head), tower.community, b"x" * (26 * 1024 * 1024))
    assert response.status_code == 413
    assert "The file or form is larger than allowed." in response.text


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_that_is_refused_on_closer_look_says_why(
    app: Flask, tower: Tower, head: User
) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community, csv_file([["name"], ["Lin"]])))
    assert "no row of headings was found" in client.get(url).text
    assert uploads(app) == []
    assert client.post(f"{url}/application").status_code == 409


def test_no_file_at_all(app: Flask, tower: Tower, head: User) -> None:
    response = browser(app, head).post("/rosters", data={"community_id": tower.community.id})
    assert response.status_code == 422
    assert "Choose the file that holds the roster." in response.text


@pytest.mark.parametrize("community_id", ["0", "abc", "", "elsewhere"])
def test_a_community_out_of_reach_cannot_be_chosen(
    app: Flask, tower: Tower, head: User, community_id: str
) -> None:
    chosen = str(tower.elsewhere.id) if community_id == "elsewhere" else community_id
    form = {"community_id": chosen, "file": FileStorage(io.BytesIO(LAYOUT), "a.csv")}
    assert send(browser(app, head), form).status_code == 422
    assert db.session.query(Import).count() == 0


@pytest.mark.usefixtures("jobs_at_once")
def test_somebody_may_let_only_so_many_files_wait(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    names = [f"{n}.csv" for n in range(actions.WAITING_AT_MOST)]
    urls = [address(hand_in(client, tower.community, name=name)) for name in names]
    refused = hand_in(client, tower.community)
    assert refused.status_code == 409
    assert "5 of your files still wait" in refused.text
    assert len([name for name in uploads(app) if name.endswith((".upload", ".new"))]) == 5
    client.post(f"{urls[0]}/removal")
    assert hand_in(client, tower.community).status_code == 303


@pytest.mark.usefixtures("jobs_at_once")
def test_a_file_that_nobody_comes_back_to_is_deleted(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    old = address(hand_in(client, tower.community))
    only_import().handed_in_at = now() - actions.WAITING_FOR - timedelta(minutes=1)
    db.session.commit()
    fresh = address(hand_in(client, tower.community))
    assert "Nothing of it was written." in client.get(old).text
    assert "Nothing has been written yet." in client.get(fresh).text


@pytest.mark.usefixtures("jobs_never_start")
def test_a_double_click_hands_in_once(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    first = address(hand_in(client, tower.community))
    running(app, Progress())
    assert address(hand_in(client, tower.community)) == first
    assert address(hand_in(client, tower.community, name="b.csv")) != first
    assert db.session.query(Import).count() == 2
    assert [name for name in uploads(app) if name.endswith(".new")] == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (r"C:\\Users\\Lin\\名单.csv", "名单.csv"),
        ("../../etc/名单.csv", "名单.csv"),
        ("a\u202egnp\x07.csv", "agnp.csv"),
        ("长" * 300 + ".csv", "长" * 180 + ".csv"),
        ("<script>.csv", "<script>.csv"),
    ],
)
@pytest.mark.usefixtures("jobs_at_once")
def test_names_of_files_are_made_harmless(
    app: Flask, tower: Tower, head: User, name: str, kept: str
) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community, name=name))
    assert only_import().filename == kept
    assert "<script>.csv" not in client.get(url).text


# Long reports ------------------------------------------------------------------------------------


def rejected_rows(count: int) -> bytes:
    rows = [["estate", "building", "room"], *(["桂香苑", "3", "?"] for _ in range(count))]
    return csv_file([*rows, ["桂香苑", "3", "501"]])


@pytest.mark.usefixtures("jobs_at_once")
def test_a_page_names_some_lines_and_the_file_all(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community, rejected_rows(3000)))
    page = client.get(url)
    assert "3,000 rows rejected" in page.text
    assert page.text.count('<tr class="bad">') == views.MOST_SHOWN
    assert "The first 200 of 3,000; the others are in the CSV file below." in page.text
    download = client.get(f"{url}/messages.csv")
    assert download.mimetype == "text/csv"
    lines = list(csv.DictReader(io.StringIO(download.data.decode("utf-8-sig"))))
    assert len([line for line in lines if line["kind"] == "rejected"]) == 3000
    assert lines[0]["row"] == "2"
    assert lines[0]["code"] == "address_unreadable"


@pytest.mark.usefixtures("jobs_at_once")
def test_beyond_what_is_kept_the_page_says_so(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "MOST_KEPT", 250)
    client = browser(app, head)
    url = address(hand_in(client, tower.community, rejected_rows(300)))
    page = client.get(url).text
    assert "300 rows rejected" in page
    assert "Of each list the first 250 lines are kept." in page


@pytest.mark.usefixtures("jobs_at_once")
def test_homes_that_vanished_are_listed_by_building(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    row = ["和风苑", "3", "1", "1", "101"]
    data = csv_file([["estate", "building", "unit", "floor", "room"], row])
    page = client.get(address(hand_in(client, tower.community, data))).text
    assert "125 households missing" in page
    assert "和风苑, Building 1" in page
    assert "3-702" in page


@pytest.mark.usefixtures("jobs_at_once")
def test_texts_come_in_the_language_of_the_reader(app: Flask, tower: Tower, head: User) -> None:
    url = address(hand_in(browser(app, head), tower.community, rejected_rows(1)))
    other = make_user("沈", (Role.COORDINATOR, tower.community), locale="zh", phone="10000008888")
    assert "cannot be read" in browser(app, head).get(url).text
    assert "cannot be read" not in browser(app, other).get(url).text


@pytest.mark.usefixtures("jobs_at_once")
def test_no_messages_of_a_file_that_was_refused(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    url = address(hand_in(client, tower.community, csv_file([["name"], ["Lin"]])))
    assert client.get(f"{url}/messages.csv").status_code == 404


# Who may -----------------------------------------------------------------------------------------

CALLS = [
    ("GET", "/rosters/{id}"),
    ("GET", "/rosters/{id}/messages.csv"),
    ("POST", "/rosters/{id}/application"),
    ("POST", "/rosters/{id}/new-start"),
    ("POST", "/rosters/{id}/removal"),
    ("POST", "/places/{place}/roster.csv"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.usefixtures("jobs_at_once")
def test_strangers_volunteers_and_neighbours_are_kept_out(
    app: Flask,
    tower: Tower,
    head: User,
    chen: User,
    wu: User,
    far_head: User,
    method: str,
    path: str,
) -> None:
    hand_in(browser(app, head), tower.community)
    url = path.format(id=only_import().id, place=tower.community.id)
    assert browser(app).open(url, method=method).status_code in {302, 401}
    assert browser(app, chen).open(url, method=method).status_code == 403
    assert browser(app, wu).open(url, method=method).status_code == 403
    assert browser(app, far_head).open(url, method=method).status_code == 404
    assert only_import().stage is Stage.CHECKED


@pytest.mark.usefixtures("jobs_at_once")
def test_who_coordinates_one_estate_takes_it_out_but_hands_in_nothing(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    url = address(hand_in(browser(app, head), tower.community))
    client = browser(app, lin)
    page = client.get("/rosters").text
    assert "Rosters are handed in by whoever coordinates the whole community." in page
    assert "a.csv" not in page
    assert client.get(url).status_code == 404
    assert hand_in(client, tower.community).status_code == 422
    assert client.post(f"/places/{tower.estate.id}/roster.csv").status_code == 200
    assert client.post(f"/places/{tower.other_estate.id}/roster.csv").status_code == 404
    assert client.post(f"/places/{tower.community.id}/roster.csv").status_code == 404


def test_the_list_is_for_those_who_load_rosters(app: Flask, tower: Tower, chen: User) -> None:
    assert browser(app).get("/rosters").status_code == 302
    assert browser(app, chen).get("/rosters").status_code == 403
    assert hand_in(browser(app, chen), tower.community).status_code == 403


# Out ---------------------------------------------------------------------------------------------


def test_a_roster_is_taken_out_from_the_page(app: Flask, tower: Tower, head: User) -> None:
    client = browser(app, head)
    page = client.get("/rosters").text
    url = f"/places/{tower.community.id}/roster.csv"
    assert f'<form method="post" action="{url}">' in page
    assert "Your name and the time are recorded." in page
    response = client.post(url)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Cache-Control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert len(lines) == 4 * 42
    assert lines[0]["phone"].startswith("1000")
    (deed,) = db.session.query(AuditEvent)
    assert (deed.action, deed.person_id) == ("roster.exported", head.id)
    assert client.get(url).status_code == 405
