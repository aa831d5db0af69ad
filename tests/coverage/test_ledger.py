"""Entering visits: the laws of the ledger, one by one."""

from __future__ import annotations

import pytest

from portal.access import Role
from portal.accounts.models import User
from portal.clock import now
from portal.coverage import actions, digest, doors, event_queries, statements, tally_queries
from portal.coverage.entries import Entry, Fate
from portal.coverage.models import Decision, TrayItem, TrayKind, Visit
from portal.coverage.states import Outcome, Pending, Reason, State
from portal.db import db
from portal.errors import NotFoundError, RuleError
from tests.conftest import Tower, make_user, person_of
from tests.coverage.factory import door_of, figures, make_round, new_id, relieve, visit


def test_opening_a_round_writes_one_row_a_dwelling(tower: Tower) -> None:
    opened = make_round(tower.estate)
    assert figures(opened, tower.estate) == {"not_tried": 126}
    assert figures(opened, tower.building) == {"not_tried": 42}
    assert figures(opened, tower.other_building) == {}


def test_a_round_over_nobody_is_refused(tower: Tower) -> None:
    with pytest.raises(RuleError, match="no household"):
        make_round(tower.estate, care_tag="student")


def test_meeting_everybody_covers_the_door(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0]
    receipt = visit(zhou, opened, home.id, Outcome.MET, told=2)
    assert receipt.fate is Fate.ACCEPTED
    door = door_of(opened, home.id)
    assert (door.state, door.contacts, door.met) == (State.COVERED, 2, True)
    assert figures(opened, tower.building) == {"not_tried": 41, "covered": 1}
    assert figures(opened, tower.estate) == {"not_tried": 125, "covered": 1}


