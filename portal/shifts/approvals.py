"""What is decided about shifts: by a building, that its leader says yes; by a community, limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext
from sqlalchemy import select, update

from portal.access import Permission, Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_or_update, table_of
from portal.errors import RuleError
from portal.shifts import party_queries as party
from portal.shifts.choice_queries import SHIFT
from portal.shifts.models import BuildingRule, RotaRules
from portal.tower import queries as tower
from portal.tower.models import Level, Place

RULE = table_of(BuildingRule)


def wanted(building_ids: Iterable[int]) -> set[int]:
    """Those of some buildings whose leaders approve sign-ups: for shifts about to be made."""
    query = select(RULE.c.building_id).where(
        RULE.c.building_id.in_(set(building_ids)), RULE.c.approval.is_(True)
    )
    return set(db.session.scalars(query))


def decide(person: Person, building_id: int, *, wanted: bool) -> None:
    """Change the rule of a building, and with it its shifts to come; who has a seat keeps it."""
    building = tower.find(person, building_id, Permission.RUN_SHIFTS)
    if building.level != Level.BUILDING:
        raise RuleError(gettext("Sign-ups are approved building by building."))
    party.hold_rota(building.community_id)
    key = {"community_id": building.community_id, "building_id": building.id}
    db.session.execute(
        insert_or_update(
            RULE, key=list(key), row={**key, "approval": wanted}, change={"approval": wanted}
        )
    )
    db.session.execute(
        update(SHIFT)
        .where(SHIFT.c.building_id == building.id, SHIFT.c.starts_at > now())
        .values(approval=wanted)
    )


def decide_rules(community: Place, numbers: Mapping[str, int], *, by: Person) -> None:
    """Change what a community asks of shifts; for every sign-up from now on."""
    key = {"community_id": community.id}
    statement = insert_or_update(
        table_of(RotaRules), key=list(key), row={**key, **numbers}, change=numbers
    )
    db.session.execute(statement)
    record(
        "shifts.rules_changed",
        community_id=community.id,
        by=by.id,
        subject="community",
        subject_id=community.id,
        details=dict(numbers),
    )
