"""The shifts somebody may choose from, near ones first, and one shift of them.

These run on every look at the list, hence statements that are built once and rows without objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from portal.access import Permission, Person, spans, within_one
from portal.clock import at as moment_of
from portal.clock import end_of_day
from portal.db import table_of
from portal.errors import NotFoundError
from portal.questions import Question
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import ShiftState
from portal.tower.models import Level, Place, prefixes

SHIFT, ASSIGNMENT, PLACE = table_of(Shift), table_of(Assignment), table_of(Place)
A_PAGE = 20
LONGEST = timedelta(hours=12)  # no shift is longer: those that run now began after this
FAR = timedelta(days=3650)
MOST_KEPT = 5_000  # shifts as they were read; one takes about 2 kB


# Where -------------------------------------------------------------------------------------------


def areas(person: Person) -> tuple[str, ...]:
    """Where somebody may take shifts: the whole estate of every duty, for crews go round.

    A shift says when a building has its turn and nothing about who lives there.
    """
    return _outermost(estate_of(path) for path in person.paths(Permission.TAKE_SHIFTS))


def rings(person: Person) -> list[list[str]]:
    """The same from near to far: one's own buildings, their estates, the whole community."""
    paths = person.paths(Permission.TAKE_SHIFTS)
    near = [prefixes(path)[Level.BUILDING - 1] for path in paths if _depth(path) >= Level.BUILDING]
    estates = [estate_of(path) for path in paths if _depth(path) >= Level.ESTATE]
    whole = [path for path in paths if _depth(path) == Level.COMMUNITY]
    return [sorted(set(near)), list(_outermost(estates)), whole]


def estate_of(path: str) -> str:
    """The path of the estate around a place, or of the community itself."""
    return prefixes(path)[: Level.ESTATE][-1]


def _depth(path: str) -> int:
    return path.count("/") - 1


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    found = sorted(set(paths))
    return tuple(p for p in found if not any(p != q and p.startswith(q) for q in found))


# The list ----------------------------------------------------------------------------------------


