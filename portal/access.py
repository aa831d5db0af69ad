"""Who may do what, and within which places. Nothing else decides this.

Three questions, in this order: may this duty do this at all (the guard), may this person see this
record (`in_scope`), does the record allow it now (a verb raises RuleError). Denied by default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from flask import Flask, abort, request
from flask.typing import RouteCallable
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, bindparam, false, or_

MOST_UNREAD = 100  # of the notices in the header; that many are shown as "99+"


class Role(StrEnum):
    """The duties a person can hold at a place."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    LEADER = "leader"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    VOLUNTEER = "volunteer"


RANK = {
    Role.ADMIN: 4,
    Role.COORDINATOR: 3,
    Role.LEADER: 2,
    Role.OFFICER: 1,
    Role.REVIEWER: 1,
    Role.VOLUNTEER: 1,
}


class Permission(StrEnum):
    """What can be permitted, alphabetically, as `scope:action`."""

    APPROVE_DOORS = "doors:approve"
    CLOSE_ROUNDS = "rounds:close"
    EDIT_TOWER = "tower:edit"
    EXPORT_DOORS = "doors:export"
    EXPORT_ROSTERS = "rosters:export"
    FILL_SEATS = "seats:fill"
    IMPORT_ROSTERS = "rosters:import"
    ISSUE_BULLETINS = "bulletins:issue"
    MANAGE_PEOPLE = "people:manage"
    OPEN_ROUNDS = "rounds:open"
    PLAN_SHIFTS = "shifts:plan"
    RECORD_VISITS = "visits:record"
    RELAY_BULLETINS = "bulletins:relay"
    REVEAL_PHONES = "phones:reveal"
    REVIEW_WARNINGS = "warnings:review"
    RUN_ENTRANCES = "entrances:run"
    RUN_ROBOTS = "robots:run"
    RUN_SHIFTS = "shifts:run"
    RUN_TASKS = "tasks:run"
    RUN_WARNINGS = "warnings:run"
    SEE_AUDIT = "audit:see"
    SEE_BULLETINS = "bulletins:see"
    SEE_CARE_TAGS = "care:see"
    SEE_CASES = "cases:see"
    SEE_DELIVERIES = "deliveries:see"
    SEE_GAPS = "gaps:see"
    SEE_PEOPLE = "people:see"
    SEE_PLAN = "plan:see"
    SEE_RESIDENTS = "residents:see"
    SEE_ROTA = "shifts:see"
    SEE_ROUNDS = "rounds:see"
    SEE_TEAMS = "teams:see"
    SEE_TOWER = "tower:see"
    SEE_WARNINGS = "warnings:see"
    SET_TASK_RULES = "tasks:rule"
    SIGN_OFF = "rounds:sign"
    TAKE_SHIFTS = "shifts:take"


_WATCH = frozenset(
    {
        Permission.SEE_BULLETINS,
        Permission.SEE_GAPS,
        Permission.SEE_PLAN,
        Permission.SEE_ROUNDS,
        Permission.SEE_TOWER,
    }
)
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.COORDINATOR: frozenset(Permission),
    Role.LEADER: _WATCH
    | {
        Permission.EXPORT_DOORS,
        Permission.MANAGE_PEOPLE,
        Permission.RECORD_VISITS,
        Permission.RELAY_BULLETINS,
        Permission.REVEAL_PHONES,
        Permission.RUN_ENTRANCES,
        Permission.RUN_SHIFTS,
        Permission.RUN_TASKS,
        Permission.SEE_CARE_TAGS,
        Permission.SEE_PEOPLE,
        Permission.SEE_RESIDENTS,
        Permission.SEE_ROTA,
        Permission.SEE_TEAMS,
        Permission.SIGN_OFF,
        Permission.TAKE_SHIFTS,
    },
    Role.OFFICER: _WATCH
    | {
        Permission.EXPORT_DOORS,
        Permission.RUN_TASKS,
        Permission.RUN_WARNINGS,
        Permission.SEE_CASES,
        Permission.SEE_ROTA,
        Permission.SEE_TEAMS,
        Permission.SEE_WARNINGS,
        Permission.TAKE_SHIFTS,
    },
    Role.REVIEWER: _WATCH
    | {Permission.REVIEW_WARNINGS, Permission.SEE_ROTA, Permission.SEE_WARNINGS},
    Role.VOLUNTEER: frozenset({Permission.TAKE_SHIFTS}),
}
# What a shift permits its crew, at its doors and while it lasts: volunteers see no others.
CREW = frozenset({Permission.RECORD_VISITS, Permission.SEE_PLAN})


@dataclass(frozen=True, slots=True)
class Duty:
    """A role held at a place; it reaches that place and everything below it."""

    role: Role
    place_id: int
    path: str
    community_id: int


