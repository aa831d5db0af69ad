"""The people the planner may send: where they serve, when they can come, what they have already."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, cast, func, or_, select

from portal.access import GRANTS, Permission, Role, below, span, within
from portal.clock import at, end_of_day
from portal.db import db, table_of
from portal.memo import Memo
from portal.questions import Question
from portal.shifts.choice_queries import ASSIGNMENT, PLACE, SHIFT, among, estate_of
from portal.shifts.limits import MOST_A_WEEK
from portal.shifts.models import Availability
from portal.shifts.party_queries import DUTY
from portal.shifts.skills import OFFICER
from portal.shifts.states import SEATED, Standing
from portal.shifts.taker_queries import LEADING, LEAVE, USER
from portal.shifts.task import Engaged, Helper
from portal.tower.models import Level, Place, prefixes

SAID = table_of(Availability).c
_BUILDING, _ESTATE = PLACE.alias(), PLACE.alias()
SENT = frozenset({Role.LEADER, Role.OFFICER, Role.VOLUNTEER})  # whom the planner sends
TAKES = frozenset(role for role in Role if Permission.TAKE_SHIFTS in GRANTS[role])
LOOK_BACK = timedelta(days=180)  # for buildings seen
LOAD_BACK = timedelta(days=30)  # for shifts that count as load
AROUND = timedelta(days=8)  # what lies near a plan and keeps people busy


class _About(NamedTuple):
    """What somebody said, as the database keeps it."""

    user_id: int = 0
    hours: str | None = None
    skills: str | None = None
    home_path: str | None = None
    most_a_week: int = MOST_A_WEEK


SILENT = _About()


def helpers(
    place: Place,
    first: date,
    last: date,
    *,
    engaged: Mapping[int, Sequence[Engaged]] | None = None,
    roles: frozenset[Role] = SENT,
) -> list[Helper]:
    """Everybody who may be sent to a place between two days, by number.

    `engaged` is what they have, where that is known already; with the `roles` of TAKES also those
    come who may take shifts although no planner sends them.
    """
    return _with_time(_serving(place, roles), place, first, last, engaged)


def sent_to(place: Place) -> set[int]:
    """Whom a planner sends to a place, or the estate around it."""
    return {row[0] for row in _duties(place, SENT)}


def takers(
    place: Place,
    people: Collection[int],
    first: date,
    last: date,
    *,
    engaged: Mapping[int, Sequence[Engaged]] | None = None,
) -> list[Helper]:
    """Those of some people who may take shifts in a place, also where nobody sends them."""
    duties = _TAKING.all({**_around(place), "people": sorted(people)})
    serving = _made(_estates(place), duties, _said(place.community_id))
    return _with_time(serving, place, first, last, engaged)


def _with_time(
    serving: Mapping[int, Helper],
    place: Place,
    first: date,
    last: date,
    engaged: Mapping[int, Sequence[Engaged]] | None,
) -> list[Helper]:
    """The same people with their leave between two days, and with what they have and had."""
    leaves, served = _leaves(serving, first, last), _served(place.community_id, at(first, time()))
    busy = _engaged(place.community_id, first, last) if engaged is None else engaged
    found = []
    for user_id, helper in serving.items():
        if user_id in busy or user_id in served or user_id in leaves:
            found.append(
                helper._replace(
                    leaves=tuple(leaves.get(user_id, ())),
                    engaged=tuple(busy.get(user_id, ())),
                    served=served[user_id],
                )
            )
        else:
            found.append(helper)
    return found


_known = Memo[dict[int, Helper]](most=20_000, size=len)  # people


def _serving(place: Place, roles: frozenset[Role]) -> dict[int, Helper]:
    """Who may be sent to a place, with all but their time.

    Made anew only when somebody's duties or what somebody said are not what they were.
    """
    estates, duties, said = _estates(place), _duties(place, roles), _said(place.community_id)
    key = tuple(estates.items()), tuple(duties), tuple(said)
    return _known.get(key, lambda: _made(estates, duties, said))


def _made(
    estates: Mapping[str, int], duties: Sequence[Any], said: Sequence[Any]
) -> dict[int, Helper]:
    reached, by_number = _reached(estates), {row[0]: _About._make(row) for row in said}
    found = {}
    for user_id, held in groupby(duties, key=itemgetter(0)):
        mine, about = list(held), by_number.get(user_id, SILENT)
        by_duty = {OFFICER} if any(is_officer for *_, is_officer in mine) else set()
        found[user_id] = Helper(
            id=user_id,
            estates=reached(*[path for _, path, *_ in mine]),
            leads_in=reached(*[path for _, path, leads, _ in mine if leads]),
            home_id=int(about.home_path.split("/")[-2]) if about.home_path else None,
            skills=frozenset([*by_duty, *(json.loads(about.skills) if about.skills else ())]),
            hours=json.loads(about.hours) if about.hours else None,
            most_a_week=about.most_a_week,
        )
    return found


_ESTATES = Question(
    select(_ESTATE.c.path, _ESTATE.c.id)
    .join(_BUILDING, _BUILDING.c.parent_id == _ESTATE.c.id)
    .join(PLACE, PLACE.c.parent_id == _BUILDING.c.id)
    .where(
        PLACE.c.community_id == bindparam("community"),
        PLACE.c.level == Level.GROUP,
        PLACE.c.retired.is_(False),
        within(PLACE.c.path),
    )
    .distinct()
)


def _estates(place: Place) -> dict[str, int]:
    """The estates of a place by their paths: itself or the one around it, or all below."""
    return dict(_ESTATES.all({"community": place.community_id, **span(place.path)}))


def _reached(estates: Mapping[str, int]) -> Callable[..., frozenset[int]]:
    """In which estates duties at some places serve: each counts for the whole estate around it."""

    @cache  # thousands of people have their duties at some hundred places
    def reached(*held: str) -> frozenset[int]:
        wide = tuple(estate_of(path) for path in held)
        return frozenset(number for path, number in estates.items() if path.startswith(wide))

    return reached


def _duties_in(roles: Collection[Role]) -> Select[Any]:
    return (
        select(
            DUTY.c.user_id,
            DUTY.c.path,
            among(DUTY.c.role, LEADING),
            among(DUTY.c.role, {Role.OFFICER}),
        )
        .join(USER, USER.c.id == DUTY.c.user_id)
        .where(
            DUTY.c.community_id == bindparam("community"),
            DUTY.c.ended_at.is_(None),
            among(DUTY.c.role, roles),
            or_(within(DUTY.c.path), DUTY.c.path.in_(bindparam("above", expanding=True))),
            USER.c.disabled_at.is_(None),
        )
        .order_by(DUTY.c.user_id, DUTY.c.id)
    )


_DUTIES = {roles: Question(_duties_in(roles)) for roles in (SENT, TAKES)}
_TAKING = Question(_duties_in(TAKES).where(DUTY.c.user_id.in_(bindparam("people", expanding=True))))


def _duties(place: Place, roles: frozenset[Role]) -> Sequence[Any]:
    """The duties of everybody with such roles, by number: (user_id, path, leads, is_officer)."""
    return _DUTIES[roles].unread(_around(place)).rows


def _around(place: Place) -> dict[str, Any]:
    """What bounds the duties that reach a place, or the estate around it."""
    values = {"community": place.community_id, "above": prefixes(place.path)}
    return {**values, **span(estate_of(place.path))}


_SAID = Question(
    select(
        SAID.user_id,
        cast(SAID.hours, Text).label("hours"),
        cast(SAID.skills, Text).label("skills"),
        SAID.home_path,
        SAID.most_a_week,
    ).where(SAID.community_id == bindparam("community"))
)


def _said(community_id: int) -> Sequence[Any]:
    """What people said, as `_About` has it."""
    return _SAID.unread({"community": community_id}).rows


_LEAVES = Question(
    select(LEAVE.c.user_id, LEAVE.c.first_day, LEAVE.c.last_day).where(
        LEAVE.c.ended_at.is_(None),
        LEAVE.c.first_day <= bindparam("last"),
        LEAVE.c.last_day >= bindparam("first"),
    )
)


def _leaves(people: Container[int], first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for user_id, first_day, last_day in _LEAVES.all({"first": first, "last": last}):
        if user_id in people:
            found.setdefault(user_id, []).append((first_day, last_day))
    return found


# Asked by person: shifts of all years and communities lie beside these.
OF_TAKERS = ASSIGNMENT.c.user_id.in_(
    select(DUTY.c.user_id).where(
        DUTY.c.community_id == bindparam("community"),
        DUTY.c.ended_at.is_(None),
        among(DUTY.c.role, TAKES),
    )
)
_ENGAGED = Question(
    select(
        ASSIGNMENT.c.user_id, ASSIGNMENT.c.shift_id, ASSIGNMENT.c.starts_at, ASSIGNMENT.c.ends_at
    )
    .where(
        OF_TAKERS,
        ASSIGNMENT.c.starts_at >= bindparam("first"),
        ASSIGNMENT.c.starts_at < bindparam("last"),
        among(ASSIGNMENT.c.standing, {*SEATED, Standing.ASKED}),
    )
    .order_by(ASSIGNMENT.c.user_id, ASSIGNMENT.c.starts_at)
)


def _engaged(community_id: int, first: date, last: date) -> dict[int, list[Engaged]]:
    begin, end = around(first, last)
    found: dict[int, list[Engaged]] = {}
    for row in _ENGAGED.all({"community": community_id, "first": begin, "last": end}):
        found.setdefault(row[0], []).append(Engaged._make(row[1:]))
    return found


def around(first: date, last: date) -> tuple[datetime, datetime]:
    """When shifts begin that lie near some days: they keep people busy."""
    return at(first, time()) - AROUND, end_of_day(last) + AROUND


_SERVED = Question(
    select(ASSIGNMENT.c.user_id, func.count())
    .where(
        OF_TAKERS,
        ASSIGNMENT.c.community_id == bindparam("community"),
        ASSIGNMENT.c.starts_at >= bindparam("since"),
        ASSIGNMENT.c.starts_at < bindparam("before"),
        among(ASSIGNMENT.c.standing, {Standing.HELD, Standing.ATTENDED}),
    )
    .group_by(ASSIGNMENT.c.user_id)
)


def _served(community_id: int, before: datetime) -> Counter[int]:
    values = {"community": community_id, "since": before - LOAD_BACK, "before": before}
    return Counter(dict(_SERVED.all(values)))


def been(place: Place, people: Iterable[int], before: datetime) -> list[tuple[int, int]]:
    """(person, building) of everything attended in a place in the last half year."""
    known = set(people)
    rows = db.session.execute(
        select(ASSIGNMENT.c.user_id, SHIFT.c.building_id)
        .join(SHIFT, SHIFT.c.id == ASSIGNMENT.c.shift_id)
        .where(
            SHIFT.c.community_id == place.community_id,
            below(SHIFT.c.path, estate_of(place.path)),
            ASSIGNMENT.c.starts_at > before - LOOK_BACK,
            ASSIGNMENT.c.standing == Standing.ATTENDED,
        )
        .distinct()
    ).tuples()
    return sorted(pair for pair in rows if pair[0] in known)
