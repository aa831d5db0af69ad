"""Reports that cannot be entered at once: each has a fate, and the same one however often sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import User
from portal.coverage import doors, in_tray
from portal.coverage.entries import Entry, Fate
from portal.coverage.models import Decision, Round, TrayItem, TrayKind, Visit
from portal.coverage.states import Kind, Outcome, State
from portal.coverage.verify import differences
from portal.db import db
from portal.errors import NotFoundError, RuleError
from tests.conftest import HTMX, Tower, browser, make_user, person_of
from tests.coverage.factory import door_of, make_round, new_id, relieve
from tests.shifts.factory import send_out


@pytest.fixture
def opened(tower: Tower) -> Round:
    return make_round(tower.estate)


@pytest.fixture
def met(tower: Tower) -> Entry:
    """Everybody met at the first door of Auntie Zhou's building."""
    home = tower.dwellings(tower.building)[0].id
    return Entry(uuid=new_id(), dwelling_id=home, outcome=Outcome.MET, told=2, remaining=0)


def items() -> list[TrayItem]:
    return list(db.session.query(TrayItem).order_by(TrayItem.id))


def test_a_kept_report_sent_twice_waits_once(opened: Round, met: Entry, chen: User) -> None:
    relieve(chen)
    fates = [doors.receive(person_of(chen), opened, met).fate for _ in range(3)]
    assert fates == [Fate.REVIEW] * 3
    assert [item.kind for item in items()] == [TrayKind.LEFT_SCOPE]


def test_a_kept_report_sent_again_once_accepted_is_success(
    opened: Round, met: Entry, chen: User, lin: User
) -> None:
    relieve(chen)
    doors.receive(person_of(chen), opened, met)
    in_tray.decide(person_of(lin), items()[0], accept=True, answer="she was there")
    again = doors.receive(person_of(chen), opened, met)
    assert again.fate is Fate.DUPLICATE
    assert again.standing is not None
    assert again.standing.state is State.COVERED
    assert (len(items()), db.session.query(Visit).count()) == (1, 1)
    assert list(differences(opened)) == []


def test_a_declined_report_sent_again_says_that_it_was_declined(
    app: Flask, opened: Round, met: Entry, chen: User, lin: User
) -> None:
    relieve(chen)
    doors.receive(person_of(chen), opened, met)
    in_tray.decide(person_of(lin), items()[0], accept=False, answer="wrong door")
    again = doors.receive(person_of(chen), opened, met)
    assert (again.fate, again.item) == (Fate.REVIEW, items()[0])
    url = f"/rounds/{opened.id}/doors/{met.dwelling_id}/visits"
    form = {"uuid": met.uuid, "outcome": "met", "told": "2"}
    answer = browser(app, chen).post(url, data=form, headers=HTMX)
    assert "declined this report: wrong door" in answer.text


def test_a_conflict_is_kept_once_and_is_success_once_accepted(
    opened: Round, met: Entry, zhou: User, lin: User
) -> None:
    leader = person_of(zhou)
    doors.receive(leader, opened, replace(met, outcome=Outcome.NOT_HOME, told=None, remaining=None))
    assert [doors.receive(leader, opened, met).fate for _ in range(2)] == [Fate.CONFLICT] * 2
    assert len(items()) == 1
    in_tray.decide(person_of(lin), items()[0], accept=True, answer="she rang me")
    assert doors.receive(leader, opened, met).fate is Fate.DUPLICATE
    assert door_of(opened, met.dwelling_id).state is State.COVERED
    assert list(differences(opened)) == []


def test_another_body_for_a_kept_report_is_a_conflict_beside_it(
    opened: Round, met: Entry, chen: User, lin: User
) -> None:
    relieve(chen)
    doors.receive(person_of(chen), opened, met)
    other = doors.receive(person_of(chen), opened, replace(met, told=1))
    assert other.fate is Fate.CONFLICT
    assert [item.kind for item in items()] == [TrayKind.LEFT_SCOPE, TrayKind.CONFLICT]
    in_tray.decide(person_of(lin), items()[1], accept=True, answer="the second counts")
    with pytest.raises(RuleError, match="in the ledger already"):
        in_tray.decide(person_of(lin), items()[0], accept=True, answer="both?")
    assert door_of(opened, met.dwelling_id).contacts == 1


