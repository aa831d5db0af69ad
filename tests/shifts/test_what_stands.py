"""Shifts that stand already stand in every plan, whatever was decided since. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any

import pytest

from portal.clock import at
from portal.shifts.bands import Session
from portal.shifts.building import instance_of
from portal.shifts.planner import solve
from portal.shifts.task import Engaged, Group, Helper, Standing, Task

MONDAY = date(2026, 4, 13)
EVENINGS = [
    Session(at(day, time(18, 30)), at(day, time(20, 30)))
    for day in (MONDAY + timedelta(days=n) for n in range(7))
]
SHIFT, HOUSE, ESTATE = 7, 11, 1
MINE = Engaged(shift_id=SHIFT, starts_at=EVENINGS[0].starts_at, ends_at=EVENINGS[0].ends_at)
ZHOU, CHEN, MEI, OFFICER = 1, 2, 3, 4


def helper(number: int, *, seated: bool = False, **more: Any) -> Helper:
    engaged = (MINE,) if seated else ()
    return Helper(id=number, estates=frozenset({ESTATE}), engaged=engaged, **more)


def leader(number: int, **more: Any) -> Helper:
    return helper(number, leads_in=frozenset({ESTATE}), **more)


def task(crew: tuple[int, ...], *helpers: Helper, needs: tuple[str, ...] = ()) -> Task:
    group = Group(
        id=1, path="/1/1/11/1/", building_id=HOUSE, estate_id=ESTATE, homes=30, needs=needs
    )
    shift = Standing(
        id=SHIFT,
        group_id=group.id,
        estate_id=ESTATE,
        starts_at=MINE.starts_at,
        ends_at=MINE.ends_at,
        crew=crew,
    )
    return Task(
        sessions=EVENINGS, groups=[group], helpers=helpers, standing=[shift], crew_size=len(crew)
    )


def kept(given: Task) -> set[int]:
    """Who of the crew stays, in a plan that the planner takes and in which the shift stands."""
    instance = instance_of(given)
    (pin,) = instance["pinned"]
    visits = {(visit["unit"], visit["slot"]): visit for visit in solve(instance)["shifts"]}
    assert set(pin["crew"]) <= set(visits[pin["unit"], pin["slot"]]["crew"])
    return set(pin["crew"])


def busy(given: Task, person: int) -> bool:
    """Whether the planner leaves somebody alone in the session of the shift."""
    instance = instance_of(given)
    slot = instance["pinned"][0]["slot"]
    return all(
        slot not in one["available"] for one in instance["volunteers"] if one["id"] == person
    )


@pytest.mark.parametrize(
    ("skills", "stay"),
    [((), {ZHOU}), ({"officer"}, {ZHOU, CHEN})],
    ids=["nobody of the crew has it", "Chen has it"],
)
def test_a_need_that_came_after_the_crew_was_full_stops_no_plan(
    skills: Collection[str], stay: set[int]
) -> None:
    given = task(
        (CHEN, ZHOU),
        leader(ZHOU, seated=True),
        helper(CHEN, seated=True, skills=frozenset(skills)),
        helper(OFFICER, skills=frozenset({"officer"})),
        needs=("officer",),
    )
    assert kept(given) == stay
    assert busy(given, CHEN) is (CHEN not in stay)


def test_whoever_brings_what_is_needed_stays_before_the_others() -> None:
    crew = (CHEN, MEI, ZHOU)
    sign, english = frozenset({"sign"}), frozenset({"english"})
    people = (
        leader(ZHOU, seated=True, skills=english),
        helper(CHEN, seated=True),
        helper(MEI, seated=True, skills=sign),
    )
    assert kept(task(crew, *people, needs=("sign", "english"))) == set(crew)
    assert kept(task(crew, *people, needs=("sign", "officer"))) == {ZHOU, MEI}


def test_a_crew_that_brings_many_things_is_taken_whoever_brings_which() -> None:
    needs = tuple(f"skill {n}" for n in range(10))
    people = (
        leader(ZHOU, seated=True, skills=frozenset(needs[:3])),
        helper(CHEN, seated=True, skills=frozenset(needs[3:])),
    )
    assert kept(task((CHEN, ZHOU), *people, needs=needs)) == {ZHOU, CHEN}


def test_whoever_names_the_building_as_home_after_signing_up_stops_no_plan() -> None:
    people = leader(ZHOU, seated=True), helper(CHEN, seated=True, home_id=HOUSE), helper(MEI)
    given = task((CHEN, ZHOU), *people)
    assert kept(given) == {ZHOU}
    assert busy(given, CHEN)
