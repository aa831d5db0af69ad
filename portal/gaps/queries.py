"""Where in a round somebody looks, and what is missing there.

Statements on the hot pages are built once and name tables, not models, which SQLAlchemy answers
with plain rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from portal.access import Permission, Person, below
from portal.coverage.models import Round, Tally
from portal.coverage.states import State
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.questions import Question, Unread
from portal.teams.models import Team
from portal.tower.models import CareTag, Community, Level, Place

ROUND, PLACE, COMMUNITY = table_of(Round), table_of(Place), table_of(Community)
TALLY, TEAM = table_of(Tally).c, table_of(Team).c
STATE_COLUMNS = tuple(TALLY[state.value] for state in State)


# A round, and where in it somebody looks ----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A round and the outermost places in it that a person looks at: one, or several.

    `mark` rises with every change of the figures below the tops, see `MARK`.
    """

    round_id: int
    community: Community
    name: str
    path: str  # of the whole round
    care_tag: CareTag | None
    is_open: bool
    tops: tuple[Row[Any], ...]  # id, place (its name), level, place_path, mark, …
    opened_at: datetime
    mark: int

    @property
    def community_id(self) -> int:
        return self.community.id

    @property
    def only(self) -> Row[Any] | None:
        """The place, where there is just one."""
        return self.tops[0] if len(self.tops) == 1 else None

    @property
    def is_small(self) -> bool:
        """Whether it is one building or less."""
        return self.only is not None and self.only.level >= Level.BUILDING

    @property
    def is_group(self) -> bool:
        return self.only is not None and self.only.level == Level.GROUP

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the round lies outside."""
        return any(self.path.startswith(path) for path in self.paths)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(top.place_path for top in self.tops)

    def state(self) -> tuple[object, ...]:
        """Everything about it that a page shows, as the key of what is drawn of it."""
        tops = tuple((top.id, top.place, top.place_path, top.mark) for top in self.tops)
        names = repr(self.community.level_names)
        return self.round_id, self.opened_at, self.name, self.path, self.is_open, tops, names


_AFTER = func.substr(PLACE.c.path, 1, func.length(PLACE.c.path) - 1).concat("0")
_BELOW = and_(TALLY.path >= PLACE.c.path, TALLY.path < _AFTER)
# Rises with every change of a group: versions only rise, a signature adds one, and is only lost
# together with a new version. Tallies are never removed, so a sum of marks rises too.
MARK = 2 * TALLY.version + case((TALLY.signed, 1), else_=0)

_REACH = (
    select(
        ROUND.c.id.label("round_id"),
        ROUND.c.community_id,
        ROUND.c.name,
        ROUND.c.path,
        ROUND.c.place_id,
        ROUND.c.care_tag,
        ROUND.c.opened_at,
        ROUND.c.closed_at,
        COMMUNITY.c.level_names,
        PLACE.c.id,
        PLACE.c.name.label("place"),
        PLACE.c.level,
        PLACE.c.path.label("place_path"),
        select(func.sum(MARK))
        .where(TALLY.community_id == ROUND.c.community_id, TALLY.round_id == ROUND.c.id, _BELOW)
        .scalar_subquery()
        .label("mark"),
    )
    .join(COMMUNITY, COMMUNITY.c.id == ROUND.c.community_id)
    .join(PLACE, PLACE.c.community_id == ROUND.c.community_id)
    .where(ROUND.c.id == bindparam("round"))
    .order_by(PLACE.c.path)
)
_ASKED = PLACE.c.id.in_(bindparam("places", expanding=True))
# One place is asked for alone: the sum over a whole round takes longer than all the rest.
_REACH_OF_ONE, _REACH_OF_ALL = (
    Question(_REACH.where(_ASKED)),
    Question(_REACH.where(or_(PLACE.c.id == ROUND.c.place_id, _ASKED))),
)


def find_reach(person: Person, round_id: int, *, place_id: int | None = None) -> Reach:
    """A round as far as a person may look, or one place of it; NotFoundError for any other."""
    scope = person.paths(Permission.SEE_GAPS)
    asked = [place_id] if place_id else [int(path.split("/")[-2]) for path in scope]
    question = _REACH_OF_ONE if place_id else _REACH_OF_ALL
    rows = question.all({"round": round_id, "places": asked})
    tops = tuple(row for row in rows if _is_top(row, scope, place_id))
    if not tops:
        raise NotFoundError
    first = tops[0]
    return Reach(
        round_id=round_id,
        community=Community(id=first.community_id, level_names=first.level_names),
        name=first.name,
        path=first.path,
        care_tag=first.care_tag,
        is_open=first.closed_at is None,
        tops=tops,
        opened_at=first.opened_at,
        mark=sum(top.mark or 0 for top in tops),
    )


def _is_top(row: Row[Any], scope: tuple[str, ...], place_id: int | None) -> bool:
    """Whether a place is what was asked for, or where a person's view of the round begins."""
    if place_id:
        touches = row.place_path.startswith(row.path) or row.path.startswith(row.place_path)
        return row.id == place_id and touches and bool(row.place_path.startswith(scope))
    if row.id == row.place_id:
        return bool(row.path.startswith(scope))
    return bool(row.place_path.startswith(row.path))


