"""Limits of single weeks, several estates, and what keeps a rota from being closer. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from typing import Any

from portal.clock import at
from portal.shifts.bands import Session
from portal.shifts.building import instance_of
from portal.shifts.figures import figures_of
from portal.shifts.planner import solve
from portal.shifts.repairing import as_it_stands
from portal.shifts.task import Engaged, Group, Helper, Task

MONDAY = date(2026, 4, 13)
WEEKS = 3
EVENINGS = [
    Session(at(day, time(18, 30)), at(day, time(20, 30)))
    for day in (MONDAY + timedelta(days=n) for n in range(7 * WEEKS))
]


def groups(estate: int, count: int, **more: Any) -> list[Group]:
    first = estate * 100
    return [
        Group(id=n, path=f"/1/{estate}/{n}/", building_id=n, estate_id=estate, homes=30, **more)
        for n in range(first, first + count)
    ]


def helper(number: int, *estates: int, **more: Any) -> Helper:
    return Helper(id=number, estates=frozenset(estates), **more)


def planned(task: Task) -> tuple[dict[str, Any], Counter[tuple[int, int]]]:
    """The figures of the best plan, and who has how many shifts in which estate."""
    instance = instance_of(task)
    plan = solve(instance)
    seats = Counter(
        (who, shift["unit"] // 100) for shift in plan["shifts"] for who in shift["crew"]
    )
    return figures_of(as_it_stands(instance, plan), plan), seats


def test_two_shifts_in_one_week_take_nothing_from_the_weeks_after() -> None:
    busy = tuple(
        Engaged(shift_id=n, starts_at=at(day, time(9)), ends_at=at(day, time(11)))
        for n, day in enumerate((MONDAY, MONDAY + timedelta(days=2)))
    )
    people = [helper(1, 1, engaged=busy), helper(2, 1)]
    task = Task(sessions=EVENINGS, groups=groups(1, 4), helpers=people, crew_size=1, leads=0)
    _, seats = planned(task)
    assert seats == {(1, 1): 2 * (WEEKS - 1), (2, 1): 2 * WEEKS}


def test_whoever_serves_in_two_estates_goes_to_both() -> None:
    task = Task(
        sessions=EVENINGS,
        groups=[*groups(1, 2), *groups(2, 2)],
        helpers=[helper(1, 1, 2)],
        crew_size=1,
        leads=0,
    )
    figures, seats = planned(task)
    assert set(seats) == {(1, 1), (1, 2)}
    assert figures["unvisited"] == 0


def test_whoever_leads_in_two_estates_leads_in_both_and_goes_along_in_a_third() -> None:
    lead = helper(1, 1, 2, 3, leads_in=frozenset({1, 2}), most_a_week=7)
    others = [helper(10 + n, estate, most_a_week=7) for n, estate in enumerate((1, 2, 3))]
    task = Task(
        sessions=EVENINGS,
        groups=[*groups(1, 1), *groups(2, 1), *groups(3, 1)],
        helpers=[lead, *others],
    )
    figures, seats = planned(task)
    assert seats[1, 1]
    assert seats[1, 2]
    assert not seats[1, 3]  # nobody leads there, so nobody goes
    assert figures["binds"] == [[3, "leads", 0, 0, 7]]


def test_the_figures_say_which_people_are_too_few() -> None:
    people = [helper(n, 1, leads_in=frozenset({1} if n < 2 else ())) for n in range(9)]
    few_leads, _ = planned(Task(sessions=EVENINGS, groups=groups(1, 6), helpers=people))
    assert few_leads["binds"] == [[1, "leads", 2, 12, 21]]
    few_people, _ = planned(Task(sessions=EVENINGS, groups=groups(1, 6), helpers=people[:3]))
    assert few_people["binds"] == [[1, "people", 3, 9, 21]]
    plenty, _ = planned(Task(sessions=EVENINGS[:3], groups=groups(1, 6), helpers=people))
    assert plenty["binds"] == []


def test_a_group_that_needs_what_nobody_has_is_named_and_the_others_have_their_turns() -> None:
    asking, *others = groups(1, 3)
    asking = Group(id=1, path="/1/1/1/", building_id=1, estate_id=1, homes=30, needs=("sign",))
    people = [helper(n, 1) for n in range(4)]
    task = Task(sessions=EVENINGS, groups=[asking, *others], helpers=people, leads=0)
    figures, _ = planned(task)
    assert figures["lacking"] == [[1, ["sign"]]]
    assert figures["unvisited"] == 1


def test_every_turn_that_lacks_people_is_kept_however_many() -> None:
    """Nobody can come to a thousand and more hours: whoever looks for people gets them all."""
    days = (MONDAY + timedelta(days=n) for n in range(80))
    hours = [
        Session(at(day, time(hour)), at(day, time(hour, 30)))
        for day in days
        for hour in range(8, 21)
    ]
    figures, _ = planned(Task(sessions=hours, groups=groups(1, 2), helpers=[]))
    assert figures["short_count"] + figures["more_count"] == len(figures["short"]) == 1040
