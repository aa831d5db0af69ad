"""Signing in and out: one row a device, which ends on the server."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, update

from portal.access import Person
from portal.accounts import sign_in_queries
from portal.accounts.models import SignIn
from portal.accounts.sign_in_queries import token_hash
from portal.clock import now
from portal.db import db
from portal.errors import NotFoundError

ID_LENGTH = 16  # characters of the token's hash that name a sign-in in addresses; no secret


class Device(NamedTuple):
    """Where somebody is signed in; `id` names it in addresses, `name` may be unknown."""

    id: str
    name: str
    since: datetime
    is_this: bool


def devices_of(person: Person) -> list[Device]:
    """Everywhere a person is signed in, newest first."""
    this = token_hash(person.session)
    return [
        Device(row.token_hash[:ID_LENGTH], row.device, row.started_at, row.token_hash == this)
        for row in sign_in_queries.sign_ins(person.id)
    ]


def start(user_id: int, *, device: str, lasts: timedelta) -> str:
    """Sign somebody in; the new token, 256 bits, which only this device will know."""
    token = secrets.token_urlsafe(32)
    at = now()
    db.session.add(
        SignIn(
            token_hash=token_hash(token),
            user_id=user_id,
            device=device[:120],
            started_at=at,
            expires_at=at + lasts,
        )
    )
    db.session.flush()
    return token


def end(token: str) -> None:
    """End the sign-in of a device; nothing happens if it has ended or never was."""
    _end(SignIn.token_hash == token_hash(token))


def end_one(user_id: int, sign_in_id: str) -> None:
    """End one of somebody's own sign-ins, wherever that device is."""
    if not _end(
        SignIn.user_id == user_id, SignIn.token_hash.startswith(sign_in_id, autoescape=True)
    ):
        raise NotFoundError


def end_all(user_id: int, *, except_token: str = "") -> int:
    """End all sign-ins of somebody, but for one device; how many there were."""
    return _end(SignIn.user_id == user_id, SignIn.token_hash != token_hash(except_token))


def _end(*which: ColumnElement[bool]) -> int:
    statement = update(SignIn).where(SignIn.ended_at.is_(None), *which).values(ended_at=now())
    return cast("CursorResult[tuple[()]]", db.session.execute(statement)).rowcount
