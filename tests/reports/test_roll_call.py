"""What is passed on to others: counts that agree with the lists, and not a word about anybody."""

from __future__ import annotations

import html
import re

from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import User
from portal.coverage.models import Round
from portal.coverage.states import Outcome
from portal.tower.models import Place
from tests.conftest import Tower, browser, counted_queries, make_building, make_user
from tests.coverage.factory import make_round, visit


def text_of(client: FlaskClient, opened: Round, place: Place) -> list[str]:
    """The lines to be copied."""
    answer = client.get(f"/rounds/{opened.id}/text/{place.id}")
    assert answer.status_code == 200
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).strip().splitlines()


def card_of(client: FlaskClient, opened: Round, place: Place) -> str:
    answer = client.get(f"/rounds/{opened.id}/text/{place.id}")
    found = re.search(r'value="http://localhost(/cards/[^"]+)"', answer.text)
    assert found is not None
    return found[1]


def test_the_text_of_a_building_counts_by_unit(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)
    visit(zhou, opened, homes[0].id, Outcome.MET)
    visit(zhou, opened, homes[1].id, Outcome.NOT_HOME)
    for home in homes[14:28]:
        visit(zhou, opened, home.id, Outcome.MET)
    lines = text_of(browser(app, zhou), opened, tower.building)
    assert "Autumn round" in lines[0]
    assert lines[1:] == [
        "Unit 1: 1 / 14 households, 13 to go",
        "Unit 2: 14 / 14 households ✓",
        "Unit 3: 0 / 14 households, 14 to go",
        "Together 15 / 42 households, 27 to go",
        "Not tried 26 · Tried 1",
    ]
    assert all(home.contact_label not in "".join(lines) for home in homes)


def test_the_text_of_an_estate_counts_by_building(app: Flask, tower: Tower, lin: User) -> None:
    opened = make_round(tower.estate)
    lines = text_of(browser(app, lin), opened, tower.estate)
    assert len(lines) == 1 + 3 + 2
    assert lines[-2] == "Together 0 / 126 households, 126 to go"


def test_a_text_costs_the_same_for_few_and_many_doors(app: Flask, tower: Tower, lin: User) -> None:
    small = make_building(tower.estate, "8", units=1, floors=1)
    large = make_building(tower.estate, "9", units=4, floors=25)
    opened, client, counts = make_round(tower.estate), browser(app, lin), []
    for place in (small, large):
        with counted_queries() as seen:
            client.get(f"/rounds/{opened.id}/text/{place.id}")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_wu_of_another_estate_gets_no_text_of_zhous_building(
    app: Flask, tower: Tower, wu: User
) -> None:
    opened = make_round(tower.community)
    answer = browser(app, wu).get(f"/rounds/{opened.id}/text/{tower.building.id}")
    assert answer.status_code == 404


def test_a_place_outside_the_round_has_no_text(app: Flask, tower: Tower, wu: User) -> None:
    opened = make_round(tower.estate)
    head = make_user("Head", (Role.COORDINATOR, tower.community))
    answer = browser(app, head).get(f"/rounds/{opened.id}/text/{tower.other_building.id}")
    assert answer.status_code == 404


def test_anybody_may_open_a_card_and_reads_counts_only(
    app: Flask, tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    homes = tower.dwellings(tower.building)
    visit(zhou, opened, homes[0].id, Outcome.MET)
    card = browser(app).get(card_of(browser(app, zhou), opened, tower.building))
    assert card.status_code == 200
    assert "还差 41 户" in card.text  # a stranger reads Chinese unless the browser chose
    assert "1 / 42" in card.text
    assert "Zhou" not in card.text
    assert homes[0].room not in card.text


def test_a_card_with_one_altered_letter_opens_nothing(app: Flask, tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    address = card_of(browser(app, zhou), opened, tower.building)
    start = len("/cards/")  # the last letter of a signature carries spare bits
    altered = address[:start] + ("A" if address[start] != "A" else "B") + address[start + 1 :]
    assert browser(app).get(altered).status_code == 404
