"""Finding people and their duties."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, exists, false, func, select

from portal.access import RANK, Duty, Permission, Person, Role, in_scope
from portal.accounts import phones
from portal.accounts.models import HeldDuty, User
from portal.db import db
from portal.errors import NotFoundError

PEOPLE_A_PAGE = 50
DIGITS_SHOWN = 4  # a search by more of the hidden digits would reveal them one by one
_SERVING = HeldDuty.ended_at.is_(None)


def maybe_user(phone: str) -> User | None:
    """Whoever has this phone number as the name to sign in by."""
    return db.session.scalar(select(User).where(User.phone == phone))


def find_by_phone(phone: str) -> User:
    """Whoever has this phone number; NotFoundError if nobody has."""
    user = maybe_user(phone)
    if user is None:
        raise NotFoundError
    return user


def names(user_ids: Iterable[int]) -> dict[int, str]:
    """What people are called."""
    query = select(User.id, User.name).where(User.id.in_(set(user_ids)))
    return dict(db.session.execute(query).tuples().all())


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


def visible_to(
    person: Person, permission: Permission = Permission.SEE_PEOPLE
) -> ColumnElement[bool]:
    """The people somebody looks after, where somebody has a permission.

    They serve at a place in scope, or serve nowhere now and last did so in scope: so nobody is
    out of everybody's sight, and whoever moved elsewhere belongs to the people there.
    """
    of_user = HeldDuty.user_id == User.id
    here = in_scope(person, permission, HeldDuty.path)
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
    return serving([user.id])[user.id]


def serving(user_ids: Collection[int]) -> dict[int, Person]:
    """Some people with the duties they hold now, for what is to be told them."""
    held: dict[int, list[Duty]] = {}
    of_them = HeldDuty.user_id.in_(user_ids)
    for d in db.session.scalars(select(HeldDuty).where(of_them, _SERVING)):
        held.setdefault(d.user_id, []).append(Duty(d.role, d.place_id, d.path, d.community_id))
    users = db.session.scalars(select(User).where(User.id.in_(user_ids)))
    return {user.id: _person(user, held.get(user.id, ())) for user in users}


def _person(user: User, duties: Iterable[Duty]) -> Person:
    return Person(user.id, user.name, "", user.locale, user.large_text, tuple(duties))


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
