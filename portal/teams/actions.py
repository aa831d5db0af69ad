"""Seating people in teams, taking them out, and teams for every group of the tower."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import delete, update

from portal.access import Person
from portal.accounts.models import User
from portal.accounts.signals import account_blocked
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_many, table_of
from portal.errors import RuleError
from portal.teams import queries
from portal.teams.models import CORE_SEATS, MEMBER, Seat, Team
from portal.tower.models import Place
from portal.tower.signals import groups_made, groups_retired

# The tower tells ---------------------------------------------------------------------------------


@groups_made.connect
def make_teams(groups: Sequence[Mapping[str, Any]], **_: Any) -> None:
    """Every new group begins with a team of empty seats."""
    insert_many(table_of(Team), [{**group, "vacant": CORE_SEATS} for group in groups])


@groups_retired.connect
def end_teams(group_ids: Collection[int], **_: Any) -> None:
    """A group without dwellings needs no team: its seats end, and none of them counts as empty."""
    db.session.execute(
        update(Seat)
        .where(Seat.group_id.in_(group_ids), Seat.ended_at.is_(None))
        .values(ended_at=now())
    )
    db.session.execute(delete(Team).where(Team.group_id.in_(group_ids)))


@account_blocked.connect
def end_seats_of(user: User, *, by: int | None) -> None:
    """Whoever is blocked leaves every seat: an empty seat is a gap, a silent one is not seen."""
    for community_id, teams in queries.locked_teams_of(user.id).items():
        groups = [team.group_id for team in teams]
        ended = db.session.execute(
            update(Seat)
            .where(Seat.group_id.in_(groups), Seat.user_id == user.id, Seat.ended_at.is_(None))
            .values(ended_at=now())
            .returning(Seat.group_id, Seat.number)
        ).all()
        empty = Counter(group_id for group_id, number in ended if number != MEMBER)
        for team in teams:
            team.vacant += empty[team.group_id]
        record(
            "seat.ended",
            community_id=community_id,
            by=by,
            subject="person",
            subject_id=user.id,
            details={"groups": len(groups), "seats": len(ended)},
        )
    db.session.flush()


# Seats -------------------------------------------------------------------------------------------


def seat(user: User, place: Place, number: int, *, by: Person) -> int:
    """Give somebody a seat in the team of a group, or in every team below a place at once.

    A core seat in which somebody sits already is left alone. Returns how many seats were given.
    """
    teams = queries.locked_teams(place)
    taken = queries.groups_taken(place, number, user.id)
    free = [team for team in teams if team.group_id not in taken]
    if not free:
        raise RuleError(_why_none(teams, number))
    at = now()
    insert_many(
        table_of(Seat),
        [
            {
                "community_id": team.community_id,
                "group_id": team.group_id,
                "path": team.path,
                "number": number,
                "user_id": user.id,
                "given_at": at,
                "given_by": by.id,
            }
            for team in free
        ],
    )
    if number != MEMBER:
        for team in free:
            team.vacant -= 1
    db.session.flush()
    _note("seat.given", place, user.id, by, seat=number, groups=len(free))
    return len(free)


def _why_none(teams: Sequence[Team], number: int) -> str:
    if not teams:
        return str(gettext("There is no group here yet."))
    if number == MEMBER:
        return str(gettext("This person is a member already."))
    return str(gettext("Somebody sits there already: take them out first."))


def end(seat: Seat, *, by: Person) -> None:
    """Take somebody out of a seat; what they did stays theirs."""
    group = db.session.get_one(Place, seat.group_id)
    (team,) = queries.locked_teams(group)
    db.session.refresh(seat)
    if seat.ended_at is not None:
        raise RuleError(gettext("Nobody sits there any more."))
    seat.ended_at = now()
    if seat.number != MEMBER:
        team.vacant += 1
    db.session.flush()
    _note("seat.ended", group, seat.user_id, by, seat=seat.number)


def _note(action: str, place: Place, user_id: int, by: Person, **details: int) -> None:
    record(
        action,
        community_id=place.community_id,
        by=by.id,
        subject="person",
        subject_id=user_id,
        details={"place": place.id, **details},
    )