@dataclass(frozen=True)
class Person:
    """Whoever is signed in: small, frozen, read in one query, fit for flask-login.

    `crews` are the paths of the groups whose shift this person is on just now.
    """

    id: int
    name: str
    session: str  # the token that names this sign-in; the database knows only its hash
    locale: str
    large_text: bool
    duties: tuple[Duty, ...]
    unread: int = 0  # notices, counted up to MOST_UNREAD
    crews: tuple[str, ...] = ()

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.session

    def may(self, permission: Permission, *, path: str | None = None) -> bool:
        """Whether a duty or a shift permits this, anywhere or (with `path`) at that place."""
        if path is None:
            return permission in self.permissions
        return any(
            permission in GRANTS[duty.role] and path.startswith(duty.path) for duty in self.duties
        ) or (permission in CREW and path.startswith(self.crews))

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Everything that is permitted somewhere."""
        return _permitted(frozenset(duty.role for duty in self.duties), on_shift=bool(self.crews))

    def paths(self, permission: Permission) -> tuple[str, ...]:
        """The places from which this is permitted downwards, outermost only."""
        held = {duty.path for duty in self.duties if permission in GRANTS[duty.role]}
        found = sorted(held.union(self.crews if permission in CREW else ()))
        return tuple(p for p in found if not any(p != q and p.startswith(q) for q in found))

    def parts(self, permission: Permission, path: str) -> tuple[str, ...]:
        """Where in a place this is permitted: all of it, or the parts of it one has a duty at."""
        if self.may(permission, path=path):
            return (path,)
        return tuple(own for own in self.paths(permission) if own.startswith(path))

    @cached_property
    def goes_to(self) -> tuple[str, ...]:
        """Where this person goes from door to door: as a leader, or just now on a shift."""
        led = {duty.path for duty in self.duties if duty.role is Role.LEADER}
        return tuple(sorted(led.union(self.crews)))

    @cached_property
    def community_ids(self) -> tuple[int, ...]:
        return tuple(sorted({duty.community_id for duty in self.duties}))

    def stands_above(self, role: Role, path: str) -> bool:
        """Whether this person may give or take `role` at the place with `path`.

        A higher rank at that place or above it will do; so will the same rank strictly above it.
        Only an administrator makes administrators.
        """
        for duty in self.duties:
            if Permission.MANAGE_PEOPLE not in GRANTS[duty.role] or not path.startswith(duty.path):
                continue
            if RANK[duty.role] > RANK[role] or duty.role is Role.ADMIN:
                return True
            if RANK[duty.role] == RANK[role] and path != duty.path:
                return True
        return False


@cache
def _permitted(roles: frozenset[Role], *, on_shift: bool) -> frozenset[Permission]:
    return frozenset().union(*(GRANTS[role] for role in roles), CREW if on_shift else ())


# Scope as SQL ------------------------------------------------------------------------------------


def below(path_column: Any, path: str) -> ColumnElement[bool]:
    """The condition that a materialised path is `path` or lies under it, as one indexed range."""
    after = path[:-1] + "0"  # "0" follows "/" in ASCII: /1/4/ covers everything before /1/40
    return and_(path_column >= path, path_column < after)


def within(path_column: Any) -> ColumnElement[bool]:
    """`below` for a statement that is built once: to be run with the values of `span`."""
    return and_(path_column >= bindparam("from"), path_column < bindparam("to"))


def span(path: str) -> dict[str, str]:
    """The values of `within` for a place and everything under it."""
    return {"from": path, "to": path[:-1] + "0"}


def within_one(path_column: Any, name: str, count: int) -> ColumnElement[bool]:
    """The same for so many places: to be run with the values of `spans` under the same name."""
    return or_(
        *(
            and_(path_column >= bindparam(f"{name}{n}"), path_column < bindparam(f"{name}{n}_end"))
            for n in range(count)
        )
    )


def spans(name: str, paths: Sequence[str]) -> dict[str, str]:
    """The values of `within_one`."""
    return {
        key: value
        for n, path in enumerate(paths)
        for key, value in ((f"{name}{n}", path), (f"{name}{n}_end", span(path)["to"]))
    }


def in_scope(
    person: Person, permission: Permission, path_column: Any, *, under: Sequence[str] = ("/",)
) -> ColumnElement[bool]:
    """The condition that keeps a query inside the places where `person` has `permission`.

    `under` names the only places that are asked about. Said here, because a database reads along
    one range of an index: with two conditions it takes the first, be it the whole community.
    """
    ranges = [
        below(path_column, max(path, top, key=len))
        for path in person.paths(permission)
        for top in under
        if path.startswith(top) or top.startswith(path)
    ]
    return or_(*ranges) if ranges else false()


# The guard ---------------------------------------------------------------------------------------

View = TypeVar("View", bound=RouteCallable)


@dataclass(frozen=True)
class Policy:
    """What a view asks of its caller: nothing, a sign-in, or a sign-in with a permission."""

    signed_in: bool
    permission: Permission | None = None


_declared: dict[Callable[..., object], Policy] = {}


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare the permission a view needs."""

    def declare(view: View) -> View:
        _declared[view] = Policy(signed_in=True, permission=permission)
        return view

    return declare


def signed_in(view: View) -> View:
    """Declare that everyone who has signed in may reach a view (their own things only)."""
    _declared[view] = Policy(signed_in=True)
    return view


def public(view: View) -> View:
    """Declare that anyone may reach a view."""
    _declared[view] = Policy(signed_in=False)
    return view


def me() -> Person:
    """The person of this request; only views behind the guard may ask."""
    return cast("Person", current_user._get_current_object())


def maybe_me() -> Person | None:
    """The person of this request, if somebody has signed in."""
    person = me()
    return person if person.is_authenticated else None


def can(permission: Permission, path: str | None = None) -> bool:
    """For templates: show only what the guard would let through."""
    person = maybe_me()
    return person is not None and person.may(permission, path=path)


def policy_of(app: Flask, endpoint: str) -> Policy:
    return _declared[app.view_functions[endpoint]]


def init_app(app: Flask) -> None:
    def guard() -> None:
        if request.endpoint is None:
            return
        policy = policy_of(app, request.endpoint)
        if not policy.signed_in:
            return
        if not current_user.is_authenticated:
            abort(401)
        if policy.permission is not None and not me().may(policy.permission):
            abort(403)

    app.before_request(guard)
    app.jinja_env.globals.update(can=can, Permission=Permission)


def check_declared(app: Flask) -> None:
    """Refuse to start with a view nobody has decided about."""
    public(app.view_functions["static"])
    if missing := [name for name, view in app.view_functions.items() if view not in _declared]:
        raise RuntimeError(f"views without @requires, @signed_in or @public: {sorted(missing)}")
