"""Finding rounds, doors, events and tallies, always from the places a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Result,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, below, in_scope
from portal.accounts.models import HeldDuty, User
from portal.coverage.fold import Event, fold, standing_events
from portal.coverage.models import (
    Decision,
    Door,
    Round,
    SignOff,
    Tally,
    TrayItem,
    Visit,
)
from portal.coverage.states import GAPS, Kind, Pending, State
from portal.db import db
from portal.errors import NotFoundError
from portal.tower.models import Dwelling, Level, Place, prefixes

STATE_COLUMNS = tuple(Tally.__table__.c[state.value] for state in State)


# Rounds ------------------------------------------------------------------------------------------


def rounds_visible_to(
    person: Person, permission: Permission = Permission.SEE_PLAN
) -> Select[tuple[Round]]:
    """Rounds that touch the places where a person has a permission, newest first."""
    touching = [
        below(Round.path, path) | literal(path).startswith(Round.path, autoescape=False)
        for path in person.paths(permission)
    ]
    condition = or_(*touching) if touching else false()
    return select(Round).where(condition).order_by(Round.closed_at.is_not(None), Round.id.desc())


def find_round(
    person: Person, round_id: int, permission: Permission = Permission.SEE_PLAN
) -> Round:
    """One round that touches a person's places; NotFoundError for any other."""
    found: Round | None = db.session.scalar(
        rounds_visible_to(person, permission).where(Round.id == round_id)
    )
    if found is None:
        raise NotFoundError
    return found


def rounds_of(community_id: int | None = None) -> list[Round]:
    """All rounds, or those of one community, oldest first: for commands."""
    query = select(Round).order_by(Round.id)
    if community_id is not None:
        query = query.where(Round.community_id == community_id)
    return list(db.session.scalars(query))


# Doors -------------------------------------------------------------------------------------------


def plan_head(person: Person, round_id: int, building_id: int) -> Row[Any]:
    """A round and a building with the version of everything the building's plan shows."""
    estate = aliased(Place)
    after = func.substr(Place.path, 1, func.length(Place.path) - 1).op("||")("0")
    version = (
        select(func.sum(Tally.version))
        .where(
            Tally.community_id == Place.community_id,
            Tally.round_id == round_id,
            Tally.path >= Place.path,
            Tally.path < after,
        )
        .scalar_subquery()
    )
    row = db.session.execute(
        select(
            Round.id,
            Round.community_id,
            Round.name,
            Round.closed_at,
            Place.id.label("building_id"),
            Place.name.label("building"),
            Place.path,
            Place.version.label("place_version"),
            estate.id.label("estate_id"),
            estate.name.label("estate"),
            version.label("version"),
        )
        .join(Place, Place.community_id == Round.community_id)
        .join(estate, estate.id == Place.parent_id)
        .where(
            Round.id == round_id,
            Place.id == building_id,
            Place.level == Level.BUILDING,
            in_scope(person, Permission.SEE_PLAN, Place.path),
        )
    ).one_or_none()
    if row is None or row.version is None:
        raise NotFoundError
    return row


_CELL = tuple(
    Door.__table__.c[name]
    for name in (
        "dwelling_id",
        "unit",
        "floor",
        "room",
        "state",
        "attempts",
        "remaining",
        "pending",
        "appointment_at",
    )
)


def plan_doors(community_id: int, round_id: int, path: str) -> Sequence[Row[Any]]:
    """Every door of a building in walking order: one query, no page limit (law 11)."""
    door = Door.__table__.c
    return db.session.execute(
        select(*_CELL)
        .where(
            door.community_id == community_id,
            door.round_id == round_id,
            below(door.path, path),
        )
        .order_by(door.position, door.dwelling_id)
    ).all()


def find_door(
    person: Person,
    round_id: int,
    dwelling_id: int,
    permission: Permission = Permission.SEE_PLAN,
) -> Row[Any]:
    """A door with the names of its places, its dwelling and its round."""
    row = _door_rows(round_id, dwelling_id, in_scope(person, permission, Door.path)).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def _door_rows(round_id: int, dwelling_id: int, *conditions: ColumnElement[bool]) -> Result[Any]:
    group, building, estate = aliased(Place), aliased(Place), aliased(Place)
    return db.session.execute(
        select(
            Door,
            Round,
            Dwelling,
            building.id.label("building_id"),
            building.name.label("building"),
            building.path.label("building_path"),
            estate.name.label("estate"),
            group.number.label("group_number"),
        )
        .join(Round, (Round.id == Door.round_id) & (Round.community_id == Door.community_id))
        .join(Dwelling, Dwelling.id == Door.dwelling_id)
        .join(group, group.id == Dwelling.group_id)
        .join(building, building.id == Dwelling.building_id)
        .join(estate, estate.id == building.parent_id)
        .where(Door.round_id == round_id, Door.dwelling_id == dwelling_id, *conditions)
    )


