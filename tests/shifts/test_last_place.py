"""Many people tap for the last place at once, on a real database with real transactions."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.access import Role
from portal.shifts.states import Standing
from tests.at_once import at_once
from tests.conftest import Tower, browser, make_user
from tests.shifts.factory import evening, make_shift, put, standings, taken

pytestmark = pytest.mark.commits


def test_one_gets_the_last_place_and_all_others_are_told(real: Flask) -> None:
    tower = Tower()
    users = [make_user(f"V{n}", (Role.VOLUNTEER, tower.building)) for n in range(8)]
    shift = make_shift(tower, tower.building, evening(3), seats=3)
    put(shift, make_user("Zhou", (Role.LEADER, tower.building)))
    put(shift, make_user("Chen", (Role.VOLUNTEER, tower.building)))
    clients = [browser(real, user) for user in users]
    url = f"/shifts/{shift.id}/signup"
    codes = at_once([lambda c=c: c.post(url).status_code for c in clients])
    assert sorted(codes) == [303, *[409] * 7]
    assert taken(shift) == 3


def test_one_person_in_five_windows_gets_one_of_two_shifts_at_that_time(real: Flask) -> None:
    tower = Tower()
    chen = make_user("Chen", (Role.VOLUNTEER, tower.building))
    shifts = [make_shift(tower, building, evening(3)) for building in tower.buildings[:2]]
    clients = [browser(real, chen) for _ in range(6)]
    urls = [f"/shifts/{shifts[n % 2].id}/signup" for n in range(6)]
    jobs = [lambda c=c, u=u: c.post(u).status_code for c, u in zip(clients, urls, strict=True)]
    codes = at_once(jobs)
    assert sorted(codes) == [303, *[409] * 5]
    assert taken(shifts[0]) + taken(shifts[1]) == 1


def test_a_seat_given_back_while_others_tap_goes_to_the_one_who_waits(real: Flask) -> None:
    tower = Tower()
    users = [make_user(f"V{n}", (Role.VOLUNTEER, tower.building)) for n in range(6)]
    chen, mei = (make_user(name, (Role.VOLUNTEER, tower.building)) for name in ("Chen", "Mei"))
    shift = make_shift(tower, tower.building, evening(3), seats=1)
    put(shift, chen)
    put(shift, mei, Standing.WAITING)
    url = f"/shifts/{shift.id}/signup"
    giver, clients = browser(real, chen), [browser(real, user) for user in users]
    jobs = [lambda c=c: c.post(url).status_code for c in clients]
    codes = at_once([lambda: giver.post(f"{url}/end").status_code, *jobs])
    assert codes == [303, *[409] * 6]
    assert standings(shift) == {"Chen": "cancelled", "Mei": "offered"}
    assert taken(shift) == 1
