"""One's own shifts, hours, time and leave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from portal.access import Person, below
from portal.clock import at as moment_of
from portal.clock import end_of_day
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.shifts.choice_queries import ASSIGNMENT, LONGEST, SHIFT, areas, named
from portal.shifts.models import Availability, CalendarFeed, Leave
from portal.shifts.states import LIVE, Standing
from portal.tower.models import Level, Place

AVAILABILITY, LEAVE, FEED = table_of(Availability), table_of(Leave), table_of(CalendarFeed)
PLACE = table_of(Place)
_PART = (
    ASSIGNMENT.c.standing,
    ASSIGNMENT.c.minutes,
    ASSIGNMENT.c.stand_in_since,
    ASSIGNMENT.c.id.label("assignment_id"),
)


def ahead(user_id: int, at: datetime, *, most: int = 100) -> Sequence[Row[Any]]:
    """The shifts somebody has, asks or waits for, soon ones first."""
    query = (
        named(*_PART)
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(
            ASSIGNMENT.c.user_id == user_id,
            ASSIGNMENT.c.starts_at > at - LONGEST,  # by the index: what is over is not looked at
            ASSIGNMENT.c.ends_at > at,
            ASSIGNMENT.c.standing.in_(sorted({*LIVE, Standing.ATTENDED})),
        )
        .order_by(ASSIGNMENT.c.starts_at, ASSIGNMENT.c.id)
        .limit(most)
    )
    return db.session.execute(query).all()


def served(user_id: int, year: int) -> Sequence[Row[Any]]:
    """The shifts somebody came to in a year here, in their order."""
    query = (
        named(*_PART)
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(*_came_to(user_id, year))
        .order_by(ASSIGNMENT.c.starts_at, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).all()


def count_served(user_id: int, year: int) -> tuple[int, int]:
    """How many those are, and how many minutes they took."""
    minutes = func.coalesce(func.sum(ASSIGNMENT.c.minutes), 0)
    query = select(func.count(), minutes).where(*_came_to(user_id, year))
    count, total = db.session.execute(query).one()
    return int(count), int(total)


def _came_to(user_id: int, year: int) -> tuple[ColumnElement[bool], ...]:
    return (
        ASSIGNMENT.c.user_id == user_id,
        ASSIGNMENT.c.standing == Standing.ATTENDED,
        ASSIGNMENT.c.starts_at >= moment_of(date(year, 1, 1), time()),
        ASSIGNMENT.c.starts_at < moment_of(date(year + 1, 1, 1), time()),
    )


def maybe_availability(user_id: int) -> Row[Any] | None:
    """What somebody said about their time; the same everywhere but for the home and the skills."""
    query = select(AVAILABILITY).where(AVAILABILITY.c.user_id == user_id)
    query = query.order_by(AVAILABILITY.c.home_path.is_(None), AVAILABILITY.c.community_id)
    return db.session.execute(query.limit(1)).one_or_none()


def skills_by_community(user_id: int) -> dict[int, list[str]]:
    """What somebody can: said for all communities, or noted by a coordinator for theirs."""
    query = select(AVAILABILITY.c.community_id, AVAILABILITY.c.skills)
    query = query.where(AVAILABILITY.c.user_id == user_id).order_by(AVAILABILITY.c.community_id)
    return dict(db.session.execute(query).tuples().all())


def skills_of(user_id: int, communities: Collection[int] | None = None) -> list[str]:
    """What somebody is known to have in some communities, or in all; each once."""
    known = skills_by_community(user_id).items()
    return list(
        dict.fromkeys(
            skill
            for community_id, skills in known
            if communities is None or community_id in communities
            for skill in skills
        )
    )


def leaves(user_id: int, today: date) -> Sequence[Row[Any]]:
    """Somebody's leave that is not over, one row for each stretch of days."""
    query = (
        select(func.min(LEAVE.c.id).label("id"), LEAVE.c.first_day, LEAVE.c.last_day)
        .where(LEAVE.c.user_id == user_id, LEAVE.c.ended_at.is_(None), LEAVE.c.last_day >= today)
        .group_by(LEAVE.c.first_day, LEAVE.c.last_day)
        .order_by(LEAVE.c.first_day)
    )
    return db.session.execute(query).all()


def find_leave(user_id: int, leave_id: int) -> Row[Any]:
    """One of somebody's own stretches of leave; NotFoundError for any other."""
    query = select(LEAVE).where(
        LEAVE.c.id == leave_id, LEAVE.c.user_id == user_id, LEAVE.c.ended_at.is_(None)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def count_held(user_id: int, first_day: date, last_day: date) -> int:
    """How many seats somebody has on those days."""
    query = select(func.count()).where(
        ASSIGNMENT.c.user_id == user_id,
        ASSIGNMENT.c.standing == Standing.HELD,
        ASSIGNMENT.c.starts_at >= moment_of(first_day, time()),
        ASSIGNMENT.c.starts_at < end_of_day(last_day),
    )
    return db.session.scalar(query) or 0


def homes(person: Person) -> Sequence[Row[Any]]:
    """The buildings somebody may say to live in: those where they may take shifts."""
    estate = PLACE.alias()
    query = (
        select(PLACE.c.path, PLACE.c.name, estate.c.name.label("estate"))
        .join(estate, estate.c.id == PLACE.c.parent_id)
        .where(
            PLACE.c.level == Level.BUILDING,
            or_(*(below(PLACE.c.path, area) for area in areas(person))),
        )
        .order_by(estate.c.sort_key, PLACE.c.sort_key)
    )
    return db.session.execute(query).all()


# The calendar ------------------------------------------------------------------------------------


def maybe_feed(user_id: int) -> Row[Any] | None:
    """Somebody's calendar address that still works."""
    query = select(FEED).where(FEED.c.user_id == user_id, FEED.c.revoked_at.is_(None))
    return db.session.execute(query.order_by(FEED.c.id.desc()).limit(1)).one_or_none()


def find_reader(token_hash: str) -> int:
    """Whose calendar an address opens; NotFoundError for one that was taken back or never was."""
    query = select(FEED.c.user_id).where(
        FEED.c.token_hash == token_hash, FEED.c.revoked_at.is_(None)
    )
    user_id = db.session.scalar(query)
    if user_id is None:
        raise NotFoundError
    return int(user_id)


def duty_times(user_id: int, since: datetime) -> Sequence[Row[Any]]:
    """All that somebody's calendar must know: seats they have, and those they had."""
    query = (
        named(
            SHIFT.c.sequence,
            SHIFT.c.changed_at,
            ASSIGNMENT.c.standing,
            ASSIGNMENT.c.since,
            ASSIGNMENT.c.ended_at,
            ASSIGNMENT.c.user_id,
        )
        .join(ASSIGNMENT, ASSIGNMENT.c.shift_id == SHIFT.c.id)
        .where(
            ASSIGNMENT.c.user_id == user_id,
            ASSIGNMENT.c.starts_at > since,
            ASSIGNMENT.c.standing.in_(
                [
                    Standing.HELD,
                    Standing.ATTENDED,
                    Standing.CANCELLED,
                    Standing.REPLACED,
                    Standing.NO_SHOW,
                ]
            ),
        )
        .order_by(SHIFT.c.starts_at, SHIFT.c.id, ASSIGNMENT.c.id)
    )
    return db.session.execute(query).all()
