"""What places ask of their crews, and who has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, false, or_, select

from portal.access import Permission, Person, below, in_scope
from portal.clock import today
from portal.db import db, table_of
from portal.questions import Question
from portal.shifts import helper_queries
from portal.shifts.choice_queries import areas, estate_of
from portal.shifts.models import PlaceNeeds
from portal.tower.models import Place, prefixes
from portal.tower.queries import place_at

NEEDS, PLACE = table_of(PlaceNeeds), table_of(Place)


class Needs:
    """What every place of a community asks for itself, by path."""

    def __init__(self, said: Mapping[str, Sequence[str]]) -> None:
        self.said = said

    def of(self, path: str) -> list[str]:
        """What a crew must have at a place: what it asks, and whatever lies above it."""
        return list(
            dict.fromkeys(word for place in prefixes(path) for word in self.said.get(place, ()))
        )

    def above(self, path: str) -> list[str]:
        """What a place asks only because of those above it."""
        return [word for word in self.of(path) if word not in self.said.get(path, ())]


_NEEDS = Question(
    select(NEEDS.c.path, NEEDS.c.skills).where(NEEDS.c.community_id == bindparam("community"))
)


def needs_in(community_id: int) -> Needs:
    """All that is asked in a community: a few rows."""
    return Needs(dict(_NEEDS.all({"community": community_id})))


def visible_to(person: Person) -> Sequence[Row[Any]]:
    """The places where somebody plans that ask for something, in reading order."""
    return db.session.execute(
        select(NEEDS.c.place_id, NEEDS.c.path, NEEDS.c.skills)
        .join(PLACE, PLACE.c.id == NEEDS.c.place_id)
        .where(in_scope(person, Permission.PLAN_SHIFTS, NEEDS.c.path))
        .order_by(PLACE.c.sort_key)
    ).all()


def asked_of(person: Person) -> list[str]:
    """Whatever a place asks for where somebody may take shifts, in the order of the alphabet.

    That is the whole estate of every duty, as in `areas`: crews go round.
    """
    here = or_(false(), *(below(NEEDS.c.path, area) for area in areas(person)))
    rows = db.session.scalars(select(NEEDS.c.skills).where(here))
    return sorted({word for skills in rows for word in skills})


def able_in(path: str) -> Counter[str]:
    """How many of those who serve in the estate of a place have each skill."""
    people = helper_queries.helpers(place_at(estate_of(path)), today(), today())
    return Counter(skill for helper in people for skill in helper.skills)


def ways(paths: Iterable[str]) -> dict[str, list[Place]]:
    """Some places, each with all that lie above it, the community first; by path."""
    asked = list(paths)
    wanted = {path for each in asked for path in prefixes(each)}
    found = {place.path: place for place in db.session.scalars(_at(wanted))}
    return {path: [found[above] for above in prefixes(path)] for path in asked}


def _at(paths: Iterable[str]) -> Select[Any]:
    return select(Place).where(Place.path.in_(sorted(paths)))
