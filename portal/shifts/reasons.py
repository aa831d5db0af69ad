"""Why somebody has a seat, and who was passed over for it: codes and values, no words.

It is told from an instance and a plan alone, so a plan changed by hand explains itself too.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from portal.shifts.problem import Name
from portal.shifts.repairing import Repair
from portal.shifts.seating import NOBODY


class Rule(StrEnum):
    """What a seat was given for."""

    SIGNED_UP = "signed_up"
    LEAD = "lead"
    NEED = "need"  # for a role that the unit needs
    TURN = "turn"  # for having served the least


class Why(StrEnum):
    """Why somebody who has served less does not have the seat."""

    SAME_HOUR = "same_hour"  # serves elsewhere at that hour
    SAME_DAY = "same_day"
    TOO_CLOSE = "too_close"  # rest between two shifts
    WEEK_LIMIT = "week_limit"
    LIMIT = "limit"
    SEEN = "seen"  # has been in the building
    MET = "met"  # has walked with the same person
    FARTHER = "farther"
    EVEN = "even"  # nothing against it but the sum of all loads


class PassedOver(NamedTuple):
    """Somebody further ahead in the line."""

    volunteer: Name
    why: Why


class Reason(NamedTuple):
    """Why somebody has a seat: the place in the line of those who may have it, least load first."""

    unit: Name
    slot: Name
    volunteer: Name
    rule: Rule
    roles: tuple[str, ...]
    rank: int
    of: int
    passed_over: tuple[PassedOver, ...]


def stored(reason: Reason) -> dict[str, Any]:
    """A reason as it is kept with an assignment."""
    return {
        "rule": reason.rule,
        "roles": list(reason.roles),
        "rank": reason.rank,
        "of": reason.of,
        "passed_over": [[person, why] for person, why in reason.passed_over],
    }


def explain(kept: Repair, *, most: int = 5) -> Iterator[Reason]:
    """The reason of every assignment of a plan, with at most so many of those passed over."""
    return _Told(kept).reasons(most)


class _Told:
    """A plan as it stands."""

    def __init__(self, kept: Repair) -> None:
        self.problem, self.seating = kept.problem, kept.seating
        self._been = {(p, building) for p, building in self.problem.been}
        self._met: set[tuple[int, int]] = set()
        for visit, seats in enumerate(self.seating.seats):
            building = self.problem.units[self.seating.unit[visit]].building
            crew = [self.seating.holder[seat] for seat in seats]
            self._been.update((p, building) for p in crew)
            self._met.update((p, q) for p in crew for q in crew if p != q)

    def reasons(self, most: int) -> Iterator[Reason]:
        for seat, p in enumerate(self.seating.holder):
            if p != NOBODY:
                yield self._reason(seat, p, most)

    def _reason(self, seat: int, p: int, most: int) -> Reason:
        seating, step = self.seating, self.problem.step
        pool, visit = seating.pool[seat], seating.visit[seat]
        t, want = seating.slot[visit], seating.pools.want[pool]
        line = seating.pools.line(pool, p)
        own = seating.load[p] * step[p]
        mates = {seating.holder[other] for other in seating.seats[visit]}
        ahead = [q for q in line if (seating.load[q] + 1) * step[q] < own and q not in mates]
        ahead.sort(key=lambda q: (seating.load[q] * step[q], q))
        rule = Rule.NEED if want.roles else Rule.LEAD if want.lead else Rule.TURN
        if seating.pinned[p] >> t & 1:
            rule = Rule.SIGNED_UP
        return Reason(
            unit=self.problem.units[seating.unit[visit]].name,
            slot=self.problem.slots[t].name,
            volunteer=self.problem.people[p].name,
            rule=rule,
            roles=want.roles,
            rank=len(ahead) + 1,
            of=len(line) + 1,
            passed_over=tuple(
                PassedOver(self.problem.people[q].name, self._why(q, p, seat)) for q in ahead[:most]
            ),
        )

    def _why(self, q: int, p: int, seat: int) -> Why:
        """What stands between somebody and the seat that another has."""
        t = self.seating.slot[self.seating.visit[seat]]
        return self._hindered(q, t) or self._weighed(q, p, seat)

    def _hindered(self, q: int, t: int) -> Why | None:
        """A rule of time that keeps somebody from one more slot."""
        problem, held = self.problem, self.seating.held[q]
        if held >> t & 1:
            return Why.SAME_HOUR
        if (held & problem.day[t]).bit_count() >= problem.rules.per_day:
            return Why.SAME_DAY
        if held & problem.clash[t]:
            return Why.TOO_CLOSE
        if (held & problem.week[t]).bit_count() >= problem.weekly[q][t]:
            return Why.WEEK_LIMIT
        return Why.LIMIT if held.bit_count() >= problem.people[q].most else None

    def _weighed(self, q: int, p: int, seat: int) -> Why:
        """What spoke for another, though both could come."""
        seating, people = self.seating, self.problem.people
        visit = seating.visit[seat]
        unit = self.problem.units[seating.unit[visit]]
        if (q, unit.building) in self._been:
            return Why.SEEN
        if any((q, seating.holder[other]) in self._met for other in seating.seats[visit]):
            return Why.MET
        travel = self.problem.travel
        if travel(people[q].estate, unit.estate) > travel(people[p].estate, unit.estate):
            return Why.FARTHER
        return Why.EVEN
