"""The month of a volunteer: where there is a free place, and what is one's own."""

from __future__ import annotations

from flask import Flask

from portal.accounts.models import User
from portal.clock import local
from portal.shifts.states import ShiftState, Standing
from tests.conftest import Tower, browser, counted_queries
from tests.shifts.factory import evening, make_shift, put


def test_chen_sees_free_shifts_and_his_own_on_their_days(
    app: Flask, tower: Tower, chen: User
) -> None:
    free = make_shift(tower, tower.building, evening(3))
    make_shift(tower, tower.buildings[0], evening(3))
    make_shift(tower, tower.building, evening(3), seats=1, taken=1)
    make_shift(tower, tower.building, evening(3), state=ShiftState.CANCELLED)
    make_shift(tower, tower.other_building, evening(3))
    put(free, chen, Standing.WAITING)
    day = local(free.starts_at).date()
    page = browser(app, chen).get("/shifts/month", query_string={"of": f"{day:%Y-%m}"}).text
    assert f'href="/shifts?day={day}"' in page
    assert "2 with a free place, 1 of mine" in page
    assert page.count("/shifts?day=") == 1


def test_another_month_is_a_link_away_and_nonsense_is_this_month(
    app: Flask, tower: Tower, chen: User
) -> None:
    client = browser(app, chen)
    assert "January 2027" in client.get("/shifts/month?of=2027-01").text
    for text in ("yesterday", "2027-13", "0001-01", "9999-12"):
        assert client.get("/shifts/month", query_string={"of": text}).status_code == 200


def test_a_month_costs_the_same_for_few_and_many_shifts(
    app: Flask, tower: Tower, chen: User
) -> None:
    client, counts = browser(app, chen), []
    url = f"/shifts/month?of={local(evening(1)).date():%Y-%m}"
    for more in (1, 60):
        for _ in range(more):
            make_shift(tower, tower.building, evening(1))
        with counted_queries() as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]
