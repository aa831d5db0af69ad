"""The people the planner may send: where they serve, when they can come, what they have already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, func, or_, select

from portal.access import Role, below
from portal.accounts.models import HeldDuty, User
from portal.clock import at, end_of_day
from portal.db import db, table_of
from portal.shifts.choice_queries import ASSIGNMENT, SHIFT, estate_of
from portal.shifts.limits import MOST_A_WEEK
from portal.shifts.models import Availability, Leave
from portal.shifts.party_queries import LEADING
from portal.shifts.series_queries import groups_below
from portal.shifts.skills import OFFICER
from portal.shifts.states import SEATED, Standing
from portal.shifts.task import Engaged, Helper
from portal.tower.models import Place, prefixes

SAID = table_of(Availability).c
SENT = frozenset({Role.LEADER, Role.OFFICER, Role.VOLUNTEER})  # whom the planner sends
LOOK_BACK = timedelta(days=180)  # for buildings seen
LOAD_BACK = timedelta(days=30)  # for shifts that count as load
AROUND = timedelta(days=8)  # what lies near a plan and keeps people busy


@dataclass
class _Duties:
    """Where somebody serves: places below which, and above which, the plan lies."""

    paths: list[str]
    leads: list[str]
    skills: set[str]


def helpers(place: Place, first: date, last: date) -> list[Helper]:
    """Everybody who may be sent to a place between two days, by number."""
    reached, duties = _reached(_estates(place)), _duties(place)
    said = _said(place.community_id, duties)
    leaves, engaged = _leaves(duties, first, last), _engaged(duties, first, last)
    served = _served(place.community_id, at(first, time()))
    found = []
    for user_id, duty in sorted(duties.items()):
        about = said.get(user_id)
        found.append(
            Helper(
                id=user_id,
                estates=frozenset().union(*map(reached, duty.paths)),
                leads_in=frozenset().union(*map(reached, duty.leads)),
                home_id=int(about.home_path.split("/")[-2]) if about and about.home_path else None,
                skills=frozenset([*duty.skills, *(about.skills if about else ())]),
                hours=about.hours if about else None,
                leaves=tuple(leaves.get(user_id, ())),
                engaged=tuple(engaged.get(user_id, ())),
                most_a_week=about.most_a_week if about else MOST_A_WEEK,
                served=served.get(user_id, 0),
            )
        )
    return found


def _estates(place: Place) -> dict[str, int]:
    """The estates of a place by their paths: itself or the one around it, or all below."""
    rows = groups_below(place.path, place.community_id)
    return {prefixes(row.path)[1]: row.estate_id for row in rows}


def _reached(estates: dict[str, int]) -> Callable[[str], frozenset[int]]:
    """In which estates a duty at a place serves: it counts for the whole estate around it."""

    @cache  # thousands of people have their duties at some hundred places
    def reached(held: str) -> frozenset[int]:
        wide = estate_of(held)
        return frozenset(number for path, number in estates.items() if path.startswith(wide))

    return reached


def _duties(place: Place) -> dict[int, _Duties]:
    wide = estate_of(place.path)
    rows = db.session.execute(
        select(HeldDuty.user_id, HeldDuty.role, HeldDuty.path)
        .join(User, User.id == HeldDuty.user_id)
        .where(
            HeldDuty.community_id == place.community_id,
            HeldDuty.ended_at.is_(None),
            HeldDuty.role.in_(sorted(SENT)),
            or_(below(HeldDuty.path, wide), HeldDuty.path.in_(prefixes(place.path))),
            User.disabled_at.is_(None),
        )
        .order_by(HeldDuty.user_id, HeldDuty.id)
    )
    found: dict[int, _Duties] = {}
    for user_id, role, path in rows:
        duty = found.setdefault(user_id, _Duties([], [], set()))
        duty.paths.append(path)
        if role in LEADING:
            duty.leads.append(path)
        if role is Role.OFFICER:
            duty.skills.add(OFFICER)
    return found


def _said(community_id: int, people: Iterable[int]) -> dict[int, Row[Any]]:
    known = set(people)
    query = select(SAID.user_id, SAID.hours, SAID.skills, SAID.home_path, SAID.most_a_week)
    rows = db.session.execute(query.where(SAID.community_id == community_id)).all()
    return {row.user_id: row for row in rows if row.user_id in known}


def _leaves(people: Iterable[int], first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    known, found = set(people), dict[int, list[tuple[date, date]]]()
    rows = db.session.execute(
        select(Leave.user_id, Leave.first_day, Leave.last_day).where(
            Leave.ended_at.is_(None), Leave.first_day <= last, Leave.last_day >= first
        )
    )
    for user_id, first_day, last_day in rows:
        if user_id in known:
            found.setdefault(user_id, []).append((first_day, last_day))
    return found


def _engaged(people: Iterable[int], first: date, last: date) -> dict[int, list[Engaged]]:
    known, found = set(people), dict[int, list[Engaged]]()
    rows = db.session.execute(
        select(
            ASSIGNMENT.c.user_id,
            ASSIGNMENT.c.shift_id,
            ASSIGNMENT.c.starts_at,
            ASSIGNMENT.c.ends_at,
        )
        .where(
            ASSIGNMENT.c.starts_at >= at(first, time()) - AROUND,
            ASSIGNMENT.c.starts_at < end_of_day(last) + AROUND,
            ASSIGNMENT.c.standing.in_(sorted({*SEATED, Standing.ASKED})),
        )
        .order_by(ASSIGNMENT.c.user_id, ASSIGNMENT.c.starts_at)
    )
    for user_id, shift_id, starts_at, ends_at in rows:
        if user_id in known:
            engaged = Engaged(shift_id=shift_id, starts_at=starts_at, ends_at=ends_at)
            found.setdefault(user_id, []).append(engaged)
    return found


def _served(community_id: int, before: datetime) -> Counter[int]:
    rows = db.session.execute(
        select(ASSIGNMENT.c.user_id, func.count())
        .where(
            ASSIGNMENT.c.community_id == community_id,
            ASSIGNMENT.c.starts_at >= before - LOAD_BACK,
            ASSIGNMENT.c.starts_at < before,
            ASSIGNMENT.c.standing.in_(sorted({Standing.HELD, Standing.ATTENDED})),
        )
        .group_by(ASSIGNMENT.c.user_id)
    )
    return Counter(dict(rows.tuples().all()))


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
