"""Changing the tower: places, dwellings, and who belongs to which group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from flask_babel import gettext

from portal.db import db, one_at_a_time, reserve_ids, table_of
from portal.errors import RuleError
from portal.tower import queries
from portal.tower.cutting import Home, natural_key, walking_order
from portal.tower.models import Community, Dwelling, Level, Place
from portal.tower.recut import Recut
from portal.tower.standing import (
    Arrival,
    Change,
    Standing,
    room_for_arrivals,
    write,
)
from portal.tower.standing_queries import standings_of

TOWER_LOCK = 7_200_000_000  # added to the community's number: one change of its groups at a time
LONGEST_NAME = 60
BUILDINGS_AT_ONCE = 100  # keeps memory flat: about 13,000 dwellings


# Places ------------------------------------------------------------------------------------------


def make_community(name: str) -> Place:
    """A new community with the usual settings."""
    if queries.maybe_community(_tidy(name)):
        raise RuleError(gettext("There is a community of this name already."))
    community = _new_places(None, [name])[0]
    db.session.add(Community(id=community.id))
    db.session.flush()
    return community


def make_places(parent: Place, names: Sequence[str]) -> list[Place]:
    """New places directly below another, all at once, in the order of their names given."""
    if parent.level >= Level.BUILDING:
        raise ValueError("groups are made by cutting a building, not by name")
    return _new_places(parent, names)


def _new_places(parent: Place | None, names: Sequence[str]) -> list[Place]:
    places = []
    for place_id, name in zip(reserve_ids(table_of(Place), len(names)), names, strict=True):
        tidy = _tidy(name)
        places.append(
            Place(
                id=place_id,
                community_id=parent.community_id if parent else place_id,
                level=parent.level + 1 if parent else Level.COMMUNITY,
                parent_id=parent.id if parent else None,
                path=f"{parent.path if parent else '/'}{place_id}/",
                name=tidy,
                sort_key=natural_key(tidy),
            )
        )
    db.session.add_all(places)
    db.session.flush()
    return places


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= LONGEST_NAME:
        raise RuleError(
            gettext("A place needs a name of at most %(most)s characters.", most=LONGEST_NAME)
        )
    return tidy


def hold(community_id: int) -> None:
    """Let nobody else change the groups of a community until this transaction ends."""
    one_at_a_time(TOWER_LOCK + community_id)


# Dwellings ---------------------------------------------------------------------------------------


def add_dwelling(building: Place, *, unit: str, floor: int, room: str) -> Dwelling:
    """Put a found dwelling into the group beside it; the walk of the building is counted afresh."""
    settle(building.community_id, {building.id: [Arrival(unit, floor, room)]})
    return queries.find_dwelling_at(building, unit=unit, floor=floor, room=room)


def settle(community_id: int, arrivals: Mapping[int, Sequence[Arrival]]) -> dict[int, Recut]:
    """Put dwellings that are new into groups, for many buildings at once (by building id).

    A building without dwellings is cut; elsewhere newcomers join the group beside them, and only
    where none has room is the building cut again: `moved` says who changes. Nobody checks here
    whether such a dwelling exists already; the database refuses a second one.
    """
    hold(community_id)
    rule = queries.rule_of(community_id)
    done: dict[int, Recut] = {}
    building_ids = list(arrivals)
    for start in range(0, len(building_ids), BUILDINGS_AT_ONCE):
        at_once = building_ids[start : start + BUILDINGS_AT_ONCE]
        standings = standings_of(community_id, at_once)
        _let_in(standings, arrivals)
        changes = [Change(standing, room_for_arrivals(standing, rule)) for standing in standings]
        write(changes)
        done |= {change.standing.building_id: change.recut for change in changes}
    return done


def foresee(community_id: int, arrivals: Mapping[int, Sequence[Arrival]]) -> dict[int, Recut]:
    """What `settle` would do, without writing it."""
    rule = queries.rule_of(community_id)
    standings = standings_of(community_id, list(arrivals))
    _let_in(standings, arrivals)
    return {standing.building_id: room_for_arrivals(standing, rule) for standing in standings}


def _let_in(standings: Sequence[Standing], arrivals: Mapping[int, Sequence[Arrival]]) -> None:
    """Number the newcomers, all buildings together, and line them up with the others."""
    count = sum(len(arrivals[standing.building_id]) for standing in standings)
    keys = iter(reserve_ids(table_of(Dwelling), count))
    for standing in standings:
        coming = arrivals[standing.building_id]
        standing.arrivals = dict(zip(islice(keys, len(coming)), coming, strict=True))
        newcomers = [Home(key, a.unit, a.floor, a.room) for key, a in standing.arrivals.items()]
        standing.homes = walking_order([*standing.homes, *newcomers])
