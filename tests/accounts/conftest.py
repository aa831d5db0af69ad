"""Passwords that are right and wrong, and a way to see how often one is verified."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from werkzeug import security
from werkzeug.test import TestResponse

from portal.access import Role
from portal.accounts import passwords
from portal.accounts.models import User
from tests.conftest import Tower, make_user

PASSWORD = "kettle ocean plum"
PHONE = "10000001234"


def kept_password() -> str:
    """What is kept of PASSWORD."""
    return passwords.hash_of(PASSWORD)


@pytest.fixture
def li(tower: Tower) -> User:
    """Li leads building 1 and signs in with a phone number and a password."""
    return make_user(
        "Li", (Role.LEADER, tower.buildings[0]), phone=PHONE, password_hash=kept_password()
    )


@pytest.fixture
def root(tower: Tower) -> User:
    """Administers 百川社区."""
    return make_user("Root", (Role.ADMIN, tower.community))


@pytest.fixture
def english(app: Flask, rollback: None) -> Iterator[None]:
    """The language of refusals in tests that ask no page."""
    with force_locale("en"):
        yield


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were verified against, one a verification."""
    seen: list[str] = []
    check = security.check_password_hash

    def note(kept: str, password: str) -> bool:
        seen.append(kept)
        return check(kept, password)

    monkeypatch.setattr(security, "check_password_hash", note)
    return seen


def sign_in(
    client: FlaskClient, phone: str = PHONE, password: str = PASSWORD, **kwargs: Any
) -> TestResponse:
    url = kwargs.pop("url", "/sign-in")
    return client.post(url, data={"phone": phone, "password": password}, **kwargs)
