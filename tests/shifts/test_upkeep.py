"""What time alone brings about, once each."""

from __future__ import annotations

import re
from datetime import timedelta

from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.db import db
from portal.outbox.models import Notice
from portal.outbox.wording import worded
from portal.shifts import attendance, notices, upkeep
from portal.shifts.choice_queries import shift_by_id
from portal.shifts.duty_commands import may, tick
from portal.shifts.models import Assignment, Shift
from portal.shifts.states import Standing
from portal.web import LOCALE_COOKIE
from tests.conftest import Tower, browser, make_user, person_of
from tests.shifts.factory import evening, make_shift, put, standings, taken


def volunteers(tower: Tower, count: int) -> list[User]:
    return [make_user(f"V{n}", (Role.VOLUNTEER, tower.building)) for n in range(count)]


def test_an_offer_not_answered_in_time_goes_to_the_next(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5), seats=1)
    first, second = volunteers(tower, 2)
    at = now()
    put(shift, first, Standing.OFFERED, answer_by=at + timedelta(hours=12))
    put(shift, second, Standing.WAITING)
    assert upkeep.lapse(at + timedelta(hours=11)) == 0
    assert upkeep.lapse(at + timedelta(hours=12)) == 1
    assert standings(shift) == {"V0": "lapsed", "V1": "offered"}
    assert taken(shift) == 1
    late = browser(app, first).post(f"/shifts/{shift.id}/offer", data={"answer": "yes"})
    assert late.status_code == 404
    assert upkeep.lapse(at + timedelta(hours=24)) == 1
    assert standings(shift) == {"V0": "lapsed", "V1": "lapsed"}
    assert taken(shift) == 0
    assert upkeep.lapse(at + timedelta(hours=24)) == 0


def test_an_answer_after_the_time_is_refused_even_before_the_upkeep(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5), seats=1)
    put(shift, chen, Standing.OFFERED, answer_by=now() - timedelta(seconds=1))
    answer = browser(app, chen).post(f"/shifts/{shift.id}/offer", data={"answer": "yes"})
    assert answer.status_code == 409
    assert "too late" in answer.text


def test_waiting_ends_with_the_shift(app: Flask, tower: Tower, chen: User, zhou: User) -> None:
    shift = make_shift(tower, tower.building, evening(-1), seats=1)
    put(shift, chen, Standing.WAITING)
    put(shift, zhou, Standing.ASKED)
    assert upkeep.lapse(now()) == 2
    assert standings(shift) == {"Chen": "lapsed", "Zhou": "lapsed"}


def test_where_somebody_checked_in_an_empty_seat_is_free_again_after_half_an_hour(
    app: Flask, tower: Tower, chen: User
) -> None:
    begun = now() - timedelta(minutes=29)
    shift = make_shift(tower, tower.building, begun)
    unwatched = make_shift(tower, tower.buildings[0], begun - timedelta(minutes=10))
    mei, hua = volunteers(tower, 2)
    for user in (chen, mei):
        put(shift, user)
    put(unwatched, hua)
    attendance.check_in(shift.id, person_of(chen), at=now())
    assert upkeep.give_on(begun + timedelta(minutes=29)) == 0
    assert upkeep.give_on(begun + timedelta(minutes=30)) == 1
    assert standings(shift) == {"Chen": "attended", "V0": "no_show"}
    assert standings(unwatched) == {"V1": "held"}  # nobody checks in there: nothing is known
    assert taken(shift) == 1


