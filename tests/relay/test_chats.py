"""A bulletin is said in the chat of a place when it has come there: its title and a link, once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from flask import Flask, current_app

from portal.access import Role
from portal.accounts.models import User
from portal.clock import at as moment_at
from portal.clock import now
from portal.db import db
from portal.relay import actions, queries
from portal.relay.actions import Wanted
from portal.relay.models import Audience, Bulletin, Ending
from portal.robots.models import Robot, RobotMessage
from portal.robots.sending import send_to_robots
from portal.tower.models import Place
from tests.at_once import in_line
from tests.conftest import Tower, browser, make_user, person_of
from tests.relay.factory import make_addressee, make_bulletin, relay, seat
from tests.robots.conftest import Ear
from tests.robots.conftest import ear as ear
from tests.robots.factory import make_robot

NOON = moment_at((now() + timedelta(days=1)).date(), now().time().replace(hour=12, minute=0))
NIGHT = NOON + timedelta(hours=11)


def give_robot(ear: Ear, place: Place, name: str = "Building 3", **changes: object) -> None:
    """A robot that speaks of bulletins."""
    make_robot(place, name, address=ear.address, **{"kinds": ["relay.come"], **changes})


def end(bulletin: Bulletin, by: User, ending: Ending) -> None:
    held = queries.find_to_run(person_of(by), bulletin.id)
    actions.end(held, ending, reason="a wrong number", by=person_of(by))
    db.session.commit()


def corrected(former: Bulletin, by: User) -> Bulletin:
    wanted = Wanted(
        title="New swindle, number put right",
        text="Call 96110.",
        audiences=(Audience.HOMES,),
        arrive_by=now() + timedelta(hours=24),
    )
    held = queries.find_to_run(person_of(by), former.id)
    correction = actions.correct(held, wanted, reason="a wrong number", by=person_of(by))
    db.session.commit()
    return correction


def test_the_chat_of_a_place_hears_the_title_and_where_to_read_on(
    app: Flask, ear: Ear, tower: Tower, lin: User, zhou: User
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.estate, lin)
    assert send_to_robots(app, NOON) == 1
    assert ear.texts() == [
        f"""[Bulou]
和风苑, Building 3: Please relay: New swindle https://portal.example.org/bulletins/{bulletin.id}/text
More in the portal: https://portal.example.org"""
    ]


def test_a_chat_in_chinese_hears_it_in_chinese(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    give_robot(ear, tower.building, locale="zh")
    make_bulletin(tower.estate, lin, title="新骗局")
    send_to_robots(app, NOON)
    assert "和风苑 3栋：请转发：新骗局 https://" in ear.texts()[0]


def test_it_is_heard_where_it_has_come_and_no_further(
    app: Flask, ear: Ear, tower: Tower, head: User
) -> None:
    """Issued to the whole community: the estate has it, its buildings not before it relays."""
    leader = make_user("Leader of the estate", (Role.LEADER, tower.estate))
    for place in (tower.community, tower.estate, tower.building, tower.other_building):
        give_robot(ear, place, place.name)
    bulletin = make_bulletin(tower.community, head)
    assert send_to_robots(app, NOON) == 2, "the top, and the estate right below it"
    relay(bulletin, leader, tower.estate)
    send_to_robots(app, NOON)
    places = sorted(text.splitlines()[1].partition(": ")[0] for text in ear.texts())
    assert places == ["和风苑", "和风苑, Building 3", "百川社区"]


def test_however_often_it_is_relayed_a_chat_hears_it_once(
    app: Flask, ear: Ear, tower: Tower, lin: User, zhou: User
) -> None:
    """To homes and to shops, with a tap that is taken back and made again."""
    make_addressee(tower.building, "Corner shop")
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.estate, lin, Audience.HOMES, Audience.SHOPS)
    for _ in range(2):
        relay(bulletin, zhou, tower.building)
        stop = queries.find_relayed(person_of(zhou), relayed(bulletin, tower.building))
        actions.take_back(stop, by=person_of(zhou))
        db.session.commit()
        send_to_robots(app, NOON)
    assert len(ear.heard) == 1


def relayed(bulletin: Bulletin, place: Place) -> int:
    rows = queries.stops(bulletin, Audience.HOMES, place.path)
    return next(row.id for row in rows if row.place_id == place.id)