def lock_doors(community_id: int, round_id: int, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The doors about to change with their group's tally, held until the end of the transaction."""
    door, tally = Door.__table__, Tally.__table__
    return db.session.execute(
        select(
            door.c.dwelling_id,
            door.c.path,
            door.c.joined_at,
            tally.c.building_id,
            tally.c.estate_id,
            tally.c.closed,
            tally.c.signed,
        )
        .join(
            tally,
            and_(
                tally.c.community_id == door.c.community_id,
                tally.c.round_id == door.c.round_id,
                tally.c.path == door.c.path,
            ),
        )
        .where(
            door.c.community_id == community_id,
            door.c.round_id == round_id,
            door.c.dwelling_id.in_(ids),
        )
        .order_by(tally.c.path, door.c.dwelling_id)
        .with_for_update(of=[tally, door])
    ).all()


def had_duty_at(person: Person, path: str, *, since: datetime) -> bool:
    """Whether a person held a duty over a place until some moment after `since`."""
    ended = db.session.execute(
        select(HeldDuty.path).where(HeldDuty.user_id == person.id, HeldDuty.ended_at > since)
    )
    return any(path.startswith(row.path) for row in ended)


# Events ------------------------------------------------------------------------------------------

_EVENT = tuple(
    Visit.__table__.c[name]
    for name in (
        "uuid",
        "seq",
        "happened_at",
        "kind",
        "author_id",
        "credit_id",
        "outcome",
        "told",
        "remaining",
        "appointment_at",
        "replaces",
        "dwelling_id",
    )
)


def events_at(community_id: int, round_id: int, ids: Iterable[int]) -> dict[int, list[Event]]:
    """The events at some doors, by dwelling."""
    visit = Visit.__table__.c
    rows = db.session.execute(
        select(*_EVENT).where(
            visit.community_id == community_id,
            visit.round_id == round_id,
            visit.dwelling_id.in_(list(ids)),
        )
    )
    found: dict[int, list[Event]] = {}
    for *fields, dwelling_id in rows:
        found.setdefault(dwelling_id, []).append(Event(*fields))
    return found


def all_events(community_id: int, round_id: int) -> Iterator[tuple[int, list[Event]]]:
    """(dwelling, its events) for every visited door of a round, with flat memory."""
    visit = Visit.__table__.c
    rows = db.session.execute(
        select(*_EVENT)
        .where(visit.community_id == community_id, visit.round_id == round_id)
        .order_by(visit.dwelling_id)
        .execution_options(yield_per=2000)
    )
    current, events = None, []
    for *fields, dwelling_id in rows:
        if current is not None and dwelling_id != current:
            yield current, events
            events = []
        current = dwelling_id
        events.append(Event(*fields))
    if current is not None:
        yield current, events


def history(community_id: int, round_id: int, dwelling_id: int) -> Sequence[Row[Any]]:
    """The events at a door with the names of their authors, newest first."""
    author, credit = aliased(User), aliased(User)
    return db.session.execute(
        select(Visit, author.name.label("author"), credit.name.label("credit"))
        .join(author, author.id == Visit.author_id)
        .join(credit, credit.id == Visit.credit_id)
        .where(
            Visit.community_id == community_id,
            Visit.round_id == round_id,
            Visit.dwelling_id == dwelling_id,
        )
        .order_by(Visit.happened_at.desc(), Visit.seq.desc())
    ).all()


def maybe_visit(community_id: int, uuid: str) -> Visit | None:
    """The event with that client-made id."""
    return db.session.scalar(
        select(Visit).where(Visit.community_id == community_id, Visit.uuid == uuid)
    )


def visits_by_uuid(community_id: int, uuids: Sequence[str]) -> dict[str, Visit]:
    """Events by their client-made ids."""
    found = db.session.scalars(
        select(Visit).where(Visit.community_id == community_id, Visit.uuid.in_(uuids))
    )
    return {visit.uuid: visit for visit in found}


def batch(community_id: int, batch_id: str) -> list[Visit]:
    """The visits entered together under one id."""
    return list(
        db.session.scalars(
            select(Visit)
            .where(Visit.community_id == community_id, Visit.batch == batch_id)
            .order_by(Visit.seq)
        )
    )


# Tallies -----------------------------------------------------------------------------------------


def counted(community_id: int, round_id: int, paths: Sequence[str]) -> Sequence[Row[Any]]:
    """The doors of some groups, counted afresh: one row a path with the columns of a tally."""
    door = Door.__table__.c
    gaps = [state.value for state in State if state in GAPS]
    return db.session.execute(
        select(
            door.path,
            *(
                func.sum(case((door.state == state, 1), else_=0)).label(state.value)
                for state in State
            ),
            func.min(case((door.state.in_(gaps), door.gap_since))).label("oldest_gap"),
        )
        .where(door.community_id == community_id, door.round_id == round_id, door.path.in_(paths))
        .group_by(door.path)
    ).all()


def figures(community_id: int, round_id: int, path: str) -> dict[State, int]:
    """The seven states below a place, summed over its groups."""
    tally = Tally.__table__.c
    row = db.session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in STATE_COLUMNS)).where(
            tally.community_id == community_id,
            tally.round_id == round_id,
            below(tally.path, path),
        )
    ).one()
    return {state: int(n) for state, n in zip(State, row, strict=True)}


