"""Somebody as the rules of the rota see them: one question, put with every look at the list."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    String,
    and_,
    bindparam,
    cast,
    null,
    select,
    type_coerce,
    union_all,
)

from portal.access import Duty, Person, Role
from portal.accounts.models import User
from portal.clock import local
from portal.db import table_of
from portal.questions import Question
from portal.shifts.choice_queries import ASSIGNMENT, among, areas, estate_of
from portal.shifts.eligibility import Engagement, Taker
from portal.shifts.limits import DEFAULT, MOST_A_WEEK, Limits
from portal.shifts.models import Availability, Leave, RotaRules
from portal.shifts.skills import OFFICER
from portal.shifts.states import LIVE, Standing

LEAVE, AVAILABILITY, USER = table_of(Leave), table_of(Availability), table_of(User)
RULE = table_of(RotaRules)
RULES = (RULE.c.rest_hours, RULE.c.most_a_day, RULE.c.cancel_hours, RULE.c.answer_hours)
FIRM = frozenset({Standing.HELD, Standing.ASKED, Standing.OFFERED, Standing.ATTENDED})
LEADING = frozenset({Role.LEADER, Role.COORDINATOR})
SINCE = timedelta(days=8)  # what somebody has taken on counts from the beginning of last week on
MOST_KEPT = 2_000  # people as they were read; one takes about 2 kB

# Lists are asked for as text, which PostgreSQL does not take apart anew for each look.
_SAID = (
    cast(AVAILABILITY.c.skills, String).label("skills"),
    AVAILABILITY.c.home_path,
    cast(AVAILABILITY.c.hours, String).label("hours"),
    AVAILABILITY.c.most_a_week,
    LEAVE.c.first_day,
    LEAVE.c.last_day,
    *RULES,
)
_TAKEN_ON = (
    ASSIGNMENT.c.shift_id,
    ASSIGNMENT.c.starts_at,
    ASSIGNMENT.c.ends_at,
    ASSIGNMENT.c.standing,
)


def _nothing_of(columns: Sequence[ColumnElement[Any]]) -> list[Label[Any]]:
    """The same columns in a part of the question that says nothing about them."""
    return [type_coerce(null(), column.type).label(column.name) for column in columns]


def _said() -> Select[Any]:
    """A row for each leave to come, or one."""
    return (
        select(*_SAID, *_nothing_of(_TAKEN_ON))
        .select_from(USER)
        .outerjoin(
            AVAILABILITY,
            and_(
                AVAILABILITY.c.user_id == USER.c.id,
                AVAILABILITY.c.community_id == bindparam("community"),
            ),
        )
        .outerjoin(
            LEAVE,
            and_(
                LEAVE.c.user_id == USER.c.id,
                LEAVE.c.community_id == bindparam("community"),
                LEAVE.c.ended_at.is_(None),
                LEAVE.c.last_day >= bindparam("today"),
            ),
        )
        .outerjoin(RULE, RULE.c.community_id == bindparam("community"))
        .where(USER.c.id == bindparam("user"))
    )


def _taken_on() -> Select[Any]:
    """A row for each shift, in whatever community."""
    return select(*_nothing_of(_SAID), *_TAKEN_ON).where(
        ASSIGNMENT.c.user_id == bindparam("user"),
        ASSIGNMENT.c.starts_at > bindparam("since"),
        among(ASSIGNMENT.c.standing, LIVE | FIRM),
    )


_ABOUT = Question(union_all(_said(), _taken_on()))


class Seen(NamedTuple):
    """All that decides about somebody's shifts in one community, as the database says it."""

    rows: tuple[tuple[Any, ...], ...]
    meaning: Callable[[Sequence[Any]], Any]
    duties: tuple[Duty, ...]
    areas: tuple[str, ...]
    community_id: int


def seen(person: Person, community_id: int, at: datetime) -> Seen:
    """What decides about somebody's shifts; equal for whoever may do the same at the same times."""
    about = _ABOUT.unread(
        {
            "user": person.id,
            "community": community_id,
            "today": local(at).date(),
            "since": at - SINCE,
        }
    )
    rows = tuple(map(tuple, about.rows))
    return Seen(rows, about.meaning, person.duties, areas(person), community_id)


def taker(person: Person, community_id: int, at: datetime) -> Taker:
    """What decides about somebody's shifts in one community; their shifts elsewhere count too."""
    return taker_in(seen(person, community_id, at))


@lru_cache(maxsize=MOST_KEPT)
def taker_in(about: Seen) -> Taker:
    """The same from what was seen."""
    rows = list(map(about.meaning, about.rows))
    said = [row for row in rows if row.shift_id is None]
    first = said[0]
    return Taker(
        areas=about.areas,
        leads_in=tuple(estate_of(d.path) for d in about.duties if d.role in LEADING),
        skills=frozenset(json.loads(first.skills or "[]")) | _by_duty(about),
        home=first.home_path,
        hours=json.loads(first.hours or "null"),
        leaves=tuple((row.first_day, row.last_day) for row in said if row.first_day),
        engagements=tuple(
            Engagement(row.shift_id, row.starts_at, row.ends_at, row.standing in FIRM)
            for row in rows
            if row.shift_id is not None
        ),
        most_a_week=first.most_a_week or MOST_A_WEEK,
        limits=limits_in(first),
    )


def _by_duty(about: Seen) -> set[str]:
    """The skill that follows from a duty."""
    here = [duty.role for duty in about.duties if duty.community_id == about.community_id]
    return {OFFICER} if Role.OFFICER in here else set()


def limits_in(row: Any) -> Limits:
    """What a community asks of shifts, from a row with its `RULES`."""
    if row.rest_hours is None:
        return DEFAULT
    return Limits(
        rest=timedelta(hours=row.rest_hours),
        a_day=row.most_a_day,
        cancel=timedelta(hours=row.cancel_hours),
        answer=timedelta(hours=row.answer_hours),
    )
