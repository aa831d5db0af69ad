"""The pages of bulletins: issue, list, tree, the list behind each number, what to relay."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now, today
from portal.db import db
from portal.relay.models import Audience, Bulletin, Ending, RelayStop
from tests.conftest import (
    HTMX,
    Tower,
    browser,
    counted_queries,
    make_building,
    make_place,
    make_user,
)
from tests.relay.factory import age, make_addressee, make_bulletin, make_leaders, relay, stop_at

TOMORROW = (today() + timedelta(days=1)).isoformat()


def fields(**changes: object) -> dict[str, object]:
    wanted = {
        "title": "New swindle",
        "text": "Do not scan the code in parcels.\nRing 96110.",
        "audiences": ["homes"],
        "place": "和风苑",
        "day": TOMORROW,
        "hour": "20:00",
    }
    return wanted | changes


def test_lin_issues_a_bulletin_to_her_estate(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    client = browser(app, lin)
    answer = client.post("/bulletins/new", data=fields())
    bulletin = db.session.query(Bulletin).one()
    assert answer.location == f"/bulletins/{bulletin.id}"
    assert "on its way" in client.get(answer.location).text
    assert "New swindle" in client.get("/bulletins").text
    page = browser(app, zhou).get("/relays").text
    assert "1 bulletin to relay" in page
    assert "Do not scan the code in parcels." in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"place": "桂香苑"}, "There is no such place in your area"),
        ({"text": "Ring 13912345678"}, "No numbers of persons"),
        ({"title": " "}, "Please fill this in"),
        ({"audiences": []}, "Please choose at least one"),
        ({"audiences": ["pets"]}, "not a valid choice"),
        ({"day": "2020-01-01"}, "A day from today on"),
        ({"day": today().isoformat(), "hour": "00:00"}, "That hour is over"),
    ],
)
def test_what_cannot_be_issued_is_explained(
    app: Flask, lin: User, changes: dict[str, object], said: str
) -> None:
    answer = browser(app, lin).post("/bulletins/new", data=fields(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.query(Bulletin).count() == 0


def test_an_audience_without_addressees_is_refused_and_nothing_is_kept(
    app: Flask, tower: Tower, lin: User
) -> None:
    data = fields(audiences=["homes", "schools"])
    answer = browser(app, lin).post("/bulletins/new", data=data)
    assert answer.status_code == 409
    assert "list of addressees" in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_zhou_confirms_with_one_tap_with_and_without_scripting(
    app: Flask, tower: Tower, lin: User, zhou: User, headers: dict[str, str]
) -> None:
    make_leaders(*tower.groups(tower.building))
    bulletin = make_bulletin(tower.estate, lin)
    client = browser(app, zhou)
    page = client.get("/relays").text
    stops = re.search(r'name="stops" value="([\d,]+)"', page)
    assert stops
    to = f"/bulletins/{bulletin.id}/relays"
    answer = client.post(to, data={"stops": stops[1], "back": "/relays"}, headers=headers)
    assert answer.status_code == (204 if headers else 303)
    page = client.get("/relays").text
    assert "Nothing to relay" in page
    assert "Noted for 1 place." in page
    assert client.post(to, data={"stops": stops[1]}).status_code == 409


def test_groups_that_nobody_leads_are_seen_to_one_by_one(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    make_leaders(tower.groups(tower.building)[0])
    bulletin = make_bulletin(tower.estate, lin)
    client, to = browser(app, zhou), f"/bulletins/{bulletin.id}/relays"
    page = client.get("/relays").text
    assert "Nobody is at 1 place below you" in page
    building, group = (
        stop_at(bulletin, place).id for place in (tower.building, tower.groups(tower.building)[1])
    )
    assert re.findall(r'name="stops" value="([\d,]+)"', page) == [str(building), str(group)]
    client.post(to, data={"stops": building})
    assert "Nobody is at 1 place below you" in client.get("/relays").text
    client.post(to, data={"stops": group})
    assert db.session.get_one(RelayStop, group).on_behalf
    assert "Nothing to relay" in client.get("/relays").text


def test_zhou_takes_a_mistaken_tap_back_while_it_is_fresh(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, zhou, tower.building)
    stop = stop_at(bulletin, tower.building)
    client, to = browser(app, zhou), f"/relays/{stop.id}/removal"
    assert to in client.get("/relays").text
    assert browser(app, lin).post(to).status_code == 404
    assert client.post(to).status_code == 303
    assert "1 bulletin to relay" in client.get("/relays").text
    relay(bulletin, zhou, tower.building)
    stop.relayed_at = now() - timedelta(minutes=11)
    db.session.commit()
    assert to not in client.get("/relays").text
    assert client.post(to).status_code == 409
    first = stop_at(bulletin, tower.estate)
    assert browser(app, lin).post(f"/relays/{first.id}/removal").status_code == 404


def test_the_text_to_copy_is_the_bulletin_and_nothing_about_anybody(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    make_bulletin(tower.estate, lin)
    page = browser(app, zhou).get("/relays").text
    copied = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert copied
    said = "Parcels nobody ordered: do not scan the code in them."
    assert copied[1].split("\n\n") == ["New swindle", said]


def test_a_stranger_and_a_neighbour(
    app: Flask, tower: Tower, lin: User, chen: User, wu: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    stop = {"stops": str(stop_at(bulletin, tower.building).id)}
    pages = [f"/bulletins/{bulletin.id}", f"/bulletins/{bulletin.id}/stops"]
    for page in pages:
        assert browser(app).get(page).status_code == 302
        assert browser(app, chen).get(page).status_code == 403
        assert browser(app, wu).get(page).status_code == 404
    assert browser(app, wu).post(f"{pages[0]}/relays", data=stop).status_code == 404
    assert browser(app, zhou).post(f"{pages[0]}/ending").status_code == 403
    above = f"{pages[0]}?place={tower.estate.id}"
    assert browser(app, zhou).get(above).status_code == 404
    assert browser(app, zhou).get(f"{pages[0]}?place={tower.building.id}").status_code == 200


def test_zhou_sees_her_part_of_what_goes_to_the_whole_community(
    app: Flask, tower: Tower, head: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.community, head)
    client = browser(app, zhou)
    assert "0 / 3" in client.get("/bulletins").text
    page = client.get(f"/bulletins/{bulletin.id}").text
    assert "Missing at 3 places" in page
    assert "桂香苑" not in page


def test_every_number_leads_to_as_many_places(
    app: Flask, tower: Tower, head: User, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.community, head)
    relay(bulletin, lin, tower.estate)
    relay(bulletin, zhou, tower.building)
    client = browser(app, head)
    page = client.get(f"/bulletins/{bulletin.id}").text
    links = re.findall(r'<a href="(/bulletins/\d+/stops\?[^"]+)">(\d+)</a>', page)
    assert len(links) > 20
    for address, number in links:
        listed = client.get(address.replace("&amp;", "&")).text
        assert listed.count('<th scope="row">') == int(number), address


def test_the_overdue_speak_first(app: Flask, tower: Tower, head: User, lin: User) -> None:
    bulletin = make_bulletin(tower.community, head)
    age(bulletin, hours=9)
    page = browser(app, head).get(f"/bulletins/{bulletin.id}").text
    assert "2 places are overdue" in page
    stopped = page[page.index("Where it stopped") : page.index("Level by level")]
    assert "nobody leads there" in stopped
    assert "Lin" in stopped


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_list_can_be_taken_along(app: Flask, tower: Tower, lin: User, kind: str) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    to = f"/bulletins/{bulletin.id}/exports"
    answer = browser(app, lin).post(to, data={"kind": kind, "state": "missing"})
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    if kind == "csv":
        lines = answer.data.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("Place,Level,State")
        assert len(lines) == 1 + 9, "three buildings and six groups"


@pytest.mark.parametrize(
    "query", ["audience=shops", "level=9", "state=lost", "place=x", "place=٣", "level=²"]
)
def test_addresses_no_page_has_are_refused(app: Flask, tower: Tower, lin: User, query: str) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    assert browser(app, lin).get(f"/bulletins/{bulletin.id}/stops?{query}").status_code == 400


def test_lin_corrects_a_bulletin(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    former = make_bulletin(tower.estate, lin)
    client = browser(app, lin)
    to = f"/bulletins/{former.id}/correction"
    assert former.title in client.get(to).text
    assert client.post(to, data=fields(reason="")).status_code == 422
    data = fields(title="Better", reason="wrong number")
    answer = client.post(to, data=data)
    bulletin = db.session.query(Bulletin).filter_by(corrects_id=former.id).one()
    assert answer.location == f"/bulletins/{bulletin.id}"
    old = client.get(f"/bulletins/{former.id}").text
    assert "wrong number" in old
    assert f'href="/bulletins/{bulletin.id}"' in old
    assert "Correction: Better" in browser(app, zhou).get("/relays").text


def test_lin_withdraws_a_bulletin(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    client, to = browser(app, lin), f"/bulletins/{bulletin.id}/ending"
    assert client.post(to, data={"ending": "corrected", "reason": "x"}).status_code == 422
    assert client.post(to, data={"ending": "withdrawn", "reason": "untrue"}).status_code == 303
    assert db.session.get_one(Bulletin, bulletin.id).ending is Ending.WITHDRAWN
    assert "Withdrawn by Lin" in client.get(f"/bulletins/{bulletin.id}").text
    assert "Nothing to relay" in browser(app, zhou).get("/relays").text


def test_whoever_relayed_a_withdrawn_bulletin_gets_a_text_to_say_so(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, zhou, tower.building)
    data = {"ending": "withdrawn", "reason": "untrue."}
    browser(app, lin).post(f"/bulletins/{bulletin.id}/ending", data=data)
    page = browser(app, zhou).get("/relays").text
    assert "You relayed it. Please say so in your group chat." in page
    assert "Please do not pass this on any more: “New swindle”. untrue.</textarea>" in page
    bulletin.ended_at = now() - timedelta(days=8)
    db.session.commit()
    assert "Please say so" not in browser(app, zhou).get("/relays").text


def test_lin_reminds_from_the_page(app: Flask, tower: Tower, lin: User, zhou: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    client, to = browser(app, lin), f"/bulletins/{bulletin.id}/reminders"
    client.post(to)
    assert "1 person is reminded." in client.get("/bulletins").text
    client.post(to)
    assert "has been reminded once already" in client.get("/bulletins").text
    above = {"place": tower.estate.id}
    assert browser(app, zhou).post(to, data=above).status_code == 404


def test_lin_keeps_the_list_of_addressees(app: Flask, tower: Tower, lin: User, wu: User) -> None:
    client = browser(app, lin)
    data = {"audience": "schools", "name": "School 3", "place": "和风苑/3", "contact": "Office"}
    assert client.post("/addressees", data=data).status_code == 303
    assert client.post("/addressees", data=data | {"place": "桂香苑"}).status_code == 422
    assert client.post("/addressees", data=data | {"contact": "13912345678"}).status_code == 422
    page = client.get("/addressees").text
    assert "School 3" in page
    link = re.search(r'href="(/addressees/\d+)"', page)
    assert link
    assert client.post(link[1], data={"name": "School 4", "contact": ""}).status_code == 422
    client.post(link[1], data={"name": "School 4", "contact": "Gate"})
    assert "School 4" in client.get(link[1]).text
    assert client.post(f"{link[1]}/removal").status_code == 303
    assert client.get(link[1]).status_code == 404


def test_the_head_says_who_relays_in_a_group(
    app: Flask, tower: Tower, head: User, lin: User
) -> None:
    to = f"/bulletins/rules/{tower.community.id}"
    client = browser(app, head)
    assert client.post(to, data={"seats": []}).status_code == 422
    assert client.post(to, data={"seats": [1, 2]}).status_code == 303
    assert client.get(to).text.count(" checked") == 2
    assert browser(app, lin).get(to).status_code == 404


def test_two_hundred_places_take_as_many_questions_as_one(
    app: Flask, tower: Tower, lin: User, head: User
) -> None:
    small = make_bulletin(tower.building, lin)
    estate = make_place(tower.community, "樱园里")
    buildings = [make_building(estate, str(n), units=1, floors=2) for n in range(1, 68)]
    make_leaders(*buildings)
    large = make_bulletin(tower.community, head)
    assert db.session.query(RelayStop).filter_by(bulletin_id=large.id).count() > 200
    client = browser(app, head)
    for path in ("/bulletins/{}", "/bulletins/{}/stops", "/bulletins"):
        counts = set()
        for bulletin in (small, large):
            client.get(path.format(bulletin.id))
            with counted_queries() as seen:
                assert client.get(path.format(bulletin.id)).status_code == 200
            counts.add(len(seen))
        assert len(counts) == 1, path


def test_many_bulletins_to_relay_take_as_many_questions_as_one(
    app: Flask, tower: Tower, lin: User
) -> None:
    leader = make_user("Leader", (Role.LEADER, tower.building))
    client = browser(app, leader)
    counts = []
    for more in (1, 9):
        for _ in range(more):
            make_bulletin(tower.estate, lin)
        with counted_queries() as seen:
            page = client.get("/relays").text
        counts.append(len(seen))
    assert "10 bulletins to relay" in page
    assert counts[0] == counts[1]


def test_a_shop_is_named_with_whom_to_ask_for(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    make_addressee(tower.building, "Noodles")
    bulletin = make_bulletin(tower.estate, lin, Audience.SHOPS)
    assert "Noodles (Noodles office)" in browser(app, zhou).get("/relays").text
    page = browser(app, zhou).get(f"/bulletins/{bulletin.id}").text
    assert "ask for Noodles office" in page