def tallies_below(community_id: int, round_id: int, path: str) -> list[Tally]:
    """The tallies of the groups below a place, in the order of their paths."""
    return list(
        db.session.scalars(
            select(Tally)
            .where(
                Tally.community_id == community_id,
                Tally.round_id == round_id,
                below(Tally.path, path),
            )
            .order_by(Tally.path)
        )
    )


# Sign-offs and the tray --------------------------------------------------------------------------


def standing_sign_offs(community_id: int, round_id: int, path: str) -> list[SignOff]:
    """Statements below a place that nothing has voided."""
    return list(
        db.session.scalars(
            select(SignOff)
            .where(
                SignOff.community_id == community_id,
                SignOff.round_id == round_id,
                SignOff.voided_at.is_(None),
                below(SignOff.path, path),
            )
            .order_by(SignOff.level, SignOff.path)
        )
    )


def tray(person: Person, round_id: int) -> Sequence[Row[Any]]:
    """What waits for a decision in a round, oldest first, with who reported it and where."""
    return db.session.execute(
        select(TrayItem, User.name.label("reporter"), Place.name.label("place"))
        .join(User, User.id == TrayItem.reported_by)
        .join(Place, and_(Place.path == TrayItem.path))
        .where(
            TrayItem.round_id == round_id,
            TrayItem.decision == Decision.WAITING,
            in_scope(person, Permission.APPROVE_DOORS, TrayItem.path),
        )
        .order_by(TrayItem.id)
    ).all()


def find_tray_item(person: Person, item_id: int) -> TrayItem:
    """One item of the tray that a person may decide."""
    item: TrayItem | None = db.session.scalar(
        select(TrayItem).where(
            TrayItem.id == item_id,
            in_scope(person, Permission.APPROVE_DOORS, TrayItem.path),
        )
    )
    if item is None:
        raise NotFoundError
    return item


def waiting_doors(person: Person, round_id: int) -> Sequence[Row[Any]]:
    """Doors whose excuse waits for a second person, oldest first."""
    building = aliased(Place)
    return db.session.execute(
        select(Door, building.name.label("building"))
        .join(Dwelling, Dwelling.id == Door.dwelling_id)
        .join(building, building.id == Dwelling.building_id)
        .where(
            Door.round_id == round_id,
            Door.pending != Pending.NONE,
            in_scope(person, Permission.SEE_PLAN, Door.path),
        )
        .order_by(Door.gap_since, Door.path, Door.position)
    ).all()


def is_replaced(visit: Visit) -> bool:
    """Whether a later event corrects or undoes this one."""
    events = events_at(visit.community_id, visit.round_id, [visit.dwelling_id])
    standing = standing_events(events.get(visit.dwelling_id, ()))
    return all(event.uuid != visit.uuid for event in standing)


def asked_by(opened: Round, dwelling_id: int) -> int | None:
    """Who proposed to leave a door out."""
    events = events_at(opened.community_id, opened.id, [dwelling_id])
    return fold(events.get(dwelling_id, ())).exclusion_asked_by


def standing_approval(opened: Round, dwelling_id: int) -> Event | None:
    """The approval that keeps a door excluded."""
    events = events_at(opened.community_id, opened.id, [dwelling_id])
    approvals = [
        event
        for event in standing_events(events.get(dwelling_id, ()))
        if event.kind is Kind.EXCLUSION_APPROVED
    ]
    return approvals[-1] if approvals else None


def find_visit(opened: Round, uuid: str) -> Visit:
    """An event of a round by its id; whether its door is in reach is asked of the door."""
    found = maybe_visit(opened.community_id, uuid)
    if found is None or found.round_id != opened.id:
        raise NotFoundError
    return found