def test_the_last_answer_about_who_is_missing_decides(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    visit(zhou, opened, home, Outcome.MET_PARTIAL, told=1, remaining=1)
    assert door_of(opened, home).state is State.PART_COVERED
    visit(zhou, opened, home, Outcome.PHONE, told=1, remaining=0)
    door = door_of(opened, home)
    assert (door.state, door.contacts, door.remaining) == (State.COVERED, 2, 0)


def test_meeting_part_of_a_household_needs_the_number_still_to_tell(
    tower: Tower, zhou: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    with pytest.raises(RuleError, match="still to be told"):
        visit(zhou, opened, home, Outcome.MET_PARTIAL, told=1)


def test_a_left_note_is_an_attempt_and_never_coverage(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    for _ in range(2):
        visit(zhou, opened, home, Outcome.NOTE_LEFT)
    door = door_of(opened, home)
    assert (door.state, door.attempts, door.contacts) == (State.TRIED, 2, 0)


def test_the_same_report_twice_is_success_again(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(zhou, opened, home, Outcome.NOT_HOME, uuid=key)
    again = visit(zhou, opened, home, Outcome.NOT_HOME, uuid=key)
    assert again.fate is Fate.DUPLICATE
    assert db.session.query(Visit).count() == 1
    assert door_of(opened, home).attempts == 1


def test_the_same_id_with_another_body_is_refused_and_kept(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(zhou, opened, home, Outcome.NOT_HOME, uuid=key)
    other = visit(zhou, opened, home, Outcome.MET, uuid=key)
    assert other.fate is Fate.CONFLICT
    assert door_of(opened, home).state is State.TRIED
    item = db.session.query(TrayItem).one()
    assert (item.kind, item.decision) == (TrayKind.CONFLICT, Decision.WAITING)
    assert item.body["outcome"] == "met"


def test_two_different_people_make_a_vacancy(tower: Tower, zhou: User, chen: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    visit(zhou, opened, home, Outcome.VACANT)
    visit(zhou, opened, home, Outcome.VACANT)
    door = door_of(opened, home)
    assert (door.state, door.pending) == (State.TRIED, Pending.VACANCY)
    visit(chen, opened, home, Outcome.VACANT)
    door = door_of(opened, home)
    assert (door.state, door.pending) == (State.VACANT, Pending.NONE)


def test_an_exclusion_needs_a_reason_and_another_approver(
    tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    leader, coordinator = person_of(zhou), person_of(lin)
    ask = {"uuid": new_id(), "reason": Reason.NON_RESIDENTIAL, "text": "a shop"}
    doors.ask_exclusion(leader, opened, door_of(opened, home), **ask)
    assert door_of(opened, home).state is State.NOT_TRIED
    with pytest.raises(RuleError, match="Somebody else"):
        doors.decide_exclusion(
            leader, opened, door_of(opened, home), uuid=new_id(), approve=True, reason="yes"
        )
    doors.decide_exclusion(
        coordinator, opened, door_of(opened, home), uuid=new_id(), approve=True, reason="seen"
    )
    assert door_of(opened, home).state is State.EXCLUDED
    doors.readmit(
        coordinator, opened, door_of(opened, home), uuid=new_id(), reason="a family moved in"
    )
    assert door_of(opened, home).state is State.NOT_TRIED


def test_nobody_is_called_unreachable_before_three_visits(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    with pytest.raises(RuleError, match="after 3 visits"):
        doors.ask_exclusion(
            person_of(zhou),
            opened,
            door_of(opened, home),
            uuid=new_id(),
            reason=Reason.UNREACHABLE,
            text="",
        )


def test_a_correction_keeps_the_credit_and_the_moment(tower: Tower, zhou: User, chen: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(chen, opened, home, Outcome.MET, uuid=key, told=2)
    visit(zhou, opened, home, Outcome.NOT_HOME)
    first = event_queries.maybe_visit(opened.community_id, key)
    assert first is not None
    entry = Entry(
        uuid=new_id(),
        dwelling_id=home,
        outcome=Outcome.MET_PARTIAL,
        told=1,
        remaining=1,
        reason="miscounted",
    )
    doors.correct(person_of(zhou), opened, first, entry)
    assert door_of(opened, home).state is State.PART_COVERED
    newer = event_queries.maybe_visit(opened.community_id, entry.uuid)
    assert newer is not None
    assert (newer.author_id, newer.credit_id) == (zhou.id, chen.id)
    assert newer.happened_at == first.happened_at
    again = Entry(**{**vars(entry), "uuid": new_id()})
    with pytest.raises(RuleError, match="corrected already"):
        doors.correct(person_of(zhou), opened, first, again)


def test_a_leader_corrects_others_only_where_she_leads(
    tower: Tower, zhou: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(chen, opened, home, Outcome.MET, uuid=key)
    first = event_queries.maybe_visit(opened.community_id, key)
    assert first is not None
    both = make_user("Both", (Role.LEADER, tower.buildings[0]), (Role.VOLUNTEER, tower.building))
    entry = Entry(uuid=new_id(), dwelling_id=home, outcome=Outcome.NOT_HOME, reason="no")
    with pytest.raises(RuleError, match="Only its author"):
        doors.correct(person_of(both), opened, first, entry)


def test_undo_takes_ones_own_report_back_for_ten_minutes(
    tower: Tower, zhou: User, chen: User
) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    key = new_id()
    visit(zhou, opened, home, Outcome.REFUSED, uuid=key)
    made = event_queries.maybe_visit(opened.community_id, key)
    assert made is not None
    with pytest.raises(RuleError, match="Only whoever"):
        doors.undo(person_of(chen), opened, made)
    doors.undo(person_of(zhou), opened, made)
    assert door_of(opened, home).state is State.NOT_TRIED
    visit(zhou, opened, home, Outcome.MET)
    later = db.session.query(Visit).order_by(Visit.seq.desc()).first()
    assert later is not None
    later.received_at = made.received_at = now() - doors.UNDO_TIME * 2
    with pytest.raises(RuleError, match="ten minutes"):
        doors.undo(person_of(zhou), opened, later)
    again = doors.undo(person_of(zhou), opened, made)
    assert again.fate is Fate.DUPLICATE  # sent again later, it was in time


def test_nobody_home_at_several_doors_is_one_report(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    homes = [home.id for home in tower.dwellings(tower.building)[:25]]
    entry = Entry(uuid="", dwelling_id=0, outcome=Outcome.NOT_HOME)
    batch = new_id()
    doors.record_many(person_of(zhou), opened, entry, homes, batch=batch)
    again = doors.record_many(person_of(zhou), opened, entry, homes, batch=batch)
    assert {receipt.fate for receipt in again} == {Fate.DUPLICATE}
    assert figures(opened, tower.building) == {"not_tried": 17, "tried": 25}
    doors.undo_batch(person_of(zhou), opened, batch)
    assert figures(opened, tower.building) == {"not_tried": 42}


def test_one_door_out_of_reach_refuses_the_whole_report(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.estate)
    near = tower.dwellings(tower.building)[0].id
    far = tower.dwellings(tower.buildings[0])[0].id
    entry = Entry(uuid="", dwelling_id=0, outcome=Outcome.NOT_HOME)
    with pytest.raises(NotFoundError):
        doors.record_many(person_of(zhou), opened, entry, [near, far], batch=new_id())
    db.session.rollback()
    assert figures(opened, tower.estate) == {"not_tried": 126}


def test_a_visit_by_somebody_just_unassigned_waits_in_the_tray(tower: Tower, chen: User) -> None:
    opened = make_round(tower.estate)
    home = tower.dwellings(tower.building)[0].id
    relieve(chen)
    receipt = visit(chen, opened, home, Outcome.MET)
    assert receipt.fate is Fate.REVIEW
    assert db.session.query(TrayItem).one().kind is TrayKind.LEFT_SCOPE
    assert door_of(opened, home).state is State.NOT_TRIED


def test_signing_goes_from_groups_upwards_and_closing_freezes(
    tower: Tower, zhou: User, lin: User
) -> None:
    opened = make_round(tower.building)
    leader, coordinator = person_of(zhou), person_of(lin)
    homes = tower.dwellings(tower.building)
    for home in homes[:-1]:
        visit(leader, opened, home.id, Outcome.MET)
    first, second = tower.groups(tower.building)
    statements.sign(opened, first, by=leader)
    with pytest.raises(RuleError, match="1 household is still to do"):
        statements.sign(opened, second, by=leader)
    visit(leader, opened, homes[-1].id, Outcome.REFUSED)
    with pytest.raises(RuleError, match="1 place below has not signed"):
        actions.close_round(opened, by=coordinator)
    assert statements.sign_all_below(opened, tower.building, by=leader) == 2
    actions.close_round(opened, by=coordinator)
    assert opened.figures is not None
    assert opened.figures["states"]["covered"] == 41
    assert opened.digest == digest.digest_of(opened)
    late = visit(leader, opened, homes[-1].id, Outcome.MET)
    assert late.fate is Fate.REVIEW
    assert opened.digest == digest.digest_of(opened)


def test_a_change_after_signing_voids_the_statements_above(tower: Tower, zhou: User) -> None:
    opened = make_round(tower.building)
    leader = person_of(zhou)
    homes = tower.dwellings(tower.building)
    for home in homes:
        visit(leader, opened, home.id, Outcome.MET)
    statements.sign_all_below(opened, tower.building, by=leader)
    visit(leader, opened, homes[0].id, Outcome.MET_PARTIAL, remaining=1)
    left = tally_queries.standing_sign_offs(opened.community_id, opened.id, tower.building.path)
    assert [s.place_id for s in left] == [tower.groups(tower.building)[1].id]
