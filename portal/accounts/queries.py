"""Finding people, their duties and their sign-ins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    String,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)

from portal.access import MOST_UNREAD, RANK, Duty, Permission, Person, Role, in_scope
from portal.accounts import crews, phones
from portal.accounts.models import HeldDuty, SignIn, Throttle, User
from portal.clock import now
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.outbox.models import Notice
from portal.questions import Question

PEOPLE_A_PAGE = 50
DIGITS_SHOWN = 4  # a search by more of the hidden digits would reveal them one by one
_SERVING = HeldDuty.ended_at.is_(None)

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


# Signing in --------------------------------------------------------------------------------------


def token_hash(token: str) -> str:
    """What the database keeps of a sign-in's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def maybe_person(token: str) -> Person | None:
    """Whoever signed in with this token, with the duties held now; None once it has ended."""
    at = now()
    values = {"token_hash": token_hash(token), "at": at, **crews.window(at)}
    rows = _WHOEVER.all(values)
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


def maybe_user(phone: str) -> User | None:
    """Whoever has this phone number as the name to sign in by."""
    return db.session.scalar(select(User).where(User.phone == phone))


def find_by_phone(phone: str) -> User:
    """Whoever has this phone number; NotFoundError if nobody has."""
    user = maybe_user(phone)
    if user is None:
        raise NotFoundError
    return user


def sign_ins(user_id: int) -> Sequence[Row[tuple[str, str, datetime]]]:
    """The devices on which somebody is signed in (token_hash, device, started_at), newest first."""
    query = (
        select(SignIn.token_hash, SignIn.device, SignIn.started_at)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.expires_at > now())
        .order_by(SignIn.started_at.desc())
    )
    return db.session.execute(query).all()


def names(user_ids: Iterable[int]) -> dict[int, str]:
    """What people are called."""
    query = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    return dict(db.session.execute(query).tuples().all())


def tries(key: str, *, since: int) -> dict[int, int]:
    """The tries counted under a key, by slice of time."""
    query = select(Throttle.window, Throttle.tries)
    rows = db.session.execute(query.where(Throttle.key == key, Throttle.window >= since))
    return {row.window: row.tries for row in rows}


# People ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Search:
    """What the list of people is narrowed to: part of a name, a number's last digits, a duty."""

    text: str = ""
    role: Role | None = None


class PeoplePage(NamedTuple):
    """One page of people (id, name, phone, is_disabled); `first` and `last` count from 1."""

    people: Sequence[Row[Any]]
    number: int
    first: int
    last: int
    total: int


def visible_to(person: Person) -> ColumnElement[bool]:
    """The people somebody looks after.

    They serve at a place in scope, or serve nowhere now and last did so in scope: so nobody is
    out of everybody's sight, and whoever moved elsewhere belongs to the people there.
    """
    of_user = HeldDuty.user_id == User.id
    here = in_scope(person, Permission.SEE_PEOPLE, HeldDuty.path)
    serves_here = exists().where(of_user, here, _SERVING)
    served_here = exists().where(of_user, here)
    serves = exists().where(of_user, _SERVING)
    return serves_here | (served_here & ~serves)


def find_user(person: Person, user_id: int) -> User:
    """Somebody within reach of a person; NotFoundError for anyone else."""
    user = db.session.scalar(select(User).where(User.id == user_id, visible_to(person)))
    if user is None:
        raise NotFoundError
    return user


def acting_as(user: User) -> Person:
    """Somebody with the duties held now, for what is entered in their name."""
    held = db.session.scalars(select(HeldDuty).where(HeldDuty.user_id == user.id, _SERVING))
    serving = tuple(Duty(d.role, d.place_id, d.path, d.community_id) for d in held)
    return Person(user.id, user.name, "", user.locale, user.large_text, serving)


def sees(person: Person, user_id: int) -> bool:
    """Whether somebody is within reach of a person."""
    query = select(User.id).where(User.id == user_id, visible_to(person))
    return db.session.scalar(query) is not None


def everybody() -> list[User]:
    """All accounts, for commands on the server."""
    return list(db.session.scalars(select(User).order_by(User.name, User.id)))


