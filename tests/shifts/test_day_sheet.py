"""The sheet of a day: which crew goes where, and who is missing."""

from __future__ import annotations

from flask import Flask

from portal.accounts.models import User
from portal.clock import local, now
from portal.db import db
from portal.shifts.states import ShiftState
from tests.conftest import Tower, browser, counted_queries, make_building
from tests.gaps.factory import text
from tests.shifts.factory import evening, make_shift, put


def test_zhou_sees_her_crews_of_the_day_and_the_empty_seats(
    app: Flask, tower: Tower, zhou: User, chen: User
) -> None:
    shift = make_shift(tower, tower.building, evening(1))
    put(shift, chen, stand_in_since=now())
    make_shift(tower, tower.other_building, evening(1))
    make_shift(tower, tower.building, evening(1), state=ShiftState.CANCELLED)
    day = local(shift.starts_at).date()
    page = text(browser(app, zhou).get(f"/rota/days/{day}").text)
    assert "1 shift" in page
    assert "☐ Chen · stand-in wanted" in page
    assert page.count("____________") == 1
    assert shift.crew_code in page
    assert tower.other_estate.name not in page


def test_a_day_nobody_can_name_is_not_found(app: Flask, tower: Tower, zhou: User) -> None:
    for day in ("yesterday", "2026-02-30", "9999-12-31"):
        assert browser(app, zhou).get(f"/rota/days/{day}").status_code == 404


def test_chen_who_volunteers_has_no_day_sheet(app: Flask, tower: Tower, chen: User) -> None:
    assert browser(app, chen).get("/rota/days/2026-12-01").status_code == 403


def test_a_day_costs_the_same_for_few_and_many_shifts(
    app: Flask, tower: Tower, lin: User, chen: User
) -> None:
    client, counts = browser(app, lin), []
    buildings = [make_building(tower.estate, str(n), units=1, floors=1) for n in range(20, 60)]
    for days, chosen in ((1, buildings[:1]), (2, buildings)):
        for building in chosen:
            shift = make_shift(tower, building, evening(days))
            put(shift, chen)
        day = local(shift.starts_at).date()
        db.session.commit()
        with counted_queries() as seen:
            client.get(f"/rota/days/{day}")
        counts.append(len(seen))
    assert counts[0] == counts[1]