# The tree ----------------------------------------------------------------------------------------

VACANT_SEATS = (
    select(func.sum(TEAM.vacant))
    .where(
        TEAM.community_id == PLACE.c.community_id,
        TEAM.path >= PLACE.c.path,
        TEAM.path < _AFTER,
        TEAM.vacant > literal_column("0"),  # as it stands in the condition of the index
    )
    .scalar_subquery()
)
_CHILDREN = PLACE.c.parent_id == bindparam("parent")
_TOPS = PLACE.c.id.in_(bindparam("ids", expanding=True))
_STANDING = select(
    PLACE.c.id,
    PLACE.c.name,
    PLACE.c.level,
    PLACE.c.sort_key,
    PLACE.c.path,
    PLACE.c.retired,
    VACANT_SEATS.label("vacant"),
).where(PLACE.c.community_id == bindparam("community"))
_FIGURES = (
    select(
        PLACE.c.id,
        *(func.sum(column).label(column.name) for column in STATE_COLUMNS),
        func.min(TALLY.oldest_gap).label("oldest_gap"),
        (func.count(TALLY.path) - func.count().filter(TALLY.signed)).label("unsigned"),
    )
    .join(
        table_of(Tally),
        and_(
            TALLY.community_id == bindparam("community"),
            TALLY.round_id == bindparam("round"),
            _BELOW,
        ),
    )
    .where(PLACE.c.community_id == bindparam("community"))
    # by name first: siblings stand in the index in that order, so nothing needs to be sorted
    .group_by(PLACE.c.name, PLACE.c.id)
)
_CHILDREN_STANDING, _TOPS_STANDING = (
    Question(_STANDING.where(which)) for which in (_CHILDREN, _TOPS)
)
_CHILDREN_FIGURES, _TOPS_FIGURES = (Question(_FIGURES.where(which)) for which in (_CHILDREN, _TOPS))


def standing(reach: Reach) -> Unread:
    """The places directly below (or the tops, where there are several), with their empty seats."""
    return (_CHILDREN_STANDING if reach.only else _TOPS_STANDING).unread(_which(reach))


def figures(reach: Reach) -> Sequence[Row[Any]]:
    """The doors of the same places by state, with their oldest gap and groups yet to sign."""
    return (_CHILDREN_FIGURES if reach.only else _TOPS_FIGURES).all(_which(reach))


def _which(reach: Reach) -> dict[str, object]:
    values: dict[str, object] = {"community": reach.community_id, "round": reach.round_id}
    if reach.only:
        return values | {"parent": reach.only.id}
    return values | {"ids": [top.id for top in reach.tops]}


_NAMES = Question(
    select(PLACE.c.id, PLACE.c.name).where(PLACE.c.id.in_(bindparam("ids", expanding=True)))
)


def names_above(reach: Reach) -> dict[int, str]:
    """The names of the tops and of everything above them, by id."""
    if reach.only and reach.only.level == Level.COMMUNITY:
        return {reach.only.id: reach.only.place}
    return {row.id: row.name for row in _NAMES.all({"ids": ids_above(reach)})}


def ids_above(reach: Reach) -> list[int]:
    return sorted({int(part) for path in reach.paths for part in path.strip("/").split("/")})


def places(reach: Reach, *, down_to: Level) -> Sequence[Row[Any]]:
    """What is above the tops, then they and what is below them down to a level, as people read it.

    Two questions: as one, they would be answered by reading every place of the community.
    """
    inside = or_(*(below(PLACE.c.path, path) for path in reach.paths))
    found = db.session.execute(
        _PLACES.where(
            PLACE.c.community_id == reach.community_id, inside, PLACE.c.level <= down_to
        ).order_by(PLACE.c.sort_key, PLACE.c.id)
    ).all()
    above = set(ids_above(reach)) - {top.id for top in reach.tops}
    if not above:
        return found
    return [*db.session.execute(_PLACES.where(PLACE.c.id.in_(above))), *found]


_PLACES = select(PLACE.c.id, PLACE.c.name, PLACE.c.level, PLACE.c.parent_id, PLACE.c.path)


# The sign of change ------------------------------------------------------------------------------

_MARKS = (
    select(TALLY.path, MARK.label("mark"))
    .where(TALLY.community_id == bindparam("community"), TALLY.round_id == bindparam("round"))
    .order_by(TALLY.path)
)


def marks(community_id: int, round_id: int) -> list[tuple[str, int]]:
    """(path, mark) of every group of a round, by path: for `live.Board`, which asks for nobody.

    The round comes from a signed ticket, and nothing but "changed" leaves the server.
    """
    found = db.session.execute(_MARKS, {"community": community_id, "round": round_id})
    return [(row.path, row.mark) for row in found]
