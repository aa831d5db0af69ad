"""Law 7: tile, list and file come from one definition, and a parent is the sum of its children."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Set

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.access import GRANTS, Permission, Person, Role
from portal.accounts.models import User
from portal.clock import today
from portal.coverage.models import Round
from portal.coverage.states import GAPS, RESULTS, State
from portal.gaps import door_queries, queries, tree
from portal.gaps.tree import Line
from portal.gaps.wanted import Wanted
from portal.tower.models import Place
from tests.conftest import HTMX, Tower, browser, make_user, person_of
from tests.gaps.factory import days_ago, links, open_round, put, rows, scatter

STATES = list(State)


def mixed(tower: Tower) -> Round:
    """A round in which every building has its own mixture of states."""
    opened = open_round(tower)
    everyone = [d for b in (*tower.buildings, tower.other_building) for d in tower.dwellings(b)]
    scatter(opened, {d: STATES[(n * n + n // 5) % 7] for n, d in enumerate(everyone)})
    put(opened, everyone[3:9], State.TRIED, attempts=3, gap_since=days_ago(12))
    return opened


def tiles(page: str) -> dict[str, int]:
    """Every number of a tree page that links to a list: address → number."""
    found = {}
    for part in page.split("<a ")[1:]:
        address = links(f"<a {part}")[0]
        number = part.split(">", 1)[1].split("</a>")[0].replace("<b>", "").split("<")[0]
        digits = number.replace(",", "").split(" ")[0]
        if "/doors" in address and digits.isdigit() and "days=" not in address:
            found[address] = int(digits)
    return found


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_GAPS in GRANTS[role]])
@pytest.mark.parametrize("level", ["community", "estate", "building"])
def test_tile_list_and_file_are_equal_for_every_duty(
    app: Flask, tower: Tower, role: Role, level: str
) -> None:
    opened = mixed(tower)
    client = browser(app, make_user("Somebody", (role, getattr(tower, level))))
    page = client.get(f"/rounds/{opened.id}/gaps").text
    numbers = tiles(page)
    assert len(numbers) >= 8 + 2 * len(rows(page))
    for address, number in numbers.items():
        listed = client.get(address, headers=HTMX).text
        assert len(rows(listed)) == number, address
        if Permission.EXPORT_DOORS in GRANTS[role]:
            assert len(exported(client, opened, address)) == number, address


def exported(client: FlaskClient, opened: Round, address: str) -> list[list[str]]:
    """The rows of the file with the filters of an address."""
    fields = dict(pair.split("=") for pair in address.partition("?")[2].split("&") if pair)
    answer = client.post(f"/rounds/{opened.id}/exports", data={**fields, "kind": "csv"})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]


def test_the_file_holds_the_same_doors_as_the_list(app: Flask, tower: Tower, head: User) -> None:
    opened, client = mixed(tower), browser(app, head)
    address = f"/rounds/{opened.id}/doors?state=gap&days=12&attempts=3"
    listed = [row.split('">')[2].split("<")[0] for row in rows(client.get(address).text)]
    written = [
        f"{e}, Building {b}, Unit {u} {r}"
        for e, b, _, u, _, r, *_ in exported(client, opened, address)
    ]
    assert listed == written
    assert len(listed) == 6


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(st.sampled_from(STATES), min_size=168, max_size=168))
def test_sums_of_the_tree_equal_counts_of_the_list_at_every_level(
    tower: Tower, head: User, chosen: list[State]
) -> None:
    opened, person = open_round(tower), person_of(head)
    mine = [dwelling for building in tower.buildings for dwelling in tower.dwellings(building)]
    everyone = mine + tower.dwellings(tower.other_building)
    states = dict(zip(everyone, chosen, strict=True))
    scatter(opened, states)
    for place, inside in (
        (tower.community, everyone),
        (tower.estate, mine),
        (tower.building, tower.dwellings(tower.building)),
    ):
        truth = Counter(states[dwelling] for dwelling in inside)
        whole = summed(person, opened, place)
        assert dict(zip(State, whole.counts, strict=True)) == {s: truth[s] for s in State}
        for kind in (GAPS, RESULTS, *({state} for state in State)):
            assert listed(person, opened, place, kind) == sum(truth[state] for state in kind)


def summed(person: Person, opened: Round, place: Place) -> Line:
    """The head of the tree page of a place."""
    reach = queries.find_reach(person, opened.id, place_id=place.id)
    figures = {row.id: row for row in queries.figures(reach)}
    lines = [tree.line(p, figures.get(p.id), today()) for p in queries.standing(reach).read()]
    return tree.total(lines, today())


def listed(person: Person, opened: Round, place: Place, states: Set[State]) -> int:
    """How many doors the list of a place holds, counted and read."""
    reach = queries.find_reach(person, opened.id, place_id=place.id)
    wanted = Wanted(place_id=place.id, states=frozenset(states))
    doors = door_queries.doors(person, reach, wanted, today=today())
    assert door_queries.count(doors) == len(door_queries.rows(doors))
    return door_queries.count(doors)
