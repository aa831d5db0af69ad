"""What a community decides about its tower, and how features keep the rules it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.access import Person
from portal.audit.actions import record
from portal.db import Base, db, insert_or_update, table_of
from portal.tower.cutting import Policy
from portal.tower.models import Community
from portal.tower.standing import Rule


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Settings as somebody wants them."""

    rule: Rule
    level_names: dict[str, list[str]]
    seat_names: dict[str, list[str]]


def decide(community: Community, wishes: Wishes, *, by: Person) -> list[str]:
    """Change the settings; which of them changed. Nobody moves until a cut is applied."""
    columns = {
        "group_size": wishes.rule.most,
        "whole_staircases": wishes.rule.policy is Policy.WHOLE_STAIRCASES,
        "level_names": wishes.level_names,
        "seat_names": wishes.seat_names,
    }
    changed = [name for name, value in columns.items() if getattr(community, name) != value]
    for name in changed:
        setattr(community, name, columns[name])
    if changed:
        db.session.flush()
        record(
            "settings.changed",
            community_id=community.id,
            by=by.id,
            subject="community",
            subject_id=community.id,
            details={
                "changed": ", ".join(changed),
                "group_size": community.group_size,
                "policy": wishes.rule.policy.value,
            },
        )
    return changed


def keep_rules(
    rules: type[Base], community_id: int, change: Mapping[str, object], *, named: str, by: Person
) -> None:
    """Keep the rules of a feature, a row of its own table for each community; noted as `named`."""
    row = {"community_id": community_id, **change}
    db.session.execute(
        insert_or_update(table_of(rules), key=("community_id",), row=row, change=change)
    )
    record(
        "settings.changed",
        community_id=community_id,
        by=by.id,
        subject="community",
        subject_id=community_id,
        details={"changed": named},
    )