def test_a_kept_report_that_could_be_entered_later_is_simply_settled(
    opened: Round, met: Entry, tower: Tower, chen: User, lin: User
) -> None:
    relieve(chen)
    doors.receive(person_of(chen), opened, met)
    send_out(chen, *tower.groups(tower.building))
    assert doors.receive(person_of(chen), opened, met).fate is Fate.ACCEPTED
    in_tray.decide(person_of(lin), items()[0], accept=True, answer="here it is")
    assert items()[0].decision is Decision.ACCEPTED
    assert door_of(opened, met.dwelling_id).contacts == 2


def test_an_undo_that_overtakes_its_visit_is_held_and_enters_after_it(
    opened: Round, met: Entry, zhou: User
) -> None:
    undo = Entry(uuid=new_id(), dwelling_id=met.dwelling_id, kind=Kind.UNDO, replaces=met.uuid)
    leader = person_of(zhou)
    assert doors.receive(leader, opened, undo).fate is Fate.HELD
    assert doors.receive(leader, opened, met).fate is Fate.ACCEPTED
    assert doors.receive(leader, opened, undo).fate is Fate.ACCEPTED
    assert doors.receive(leader, opened, undo).fate is Fate.DUPLICATE
    assert door_of(opened, met.dwelling_id).state is State.NOT_TRIED
    assert [item.decision for item in items()] == [Decision.ACCEPTED]


def test_an_undo_that_comes_when_the_duty_is_gone_waits_and_is_not_called_accepted(
    opened: Round, met: Entry, tower: Tower, chen: User
) -> None:
    undo = Entry(uuid=new_id(), dwelling_id=met.dwelling_id, kind=Kind.UNDO, replaces=met.uuid)
    assert doors.receive(person_of(chen), opened, undo).fate is Fate.HELD
    assert doors.receive(person_of(chen), opened, met).fate is Fate.ACCEPTED
    relieve(chen)
    assert doors.receive(person_of(chen), opened, undo).fate is not Fate.DUPLICATE
    assert Decision.ACCEPTED not in {item.decision for item in items()}


def test_an_undo_of_a_kept_report_waits_beside_it(
    opened: Round, met: Entry, chen: User, lin: User
) -> None:
    relieve(chen)
    undo = Entry(uuid=new_id(), dwelling_id=met.dwelling_id, kind=Kind.UNDO, replaces=met.uuid)
    doors.receive(person_of(chen), opened, met)
    assert doors.receive(person_of(chen), opened, undo).fate is Fate.REVIEW
    first, second = items()
    assert second.kind is TrayKind.FOLLOWS
    coordinator = person_of(lin)
    with pytest.raises(RuleError, match="Decide first"):
        in_tray.decide(coordinator, second, accept=True, answer="as she says")
    in_tray.decide(coordinator, first, accept=True, answer="as she says")
    in_tray.decide(coordinator, second, accept=True, answer="as she says")
    assert door_of(opened, met.dwelling_id).state is State.NOT_TRIED
    assert list(differences(opened)) == []


def test_an_undo_held_for_a_report_that_is_then_kept_waits_for_the_coordinator_with_it(
    opened: Round, met: Entry, chen: User, lin: User
) -> None:
    undo = Entry(uuid=new_id(), dwelling_id=met.dwelling_id, kind=Kind.UNDO, replaces=met.uuid)
    assert doors.receive(person_of(chen), opened, undo).fate is Fate.HELD
    relieve(chen)
    assert doors.receive(person_of(chen), opened, met).fate is Fate.REVIEW
    held, kept = items()
    assert (held.kind, kept.kind) == (TrayKind.FOLLOWS, TrayKind.LEFT_SCOPE)
    for item in (kept, held):
        in_tray.decide(person_of(lin), item, accept=True, answer="as she says")
    assert door_of(opened, met.dwelling_id).state is State.NOT_TRIED
    assert list(differences(opened)) == []


