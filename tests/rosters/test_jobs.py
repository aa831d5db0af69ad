"""Uploads that wait, and the work on them beside any request."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal import jobs as shared
from portal.access import Role
from portal.accounts.models import User
from portal.config import ROOT, Settings
from portal.db import BusyError, db
from portal.jobs import Progress, reading_only
from portal.rosters import arrivals, jobs
from portal.rosters.actions import drop, hand_in, keep_check
from portal.rosters.jobs import Desk, in_a_process
from portal.rosters.models import Import, Stage
from portal.rosters.report import Report, kept
from portal.rosters.work import work
from portal.tower.models import Dwelling, Level, Place
from portal.tower.signals import groups_made
from tests.conftest import Tower, make_community, make_user, person_of
from tests.rosters.making import csv_file

ROWS = [["estate", "building", "units", "floors", "dwellings"], ["桂香苑", "9", 2, 5, 40]]
LAYOUT = csv_file(ROWS)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def put(desk: Desk, import_id: int, data: bytes = LAYOUT) -> None:
    desk.keep(desk.receive(io.BytesIO(data)), import_id)


def desk_of(app: Flask) -> Desk:
    return Desk(app.config["SETTINGS"].data_folder)


def taken_in(
    app: Flask, community: Place, by: User, data: bytes = LAYOUT, filename: str = "a.csv"
) -> Import:
    """A file that was handed in."""
    path = desk_of(app).receive(io.BytesIO(data))
    taken = hand_in(person_of(by), community, path=path, filename=filename, desk=desk_of(app))
    db.session.commit()
    return taken


def stage_of(taken: Import) -> Stage:
    db.session.expire_all()
    return taken.stage


def apply(taken: Import) -> None:
    taken.stage = Stage.APPLYING
    db.session.commit()
    work(taken.id)
    db.session.expire_all()


# The desk ----------------------------------------------------------------------------------------


def test_an_upload_is_readable_by_this_user_only(desk: Desk) -> None:
    put(desk, 7)
    assert desk.upload(7).read_bytes() == LAYOUT
    assert desk.upload(7).stat().st_mode & 0o777 == 0o600
    assert desk.folder.stat().st_mode & 0o777 == 0o700


def test_nothing_stays_of_a_dropped_upload(desk: Desk) -> None:
    put(desk, 7)
    put(desk, 77)
    desk.note(7, Progress())
    with desk.at_work(7):
        desk.drop(7)
    assert [path.name for path in desk.folder.iterdir()] == ["77.upload"]


def test_what_broken_off_requests_left_behind_is_swept(desk: Desk) -> None:
    put(desk, 7)
    put(desk, 8)
    orphan = desk.receive(io.BytesIO(b"never got an import"))
    young = desk.receive(io.BytesIO(b"being handed in right now"))
    long_ago = time.time() - jobs.ORPHAN - 1
    for path in (desk.upload(7), desk.upload(8), orphan):
        os.utime(path, (long_ago, long_ago))
    desk.sweep({7})
    assert set(desk.folder.iterdir()) == {desk.upload(7), young}


def test_a_job_that_does_not_begin_is_dead(desk: Desk) -> None:
    put(desk, 7)
    assert not desk.progress(7).alive
    desk.expect(7)
    assert desk.progress(7) == Progress(alive=True)
    silent = time.time() - shared.STARTING - 1
    os.utime(desk.folder / "7.progress", (silent, silent))
    assert not desk.progress(7).alive


def test_a_job_lives_as_long_as_its_process(desk: Desk) -> None:
    put(desk, 7)
    desk.expect(7)
    with desk.at_work(7):
        desk.note(7, Progress(3, 9, "homes"))
        assert desk.progress(7) == Progress(3, 9, "homes", alive=True)
    assert desk.progress(7) == Progress(3, 9, "homes", alive=False)
    desk.expect(7)  # it is started again
    assert desk.progress(7).alive


def test_one_at_a_time_works_on_an_import(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "LOOKING", 0)
    put(desk, 7)
    with desk.at_work(7) as first, desk.at_work(7) as second, desk.at_work(8) as other:
        assert (first, second, other) == (True, False, True)
    with desk.at_work(7) as again:
        assert again


# The work ----------------------------------------------------------------------------------------


def test_a_file_is_checked_and_then_applied(app: Flask, tower: Tower, head: User) -> None:
    taken = taken_in(app, tower.community, head)
    work(taken.id)
    assert stage_of(taken) is Stage.CHECKED
    checked = kept(taken.report or {})
    assert (checked.new, checked.groups) == (40, 2)
    assert db.session.query(Place).filter_by(name="9").count() == 0
    apply(taken)
    assert stage_of(taken) is Stage.APPLIED
    assert kept(taken.report or {}) == checked
    assert db.session.query(Place).filter_by(name="9").count() == 1
    assert list(desk_of(app).folder.glob(f"{taken.id}.*")) == []


def test_a_file_that_cannot_be_read_is_refused_and_removed(
    app: Flask, tower: Tower, head: User
) -> None:
    taken = taken_in(app, tower.community, head, data=csv_file([["a", "b"], ["1", "2"]]))
    work(taken.id)
    assert stage_of(taken) is Stage.REFUSED
    assert taken.report == {"refused": "no_headings", "params": {}}
    assert list(desk_of(app).folder.glob(f"{taken.id}.*")) == []


def test_a_file_that_was_dropped_meanwhile_stays_dropped(
    app: Flask, tower: Tower, head: User
) -> None:
    taken = taken_in(app, tower.community, head)
    drop(taken, desk_of(app))
    keep_check(taken.id, Report())
    assert (stage_of(taken), taken.report) == (Stage.DROPPED, None)
    work(taken.id)
    assert stage_of(taken) is Stage.DROPPED


def test_a_file_that_is_gone_is_given_up(app: Flask, tower: Tower, head: User) -> None:
    taken = taken_in(app, tower.community, head)
    desk_of(app).drop(taken.id)
    work(taken.id)
    assert stage_of(taken) is Stage.DROPPED


def test_nothing_is_done_twice(app: Flask, tower: Tower, head: User) -> None:
    taken = taken_in(app, tower.community, head)
    work(taken.id)
    apply(taken)
    applied_at = taken.applied_at
    work(taken.id)
    assert stage_of(taken) is Stage.APPLIED
    assert taken.applied_at == applied_at


def test_a_failure_in_the_middle_leaves_nothing(
    app: Flask, tower: Tower, head: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "HOMES_AT_ONCE", 1)
    rows = [ROWS[0], *(["桂香苑", str(n), 2, 5, 40] for n in (8, 9))]
    taken = taken_in(app, tower.community, head, data=csv_file(rows))
    work(taken.id)
    stood = (db.session.query(Place).count(), db.session.query(Dwelling).count())
    with second_building_fails(), pytest.raises(RuntimeError, match="second building"):
        apply(taken)
    assert stage_of(taken) is Stage.CHECKED
    assert kept(taken.report or {}).failed
    assert (db.session.query(Place).count(), db.session.query(Dwelling).count()) == stood
    apply(taken)
    assert stage_of(taken) is Stage.APPLIED
    assert not kept(taken.report or {}).failed


@contextmanager
def second_building_fails() -> Iterator[None]:
    """Somebody who listens to new groups breaks down in the middle of a roster."""
    heard: list[object] = []

    def listen(rows: object) -> None:
        heard.append(rows)
        if len(heard) == 2:
            raise RuntimeError("the second building cannot be followed")

    with groups_made.connected_to(listen):
        yield


def test_a_roster_tries_again_where_a_request_would_give_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PAUSE", 0)
    answers = iter([BusyError(), OperationalError("lock", None, Exception("timeout")), None])

    def begin() -> str:
        if trouble := next(answers):
            raise trouble
        return "begun"

    assert shared.patiently(begin) == "begun"


def test_a_database_that_never_answers_is_given_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "PAUSE", 0)
    tries: list[int] = []

    def begin() -> None:
        tries.append(1)
        raise BusyError

    with pytest.raises(BusyError):
        shared.patiently(begin)
    assert len(tries) == shared.TRIES


# Processes ---------------------------------------------------------------------------------------


@pytest.mark.commits
def test_a_job_runs_in_a_process_of_its_own(real: Flask) -> None:
    community = make_community("百川社区")
    import_id = taken_in(real, community, make_user("Head", (Role.COORDINATOR, community))).id
    db.session.rollback()
    assert in_a_process(import_id).wait(timeout=60) == 0
    with reading_only():
        assert db.session.get_one(Import, import_id).stage is Stage.CHECKED


@pytest.mark.commits
def test_two_rosters_at_once_are_applied_one_after_the_other(real: Flask, tmp_path: Path) -> None:
    """Both name a community that is not there yet, and the same building."""
    path = tmp_path / "layout.csv"
    path.write_bytes(LAYOUT)
    commands = [_importing(real, path) for _ in range(2)]
    answers = [command.communicate(timeout=60) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], answers
    told = [json.loads(out) for out, _ in answers]
    assert sorted((report["new"], report["unchanged"]) for report in told) == [(0, 40), (40, 0)]
    with reading_only():
        assert db.session.query(Place).filter_by(level=Level.COMMUNITY).count() == 1
        assert db.session.query(Dwelling).count() == 40


def _importing(app: Flask, path: Path) -> subprocess.Popen[str]:
    settings: Settings = app.config["SETTINGS"]
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "roster", "import", str(path)]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--community", "百川社区", "--json"],
        cwd=ROOT,
        env={**os.environ, **settings.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
