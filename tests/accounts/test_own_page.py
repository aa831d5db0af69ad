"""One's own page: who I am, where I am signed in, my password."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts import passwords
from portal.accounts.models import HeldDuty, User
from portal.accounts.sign_in_queries import token_hash
from portal.audit.models import AuditEvent
from portal.db import db
from portal.tower.models import Place
from tests.accounts.conftest import PASSWORD, sign_in
from tests.conftest import Tower, browser, counted_queries, make_user, token_for

NEW = "three other words"


def change(**changes: str) -> dict[str, str]:
    return {"current": PASSWORD, "new": NEW, "again": NEW, **changes}


def test_li_sees_the_duties_and_the_masked_number(app: Flask, li: User) -> None:
    page = browser(app, li).get("/me").text
    assert "100****1234" in page
    assert "10000001234" not in page
    assert "Building leader · 和风苑, Building 1" in page


def test_a_stranger_is_sent_to_sign_in(app: Flask) -> None:
    assert browser(app).get("/me").location == "/sign-in?next=/me"
    assert browser(app).post("/me/password", data=change()).status_code == 401


def test_somebody_without_a_duty_is_told_what_to_do(app: Flask) -> None:
    assert "No duty yet" in browser(app, make_user("New")).get("/me").text


def test_many_duties_and_devices_take_as_many_queries_as_one(app: Flask, tower: Tower) -> None:
    def queries(*places: Place) -> int:
        user = make_user("Somebody", *((Role.VOLUNTEER, place) for place in places))
        for _ in places:
            token_for(user)
        client = browser(app, user)
        with counted_queries() as seen:
            assert client.get("/me").status_code == 200
        return len(seen)

    assert queries(tower.building) == queries(*tower.buildings, *tower.groups(tower.building))


# Devices -----------------------------------------------------------------------------------------


def test_a_lost_phone_is_signed_out_from_another_device(app: Flask, li: User) -> None:
    lost, desk = browser(app, li), browser(app, li)
    with lost.session_transaction() as session:
        named = token_hash(session["_user_id"])[:16]
    assert f"/me/sign-ins/{named}/end" in desk.get("/me").text
    assert desk.post(f"/me/sign-ins/{named}/end").location == "/me"
    assert lost.get("/me").status_code == 302
    assert desk.get("/me").status_code == 200
    assert desk.post(f"/me/sign-ins/{named}/end").status_code == 404


def test_the_device_in_the_hand_is_ended_by_signing_out(app: Flask, li: User) -> None:
    page = browser(app, li).get("/me").text
    assert "this device" in page
    assert "Sign out there" not in page


def test_nobody_ends_the_sign_in_of_another(app: Flask, li: User, zhou: User) -> None:
    named = token_hash(token_for(zhou))
    client = browser(app, li)
    for guess in (named[:16], named[:15], "%" * 16, "_" * 16, named):
        assert client.post(f"/me/sign-ins/{guess}/end").status_code == 404
    assert browser(app, zhou).get("/me").text.count("Sign out there") == 1


# The password ------------------------------------------------------------------------------------


def test_a_new_password_signs_the_other_devices_out(app: Flask, li: User) -> None:
    other, desk = browser(app, li), browser(app, li)
    assert desk.post("/me/password", data=change()).location == "/me"
    assert "1 other device was signed out" in desk.get("/me").text
    assert other.get("/me").status_code == 302
    assert desk.get("/me").status_code == 200
    assert sign_in(browser(app)).status_code == 422
    assert sign_in(browser(app), password=NEW).status_code == 303
    assert db.session.query(AuditEvent.action).scalar() == "password.changed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"current": "not mine at all"}, "That is not your present password."),
        ({"new": "short", "again": "short"}, "At least 8 characters"),
        ({"new": "wuhan2024", "again": "wuhan2024"}, "easy to guess"),
        ({"new": "10000001234", "again": "10000001234"}, "phone number or the name"),
        ({"new": "x" * 129, "again": "x" * 129}, "At most 128 characters"),
        ({"again": "three other wards"}, "The two are not the same."),
    ],
)
def test_what_cannot_be_taken_is_explained(
    app: Flask, li: User, changes: dict[str, str], said: str
) -> None:
    other = browser(app, li)
    answer = browser(app, li).post("/me/password", data=change(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert passwords.fits(PASSWORD, db.session.get_one(User, li.id).password_hash)
    assert other.get("/me").status_code == 200


def test_a_borrowed_phone_cannot_guess_the_present_password(
    app: Flask, li: User, verified: list[str]
) -> None:
    client = browser(app, li)
    wrong = change(current="not mine at all")
    statuses = [client.post("/me/password", data=wrong).status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert len(verified) == 10


def test_fields_that_are_not_on_the_form_are_ignored(app: Flask, tower: Tower, li: User) -> None:
    smuggled = {"role": "admin", "place": "百川社区", "community_id": "1", "phone": "10000009999"}
    answer = browser(app, li).post("/me/password", data=change() | smuggled | {"name": "Root"})
    assert answer.status_code == 303
    kept = db.session.get_one(User, li.id)
    assert (kept.name, kept.phone) == ("Li", "10000001234")
    assert [duty.role for duty in db.session.query(HeldDuty).filter_by(user_id=li.id)] == [
        Role.LEADER
    ]
