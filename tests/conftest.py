"""The cast and the stage of every test.

Lin coordinates the estate 和风苑, Auntie Zhou leads its building 3, Chen volunteers there, Wu leads
a building of another estate. Tests run on SQLite, or on the database named by PORTAL_TEST_URL.
"""

from __future__ import annotations

import gc
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal import create_app
from portal.access import Person, Role
from portal.accounts import passwords
from portal.accounts.models import HeldDuty, SignIn, User
from portal.accounts.sign_in_queries import maybe_person, token_hash
from portal.clock import now
from portal.config import Settings
from portal.db import db as database
from portal.db import insert_many, reserve_ids, table_of, writes
from portal.tower.models import Community, Dwelling, Level, Place
from tests import databases
from tests.texts import compile_catalogues

pytest_plugins = ["tests.second_run"]  # pytest --again

HTMX = {"HX-Request": "true"}
REAL_METHOD, REAL_NOBODYS = passwords.METHOD, passwords.NOBODYS
CHEAP_METHOD = "scrypt:1024:8:1"
NUMBERS = count()  # nobody has the phone number of somebody else in the same test


class PortalClient(FlaskClient):
    """A browser: shares no context with the test, and refuses malformed HTML."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = Context().run(super().open, *args, **kwargs)
        if has_app_context():  # threads of a test have none of their own
            database.session.expire_all()
        if response.data[:14].lower() == b"<!doctype html":  # a file need not be text
            html5lib.HTMLParser(strict=True).parse(response.text)
        return response


def pytest_configure(config: pytest.Config) -> None:
    """Tests that run side by side (pytest -n) share no database."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        config.add_cleanup(databases.take_own())


def pytest_collection_finish() -> None:
    """What has been imported stays: looking through it again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    return f"database: {databases.address(Path()).partition(':')[0]}"


@pytest.fixture(scope="session", autouse=True)
def compiled_texts() -> None:
    """Chinese pages read as the catalogue does now, however the tests were started."""
    compile_catalogues()


@pytest.fixture(scope="session", autouse=True)
def scrypt_is_cheap() -> Iterator[None]:
    """The same scrypt with less work: a fifth of a second each would add up to a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "METHOD", CHEAP_METHOD)
        patch.setattr(passwords, "NOBODYS", REAL_NOBODYS.replace(REAL_METHOD, CHEAP_METHOD))
        yield


@pytest.fixture
def another_database(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database for one test alone."""
    with databases.another(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("portal")
    app = make_app(folder, databases.address(folder))
    with app.app_context():
        database.drop_all()
        database.create_all()
    yield app
    with app.app_context():
        database.session.remove()
        database.drop_all()
        database.engine.dispose()


def make_app(folder: Path, url: str, **config: object) -> Flask:
    """The application as installed, with forms unguarded and English unless a person chose."""
    settings = Settings(
        secret_key=secrets.token_hex(32), database_url=url, data_folder=folder, http_only=True
    )
    config = {"WTF_CSRF_ENABLED": False, "BABEL_DEFAULT_LOCALE": "en", **config}
    app = create_app(settings, TESTING=True, **config)
    app.test_client_class = PortalClient
    return app


@pytest.fixture(autouse=True)
def rollback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test that uses the application inside a transaction that is thrown away."""
    if "app" not in request.fixturenames or request.node.get_closest_marker("commits"):
        yield
        return
    app: Flask = request.getfixturevalue("app")
    with app.app_context():
        engines = database.engines
        engine = engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]
            database.session.configure(join_transaction_mode="create_savepoint")
            yield
            database.session.remove()
            outer.rollback()
            engines[None] = engine


