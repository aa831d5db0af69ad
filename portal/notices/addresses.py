"""Whose an e-mail address is: nothing but a link goes there until somebody has opened it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.accounts.models import User
from portal.db import db
from portal.errors import NotFoundError
from portal.outbox.actions import post

CONFIRM = "notices.confirm"
LIFETIME = 3 * 24 * 3600  # seconds


def claim(user: User, email: str | None, community_id: int | None, *, at: datetime) -> bool:
    """Note the address somebody gave; what is not confirmed yet gets a link, once a minute.

    False if nothing could be noted: a link is a notice, and every notice belongs to a community.
    """
    if not email or email == user.email:
        user.email, user.new_email = email, None
        return True
    if community_id is None:
        return False
    user.new_email = email
    post(
        CONFIRM,
        community_id=community_id,
        subject=f"address/{_digest(email)}/{int(at.timestamp()) // 60}",
        to=[user.id],
        details={"email": email},
        urgent=True,
    )
    return True


def ask_once(user_id: int, email: str, community_id: int, *, at: datetime) -> None:
    """Send a link to an address that was given before any had to be confirmed."""
    post(
        CONFIRM,
        community_id=community_id,
        subject=f"address/{_digest(email)}",
        to=[user_id],
        details={"email": email},
        due_at=at,
    )


def token_for(user_id: int, email: str) -> str:
    """What a link to confirm an address ends with; the address itself cannot be read in it."""
    return str(_seal().dumps([user_id, _digest(email)]))


def claim_of(token: str) -> tuple[User, str]:
    """Who waits for this link to be opened, and the address it went to; else NotFoundError."""
    try:
        user_id, digest = _seal().loads(token, max_age=LIFETIME)
    except (BadSignature, TypeError, ValueError):
        raise NotFoundError from None
    user = db.session.get(User, user_id)
    if user is None or user.is_disabled:
        raise NotFoundError
    for address in (user.new_email, user.email):
        if address and _digest(address) == digest:
            return user, address
    raise NotFoundError


def confirm(user: User, address: str) -> None:
    """From now on notices go to an address that was given. A link opened again changes nothing."""
    if user.new_email == address:
        user.email, user.new_email = address, None


def _digest(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()[:16]


def _seal() -> URLSafeTimedSerializer:
    older = current_app.config["SECRET_KEY_FALLBACKS"]
    return URLSafeTimedSerializer(
        [*reversed(older), current_app.config["SECRET_KEY"]], salt="notices.address"
    )
