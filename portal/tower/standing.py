"""A building as its groups stand, what a cut makes of it, and how that is written.

All of it in bulk: a town of 301 buildings and 40,172 dwellings is read in three statements a
hundred buildings and written in a handful.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update

from portal.db import db, insert_many, reserve_ids, table_of
from portal.tower.cutting import Home, Policy, cut, natural_key, numbered
from portal.tower.models import CareTag, Dwelling, Level, Place
from portal.tower.recut import Recut, place_new, recut
from portal.tower.signals import dwellings_moved, groups_made, groups_retired


class Arrival(NamedTuple):
    """A dwelling that is new in the tower, as a roster or somebody on the stairs tells it."""

    unit: str
    floor: int
    room: str
    residents: int | None = None
    contact_label: str | None = None
    phone: str | None = None
    care_tag: CareTag | None = None
    vacant: bool = False


class Group(NamedTuple):
    """A group's row among the places."""

    id: int
    path: str


@dataclass(slots=True)
class Standing:
    """One building: its homes in walking order and, by their keys, groups and places in the walk.

    `used` is the highest group number ever given, `pinned` the homes moved by hand, `arrivals`
    those that are not written yet.
    """

    building_id: int
    community_id: int
    estate_id: int
    path: str
    name: str
    used: int
    homes: list[Home] = field(default_factory=list)
    current: dict[int, int] = field(default_factory=dict)
    pinned: dict[int, int] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    arrivals: dict[int, Arrival] = field(default_factory=dict)


class Rule(NamedTuple):
    """How a community wants its groups cut."""

    most: int
    policy: Policy


class Change(NamedTuple):
    """A building, and the groups it is to have."""

    standing: Standing
    recut: Recut


def first_cut(standing: Standing, rule: Rule) -> Recut:
    """The groups of a building that has none yet."""
    pieces = cut(standing.homes, most=rule.most, policy=rule.policy)
    assignment = numbered(standing.homes, pieces, after=standing.used)
    fresh = range(standing.used + 1, standing.used + len(pieces) + 1)
    return Recut(assignment, (), tuple(fresh), (), ())


def room_for_arrivals(standing: Standing, rule: Rule) -> Recut:
    """The groups after newcomers joined those beside them."""
    if not standing.current:
        return first_cut(standing, rule)
    return place_new(
        standing.homes,
        standing.current,
        standing.pinned,
        used=standing.used,
        most=rule.most,
        policy=rule.policy,
    )


def cut_again(standing: Standing, rule: Rule) -> Recut:
    """The best groups a building can have, with the manual moves kept."""
    return recut(
        standing.homes,
        standing.current,
        standing.pinned,
        used=standing.used,
        most=rule.most,
        policy=rule.policy,
    )


def write(changes: Sequence[Change]) -> None:
    """Give the dwellings of these buildings the groups and the order of their cuts."""
    db.session.flush()
    _make_groups(changes)
    _add_dwellings(changes)
    _move_dwellings(changes)
    _retire_groups(changes)
    _touch(changes)
    # Nobody can know a building that was empty before.
    known = [change.standing.building_id for change in changes if change.standing.current]
    if known:
        dwellings_moved.send([db.session.get_one(Place, building_id) for building_id in known])


def _make_groups(changes: Sequence[Change]) -> None:
    places = table_of(Place)
    wanted = [(c.standing, n) for c in changes for n in c.recut.new_numbers]
    ids = reserve_ids(places, len(wanted))
    rows: list[Mapping[str, object]] = []
    for place_id, (standing, number) in zip(ids, wanted, strict=True):
        group = standing.groups[number] = Group(place_id, f"{standing.path}{place_id}/")
        rows.append(
            {
                "id": group.id,
                "community_id": standing.community_id,
                "level": Level.GROUP.value,
                "parent_id": standing.building_id,
                "path": group.path,
                "name": str(number),
                "sort_key": natural_key(str(number)),
                "number": number,
                "version": 1,
                "retired": False,
            }
        )
    insert_many(places, rows)
    if wanted:
        groups_made.send([_team_row(standing, number) for standing, number in wanted])


def _team_row(standing: Standing, number: int) -> dict[str, Any]:
    group = standing.groups[number]
    return {
        "community_id": standing.community_id,
        "path": group.path,
        "estate_id": standing.estate_id,
        "building_id": standing.building_id,
        "group_id": group.id,
    }


def _add_dwellings(changes: Sequence[Change]) -> None:
    insert_many(
        table_of(Dwelling),
        [
            {
                "id": key,
                "community_id": standing.community_id,
                "building_id": standing.building_id,
                "group_id": standing.groups[number].id,
                "path": standing.groups[number].path,
                "position": position,
                "moved_by_hand": False,
                **standing.arrivals[key]._asdict(),
            }
            for standing, after in changes
            if standing.arrivals
            for position, (key, number) in enumerate(after.assignment.items())
            if key in standing.arrivals
        ],
    )


def _move_dwellings(changes: Sequence[Change]) -> None:
    rows = [row for change in changes for row in _moved_rows(change)]
    if not rows:
        return
    dwellings = table_of(Dwelling)
    statement = update(dwellings).where(dwellings.c.id == bindparam("key"))
    db.session.connection().execute(
        statement.values(
            group_id=bindparam("group"),
            path=bindparam("way"),
            position=bindparam("place"),
            moved_by_hand=bindparam("by_hand"),
        ),
        rows,
    )


def _moved_rows(change: Change) -> Iterable[dict[str, object]]:
    """What changes for the dwellings that were there before; nothing for all the others."""
    standing, after = change
    released = {key for conflict in after.conflicts for key in conflict.keys}
    for position, (key, number) in enumerate(after.assignment.items()):
        if key in standing.arrivals:
            continue
        same_group = standing.current[key] == number
        if same_group and standing.positions[key] == position and key not in released:
            continue
        group = standing.groups[number]
        yield {
            "key": key,
            "group": group.id,
            "way": group.path,
            "place": position,
            "by_hand": key in standing.pinned and key not in released,
        }


def _retire_groups(changes: Sequence[Change]) -> None:
    gone = [c.standing.groups[number].id for c in changes for number in c.recut.retired_numbers]
    if gone:
        db.session.execute(update(Place).where(Place.id.in_(gone)).values(retired=True))
        groups_retired.send(gone)


def _touch(changes: Sequence[Change]) -> None:
    """Let the buildings know their highest number, and their pages that something changed."""
    rows = [
        {
            "key": standing.building_id,
            "highest": max([standing.used, *after.assignment.values()]),
        }
        for standing, after in changes
    ]
    if not rows:
        return
    places = table_of(Place)
    statement = update(places).where(places.c.id == bindparam("key"))
    db.session.connection().execute(
        statement.values(number=bindparam("highest"), version=places.c.version + 1), rows
    )
    _forget_written({row["key"] for row in rows})


def _forget_written(building_ids: set[int]) -> None:
    """Objects read before the bulk statements are read again when they are next asked."""
    for known in list(db.session.identity_map.values()):
        if isinstance(known, Place) and known.id in building_ids:
            db.session.expire(known, ["number", "version"])
        elif isinstance(known, Dwelling) and known.building_id in building_ids:
            db.session.expire(known)
