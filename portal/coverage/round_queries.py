"""What the pages about rounds show: figures, statements from the groups upwards, the tray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.coverage.models import Round, SignOff, Tally
from portal.coverage.queries import not_in_base, rounds_visible_to
from portal.coverage.states import State, to_do
from portal.coverage.tally_queries import STATE_COLUMNS, standing_sign_offs, tallies_below
from portal.db import db
from portal.errors import NotFoundError
from portal.tower.models import Dwelling, Place, prefixes


def hold_round(round_: Round) -> Round:
    """Let nobody else close a round or add to its base until this transaction ends; as it is now.

    Visits need not wait: they take a weaker lock of their round, and the tally of their group.
    """
    db.session.refresh(round_, with_for_update={"key_share": True})
    return round_


def place_by_path(community_id: int, path: str) -> Place:
    """The place with a path."""
    found = db.session.scalar(
        select(Place).where(Place.community_id == community_id, Place.path == path)
    )
    if found is None:
        raise NotFoundError
    return found


@dataclass(frozen=True)
class SignOffRow:
    """A place in a round: its figures, how many statements below it stand, and its own."""

    place: Place
    counts: dict[State, int]
    statement: SignOff | None
    signer: str
    signed_below: int
    places_below: int

    @property
    def base(self) -> int:
        return sum(self.counts.values())

    @property
    def to_do(self) -> int:
        return to_do(self.counts)


def rounds_with_figures(person: Person) -> list[tuple[Round, dict[State, int]]]:
    """The rounds a person may see, each with the figures of the person's own places in it."""
    rounds = list(db.session.scalars(rounds_visible_to(person, Permission.SEE_ROUNDS)))
    tally = Tally.__table__.c
    rows = db.session.execute(
        select(tally.round_id, *(func.sum(column) for column in STATE_COLUMNS))
        .where(
            tally.round_id.in_([opened.id for opened in rounds]),
            in_scope(person, Permission.SEE_ROUNDS, tally.path),
        )
        .group_by(tally.round_id)
    )
    figures_of = {row[0]: dict(zip(State, map(int, row[1:]), strict=True)) for row in rows}
    return [(r, figures_of.get(r.id, dict.fromkeys(State, 0))) for r in rounds]


def outermost_places(person: Person, opened: Round, permission: Permission) -> list[Place]:
    """The largest places within both the round and a person's reach."""
    paths = [
        opened.path if opened.path.startswith(path) else path
        for path in person.paths(permission)
        if path.startswith(opened.path) or opened.path.startswith(path)
    ]
    query = select(Place).where(Place.community_id == opened.community_id, Place.path.in_(paths))
    return list(db.session.scalars(query.order_by(Place.sort_key)))


def sign_off_row(opened: Round, place: Place) -> SignOffRow:
    """One place as its sign-off page shows it."""
    return _sign_off_rows(opened, [place], place.path)[0]


def sign_off_rows_below(opened: Round, place: Place) -> list[SignOffRow]:
    """The places directly below one, those with doors in the round, in reading order."""
    children = db.session.scalars(
        select(Place).where(Place.parent_id == place.id).order_by(Place.sort_key, Place.id)
    ).all()
    return [row for row in _sign_off_rows(opened, children, place.path) if row.base]


def _sign_off_rows(opened: Round, places: Sequence[Place], top: str) -> list[SignOffRow]:
    tallies = tallies_below(opened.community_id, opened.id, top)
    statements = standing_sign_offs(opened.community_id, opened.id, top)
    names = _names({statement.signed_by for statement in statements})
    rows = []
    for place in places:
        inside = [t for t in tallies if t.path.startswith(place.path) and doors_in_tally(t)]
        own = next((s for s in statements if s.place_id == place.id), None)
        under = {p for t in inside for p in prefixes(t.path) if p.startswith(place.path)}
        under.discard(place.path)
        rows.append(
            SignOffRow(
                place=place,
                counts={s: sum(getattr(tally, s.value) for tally in inside) for s in State},
                statement=own,
                signer=names.get(own.signed_by, "") if own else "",
                signed_below=sum(s.path in under for s in statements),
                places_below=len(under),
            )
        )
    return rows


def doors_in_tally(tally: Tally) -> int:
    """How many doors a group has in the round; none after a re-cut has emptied it."""
    return sum(getattr(tally, state.value) for state in State)


def _names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def statements_by_level(opened: Round) -> dict[int, int]:
    """How many statements of each level stand behind a closed round."""
    counts: dict[int, int] = {}
    for statement in standing_sign_offs(opened.community_id, opened.id, opened.path):
        counts[statement.level] = counts.get(statement.level, 0) + 1
    return counts


def buildings_of_newcomers(opened: Round) -> list[tuple[Place, int]]:
    """Buildings with homes that a round does not count yet, and how many of them."""
    rows = db.session.execute(
        select(Place, func.count())
        .join(Dwelling, Dwelling.building_id == Place.id)
        .where(*not_in_base(opened))
        .group_by(Place.id)
        .order_by(Place.sort_key, Place.id)
    )
    return [(place, int(count)) for place, count in rows]
