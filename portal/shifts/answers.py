"""The link in a reminder: whoever holds it may say yes or no to one shift, and nothing else."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.errors import NotFoundError

LIFETIME = 7 * 24 * 3600  # seconds; the start of the shift ends it earlier


def address_of(assignment_id: int) -> str:
    """Where to answer, as a local path."""
    return f"/shift-answers/{_seal().dumps(assignment_id)}"


def assignment_in(token: str) -> int:
    """The assignment that a link was made for; NotFoundError for whatever else it is."""
    try:
        return int(_seal().loads(token, max_age=LIFETIME))
    except (BadSignature, TypeError, ValueError):
        raise NotFoundError from None


def _seal() -> URLSafeTimedSerializer:
    older = current_app.config["SECRET_KEY_FALLBACKS"]
    keys = [*reversed(older), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="shifts.answer")
