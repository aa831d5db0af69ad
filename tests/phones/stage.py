"""Leaders, their buildings and what they have ticked, on a database that the server then opens."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from portal import create_app
from portal.access import Role
from portal.accounts.models import SignIn
from portal.accounts.sign_in_queries import token_hash
from portal.clock import now
from portal.config import Settings
from portal.coverage.actions import open_round
from portal.coverage.models import Round, TrayItem, TrayKind, Visit
from portal.coverage.verify import differences
from portal.db import db
from portal.tower.models import Dwelling
from tests.conftest import make_building, make_community, make_place, make_user, token_for
from tests.phones.phone import Phone, clock

OUTCOMES = ("met", "not_home", "note_left", "refused", "phone", "vacant", "met_partial")
DAYS_OPEN, LONGEST_OFFLINE = 5, timedelta(hours=72)
UNDONE, CONFLICTS = 0.05, 3  # a share of the visits; a number a phone


@dataclass(frozen=True)
class Report:
    """What became of all visits; the phones and the ledger must agree."""

    sent: int
    lost: int
    doubled: int
    phantom: int
    waiting: int
    conflicts: int
    conflicts_kept: int
    differences: int
    slowest: float

    @property
    def is_clean(self) -> bool:
        wrong = (self.lost, self.doubled, self.phantom, self.waiting, self.differences)
        return not any(wrong) and self.conflicts == self.conflicts_kept


class Stage:
    """A community in a database of its own, and phones with full queues."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.settings = Settings(
            secret_key=uuid.uuid4().hex + uuid.uuid4().hex,
            database_url=url or f"sqlite:///{folder / 'phones.sqlite3'}",
            data_folder=folder,
            http_only=True,
        )
        self.app: Flask = create_app(self.settings)
        self.phones: list[Phone] = []
        self.bodies: Counter[str] = Counter()  # of each id, how many different bodies were ticked
        self.taps: set[tuple[int, datetime]] = set()  # what was tapped: no two at the same moment
        self.coordinator = ""  # the cookie of somebody who looks at the gaps meanwhile
        self.round_id = 0

    @contextmanager
    def opened(self) -> Iterator[Stage]:
        """The tables, for as long as the block runs."""
        with self.app.app_context():
            db.drop_all()
            db.create_all()
        try:
            yield self
        finally:
            with self.app.app_context():
                db.session.remove()
                db.drop_all()
                db.engine.dispose()

    def furnish(self, phones: int, visits: int, *, seed: int, together: int = 2) -> None:
        """So many leaders, `together` of them at each building, each with so many visits."""
        dice = random.Random(seed)  # noqa: S311 - invented visits, no secret
        with self.app.app_context():
            community = make_community("百川社区")
            estate = make_place(community, "和风苑")
            buildings = [make_building(estate, str(n)) for n in range(-(-phones // together))]
            opened = open_round(
                community, name="秋季防诈走访", by=None, at=now() - timedelta(days=DAYS_OPEN)
            )
            db.session.commit()
            self.round_id = opened.id
            homes = {b.id: self._homes(b.id) for b in buildings}
            for n in range(phones):
                building = buildings[n // together]
                leader = make_user(f"leader {n}", (Role.LEADER, building))
                cookies = [self._cookie(token_for(leader)) for _ in range(2)]
                db.session.commit()
                phone = Phone(leader.id, cookies)
                self._fill(phone, opened, homes[building.id], visits, dice)
                self.phones.append(phone)
            head = make_user("head", (Role.COORDINATOR, community))
            self.coordinator = self._cookie(token_for(head))
            db.session.commit()
            db.session.remove()

    def end_first_sign_ins(self) -> None:
        """The sign-ins with which the phones went out have ended meanwhile."""
        with self.app.app_context():
            for phone in self.phones:
                kept = self._token(phone.cookies[0])
                db.session.query(SignIn).filter_by(token_hash=token_hash(kept)).update(
                    {"ended_at": now()}
                )
            db.session.commit()
            db.session.remove()

    def report(self) -> Report:
        """Hold the ledger against what the phones have ticked."""
        with self.app.app_context():
            db.session.rollback()
            visits = db.session.query(Visit.dwelling_id, Visit.device_at)
            entered = Counter(_tap(dwelling, at) for dwelling, at in visits)
            conflicts = db.session.query(TrayItem).filter_by(kind=TrayKind.CONFLICT).count()
            opened = db.session.get_one(Round, self.round_id)
            wrong = len(list(differences(opened)))
            db.session.remove()
        return Report(
            sent=len(self.taps),
            lost=len(self.taps - set(entered)),
            doubled=entered.total() - len(entered),
            phantom=len(set(entered) - self.taps),
            waiting=sum(len(phone.waiting) for phone in self.phones),
            conflicts=sum(bodies - 1 for bodies in self.bodies.values()),
            conflicts_kept=conflicts,
            differences=wrong,
            slowest=max(phone.seconds for phone in self.phones),
        )

    def _homes(self, building_id: int) -> list[int]:
        rows = db.session.query(Dwelling.id).filter_by(building_id=building_id)
        return [row.id for row in rows]

    def _fill(
        self, phone: Phone, opened: Round, homes: list[int], visits: int, dice: random.Random
    ) -> None:
        """Visits of the last three days, some taken back within ten minutes."""
        while len(phone.waiting) < visits:
            ticked = now() - LONGEST_OFFLINE * dice.random()
            visit = self._tick(opened, dice.choice(homes), ticked, dice)
            phone.waiting[visit["id"]] = visit
            if dice.random() < UNDONE and len(phone.waiting) < visits:
                undo = self._undo(visit, ticked + timedelta(minutes=5))
                phone.waiting[undo["id"]] = undo
        self.bodies.update(list(phone.waiting))
        for visit in phone.waiting.values():
            tapped_at = datetime.fromisoformat(visit["device_at"])
            self.taps.add(_tap(visit["dwelling"], tapped_at))

    @staticmethod
    def _tick(opened: Round, home: int, at: datetime, dice: random.Random) -> dict[str, Any]:
        outcome = dice.choice(OUTCOMES)
        return {
            "id": str(uuid.uuid4()),
            "round": opened.id,
            "dwelling": home,
            "outcome": outcome,
            "remaining": 1 if outcome == "met_partial" else None,
            "device_at": clock(at),
        }

    @staticmethod
    def _undo(visit: dict[str, Any], at: datetime) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "round": visit["round"],
            "dwelling": visit["dwelling"],
            "kind": "undo",
            "replaces": visit["id"],
            "device_at": clock(at),
        }

    def clash(self) -> list[Phone]:
        """For each phone a copy with the same ids and other words: conflicts are to be kept."""
        copies = []
        for phone in self.phones:
            plain = [visit for visit in phone.waiting.values() if "outcome" in visit][:CONFLICTS]
            other = {v["id"]: {**v, "note": "another hand"} for v in plain}
            self.bodies.update(list(other))
            copies.append(Phone(phone.user, list(phone.cookies), other))
        return copies

    def _cookie(self, token: str) -> str:
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer
        value = signer.dumps({"_user_id": token, "_fresh": True})
        return f"{self.app.config['SESSION_COOKIE_NAME']}={value}"

    def _token(self, cookie: str) -> str:
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer
        return str(signer.loads(cookie.partition("=")[2])["_user_id"])


def _tap(dwelling_id: int, at: datetime | None) -> tuple[int, datetime]:
    """What names a tap whatever id the server gave it: its door and its microsecond."""
    assert at
    return dwelling_id, at.astimezone(UTC)
