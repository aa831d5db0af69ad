"""Filling seats and taking people out; one officer in forty groups."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.errors import RuleError
from portal.teams import actions, queries
from portal.teams.models import CORE_SEATS, MEMBER, Seat, Team
from portal.tower.models import Place
from tests.conftest import HTMX, Tower, browser, make_user, person_of
from tests.tower.factory import groups_of, homes, housed


@pytest.fixture
def building(tower: Tower) -> Place:
    """Building 9 of 和风苑: sixty doors, two groups."""
    return housed(tower.estate, "9", homes(floors=10, doors=6))


def vacant(group: Place) -> int:
    db.session.expire_all()
    return queries.sum_below(group).vacant


def test_a_seat_is_filled_and_no_longer_a_gap(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    client = browser(app, lin)
    page = client.get(f"/places/{group.id}/seats/new?seat=6").text
    assert "Who is to be: Volunteer leader?" in page
    assert "Chen" in page
    assert "Volunteer 和风苑, Building 3" in page
    answer = client.post(f"/places/{group.id}/seats", data={"seat": 6, "user_id": chen.id})
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "Chen: Volunteer leader, 1 group." in shown
    assert "5 empty seats" in shown
    assert vacant(group) == 5


def test_one_officer_sits_in_every_group_at_once(
    app: Flask, tower: Tower, lin: User, building: Place
) -> None:
    for name in ("10", "11"):
        housed(tower.estate, name, homes(units=2, floors=10, doors=3))
    officer = make_user("Ma", (Role.OFFICER, tower.community))
    other = groups_of(building)[0]
    actions.seat(lin, other, 1, by=person_of(lin))
    db.session.commit()
    client = browser(app, lin)
    page = client.get(f"/places/{tower.estate.id}/seats/new?seat=1").text
    assert "5 seats will be filled at once; groups here: 6." in page
    client.post(f"/places/{tower.estate.id}/seats", data={"seat": 1, "user_id": officer.id})
    sits = select(func.count()).where(Seat.user_id == officer.id)
    assert db.session.scalar(sits) == 5
    assert queries.sum_below(tower.estate).vacant == 6 * 6 - 6
    (event,) = db.session.query(AuditEvent).filter_by(subject_id=officer.id)
    assert event.action == "seat.given"
    assert event.details == {"place": tower.estate.id, "seat": 1, "groups": 5}


def test_one_person_a_core_seat(app: Flask, building: Place, lin: User, chen: User) -> None:
    group = groups_of(building)[0]
    actions.seat(lin, group, 2, by=person_of(lin))
    db.session.commit()
    client = browser(app, lin)
    assert "Somebody sits there already" in client.get(f"/places/{group.id}/seats/new?seat=2").text
    answer = client.post(f"/places/{group.id}/seats", data={"seat": 2, "user_id": chen.id})
    assert answer.status_code == 409
    assert vacant(group) == 5


def test_one_person_may_hold_many_seats(app: Flask, building: Place, lin: User) -> None:
    group = groups_of(building)[0]
    for number in (1, 4):
        actions.seat(lin, group, number, by=person_of(lin))
    assert vacant(group) == 4


def test_members_are_many_but_nobody_twice(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    for user in (lin, chen):
        assert actions.seat(user, group, MEMBER, by=person_of(lin)) == 1
    with pytest.raises(RuleError):
        actions.seat(chen, group, MEMBER, by=person_of(lin))
    assert vacant(group) == CORE_SEATS


def test_taking_somebody_out_leaves_a_gap_and_a_trace(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    actions.seat(chen, group, 6, by=person_of(lin))
    db.session.commit()
    seat = db.session.query(Seat).one()
    client = browser(app, lin)
    answer = client.post(f"/seats/{seat.id}/end")
    assert answer.status_code == 303
    assert "The seat is empty now." in client.get(answer.location).text
    assert vacant(group) == CORE_SEATS
    assert db.session.get_one(Seat, seat.id).ended_at is not None
    assert client.post(f"/seats/{seat.id}/end").status_code == 404
    deeds = [event.action for event in db.session.query(AuditEvent).order_by(AuditEvent.id)]
    assert deeds == ["seat.given", "seat.ended"]
    assert actions.seat(chen, group, 6, by=person_of(lin)) == 1


def test_by_htmx_the_team_and_the_heading_answer(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    actions.seat(chen, group, MEMBER, by=person_of(lin))
    db.session.commit()
    seat = db.session.query(Seat).one()
    answer = browser(app, lin).post(f"/seats/{seat.id}/end", headers=HTMX)
    assert answer.status_code == 200
    assert f'<div id="team-{group.id}"' in answer.text
    assert 'id="heading" hx-swap-oob="innerHTML"' in answer.text
    assert "No longer a member." in answer.text
    assert "Chen" not in answer.text


def test_people_are_found_by_name_or_last_four_digits(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    make_user("Ma Jun", (Role.OFFICER, tower.community), phone="10000004321")
    make_user("Ma Li", (Role.VOLUNTEER, tower.elsewhere), phone="10000004322")
    make_user("Ma Old", (Role.OFFICER, tower.community), phone="10000004323", disabled_at=now())
    client = browser(app, lin)
    url = f"/places/{building.id}/seats/new"
    by_name = client.get(f"{url}?seat=1&q=ma").text
    assert "Ma Jun" in by_name
    assert "100****4321" in by_name
    assert "Ma Li" not in by_name
    assert "Ma Old" not in by_name
    assert "Ma Jun" in client.get(f"{url}?seat=1&q=4321").text
    assert "Ma Jun" not in client.get(f"{url}?seat=1&q=00004321").text
    assert "Nobody who serves in this community fits" in client.get(f"{url}?seat=1&q=zzz").text


def test_those_who_serve_nearby_are_offered_first(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    far = make_user("A far one", (Role.LEADER, tower.other_building))
    near = make_user("B near one", (Role.LEADER, building))
    names = [row.id for row in queries.people_for(building, "")]
    assert names.index(near.id) < names.index(far.id)


@pytest.mark.parametrize(
    "form", [{}, {"seat": 1}, {"seat": 9, "user_id": 1}, {"seat": "x", "user_id": "y"}]
)
def test_a_form_not_filled_in_is_shown_again(
    app: Flask, building: Place, lin: User, form: dict[str, Any]
) -> None:
    answer = browser(app, lin).post(f"/places/{building.id}/seats", data=form)
    assert answer.status_code == 422
    assert db.session.query(Seat).count() == 0


def test_only_people_of_the_community_are_seated(
    app: Flask, tower: Tower, building: Place, lin: User
) -> None:
    stranger = make_user("Far", (Role.LEADER, tower.elsewhere))
    blocked = make_user("Gone", (Role.LEADER, tower.building), disabled_at=now())
    client = browser(app, lin)
    for user in (stranger, blocked):
        answer = client.post(f"/places/{building.id}/seats", data={"seat": 1, "user_id": user.id})
        assert answer.status_code == 404
    assert db.session.query(Seat).count() == 0


def test_only_those_above_fill_seats(
    app: Flask, tower: Tower, building: Place, lin: User, zhou: User, chen: User, wu: User
) -> None:
    group = groups_of(building)[0]
    actions.seat(chen, group, 1, by=person_of(lin))
    db.session.commit()
    seat = db.session.query(Seat).one()
    form = {"seat": 2, "user_id": chen.id}
    leader = make_user("Hu", (Role.LEADER, building))
    for person in (leader, zhou, chen, wu):
        client = browser(app, person)
        assert client.get(f"/places/{group.id}/seats/new").status_code == 403
        assert client.post(f"/places/{group.id}/seats", data=form).status_code == 403
        assert client.post(f"/seats/{seat.id}/end").status_code == 403
    neighbour = browser(app, make_user("Other", (Role.COORDINATOR, tower.other_estate)))
    assert neighbour.get(f"/places/{group.id}/seats/new").status_code == 404
    assert neighbour.post(f"/places/{group.id}/seats", data=form).status_code == 404
    assert neighbour.post(f"/seats/{seat.id}/end").status_code == 404
    stranger = browser(app)
    assert stranger.get(f"/places/{group.id}/seats/new").status_code == 302
    assert stranger.post(f"/places/{group.id}/seats", data=form).status_code == 401
    assert stranger.post(f"/seats/{seat.id}/end").status_code == 401


@pytest.mark.parametrize("seed", range(3))
def test_empty_seats_always_equal_a_recount(
    app: Flask, tower: Tower, building: Place, lin: User, chen: User, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    by = person_of(lin)
    places = [building, tower.estate, *groups_of(building)]
    for _ in range(40):
        sitting = list(db.session.query(Seat).filter(Seat.ended_at.is_(None)))
        if sitting and chance.random() < 0.4:
            actions.end(chance.choice(sitting), by=by)
            continue
        try:
            actions.seat(
                chance.choice([lin, chen]), chance.choice(places), chance.randint(0, 6), by=by
            )
        except RuleError:
            continue
    for team in db.session.query(Team).filter_by(building_id=building.id):
        taken = select(func.count()).where(
            Seat.group_id == team.group_id, Seat.number != MEMBER, Seat.ended_at.is_(None)
        )
        assert team.vacant == CORE_SEATS - (db.session.scalar(taken) or 0)


def test_whoever_is_blocked_leaves_every_seat(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    first, second = groups_of(building)
    for group, seat in ((first, 2), (second, 3), (second, MEMBER)):
        actions.seat(chen, group, seat, by=person_of(lin))
    db.session.commit()
    assert browser(app, lin).post(f"/people/{chen.id}/disable").status_code == 303
    assert (vacant(first), vacant(second)) == (6, 6)
    assert db.session.query(Seat).filter_by(ended_at=None).count() == 0
    event = db.session.query(AuditEvent).filter_by(action="seat.ended").one()
    assert event.details == {"groups": 2, "seats": 3}
    browser(app, lin).post(f"/people/{chen.id}/enable")
    assert vacant(first) == 6  # somebody seats them again, or does not


def test_a_seat_without_a_duty_is_shown_as_doubtful(
    app: Flask, building: Place, lin: User, chen: User
) -> None:
    group = groups_of(building)[0]
    actions.seat(chen, group, 2, by=person_of(lin))
    db.session.commit()
    client, team = browser(app, lin), f"/places/{group.id}/teams"
    assert "no duty now" not in client.get(team).text
    db.session.query(HeldDuty).filter_by(user_id=chen.id).one().end(at=now(), by=lin.id)
    db.session.commit()
    assert vacant(group) == 5
    for url in (team, f"/places/{building.id}/teams"):
        page = client.get(url).text
        assert "no duty now" in page
        assert "1 seat is held by somebody without a duty in the community" in page
