"""What the Today page says of shifts: the next one, seats to stand in, and a few to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.access import Permission, Person
from portal.shifts import choosing, own_queries, stand_ins
from portal.shifts.choice_queries import Wish
from portal.shifts.choosing import Line

OWN, OTHERS = 3, 3  # lines of each kind; the rest is a tap away


@dataclass(frozen=True)
class Glance:
    """Shifts in words: my own, those where somebody cannot come, those I may take."""

    mine: Sequence[Line]
    wanted: Sequence[Line]
    free: Sequence[Line]

    def __bool__(self) -> bool:
        return bool(self.mine or self.wanted or self.free)


NOTHING = Glance((), (), ())


def glance(person: Person, at: datetime) -> Glance:
    """The shifts that matter to somebody today."""
    if not person.may(Permission.TAKE_SHIFTS):
        return NOTHING
    lines = (line for _, ring in choosing.shown(person, Wish(), at).rings for line in ring)
    return Glance(
        choosing.own_lines(own_queries.ahead(person.id, at, most=OWN)),
        choosing.own_lines(stand_ins.wanted_for(person, at)[:OTHERS]),
        [line for line in lines if line.action in {"take", "ask"}][:OTHERS],
    )
