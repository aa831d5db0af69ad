"""What is done about people: give and end duties, add, block and unblock accounts, new passwords.

`by` is the person who does it; None is a command on the server, which stands above everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from portal.access import GRANTS, RANK, Permission, Person, Role
from portal.accounts import queries, sign_ins, words
from portal.accounts.models import HeldDuty, User
from portal.accounts.signals import account_blocked
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_once, one_at_a_time
from portal.errors import RuleError
from portal.tower.models import Place

LONGEST_NAME = 60  # characters
LOCK = 7_900_000_000  # added to the community's number: one change of its duties at a time


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody to be given an account: all of it cleaned and checked."""

    phone: str
    name: str
    password_hash: str
    locale: str = "zh"


# Accounts ----------------------------------------------------------------------------------------


def add_person(newcomer: Newcomer, role: Role, place: Place, *, by: Person | None) -> User | None:
    """Make an account with a first duty; None if the phone number has one already."""
    table = User.__table__
    columns = {"created_at": now(), "large_text": False, **vars(newcomer)}
    user_id = db.session.scalar(insert_once(table).values(**columns).returning(table.c.id))  # type: ignore[arg-type]
    if user_id is None:
        return None
    user = db.session.get_one(User, user_id)
    _record("account.added", user, place.community_id, by)
    give_duty(user, role, place, by=by)
    return user


def why_not_manage(user: User, *, by: Person | None) -> str | None:
    """Why somebody may not block this account or set its password; None if they may."""
    if by is None:
        return None
    if by.id == user.id:
        return str(gettext("This is your own account; somebody above you looks after it."))
    held = queries.duties([user.id])[user.id]
    if not all(by.stands_above(duty.role, duty.path) for duty in held):
        return str(gettext("You do not stand above all duties of this person."))
    return None


def disable(user: User, *, by: Person | None) -> None:
    """Block an account from the next request on; its seats in teams end with it."""
    _manage(user, by)
    for community_id in _locked(user):
        _keep_an_administrator(user.id, community_id)
    user.disable(at=now())
    sign_ins.end_all(user.id)
    account_blocked.send(user, by=by.id if by else None)
    _record_everywhere("account.disabled", user, by)


def enable(user: User, *, by: Person | None) -> None:
    """Let somebody sign in again, on every device anew."""
    _manage(user, by)
    user.enable()
    _record_everywhere("account.enabled", user, by)


def reset_password(user: User, password_hash: str, *, by: Person | None) -> None:
    """Give somebody another password; all their devices have to sign in with it."""
    _manage(user, by)
    user.password_hash = password_hash
    sign_ins.end_all(user.id)
    _record_everywhere("password.reset", user, by)


def change_password(user: User, password_hash: str, *, by: Person) -> int:
    """Take a new password for oneself; how many other devices were signed out."""
    user.password_hash = password_hash
    ended = sign_ins.end_all(user.id, except_token=by.session)
    _record_everywhere("password.changed", user, by)
    return ended


def _manage(user: User, by: Person | None) -> None:
    if reason := why_not_manage(user, by=by):
        raise RuleError(reason)


# Duties ------------------------------------------------------------------------------------------


def givable(person: Person) -> list[Role]:
    """The duties somebody can give somewhere in their area, the least first."""
    managing = [d.role for d in person.duties if Permission.MANAGE_PEOPLE in GRANTS[d.role]]
    highest = max((RANK[role] for role in managing), default=0)
    return [role for role in reversed(Role) if RANK[role] <= highest]


def why_not_give(user: User, role: Role, place: Place, *, by: Person | None) -> str | None:
    """Why somebody may not give this duty at this place; None if they may."""
    if user.is_disabled:
        return str(gettext("This account is blocked; unblock it first."))
    if by is None:
        return None
    if by.id == user.id:
        return str(gettext("Nobody changes their own duties; somebody above you does."))
    if not by.stands_above(role, place.path):
        return str(
            gettext(
                "Only somebody above can give the duty “%(duty)s” there.", duty=words.duty(role)
            )
        )
    return None


def why_not_end(user_id: int, role: Role, path: str, *, by: Person | None) -> str | None:
    """Why somebody may not end this duty; None if they may."""
    if by is None:
        return None
    if by.id == user_id:
        return str(gettext("Nobody changes their own duties; somebody above you does."))
    if not by.stands_above(role, path):
        return str(
            gettext("Only somebody above can end the duty “%(duty)s” there.", duty=words.duty(role))
        )
    return None


def give_duty(user: User, role: Role, place: Place, *, by: Person | None) -> bool:
    """Give a duty at a place; False if it is held already, so that asking twice does no harm."""
    if reason := why_not_give(user, role, place, by=by):
        raise RuleError(reason)
    one_at_a_time(LOCK + place.community_id)
    if queries.holds(user.id, role, place.id):
        return False
    giver = by.id if by else None
    db.session.add(
        HeldDuty(
            community_id=place.community_id,
            user_id=user.id,
            role=role,
            place_id=place.id,
            path=place.path,
            given_at=now(),
            given_by=giver,
        )
    )
    _record("duty.given", user, place.community_id, by, role=role, place=place.id)
    return True


def end_duty(duty: HeldDuty, *, by: Person | None) -> None:
    """Take a duty away; the last administrator of a community stays."""
    if reason := why_not_end(duty.user_id, duty.role, duty.path, by=by):
        raise RuleError(reason)
    one_at_a_time(LOCK + duty.community_id)
    db.session.refresh(duty)
    if duty.ended_at is not None:
        return
    if duty.role is Role.ADMIN and duty.place_id == duty.community_id:
        _keep_an_administrator(duty.user_id, duty.community_id)
    duty.end(at=now(), by=by.id if by else None)
    user = db.session.get_one(User, duty.user_id)
    _record("duty.ended", user, duty.community_id, by, role=duty.role, place=duty.place_id)


def _keep_an_administrator(user_id: int, community_id: int) -> None:
    """RuleError if a community would have nobody left who administers it."""
    if not queries.administers(user_id, community_id):
        return
    if not queries.other_administrators(community_id, user_id):
        raise RuleError(
            gettext("A community keeps at least one administrator; make another first.")
        )


# The trail ---------------------------------------------------------------------------------------


def _locked(user: User) -> list[int]:
    """The communities of somebody, in the one order in which they are ever locked."""
    communities = queries.communities_of(user.id)
    for community_id in communities:
        one_at_a_time(LOCK + community_id)
    return communities


def _record_everywhere(action: str, user: User, by: Person | None) -> None:
    for community_id in queries.communities_of(user.id):
        _record(action, user, community_id, by)


def _record(
    action: str, user: User, community_id: int, by: Person | None, **details: object
) -> None:
    record(
        action,
        community_id=community_id,
        by=by.id if by else None,
        subject="person",
        subject_id=user.id,
        details=details,
    )
