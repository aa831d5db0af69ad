"""Finding teams, seats and the people who may sit in them, always from the places in reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, case, exists, func, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, below, in_scope
from portal.accounts.models import HeldDuty, User
from portal.db import db
from portal.errors import NotFoundError
from portal.teams.models import CORE_SEATS, MEMBER, Seat, Team
from portal.tower.models import Place

PEOPLE_SHOWN = 30
DIGITS = 4  # a search by more of a number would reveal it digit by digit
_TAKEN = Seat.ended_at.is_(None)


# Teams -------------------------------------------------------------------------------------------


class TeamSum(NamedTuple):
    """The teams of one place: how many, and how many of their core seats are empty."""

    teams: int = 0
    vacant: int = 0

    @property
    def seats(self) -> int:
        return self.teams * CORE_SEATS


def sums_by_estate(community: Place) -> dict[int, TeamSum]:
    """The teams of every estate of a community that has any, by its id."""
    query = (
        select(Team.estate_id, func.count(), func.sum(Team.vacant))
        .where(Team.community_id == community.id, below(Team.path, community.path))
        .group_by(Team.estate_id)
    )
    return {
        estate_id: TeamSum(teams, int(vacant))
        for estate_id, teams, vacant in db.session.execute(query)
    }


def sum_below(place: Place) -> TeamSum:
    """The teams at a place and below it."""
    query = select(func.count(), func.coalesce(func.sum(Team.vacant), 0)).where(
        Team.community_id == place.community_id, below(Team.path, place.path)
    )
    teams, vacant = db.session.execute(query).one()
    return TeamSum(teams, int(vacant))


def teams_below(place: Place, *, only_vacant: bool = False) -> Sequence[Row[Any]]:
    """The teams of an estate, building or group, those with most empty seats first.

    Rows (group_id, number, vacant, building_id, building).
    """
    group, building = aliased(Place), aliased(Place)
    query = (
        select(
            Team.group_id,
            group.number,
            Team.vacant,
            Team.building_id,
            building.name.label("building"),
        )
        .join(group, group.id == Team.group_id)
        .join(building, building.id == Team.building_id)
        .where(Team.community_id == place.community_id, below(Team.path, place.path))
        .order_by(Team.vacant.desc(), building.sort_key, building.id, group.number)
    )
    return db.session.execute(query.where(Team.vacant > 0) if only_vacant else query).all()


# Seats -------------------------------------------------------------------------------------------


def taken_below(place: Place) -> dict[int, list[Row[Any]]]:
    """Who sits where at a place and below it, by group.

    Rows (id, group_id, number, user_id, name, serves): `serves` is false for somebody who has no
    duty in the community any more.
    """
    query = (
        select(
            Seat.id,
            Seat.group_id,
            Seat.number,
            Seat.user_id,
            User.name,
            _serves_in(place.community_id).label("serves"),
        )
        .join(User, User.id == Seat.user_id)
        .where(Seat.community_id == place.community_id, below(Seat.path, place.path), _TAKEN)
        .order_by(Seat.number, User.name, Seat.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.group_id, []).append(row)
    return found


def count_doubtful(place: Place) -> int:
    """How many seats at a place and below it somebody holds who serves no more in the community."""
    query = (
        select(func.count())
        .select_from(Seat)
        .join(User, User.id == Seat.user_id)
        .where(
            Seat.community_id == place.community_id,
            below(Seat.path, place.path),
            _TAKEN,
            ~_serves_in(place.community_id),
        )
    )
    return db.session.scalar(query) or 0


def find_seat(person: Person, seat_id: int) -> Seat:
    """A seat somebody sits in now, where a person may fill seats; NotFoundError for any other."""
    seat = db.session.scalar(
        select(Seat).where(
            Seat.id == seat_id, _TAKEN, in_scope(person, Permission.FILL_SEATS, Seat.path)
        )
    )
    if seat is None:
        raise NotFoundError
    return seat


def locked_teams(place: Place) -> list[Team]:
    """The teams at a place and below it, held until the transaction ends."""
    query = (
        select(Team)
        .where(Team.community_id == place.community_id, below(Team.path, place.path))
        .order_by(Team.path)  # always the same order, so that two people never wait for each other
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def locked_teams_of(user_id: int) -> dict[int, list[Team]]:
    """The teams in which somebody sits, by community, held until the transaction ends."""
    sits = select(Seat.group_id).where(Seat.user_id == user_id, _TAKEN)
    query = (
        select(Team)
        .where(Team.group_id.in_(sits))
        .order_by(Team.community_id, Team.path)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[Team]] = {}
    for team in db.session.scalars(query):
        found.setdefault(team.community_id, []).append(team)
    return found


def groups_taken(place: Place, number: int, user_id: int) -> set[int]:
    """The groups below a place in which nobody can be seated now.

    For a core seat those where somebody sits in it; for members those where this person is one.
    """
    query = select(Seat.group_id).where(
        Seat.community_id == place.community_id,
        below(Seat.path, place.path),
        Seat.number == number,
        _TAKEN,
    )
    if number == MEMBER:
        query = query.where(Seat.user_id == user_id)
    return set(db.session.scalars(query))


def count_free(place: Place, number: int) -> int:
    """In how many teams below a place a core seat is empty; all of them take another member."""
    taken = len(groups_taken(place, number, 0)) if number != MEMBER else 0
    return sum_below(place).teams - taken


# People ------------------------------------------------------------------------------------------


def people_for(place: Place, text: str) -> Sequence[Row[Any]]:
    """Whom one may choose for a seat (id, name, phone): people who serve in the community.

    `text` is part of a name, or the last four digits of a number. Those who serve at the place or
    around it first.
    """
    serves = _serves_in(place.community_id)
    near = exists().where(
        HeldDuty.user_id == User.id,
        HeldDuty.ended_at.is_(None),
        HeldDuty.path.in_(_paths_above(place)) | below(HeldDuty.path, place.path),
    )
    query = select(User.id, User.name, User.phone).where(serves, User.disabled_at.is_(None))
    if text.isascii() and text.isdigit() and len(text) == DIGITS:
        query = query.where(User.phone.endswith(text))
    elif text:
        query = query.where(User.name.icontains(text, autoescape=True))
    query = query.order_by(case((near, 0), else_=1), User.name, User.id)
    return db.session.execute(query.limit(PEOPLE_SHOWN + 1)).all()


def find_for_seat(community_id: int, user_id: int) -> User:
    """Somebody who serves in a community and can sign in; NotFoundError for anyone else."""
    user = db.session.scalar(
        select(User).where(User.id == user_id, _serves_in(community_id), User.disabled_at.is_(None))
    )
    if user is None:
        raise NotFoundError
    return user


def _serves_in(community_id: int) -> Any:
    return exists().where(
        HeldDuty.user_id == User.id,
        HeldDuty.community_id == community_id,
        HeldDuty.ended_at.is_(None),
    )


def _paths_above(place: Place) -> list[str]:
    steps = place.path.strip("/").split("/")
    return ["/" + "/".join(steps[:length]) + "/" for length in range(1, len(steps) + 1)]
