"""Finding people, their duties and their sign-ins."""

from __future__ import annotations

import hashlib

from sqlalchemy import bindparam, select

from portal.access import Duty, Person, Role
from portal.accounts.models import HeldDuty, SignIn, User
from portal.clock import now
from portal.db import db

# Built once: this runs at the start of every request.
_PERSON = (
    select(
        User.id,
        User.name,
        User.locale,
        User.large_text,
        HeldDuty.role,
        HeldDuty.place_id,
        HeldDuty.path,
        HeldDuty.community_id,
    )
    .select_from(SignIn)
    .join(User, User.id == SignIn.user_id)
    .outerjoin(HeldDuty, (HeldDuty.user_id == User.id) & HeldDuty.ended_at.is_(None))
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > bindparam("at"),
        User.disabled_at.is_(None),
    )
)


def token_hash(token: str) -> str:
    """What the database keeps of a sign-in's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def maybe_person(token: str) -> Person | None:
    """Whoever signed in with this token, with the duties held now; None once it has ended."""
    rows = db.session.execute(_PERSON, {"token_hash": token_hash(token), "at": now()}).all()
    if not rows:
        return None
    first = rows[0]
    duties = tuple(
        Duty(Role(row.role), row.place_id, row.path, row.community_id) for row in rows if row.role
    )
    return Person(first.id, first.name, token, first.locale, first.large_text, duties)
