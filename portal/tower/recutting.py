"""Cutting a part of the tower again: what would change, and the change itself once it was seen."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext

from portal.access import Person
from portal.audit.actions import record
from portal.errors import NotFoundError, RuleError
from portal.tower import queries
from portal.tower.actions import BUILDINGS_AT_ONCE, hold
from portal.tower.cut_plans import BuildingCut, CutPlan, plan_of
from portal.tower.models import Level, Place
from portal.tower.standing import Rule, cut_again, write
from portal.tower.standing_queries import standings_of

MOST_AT_ONCE = 100_000  # dwellings in one preview: about three seconds, and as much as one can read


class TowerChangedError(Exception):
    """The tower is no longer what the preview showed; `plan` is what a cut would change now."""

    def __init__(self, plan: CutPlan) -> None:
        super().__init__()
        self.plan = plan


def foresee_cut(place: Place, rule: Rule) -> CutPlan:
    """What cutting every building of a place again would change. Nothing is written."""
    if place.level == Level.GROUP:
        raise NotFoundError
    if queries.count_dwellings(place) > MOST_AT_ONCE:
        raise RuleError(gettext("This is too much for one preview: choose a smaller place."))
    return plan_of(rule, _buildings(place, rule))


def _buildings(place: Place, rule: Rule) -> Iterator[BuildingCut]:
    ids = list(queries.buildings_below(place))
    for start in range(0, len(ids), BUILDINGS_AT_ONCE):
        for standing in standings_of(place.community_id, ids[start : start + BUILDINGS_AT_ONCE]):
            yield BuildingCut(standing, cut_again(standing, rule))


def apply_cut(place: Place, rule: Rule, *, seen: str, by: Person) -> CutPlan:
    """Write the cut that was seen in a preview, named by its digest, and nothing else.

    Raises TowerChangedError if the same cut would have another outcome now.
    """
    hold(place.community_id)
    plan = foresee_cut(place, rule)
    if plan.digest != seen:
        raise TowerChangedError(plan)
    if not plan.changed:
        raise RuleError(gettext("There is nothing to change here."))
    write([building.change for building in plan.changed])
    record(
        "tower.cut",
        community_id=place.community_id,
        by=by.id,
        subject="place",
        subject_id=place.id,
        details={
            "moved": plan.moved,
            "buildings": len(plan.changed),
            "groups_before": plan.groups_before,
            "groups": plan.groups_after,
            "group_size": rule.most,
            "policy": rule.policy.value,
        },
    )
    return plan
