"""Rosters handed in on a page: taken, checked, applied all or nothing, dropped."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path, PurePosixPath

from flask_babel import gettext

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, one_at_a_time
from portal.errors import RuleError
from portal.rosters import queries
from portal.rosters.arrivals import Progress, bring_in
from portal.rosters.jobs import Desk, sha256
from portal.rosters.limits import Limits
from portal.rosters.messages import Unreadable
from portal.rosters.models import Import, Stage
from portal.rosters.reading import Reading
from portal.rosters.report import Report, to_keep
from portal.rosters.sheets import open_file
from portal.tower.actions import make_community
from portal.tower.models import Place
from portal.tower.queries import maybe_community

NEW_COMMUNITY_LOCK = 7_300_000_000
HAND_IN_LOCK = 7_400_000_000  # added to the person's number: one file at a time
WAITING_AT_MOST = 5  # uploads of one person that wait to be applied or dropped
WAITING_FOR = timedelta(days=7)  # after which an upload is dropped: it holds names and phones
LONGEST_STEM, LONGEST_ENDING = 180, 20


# Handing in --------------------------------------------------------------------------------------


def hand_in(person: Person, community: Place, *, path: Path, filename: str, desk: Desk) -> Import:
    """Take a file to be checked; nothing in the tower changes yet.

    The same file again, as after a double click, is the import that waits already. Raises
    `Unreadable` for what is no spreadsheet at first sight, `RuleError` when too many files of this
    person wait.
    """
    filename = _tidy(filename)
    look_at(path, filename)
    taken = Import(
        community_id=community.id,
        filename=filename,
        sha256=sha256(path),
        stage=Stage.CHECKING,
        handed_in_by=person.id,
        handed_in_at=now(),
    )
    one_at_a_time(HAND_IN_LOCK + person.id)
    tidy_up(desk)
    waiting = queries.waiting_of(person)
    if same := next((each for each in waiting if _is_same(each, taken)), None):
        return same
    if len(waiting) >= WAITING_AT_MOST:
        raise RuleError(
            gettext("%(n)s of your files still wait: apply or drop them first.", n=WAITING_AT_MOST)
        )
    db.session.add(taken)
    db.session.flush()
    desk.keep(path, taken.id)
    return taken


def _is_same(one: Import, other: Import) -> bool:
    return (one.community_id, one.filename, one.sha256) == (
        other.community_id,
        other.filename,
        other.sha256,
    )


def look_at(path: Path, filename: str) -> None:
    """Raise `Unreadable` for what can be told at once: size, ending, kind of content."""
    if filename.lower().endswith(".xlsx") and zipfile.is_zipfile(path):
        return  # to unpack it takes longer than a page may
    with open_file(path, filename=filename, limits=Limits()):
        return


def _tidy(filename: str) -> str:
    """The name without folders and without characters that nobody sees, its ending kept."""
    visible = "".join(filter(str.isprintable, filename.replace("\\", "/")))
    name = PurePosixPath(visible)
    return name.stem[:LONGEST_STEM] + name.suffix[:LONGEST_ENDING]


def tidy_up(desk: Desk) -> None:
    """Drop uploads that have waited too long, and files that no import needs."""
    for taken in queries.forgotten(before=now() - WAITING_FOR):
        taken.stage = Stage.DROPPED
    db.session.flush()
    desk.sweep(queries.waiting_ids())


# Afterwards --------------------------------------------------------------------------------------


def request_apply(taken: Import) -> None:
    """Ask for a checked file to be applied."""
    queries.lock(taken.id)
    if taken.stage is not Stage.CHECKED:
        raise RuleError(gettext("Only a file that has been checked can be applied."))
    taken.stage = Stage.APPLYING


def request_again(taken: Import, desk: Desk) -> None:
    """Ask once more for what a job that stopped has left undone."""
    if taken.stage not in {Stage.CHECKING, Stage.APPLYING}:
        raise RuleError(gettext("There is nothing left to do for this file."))
    if desk.progress(taken.id).alive:
        raise RuleError(gettext("This file is being worked on right now."))


def drop(taken: Import, desk: Desk) -> None:
    """Throw an upload away unused."""
    queries.lock(taken.id)
    if taken.stage not in queries.WAITING:
        raise RuleError(gettext("This file is not waiting any more."))
    if taken.stage is Stage.APPLYING and desk.progress(taken.id).alive:
        raise RuleError(gettext("This file is being worked on right now."))
    taken.stage = Stage.DROPPED
    desk.drop(taken.id)


def keep_check(import_id: int, report: Report) -> None:
    """Write down what a file would change, unless it was dropped meanwhile."""
    taken = queries.lock(import_id)
    if taken.stage is Stage.CHECKING:
        taken.stage, taken.report = Stage.CHECKED, to_keep(report)


def refuse(import_id: int, refused: Unreadable) -> None:
    """Write down why a file as a whole cannot be read."""
    taken = queries.lock(import_id)
    if taken.stage in queries.WAITING:
        taken.stage = Stage.REFUSED
        taken.report = {"refused": refused.code.value, "params": refused.params}


def give_up(import_id: int) -> None:
    """Drop an import whose file is gone."""
    queries.lock(import_id).stage = Stage.DROPPED


def apply_checked(import_id: int, reading: Reading, *, progress: Progress) -> None:
    """Apply a checked file in the caller's transaction: all of it or nothing."""
    taken = queries.lock(import_id)
    if taken.stage is not Stage.APPLYING:
        return
    community = db.session.get_one(Place, taken.community_id)
    report = load(reading, community, by=taken.handed_in_by, progress=progress)
    taken.stage, taken.report, taken.applied_at = Stage.APPLIED, to_keep(report), now()


def note_failure(import_id: int) -> None:
    """Let a file that could not be applied wait as before."""
    taken = queries.lock(import_id)
    if taken.stage is Stage.APPLYING:
        taken.stage, taken.report = Stage.CHECKED, {**(taken.report or {}), "failed": True}


# Into the tower, and out of it -------------------------------------------------------------------


def load(
    reading: Reading, community: Place, *, by: int | None, progress: Progress | None = None
) -> Report:
    """Bring a reading into a community and record it; one roster at a time."""
    report = bring_in(reading, community, progress=progress)
    if report.changes_anything:
        record(
            "roster.applied",
            community_id=community.id,
            by=by,
            subject="community",
            subject_id=community.id,
            details={"new": report.new, "changed": report.changed, "missing": report.missing},
        )
    return report


def record_export(place: Place, *, by: int | None) -> None:
    """Names and phones leave the house: write down who took them out."""
    record(
        "roster.exported",
        community_id=place.community_id,
        by=by,
        subject="place",
        subject_id=place.id,
    )


def find_or_make_community(name: str) -> Place:
    """The community of that name, made if there is none; also when two ask at once."""
    one_at_a_time(NEW_COMMUNITY_LOCK)
    return maybe_community(name) or make_community(name)