def people(person: Person, search: Search, *, number: int) -> PeoplePage:
    """One page of the people in scope, by name; a page beyond the end gives the last."""
    condition = visible_to(person) & _matches(person, search)
    total = db.session.scalar(select(func.count()).select_from(User).where(condition)) or 0
    number = min(number, max(1, -(-total // PEOPLE_A_PAGE)))
    skipped = (number - 1) * PEOPLE_A_PAGE
    query = (
        select(User.id, User.name, User.phone, User.disabled_at.is_not(None).label("is_disabled"))
        .where(condition)
        .order_by(User.name, User.id)
        .offset(skipped)
        .limit(PEOPLE_A_PAGE)
    )
    rows = db.session.execute(query).all()
    return PeoplePage(rows, number, min(skipped + 1, total), skipped + len(rows), total)


def _matches(person: Person, search: Search) -> ColumnElement[bool]:
    condition = _matches_text(search.text)
    if search.role is None:
        return condition
    here = in_scope(person, Permission.SEE_PEOPLE, HeldDuty.path)
    serves_so = exists().where(
        HeldDuty.user_id == User.id, HeldDuty.role == search.role, here, _SERVING
    )
    return condition & serves_so


def _matches_text(text: str) -> ColumnElement[bool]:
    digits = text.replace(" ", "")
    if digits.isascii() and digits.isdigit():
        if len(digits) <= DIGITS_SHOWN:
            return User.phone.endswith(digits)
        whole = phones.normalise(digits)
        return User.phone == whole if whole else false()
    return User.name.icontains(text, autoescape=True)


# Duties ------------------------------------------------------------------------------------------


class HeldRow(NamedTuple):
    """A duty somebody holds: enough to show it and to say who may end it."""

    id: int
    user_id: int
    role: Role
    path: str
    given_at: datetime


def duties(user_ids: Sequence[int], *, seen_by: Person | None = None) -> dict[int, list[HeldRow]]:
    """The duties people hold now, highest first; only those in scope with `seen_by`."""
    rank = case(RANK, value=HeldDuty.role)
    query = (
        select(HeldDuty.id, HeldDuty.user_id, HeldDuty.role, HeldDuty.path, HeldDuty.given_at)
        .where(HeldDuty.user_id.in_(user_ids), _SERVING)
        .order_by(rank.desc(), HeldDuty.path)
    )
    if seen_by is not None:
        query = query.where(in_scope(seen_by, Permission.SEE_PEOPLE, HeldDuty.path))
    found: dict[int, list[HeldRow]] = {user_id: [] for user_id in user_ids}
    for row in db.session.execute(query):
        found[row.user_id].append(HeldRow(*row))
    return found


def find_duty(person: Person, duty_id: int) -> HeldDuty:
    """A duty held now at a place where somebody manages people; NotFoundError for any other."""
    here = in_scope(person, Permission.MANAGE_PEOPLE, HeldDuty.path)
    duty = db.session.scalar(select(HeldDuty).where(HeldDuty.id == duty_id, here, _SERVING))
    if duty is None:
        raise NotFoundError
    return duty


def holds(user_id: int, role: Role, place_id: int) -> bool:
    """Whether somebody holds this very duty now."""
    query = select(HeldDuty.id).where(
        HeldDuty.user_id == user_id,
        HeldDuty.role == role,
        HeldDuty.place_id == place_id,
        _SERVING,
    )
    return db.session.scalar(query) is not None


def communities_of(user_id: int) -> list[int]:
    """The communities in which somebody serves, or served if nowhere now."""
    query = select(HeldDuty.community_id).where(HeldDuty.user_id == user_id).distinct()
    now_serving = db.session.scalars(query.where(_SERVING)).all()
    return sorted(now_serving or db.session.scalars(query).all())


def other_administrators(community_id: int, user_id: int) -> int:
    """How many others administer a whole community and can sign in."""
    query = (
        select(func.count(HeldDuty.user_id.distinct()))
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.place_id == community_id,
            HeldDuty.role == Role.ADMIN,
            HeldDuty.user_id != user_id,
            _SERVING,
            User.disabled_at.is_(None),
        )
    )
    return db.session.scalar(query) or 0


def administers(user_id: int, community_id: int) -> bool:
    """Whether somebody is an administrator of a whole community."""
    return holds(user_id, Role.ADMIN, community_id)
