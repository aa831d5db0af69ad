"""A shift knows its doors, and what stays open goes to the next shift of its group."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from portal.accounts.models import User
from portal.clock import now
from portal.coverage.fold import Event, fold
from portal.coverage.models import Door, Round
from portal.coverage.states import Kind, Outcome, State
from portal.db import db
from portal.shifts.models import Shift
from portal.shifts.states import Standing
from tests.conftest import Tower, browser, counted_queries
from tests.coverage.factory import make_round, new_id, visit
from tests.shifts.factory import evening, make_shift, put, send_out


def spring(tower: Tower) -> Round:
    """A round as if it had been opened weeks ago, under a name of which no page is kept drawn."""
    opened, when = make_round(tower.estate, f"Spring {new_id()}"), evening(-20)
    opened.opened_at = when
    db.session.execute(update(Door).values(joined_at=when, gap_since=when))
    db.session.commit()
    return opened


def test_a_crew_on_duty_reads_its_doors_and_others_do_not(
    app: Flask, tower: Tower, zhou: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    first, _ = tower.groups(tower.building)
    send_out(chen, first)
    shift = db.session.query(Shift).one()
    visit(chen, opened, tower.dwellings(tower.building)[0].id, Outcome.MET)
    text = browser(app, chen).get(f"/shifts/{shift.id}").text
    assert "20 of 21 doors still to do" in text
    assert "1 door is done" in text
    assert f"/rounds/{opened.id}/plan/{tower.building.id}" in text
    away = make_shift(tower, tower.building, evening(5))
    for page in (f"/shifts/{away.id}", f"/shifts/{away.id}/crew"):
        assert "20 of 21 doors still to do" in browser(app, zhou).get(page).text


def test_a_volunteer_who_is_not_out_sees_no_doors(app: Flask, tower: Tower, chen: User) -> None:
    make_round(tower.estate)
    shift = make_shift(tower, tower.building, evening(3))
    put(shift, chen)
    text = browser(app, chen).get(f"/shifts/{shift.id}").text
    assert "Doors of this shift" not in text


def test_what_stays_open_goes_to_the_next_shift_with_its_attempts_and_age(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened, (one, two, three, *_) = spring(tower), tower.dwellings(tower.building)
    before = make_shift(tower, tower.building, evening(-6))
    put(before, zhou, Standing.ATTENDED)
    during = evening(-6, 19)
    visit(zhou, opened, one.id, Outcome.MET, happened_at=during)
    visit(zhou, opened, two.id, Outcome.NOT_HOME, happened_at=during)
    visit(zhou, opened, three.id, Outcome.MET, happened_at=evening(-2))
    coming = make_shift(tower, tower.building, evening(2))
    text = browser(app, lin).get(f"/shifts/{coming.id}/crew").text
    assert "19 doors are left over from" in text
    assert "1 attempt · no visit for 6 days · left over" in text.replace("\n", "")
    own = browser(app, lin).get(f"/shifts/{before.id}/crew").text
    assert "left open 20 of 21 doors" in own  # the third was told four days later


def test_a_visit_taken_back_since_was_never_made(tower: Tower) -> None:
    made, at = now(), now() - timedelta(days=3)
    told = Event("a", 1, at, Kind.VISIT, 1, 1, Outcome.MET, told=1, remaining=0)
    undone = Event("b", 2, made, Kind.UNDO, 1, 1, replaces="a")
    moment = at + timedelta(hours=1)
    assert fold([told], until=moment).state is State.COVERED
    assert fold([told], until=at - timedelta(hours=1)).state is State.NOT_TRIED
    assert fold([told, undone], until=moment).state is State.NOT_TRIED


def test_a_shift_to_which_nobody_came_leaves_nothing_to_the_next(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    spring(tower)
    put(make_shift(tower, tower.building, evening(-6)), zhou, Standing.NO_SHOW)
    coming = make_shift(tower, tower.building, evening(2))
    text = browser(app, lin).get(f"/shifts/{coming.id}/crew").text
    assert "21 of 21 doors still to do" in text
    assert "left over" not in text


def test_the_coordinator_sees_which_shift_left_which_gap(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened, (one, *_) = spring(tower), tower.dwellings(tower.building)
    shift = make_shift(tower, tower.building, evening(-6))
    put(shift, zhou, Standing.ATTENDED)
    visit(zhou, opened, one.id, Outcome.MET, happened_at=evening(-6, 19))
    client, group = browser(app, lin), tower.groups(tower.building)[0]
    for page in (f"gaps/{tower.building.id}", f"doors?place={group.id}"):
        text = client.get(f"/rounds/{opened.id}/{page}").text
        assert "left open 20 of 21 doors" in text
        assert f"/shifts/{shift.id}/crew" in text
        assert f"/places/{group.id}/shifts/new" in text


def test_the_shifts_of_a_building_take_as_many_questions_for_many_as_for_few(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    opened, client = spring(tower), browser(app, lin)
    url, counts = f"/rounds/{opened.id}/gaps/{tower.building.id}", []
    homes = tower.dwellings(tower.building)
    for days, some in ((-9, homes[:1]), (-5, homes)):
        for group in tower.groups(tower.building)[: len(some)]:
            shift = make_shift(
                tower, tower.building, evening(days), group_id=group.id, path=group.path
            )
            put(shift, zhou, Standing.ATTENDED)
        for home in some:
            visit(zhou, opened, home.id, Outcome.MET, happened_at=evening(days, 19))
        with counted_queries() as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]
