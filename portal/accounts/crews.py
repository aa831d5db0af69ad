"""Who is out on a shift, and may for that time report at its doors without a duty there.

Shifts lie above this feature, so they tell how to find their crews; nothing here imports them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, bindparam, exists, select

from portal import clock
from portal.db import db

EARLY = timedelta(hours=2)  # before the start: the crew reads its doors on the way
_known: list[Subquery] = []


def found_by(parts: Select[Any]) -> None:
    """Declare how to find who has (or had) a part in shifts.

    `parts` gives user_id, path (of the group), starts_at, and serves: whether the part is a seat
    in a shift that takes place.
    """
    _known.append(parts.subquery())


def known() -> list[tuple[Subquery, ColumnElement[bool]]]:
    """Where parts in shifts are found, and when one of them is being served.

    The condition is run with the values of `window`.
    """
    return [(parts, _is_serving(parts)) for parts in _known]


def window(at: datetime) -> dict[str, datetime]:
    """The starts of the shifts that are on at a moment: until two hours later, since midnight."""
    return {"midnight": clock.at(clock.local(at).date(), time()), "soon": at + EARLY}


def were_out(user_id: int, path: str, *, at: datetime) -> bool:
    """Whether somebody was on a shift at a group at some moment."""
    return any(
        path.startswith(found)
        for parts, serving in known()
        for found in db.session.scalars(
            select(parts.c.path).where(parts.c.user_id == user_id, serving), window(at)
        )
    )


def had_part(user_id: int, path: str, *, since: datetime) -> bool:
    """Whether somebody had any part in a shift at a group that ran after some moment."""
    first, last = window(since)["midnight"], window(clock.now())["soon"]
    return any(
        db.session.scalar(
            select(
                exists().where(
                    parts.c.user_id == user_id,
                    parts.c.path == path,
                    parts.c.starts_at.between(first, last),
                )
            )
        )
        for parts in _known
    )


def whoever_had_part(path: str, *, since: datetime) -> Iterable[int]:
    """The ids of everybody with a seat in a shift at a group that was not over at some moment."""
    midnight = window(since)["midnight"]
    for parts in _known:
        yield from db.session.scalars(
            select(parts.c.user_id).where(
                parts.c.path == path, parts.c.serves, parts.c.starts_at >= midnight
            )
        )


def _is_serving(parts: Subquery) -> ColumnElement[bool]:
    starts = parts.c.starts_at
    return parts.c.serves & (starts >= bindparam("midnight")) & (starts <= bindparam("soon"))
