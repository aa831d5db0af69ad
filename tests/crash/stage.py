"""Leaders with their buildings, signed in by the page; and what the ledger holds at the end."""

from __future__ import annotations

import os
import secrets
import sys
from contextvars import Context
from pathlib import Path

from click.testing import Result
from sqlalchemy import func, select, text

from portal.access import Role
from portal.accounts import passwords
from portal.clock import now
from portal.coverage.actions import open_round
from portal.coverage.models import Door, TrayItem, Visit
from portal.db import db, table_of
from tests.bench.browser import Browser
from tests.conftest import make_building, make_community, make_place, make_user
from tests.crash.server import Nest
from tests.phones.stage import Stage


class Leader:
    """Somebody who leads one building: the browser in which they have signed in, their doors."""

    def __init__(self, user: int, phone: str, building: int, doors: list[int]) -> None:
        self.user, self.phone, self.building, self.doors = user, phone, building, doors
        self.browser: Browser


class Community(Stage):
    """A community on a database of its own, whose leaders stand ready."""

    def __init__(self, folder: Path, url: str = "") -> None:
        super().__init__(folder, url)
        self.environment = {**os.environ, **self.settings.environment()}
        self.password = secrets.token_urlsafe(18)
        self.leaders: list[Leader] = []

    def settle_in(self, leaders: int, *, together: int = 1) -> None:
        """So many leaders, `together` of them at each building of 120 doors in two groups."""
        with self.app.app_context():
            community = make_community("百川社区")
            estate = make_place(community, "和风苑")
            kept = passwords.hash_of(self.password)
            buildings = [
                make_building(estate, str(n), units=4, floors=15)
                for n in range(-(-leaders // together))
            ]
            opened = open_round(community, name="秋季防诈走访", by=None, at=now())
            self.round_id = opened.id
            for n in range(leaders):
                building = buildings[n // together]
                user = make_user(
                    f"leader {n}",
                    (Role.LEADER, building),
                    phone=f"1380000{n:04d}",
                    password_hash=kept,
                )
                self.leaders.append(
                    Leader(user.id, user.phone, building.id, self._homes(building.id))
                )
            db.session.commit()
            db.session.remove()
            db.engine.dispose()  # a connection of ours would spare the next server its recovery

    def sign_in(self, nest: Nest) -> None:
        """Everybody by the page, one after the other."""
        for leader in self.leaders:
            leader.browser = Browser(nest)
            leader.browser.sign_in(leader.phone, self.password)

    # What is left ---------------------------------------------------------------------------------

    def entered(self) -> list[tuple[str, str]]:
        """(id, note) of every report in the ledger; what was sent carries its id as its note."""
        with self.app.app_context():
            found = [(row.uuid, row.note or "") for row in db.session.query(Visit.uuid, Visit.note)]
            db.session.remove()
        return found

    def kept_for_review(self) -> int:
        with self.app.app_context():
            waiting = db.session.query(TrayItem).count()
            db.session.remove()
        return waiting

    def attempts(self) -> int:
        """The sum of the counters at all doors."""
        with self.app.app_context():
            total = db.session.scalar(select(func.sum(table_of(Door).c.attempts)))
            db.session.remove()
        return int(total or 0)

    def is_whole(self) -> bool:
        """What SQLite finds when it reads every page; PostgreSQL has no such question."""
        with self.app.app_context():
            if db.engine.dialect.name != "sqlite":
                return True
            said = db.session.execute(text("PRAGMA integrity_check")).scalars().all()
            db.session.remove()
        return said == ["ok"]

    def is_verified(self) -> bool:
        """Whether `ledger verify` finds every state and every tally as the events say."""
        said = Context().run(self._run, "ledger", "verify")
        if said.exit_code:
            sys.stdout.write(f"{said.output}\n{said.exception!r}\n")
        return said.exit_code == 0

    def _run(self, *command: str) -> Result:
        with self.app.app_context():
            return self.app.test_cli_runner().invoke(args=command)
