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


def claim(user: User, email: str | None, community_id: int, *, at: datetime) -> None:
    """Note the address somebody gave; what is not confirmed yet gets a link, once a minute."""
    if not email or email == user.email:
        user.email, user.new_email = email, None
        return
    user.new_email = email
    digest = hashlib.sha256(email.encode()).hexdigest()[:16]
    post(
        CONFIRM,
        community_id=community_id,
        subject=f"address/{digest}/{int(at.timestamp()) // 60}",
        to=[user.id],
        details={"email": email},
        urgent=True,
    )


def token_for(user_id: int, email: str) -> str:
    """What a link to confirm an address ends with."""
    return str(_seal().dumps([user_id, email]))


def user_of(token: str) -> User:
    """Whoever waits for this link to be opened; NotFoundError if nobody does (any more)."""
    try:
        user_id, email = _seal().loads(token, max_age=LIFETIME)
    except (BadSignature, TypeError, ValueError):
        raise NotFoundError from None
    user = db.session.get(User, user_id)
    if user is None or user.is_disabled or email not in {user.new_email, user.email}:
        raise NotFoundError
    return user


def confirm(user: User) -> None:
    """From now on notices go to the address that was given. A link opened again changes nothing."""
    if user.new_email:
        user.email, user.new_email = user.new_email, None


def _seal() -> URLSafeTimedSerializer:
    older = current_app.config["SECRET_KEY_FALLBACKS"]
    return URLSafeTimedSerializer(
        [*reversed(older), current_app.config["SECRET_KEY"]], salt="notices.address"
    )
