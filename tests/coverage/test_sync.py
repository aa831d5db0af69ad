"""A phone hands in what it has queued, and hears the fate of every visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import now
from portal.coverage import actions, epochs, event_queries, in_tray, statements, sync_views
from portal.coverage.line import Line
from portal.coverage.models import Decision, Round, TrayItem, TrayKind, Visit
from portal.coverage.states import Outcome, State
from portal.coverage.verify import differences
from portal.db import db
from portal.tower.moves import move
from tests.conftest import Tower, browser, counted_queries, make_user, person_of
from tests.coverage.factory import door_of, make_round, new_id, visit
from tests.gaps.factory import text
from tests.shifts.factory import send_out
from tests.tasks.factory import make_task

JSON = {"Accept": "application/json"}


@pytest.fixture
def opened(tower: Tower) -> Round:
    made = make_round(tower.estate)
    made.opened_at -= timedelta(days=5)
    db.session.commit()
    return made


def ticked(opened: Round, home: int, outcome: str = "met", **changes: Any) -> dict[str, Any]:
    """A visit as the phone has written it down."""
    return {
        "id": new_id(),
        "round": opened.id,
        "dwelling": home,
        "outcome": outcome,
        "device_at": local_time(now() - timedelta(hours=1)),
        **changes,
    }


def local_time(moment: datetime) -> str:
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "+08:00"


def undo_of(visit: dict[str, Any]) -> dict[str, Any]:
    kept = {name: visit[name] for name in ("round", "dwelling", "device_at")}
    return {**kept, "id": new_id(), "kind": "undo", "replaces": visit["id"]}


def sent(client: FlaskClient, user: User, *visits: object, **more: Any) -> dict[str, Any]:
    body = {"user": user.id, "sent_at": local_time(now()), "visits": list(visits), **more}
    response = client.post("/sync/visits", json=body, headers=JSON)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json or {}
    assert answer["epoch"] == epochs.present()
    assert answer["user"] == user.id
    return answer


def fates(answer: dict[str, Any]) -> list[str]:
    return [told["fate"] for told in answer["visits"]]


def items() -> list[TrayItem]:
    return db.session.query(TrayItem).order_by(TrayItem.id).all()


def test_a_leader_hands_in_her_evening_and_again_when_the_answer_was_lost(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)[:3]]
    evening = [
        ticked(opened, homes[0]),
        ticked(opened, homes[1], "not_home"),
        ticked(opened, homes[2], "met_partial", told=1, remaining=2, note="grandmother"),
    ]
    client = browser(app, zhou)
    answer = sent(client, zhou, *evening)
    assert fates(answer) == ["accepted"] * 3
    assert [told["id"] for told in answer["visits"]] == [one["id"] for one in evening]
    assert [told["word"] for told in answer["visits"]] == ["Told", "Tried 1", "2 left"]
    assert fates(sent(client, zhou, *evening)) == ["duplicate"] * 3
    assert [door_of(opened, home).state for home in homes] == [
        State.COVERED,
        State.TRIED,
        State.PART_COVERED,
    ]
    assert db.session.query(Visit).count() == 3
    assert list(differences(opened)) == []


def test_both_clocks_are_kept_and_a_wrong_one_is_marked(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)[:3]]
    hour_ago = now() - timedelta(hours=1)
    visits = [
        ticked(opened, homes[0], device_at=local_time(hour_ago)),
        ticked(opened, homes[1], device_at="2036-01-01T08:00:00+08:00"),
        ticked(opened, homes[2], device_at="1970-01-01T00:00:05+00:00"),
    ]
    assert fates(sent(browser(app, zhou), zhou, *visits)) == ["accepted"] * 3
    kept = [event_queries.maybe_visit(opened.community_id, one["id"]) for one in visits]
    assert [one.is_doubtful for one in kept if one] == [False, True, True]
    assert [one.device_offset for one in kept if one] == [480, 480, 0]
    assert kept[0] is not None
    assert abs(kept[0].happened_at - hour_ago) < timedelta(seconds=1)
    page = browser(app, zhou).get(f"/rounds/{opened.id}/doors/{homes[1]}").text
    assert "the phone’s clock was wrong" in page


def test_where_more_waits_is_said_with_the_batch_that_brings_a_visit_first(
    app: Flask, tower: Tower, opened: Round, lin: User, zhou: User
) -> None:
    """Not with what the plan has heard already, and not for what a visit asks itself."""
    homes = tower.dwellings(tower.building)[:4]
    for home in homes[:3]:
        make_task(tower.building, lin, zhou, home=home)
    client = browser(app, zhou)
    first = [ticked(opened, home.id) for home in (homes[0], homes[1])]
    moved = ticked(opened, homes[3].id, "moved")
    more = sent(client, zhou, *first, moved)["more"]
    assert more.startswith("There is something else to do at 2 of these homes: ")
    assert all(home.room in more for home in homes[:2])
    assert homes[3].room not in more.partition(": ")[2].split(", ")
    later = sent(client, zhou, *first, ticked(opened, homes[2].id))["more"]
    assert later.startswith("There is something else to do at 1 of these homes: ")
    assert homes[2].room in later
    assert sent(client, zhou, *first)["more"] == ""


def test_whoever_may_not_see_what_waits_reads_nothing_of_it(
    app: Flask, tower: Tower, opened: Round, lin: User, chen: User
) -> None:
    send_out(chen, tower.groups(tower.building)[0])
    home = tower.dwellings(tower.building)[0]
    make_task(tower.building, lin, lin, home=home)
    assert sent(browser(app, chen), chen, ticked(opened, home.id))["more"] == ""


def test_one_bad_visit_of_five_hundred_stops_none_of_the_others(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)]
    visits = [ticked(opened, homes[n % 42], "not_home") for n in range(500)]
    visits[250]["outcome"] = "teleported"
    answer = sent(browser(app, zhou), zhou, *visits)
    assert fates(answer).count("accepted") == 499
    assert answer["visits"][250]["fate"] == "review"
    assert "newer version" in answer["visits"][250]["words"]
    assert [item.kind for item in items()] == [TrayKind.BROKEN]
    assert db.session.query(Visit).count() == 499
    assert list(differences(opened)) == []


def test_a_batch_costs_the_same_number_of_questions_for_5_and_for_40_doors(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)]
    client = browser(app, zhou)
    sent(client, zhou)

    def questions(evening: list[dict[str, Any]]) -> int:
        """Of visits, all of which are taken back."""
        with counted_queries() as asked:
            answer = sent(client, zhou, *evening, *map(undo_of, evening))
        assert set(fates(answer)) == {"accepted"}
        return len(asked)

    few = questions([ticked(opened, home) for home in homes[:5]])
    assert questions([ticked(opened, home) for home in homes[:21]]) == few


def test_the_same_id_with_other_words_is_kept_beside_the_first(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    home = tower.dwellings(tower.building)[0].id
    first = ticked(opened, home)
    other = {**first, "outcome": "not_home"}
    answer = sent(browser(app, zhou), zhou, first, other, first)
    assert fates(answer) == ["accepted", "conflict", "duplicate"]
    assert "Both are kept" in answer["visits"][1]["words"]
    assert [item.kind for item in items()] == [TrayKind.CONFLICT]
    assert door_of(opened, home).state is State.COVERED


def test_an_undo_that_arrives_before_its_visit_is_kept_and_entered_after_it(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    home = tower.dwellings(tower.building)[0].id
    met = ticked(opened, home)
    undo = undo_of(met)
    client = browser(app, zhou)
    assert fates(sent(client, zhou, undo)) == ["held"]
    assert fates(sent(client, zhou, undo)) == ["held"]
    assert [item.kind for item in items()] == [TrayKind.HELD]
    assert fates(sent(client, zhou, met)) == ["accepted"]
    assert door_of(opened, home).state is State.NOT_TRIED
    assert [item.decision for item in items()] == [Decision.ACCEPTED]
    assert fates(sent(client, zhou, undo, met)) == ["duplicate", "duplicate"]
    assert list(differences(opened)) == []


def test_a_phone_that_has_forgotten_a_note_is_known_by_the_rest_of_its_visit(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)[:2]]
    known, lost = (ticked(opened, home, note="comes back on Sunday") for home in homes)
    client = browser(app, zhou)
    sent(client, zhou, known)
    bare = [{**one, "note": None, "noted": True} for one in (known, lost)]
    assert fates(sent(client, zhou, *bare)) == ["duplicate", "accepted"]
    made = [event_queries.maybe_visit(opened.community_id, one["id"]) for one in (known, lost)]
    assert [one.note for one in made if one] == ["comes back on Sunday", None]
    assert fates(sent(client, zhou, {**bare[0], "noted": False})) == ["conflict"]


def test_within_a_batch_a_visit_comes_before_its_undo_whatever_their_order(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    home = tower.dwellings(tower.building)[0].id
    met = ticked(opened, home)
    assert fates(sent(browser(app, zhou), zhou, undo_of(met), met)) == ["accepted", "accepted"]
    assert door_of(opened, home).state is State.NOT_TRIED


def test_an_undo_tapped_in_time_counts_hours_later_and_one_tapped_late_does_not(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    homes = [home.id for home in tower.dwellings(tower.building)[:2]]
    client, yesterday = browser(app, zhou), now() - timedelta(days=1)
    visits = [ticked(opened, home, device_at=local_time(yesterday)) for home in homes]
    sent(client, zhou, *visits)
    for made in db.session.query(Visit):
        made.received_at = yesterday
    db.session.commit()
    soon, late = (undo_of(one) for one in visits)
    soon["device_at"] = local_time(yesterday + timedelta(minutes=5))
    late["device_at"] = local_time(yesterday + timedelta(minutes=15))
    assert fates(sent(client, zhou, soon, late)) == ["accepted", "review"]
    assert [door_of(opened, home).state for home in homes] == [State.NOT_TRIED, State.COVERED]
    assert "ten minutes" in items()[0].body["problem"]


def test_what_comes_for_a_closed_round_waits_in_the_tray_and_its_sender_is_told(
    app: Flask, tower: Tower, zhou: User, lin: User
) -> None:
    narrow = make_round(tower.building)
    for home in tower.dwellings(tower.building):
        visit(zhou, narrow, home.id, Outcome.MET)
    statements.sign_all_below(narrow, tower.building, by=person_of(lin))
    actions.close_round(narrow, by=person_of(lin))
    db.session.commit()
    late = ticked(narrow, tower.dwellings(tower.building)[0].id, "phone")
    answer = sent(browser(app, zhou), zhou, late)
    assert fates(answer) == ["review"]
    assert "kept for the coordinator" in answer["visits"][0]["words"]
    assert [item.kind for item in items()] == [TrayKind.LATE]


def test_whoever_was_relieved_meanwhile_is_heard_by_the_coordinator(
    app: Flask, opened: Round, tower: Tower, zhou: User, lin: User
) -> None:
    home = tower.dwellings(tower.building)[0].id
    duty = db.session.query(HeldDuty).filter_by(user_id=zhou.id).one()
    duty.end(at=now(), by=None)
    db.session.commit()
    late = ticked(opened, home)
    assert fates(sent(browser(app, zhou), zhou, late)) == ["review"]
    in_tray.decide(person_of(lin), items()[0], accept=True, answer="she was there")
    db.session.commit()
    made = event_queries.maybe_visit(opened.community_id, late["id"])
    assert made is not None
    assert made.credit_id == zhou.id
    assert abs(now() - made.happened_at - timedelta(hours=1)) < timedelta(minutes=1)
    assert fates(sent(browser(app, zhou), zhou, late)) == ["duplicate"]


def test_a_visit_at_a_door_that_a_re_cut_gave_to_another_group_waits(
    app: Flask, opened: Round, tower: Tower, lin: User
) -> None:
    first, second = tower.groups(tower.building)
    home = tower.dwellings(tower.building)[20]
    mei = make_user("Mei", (Role.VOLUNTEER, tower.building))
    send_out(mei, first)
    move(tower.building, [home.id], group=second.number, by=person_of(lin))
    db.session.commit()
    answer = sent(browser(app, mei), mei, ticked(opened, home.id))
    assert fates(answer) == ["review"]
    assert [item.kind for item in items()] == [TrayKind.RECUT]


def test_doors_out_of_reach_and_doors_that_never_were_fare_alike(
    app: Flask, opened: Round, tower: Tower, zhou: User, wu: User, lin: User
) -> None:
    there = tower.dwellings(tower.building)[0].id
    answer = sent(browser(app, wu), wu, ticked(opened, there), ticked(opened, 2_000_000_000))
    assert fates(answer) == ["review", "review"]
    assert len({told["words"] for told in answer["visits"]}) == 1
    assert {item.path for item in items()} == {tower.other_building.path}
    assert db.session.query(Visit).count() == 0
    page = browser(app, lin).get(f"/rounds/{opened.id}/tray").text
    assert "Wu" not in text(page)


def test_what_names_no_round_of_ours_or_has_no_id_stays_on_the_phone(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    home = tower.dwellings(tower.building)[0].id
    answer = sent(
        browser(app, zhou), zhou, ticked(opened, home, round=999), ticked(opened, home, id="x"), 7
    )
    assert fates(answer) == ["refused"] * 3
    assert items() == []


def test_a_batch_too_large_is_refused_by_naming_the_limit(
    app: Flask, opened: Round, tower: Tower, zhou: User
) -> None:
    body = {"user": zhou.id, "visits": [{}] * 501}
    response = browser(app, zhou).post("/sync/visits", json=body, headers=JSON)
    assert response.status_code == 413
    assert response.json == {"error": "At most 500 visits at once.", "most": 500}


def test_nobody_sends_the_queue_of_somebody_else(
    app: Flask, opened: Round, tower: Tower, zhou: User, chen: User
) -> None:
    body = {"user": zhou.id, "visits": [ticked(opened, tower.dwellings(tower.building)[0].id)]}
    response = browser(app, chen).post("/sync/visits", json=body, headers=JSON)
    assert response.status_code == 409
    assert db.session.query(Visit).count() == 0


def test_the_signed_out_read_json_and_are_told_to_sign_in(app: Flask, opened: Round) -> None:
    for response in (
        browser(app).get("/sync", headers=JSON),
        browser(app).post("/sync/visits", json={"visits": []}, headers=JSON),
    ):
        assert response.status_code == 401
        assert response.is_json
        assert set(response.json or {}) == {"error"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"visits": 7}', b'"visits"', pytest.param(b"[" * 100_000, id="nested")],
)
def test_a_damaged_batch_is_not_understood(
    app: Flask, opened: Round, zhou: User, body: bytes
) -> None:
    response = browser(app, zhou).post("/sync/visits", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.json


def test_a_phone_asks_who_is_signed_in(app: Flask, opened: Round, zhou: User) -> None:
    response = browser(app, zhou).get("/sync", headers=JSON)
    assert response.json is not None
    assert (response.json["user"], response.json["most"]) == (zhou.id, 500)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_phone_that_finds_the_server_busy_is_told_when_to_come_again(
    app: Flask, opened: Round, zhou: User
) -> None:
    body = {"user": zhou.id, "visits": []}
    with sync_views.line.room, sync_views.line.room:
        response = browser(app, zhou).post("/sync/visits", json=body, headers=JSON)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert fates(sent(browser(app, zhou), zhou)) == []


def test_whoever_is_turned_away_comes_behind_all_who_were_told_before() -> None:
    line = Line(takes=2.0)
    waits = [line.come_again() for _ in range(100)]
    assert waits == sorted(waits)
    assert (waits[0], waits[9], waits[-1]) == (1, 10, 60)


def test_after_a_restore_the_epoch_is_another(app: Flask, opened: Round, zhou: User) -> None:
    before = sent(browser(app, zhou), zhou)["epoch"]
    assert sent(browser(app, zhou), zhou)["epoch"] == before
    result = app.test_cli_runner().invoke(args=["ledger", "new-epoch"])
    assert result.exit_code == 0
    after = sent(browser(app, zhou), zhou)["epoch"]
    assert after != before
    assert after in result.output
