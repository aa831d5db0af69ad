"""The work on an upload, beside any request: check it, or apply it, and commit."""

from __future__ import annotations

from functools import partial

from flask import current_app

from portal.db import db
from portal.jobs import Progress, patiently, reading_only
from portal.logs import without_values
from portal.rosters import actions
from portal.rosters.arrivals import Progress as Heard
from portal.rosters.arrivals import foresee
from portal.rosters.jobs import READING, Desk
from portal.rosters.messages import Unreadable
from portal.rosters.models import Import, Stage
from portal.rosters.reading import Reading, read
from portal.tower.actions import hold
from portal.tower.models import Place

HOMES = "homes"  # the stage in which homes are counted


def work(import_id: int) -> None:
    """Do what the stage of an import asks for, unless somebody is at it already.

    A failure leaves the tower as it was before, and is raised.
    """
    desk = Desk(current_app.config["SETTINGS"].data_folder)
    with current_app.app_context(), desk.at_work(import_id) as mine:
        if not mine:
            return
        try:
            _Job(import_id, desk).run()
        except Unreadable as refused:
            patiently(partial(actions.refuse, import_id, refused))
        except FileNotFoundError:
            patiently(partial(actions.give_up, import_id))
        else:
            return
        db.session.commit()
        desk.drop(import_id)


class _Job:
    """One import, and the file that waits for it."""

    def __init__(self, import_id: int, desk: Desk) -> None:
        self.id = import_id
        self.desk = desk
        with reading_only():
            taken = db.session.get_one(Import, import_id)
            self.stage, self.filename = taken.stage, taken.filename
            self.community_id = taken.community_id

    def run(self) -> None:
        if self.stage is Stage.CHECKING:
            self._check(self._read())
        elif self.stage is Stage.APPLYING:
            self._apply(self._read())

    def _read(self) -> Reading:
        progress = self._heard(READING)
        return read(self.desk.upload(self.id), filename=self.filename, progress=progress)

    def _check(self, reading: Reading) -> None:
        with reading_only():
            community = db.session.get_one(Place, self.community_id)
            report = foresee(reading, community, progress=self._heard(HOMES))
        patiently(partial(actions.keep_check, self.id, report))
        db.session.commit()

    def _apply(self, reading: Reading) -> None:
        patiently(partial(hold, self.community_id))
        try:
            actions.apply_checked(self.id, reading, progress=self._heard(HOMES))
            db.session.commit()
        except Exception as error:
            db.session.rollback()
            patiently(partial(actions.note_failure, self.id))
            db.session.commit()
            without_values(error)  # the process ends with it, and what it says is kept
            raise
        self.desk.drop(self.id)

    def _heard(self, stage: str) -> Heard:
        def note(done: int, total: int) -> None:
            self.desk.note(self.id, Progress(done, total, stage))

        return note