def test_everybody_is_reminded_once_while_the_seat_can_still_be_given_back(
    app: Flask, tower: Tower, chen: User, zhou: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    for user, standing in ((chen, Standing.HELD), (zhou, Standing.WAITING)):
        put(shift, user, standing)
    assert upkeep.remind_all(shift.starts_at - timedelta(hours=31)) == 0
    assert upkeep.remind_all(shift.starts_at - timedelta(hours=30)) == 1
    assert upkeep.remind_all(shift.starts_at - timedelta(hours=29)) == 0
    (notice,) = db.session.query(Notice).filter_by(kind="shifts.reminder")
    assert notice.user_id == chen.id


def test_every_notice_has_words_and_leads_to_a_page(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    put(shift, chen)
    facts = {
        "shift": shift.id,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "estate": "和风苑",
        "building": "3",
        "group": 1,
        "assignment": db.session.query(Assignment).one().id,
    }
    with app.test_request_context(), force_locale("en"):
        messages = [worded(kind, facts) for kind in (*notices.TOLD, "shifts.reminder")]
    client = browser(app, lin)
    for message in messages:
        assert "18:30–20:30 和风苑, Building 3, Group 1" in message.text
        assert client.get(message.address).status_code == 200


# The link of the reminder ------------------------------------------------------------------------


def english(app: Flask) -> FlaskClient:
    """A browser in which nobody has signed in, in English."""
    client = browser(app)
    client.set_cookie(LOCALE_COOKIE, "en")
    return client


def link_in_reminder(app: Flask, shift: Shift) -> str:
    """The address in the reminder of the only seat of a shift."""
    upkeep.remind_all(shift.starts_at - timedelta(hours=26))
    notice = db.session.query(Notice).filter_by(kind="shifts.reminder").one()
    with app.test_request_context():
        return worded("shifts.reminder", notice.details).address


def test_whose_account_is_blocked_keeps_no_seat(tower: Tower, chen: User, zhou: User) -> None:
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen)
    put(shift, zhou, Standing.WAITING)
    later = make_shift(tower, tower.building, evening(5))
    put(later, chen)
    over = make_shift(tower, tower.building, evening(-1))
    put(over, chen)
    chen.disabled_at = now()
    db.session.commit()
    assert upkeep.free_of_blocked(now()) == 2
    assert standings(shift) == {"Chen": "cancelled", "Zhou": "offered"}
    assert (standings(later), taken(later)) == ({"Chen": "cancelled"}, 0)
    assert standings(over) == {"Chen": "held"}
    assert upkeep.free_of_blocked(now()) == 0


def test_the_link_works_without_signing_in(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    row = put(shift, chen)
    url, stranger = link_in_reminder(app, shift), english(app)
    page = stranger.get(url)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Chen" not in page.text
    assert standings(shift) == {"Chen": "held"}  # looking changes nothing
    assert "See you there" in stranger.post(url, data={"answer": "yes"}).text
    db.session.expire_all()
    assert db.session.get_one(Assignment, row.id).confirmed_at is not None
    assert "free for others now" in stranger.post(url, data={"answer": "no"}).text
    assert standings(shift) == {"Chen": "cancelled"}
    assert stranger.get(url).status_code == 404


def test_a_no_by_link_at_the_last_moment_asks_for_a_stand_in(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, now() + timedelta(hours=3))
    row = put(shift, chen)
    with app.test_request_context():
        url = worded(
            "shifts.reminder", {**notices.facts_of(shift_by_id(shift.id)), "assignment": row.id}
        )
    stranger = english(app)
    assert "somebody to stand in" in stranger.post(url.address, data={"answer": "no"}).text
    assert "somebody to stand in" in stranger.post(url.address, data={"answer": "no"}).text
    assert standings(shift) == {"Chen": "held"}
    stranger.post(url.address, data={"answer": "yes"})
    db.session.expire_all()
    assert db.session.get_one(Assignment, row.id).stand_in_since is None


def test_the_link_speaks_the_language_of_whoever_got_it(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    put(shift, chen)
    chen.locale = "en"
    db.session.commit()
    url, stranger = link_in_reminder(app, shift), app.test_client()
    assert "Do you come?" in stranger.get(url).text
    stranger.set_cookie("bulou-locale", "zh")
    assert "您来吗？" in stranger.get(url).text


def test_a_link_that_is_changed_or_too_late_finds_nothing(
    app: Flask, tower: Tower, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    put(shift, chen)
    url, stranger = link_in_reminder(app, shift), english(app)
    for wrong in (url[:-1], re.sub("answers/.", "answers/x", url), "/shift-answers/1"):
        assert stranger.get(wrong).status_code == 404
        assert stranger.post(wrong, data={"answer": "no"}).status_code == 404
    shift.starts_at = now() - timedelta(minutes=1)
    db.session.query(Assignment).update({"starts_at": shift.starts_at})
    db.session.commit()
    assert stranger.get(url).status_code == 404


# Commands ----------------------------------------------------------------------------------------


def test_the_command_gives_the_reason_of_the_page(app: Flask, tower: Tower, chen: User) -> None:
    shift = make_shift(tower, tower.building, evening(5))
    run = CliRunner().invoke
    assert run(may, [str(shift.id), "--phone", chen.phone]).output == "yes\n"
    put(shift, chen)
    refused = run(may, [str(shift.id), "--phone", chen.phone])
    assert refused.exit_code == 1
    assert refused.output.startswith("already: ")
    far = make_shift(tower, tower.other_building, evening(5))
    assert run(may, [str(far.id), "--phone", chen.phone]).output.startswith("not_in_area: ")
    assert run(may, ["999999999", "--phone", chen.phone]).exit_code == 1
    assert run(may, [str(shift.id), "--phone", "13900000000"]).exit_code == 1


def test_the_tick_tells_what_it_did(app: Flask, tower: Tower, chen: User) -> None:
    put(make_shift(tower, tower.building, now() + timedelta(hours=29)), chen)
    assert CliRunner().invoke(tick).output == "1 done\n"
    assert {"may", "tick"} <= set(app.cli.commands["rota"].commands)  # type: ignore[attr-defined]
