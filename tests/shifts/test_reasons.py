"""Every assignment can say why, and every empty seat whom it lacks."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.shifts.planner import repair, solve
from portal.shifts.reasons import Reason, Rule, Why, explain
from portal.shifts.repairing import as_it_stands
from portal.shifts.shortfalls import Ask, missing
from tests.shifts.rotas import make_rota


def one_seat(*people: dict[str, Any], days: int = 2) -> dict[str, Any]:
    """One unit a day, visited by one person."""
    return {
        "units": [
            {"id": "stair", "building": "3", "estate": "A", "last_visited": -1},
            {"id": "other", "building": "4", "estate": "A", "last_visited": -2},
        ],
        "slots": [{"id": day, "day": day, "start": 19, "end": 21} for day in range(days)],
        "volunteers": [
            {
                "building": "9",
                "estate": "A",
                "available": list(range(days)),
                "max_shifts": 5,
                "roles": ["leader"],
                **person,
            }
            for person in people
        ],
        "rules": {"crew_size": 1, "shifts_per_slot": 1},
    }


def shift(slot: int, *crew: str, unit: str = "stair") -> dict[str, Any]:
    return {"id": slot, "unit": unit, "slot": slot, "crew": list(crew)}


def reasons(instance: dict[str, Any], plan: dict[str, Any]) -> list[Reason]:
    return list(explain(as_it_stands(instance, plan)))


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_every_assignment_has_a_reason(seed: int) -> None:
    instance = make_rota(seed)
    plan = solve(instance)
    told = [(one.unit, one.slot, one.volunteer) for one in reasons(instance, plan)]
    assert told == [(s["unit"], s["slot"], name) for s in plan["shifts"] for name in s["crew"]]
    assert all(1 <= reason.rank <= reason.of for reason in reasons(instance, plan))


def test_who_is_passed_over_is_told_with_the_rule_that_forbade_it() -> None:
    instance = one_seat(
        {"id": "Chen"},
        {"id": "Wu", "max_week": 0},
        {"id": "Lin", "max_shifts": 0},
        {"id": "Zhou", "leave": [0, 1]},
    )
    plan = {"shifts": [shift(0, "Chen"), shift(1, "Chen", unit="other")]}
    reason = reasons(instance, plan)[0]
    assert (reason.rule, reason.rank, reason.of) == (Rule.LEAD, 3, 3)
    assert reason.passed_over == (("Wu", Why.WEEK_LIMIT), ("Lin", Why.LIMIT))


def test_who_has_seen_the_building_is_passed_over_for_that() -> None:
    instance = one_seat({"id": "Chen"}, {"id": "Wu"})
    instance["history"] = [{"volunteer": "Wu", "building": "3"}]
    plan = {"shifts": [shift(0, "Chen"), shift(1, "Chen", unit="other")]}
    first, second = reasons(instance, plan)
    assert first.passed_over == (("Wu", Why.SEEN),)
    assert second.passed_over == (("Wu", Why.EVEN),)


def test_rest_is_a_reason() -> None:
    instance = one_seat({"id": "Chen"}, {"id": "Wu"}, days=6)
    instance["rules"]["min_rest_hours"] = 30
    plan = {"shifts": [shift(day, "Wu" if day == 1 else "Chen") for day in (0, 1, 3, 5)]}
    whys = [[why for _, why in reason.passed_over] for reason in reasons(instance, plan)]
    assert whys == [[Why.TOO_CLOSE], [], [Why.SEEN], [Why.SEEN]]


def test_a_sign_up_is_its_own_reason() -> None:
    instance = one_seat({"id": "Chen"})
    instance["pinned"] = [{"unit": "stair", "slot": 1, "crew": ["Chen"]}]
    rules = {reason.slot: reason.rule for reason in reasons(instance, solve(instance))}
    assert rules == {0: Rule.LEAD, 1: Rule.SIGNED_UP}


def test_an_empty_seat_names_estate_hour_and_role() -> None:
    instance = one_seat({"id": "Chen", "leave": [1]}, {"id": "Wu", "roles": ["dialect"]})
    plan = repair(instance, {"shifts": [shift(0, "Chen"), shift(1, "Chen", unit="other")]})
    assert [s["crew"] for s in plan["shifts"]] == [["Chen"], []]
    (found,) = missing(as_it_stands(instance, plan))
    assert (found.unit, found.slot, found.planned) == ("other", 1, True)
    assert found.asks == (Ask(estate="A", slot=1, lead=True, roles=()),)


def test_a_seat_that_people_could_move_for_asks_for_nobody() -> None:
    instance = one_seat({"id": "Chen", "max_shifts": 1}, {"id": "Wu", "available": [1]})
    plan = {"shifts": [shift(0), shift(1, "Chen", unit="other")]}
    (found,) = missing(as_it_stands(instance, plan))
    assert (found.unit, found.asks) == ("stair", ())


def test_a_slot_with_room_names_the_unit_that_is_due_and_whom_it_lacks() -> None:
    instance = one_seat({"id": "Chen", "available": [0]})
    instance["units"][0]["needs"] = ["officer"]
    (found,) = missing(as_it_stands(instance, solve(instance)))
    assert (found.unit, found.slot, found.planned) == ("stair", 1, False)
    assert found.asks == (Ask(estate="A", slot=1, lead=True, roles=("officer",)),)


def test_the_cut_goes_on_to_seats_whose_people_could_have_come() -> None:
    """Chen could take Monday's visit, were there somebody for Tuesday's."""
    instance = one_seat({"id": "Chen", "max_shifts": 1})
    plan = {"shifts": [shift(1, "Chen")]}
    (found,) = missing(as_it_stands(instance, plan))
    assert [(ask.slot, ask.lead) for ask in found.asks] == [(0, True), (1, True)]
