"""One person's list "what must I do next": tasks, and what follows from doors, tray and rota.

Only tasks are kept as such. An agreed time is a fact of its door, a report that waits is one of the
tray, a stand-in wanted one of the rota: they are read where they are, so the list cannot drift.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from portal.access import Person
from portal.questions import Unread
from portal.relay.cards import Card, cards
from portal.tasks.inbox_queries import ANSWER_WITHIN, Found, waiting_for
from portal.tasks.states import TaskKind


class Entry(NamedTuple):
    """A line of the list. `address` names what it is about: endpoint values by kind."""

    kind: TaskKind
    due_at: datetime
    path: str
    what: str
    door: tuple[str, str] | None  # unit, room
    ids: tuple[int, ...]
    asked: bool = False  # somebody asks me to take it; it is not mine yet
    times: int = 1
    home: int = 0  # the dwelling of the door


class Inbox:
    """Everything that waits for a person at a moment, read from its rows when it is looked at."""

    def __init__(self, rows: Unread, bulletins: list[Entry], at: datetime) -> None:
        self._rows, self._bulletins, self.at = rows, bulletins, at

    @property
    def total(self) -> int:
        return len(self._rows.rows) + len(self._bulletins)

    @cached_property
    def overdue(self) -> int:
        late = Found._fields.index("late")
        return sum(bool(row[late]) for row in self._rows.rows) + sum(self._late_bulletins())

    @cached_property
    def spots(self) -> set[tuple[str, bool]]:
        """The paths of all lines, and whether each is that of a door."""
        path, room = Found._fields.index("path"), Found._fields.index("room")
        found = {(row[path], bool(row[room])) for row in self._rows.rows}
        return found.union((entry.path, False) for entry in self._bulletins)

    @cached_property
    def version(self) -> Hashable:
        """All that is on the list and how late it is, but for the names of places."""
        return tuple(self._rows.rows), tuple(self._bulletins), tuple(self._late_bulletins())

    @cached_property
    def entries(self) -> list[Entry]:
        """The lines by due time, so the overdue first."""
        read = (_entry(Found(*row)) for row in self._rows.read())
        return sorted(
            [*read, *self._bulletins], key=lambda entry: (entry.due_at, entry.kind, entry.ids)
        )

    def _late_bulletins(self) -> Iterator[bool]:
        return (entry.due_at < self.at for entry in self._bulletins)


def inbox(person: Person, at: datetime) -> Inbox:
    """Everything that waits for a person."""
    return Inbox(waiting_for(person, at), [_relay(card) for card in cards(person)], at)


def _entry(row: Found) -> Entry:
    return Entry(
        row.kind,
        row.since + ANSWER_WITHIN if row.kind is TaskKind.FOUND else row.since,
        row.path,
        row.what or "",
        (row.unit or "", row.room) if row.room else None,
        (row.first, row.second) if row.second else (row.first,),
        asked=row.asked,
        times=row.times,
        home=row.home or 0,
    )


def _relay(card: Card) -> Entry:
    """A bulletin that has come down to somebody, one line an audience."""
    bulletin, first = card.bulletin, card.stops[0]
    ids = (bulletin.id, first.id)
    times = len(card.stops)
    return Entry(TaskKind.RELAY, card.due_at, first.path, bulletin.title, None, ids, times=times)