@pytest.fixture
def real(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """An application whose requests commit, where other processes see it."""
    with committing(tmp_path) as made:
        yield made


@contextmanager
def committing(folder: Path, **config: object) -> Iterator[Flask]:
    """An application on SQLite in a file of its own, or on the test PostgreSQL, emptied after."""
    made = make_app(folder, databases.address(folder), **config)
    writes.set(True)  # also after a test that played a request in this very thread
    with made.app_context():
        database.create_all()
        yield made
        database.session.remove()
        databases.empty()
        database.engine.dispose()


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements sent while the block runs."""
    seen: list[str] = []
    connection = database.engines[None]

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


def planned(statement: str) -> list[str]:
    """How SQLite goes about a statement."""
    raw = database.session.connection().connection.cursor()
    raw.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?"))
    return [step for *_, step in raw.fetchall()]


# The tower ---------------------------------------------------------------------------------------


class Tower:
    """百川社区: 和风苑 with buildings 1 to 3, 桂香苑 with building 1; 42 doors a building.

    A building has 3 units of 7 floors with 2 doors each, cut into two groups of 21. Another
    community, 东湖社区, stands beside it with one building of the same kind.
    """

    def __init__(self) -> None:
        new = NewPlaces(20)
        self.community = new.place(None, "百川社区")
        self.estate = new.place(self.community, "和风苑")
        self.other_estate = new.place(self.community, "桂香苑")
        self.buildings = [new.building(self.estate, str(n)) for n in (1, 2, 3)]
        self.other_building = new.building(self.other_estate, "1")
        self.elsewhere = new.place(None, "东湖社区")
        self.far_building = new.building(new.place(self.elsewhere, "东湖苑"), "1")
        new.write()

    @property
    def building(self) -> Place:
        """Auntie Zhou's: building 3 of 和风苑."""
        return self.buildings[2]

    def groups(self, building: Place) -> list[Place]:
        return list(
            database.session.query(Place).filter_by(parent_id=building.id).order_by(Place.number)
        )

    def dwellings(self, building: Place) -> list[Dwelling]:
        query = database.session.query(Dwelling).filter_by(building_id=building.id)
        return list(query.order_by(Dwelling.position))


@pytest.fixture
def tower(app: Flask) -> Tower:
    return Tower()


class NewPlaces:
    """Places to be written together with their homes: one by one, the stage took longer than most
    of the tests on it."""

    def __init__(self, count: int) -> None:
        self.ids = iter(reserve_ids(table_of(Place), count))
        self.places: list[Place] = []
        self.homes: list[dict[str, Any]] = []

    def place(self, parent: Place | None, name: str, *, number: int = 0) -> Place:
        place_id = next(self.ids)
        place = Place(
            id=place_id,
            community_id=parent.community_id if parent else place_id,
            level=parent.level + 1 if parent else Level.COMMUNITY,
            parent_id=parent.id if parent else None,
            path=f"{parent.path if parent else '/'}{place_id}/",
            name=name,
            sort_key=name.rjust(4, "0"),
            number=number,
        )
        self.places.append(place)
        return place

    def building(self, estate: Place, name: str, *, units: int = 3, floors: int = 7) -> Place:
        """A building with two doors a floor, its doors cut into two groups of equal size."""
        building = self.place(estate, name, number=2)
        groups = [self.place(building, str(n), number=n) for n in (1, 2)]
        keys = [
            (u, f, d) for u in range(1, units + 1) for f in range(1, floors + 1) for d in (1, 2)
        ]
        self.homes += [
            {
                "community_id": building.community_id,
                "building_id": building.id,
                "group_id": groups[position * 2 // len(keys)].id,
                "path": groups[position * 2 // len(keys)].path,
                "unit": str(unit),
                "floor": floor,
                "room": f"{floor}0{door}",
                "position": position,
                "residents": 2,
                "contact_label": f"{unit}-{floor}0{door}户",
                "phone": f"1000{building.id % 1000:03d}{position:04d}",
            }
            for position, (unit, floor, door) in enumerate(keys)
        ]
        return building

    def write(self) -> None:
        database.session.add_all(self.places)
        database.session.flush()
        database.session.add_all(Community(id=p.id) for p in self.places if p.parent_id is None)
        insert_many(table_of(Dwelling), self.homes)
        database.session.commit()


def make_community(name: str) -> Place:
    return make_place(None, name)


def make_place(parent: Place | None, name: str, *, number: int = 0) -> Place:
    new = NewPlaces(1)
    place = new.place(parent, name, number=number)
    new.write()
    return place


def make_building(estate: Place, name: str, *, units: int = 3, floors: int = 7) -> Place:
    """A building with two doors a floor, its doors cut into two groups of equal size."""
    new = NewPlaces(3)
    building = new.building(estate, name, units=units, floors=floors)
    new.write()
    return building


# The cast ----------------------------------------------------------------------------------------


def make_user(name: str, *duties: tuple[Role, Place], **changes: Any) -> User:
    """Somebody with duties at places; `changes` are columns of the user."""
    phone = changes.pop("phone", f"1000009{next(NUMBERS) % 10_000:04d}")
    columns = {"locale": "en", "created_at": now(), "phone": phone, **changes}
    user = User(name=name, **columns)
    database.session.add(user)
    database.session.flush()
    for role, place in duties:
        database.session.add(
            HeldDuty(
                community_id=place.community_id,
                user_id=user.id,
                role=role,
                place_id=place.id,
                path=place.path,
                given_at=now(),
            )
        )
    database.session.commit()
    return user


def token_for(user: User) -> str:
    """Sign somebody in on a new device, past the password."""
    token = secrets.token_urlsafe(32)
    database.session.add(
        SignIn(
            token_hash=token_hash(token),
            user_id=user.id,
            device="test",
            started_at=now(),
            expires_at=now() + timedelta(days=1),
        )
    )
    database.session.commit()
    return token


def browser(app: Flask, user: User | None = None) -> FlaskClient:
    """A browser in which `user` has signed in."""
    client = app.test_client()
    if user is not None:
        token = token_for(user)
        with client.session_transaction() as session:
            session["_user_id"] = token
            session["_fresh"] = True
    return client


def person_of(user: User) -> Person:
    """The same somebody, as views and queries know them."""
    person = maybe_person(token_for(user))
    assert person is not None
    return person


@pytest.fixture
def lin(tower: Tower) -> User:
    """Coordinates the estate 和风苑."""
    return make_user("Lin", (Role.COORDINATOR, tower.estate))


@pytest.fixture
def zhou(tower: Tower) -> User:
    """Auntie Zhou leads building 3 of 和风苑."""
    return make_user("Zhou", (Role.LEADER, tower.building))


@pytest.fixture
def chen(tower: Tower) -> User:
    """Volunteers in building 3 of 和风苑."""
    return make_user("Chen", (Role.VOLUNTEER, tower.building))


@pytest.fixture
def wu(tower: Tower) -> User:
    """Leads the building of the other estate."""
    return make_user("Wu", (Role.LEADER, tower.other_building))


@pytest.fixture
def head(tower: Tower) -> User:
    """Coordinates the whole community."""
    return make_user("Head", (Role.COORDINATOR, tower.community))
