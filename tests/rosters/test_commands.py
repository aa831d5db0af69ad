"""flask roster import, and flask roster export."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db as database
from portal.rosters.actions import WAITING_FOR, hand_in
from portal.rosters.jobs import ORPHAN, Desk
from portal.rosters.models import Stage
from portal.tower.models import Dwelling, Place
from tests.conftest import Tower, make_app, person_of
from tests.rosters.conftest import DATA
from tests.rosters.making import csv_file, workbook

Run = Callable[..., Result]
EXPECTED = json.loads((DATA / "roster-messy.expected.json").read_text("utf-8"))
MESSY = str(DATA / "roster-messy.xlsx")
LAYOUT = csv_file(
    [["estate", "building", "units", "floors", "dwellings"], ["桂香苑", "9", 2, 5, 40]]
)


@pytest.fixture
def roster(app: Flask) -> Run:
    """`flask roster …`; what was read into the session before is forgotten afterwards."""

    def run(*args: str, on: Flask = app) -> Result:
        result = on.test_cli_runner().invoke(args=["roster", *args])
        database.session.expire_all()
        return result

    return run


@pytest.fixture
def layout(tmp_path: Path) -> str:
    path = tmp_path / "layout.csv"
    path.write_bytes(LAYOUT)
    return str(path)


def told(result: Result) -> dict[str, Any]:
    """The JSON on standard output, which holds nothing else."""
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def count(model: type[Place] | type[Dwelling] | type[AuditEvent]) -> int:
    return database.session.query(model).count()


# In ----------------------------------------------------------------------------------------------


def test_the_messy_roster_is_reported_line_by_line(roster: Run) -> None:
    result = roster("import", MESSY, "--community", "百川", "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    report = told(result)
    assert report["dwellings"] == report["new"] == len(EXPECTED["dwellings"])
    assert (report["changed"], report["unchanged"], report["missing"]) == (0, 0, 0)
    assert report["groups"] == database.session.query(Place).filter_by(level=4).count()
    for kind in ("rejected", "warnings"):
        lines = [{key: line[key] for key in ("sheet", "row", "code")} for line in report[kind]]
        assert lines == EXPECTED[kind]
        assert all(line["text"] for line in report[kind])
    assert report["ignored_columns"] == EXPECTED["ignored_columns"]
    assert report["skipped_rows"] == EXPECTED["skipped_rows"]


def test_a_dry_run_says_the_same_and_writes_nothing(roster: Run) -> None:
    dry = roster("import", MESSY, "--community", "百川", "--dry-run", "--json")
    assert dry.exit_code == 0
    assert (count(Place), count(Dwelling), count(AuditEvent)) == (0, 0, 0)
    assert told(dry) == told(roster("import", MESSY, "--community", "百川", "--json"))


def test_the_same_file_twice_changes_nothing(roster: Run, layout: str) -> None:
    roster("import", layout, "--community", "百川")
    deeds = count(AuditEvent)
    for flags in (["--dry-run"], []):
        report = told(roster("import", layout, "--community", "百川", "--json", *flags))
        assert (report["new"], report["changed"], report["unchanged"]) == (0, 0, 40)
    assert count(Dwelling) == 40
    assert count(AuditEvent) == deeds


def test_a_community_is_found_by_its_name(roster: Run, tower: Tower, layout: str) -> None:
    roster("import", layout, "--community", " 百川社区 ")
    building = database.session.query(Place).filter_by(name="9").one()
    assert building.community_id == tower.community.id


def test_what_was_brought_in_is_in_the_trail(roster: Run, layout: str) -> None:
    roster("import", layout, "--community", "百川")
    (deed,) = database.session.query(AuditEvent)
    assert (deed.action, deed.person_id) == ("roster.applied", None)
    assert deed.details == {"new": 40, "changed": 0, "missing": 0}


def test_a_person_reads_counts_and_the_rows_to_mend(roster: Run) -> None:
    result = roster("import", MESSY, "--community", "百川", "--dry-run")
    assert result.exit_code == 0
    assert "Rejected: Addresses that became dates: 7\n  桂香苑 240, 桂香苑 408" in result.stdout
    assert "Format the column as text and type the address again" in result.stdout
    assert "Warning: Phone numbers left out: 35\n" in result.stdout
    assert " and 23 more" in result.stdout
    assert "Never kept: 民族, 身份证号" in result.stdout
    assert "Households: 1,688 (new 1,688, changed 0, unchanged 0" in result.stdout
    assert result.stdout.endswith("Nothing was written (dry run).\n")
    assert result.stderr == ""  # a bar is drawn only where somebody looks


def test_homes_that_vanished_are_named(roster: Run, tower: Tower, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    rows = [[h.unit, h.floor, h.room] for h in tower.dwellings(tower.building)[2:]]
    path.write_bytes(
        csv_file(
            [
                ["estate", "building", "unit", "floor", "room"],
                *(["和风苑", "3", *row] for row in rows),
            ]
        )
    )
    result = roster("import", str(path), "--community", "百川社区")
    assert "Missing from the file: 86\n" in result.stdout
    assert "  和风苑 3: 1-101, 1-102\n" in result.stdout
    assert "  和风苑 1: 1-101, 1-102, 1-201" in result.stdout
    assert count(Dwelling) == 5 * 42


def test_the_command_speaks_the_language_of_the_installation(
    app: Flask, roster: Run, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "BABEL_DEFAULT_LOCALE", "zh")
    result = roster("import", MESSY, "--community", "百川", "--dry-run")
    assert "地址" in result.stdout


# Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code", "text"),
    [
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_spreadsheet", "the content is not what"),
        ("a.xlsx", b"estate,building\n", "not_a_spreadsheet", "the content is not what"),
        ("a.csv", b" \n", "empty", "it is empty"),
        ("a.csv", b"name,age\r\nLin,40\r\n", "no_headings", "no row of headings was found"),
        ("a.txt", LAYOUT, "not_a_spreadsheet", "the content is not what"),
    ],
)
def test_a_refused_file_is_told_in_words_and_as_json(
    roster: Run, tmp_path: Path, name: str, content: bytes, code: str, text: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = roster("import", str(path), "--community", "百川", "--json")
    assert result.exit_code == 1
    assert told(result)["refused"] == code
    assert text in told(result)["text"]
    assert text in result.stderr
    plain = roster("import", str(path), "--community", "百川")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert text in plain.stderr
    assert count(Place) == 0


def test_a_file_that_is_not_there(roster: Run) -> None:
    result = roster("import", "nowhere.csv", "--community", "百川")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


@pytest.mark.parametrize("flags", [["--dry-run"], []])
@pytest.mark.parametrize("name", [" ", "社" * 61])
def test_a_community_needs_a_name(roster: Run, layout: str, name: str, flags: list[str]) -> None:
    result = roster("import", layout, "--community", name, *flags)
    assert result.exit_code == 1
    assert "A place needs a name of at most 60 characters." in result.stderr


@pytest.mark.commits
@pytest.mark.parametrize("command", ["import", "export"])
def test_a_database_without_tables_is_named(tmp_path: Path, layout: str, command: str) -> None:
    bare = make_app(tmp_path, f"sqlite:///{tmp_path}/bare.sqlite3")
    args = [layout] if command == "import" else []
    result = bare.test_cli_runner().invoke(args=["roster", command, *args, "--community", "百川"])
    assert result.exit_code == 1
    assert "flask --app wsgi db upgrade" in result.stderr
    with bare.app_context():
        database.engine.dispose()


# Out ---------------------------------------------------------------------------------------------


def test_what_goes_out_comes_back_unchanged(roster: Run, tmp_path: Path) -> None:
    roster("import", MESSY, "--community", "百川")
    out = roster("export", "--community", "百川")
    assert (out.exit_code, out.stderr) == (0, "")
    path = tmp_path / "out.csv"
    path.write_bytes(out.stdout_bytes)
    report = told(roster("import", str(path), "--community", "百川", "--json"))
    assert (report["new"], report["changed"], report["missing"]) == (0, 0, 0)
    assert report["unchanged"] == len(EXPECTED["dwellings"])
    assert roster("export", "--community", "百川").stdout_bytes == out.stdout_bytes


def test_a_roster_taken_out_is_in_the_trail(roster: Run, tower: Tower) -> None:
    roster("export", "--community", "百川社区")
    (deed,) = database.session.query(AuditEvent)
    assert (deed.action, deed.person_id) == ("roster.exported", None)
    assert (deed.subject, deed.subject_id) == ("place", tower.community.id)


def test_a_community_that_is_not_there(roster: Run) -> None:
    result = roster("export", "--community", "百川")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no community named “百川”.\n"


def test_uploads_that_waited_too_long_are_deleted(
    app: Flask, roster: Run, tower: Tower, head: User
) -> None:
    desk = Desk(app.config["SETTINGS"].data_folder)
    waiting, forgotten = (
        hand_in(
            person_of(head),
            tower.community,
            path=desk.receive(io.BytesIO(LAYOUT)),
            filename=f"{n}.csv",
            desk=desk,
        )
        for n in range(2)
    )
    forgotten.handed_in_at = now() - WAITING_FOR - timedelta(minutes=1)
    database.session.commit()
    long_ago = time.time() - ORPHAN - 1
    os.utime(desk.upload(forgotten.id), (long_ago, long_ago))
    assert roster("tidy").exit_code == 0
    assert (waiting.stage, forgotten.stage) == (Stage.CHECKING, Stage.DROPPED)
    assert desk.upload(waiting.id).exists()
    assert not desk.upload(forgotten.id).exists()


def test_a_workbook_of_a_committee(roster: Run, tmp_path: Path) -> None:
    """Title row, merged buildings, a formula for a name: in, out, in again."""
    path = tmp_path / "名单.xlsx"
    rows = [["桂香苑住户名单"], ["楼栋", "房号", "姓名"], ["3栋", "2-501", "=老王"]]
    path.write_bytes(workbook({"桂香苑": [*rows, [None, "2-502", "'李阿姨"]]}))
    roster("import", str(path), "--community", "百川")
    names = {home.contact_label for home in database.session.query(Dwelling)}
    assert names == {"=老王", "'李阿姨"}
    out = tmp_path / "out.csv"
    out.write_bytes(roster("export", "--community", "百川").stdout_bytes)
    report = told(roster("import", str(out), "--community", "百川", "--json"))
    assert (report["unchanged"], report["changed"]) == (2, 0)
