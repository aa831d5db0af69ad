"""Who of a proposed crew can still come, by the rules and needs as they are at publication. Pure.

A plan may be days old: people went on leave, took other shifts, moved or left, and places ask for
other skills by now. Whoever cannot come any more does not get the seat; nor does whoever would take
the last seat of a crew that still lacks its lead or a skill.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from portal.shifts.eligibility import NOBODY, Crew, Engagement, Taker, Turn, Why, why_not
from portal.shifts.limits import Limits
from portal.shifts.task import Helper

Member = dict[str, Any]  # of a proposed crew: `id`, `leads` and the reason


class Since(StrEnum):
    """What may have happened to somebody, beside `Why`."""

    GONE = "gone"  # their account is blocked, or they have no duty here
    HOURS = "hours"  # the shift lies outside the hours they give by now
    ASKS = "asks"  # they have asked for the shift themselves, and nobody has answered


class NotGiven(NamedTuple):
    """A seat that its person does not get, and why: one of `Since` or of `Why`."""

    user_id: int
    why: str


@dataclass
class Rechecking:
    """The crews of a plan, looked at one after the other in the order of time.

    `asking` tells who has asked for which shift and has no answer yet: (shift, person).
    """

    helpers: Mapping[int, Helper]
    limits: Limits
    at: datetime
    asking: Collection[tuple[int, int]] = ()
    given: dict[int, list[Engagement]] = field(default_factory=dict)

    def crew(
        self, turn: Turn, members: Sequence[Member], there: Crew = NOBODY
    ) -> tuple[list[Member], list[NotGiven]]:
        """Those of a crew who get their seats, beside those who are `there`; and who does not.

        Whoever has a seat there already is neither.
        """
        kept: list[Member] = []
        left: list[NotGiven] = []
        for member in sorted(members, key=lambda one: self._brings_little(one, turn)):
            why = self._why_not(member["id"], turn, there)
            if why:
                left.append(NotGiven(member["id"], why))
                continue
            helper = self.helpers[member["id"]]
            leads = _leads(helper, turn)
            kept.append({**member, "leads": leads})
            turn = turn._replace(taken=turn.taken + 1)
            there = Crew(there.leads + leads, there.skills | helper.skills)
            engaged = Engagement(turn.id, turn.starts_at, turn.ends_at)
            self.given.setdefault(helper.id, []).append(engaged)
        return kept, [one for one in left if one.why != Why.ALREADY]

    def _brings_little(self, member: Member, turn: Turn) -> tuple[bool, bool]:
        """Leads come first, then those with what the place asks: the last seat waits for them."""
        helper = self.helpers.get(member["id"])
        return (
            helper is None or not _leads(helper, turn),
            helper is None or helper.skills.isdisjoint(turn.needs),
        )

    def _why_not(self, user_id: int, turn: Turn, there: Crew) -> str:
        helper = self.helpers.get(user_id)
        if helper is None:
            return Since.GONE
        taker = taker_of(helper, turn.path, self.limits)
        taker = replace(taker, engagements=(*taker.engagements, *self.given.get(user_id, ())))
        why = why_not(turn, taker, crew=there, at=self.at)
        if why is Why.ALREADY and (turn.id, user_id) in self.asking:
            return Since.ASKS
        if why:
            return why
        return Since.HOURS if taker.is_outside(turn) else ""


def _leads(helper: Helper, turn: Turn) -> bool:
    return _Where.of(turn.path).estate_id in helper.leads_in


class _Where(NamedTuple):
    """The estate and the building of a group."""

    estate_id: int
    building_id: int
    estate: str  # its path
    building: str

    @classmethod
    def of(cls, path: str) -> _Where:
        _, community, estate, building, *_ = path.split("/")
        above = f"/{community}/{estate}/"
        return cls(int(estate), int(building), above, f"{above}{building}/")


def taker_of(helper: Helper, path: str, limits: Limits) -> Taker:
    """A helper as the rules see them, for a shift of the group with this path."""
    where = _Where.of(path)
    return Taker(
        areas=(where.estate,) if where.estate_id in helper.estates else (),
        leads_in=(where.estate,) if where.estate_id in helper.leads_in else (),
        skills=helper.skills,
        hours=helper.hours,
        home=where.building if helper.home_id == where.building_id else None,
        leaves=helper.leaves,
        engagements=tuple(
            Engagement(one.shift_id, one.starts_at, one.ends_at) for one in helper.engaged
        ),
        most_a_week=helper.most_a_week,
        limits=limits,
    )
