"""One stage for the whole matrix: set up once, put back after every request."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.db import Base
from portal.db import db as database
from portal.relay.models import Bulletin
from portal.tower.models import Dwelling
from tests.matrix.rows import ROWS, Row, Scope
from tests.matrix.stage import MARKUP, Actor, Stage, Target, Where, notice_of, sign_in_of, task_of
from tests.relay.factory import relayed_by


class Theatre:
    """The stage, and requests to it that leave no trace."""

    def __init__(self, app: Flask, connection: Connection) -> None:
        self.app = app
        self.connection = connection
        self.routes = app.url_map.bind("localhost")
        self.stage = Stage(app)
        self.cookies = {name: actor.cookie(app) for name, actor in self.stage.actors.items()}
        self.belongings = {
            name: self._belongings(actor) for name, actor in self.stage.actors.items()
        }
        self.secrets = self._secrets()
        self.before = fingerprint(connection)

    def _secrets(self) -> list[str]:
        """Every text of the stage, every telephone number, and the tokens of addresses."""
        targets = [t for t in self.stage.targets.values() if t.where is not Where.GONE]
        opening = ("feed", "to_confirm", "reply", "stamp", "ticket", "bulletin_ticket", "card")
        return [
            MARKUP,
            *(getattr(target, name) for target in targets for name in opening),
            *(actor.token for actor in self.stage.actors.values() if actor.token),
            *(home.phone for home in self.connection.execute(Dwelling.__table__.select())),
            *(user.phone for user in self.connection.execute(User.__table__.select())),
        ]

    def _belongings(self, actor: Actor) -> dict[str, Any]:
        """The things of an actor's own that addresses can name."""
        if actor.user is None:
            return {}
        return {
            "sign_in_id": sign_in_of(actor.user),
            "notice_id": notice_of(actor.user, self.stage.tower.community.id),
            "task_id": task_of(actor.user, self.stage.tower.building),
            "asked_task_id": task_of(
                database.session.get_one(User, self.stage.own.user_id),
                self.stage.tower.building,
                asked=actor.user,
            ),
            "own_stop_id": relayed_by(
                actor.user, database.session.get_one(Bulletin, self.stage.own.bulletin_id)
            ),
        }

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Whatever happens in the block is taken back."""
        point = self.connection.begin_nested()
        try:
            yield
        finally:
            database.session.expire_all()
            point.rollback()

    def ask(self, row: Row, actor: Actor, target: Target, **headers: str) -> TestResponse:
        """Send a row's request as somebody, and take back what it did."""
        sent = {"data": self.fields(row, target)} if row.method == "POST" else {}
        address = self.address(row, actor, target)
        with self.untouched():
            return self.send(actor, address, method=row.method, headers=headers, **sent)

    def send(self, actor: Actor, address: str, **how: Any) -> TestResponse:
        """One request in a context of its own.

        The browser is new each time, for some answers change its cookies, and looks at no HTML,
        which takes long and is done elsewhere.
        """
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        cookie = {"Cookie": self.cookies[actor.name]} if self.cookies[actor.name] else {}
        headers = {**cookie, **how.pop("headers", {})}
        response = Context().run(client.open, address, headers=headers, buffered=True, **how)
        response.get_data()
        return response

    def with_token(self, actor: Actor) -> tuple[str, str]:
        """The cookie of a browser that has been shown a form, and the token of that form."""
        page = self.send(actor, "/me")
        (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', page.text))
        return page.headers["Set-Cookie"].partition(";")[0], token

    def told_by(self, log: str) -> list[str]:
        """What a log tells of people: their words, their numbers, and what opens doors."""
        return [secret for secret in self.secrets if secret in log] if log else []

    def fields(self, row: Row, target: Target) -> dict[str, Any]:
        return row.body(target, self.stage.own) if row.body else {}

    def address(self, row: Row, actor: Actor, target: Target) -> str:
        named = self.stage.own if row.smuggled else target
        values = {arg: _value(thing, named) for arg, thing in row.url.items()}
        if row.scope is Scope.MINE and target.where is Where.OWN:
            belongings = self.belongings[actor.name]
            values |= {
                arg: belongings[thing] for arg, thing in row.url.items() if thing in belongings
            }
        query = row.query(target, self.stage.own) if row.query else {}
        return self.routes.build(row.endpoint, {**values, **query})


def _value(thing: str, target: Target) -> Any:
    """What stands in the address: an attribute of the target, or the word after `=`."""
    return thing[1:] if thing.startswith("=") else getattr(target, thing)


def takes_for_markup(response: TestResponse) -> bool:
    """Whether a page shows what somebody wrote otherwise than as it was written."""
    return b"<b>{{" in response.data or b"b>49" in response.data or b"b&gt;49" in response.data


def fingerprint(connection: Connection) -> str:
    """A hash of all that the database holds."""
    found = hashlib.sha256()
    cursor = connection.connection.cursor()  # past SQLAlchemy: this is asked thousands of times
    for table in Base.metadata.tables:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name from our own models
        rows = sorted(map(repr, cursor.fetchall()))
        found.update("\n".join([table, *rows]).encode())
    return found.hexdigest()


@pytest.fixture(scope="package")
def theatre(app: Flask) -> Iterator[Theatre]:
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.config, "ROSTER_JOBS", lambda import_id: None)
        patch.setitem(app.config, "ROTA_JOBS", lambda plan_id: None)
        engines = database.engines
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            patch.setitem(engines, None, connection)
            database.session.configure(join_transaction_mode="create_savepoint")
            theatre = Theatre(app, connection)
            yield theatre
            assert fingerprint(connection) == theatre.before
            database.session.remove()
            outer.rollback()


@pytest.fixture(params=ROWS, ids=str)
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    return found
