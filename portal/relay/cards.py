"""What somebody is to relay: a card for every bulletin and audience that has come down to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from portal.access import Person
from portal.relay import people_queries
from portal.relay.models import Audience, Bulletin
from portal.relay.people_queries import Mine


class Card(NamedTuple):
    """A bulletin to relay and its stops, the highest first; one tap confirms all one's own.

    Stops below that nobody leads are part of it: they are seen to one by one.
    """

    bulletin: Bulletin
    audience: Audience
    stops: Sequence[Mine]

    @property
    def due_at(self) -> datetime:
        """When the first of the stops shall have relayed."""
        return self.bulletin.way.due(self.stops[0].level)


def cards(person: Person) -> list[Card]:
    """The cards of a person, the most urgent first."""
    waiting = people_queries.waiting_for(person)
    found = []
    for (_, audience), group in groupby(waiting, key=lambda one: (one.bulletin.id, one.audience)):
        if stops := _in_hand(group):
            found.append(Card(stops[0].bulletin, audience, stops))
    return sorted(found, key=lambda card: (card.due_at, card.bulletin.id, card.audience))


def _in_hand(stops: Iterable[Mine]) -> list[Mine]:
    """What has come, and the stops right below: whoever relays here relays there as well.

    Below a place that nobody leads they wait until it has come down: one after the other is short.
    """
    found: dict[int, Mine] = {}
    for stop in stops:
        above = found.get(stop.above_id or 0)
        if stop.has_come or (above and (above.is_own or stop.is_own)):
            found[stop.id] = stop
    return list(found.values())