def door_for_report(person: Person, round_id: int, dwelling_id: int) -> Row[Any]:
    """A door somebody reports about: within reach now, or until a duty there was taken away."""
    try:
        return find_door(person, round_id, dwelling_id)
    except NotFoundError:
        row = _door_rows(round_id, dwelling_id).one_or_none()
        if row is None or not had_duty_at(person, row.Door.path, since=row.Door.joined_at):
            raise
        return row


def doors_in(head: Row[Any], ids: Sequence[int]) -> list[int]:
    """Those of the named doors that stand in the building of a plan; NotFoundError for others."""
    door = Door.__table__.c
    found = db.session.scalars(
        select(door.dwelling_id).where(
            door.community_id == head.community_id,
            door.round_id == head.id,
            door.dwelling_id.in_(ids),
            below(door.path, head.path),
        )
    ).all()
    if len(found) != len(set(ids)):
        raise NotFoundError
    return list(found)


def plan_cells(near: Door, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The cells of some doors, as the plan shows them."""
    door = Door.__table__.c
    return db.session.execute(
        select(*_CELL).where(
            door.community_id == near.community_id,
            door.round_id == near.round_id,
            door.dwelling_id.in_(ids),
        )
    ).all()


# The tower moves ---------------------------------------------------------------------------------


def open_rounds_touching(building: Place) -> list[Round]:
    """Open rounds whose part of the tower holds a building, or lies in it."""
    return list(
        db.session.scalars(
            select(Round).where(
                Round.community_id == building.community_id,
                Round.closed_at.is_(None),
                below(Round.path, building.path)
                | literal(building.path).startswith(Round.path, autoescape=False),
            )
        )
    )


def tally_paths(opened: Round, building: Place) -> set[str]:
    """The groups of a building that a round counts."""
    return {tally.path for tally in tallies_below(opened.community_id, opened.id, building.path)}


def door_paths(opened: Round, building: Place) -> set[str]:
    """The groups of a building in which a round has doors."""
    door = Door.__table__.c
    found = db.session.scalars(
        select(door.path)
        .where(
            door.community_id == opened.community_id,
            door.round_id == opened.id,
            below(door.path, building.path),
        )
        .distinct()
    )
    return set(found)


def door_exists(head: Row[Any], *, unit: str, floor: int, room: str) -> bool:
    """Whether a plan already shows a door."""
    return any(
        (door.unit, door.floor, door.room) == (unit, floor, room)
        for door in plan_doors(head.community_id, head.id, head.path)
    )


def dwelling_exists(building: Place, *, unit: str, floor: int, room: str) -> bool:
    """Whether a building already has a dwelling."""
    query = select(Dwelling.id).where(
        Dwelling.community_id == building.community_id,
        Dwelling.building_id == building.id,
        Dwelling.unit == unit,
        Dwelling.floor == floor,
        Dwelling.room == room,
    )
    return db.session.scalar(query) is not None


def place_by_path(community_id: int, path: str) -> Place:
    """The place with a path."""
    found = db.session.scalar(
        select(Place).where(Place.community_id == community_id, Place.path == path)
    )
    if found is None:
        raise NotFoundError
    return found


# Pages about rounds ------------------------------------------------------------------------------


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
        return sum(self.counts[state] for state in GAPS)


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


def place_of(opened: Round) -> Place:
    """The part of the tower a round covers."""
    return db.session.get_one(Place, opened.place_id)


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
        inside = [tally for tally in tallies if tally.path.startswith(place.path)]
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


def _names(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}


def statements_by_level(opened: Round) -> dict[int, int]:
    """How many statements of each level stand behind a closed round."""
    counts: dict[int, int] = {}
    for statement in standing_sign_offs(opened.community_id, opened.id, opened.path):
        counts[statement.level] = counts.get(statement.level, 0) + 1
    return counts


def count_waiting(person: Person, round_id: int) -> int:
    """How much waits for a decision: the tray and the doors with an excuse."""
    in_tray = db.session.scalar(
        select(func.count()).where(
            TrayItem.round_id == round_id,
            TrayItem.decision == Decision.WAITING,
            in_scope(person, Permission.APPROVE_DOORS, TrayItem.path),
        )
    )
    doors = db.session.scalar(
        select(func.count()).where(
            Door.round_id == round_id,
            Door.pending == Pending.EXCLUSION,
            in_scope(person, Permission.APPROVE_DOORS, Door.path),
        )
    )
    return (in_tray or 0) + (doors or 0)
