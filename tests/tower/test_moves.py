"""Moving doors to another group by hand, and letting the cutter decide again."""

from __future__ import annotations

from flask import Flask

from portal.accounts.models import User
from portal.audit.models import AuditEvent
from portal.coverage.states import Outcome
from portal.db import db
from portal.teams.models import Team
from portal.tower import queries, recutting
from portal.tower.models import Dwelling, Place
from portal.tower.recut import ConflictKind
from tests.conftest import HTMX, Tower, browser, person_of
from tests.coverage.factory import door_of, figures, make_round, visit
from tests.tower.factory import dwellings_of, groups_of, homes, housed, numbers


def two_groups(tower: Tower) -> Place:
    """Forty-two doors in two groups of twenty-one."""
    return housed(tower.estate, "9", homes(floors=14, doors=3))


def ids(found: list[Dwelling]) -> list[int]:
    return [home.id for home in found]


def test_ticked_doors_move_and_stay_at_the_next_cut(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    chosen = ids(dwellings_of(building)[:2])
    client = browser(app, lin)
    answer = client.post(f"/places/{building.id}/moves", data={"door": chosen, "group": 2})
    assert answer.status_code == 303
    assert "Moved to Group 2." in client.get(answer.location).text
    assert numbers(building)[:3] == [2, 2, 1]
    assert [home.moved_by_hand for home in dwellings_of(building)[:3]] == [True, True, False]
    plan = recutting.foresee_cut(building, queries.rule_of(building.community_id))
    assert not {move.key for cut in plan.changed for move in cut.recut.moved} & set(chosen)


def test_by_htmx_the_groups_answer_for_themselves(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    form = {"door": ids(dwellings_of(building)[:1]), "group": 2}
    answer = browser(app, lin).post(f"/places/{building.id}/moves", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(f'<div id="building-{building.id}"')
    assert "moved by hand" in answer.text
    assert "<html" not in answer.text


def test_a_new_group_gets_a_number_never_used_and_a_team(
    app: Flask, tower: Tower, lin: User
) -> None:
    building = two_groups(tower)
    form = {"door": ids(dwellings_of(building)[:5]), "group": 0}
    browser(app, lin).post(f"/places/{building.id}/moves", data=form)
    assert numbers(building)[:6] == [3, 3, 3, 3, 3, 1]
    assert building.number == 3
    assert db.session.query(Team).filter_by(building_id=building.id).count() == 3


def test_a_group_whose_last_door_leaves_is_no_more(app: Flask, tower: Tower, lin: User) -> None:
    building = housed(tower.estate, "9", homes(floors=5, doors=4))
    client = browser(app, lin)
    homes_there = dwellings_of(building)
    client.post(f"/places/{building.id}/moves", data={"door": ids(homes_there[:1]), "group": 0})
    client.post(f"/places/{building.id}/moves", data={"door": ids(homes_there[:1]), "group": 1})
    assert [group.number for group in groups_of(building)] == [1]
    assert [group.number for group in groups_of(building, retired=True)] == [2]
    answer = client.post(
        f"/places/{building.id}/moves", data={"door": ids(homes_there[:1]), "group": 2}
    )
    assert answer.status_code == 409


def test_a_group_is_never_made_larger_than_allowed(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    before = numbers(building)
    form = {"door": ids(dwellings_of(building)[:10]), "group": 2}
    answer = browser(app, lin).post(f"/places/{building.id}/moves", data=form)
    assert answer.status_code == 409
    assert "The group would have 31 households; at most 30 are allowed." in answer.text
    assert numbers(building) == before


def test_nothing_ticked_nothing_moved(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    client = browser(app, lin)
    for form in (
        {"group": 2},
        {"door": ids(dwellings_of(building)[:1]), "group": 1},
        {"door": ["x"], "group": 1},
        {"door": ids(tower.dwellings(tower.building)), "group": 2},
        {"door": ids(dwellings_of(building)[:1]), "group": 7},
    ):
        assert client.post(f"/places/{building.id}/moves", data=form).status_code == 409


def test_the_cutter_may_decide_again(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    chosen = ids(dwellings_of(building)[:2])
    client = browser(app, lin)
    client.post(f"/places/{building.id}/moves", data={"door": chosen, "group": 2})
    answer = client.post(f"/places/{building.id}/moves/end", data={"door": chosen})
    assert answer.status_code == 303
    assert numbers(building)[:3] == [2, 2, 1]  # nobody moves before a cut
    assert not any(home.moved_by_hand for home in dwellings_of(building))
    plan = recutting.foresee_cut(building, queries.rule_of(building.community_id))
    assert {m.key for cut in plan.changed for m in cut.recut.moved} == set(chosen)
    again = client.post(f"/places/{building.id}/moves/end", data={"door": chosen})
    assert again.status_code == 409


def test_a_move_that_no_longer_fits_is_let_go_and_reported(
    app: Flask, tower: Tower, lin: User
) -> None:
    building = two_groups(tower)
    client = browser(app, lin)
    form = {"door": ids(dwellings_of(building)[:8]), "group": 2}
    client.post(f"/places/{building.id}/moves", data=form)
    rule = queries.rule_of(building.community_id)._replace(most=6)
    plan = recutting.foresee_cut(building, rule)
    (cut,) = plan.conflicted
    (full,) = [c for c in cut.conflicts if c.kind is ConflictKind.GROUP_FULL]
    assert sum(stretch.doors for stretch in full.stretches) == 2
    page = client.get(f"/places/{building.id}/cut?most=6")
    assert "More households were moved to a group by hand than it may have" in page.text
    recutting.apply_cut(building, rule, seen=plan.digest, by=person_of(lin))
    kept = [home for home in dwellings_of(building) if home.moved_by_hand]
    assert len(kept) == 6


def test_moves_stand_in_the_trail(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    chosen = ids(dwellings_of(building)[:2])
    client = browser(app, lin)
    client.post(f"/places/{building.id}/moves", data={"door": chosen, "group": 2})
    client.post(f"/places/{building.id}/moves/end", data={"door": chosen})
    events = db.session.query(AuditEvent).order_by(AuditEvent.id)
    told = [(e.action, e.subject_id, e.person_id, e.details) for e in events]
    assert told == [
        ("tower.moved", building.id, lin.id, {"moved": 2, "group": 2}),
        ("tower.let_go", building.id, lin.id, {"households": 2}),
    ]


def test_doors_of_an_open_round_follow_a_move(app: Flask, tower: Tower, lin: User) -> None:
    building = two_groups(tower)
    opened = make_round(tower.estate)
    home = dwellings_of(building)[0]
    visit(lin, opened, home.id, Outcome.NOT_HOME)
    before = figures(opened, building)
    group = groups_of(building)[1]
    browser(app, lin).post(f"/places/{building.id}/moves", data={"door": home.id, "group": 2})
    assert door_of(opened, home.id).path == group.path
    assert figures(opened, group) == {"not_tried": 21, "tried": 1}
    assert figures(opened, building) == before


def test_only_those_above_may_move(
    app: Flask, tower: Tower, lin: User, zhou: User, chen: User
) -> None:
    for action in ("moves", "moves/end"):
        url = f"/places/{tower.building.id}/{action}"
        assert browser(app, zhou).post(url).status_code == 403
        assert browser(app, chen).post(url).status_code == 403
        assert browser(app).post(url).status_code == 401
        other = f"/places/{tower.other_building.id}/{action}"
        assert browser(app, lin).post(other).status_code == 404
        assert browser(app, lin).post(f"/places/{tower.estate.id}/{action}").status_code == 404
