"""The planner: every rule kept, turns and loads as good as can be, the same plan everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.config import ROOT
from portal.shifts.fields import FieldError
from portal.shifts.instance import read
from portal.shifts.planner import repair, solve
from portal.shifts.timetable import longest_gap
from tests.shifts.rotas import broken_rules, make_rota, with_sign_ups

seeds = st.integers(0, 10**6)


def crewed(instance: dict[str, Any], plan: dict[str, Any]) -> list[dict[str, Any]]:
    size = instance["rules"].get("crew_size", 2)
    return [shift for shift in plan["shifts"] if len(shift["crew"]) == size]


# Rules -------------------------------------------------------------------------------------------


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_no_plan_breaks_a_rule_whatever_the_community_is_like(seed: int) -> None:
    instance = make_rota(seed)
    plan = solve(instance)
    assert broken_rules(instance, plan) == []
    assert crewed(instance, plan) == plan["shifts"]  # nobody is sent out alone


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_who_signed_up_keeps_the_seat(seed: int) -> None:
    instance = make_rota(seed)
    signed = with_sign_ups(instance, solve(instance), seed)
    assert broken_rules(signed, solve(signed)) == []


@given(seeds, st.booleans())
@settings(max_examples=60, deadline=None)
def test_leave_after_publication_breaks_no_rule_and_moves_nobody(seed: int, may_move: bool) -> None:  # noqa: FBT001
    instance = make_rota(seed)
    published = solve(instance)
    signed = with_sign_ups(instance, published, seed)
    away = {name for name in (f"V{n}" for n in range(24)) if (seed + int(name[1:])) % 5 == 0}
    for person in signed["volunteers"]:
        if person["id"] in away and not any(person["id"] in p["crew"] for p in signed["pinned"]):
            person["leave"] = person["available"]
        else:
            away.discard(person["id"])
    mended = repair(signed, published, may_move=may_move)
    assert broken_rules(signed, mended) == []
    now = {(s["unit"], s["slot"], name) for s in mended["shifts"] for name in s["crew"]}
    before = {(s["unit"], s["slot"], name) for s in published["shifts"] for name in s["crew"]}
    if not may_move:
        assert {name for *_, name in before - now} <= away
    assert {s["id"]: s["slot"] for s in mended["shifts"]} == {
        s["id"]: s["slot"] for s in published["shifts"]
    }


# Turns -------------------------------------------------------------------------------------------


def plenty(units: list[float | None], slots: int, most: int) -> dict[str, Any]:
    """Units of one estate, and people for everything."""
    return {
        "units": [
            {"id": n, "building": n, "estate": "A", "last_visited": last}
            for n, last in enumerate(units)
        ],
        "slots": [{"id": t, "day": t, "start": 9, "end": 11} for t in range(slots)],
        "volunteers": [
            {
                "id": f"V{n}",
                "estate": "A",
                "building": "elsewhere",
                "available": list(range(slots)),
                "max_shifts": slots,
                "roles": ["leader"] if n % 2 else [],
            }
            for n in range(2 * most)
        ],
        "rules": {"shifts_per_slot": most, "never_days": 9},
    }


def gaps(lasts: list[float], visits: list[tuple[int, int]], slots: int) -> list[float]:
    """The days between the visits of all units, from before the rota to its end."""
    found: list[float] = []
    for unit, last in enumerate(lasts):
        stops = [last, *sorted(t + 9 / 24 for u, t in visits if u == unit), slots]
        found += [late - early for early, late in pairwise(stops)]
    return found


@given(
    st.lists(st.integers(-9, -1), min_size=2, max_size=4),
    st.integers(1, 4),
    st.integers(1, 2),
)
@settings(max_examples=60, deadline=None)
def test_no_timetable_has_smaller_gaps(lasts: list[int], slots: int, most: int) -> None:
    instance = plenty([*lasts], slots, most)
    plan = solve(instance)
    got = gaps([*lasts], [(s["unit"], s["slot"]) for s in plan["shifts"]], slots)
    choices = list(combinations(range(len(lasts)), min(most, len(lasts))))
    every = [
        gaps([*lasts], [(u, t) for t, chosen in enumerate(timetable) for u in chosen], slots)
        for timetable in product(choices, repeat=slots)
    ]
    assert max(got) == min(max(found) for found in every)
    squares = [sum(gap * gap for gap in found) for found in every]
    assert sum(gap * gap for gap in got) == pytest.approx(min(squares))
    assert longest_gap(read(instance)) == pytest.approx(max(got))


def turns(plan: dict[str, Any]) -> list[int]:
    return [shift["unit"] for shift in sorted(plan["shifts"], key=lambda shift: shift["slot"])]


def test_a_unit_never_visited_counts_as_long_waiting() -> None:
    assert turns(solve(plenty([-8, None, -10], 3, 1))) == [2, 1, 0]


def test_every_unit_has_a_turn_before_any_has_two() -> None:
    instance = plenty([-1, -1, -30], 6, 1)
    instance["units"][2]["weight"] = 50
    assert sorted(turns(solve(instance))[:3]) == [0, 1, 2]


def test_many_open_doors_shorten_the_wait() -> None:
    instance = plenty([-4, -3, -5], 3, 1)
    instance["units"][1]["weight"] = 2
    assert turns(solve(instance)) == [1, 2, 0]


def test_a_turn_that_fell_out_goes_first() -> None:
    instance = plenty([-9, -1, -8], 3, 1)
    instance["units"][1]["owed"] = True
    assert turns(solve(instance)) == [1, 0, 2]


def test_a_turn_without_a_crew_is_the_first_one_in_the_next_slot() -> None:
    instance = plenty([-9, -8, -7], 3, 1)
    instance["units"][0]["needs"] = ["dialect"]
    for person in instance["volunteers"]:
        person["available"] = [0, 1, 2]
    instance["volunteers"].append(
        {
            "id": "Wu",
            "estate": "A",
            "building": "elsewhere",
            "available": [1],
            "max_shifts": 1,
            "roles": ["dialect"],
        }
    )
    assert turns(solve(instance)) == [1, 0, 2]


def test_a_sign_up_whose_crew_nobody_can_make_whole_is_no_turn() -> None:
    instance = plenty([-9, -8, -7], 3, 1)
    instance["units"][0]["needs"] = ["dialect"]
    for person in instance["volunteers"]:
        person["available"] = [0, 1, 2]
    instance["pinned"] = [{"unit": 0, "slot": 0, "crew": ["V0"]}]
    wu = {"id": "Wu", "estate": "A", "building": "elsewhere", "max_shifts": 1, "roles": ["dialect"]}
    instance["volunteers"].append({**wu, "available": [1]})
    plan = solve(instance)
    assert turns(plan) == [0, 0, 1]
    assert [len(shift["crew"]) for shift in plan["shifts"]] == [1, 2, 2]


# Crews and loads ---------------------------------------------------------------------------------


def possible_crews(instance: dict[str, Any], unit: dict[str, Any], slot: int) -> list[list[str]]:
    people = [p for p in instance["volunteers"] if slot in p["available"]]
    return [
        [p["id"] for p in crew]
        for crew in combinations(people, 2)
        if any("leader" in p["roles"] and p["estate"] == unit["estate"] for p in crew)
    ]


def scarce(seed: int) -> dict[str, Any]:
    """Two estates, three slots of one visit or two, a handful of people without rest rules."""
    instance = make_rota(
        seed,
        shifts_per_slot=1,
        min_rest_hours=0,
        max_per_day=None,
        max_travel=None,
        own_building="any",
        lead_scope="estate",
        crew_size=2,
        fairness="equal",
    )
    names = [slot["id"] for slot in instance["slots"][:4]]
    instance["slots"] = instance["slots"][:4]
    instance["units"] = instance["units"][:3]
    instance["volunteers"] = instance["volunteers"][:6]
    for unit in instance["units"]:
        unit["needs"] = []
    for person in instance["volunteers"]:
        person["available"] = [name for name in person["available"] if name in names]
        person["leave"], person["max_week"] = [], None
    return instance


def every_staffing(instance: dict[str, Any], visits: list[tuple[Any, Any]]) -> list[Counter[str]]:
    """The loads of all ways to crew these visits."""
    units = {unit["id"]: unit for unit in instance["units"]}
    most = {person["id"]: person["max_shifts"] for person in instance["volunteers"]}
    crews = [possible_crews(instance, units[unit], slot) for unit, slot in visits]
    loads = (Counter(name for crew in chosen for name in crew) for chosen in product(*crews))
    return [load for load in loads if all(load[name] <= most[name] for name in load)]


@given(seeds)
@settings(max_examples=80, deadline=None)
def test_no_staffing_of_the_same_visits_has_more_even_loads(seed: int) -> None:
    instance = scarce(seed)
    plan = solve(instance)
    visits = [(shift["unit"], shift["slot"]) for shift in plan["shifts"]]
    names = [person["id"] for person in instance["volunteers"]]
    load = Counter(name for shift in plan["shifts"] for name in shift["crew"])
    best = min(
        sorted((found[name] for name in names), reverse=True)
        for found in every_staffing(instance, visits)
    )
    assert sorted((load[name] for name in names), reverse=True) == best


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_turn_is_passed_over_only_if_no_crew_is_to_be_had(seed: int) -> None:
    """The first slot that is empty could not be filled beside all the slots before it."""
    instance = scarce(seed)
    plan = solve(instance)
    planned = {shift["slot"]: shift["unit"] for shift in plan["shifts"]}
    for slot in instance["slots"]:
        if slot["id"] in planned:
            continue
        before = [(unit, name) for name, unit in planned.items()]
        for unit in instance["units"]:
            assert every_staffing(instance, [*before, (unit["id"], slot["id"])]) == []


def test_loads_in_proportion_to_what_people_offered() -> None:
    instance = plenty([-1, -2], 6, 1)
    instance["rules"]["crew_size"] = 1
    instance["rules"]["fairness"] = "relative"
    instance["volunteers"] = instance["volunteers"][:2]
    for person, most in zip(instance["volunteers"], (2, 4), strict=True):
        person["max_shifts"], person["roles"] = most, ["leader"]
    load = Counter(name for shift in solve(instance)["shifts"] for name in shift["crew"])
    assert load == {"V0": 2, "V1": 4}


def test_what_was_served_before_counts() -> None:
    instance = plenty([-1, -2], 2, 1)
    instance["rules"]["crew_size"] = 1
    for person in instance["volunteers"]:
        person["roles"] = ["leader"]
    instance["volunteers"][0]["carried"] = 5
    load = Counter(name for shift in solve(instance)["shifts"] for name in shift["crew"])
    assert load == {"V1": 2}


@pytest.mark.parametrize("seen", [0, 1])
def test_people_see_new_buildings(seen: int) -> None:
    instance = plenty([-1, -2], 1, 2)
    instance["history"] = [{"volunteer": "V0", "building": seen}]
    crews = {shift["unit"]: shift["crew"] for shift in solve(instance)["shifts"]}
    assert "V0" in crews[1 - seen]


def test_nobody_walks_with_the_same_person_twice() -> None:
    crews = [frozenset(s["crew"]) for s in solve(plenty([-1, -2, -3, -4], 2, 2))["shifts"]]
    assert len(set(crews)) == 4


def test_when_leads_are_short_a_visit_makes_way_for_two() -> None:
    """Zhou leads estate A on both days, Lin leads B on the first day only: so A waits a day."""
    instance = plenty([-9, -1], 2, 1)
    instance["units"][1]["estate"] = "B"
    zhou, lin, *walkers = instance["volunteers"] = [
        {**person, "max_shifts": 1} for person in instance["volunteers"] * 2
    ]
    zhou |= {"id": "Zhou", "roles": ["leader"]}
    lin |= {"id": "Lin", "roles": ["leader"], "estate": "B", "available": [0]}
    for number, person in enumerate(walkers):
        person |= {"id": number, "roles": []}
    got = {shift["slot"]: shift["unit"] for shift in solve(instance)["shifts"]}
    assert got == {0: 1, 1: 0}


# Repair ------------------------------------------------------------------------------------------


def test_an_empty_seat_goes_to_who_has_the_least() -> None:
    instance = plenty([-9, -8], 2, 1)
    instance["rules"]["crew_size"] = 1
    for person in instance["volunteers"]:
        person["roles"] = ["leader"]
    plan = {"shifts": [{"id": f"s{t}", "unit": t, "slot": t, "crew": ["V0"]} for t in (0, 1)]}
    instance["volunteers"][0]["leave"] = [0]
    assert [shift["crew"] for shift in repair(instance, plan)["shifts"]] == [["V1"], ["V0"]]


def test_people_move_for_an_empty_seat_only_if_that_is_asked_for() -> None:
    """Chen could come on Monday, but serves on Tuesday, where Wu could come."""
    instance = plenty([-9, -8], 2, 1)
    instance["rules"]["crew_size"] = 1
    chen, wu = instance["volunteers"]
    chen |= {"id": "Chen", "max_shifts": 1, "roles": ["leader"]}
    wu |= {"id": "Wu", "max_shifts": 1, "roles": ["leader"], "available": [1]}
    plan = {
        "shifts": [
            {"id": 1, "unit": 0, "slot": 0, "crew": ["gone"]},
            {"id": 2, "unit": 1, "slot": 1, "crew": ["Chen"]},
        ]
    }
    kept, moved = repair(instance, plan), repair(instance, plan, may_move=True)
    assert [shift["crew"] for shift in kept["shifts"]] == [[], ["Chen"]]
    assert [shift["crew"] for shift in moved["shifts"]] == [["Chen"], ["Wu"]]


def test_a_sign_up_that_came_later_joins_the_published_crew() -> None:
    instance = plenty([-9, -8, -7], 2, 1)
    plan = solve(instance)
    instance["pinned"] = [{"unit": 2, "slot": 1, "crew": ["V1"]}]
    instance["rules"]["shifts_per_slot"] = 2
    mended = repair(instance, plan)
    assert [shift["unit"] for shift in mended["shifts"]] == [0, 1, 2]
    assert "V1" in mended["shifts"][2]["crew"]


# The same everywhere -----------------------------------------------------------------------------

SOLVE = """
import json, sys, types
sys.modules["portal"] = package = types.ModuleType("portal")  # the planner needs no application
package.__path__ = ["portal"]
from portal.shifts.planner import solve
sys.stdout.write(json.dumps([solve(instance) for instance in json.load(sys.stdin)]))
"""


def test_the_plan_does_not_depend_on_the_hash_seed() -> None:
    instances = [make_rota(seed) for seed in range(12)]
    here = [solve(instance) for instance in instances]
    for hash_seed in ("1", "2"):
        there = subprocess.run(  # noqa: S603
            [sys.executable, "-c", SOLVE],
            input=json.dumps(instances),
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert json.loads(there.stdout) == here


def test_progress_is_told_to_its_end() -> None:
    told: dict[str, tuple[int, int]] = {}

    def watch(stage: str, done: int, total: int) -> None:
        told[stage] = (done, total)

    solve(make_rota(1), progress=watch)
    assert set(told) >= {"accept", "level", "polish"}
    assert all(done == total for stage, (done, total) in told.items() if stage != "level")


# What cannot be read -----------------------------------------------------------------------------


def spoilt(path: str, value: object) -> dict[str, Any]:
    """A sound instance with one field spoilt; the path is as messages write it."""
    instance = make_rota(1, own_building="any", max_travel=None)
    instance["pinned"] = []
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    at: Any = instance
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    if value is None:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    return instance


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("units", None),
        ("units[3].estate", None),
        ("units[3].last_visited", "yesterday"),
        ("units[2].needs", "dialect"),
        ("units[2].weight", 0),
        ("units[2].owed", 1),
        ("slots[1].day", -1),
        ("slots[1].end", 3),
        ("slots[1].start", float("nan")),
        ("slots", "none"),
        ("estates[0].x", "left"),
        ("volunteers[2].available", {"0/0": True}),
        ("volunteers[2].available", ["on Sunday"]),
        ("volunteers[2].max_shifts", 1.5),
        ("volunteers[2].max_shifts", True),
        ("volunteers[1].id", "V0"),
        ("volunteers[1]", "Chen"),
        ("rules", []),
        ("rules.crew_size", 0),
        ("rules.leads_per_shift", 9),
        ("rules.fairness", "fair"),
        ("rules.own_building", 1),
        ("rules.shifts_per_slot", "many"),
        ("pinned", {}),
    ],
)
def test_a_field_that_cannot_be_read_is_named(path: str, value: object) -> None:
    with pytest.raises(FieldError) as caught:
        solve(spoilt(path, value))
    assert str(caught.value).startswith(path)


def test_a_sign_up_against_the_rules_is_refused_by_name() -> None:
    instance = plenty([-9], 2, 1)
    instance["volunteers"][0]["leave"] = [1]
    instance["pinned"] = [{"unit": 0, "slot": 1, "crew": ["V0"]}]
    with pytest.raises(FieldError, match=r"pinned\[0\]\.crew: V0 is not available"):
        solve(instance)
    instance["pinned"] = [{"unit": 0, "slot": 0, "crew": ["Nobody"]}]
    with pytest.raises(FieldError, match=r"pinned\[0\]\.crew\[0\]: there is no Nobody"):
        solve(instance)


@pytest.mark.parametrize("instance", [[], "text", None, 7])
def test_a_file_that_is_no_object_is_refused(instance: Any) -> None:
    with pytest.raises(FieldError):
        solve(instance)


def test_a_plan_that_cannot_be_read_is_refused() -> None:
    instance = plenty([-9], 1, 1)
    with pytest.raises(FieldError, match="shifts: is missing"):
        repair(instance, {})
    with pytest.raises(FieldError, match=r"shifts\[0\]\.crew"):
        repair(instance, {"shifts": [{"id": 1, "unit": 0, "slot": 0}]})
