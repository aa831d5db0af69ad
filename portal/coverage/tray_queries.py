"""What the tray keeps: found by the sender, by their client-made ids, and by a coordinator."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import aliased

from portal.access import Permission, Person, in_scope
from portal.accounts.models import User
from portal.coverage.models import Decision, Door, TrayItem, TrayKind
from portal.coverage.states import Pending
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.tower.models import Dwelling, Place


def kept_items(community_id: int, uuid: str) -> list[TrayItem]:
    """What the tray keeps, or has kept, under a client-made id, oldest first."""
    return list(
        db.session.scalars(
            select(TrayItem)
            .where(TrayItem.community_id == community_id, TrayItem.uuid == uuid)
            .order_by(TrayItem.id)
        )
    )


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


def tray(person: Person, round_id: int) -> Sequence[Row[Any]]:
    """What waits for a decision in a round, oldest first, with who reported it and the door."""
    return db.session.execute(
        select(TrayItem, User.name.label("reporter"), Dwelling.unit, Dwelling.room)
        .join(User, User.id == TrayItem.reported_by)
        .outerjoin(Dwelling, Dwelling.id == TrayItem.dwelling_id)
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
        select(TrayItem)
        .where(
            TrayItem.id == item_id,
            in_scope(person, Permission.APPROVE_DOORS, TrayItem.path),
        )
        .with_for_update()
    )
    if item is None:
        raise NotFoundError
    return item


def waiting_doors(person: Person, round_id: int) -> Sequence[Row[Any]]:
    """Doors whose excuse waits for a second person, oldest first."""
    building = aliased(Place)
    return db.session.execute(
        select(Door, building.path.label("building_path"))
        .join(Dwelling, Dwelling.id == Door.dwelling_id)
        .join(building, building.id == Dwelling.building_id)
        .where(
            Door.round_id == round_id,
            Door.pending != Pending.NONE,
            in_scope(person, Permission.APPROVE_DOORS, Door.path),
        )
        .order_by(Door.gap_since, Door.path, Door.position)
    ).all()


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
            Door.pending != Pending.NONE,
            in_scope(person, Permission.APPROVE_DOORS, Door.path),
        )
    )
    return (in_tray or 0) + (doors or 0)
