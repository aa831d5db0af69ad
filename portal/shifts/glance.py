"""What the Today page says of shifts: the next one, seats to stand in, and a few to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from portal.access import Permission, Person
from portal.shifts import choosing, own_queries, stand_ins
from portal.shifts.choice_queries import Wish
from portal.shifts.choosing import Line
from portal.shifts.drawing import choice_lines

OWN, OTHERS = 3, 3  # lines of each kind; the rest is a tap away


@dataclass(frozen=True)
class Glance:
    """Shifts in words: my own, those where somebody cannot come, those I may take (drawn)."""

    mine: Sequence[Line]
    wanted: Sequence[Line]
    free: Markup

    def __bool__(self) -> bool:
        return bool(self.mine or self.wanted or self.free)


NOTHING = Glance((), (), Markup())


def glance(person: Person, at: datetime, *, base: str) -> Glance:
    """The shifts that matter to somebody today; `base` is the address of the list of shifts."""
    if not person.may(Permission.TAKE_SHIFTS):
        return NOTHING
    lines = (line for _, ring in choosing.shown(person, Wish(), at).rings for line in ring)
    free = [line for line in lines if line.action in {"take", "ask"}]
    return Glance(
        choosing.own_lines(own_queries.ahead(person.id, at, most=OWN)),
        choosing.own_lines(stand_ins.wanted_for(person, at)[:OTHERS]),
        choice_lines(free[:OTHERS], base, choosing.frame(at).buttons),
    )
