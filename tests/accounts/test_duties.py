"""Duties are given and ended on a person's page, by whoever stands above."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts import actions
from portal.accounts.models import HeldDuty, User
from portal.accounts.queries import duties
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.errors import RuleError
from tests.conftest import HTMX, Tower, browser, make_user, person_of

LEADER = {"role": "leader", "place": "和风苑/2"}


def held_by(user: User) -> list[tuple[Role, str]]:
    return [(duty.role, duty.path) for duty in duties([user.id])[user.id]]


def duty_of(user: User) -> HeldDuty:
    return db.session.query(HeldDuty).filter_by(user_id=user.id, ended_at=None).one()


# The page ----------------------------------------------------------------------------------------


def test_lin_sees_what_zhou_does(app: Flask, lin: User, zhou: User) -> None:
    page = browser(app, lin).get(f"/people/{zhou.id}").text
    assert "和风苑/3" in page
    assert "End this duty" in page
    assert zhou.phone not in page


def test_neighbours_strangers_and_volunteers_do_not(
    app: Flask, lin: User, chen: User, wu: User
) -> None:
    assert browser(app, lin).get(f"/people/{wu.id}").status_code == 404
    assert browser(app, lin).get("/people/999999").status_code == 404
    assert browser(app, chen).get(f"/people/{chen.id}").status_code == 403
    assert browser(app).get(f"/people/{wu.id}").status_code == 302


def test_only_what_may_be_done_is_offered(app: Flask, lin: User, zhou: User, chen: User) -> None:
    client = browser(app, zhou)
    assert "End this duty" in client.get(f"/people/{chen.id}").text
    own = client.get(f"/people/{zhou.id}").text
    assert "End this duty" not in own
    assert "Give a duty" not in own
    assert "Block the account" not in own
    assert "given and ended by somebody above you" in own
    offered = client.get(f"/people/{chen.id}").text
    assert 'value="leader"' in offered
    assert 'value="coordinator"' not in offered
    assert 'value="admin"' not in offered


def test_places_are_offered_as_they_stand_in_the_area(app: Flask, lin: User, zhou: User) -> None:
    page = browser(app, lin).get(f"/people/{zhou.id}").text
    offered = [part.partition('"')[0] for part in page.split('<option value="')[1:]]
    assert offered[-4:] == ["和风苑", "和风苑/1", "和风苑/2", "和风苑/3"]


# Giving ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_lin_gives_zhou_another_building(
    app: Flask, tower: Tower, lin: User, zhou: User, headers: dict[str, str]
) -> None:
    answer = browser(app, lin).post(f"/people/{zhou.id}/duties", data=LEADER, headers=headers)
    assert (Role.LEADER, tower.buildings[1].path) in held_by(zhou)
    if headers:
        assert answer.status_code == 200
        assert answer.text.startswith("<section")
        assert "Zhou: Building leader, 和风苑, Building 2. The duty begins now." in answer.text
    else:
        assert (answer.status_code, answer.location) == (303, f"/people/{zhou.id}")


def test_a_duty_given_counts_from_the_next_request(app: Flask, lin: User, chen: User) -> None:
    client = browser(app, chen)
    assert client.get("/people").status_code == 403
    browser(app, lin).post(f"/people/{chen.id}/duties", data=LEADER)
    assert client.get("/people").status_code == 200


def test_giving_twice_is_giving_once(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    client = browser(app, lin)
    client.post(f"/people/{zhou.id}/duties", data=LEADER)
    answer = client.post(f"/people/{zhou.id}/duties", data=LEADER, headers=HTMX)
    assert "This duty was held already." in answer.text
    assert held_by(zhou).count((Role.LEADER, tower.buildings[1].path)) == 1


@pytest.mark.parametrize(
    "place", ["和风苑/2", "百川社区/和风苑/2", " 和风苑 ／ 2 ", "和风苑/2/1", "和风苑"]
)
def test_a_place_is_written_with_or_without_the_community(
    app: Flask, lin: User, zhou: User, place: str
) -> None:
    data = {"role": "volunteer", "place": place}
    assert browser(app, lin).post(f"/people/{zhou.id}/duties", data=data).status_code == 303


@pytest.mark.parametrize(
    "data",
    [
        {"role": "leader", "place": "桂香苑/1"},
        {"role": "leader", "place": "东湖社区/东湖苑/1"},
        {"role": "leader", "place": "和风苑/9"},
        {"role": "leader", "place": ""},
        {"role": "leader", "place": "\u200b"},
        {"role": "king", "place": "和风苑/2"},
        {"role": "admin", "place": "和风苑/2"},
        {},
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_not_in_reach_is_refused_in_words(
    app: Flask, lin: User, zhou: User, data: dict[str, str], headers: dict[str, str]
) -> None:
    answer = browser(app, lin).post(f"/people/{zhou.id}/duties", data=data, headers=headers)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert len(held_by(zhou)) == 1


def test_lin_makes_no_coordinator_beside_herself(app: Flask, lin: User, zhou: User) -> None:
    data = {"role": "coordinator", "place": "和风苑"}
    answer = browser(app, lin).post(f"/people/{zhou.id}/duties", data=data)
    assert answer.status_code == 409
    assert "Only somebody above can give the duty “Coordinator” there." in answer.text
    assert len(held_by(zhou)) == 1


def test_nobody_changes_their_own_duties(
    app: Flask, tower: Tower, root: User, head: User, lin: User
) -> None:
    for user in (root, head, lin):
        client = browser(app, user)
        given = client.post(f"/people/{user.id}/duties", data=LEADER)
        ended = client.post(f"/duties/{duty_of(user).id}/end")
        assert (given.status_code, ended.status_code) == (409, 409)
        assert "Nobody changes their own duties" in given.text
        assert len(held_by(user)) == 1


def test_a_blocked_account_gets_no_duty(app: Flask, lin: User, zhou: User) -> None:
    zhou.disable(at=now())
    db.session.commit()
    answer = browser(app, lin).post(f"/people/{zhou.id}/duties", data=LEADER)
    assert answer.status_code == 409


def test_a_neighbour_gives_nothing(app: Flask, wu: User, zhou: User, chen: User) -> None:
    data = {"role": "volunteer", "place": "桂香苑/1"}
    assert browser(app, wu).post(f"/people/{zhou.id}/duties", data=data).status_code == 404
    assert browser(app, chen).post(f"/people/{zhou.id}/duties", data=data).status_code == 403


def test_a_deed_is_in_the_trail_without_names(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    browser(app, lin).post(f"/people/{zhou.id}/duties", data=LEADER)
    line = db.session.query(AuditEvent).one()
    assert (line.action, line.person_id, line.subject_id) == ("duty.given", lin.id, zhou.id)
    assert line.community_id == tower.community.id
    assert line.details == {"role": "leader", "place": tower.buildings[1].id}


# Ending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_lin_ends_a_duty_and_the_access_is_gone(
    app: Flask, lin: User, zhou: User, headers: dict[str, str]
) -> None:
    client = browser(app, zhou)
    assert client.get("/people").status_code == 200
    answer = browser(app, lin).post(f"/duties/{duty_of(zhou).id}/end", headers=headers)
    assert answer.status_code == (200 if headers else 303)
    assert held_by(zhou) == []
    assert client.get("/people").status_code == 403
    assert db.session.query(AuditEvent.action).scalar() == "duty.ended"


def test_ending_twice_finds_nothing_more(app: Flask, lin: User, zhou: User) -> None:
    client, url = browser(app, lin), f"/duties/{duty_of(zhou).id}/end"
    assert [client.post(url).status_code for _ in range(2)] == [303, 404]


def test_who_serves_elsewhere_only_leaves_the_page(app: Flask, tower: Tower, lin: User) -> None:
    ma = make_user("Ma", (Role.VOLUNTEER, tower.building), (Role.OFFICER, tower.other_building))
    here = db.session.query(HeldDuty).filter_by(user_id=ma.id, role=Role.VOLUNTEER).one()
    assert browser(app, lin).post(f"/duties/{here.id}/end").location == "/people"


def test_a_duty_out_of_reach_is_not_found(
    app: Flask, lin: User, wu: User, head: User, zhou: User
) -> None:
    assert browser(app, lin).post(f"/duties/{duty_of(wu).id}/end").status_code == 404
    assert browser(app, lin).post(f"/duties/{duty_of(head).id}/end").status_code == 404
    assert browser(app, zhou).post(f"/duties/{duty_of(lin).id}/end").status_code == 404
    assert len(held_by(wu)) == len(held_by(head)) == len(held_by(lin)) == 1


def test_an_equal_cannot_end_the_duty_of_an_equal(app: Flask, tower: Tower, lin: User) -> None:
    other = make_user("Other", (Role.COORDINATOR, tower.estate))
    answer = browser(app, lin).post(f"/duties/{duty_of(other).id}/end")
    assert answer.status_code == 409
    assert "Only somebody above can end the duty" in answer.text


def test_the_last_administrator_of_a_community_stays(
    app: Flask, tower: Tower, root: User, english: None
) -> None:
    second = make_user("Second", (Role.ADMIN, tower.community))
    assert browser(app, root).post(f"/duties/{duty_of(second).id}/end").status_code == 303
    with pytest.raises(RuleError, match="at least one administrator"):
        actions.end_duty(duty_of(root), by=None)
    assert len(held_by(root)) == 1


def test_a_blocked_administrator_does_not_count_as_one(
    app: Flask, tower: Tower, root: User, english: None
) -> None:
    second = make_user("Second", (Role.ADMIN, tower.community))
    actions.disable(second, by=person_of(root))
    with pytest.raises(RuleError, match="at least one administrator"):
        actions.disable(root, by=None)
    with pytest.raises(RuleError, match="at least one administrator"):
        actions.end_duty(duty_of(root), by=None)
