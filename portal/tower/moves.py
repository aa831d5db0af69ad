"""Moving dwellings to another group by hand; such a move is kept at every later cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from flask_babel import gettext, ngettext
from sqlalchemy import update

from portal.access import Person
from portal.audit.actions import record
from portal.db import db
from portal.errors import RuleError
from portal.tower import queries
from portal.tower.actions import hold
from portal.tower.models import Dwelling, Place
from portal.tower.recut import Move, Recut
from portal.tower.standing import Change, Standing, write
from portal.tower.standing_queries import standings_of


def move(building: Place, homes: Collection[int], *, group: int | None, by: Person) -> int:
    """Put dwellings of a building into one of its groups, or into a new one; the group's number.

    Only those that are not in that group yet count as moved by hand.
    """
    hold(building.community_id)
    (standing,) = standings_of(building.community_id, [building.id])
    number = group or standing.used + 1
    coming = {home for home in homes if standing.current.get(home) not in {None, number}}
    if reason := why_not(standing, coming, number, is_new=not group):
        raise RuleError(reason)
    standing.pinned |= dict.fromkeys(coming, number)
    write([Change(standing, _moved(standing, coming, number))])
    _note("tower.moved", building, by, moved=len(coming), group=number)
    return number


def why_not(standing: Standing, coming: Collection[int], number: int, *, is_new: bool) -> str:
    """Why dwellings cannot come into a group; empty when they can."""
    sizes = Counter(standing.current.values())
    if not is_new and not sizes[number]:
        return str(gettext("This group does not exist any more: load the page again."))
    if not coming:
        return str(gettext("Tick households that are in another group."))
    most = queries.rule_of(standing.community_id).most
    size = sizes[number] + len(coming)
    if size <= most:
        return ""
    return str(
        ngettext(
            "The group would have %(num)s household; at most %(most)s are allowed.",
            "The group would have %(num)s households; at most %(most)s are allowed.",
            size,
            most=most,
        )
    )


def _moved(standing: Standing, coming: Collection[int], number: int) -> Recut:
    before = set(standing.current.values())
    assignment = {
        home.key: number if home.key in coming else standing.current[home.key]
        for home in standing.homes
    }
    after = set(assignment.values())
    return Recut(
        assignment=assignment,
        moved=tuple(
            Move(home.key, standing.current[home.key], number)
            for home in standing.homes
            if home.key in coming
        ),
        new_numbers=tuple(after - before),
        retired_numbers=tuple(sorted(before - after)),
        conflicts=(),
    )


def let_go(building: Place, homes: Collection[int], *, by: Person) -> int:
    """Let the next cut decide again about dwellings moved by hand; how many there were."""
    hold(building.community_id)
    (standing,) = standings_of(building.community_id, [building.id])
    freed = [home for home in homes if home in standing.pinned]
    if not freed:
        raise RuleError(gettext("Tick households that were moved by hand."))
    db.session.execute(update(Dwelling).where(Dwelling.id.in_(freed)).values(moved_by_hand=False))
    _note("tower.let_go", building, by, households=len(freed))
    return len(freed)


def _note(action: str, building: Place, by: Person, **details: int) -> None:
    record(
        action,
        community_id=building.community_id,
        by=by.id,
        subject="place",
        subject_id=building.id,
        details=details,
    )