class Mark(NamedTuple):
    """Where a page of the list ended: the ring, and the shift last shown."""

    ring: int
    starts_at: datetime
    shift_id: int


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the list is narrowed to, and where it goes on."""

    day: date | None = None
    with_full: bool = False
    after: Mark | None = None


class Offered(NamedTuple):
    """A shift of the list: its columns, and the names of where it is."""

    id: int
    community_id: int
    path: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    taken: int
    leads: int
    needs: tuple[str, ...]
    approval: bool
    state: ShiftState
    group: int
    building: str
    estate: str


_GROUP, _BUILDING, _ESTATE = PLACE.alias(), PLACE.alias(), PLACE.alias()
NAMES = (
    _GROUP.c.number.label("group"),
    _BUILDING.c.name.label("building"),
    _ESTATE.c.name.label("estate"),
)
COLUMNS = tuple(SHIFT.c[name] for name in Offered._fields[: -len(NAMES)])
# What a shift needs is asked for as text, which PostgreSQL does not take apart for each of us.
_LISTED = tuple(cast(c, String).label(c.name) if c.name == "needs" else c for c in COLUMNS)


def named(*more: Any) -> Select[Any]:
    """Shifts with the names of where they are."""
    return with_names(select(*COLUMNS, *NAMES, *more))


def with_names(shifts: Select[Any]) -> Select[Any]:
    """A selection of shifts joined to the places whose names are `NAMES`."""
    return (
        shifts.join(_GROUP, _GROUP.c.id == SHIFT.c.group_id)
        .join(_BUILDING, _BUILDING.c.id == SHIFT.c.building_id)
        .join(_ESTATE, _ESTATE.c.id == SHIFT.c.estate_id)
    )


def among(column: Column[Any], words: Collection[StrEnum]) -> ColumnElement[bool]:
    """`IN` for a statement that is built once.

    The words of our closed lists stand in it, for a list of values is written out at every run;
    in the order of their list, by which SQLite knows the condition of an index again.
    """
    (kind,) = {type(word) for word in words}
    return column.in_([literal_column(f"'{word}'") for word in kind if word in words])


def choices(person: Person, wish: Wish, at: datetime) -> tuple[list[tuple[int, Offered]], bool]:
    """One page of shifts, near ones first, then early ones; whether there are more.

    Each with the ring it lies in: 0 one's own building, 1 the estate, 2 farther away.
    """
    found: list[tuple[int, Offered]] = []
    inner: list[str] = []
    for number, ring in enumerate(rings(person)):
        if ring and (wish.after is None or number >= wish.after.ring):
            found += ((number, row) for row in _in_ring(ring, inner, wish, number, at))
        inner = ring or inner
        if len(found) > A_PAGE:
            break
    return found[:A_PAGE], len(found) > A_PAGE


def _in_ring(
    ring: Sequence[str], inner: Sequence[str], wish: Wish, number: int, at: datetime
) -> Iterator[Offered]:
    goes_on = wish.after is not None and wish.after.ring == number
    since, last = wish.after[1:] if goes_on and wish.after else (at - LONGEST, 0)
    if wish.day is not None:
        since = max(since, moment_of(wish.day, time()))
    communities = sorted({int(path.split("/")[1]) for path in ring})
    values: dict[str, Any] = {
        **{f"community{n}": community for n, community in enumerate(communities)},
        "at": at,
        "since": since,
        "last": last,
        "until": end_of_day(wish.day) if wish.day else at + FAR,
    }
    values |= spans("in", ring) | spans("out", inner)
    whole = all(_depth(path) == Level.COMMUNITY for path in ring)
    ranges = 0 if whole else len(ring)
    statement = _list(
        len(communities), ranges, len(inner), near=number == 0, with_full=wish.with_full
    )
    found = statement.unread(values)
    return (_offered(tuple(row), found.meaning) for row in found.rows)


@lru_cache(maxsize=MOST_KEPT)
def _offered(row: tuple[Any, ...], meaning: Callable[[Sequence[Any]], Any]) -> Offered:
    """What a row means: many look at the same shifts, and most are as they were."""
    read = Offered._make(meaning(row))
    return read._replace(needs=tuple(json.loads(str(read.needs))))


@cache
def _list(communities: int, ranges: int, excluded: int, *, near: bool, with_full: bool) -> Question:
    """The list within some ranges of paths and outside others; no range: whole communities.

    What is `near` are a few groups of many: their shifts are looked up group by group, and sorted.
    All else is read in the order of time until the page is full.
    """
    s = SHIFT.c
    known: list[Any] = [bindparam(f"community{n}") for n in range(communities)]
    conditions = [
        or_(*(s.community_id == community for community in known)),
        s.starts_at >= bindparam("since"),
        s.starts_at < bindparam("until"),
        or_(s.starts_at > bindparam("since"), s.id > bindparam("last")),
        s.ends_at > bindparam("at"),
        among(s.state, {ShiftState.OPEN}),
    ]
    if not with_full:
        conditions.append(s.taken < s.seats)
    if near:
        here = or_(*(PLACE.c.community_id == community for community in known))
        there = here & within_one(PLACE.c.path, "in", ranges)
        conditions.append(s.path.in_(select(PLACE.c.path).where(there)))
    elif ranges:
        conditions.append(within_one(s.path, "in", ranges))
    if excluded:
        conditions.append(not_(within_one(s.path, "out", excluded)))
    # SQLite would go through everybody's shifts, were there an index to sort these by.
    first = func.coalesce(s.starts_at, s.starts_at) if near else s.starts_at
    listed = with_names(select(*_LISTED, *NAMES)).where(*conditions)
    return Question(listed.order_by(first, s.id).limit(A_PAGE + 1))


_ONE = named(SHIFT.c.crew_code, SHIFT.c.building_id, SHIFT.c.group_id, SHIFT.c.round_id).where(
    SHIFT.c.id == bindparam("id")
)
_SHIFT, _SHIFT_HELD = Question(_ONE), Question(_ONE.with_for_update(of=SHIFT))


def shift_by_id(shift_id: int, *, lock: bool = False) -> Row[Any]:
    """A shift, whoever asks; `lock` holds it until the transaction ends, after the person."""
    row: Row[Any] | None = (_SHIFT_HELD if lock else _SHIFT).one_or_none({"id": shift_id})
    if row is None:
        raise NotFoundError
    return row


def find_shift(person: Person, shift_id: int, *, lock: bool = False) -> Row[Any]:
    """A shift where somebody may take shifts, or has a part in; NotFoundError for any other.

    `lock` holds it until the transaction ends: after the person (see `hold`), never before.
    """
    row = shift_by_id(shift_id, lock=lock)
    near = any(row.path.startswith(area) for area in areas(person))
    if not near and not _takes_part(person, shift_id):
        raise NotFoundError
    return row


_PARTS = Question(
    select(ASSIGNMENT.c.id).where(
        ASSIGNMENT.c.shift_id == bindparam("shift"), ASSIGNMENT.c.user_id == bindparam("user")
    )
)


def _takes_part(person: Person, shift_id: int) -> bool:
    return bool(_PARTS.all({"shift": shift_id, "user": person.id}))