def test_a_robot_that_is_not_to_speak_of_bulletins_does_not(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    give_robot(ear, tower.building, kinds=["warning.new"])
    bulletin = make_bulletin(tower.estate, lin)
    end(bulletin, lin, Ending.WITHDRAWN)
    assert send_to_robots(app, NOON) == 0


@pytest.mark.parametrize("ending", [Ending.WITHDRAWN, Ending.OVER])
def test_what_ended_in_the_night_is_not_said_in_the_morning(
    app: Flask, ear: Ear, tower: Tower, lin: User, ending: Ending
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.estate, lin)
    assert send_to_robots(app, NIGHT) == 0
    end(bulletin, lin, ending)
    assert send_to_robots(app, NOON + timedelta(days=1)) == 0
    assert db.session.query(RobotMessage).one().fate == "needless"


def test_a_chat_that_has_heard_it_hears_that_it_was_wrong(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    give_robot(ear, tower.building, "Volunteers")
    give_robot(ear, tower.building, "Wardens")
    give_robot(ear, tower.other_building, "Elsewhere")
    bulletin = make_bulletin(tower.estate, lin)
    assert send_to_robots(app, NOON) == 2
    end(bulletin, lin, Ending.WITHDRAWN)
    assert send_to_robots(app, NOON + timedelta(minutes=5)) == 2
    assert all("Building 3: Withdrawn: New swindle" in text for text in ear.texts()[2:])


def test_what_is_withdrawn_while_others_are_being_said_is_not_said(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    """A lot of three messages: while the chat hears the first, two of the others are withdrawn."""
    give_robot(ear, tower.building)
    bulletins = [make_bulletin(tower.building, lin, title=f"{n:02}" * 30) for n in range(28)]
    ids, by = [bulletins[n].id for n in (14, 27)], person_of(lin)

    def withdraw(handler: BaseHTTPRequestHandler) -> None:
        ear.before_answer = None
        with app.app_context():
            for bulletin_id in ids:
                held = queries.find_to_run(by, bulletin_id)
                actions.end(held, Ending.WITHDRAWN, reason="a wrong number", by=by)
            db.session.commit()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(ear.answer)))
        handler.end_headers()
        handler.wfile.write(ear.answer)

    ear.before_answer = withdraw
    send_to_robots(app, NOON)
    said = "".join(ear.texts())
    assert [n for n in range(28) if f"{n:02}" * 30 not in said] == [14, 27]
    assert "Withdrawn" not in said
    fates = Counter(row.fate for row in db.session.query(RobotMessage))
    assert fates == {"sent": 26, "needless": 2}


@pytest.mark.commits
def test_what_is_being_withdrawn_just_now_is_not_said(
    real: Flask, app: Flask, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the sender has noted that it is about to say it, and waits for its end."""
    monkeypatch.setitem(real.config, "SETTINGS", app.config["SETTINGS"])
    tower = Tower()
    lin = make_user("Lin", (Role.COORDINATOR, tower.estate))
    give_robot(ear, tower.building, added_by=lin.id)
    bulletin = make_bulletin(tower.building, lin)
    by, number = person_of(lin), bulletin.id

    def send() -> int:
        with real.app_context():
            return send_to_robots(real, NOON)

    db.session.rollback()
    held = queries.find_to_run(by, number)
    actions.end(held, Ending.WITHDRAWN, reason="a wrong number", by=by)
    with in_line(send) as sent:
        db.session.commit()
    assert sent == [0]
    assert ear.heard == []


def test_a_chat_the_robot_came_to_later_does_not_hear_that_it_was_wrong(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.building, lin)
    send_to_robots(app, NOON)
    move(f"{ear.address}&chat=2", by=lin)
    end(bulletin, lin, Ending.WITHDRAWN)
    assert send_to_robots(app, NOON + timedelta(minutes=5)) == 0
    another = make_bulletin(tower.building, lin)
    assert send_to_robots(app, NOON + timedelta(minutes=5)) == 1
    end(another, lin, Ending.WITHDRAWN)
    assert send_to_robots(app, NOON + timedelta(minutes=9)) == 1


def test_the_same_address_entered_once_more_is_the_same_chat(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.building, lin)
    send_to_robots(app, NOON)
    move(ear.address, by=lin)
    end(bulletin, lin, Ending.WITHDRAWN)
    assert send_to_robots(app, NOON + timedelta(minutes=5)) == 1


def move(address: str, *, by: User) -> None:
    """Give the only robot an address."""
    robot = db.session.query(Robot).one()
    page = {
        "name": robot.name,
        "maker": "wecom",
        "address": address,
        "kinds": ["relay.come"],
        "locale": "en",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
    }
    answer = browser(current_app, by).post(f"/robots/{robot.id}", data=page)
    assert answer.status_code == 303


def test_a_correction_is_heard_as_one(app: Flask, ear: Ear, tower: Tower, lin: User) -> None:
    give_robot(ear, tower.building)
    former = make_bulletin(tower.estate, lin)
    send_to_robots(app, NOON)
    corrected(former, lin)
    assert send_to_robots(app, NOON + timedelta(minutes=5)) == 1
    assert "Corrected, please relay again: New swindle, number put right" in ear.texts()[1]


# Where the link leads -----------------------------------------------------------------------------


def link_in(ear: Ear) -> str:
    return ear.texts()[-1].partition("https://portal.example.org")[2].split()[0]


def test_a_volunteer_of_the_community_reads_the_text_behind_the_link(
    app: Flask, ear: Ear, tower: Tower, lin: User, chen: User
) -> None:
    give_robot(ear, tower.building)
    make_bulletin(tower.estate, lin)
    send_to_robots(app, NOON)
    page = browser(app, chen).get(link_in(ear))
    assert page.status_code == 200
    assert '<p class="lines">Parcels nobody ordered' in page.text, "all of it, not a part to scroll"
    assert "waits for you" not in page.text
    seat(tower.groups(tower.building)[0], chen)
    assert "It waits for you to relay it" not in browser(app, chen).get(link_in(ear)).text
    zhou = make_user("Zhou", (Role.LEADER, tower.building))
    relay(db.session.query(Bulletin).one(), zhou, tower.building)
    assert "It waits for you to relay it" in browser(app, chen).get(link_in(ear)).text


def test_a_leader_of_another_estate_who_is_in_the_chat_reads_it_too(
    app: Flask, ear: Ear, tower: Tower, lin: User, wu: User
) -> None:
    give_robot(ear, tower.building)
    make_bulletin(tower.estate, lin)
    send_to_robots(app, NOON)
    assert "Parcels nobody ordered" in browser(app, wu).get(link_in(ear)).text


def test_who_sees_the_tree_is_led_on_to_it(
    app: Flask, ear: Ear, tower: Tower, lin: User, zhou: User
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.estate, lin)
    send_to_robots(app, NOON)
    for user in (lin, zhou):
        assert browser(app, user).get(link_in(ear)).location == f"/bulletins/{bulletin.id}"


def test_the_link_to_what_was_wrong_says_so_and_no_word_of_it(
    app: Flask, ear: Ear, tower: Tower, lin: User, chen: User
) -> None:
    give_robot(ear, tower.building)
    bulletin = make_bulletin(tower.estate, lin)
    send_to_robots(app, NOON)
    end(bulletin, lin, Ending.WITHDRAWN)
    send_to_robots(app, NOON + timedelta(minutes=5))
    page = browser(app, chen).get(link_in(ear)).text
    assert "Withdrawn" in page
    assert "a wrong number" in page
    assert "Parcels nobody ordered" not in page


def test_the_link_to_what_was_corrected_leads_to_the_right_one(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    former = make_bulletin(tower.estate, lin)
    correction = corrected(former, lin)
    page = browser(app, chen).get(f"/bulletins/{former.id}/text").text
    assert f'href="/bulletins/{correction.id}/text"' in page


def test_who_serves_elsewhere_is_told_what_it_takes(
    app: Flask, ear: Ear, tower: Tower, lin: User
) -> None:
    """The same words for a bulletin that never was."""
    bulletin = make_bulletin(tower.estate, lin)
    stranger = make_user("Stranger", (Role.VOLUNTEER, tower.far_building))
    for number in (bulletin.id, 999_999):
        answer = browser(app, stranger).get(f"/bulletins/{number}/text")
        assert answer.status_code == 404
        assert "you need a duty in its community" in answer.text


def test_lin_switches_it_on_where_she_sets_the_robot_up(
    app: Flask, lin: User, tower: Tower
) -> None:
    page = browser(app, lin).get(f"/places/{tower.building.id}/robots/new").text
    assert "Bulletins that have come to its place" in page
    assert "Bulletins withdrawn" not in page, "that follows by itself"
    assert "A trial" not in page