def test_an_undo_held_since_before_its_report_is_accepted_is_freed_with_it(
    opened: Round, met: Entry, chen: User, lin: User
) -> None:
    relieve(chen)
    doors.receive(person_of(chen), opened, met)
    undo = Entry(uuid=new_id(), dwelling_id=met.dwelling_id, kind=Kind.UNDO, replaces=met.uuid)
    doors.receive(person_of(chen), opened, undo)
    kept, held = items()
    held.kind = TrayKind.HELD  # as it was left by versions that did not look for it
    in_tray.decide(person_of(lin), kept, accept=True, answer="as she says")
    assert held.kind is TrayKind.FOLLOWS
    in_tray.decide(person_of(lin), held, accept=True, answer="as she says")
    assert door_of(opened, met.dwelling_id).state is State.NOT_TRIED


def test_a_correction_sent_twice_counts_once(
    opened: Round, met: Entry, tower: Tower, zhou: User
) -> None:
    leader = person_of(zhou)
    doors.receive(leader, opened, met)
    better = Entry(
        uuid=new_id(),
        dwelling_id=met.dwelling_id,
        outcome=Outcome.MET,
        told=1,
        reason="miscounted",
        replaces=met.uuid,
    )
    assert doors.receive(leader, opened, better).fate is Fate.ACCEPTED
    assert doors.receive(leader, opened, better).fate is Fate.DUPLICATE
    assert door_of(opened, met.dwelling_id).contacts == 1
    far = replace(better, uuid=new_id(), dwelling_id=tower.dwellings(tower.building)[1].id)
    with pytest.raises(NotFoundError):
        doors.receive(leader, opened, far)


def test_a_report_from_a_group_that_has_lost_the_door_is_kept(
    opened: Round, met: Entry, tower: Tower, wu: User
) -> None:
    second = tower.groups(tower.building)[1]
    neighbour = make_user("Neighbour", (Role.LEADER, second))
    receipt = doors.receive(person_of(neighbour), opened, met)
    assert receipt.fate is Fate.REVIEW
    assert items()[0].kind is TrayKind.RECUT
    with pytest.raises(NotFoundError):
        doors.receive(person_of(wu), opened, met)


def test_whoever_has_lost_the_building_reads_that_the_report_is_kept(
    app: Flask, opened: Round, met: Entry, chen: User
) -> None:
    relieve(chen)
    url = f"/rounds/{opened.id}/doors/{met.dwelling_id}/visits"
    form = {"uuid": met.uuid, "outcome": "met", "told": "2"}
    client = browser(app, chen)
    by_htmx = client.post(url, data=form, headers=HTMX)
    assert (by_htmx.status_code, by_htmx.headers["HX-Retarget"]) == (202, "#messages")
    assert "You are no longer assigned here. Your report is kept" in by_htmx.text
    plain = client.post(url, data=form)
    assert plain.status_code == 303
    assert "Your report is kept" in client.get(plain.location).text
    assert len(items()) == 1


def test_a_found_door_reported_twice_by_a_double_click_waits_once(
    app: Flask, opened: Round, tower: Tower, zhou: User, lin: User
) -> None:
    url = f"/rounds/{opened.id}/plan/{tower.building.id}/found"
    form = {"uuid": new_id(), "unit": "1", "floor": "8", "room": "801"}
    client = browser(app, zhou)
    assert [client.post(url, data=form).status_code for _ in range(2)] == [303, 303]
    assert len(items()) == 1
    in_tray.decide(person_of(lin), items()[0], accept=True, answer="seen")
    db.session.commit()
    assert client.post(url, data=form).status_code == 303
    assert client.post(url, data={**form, "uuid": new_id()}).status_code == 409
    assert client.post(url, data={**form, "room": "802"}).status_code == 303
    assert [item.kind for item in items()] == [TrayKind.FOUND] * 2
