"""What people say about their time, and the secret address of their calendar."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import insert, update

from portal.access import Permission, Person
from portal.clock import now
from portal.db import db, insert_or_update
from portal.errors import RuleError
from portal.shifts import own_queries as queries
from portal.shifts.own_queries import AVAILABILITY, FEED, LEAVE
from portal.shifts.party_queries import hold
from portal.shifts.skills import GIVEN, own


@dataclass(frozen=True, kw_only=True)
class Time:
    """What somebody says: hours by weekday (None: any), skills, home building, shifts a week."""

    hours: Mapping[str, Sequence[str]] | None
    skills: Sequence[str]
    home_path: str | None
    most_a_week: int


def say(time: Time, *, by: Person) -> None:
    """Keep what somebody says, for every community in which they take shifts."""
    known = queries.skills_by_community(by.id)
    for community_id in _communities(by):
        here = time.home_path and time.home_path.startswith(f"/{community_id}/")
        given = [skill for skill in known.get(community_id, ()) if skill in GIVEN]
        change = {
            "hours": time.hours,
            "skills": given + own(time.skills),
            "home_path": time.home_path if here else None,
            "most_a_week": time.most_a_week,
            "changed_at": now(),
        }
        key = {"community_id": community_id, "user_id": by.id}
        db.session.execute(
            insert_or_update(AVAILABILITY, key=list(key), row={**key, **change}, change=change)
        )


def take_leave(first_day: date, last_day: date, *, by: Person) -> int:
    """Keep the days on which somebody cannot come; how many of their shifts lie in them."""
    if last_day < first_day:
        raise RuleError(gettext("The last day is before the first."))
    hold(by)  # a plan about to be published knows of it, or its shifts are counted here
    rows = [
        {
            "community_id": community_id,
            "user_id": by.id,
            "first_day": first_day,
            "last_day": last_day,
        }
        for community_id in _communities(by)
    ]
    db.session.execute(insert(LEAVE), rows)
    return queries.count_held(by.id, first_day, last_day)


def end_leave(leave_id: int, *, by: Person) -> None:
    """Somebody can come again on those days."""
    leave = queries.find_leave(by.id, leave_id)
    db.session.execute(
        update(LEAVE)
        .where(
            LEAVE.c.user_id == by.id,
            LEAVE.c.first_day == leave.first_day,
            LEAVE.c.last_day == leave.last_day,
            LEAVE.c.ended_at.is_(None),
        )
        .values(ended_at=now())
    )


def _communities(person: Person) -> list[int]:
    return sorted({int(path.split("/")[1]) for path in person.paths(Permission.TAKE_SHIFTS)})


# The calendar ------------------------------------------------------------------------------------


def token_from(seed: bytes) -> str:
    """The secret of a calendar's address: as many bits as the seed has, in letters."""
    return base64.urlsafe_b64encode(seed).rstrip(b"=").decode()


def open_feed(token: str, *, by: Person) -> None:
    """A new secret address; an earlier one works no longer. Only its hash is kept."""
    hold(by)
    close_feed(by=by)
    db.session.execute(insert(FEED).values(user_id=by.id, token_hash=hash_of(token), made_at=now()))


def close_feed(*, by: Person) -> None:
    """Take the address back."""
    db.session.execute(
        update(FEED)
        .where(FEED.c.user_id == by.id, FEED.c.revoked_at.is_(None))
        .values(revoked_at=now())
    )


def hash_of(token: str) -> str:
    """What the database keeps of a calendar's secret."""
    return hashlib.sha256(token.encode()).hexdigest()
