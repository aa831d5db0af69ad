"""Small rotas for the planner, and a judge of its own that knows the rules by heart."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import combinations
from typing import Any

BANDS = [(9, 11), (14, 16), (19, 21)]


def make_rota(seed: int, **rules: Any) -> dict[str, Any]:
    """A made-up community of three estates for a week and a half, never the same twice."""
    rng = random.Random(seed)  # noqa: S311
    estates = [{"id": f"E{n}", "x": n, "y": 0} for n in range(3)]
    homes = [(estate["id"], f"{estate['id']}-{n}") for estate in estates for n in range(3)]
    slots = [
        {"id": f"{day}/{band}", "day": day, "start": BANDS[band][0], "end": BANDS[band][1]}
        for day in range(10)
        for band in range(3)
        if rng.random() < 0.6
    ]
    units = [
        {
            "id": n,
            "building": building,
            "estate": estate,
            "households": 30,
            "last_visited": rng.choice([None, -rng.randint(1, 20)]),
            "needs": [rng.choice(["dialect", "officer"])] if rng.random() < 0.2 else [],
        }
        for n, (estate, building) in enumerate(rng.choices(homes, k=12))
    ]
    return {
        "estates": estates,
        "units": units,
        "slots": slots,
        "volunteers": [_person(rng, n, homes, slots) for n in range(rng.randint(4, 24))],
        "rules": {
            "shifts_per_slot": rng.randint(1, 3),
            "min_rest_hours": rng.choice([0, 14, 20, 40]),
            "max_per_day": rng.choice([1, 2, None]),
            "max_travel": rng.choice([None, 0, 1]),
            "own_building": rng.choice(["any", "prefer", "forbid"]),
            "lead_scope": rng.choice(["any", "estate", "building"]),
            "crew_size": rng.choice([1, 2, 2, 3]),
            "fairness": rng.choice(["equal", "relative"]),
            **rules,
        },
    }


def _person(
    rng: random.Random, n: int, homes: list[tuple[str, str]], slots: list[dict[str, Any]]
) -> dict[str, Any]:
    estate, building = rng.choice(homes)
    asked = [slot["id"] for slot in slots if rng.random() < 0.5]
    return {
        "id": f"V{n}",
        "estate": estate,
        "building": building,
        "available": asked,
        "leave": [slot for slot in asked if rng.random() < 0.1],
        "max_shifts": rng.randint(0, 5),
        "max_week": rng.choice([None, 1, 2]),
        "roles": [role for role in ("leader", "dialect", "officer") if rng.random() < 0.4],
    }


def with_sign_ups(instance: dict[str, Any], plan: dict[str, Any], seed: int) -> dict[str, Any]:
    """The instance again, in which some of a plan's people have signed themselves up."""
    rng = random.Random(seed)  # noqa: S311
    pinned = [
        {"unit": s["unit"], "slot": s["slot"], "crew": rng.sample(s["crew"], 1)}
        for s in plan["shifts"]
        if rng.random() < 0.3
    ]
    return {**instance, "pinned": pinned}


def broken_rules(instance: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    """Every rule that a plan breaks, in words."""
    rules = {"crew_size": 2, "leads_per_shift": 1, **instance["rules"]}
    units = {unit["id"]: unit for unit in instance["units"]}
    people = {person["id"]: person for person in instance["volunteers"]}
    slots = {slot["id"]: slot for slot in instance["slots"]}
    broken: list[str] = []
    visits = Counter((shift["unit"], shift["slot"]) for shift in plan["shifts"])
    broken += [f"{visit} twice" for visit, times in visits.items() if times > 1]
    for slot, number in Counter(shift["slot"] for shift in plan["shifts"]).items():
        if number > rules["shifts_per_slot"]:
            broken.append(f"{number} visits in {slot}")
    mine = defaultdict(list)
    for shift in plan["shifts"]:
        crew = [people[name] for name in shift["crew"]]
        broken += _broken_by_crew(rules, instance, units[shift["unit"]], shift["slot"], crew)
        for name in shift["crew"]:
            mine[name].append(slots[shift["slot"]])
    for name, times in mine.items():
        broken += [f"{name}: {why}" for why in _broken_by_person(rules, people[name], times)]
    crews = {(shift["unit"], shift["slot"]): shift["crew"] for shift in plan["shifts"]}
    for pin in instance.get("pinned", ()):
        if not set(pin["crew"]) <= set(crews.get((pin["unit"], pin["slot"]), ())):
            broken.append(f"{pin} is not kept")
    return broken


def _broken_by_crew(
    rules: dict[str, Any],
    instance: dict[str, Any],
    unit: dict[str, Any],
    slot: str,
    crew: list[dict[str, Any]],
) -> list[str]:
    x = {estate["id"]: estate["x"] for estate in instance["estates"]}
    broken = []
    for person in crew:
        if slot not in person["available"] or slot in person["leave"]:
            broken.append(f"{person['id']} cannot come at {slot}")
        if rules["own_building"] == "forbid" and person["building"] == unit["building"]:
            broken.append(f"{person['id']} at home")
        way = abs(x[person["estate"]] - x[unit["estate"]])
        if rules["max_travel"] is not None and way > rules["max_travel"]:
            broken.append(f"{person['id']} too far from home")
    if len(crew) > rules["crew_size"] or len({person["id"] for person in crew}) < len(crew):
        broken.append("crew too large, or one person twice")
    return broken + (_lacking(rules, unit, crew) if len(crew) == rules["crew_size"] else [])


def _lacking(rules: dict[str, Any], unit: dict[str, Any], crew: list[dict[str, Any]]) -> list[str]:
    """What a full crew lacks."""
    scope = rules["lead_scope"]
    leads = [p for p in crew if "leader" in p["roles"]]
    if scope != "any":
        leads = [p for p in leads if p[scope] == unit[scope]]
    roles = {role for person in crew for role in person["roles"]}
    lacking = [f"nobody with {need}" for need in unit["needs"] if need not in roles]
    return lacking + ["no lead"] * (len(leads) < rules["leads_per_shift"])


def _broken_by_person(
    rules: dict[str, Any], person: dict[str, Any], times: list[dict[str, Any]]
) -> list[str]:
    broken = []
    if len(times) > person["max_shifts"]:
        broken.append("too many shifts")
    weeks = Counter(slot["day"] // 7 for slot in times)
    if person["max_week"] is not None and max(weeks.values()) > person["max_week"]:
        broken.append("too many shifts in a week")
    days = Counter(slot["day"] for slot in times)
    if rules["max_per_day"] is not None and max(days.values()) > rules["max_per_day"]:
        broken.append("too many shifts in a day")
    hours = sorted((s["day"] * 24 + s["start"], s["day"] * 24 + s["end"]) for s in times)
    for (_, end), (start, _) in combinations(hours, 2):
        if start - end < rules["min_rest_hours"]:
            broken.append("too little rest")
    return broken
