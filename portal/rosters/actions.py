"""Rosters handed in on a page: taken, checked, applied all or nothing, dropped."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from flask_babel import gettext

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, one_at_a_time
from portal.errors import RuleError
from portal.rosters.arrivals import Progress, bring_in
from portal.rosters.jobs import Desk
from portal.rosters.messages import Unreadable
from portal.rosters.models import Import, Stage
from portal.rosters.reading import Reading, read
from portal.rosters.report import Report, lines
from portal.tower.models import Place

ROSTER_LOCK = 7_300_000_000  # added to the community's number: one roster at a time
WAITING_AT_MOST = 5  # uploads of one person that wait to be applied or dropped


def hand_in(person: Person, community: Place, *, filename: str, data: bytes) -> Import:
    """Take a file to be checked; nothing in the tower changes yet."""
    waiting = db.session.query(Import).filter_by(handed_in_by=person.id)
    if waiting.filter(Import.stage.in_([Stage.CHECKING, Stage.CHECKED])).count() >= WAITING_AT_MOST:
        raise RuleError(
            gettext("%(n)s of your files still wait: apply or drop them first.", n=WAITING_AT_MOST)
        )
    taken = Import(
        community_id=community.id,
        filename=filename[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        stage=Stage.CHECKING,
        handed_in_by=person.id,
        handed_in_at=now(),
    )
    db.session.add(taken)
    db.session.flush()
    return taken


def may_apply(taken: Import) -> str | None:
    """Why a file cannot be applied now, in words; None when it can."""
    if taken.stage is not Stage.CHECKED:
        return str(gettext("Only a file that has been checked can be applied."))
    return None


def request_apply(taken: Import) -> None:
    """Ask for a checked file to be applied."""
    if reason := may_apply(taken):
        raise RuleError(reason)
    taken.stage = Stage.APPLYING


def drop(taken: Import, desk: Desk) -> None:
    """Throw an upload away unused."""
    if taken.stage is Stage.APPLYING and desk.progress(taken.id).alive:
        raise RuleError(gettext("This file is being applied right now."))
    if taken.stage is not Stage.APPLIED:
        taken.stage = Stage.DROPPED
    desk.drop(taken.id)


def check(taken: Import, desk: Desk, progress: Progress) -> None:
    """Say what a file would change."""
    try:
        reading = read(desk.path(taken.id), filename=taken.filename)
    except Unreadable as refused:
        taken.stage, taken.report = Stage.REFUSED, {"refused": refused.text(gettext)}
        desk.drop(taken.id)
        return
    community = db.session.get_one(Place, taken.community_id)
    report = _reported(bring_in(reading, community, write=False, progress=progress), reading)
    taken.stage, taken.report = Stage.CHECKED, asdict(report)


def apply_checked(taken: Import, desk: Desk, progress: Progress) -> None:
    """Apply a checked file in the caller's transaction: all of it or nothing."""
    reading = read(desk.path(taken.id), filename=taken.filename)
    community = db.session.get_one(Place, taken.community_id)
    report = load(reading, community, by=taken.handed_in_by, progress=progress)
    taken.stage, taken.report, taken.applied_at = Stage.APPLIED, asdict(report), now()


def load(
    reading: Reading,
    community: Place,
    *,
    by: int | None,
    write: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Bring a reading into a community, or say what that would do; one roster at a time."""
    if not write:
        return _reported(bring_in(reading, community, write=False, progress=progress), reading)
    one_at_a_time(ROSTER_LOCK + community.id)
    report = _reported(bring_in(reading, community, write=True, progress=progress), reading)
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


def _reported(report: Report, reading: Reading) -> Report:
    report.rejected = lines(reading.rejected, gettext)
    report.warnings = lines(reading.warnings, gettext)
    report.skipped_rows = [{"sheet": sheet, "row": row} for sheet, row in reading.skipped_rows]
    return report
