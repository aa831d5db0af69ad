"""Cutting again: previewed first, then exactly what was seen, or nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.coverage.states import Outcome, State
from portal.db import db
from portal.errors import RuleError
from portal.teams.models import Seat, Team
from portal.tower import actions, queries, recutting
from portal.tower.cut_plans import BuildingCut
from portal.tower.cutting import Policy
from portal.tower.models import Place
from portal.tower.standing import Rule, cut_again
from portal.tower.standing_queries import standings_of
from tests.conftest import Tower, browser, counted_queries, person_of
from tests.coverage.factory import door_of, figures, make_round, visit
from tests.tower.factory import dwellings_of, groups_of, homes, housed, numbers


@pytest.fixture
def building(tower: Tower) -> Place:
    """Sixty doors in two groups of thirty: one stair, ten floors, six doors a floor."""
    return housed(tower.estate, "9", homes(floors=10, doors=6))


def preview(client: FlaskClient, place: Place, **asked: Any) -> tuple[TestResponse, dict[str, str]]:
    """The preview, and the form under it."""
    answer = client.get(f"/places/{place.id}/cut", query_string=asked)
    fields = re.findall(r'name="(policy|most|digest)"\s+value="([^"]*)"', answer.text)
    return answer, dict(fields)


def test_a_fresh_cut_would_change_nobody(app: Flask, building: Place, lin: User) -> None:
    answer, form = preview(browser(app, lin), building)
    assert answer.status_code == 200
    assert "Nobody would change groups" in answer.text
    assert "Nothing has been written yet." in answer.text
    assert "digest" not in form


def test_the_preview_says_who_would_move_and_writes_nothing(
    app: Flask, building: Place, lin: User
) -> None:
    before = numbers(building)
    answer, form = preview(browser(app, lin), building, most=20)
    assert "20 households would change their group" in answer.text
    assert "2 → 3" in answer.text
    assert "30 → 20" in answer.text
    assert "Unit 1 403 – 506 (10 households): Group 1 → Group 3" in answer.text
    assert "You are trying something out" in answer.text
    assert form["most"] == "20"
    assert numbers(building) == before


def test_what_was_seen_is_written_and_kept_in_the_trail(
    app: Flask, building: Place, lin: User
) -> None:
    client = browser(app, lin)
    _, form = preview(client, building, most=20)
    answer = client.post(f"/places/{building.id}/cut", data=form)
    assert answer.status_code == 303
    assert "another group now" in client.get(answer.location).text
    assert len(groups_of(building)) == 3
    assert max(numbers(building).count(n) for n in (1, 2, 3)) <= 20
    event = db.session.query(AuditEvent).filter_by(action="tower.cut").one()
    assert event.person_id == lin.id
    assert event.details["moved"] > 0
    assert (event.details["groups_before"], event.details["groups"]) == (2, 3)
    assert db.session.query(Team).filter_by(building_id=building.id).count() == 3


def test_nothing_to_change_is_said(app: Flask, building: Place, lin: User) -> None:
    rule = queries.rule_of(building.community_id)
    plan = recutting.foresee_cut(building, rule)
    form = {"policy": rule.policy.value, "most": rule.most, "digest": plan.digest}
    answer = browser(app, lin).post(f"/places/{building.id}/cut", data=form)
    assert answer.status_code == 409
    assert "nothing to change" in answer.text


def test_a_tower_that_changed_meanwhile_is_shown_anew(
    app: Flask, building: Place, lin: User
) -> None:
    client = browser(app, lin)
    _, form = preview(client, building, most=20)
    actions.add_dwelling(building, unit="1", floor=10, room="1099")
    db.session.commit()
    before = numbers(building)
    answer = client.post(f"/places/{building.id}/cut", data=form)
    assert answer.status_code == 409
    assert "has changed since you looked" in answer.text
    assert numbers(building) == before
    renewed = dict(re.findall(r'name="(policy|most|digest)"\s+value="([^"]*)"', answer.text))
    assert renewed["digest"] != form["digest"]
    assert client.post(f"/places/{building.id}/cut", data=renewed).status_code == 303


@pytest.mark.parametrize("asked", [{"most": "4"}, {"most": "61"}, {"most": "x"}, {"policy": "y"}])
def test_wishes_out_of_range_are_refused(
    app: Flask, building: Place, lin: User, asked: dict[str, str]
) -> None:
    client = browser(app, lin)
    assert preview(client, building, **asked)[0].status_code == 422
    form = {"policy": "fewest_groups", "most": "20", "digest": "", **asked}
    assert client.post(f"/places/{building.id}/cut", data=form).status_code == 422


def test_whole_staircases_may_be_tried_out(app: Flask, tower: Tower, lin: User) -> None:
    # Three stairs of 20: two groups of 30 divide the middle one, three groups divide none.
    building = housed(tower.estate, "9", homes(units=3, floors=10, doors=2))
    assert len(groups_of(building)) == 2
    answer, form = preview(browser(app, lin), building, policy="whole_staircases")
    assert "2 → 3" in answer.text
    assert "1 → 0" in answer.text
    browser(app, lin).post(f"/places/{building.id}/cut", data=form)
    stairs = {(home.unit, home.group_id) for home in dwellings_of(building)}
    assert len(stairs) == 3


def test_an_estate_lists_only_buildings_that_change(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    for name in ("10", "11"):
        housed(tower.estate, name, homes(floors=2, doors=4))
    answer, form = preview(browser(app, lin), tower.estate, most=21)
    assert "1 building would change" in answer.text
    assert "5 stay as they are" in answer.text
    assert answer.text.count("<details") == 1
    client = browser(app, lin)
    assert client.post(f"/places/{tower.estate.id}/cut", data=form).status_code == 303
    assert len(groups_of(building)) == 3


def test_the_community_names_the_estate_too(
    app: Flask, tower: Tower, building: Place, head: User
) -> None:
    answer, _ = preview(browser(app, head), tower.community, most=21)
    assert "和风苑, Building 9" in answer.text


def test_the_preview_costs_the_same_for_few_and_many_buildings(
    app: Flask, tower: Tower, lin: User
) -> None:
    client = browser(app, lin)
    with counted_queries() as few:
        client.get(f"/places/{tower.building.id}/cut?most=10")
    with counted_queries() as many:
        client.get(f"/places/{tower.estate.id}/cut?most=10")
    assert len(few) == len(many)


def test_doors_of_an_open_round_follow_a_cut(
    app: Flask, tower: Tower, building: Place, lin: User, zhou: User
) -> None:
    opened = make_round(tower.estate)
    door = dwellings_of(building)[-1]
    visit(lin, opened, door.id, Outcome.MET, told=2, remaining=0)
    before = figures(opened, tower.estate)
    client = browser(app, lin)
    _, form = preview(client, building, most=20)
    client.post(f"/places/{building.id}/cut", data=form)
    home = dwellings_of(building)[-1]
    assert door_of(opened, home.id).path == home.path
    assert door_of(opened, home.id).state is State.COVERED
    assert figures(opened, tower.estate) == before


def test_groups_that_fall_away_end_with_their_seats(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    lin_sees = person_of(lin)
    recutting.apply_cut(
        building, Rule(15, Policy.FEWEST_GROUPS), seen=_digest(building, 15), by=lin_sees
    )
    assert len(groups_of(building)) >= 4
    last = groups_of(building)[-1]
    db.session.add(
        Seat(
            community_id=last.community_id,
            group_id=last.id,
            path=last.path,
            number=1,
            user_id=lin.id,
            given_at=lin.created_at,
        )
    )
    db.session.flush()
    recutting.apply_cut(
        building, Rule(60, Policy.FEWEST_GROUPS), seen=_digest(building, 60), by=lin_sees
    )
    (kept,) = groups_of(building)
    assert len(groups_of(building, retired=True)) >= 3
    assert db.session.query(Team).filter_by(building_id=building.id).one().group_id == kept.id
    db.session.expire_all()
    seats = db.session.query(Seat).filter_by(group_id=last.id)
    assert all(seat.ended_at for seat in seats if seat.group_id != kept.id)


def test_numbers_are_never_used_twice(app: Flask, building: Place, lin: User) -> None:
    person = person_of(lin)
    for most in (15, 60, 15):
        recutting.apply_cut(
            building, Rule(most, Policy.FEWEST_GROUPS), seen=_digest(building, most), by=person
        )
    alive = {group.number for group in groups_of(building)}
    gone = {group.number for group in groups_of(building, retired=True)}
    assert not alive & gone
    assert building.number == max(alive | gone)
    (standing,) = standings_of(building.community_id, [building.id])
    rule = Rule(15, Policy.FEWEST_GROUPS)
    assert not BuildingCut(standing, cut_again(standing, rule)).changes_anything


def test_too_much_for_one_preview_is_refused(
    app: Flask, tower: Tower, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recutting, "MOST_AT_ONCE", 100)
    with pytest.raises(RuleError):
        recutting.foresee_cut(tower.estate, Rule(30, Policy.FEWEST_GROUPS))


def test_a_group_is_not_cut_and_the_neighbour_gets_404(
    app: Flask, tower: Tower, building: Place, lin: User, zhou: User, chen: User
) -> None:
    group = groups_of(building)[0]
    assert browser(app, lin).get(f"/places/{group.id}/cut").status_code == 404
    assert browser(app, lin).get(f"/places/{tower.other_estate.id}/cut").status_code == 404
    assert browser(app, lin).post(f"/places/{tower.other_estate.id}/cut").status_code == 404
    for stranger in (zhou, chen):
        assert browser(app, stranger).get(f"/places/{building.id}/cut").status_code == 403
        assert browser(app, stranger).post(f"/places/{building.id}/cut").status_code == 403
    assert browser(app).get(f"/places/{building.id}/cut").status_code == 302


def _digest(place: Place, most: int) -> str:
    return recutting.foresee_cut(place, Rule(most, Policy.FEWEST_GROUPS)).digest
