"""Who is signed in, asked at the start of every request, and what guards the way in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Row,
    String,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from portal.access import MOST_UNREAD, Duty, Person, Role
from portal.accounts import crews
from portal.accounts.models import HeldDuty, SignIn, Throttle, User
from portal.clock import now
from portal.db import db, table_of
from portal.outbox.models import Notice
from portal.questions import Question, noted

# Built once, and naming tables: this runs at the start of every request.
_USER, _DUTY, _SIGN_IN = table_of(User).c, table_of(HeldDuty).c, table_of(SignIn).c
_NOTICE = table_of(Notice).c
# Whose sign-in it is, asked apart so that the notices are counted once, not once a duty.
_UNREAD = (
    select(_NOTICE.id)
    .where(
        _NOTICE.user_id == _USER.id,
        _NOTICE.read_at.is_(None),
        _NOTICE.due_at <= bindparam("at"),
        _NOTICE.stale_at.is_(None) | (_NOTICE.stale_at > bindparam("at")),
    )
    .limit(literal_column(str(MOST_UNREAD)))  # SQLite copies the rows of a limit it cannot foresee
    .correlate(table_of(User))
    .subquery()
)
_IS_SIGNED_IN = (
    _SIGN_IN.token_hash == bindparam("token_hash"),
    _SIGN_IN.ended_at.is_(None),
    _SIGN_IN.expires_at > bindparam("at"),
    _USER.disabled_at.is_(None),
)
_PERSON = (
    select(
        _USER.id,
        _USER.name,
        _USER.locale,
        _USER.large_text,
        select(func.count()).select_from(_UNREAD).scalar_subquery(),
        type_coerce(_DUTY.role, String),
        _DUTY.place_id,
        _DUTY.path,
        _DUTY.community_id,
    )
    .select_from(table_of(SignIn))
    .join(table_of(User), _USER.id == _SIGN_IN.user_id)
    .outerjoin(table_of(HeldDuty), (_DUTY.user_id == _USER.id) & _DUTY.ended_at.is_(None))
    .where(*_IS_SIGNED_IN)
)
ON_SHIFT = "on shift"  # stands in the place of a role


def _whoever() -> CompoundSelect[Any]:
    """The person of a sign-in: a row a duty, and one a group whose shift they are on just now.

    One question of several parts, put together when every feature has said who its crews are.
    """
    crew = (
        select(
            _USER.id,
            _USER.name,
            _USER.locale,
            _USER.large_text,
            literal(0),
            literal(ON_SHIFT),
            literal(0),
            parts.c.path,
            literal(0),
        )
        .select_from(table_of(SignIn))
        .join(table_of(User), _USER.id == _SIGN_IN.user_id)
        .join(parts, parts.c.user_id == _USER.id)
        .where(*_IS_SIGNED_IN, serving)
        for parts, serving in crews.known()
    )
    return union_all(_PERSON, *crew)


_WHOEVER = Question(_whoever)


def token_hash(token: str) -> str:
    """What the database keeps of a sign-in's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def maybe_person(token: str) -> Person | None:
    """Whoever signed in with this token, with the duties held now; None once it has ended."""
    return _person(token, _WHOEVER.all(_asked(token)))


def whoever_asks(token: str) -> Person | None:
    """The same at the start of a request, before its transaction begins."""
    return _person(token, noted(_WHOEVER, partial(_asked, token), glance=True).read())


def _asked(token: str) -> dict[str, Any]:
    at = now()
    return {"token_hash": token_hash(token), "at": at, **crews.window(at)}


def _person(token: str, rows: Sequence[Any]) -> Person | None:
    if not rows:
        return None
    user_id, name, locale, large_text, *_ = rows[0]
    duties = tuple(
        Duty(Role(role), place_id, path, community_id)
        for *_, role, place_id, path, community_id in rows
        if role and role != ON_SHIFT
    )
    out = tuple(sorted({row[7] for row in rows if row[5] == ON_SHIFT}))
    unread = max(row[4] for row in rows)
    return Person(user_id, name, token, locale, large_text, duties, unread, out)


def sign_ins(user_id: int) -> Sequence[Row[tuple[str, str, datetime]]]:
    """The devices on which somebody is signed in (token_hash, device, started_at), newest first."""
    query = (
        select(SignIn.token_hash, SignIn.device, SignIn.started_at)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > now())
        .order_by(SignIn.started_at.desc())
    )
    return db.session.execute(query).all()


def tries(key: str, *, since: int) -> dict[int, int]:
    """The tries counted under a key, by slice of time."""
    query = select(Throttle.window, Throttle.tries)
    rows = db.session.execute(query.where(Throttle.key == key, Throttle.window >= since))
    return {row.window: row.tries for row in rows}
