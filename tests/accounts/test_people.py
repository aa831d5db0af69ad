"""The list of people: those who serve in one's area, and nobody else."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.db import db
from tests.conftest import Tower, browser, counted_queries, make_user


def found(app: Flask, user: User, **query: str) -> str:
    """The rows of the list."""
    page = browser(app, user).get("/people", query_string=query)
    assert page.status_code == 200
    return page.text.partition("<tbody>")[2].partition("</tbody>")[0]


def test_lin_sees_the_people_of_the_estate(
    app: Flask, lin: User, zhou: User, chen: User, wu: User
) -> None:
    rows = found(app, lin)
    assert "Zhou" in rows
    assert "Building leader · 和风苑, Building 3" in rows
    assert "Chen" in rows
    assert "Wu" not in rows


def test_phones_are_masked(app: Flask, lin: User, zhou: User) -> None:
    page = browser(app, lin).get("/people").text
    assert zhou.phone not in page
    assert f"100****{zhou.phone[-4:]}" in page


def test_a_stranger_is_sent_to_sign_in_and_a_volunteer_refused(app: Flask, chen: User) -> None:
    assert browser(app).get("/people").location == "/sign-in?next=/people"
    assert browser(app, chen).get("/people").status_code == 403


def test_duties_elsewhere_are_not_shown(app: Flask, tower: Tower, lin: User) -> None:
    make_user("Ma", (Role.VOLUNTEER, tower.building), (Role.OFFICER, tower.other_building))
    rows = found(app, lin)
    assert "Volunteer · 和风苑, Building 3" in rows
    assert "Police liaison" not in rows
    assert "桂香苑" not in rows


def test_who_served_here_last_stays_in_sight_until_serving_elsewhere(
    app: Flask, tower: Tower, lin: User, head: User, zhou: User
) -> None:
    db.session.query(HeldDuty).filter_by(user_id=zhou.id).one().end(at=now(), by=None)
    db.session.commit()
    assert "no duty now" in found(app, lin, q="Zhou")
    db.session.add(
        HeldDuty(
            community_id=tower.community.id,
            user_id=zhou.id,
            role=Role.LEADER,
            place_id=tower.other_building.id,
            path=tower.other_building.path,
            given_at=now(),
        )
    )
    db.session.commit()
    assert "Zhou" not in found(app, lin, q="Zhou")
    assert "Zhou" in found(app, head, q="Zhou")


# Searching ---------------------------------------------------------------------------------------


def test_people_are_found_by_part_of_the_name_or_the_last_digits(
    app: Flask, tower: Tower, lin: User
) -> None:
    make_user("王秀英", (Role.VOLUNTEER, tower.building), phone="13811112222")
    make_user("𠮷田", (Role.VOLUNTEER, tower.building), phone="13811113333")
    for text in ("秀英", "2222", "２２２２"[:0] + "222", "13811112222", "138 1111 2222"):
        rows = found(app, lin, q=text)
        assert "王秀英" in rows
        assert "𠮷田" not in rows
    assert "𠮷田" in found(app, lin, q="𠮷")


@pytest.mark.parametrize("text", ["12222", "1112222", "811112222", "%", "_", "\u200b"])
def test_a_search_does_not_give_hidden_digits_away(
    app: Flask, tower: Tower, lin: User, text: str
) -> None:
    make_user("王秀英", (Role.VOLUNTEER, tower.building), phone="13811112222")
    shown = "王秀英" in found(app, lin, q=text)
    assert shown is (text == "\u200b")  # nothing is left to search for, so everybody is shown


def test_a_number_outside_the_area_is_neither_found_nor_counted(
    app: Flask, lin: User, wu: User
) -> None:
    page = browser(app, lin).get("/people", query_string={"q": wu.phone}).text
    assert "0 people" in page
    assert "Wu<" not in page


def test_the_list_is_narrowed_to_a_duty(app: Flask, lin: User, zhou: User, chen: User) -> None:
    rows = found(app, lin, duty="volunteer")
    assert "Chen" in rows
    assert "Zhou" not in rows


@pytest.mark.parametrize(
    "query", ["duty=king", "page=0", "page=-1", "page=abc", "page=1e3", "page=" + "9" * 99]
)
def test_what_cannot_be_asked_is_refused(app: Flask, lin: User, query: str) -> None:
    assert browser(app, lin).get(f"/people?{query}").status_code == 400


# Many people -------------------------------------------------------------------------------------


def test_a_page_says_which_part_of_how_many_it_shows(app: Flask, tower: Tower, lin: User) -> None:
    for n in range(119):
        make_user(f"Volunteer {n:03d}", (Role.VOLUNTEER, tower.building), phone=f"1000005{n:04d}")
    client = browser(app, lin)
    assert "1 to 50 of 120" in client.get("/people").text
    assert "101 to 120 of 120" in client.get("/people?page=3").text
    assert "101 to 120 of 120" in client.get("/people?page=1000000000000").text
    second = client.get("/people?page=2&q=volunteer&duty=volunteer").text
    assert "51 to 100 of 119" in second
    assert "/people?q=volunteer&amp;duty=volunteer&amp;page=3" in second


def test_many_people_take_as_many_queries_as_few(app: Flask, tower: Tower, lin: User) -> None:
    def queries() -> int:
        client = browser(app, lin)
        with counted_queries() as seen:
            client.get("/people")
        return len(seen)

    make_user("One", (Role.VOLUNTEER, tower.building))
    few = queries()
    for n in range(45):
        make_user(f"V{n}", (Role.VOLUNTEER, tower.building), phone=f"1000005{n:04d}")
    assert queries() == few


def test_markup_in_a_name_is_text(app: Flask, tower: Tower, lin: User) -> None:
    make_user("<script>{{7*7}}</script>", (Role.VOLUNTEER, tower.building))
    rows = found(app, lin)
    assert "&lt;script&gt;{{7*7}}" in rows
