"""Finding rounds, events and tallies: what the ledger itself needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
)

from portal.access import GRANTS, Permission, Person, Role, below, span, within
from portal.accounts import crews
from portal.accounts.models import HeldDuty
from portal.coverage.fold import Event, fold, standing_events
from portal.coverage.models import (
    Decision,
    Door,
    Epoch,
    Round,
    SignOff,
    Tally,
    TrayItem,
    TrayKind,
    Visit,
)
from portal.coverage.states import GAPS, Kind, State
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.questions import Question
from portal.tower.models import Dwelling, Place

FEW_GROUPS = 100  # asked for one by one; more are counted with all others of the round
STATE_COLUMNS = tuple(Tally.__table__.c[state.value] for state in State)


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


def lock_doors(community_id: int, round_id: int, ids: list[int]) -> Sequence[Row[Any]]:
    """The doors about to change with their group's tally, held until the end of the transaction."""
    return _HELD_DOORS.all({"community": community_id, "round": round_id, "ids": ids})


# Statements that every report needs are built once, and name tables.
_DOOR, _TALLY, _VISIT = table_of(Door).c, table_of(Tally).c, table_of(Visit).c
_HELD_DOORS = Question(
    select(
        _DOOR.dwelling_id,
        _DOOR.path,
        _DOOR.joined_at,
        _TALLY.building_id,
        _TALLY.estate_id,
        _TALLY.closed,
        _TALLY.signed,
    )
    .join(
        table_of(Tally),
        and_(
            _TALLY.community_id == _DOOR.community_id,
            _TALLY.round_id == _DOOR.round_id,
            _TALLY.path == _DOOR.path,
        ),
    )
    .where(
        _DOOR.community_id == bindparam("community"),
        _DOOR.round_id == bindparam("round"),
        _DOOR.dwelling_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(_TALLY.path, _DOOR.dwelling_id)
    .with_for_update(of=[table_of(Tally), table_of(Door)])
)


def had_duty_at(person: Person, path: str, *, since: datetime) -> bool:
    """Whether a person held a duty over a place, or had a part in a shift there, after `since`."""
    ended = db.session.execute(
        select(HeldDuty.path).where(
            HeldDuty.user_id == person.id,
            HeldDuty.ended_at > since,
            HeldDuty.role.in_([r for r in Role if Permission.RECORD_VISITS in GRANTS[r]]),
        )
    )
    return any(path.startswith(row.path) for row in ended) or crews.had_part(
        person.id, path, since=since
    )


def serves_beside(person: Person, path: str) -> bool:
    """Whether a person visits a group of the building in which the group with `path` lies."""
    building = path[: path.rindex("/", 0, -1) + 1]
    return any(own.startswith(building) for own in person.paths(Permission.RECORD_VISITS))


_EVENT = tuple(
    _VISIT[name]
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
    values = {"community": community_id, "round": round_id, "ids": list(ids)}
    found: dict[int, list[Event]] = {}
    for *fields, dwelling_id in _EVENTS.all(values):
        found.setdefault(dwelling_id, []).append(Event(*fields))
    return found


_EVENTS = Question(
    select(*_EVENT).where(
        _VISIT.community_id == bindparam("community"),
        _VISIT.round_id == bindparam("round"),
        _VISIT.dwelling_id.in_(bindparam("ids", expanding=True)),
    )
)


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


def maybe_visit(community_id: int, uuid: str) -> Visit | None:
    """The event with that client-made id."""
    return db.session.scalar(
        select(Visit).where(Visit.community_id == community_id, Visit.uuid == uuid)
    )


def kept_items(community_id: int, uuid: str) -> list[TrayItem]:
    """What the tray keeps, or has kept, under a client-made id, oldest first."""
    return list(
        db.session.scalars(
            select(TrayItem)
            .where(TrayItem.community_id == community_id, TrayItem.uuid == uuid)
            .order_by(TrayItem.id)
        )
    )


def rounds_by_id(ids: Collection[int]) -> dict[int, Round]:
    """Rounds by their numbers, whoever may see them: for reports, whose doors decide."""
    found = db.session.scalars(select(Round).where(Round.id.in_(ids)))
    return {opened.id: opened for opened in found}


def held_items(user_id: int) -> list[TrayItem]:
    """What somebody sent earlier than the reports it replaces, oldest first."""
    return list(
        db.session.scalars(
            select(TrayItem)
            .where(
                TrayItem.reported_by == user_id,
                TrayItem.kind == TrayKind.HELD,
                TrayItem.decision == Decision.WAITING,
            )
            .order_by(TrayItem.id)
        )
    )


def is_any_held(community_id: int, uuids: Collection[str]) -> bool:
    """Whether something sent under one of these ids waits for what it replaces."""
    values = {"community": community_id, "uuids": list(uuids)}
    return db.session.execute(_ANY_HELD, values).first() is not None


_ITEM = table_of(TrayItem).c
_ANY_HELD = select(_ITEM.id).where(
    _ITEM.community_id == bindparam("community"),
    _ITEM.uuid.in_(bindparam("uuids", expanding=True)),
    _ITEM.kind == TrayKind.HELD,
    _ITEM.decision == Decision.WAITING,
)


def maybe_home(person: Person, community_id: int) -> str | None:
    """Where in a community a person serves, or has served last."""
    return db.session.scalar(
        select(HeldDuty.path)
        .where(HeldDuty.user_id == person.id, HeldDuty.community_id == community_id)
        .order_by(HeldDuty.ended_at.is_not(None), HeldDuty.ended_at.desc(), HeldDuty.id)
        .limit(1)
    )


def maybe_epoch() -> Epoch | None:
    """The present epoch of the database."""
    return db.session.scalar(select(Epoch).order_by(Epoch.id.desc()).limit(1))


def body_hashes(community_id: int, uuids: Sequence[str]) -> dict[str, str]:
    """The hashes of the bodies of events, by their client-made ids."""
    visit = Visit.__table__.c
    found = db.session.execute(
        select(visit.uuid, visit.body_hash).where(
            visit.community_id == community_id, visit.uuid.in_(uuids)
        )
    )
    return {row.uuid: row.body_hash for row in found}


def notes(community_id: int, uuids: Collection[str]) -> dict[str, str | None]:
    """What was noted in reports, by their client-made ids: of the ledger, else of the tray."""
    visit, item = table_of(Visit).c, table_of(TrayItem).c
    kept = db.session.execute(
        select(item.uuid, item.body).where(item.community_id == community_id, item.uuid.in_(uuids))
    )
    entered = db.session.execute(
        select(visit.uuid, visit.note).where(
            visit.community_id == community_id, visit.uuid.in_(uuids)
        )
    )
    return {row.uuid: row.body.get("note") for row in kept} | dict(entered.tuples().all())


def visits_by_uuid(community_id: int, uuids: Collection[str]) -> dict[str, Visit]:
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


def counted(community_id: int, round_id: int, paths: Sequence[str]) -> list[Row[Any]]:
    """The doors of some groups, counted afresh: one row a path with the columns of a tally.

    One question a group: asked for several at once, SQLite reads all doors of the round. That is
    the shorter way only for very many of them.
    """
    values = {"c": community_id, "r": round_id}
    if len(paths) > FEW_GROUPS:
        wanted = set(paths)
        rows = db.session.execute(_COUNTED_ALL, values).all()
        return [row for row in rows if row.path in wanted]
    return [row for p in paths for row in _COUNTED.all({**values, "p": p})]


_COUNTED_ALL = (
    select(
        _DOOR.path,
        *(func.sum(case((_DOOR.state == state, 1), else_=0)).label(state.value) for state in State),
        func.min(case((_DOOR.state.in_([s for s in State if s in GAPS]), _DOOR.gap_since))).label(
            "oldest_gap"
        ),
    )
    .where(
        _DOOR.community_id == bindparam("c"),
        _DOOR.round_id == bindparam("r"),
    )
    .group_by(_DOOR.path)
)
_COUNTED = Question(_COUNTED_ALL.where(_DOOR.path == bindparam("p")))


def figures(community_id: int, round_id: int, *paths: str) -> dict[State, int]:
    """The seven states below a place, or some that do not overlap, summed over their groups."""
    values = {"community": community_id, "round": round_id}
    if len(paths) == 1:
        row = _FIGURES_BELOW.one({**values, **span(paths[0])})
    else:
        parts = or_(*(below(_TALLY.path, path) for path in paths))
        row = db.session.execute(_FIGURES.where(parts), values).one()
    return {state: int(n or 0) for state, n in zip(State, row, strict=True)}


_FIGURES = select(*(func.sum(column) for column in STATE_COLUMNS)).where(
    _TALLY.community_id == bindparam("community"), _TALLY.round_id == bindparam("round")
)
_FIGURES_BELOW = Question(_FIGURES.where(within(_TALLY.path)))


def lock_tallies(community_id: int, round_id: int, path: str) -> dict[str, bool]:
    """Hold the groups below a place until the transaction ends, in the order visits take them.

    Their paths, and whether a statement may stand on each.
    """
    values = {"community": community_id, "round": round_id, **span(path)}
    return dict(db.session.execute(_HOLD, values).tuples().all())


_HOLD = (
    select(_TALLY.path, _TALLY.signed)
    .where(
        _TALLY.community_id == bindparam("community"),
        _TALLY.round_id == bindparam("round"),
        within(_TALLY.path),
    )
    .order_by(_TALLY.path)
    .with_for_update()
)


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


def is_replaced(visit: Visit) -> bool:
    """Whether a later event corrects or undoes this one."""
    events = events_at(visit.community_id, visit.round_id, [visit.dwelling_id])
    standing = standing_events(events.get(visit.dwelling_id, ()))
    return all(event.uuid != visit.uuid for event in standing)


def corrected(opened: Round, ids: Collection[int]) -> set[str]:
    """The events at some doors of a round whose place a standing correction took."""
    return {
        event.replaces
        for at_door in events_at(opened.community_id, opened.id, ids).values()
        for event in standing_events(at_door)
        if event.replaces and event.kind is Kind.VISIT
    }


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


def not_in_base(opened: Round, *, only: int | None = None) -> list[ColumnElement[bool]]:
    """The conditions of a dwelling that lies in a round's scope and has no door in it.

    `only` names one dwelling, found at the door, whatever tag the round asks for.
    """
    dwelling, door = Dwelling.__table__.c, Door.__table__.c
    known = select(door.dwelling_id).where(
        door.community_id == opened.community_id,
        door.round_id == opened.id,
        door.dwelling_id == dwelling.id,
    )
    conditions = [
        dwelling.community_id == opened.community_id,
        below(dwelling.path, opened.path),
        ~known.exists(),
    ]
    if only is not None:
        return [*conditions, dwelling.id == only]
    return [*conditions, dwelling.care_tag == opened.care_tag] if opened.care_tag else conditions


def open_rounds(community_id: int) -> list[Round]:
    """The rounds of a community that are open, in the order in which they are held."""
    return list(
        db.session.scalars(
            select(Round)
            .where(Round.community_id == community_id, Round.closed_at.is_(None))
            .order_by(Round.id)
        )
    )


def door_paths(opened: Round, building: Place) -> set[str]:
    """The groups of a building in which a round has doors."""
    values = {"community": opened.community_id, "round": opened.id, **span(building.path)}
    return set(db.session.scalars(_DOOR_PATHS, values))


_DOOR_PATHS = (
    select(_DOOR.path)
    .where(
        _DOOR.community_id == bindparam("community"),
        _DOOR.round_id == bindparam("round"),
        within(_DOOR.path),
    )
    .distinct()
)
