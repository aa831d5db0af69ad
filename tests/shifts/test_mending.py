"""Mending a published plan: only what is open is looked at, and the answer is that of the whole."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clock import at, local
from portal.shifts.bands import Session, read_bands, sessions
from portal.shifts.building import instance_of, slot_name
from portal.shifts.openings import Rota, joining
from portal.shifts.planner import repair, solve
from portal.shifts.task import Engaged, Group, Helper, Task

MONDAY = datetime(2026, 4, 13, tzinfo=UTC).date()
BANDS = read_bands("09:00-11:00, 14:00-16:00, 19:00-21:00")
TICKS = ["09:00-11:00", "14:00-16:00", "19:00-21:00"]
ESTATES = (1, 2, 3)


class Shift(NamedTuple):
    """A published shift, as the database gives it."""

    id: int
    group_id: int
    building_id: int
    estate_id: int
    path: str
    starts_at: datetime
    ends_at: datetime
    seats: int


@dataclass
class Town:
    """A made-up plan that was published, and what has come up since."""

    task: Task
    shifts: list[Shift]
    crews: dict[int, list[int]]  # those who stay


def town(seed: int) -> Town:
    """Three estates for a week and a half; then some are away, one is gone, seats come free."""
    dice = random.Random(seed)  # noqa: S311
    size = dice.choice([1, 2, 2, 3])
    task = Task(
        sessions=sessions(
            MONDAY, MONDAY + timedelta(days=9), week=BANDS, weekend=BANDS, minutes=120
        ),
        groups=[_group(dice, number) for number in range(1, 13)],
        helpers=[_helper(dice, number) for number in range(1, dice.randint(6, 40))],
        crew_size=size,
        at_once=dice.randint(1, 3),
        leads=dice.choice([0, 1, 1]),
        rest=timedelta(hours=dice.choice([0, 14, 20, 40])),
    )
    groups = {group.id: group for group in task.groups}
    hours = {slot_name(session): session for session in task.sessions}
    planned = solve(instance_of(task))["shifts"]
    shifts = [
        Shift(
            id=shift["id"],
            group_id=shift["unit"],
            building_id=groups[shift["unit"]].building_id,
            estate_id=groups[shift["unit"]].estate_id,
            path=groups[shift["unit"]].path,
            starts_at=hours[shift["slot"]].starts_at,
            ends_at=hours[shift["slot"]].ends_at,
            seats=size + (dice.random() < 0.1),
        )
        for shift in planned
    ]
    helpers = [_later(dice, helper) for helper in task.helpers[1:]]  # the first is gone
    return Town(
        task=replace(task, helpers=helpers),
        shifts=shifts,
        crews={
            shift["id"]: [
                person
                for person in shift["crew"]
                if _stays(person, groups[shift["unit"]], hours[shift["slot"]].starts_at, helpers)
                and dice.random() < 0.95
            ]
            for shift in planned
        },
    )


def _group(dice: random.Random, number: int) -> Group:
    estate, building = dice.choice(ESTATES), dice.randint(1, 3)
    return Group(
        id=number,
        path=f"/9/{estate}/{estate}{building}/{number}/",
        building_id=10 * estate + building,
        estate_id=estate,
        homes=30,
        needs=("dialect",) if dice.random() < 0.2 else (),
    )


def _helper(dice: random.Random, number: int) -> Helper:
    serves = frozenset(dice.sample(ESTATES, dice.choice([1, 1, 1, 2])))
    away = datetime.combine(MONDAY + timedelta(days=dice.randint(0, 9)), datetime.min.time(), UTC)
    elsewhere = Engaged(shift_id=-number, starts_at=away, ends_at=away + timedelta(hours=2))
    return Helper(
        id=number,
        estates=serves,
        leads_in=frozenset(estate for estate in serves if dice.random() < 0.5),
        home_id=10 * min(serves) + dice.randint(1, 3),
        skills=frozenset({"dialect"} if dice.random() < 0.4 else ()),
        hours=None
        if dice.random() < 0.2
        else {str(day): [band for band in TICKS if dice.random() < 0.6] for day in range(7)},
        engaged=(elsewhere,) if dice.random() < 0.2 else (),
        most_a_week=dice.randint(1, 3),
        served=dice.randint(0, 2),
    )


def _later(dice: random.Random, helper: Helper) -> Helper:
    """The same person after some time: on leave perhaps, or with a duty in another estate."""
    if dice.random() < 0.15:
        moved = frozenset({dice.choice(ESTATES)})
        return helper._replace(estates=moved, leads_in=helper.leads_in & moved)
    first = MONDAY + timedelta(days=dice.randint(0, 9))
    leave = (first, first + timedelta(days=dice.randint(0, 6)))
    return helper._replace(leaves=(leave,)) if dice.random() < 0.25 else helper


def _stays(person: int, group: Group, moment: datetime, helpers: Sequence[Helper]) -> bool:
    known = [h for h in helpers if h.id == person and group.estate_id in h.estates]
    day = local(moment).date()
    return any(not any(a <= day <= b for a, b in helper.leaves) for helper in known)


def mended(town: Town) -> dict[int, list[int]]:
    """Who joins which shift when only what is open is looked at."""
    needs = {group.path: group.needs for group in town.task.groups}
    rota = Rota(
        shifts=town.shifts,
        crews=town.crews,
        helpers={helper.id: helper for helper in town.task.helpers},
        needs=needs.__getitem__,
        crew_size=town.task.crew_size,
        leads=town.task.leads,
        rest=town.task.rest,
    )
    return {shift: new for shift, new in joining(rota).items() if new}


def _slot(shift: Shift) -> str:
    return slot_name(Session(shift.starts_at, shift.ends_at))


def mended_as_a_whole(town: Town) -> dict[int, list[int]]:
    """The same with the whole plan before the planner."""
    room = Counter(_slot(shift) for shift in town.shifts)
    used = {shift.group_id for shift in town.shifts}
    groups = [group for group in town.task.groups if group.id in used]
    task = replace(town.task, groups=groups, at_once=max(room.values(), default=1))
    plan = [
        {"id": s.id, "unit": s.group_id, "slot": _slot(s), "crew": town.crews[s.id]}
        for s in town.shifts
    ]
    found: dict[int, list[int]] = {}
    for shift in repair(instance_of(task), {"shifts": plan})["shifts"]:
        new = [person for person in shift["crew"] if person not in town.crews[shift["id"]]]
        if new:
            found[shift["id"]] = new
    return found


@given(st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_the_answer_is_that_of_the_whole_plan(seed: int) -> None:
    """The same people join the same shifts, so as few seats stay open and nobody is moved."""
    place = town(seed)
    assert mended(place) == mended_as_a_whole(place)


def test_most_of_what_leave_opens_is_filled_again() -> None:
    """The comparison above is no comparison of nothing with nothing."""
    joined, opened = 0, 0
    for seed in range(30):
        place = town(seed)
        joined += sum(map(len, mended(place).values()))
        opened += sum(place.task.crew_size - len(place.crews[s.id]) for s in place.shifts)
    assert opened > 200
    assert joined > 80


# What the whole plan could not say ----------------------------------------------------------------

EVENING, TWO_HOURS = at(MONDAY, time(19)), timedelta(hours=2)
LIN, ZHOU, CHEN, WU = 1, 2, 3, 4


def shift(number: int, **changes: Any) -> Shift:
    """A shift of that evening in the first estate, each in a building of its own."""
    return Shift(
        **{
            "id": number,
            "group_id": number,
            "building_id": 10 + number,
            "estate_id": 1,
            "path": f"/9/1/{10 + number}/{number}/",
            "starts_at": EVENING,
            "ends_at": EVENING + TWO_HOURS,
            "seats": 2,
            **changes,
        }
    )


def helper(number: int, **more: Any) -> Helper:
    return Helper(id=number, estates=frozenset({1}), **more)


def joined(crews: dict[Shift, list[int]], *helpers: Helper) -> dict[int, list[int]]:
    """Who joins which of some shifts that want a crew of two."""
    rota = Rota(
        shifts=list(crews),
        crews={shift.id: crew for shift, crew in crews.items()},
        helpers={helper.id: helper for helper in helpers},
        needs=lambda _path: (),
        crew_size=2,
        leads=0,
        rest=timedelta(hours=20),
    )
    return {shift: new for shift, new in joining(rota).items() if new}


def test_who_signed_up_outside_their_hours_keeps_the_seat_and_nobody_is_sent_for_it() -> None:
    """Lin said Saturdays and comes on Monday all the same; Chen goes where a seat is free."""
    lin = helper(LIN, hours={"5": ["09:00-11:00"]})
    others = map(helper, (ZHOU, CHEN, WU))
    assert joined({shift(1): [LIN, WU], shift(2): [ZHOU]}, lin, *others) == {2: [CHEN]}


def test_a_shift_made_smaller_by_hand_asks_for_nobody() -> None:
    assert joined({shift(1, seats=1): [LIN]}, helper(LIN), helper(CHEN)) == {}


def test_two_shifts_of_one_group_at_one_hour_are_both_filled() -> None:
    again = shift(2, group_id=1, building_id=11)
    crews = {shift(1): [LIN], again: [ZHOU]}
    assert joined(crews, *map(helper, (LIN, ZHOU, CHEN, WU))) == {1: [CHEN], 2: [WU]}


def test_who_asked_for_a_shift_at_that_hour_is_not_sent_elsewhere() -> None:
    asked = Engaged(shift_id=7, starts_at=EVENING, ends_at=EVENING + TWO_HOURS)
    assert joined({shift(1): [LIN]}, helper(LIN), helper(ZHOU, engaged=(asked,))) == {}
