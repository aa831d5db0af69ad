"""What anybody may claim of themselves: a host, an address, a key."""

from __future__ import annotations

import secrets
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from portal import create_app
from portal.accounts.models import User
from portal.config import Settings
from portal.cookies import KeptCookies
from tests.conftest import make_app, token_for

SAMPLE = "change-me" * 4


def installed(folder: Path, *, proxy_hops: int = 0) -> Flask:
    """The application behind proxies, as people reach it; its pages here ask no database."""
    settings = Settings(
        secret_key=secrets.token_hex(32),
        database_url=f"sqlite:///{folder}/x.sqlite3",
        data_folder=folder,
        proxy_hops=proxy_hops,
    )
    return create_app(settings, TESTING=True)


def test_no_link_is_made_for_a_forged_host(tmp_path: Path) -> None:
    client = make_app(tmp_path, "sqlite://", TRUSTED_HOSTS=["bulou.example"]).test_client()
    assert client.get("/offline/en", headers={"Host": "bulou.example"}).status_code == 200
    for host in ("evil.example", "bulou.example.evil", "evil.example:443", "bulou.example@evil"):
        answer = client.get("/offline/en", headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("hops", "address"), [(0, "10.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_an_address_is_believed_from_as_many_proxies_as_there_are(
    tmp_path: Path, hops: int, address: str
) -> None:
    """What a stranger writes in front of it moves no count of tries."""
    claimed = Headers({"X-Forwarded-For": "192.0.2.66, 203.0.113.9, 198.51.100.7"})
    environ = EnvironBuilder("/offline/en", headers=claimed).get_environ()
    environ["REMOTE_ADDR"] = "10.0.0.1"
    page = b"".join(installed(tmp_path, proxy_hops=hops).wsgi_app(environ, MagicMock()))
    assert b"</html>" in page
    assert environ["REMOTE_ADDR"] == address


def test_a_cookie_serves_its_host_over_https_and_no_script(tmp_path: Path) -> None:
    answer = installed(tmp_path).test_client().get("/sign-in", base_url="https://bulou.example")
    name, *words = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-bulou=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(words)
    assert not any(word.startswith("Domain") for word in words)


def test_a_cookie_sealed_with_a_sample_key_signs_nobody_in(app: Flask, lin: User) -> None:
    for key, status in ((SAMPLE, 302), (app.config["SECRET_KEY"], 200)):
        client = app.test_client()
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], sealed(key, lin))
        assert client.get("/me").status_code == status


def test_a_key_that_is_being_replaced_still_opens(
    app: Flask, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = secrets.token_hex(32)
    for known, status in (([], 302), ([older], 200)):
        monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", known)
        monkeypatch.setattr(app, "session_interface", KeptCookies(app))
        client = app.test_client()
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], sealed(older, lin))
        assert client.get("/me").status_code == status


def sealed(key: str, user: User) -> str:
    """The cookie of a browser in which somebody has signed in, under another key."""
    bare = Flask("bare")
    bare.secret_key = key
    seal = SecureCookieSessionInterface().get_signing_serializer(bare)
    assert seal
    return str(seal.dumps({"_user_id": token_for(user)}))
