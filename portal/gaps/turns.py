"""The shifts of the groups somebody looks at: which was the last, what it left open, the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from portal.access import Permission, Person
from portal.gaps.queries import Reach
from portal.shifts import door_queries as queries
from portal.shifts.shift_doors import left_told
from portal.shifts.wording import when
from portal.tower.models import Level
from portal.tower.words import place_name


class GroupTurns(NamedTuple):
    """A group with its last shift, what that left open, and its next; empty where there is none.

    `runs` and `takes` tell whether the one who looks may open the last shift, and take a next one.
    """

    id: int
    name: str
    last_id: int
    last: str
    left: str
    next_id: int
    next: str
    runs: bool
    takes: bool


def turns_at(person: Person, reach: Reach, groups: Sequence[Any], at: datetime) -> list[GroupTurns]:
    """The shifts of one group, or of the groups of a building, while their round is open."""
    if not (reach.is_small and reach.is_open and reach.only):
        return []
    if not person.may(Permission.SEE_ROTA, path=reach.only.place_path):
        return []
    known = {_path(group): group for group in groups if group.level == Level.GROUP}
    last = queries.last_shifts(reach.community_id, sorted(known), at)
    coming = queries.next_shifts(reach.community_id, sorted(known), at)
    found = queries.doors(reach.community_id, reach.round_id, sorted(last))
    left = queries.left_open(reach.round_id, last, found)
    return [
        _turns(person, group, last.get(path), left.get(path), coming.get(path))
        for path, group in known.items()
    ]


def _path(group: Any) -> str:
    """A row of a tree has its path; the top of a list has it under another name."""
    return str(getattr(group, "place_path", "") or group.path)


def _turns(
    person: Person, group: Any, last: Any | None, left: queries.Left | None, coming: Any | None
) -> GroupTurns:
    path = _path(group)
    return GroupTurns(
        id=group.id,
        name=place_name(Level.GROUP, getattr(group, "place", "") or group.name),
        last_id=last.id if last else 0,
        last=_when(last),
        left=left_told(left) if left and left.doors else "",
        next_id=coming.id if coming else 0,
        next=_when(coming),
        runs=person.may(Permission.RUN_SHIFTS, path=path),
        takes=person.may(Permission.TAKE_SHIFTS, path=path),
    )


def _when(shift: Any | None) -> str:
    return " ".join(when(shift.starts_at, shift.ends_at)) if shift else ""
