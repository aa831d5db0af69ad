"""Twenty copies of a request at the same moment, on two workers with one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug import security

from portal.access import Role
from portal.accounts import throttle
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.db import db
from tests.accounts.conftest import PHONE, kept_password, sign_in
from tests.conftest import Tower, make_app, make_user, token_for

COPIES = 20


@pytest.fixture
def workers(tmp_path: Path, another_database: str) -> Iterator[list[Flask]]:
    """Two instances of the application on one database of their own."""
    apps = [make_app(tmp_path, another_database) for _ in range(2)]
    with apps[0].app_context():
        db.create_all()
    yield apps
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def looking_into(app: Flask) -> Iterator[None]:
    """Use the database of the workers directly."""
    with app.app_context():
        yield
        db.session.remove()


def at_once(workers: list[Flask], ask: Callable[[FlaskClient, int], int]) -> list[int]:
    """The statuses that twenty clients get at the same moment, half of them from each worker."""

    def one(n: int) -> int:
        worker = workers[n % 2]
        return ask(FlaskClient(worker, worker.response_class), n)

    with ThreadPoolExecutor(COPIES) as pool:
        return sorted(pool.map(one, range(COPIES)))


def carrying(client: FlaskClient, token: str) -> FlaskClient:
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def test_twenty_tries_are_ten_verifications(workers: list[Flask], verified: list[str]) -> None:
    def attempt(client: FlaskClient, n: int) -> int:
        address = {"REMOTE_ADDR": f"10.0.0.{n}"}
        return sign_in(client, password="wrong one", environ_base=address).status_code

    assert at_once(workers, attempt) == [422] * 10 + [429] * 10
    assert len(verified) == 10


def test_nobody_waits_for_the_lock_while_a_password_is_verified(
    workers: list[Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker writes in the midst of the verification."""
    with looking_into(workers[0]):
        make_user("Li", phone=PHONE, password_hash=kept_password())
    check = security.check_password_hash

    def meanwhile(kept: str, password: str) -> bool:
        with looking_into(workers[1]):
            throttle.reserve("account:somebody else", at=now())
            db.session.commit()
        return check(kept, password)

    monkeypatch.setattr(security, "check_password_hash", meanwhile)
    assert sign_in(FlaskClient(workers[0], workers[0].response_class)).status_code == 303


def test_twenty_copies_of_a_duty_are_one_duty(workers: list[Flask]) -> None:
    with looking_into(workers[0]):
        tower = Tower()
        token = token_for(make_user("Lin", (Role.COORDINATOR, tower.estate)))
        zhou = make_user("Zhou", (Role.LEADER, tower.building))
        url = f"/people/{zhou.id}/duties"

    def give(client: FlaskClient, _: int) -> int:
        data = {"role": "leader", "place": "和风苑/2"}
        return carrying(client, token).post(url, data=data).status_code

    assert at_once(workers, give) == [303] * COPIES
    with looking_into(workers[0]):
        assert db.session.query(HeldDuty).filter_by(role=Role.LEADER).count() == 2


def test_twenty_copies_of_a_newcomer_are_one_account(workers: list[Flask]) -> None:
    with looking_into(workers[0]):
        token = token_for(make_user("Lin", (Role.COORDINATOR, Tower().estate)))

    def add(client: FlaskClient, _: int) -> int:
        data = {"name": "Sun Li", "phone": PHONE, "role": "volunteer", "place": "和风苑/3"}
        return carrying(client, token).post("/people/new", data=data).status_code

    assert at_once(workers, add) == [200] + [303] * (COPIES - 1)
    with looking_into(workers[0]):
        assert db.session.query(User).filter_by(phone=PHONE).count() == 1
        assert db.session.query(HeldDuty).filter_by(role=Role.VOLUNTEER).count() == 1


def test_administrators_who_end_each_other_leave_one(workers: list[Flask]) -> None:
    with looking_into(workers[0]):
        tower = Tower()
        roots = [make_user(f"Root {n}", (Role.ADMIN, tower.community)) for n in range(COPIES)]
        tokens = [token_for(root) for root in roots]
        duties = [db.session.query(HeldDuty).filter_by(user_id=root.id).one().id for root in roots]

    def end_the_next(client: FlaskClient, n: int) -> int:
        url = f"/duties/{duties[(n + 1) % COPIES]}/end"
        return carrying(client, tokens[n]).post(url).status_code

    at_once(workers, end_the_next)
    with looking_into(workers[0]):
        assert db.session.query(HeldDuty).filter_by(ended_at=None).count() >= 1
