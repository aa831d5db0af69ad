"""A bulletin goes down the tower: who is told, who relays, where it stops, what happens then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.audit.models import AuditEvent
from portal.clock import now
from portal.db import db
from portal.errors import NotFoundError, RuleError
from portal.outbox.models import Notice
from portal.outbox.wording import worded
from portal.relay import actions, keeping, people_queries
from portal.relay.board import Board, board_of
from portal.relay.cards import cards
from portal.relay.chain import State
from portal.relay.models import Audience, Bulletin, Ending, RelayStop
from portal.relay.upkeep import tick
from portal.tasks.inbox import inbox
from portal.tasks.states import TaskKind
from portal.tower.models import Place
from tests.conftest import Tower, make_user, person_of
from tests.relay.factory import (
    age,
    make_addressee,
    make_bulletin,
    make_leaders,
    relay,
    seat,
    stop_at,
)


def told(user: User) -> list[str]:
    query = db.session.query(Notice.kind).filter_by(user_id=user.id).order_by(Notice.id)
    return [kind for (kind,) in query]


def whole(bulletin: Bulletin, audience: Audience = Audience.HOMES) -> Board:
    return board_of(bulletin, audience, bulletin.path, at=now())


def state_of(bulletin: Bulletin, place: Place) -> State:
    return whole(bulletin).nodes[stop_at(bulletin, place).id].state


def test_it_comes_down_level_by_level(
    tower: Tower, head: User, lin: User, zhou: User, wu: User
) -> None:
    bulletin = make_bulletin(tower.community, head)
    assert [told(who) for who in (lin, zhou, wu)] == [["relay.come"], [], []]
    assert state_of(bulletin, tower.community) is State.RELAYED, "issuing is relaying"
    assert state_of(bulletin, tower.building) is State.NOT_YET
    assert cards(person_of(zhou)) == []
    relay(bulletin, lin, tower.estate)
    assert [told(who) for who in (lin, zhou, wu)] == [["relay.come"], ["relay.come"], []]
    assert state_of(bulletin, tower.building) is State.WAITING
    (card,) = cards(person_of(zhou))
    assert card.bulletin.id == bulletin.id
    assert [entry.kind for entry in inbox(person_of(zhou), now()).entries] == [TaskKind.RELAY]


def test_the_tree_shows_where_it_stopped_and_who_is_missing(
    tower: Tower, head: User, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.community, head)
    relay(bulletin, lin, tower.estate)
    relay(bulletin, zhou, tower.building)
    board = whole(bulletin)
    stuck = {board.rows[node.stop.id].place_id: node.state for node in board.stuck}
    empty = [tower.other_estate, *tower.buildings[:2], *tower.groups(tower.building)]
    assert stuck == {place.id: State.NOBODY for place in empty}
    places = db.session.query(Place).filter_by(community_id=tower.community.id).count()
    assert board.whole.total == places
    assert board.whole.relayed == 3
    assert board.whole.of(level=4, state=State.NOBODY) == 8, "groups that nobody leads are gaps"


def test_a_group_is_led_from_the_seats_that_relay(
    tower: Tower, head: User, zhou: User, chen: User
) -> None:
    first, second = tower.groups(tower.building)
    seat(first, chen)
    seat(second, chen, number=1)
    bulletin = make_bulletin(tower.building, head)
    assert state_of(bulletin, first) is State.WAITING
    assert state_of(bulletin, second) is State.NOBODY, "the officer's seat does not relay"
    assert told(chen) == ["relay.come"]
    keeping.decide_rules(tower.community.id, [1], by=person_of(head))
    assert state_of(bulletin, first) is State.NOBODY
    assert state_of(bulletin, second) is State.WAITING
    chen.disable(at=now())
    db.session.flush()
    assert state_of(bulletin, second) is State.NOBODY


def test_zhou_confirms_her_building_and_its_groups_with_one_tap(
    tower: Tower, lin: User, zhou: User
) -> None:
    for group in tower.groups(tower.building):
        seat(group, zhou)
    bulletin = make_bulletin(tower.estate, lin)
    (card,) = cards(person_of(zhou))
    assert [stop.level for stop in card.stops] == [3, 4, 4]
    actions.relay(bulletin, [stop.id for stop in card.stops], by=person_of(zhou))
    assert cards(person_of(zhou)) == []
    stops = db.session.query(RelayStop).filter(RelayStop.relayed_by == zhou.id).all()
    assert [stop.on_behalf for stop in stops] == [False] * 3


def test_lin_relays_for_a_building_that_has_nobody_and_her_name_stands_there(
    tower: Tower, lin: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    (leader,) = make_leaders(tower.groups(tower.building)[0])
    relay(bulletin, lin, tower.building)
    stop = stop_at(bulletin, tower.building)
    assert (stop.relayed_by, stop.on_behalf) == (lin.id, True)
    assert told(leader) == ["relay.come"]
    deed = db.session.query(AuditEvent).filter_by(action="bulletin.relayed").one()
    assert deed.details["stops"] == 1


def test_where_estate_and_building_have_nobody_the_coordinator_sees_to_both(
    tower: Tower, head: User, lin: User
) -> None:
    bulletin = make_bulletin(tower.community, head)

    def left_to(user: User) -> set[int]:
        return {stop.place_id for card in cards(person_of(user)) for stop in card.stops}

    assert tower.other_estate.id in left_to(head)
    assert tower.other_building.id not in left_to(head), "it has not come down yet"
    relay(bulletin, head, tower.other_estate)
    assert left_to(head) == {tower.other_building.id}
    assert [entry.kind for entry in inbox(person_of(head), now()).entries] == [TaskKind.RELAY]
    relay(bulletin, head, tower.other_building)
    assert left_to(head) == {group.id for group in tower.groups(tower.other_building)}
    relay(bulletin, head, *tower.groups(tower.other_building))
    assert left_to(head) == set()
    assert left_to(lin) == {tower.estate.id, *(building.id for building in tower.buildings)}


def test_every_stop_of_a_bulletin_is_on_somebodys_list_whoever_leads_what(
    tower: Tower, head: User
) -> None:
    """Whichever places have a leader, whoever leads the nearest above finds the rest."""
    wanted = make_bulletin(tower.community, head)
    places = [tower.other_estate, tower.other_building, *tower.groups(tower.other_building)]
    for chosen in range(2 ** len(places)):
        led = [place for n, place in enumerate(places) if chosen >> n & 1]
        leaders = make_leaders(*led) if led else []
        seen = {
            stop.place_id
            for person in (head, *leaders)
            for stop in people_queries.waiting_for(person_of(person))
        }
        assert {place.id for place in places} <= seen, [place.name for place in led]
        for leader in leaders:
            leader.disable(at=now())
        db.session.flush()
    assert wanted.is_open


def test_nobody_relays_beside_or_above_their_place(
    tower: Tower, head: User, zhou: User, chen: User, wu: User
) -> None:
    bulletin = make_bulletin(tower.community, head)
    for who, place in (
        (zhou, tower.estate),
        (zhou, tower.buildings[1]),
        (wu, tower.building),
        (chen, tower.building),
    ):
        with pytest.raises(NotFoundError):
            relay(bulletin, who, place)
    other = make_bulletin(tower.building, head)
    with pytest.raises(NotFoundError):
        actions.relay(bulletin, [stop_at(other, tower.building).id], by=person_of(head))


def test_the_second_of_two_leaders_is_told_that_it_is_done(
    tower: Tower, lin: User, zhou: User
) -> None:
    (other,) = make_leaders(tower.building)
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, zhou, tower.building)
    with pytest.raises(RuleError):
        relay(bulletin, other, tower.building)
    assert stop_at(bulletin, tower.building).relayed_by == zhou.id


def test_everybody_is_reminded_once(tower: Tower, lin: User, zhou: User) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    person = person_of(lin)
    assert actions.remind(bulletin, tower.estate.path, by=person) == 1
    assert actions.remind(bulletin, tower.estate.path, by=person) == 0
    assert told(zhou) == ["relay.come", "relay.reminder"]
    relay(bulletin, zhou, tower.building)
    assert actions.remind(bulletin, tower.estate.path, by=person) == 0


# Time --------------------------------------------------------------------------------------------


def test_when_a_level_lapses_the_next_one_up_is_told_once(
    tower: Tower, head: User, lin: User, zhou: User, wu: User
) -> None:
    bulletin = make_bulletin(tower.community, head, hours=24)
    relay(bulletin, lin, tower.estate)
    age(bulletin, hours=9)  # estates had eight hours; the other estate has nobody
    assert (tick(now()), tick(now())) == (1, 0)
    assert told(head) == ["relay.lapsed"]
    age(bulletin, hours=8)  # buildings had sixteen
    assert tick(now()) == 1
    assert told(lin).count("relay.lapsed") == 1
    notice = db.session.query(Notice).filter_by(user_id=lin.id, kind="relay.lapsed").one()
    assert notice.details["stops"] == 3, "Zhou's building and two with nobody"
    assert "It stopped below you" in worded(notice.kind, notice.details).title
    assert told(head) == ["relay.lapsed"], "the building of the other estate has not got it"
    age(bulletin, hours=8)
    assert (tick(now()), tick(now())) == (1, 0)
    assert told(head) == ["relay.lapsed", "relay.unfinished"]
    assert [told(who) for who in (zhou, wu)] == [["relay.come"], []]


def test_a_lapsed_group_below_a_building_with_nobody_goes_to_the_estate(
    tower: Tower, lin: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin, hours=2)
    for building in tower.buildings:
        relay(bulletin, lin, building)
    age(bulletin, hours=3)
    tick(now())
    assert told(lin) == ["relay.lapsed", "relay.unfinished"]


# Correcting and ending ---------------------------------------------------------------------------


def test_a_correction_reaches_those_who_relayed_at_once(
    tower: Tower, head: User, lin: User, zhou: User, wu: User
) -> None:
    former = make_bulletin(tower.community, head)
    relay(former, lin, tower.estate)
    relay(former, zhou, tower.building)
    wanted = actions.Wanted(
        title="New swindle, corrected",
        text="Ring 96110.",
        audiences=(Audience.HOMES,),
        arrive_by=now() + timedelta(hours=24),
    )
    bulletin = actions.correct(former, wanted, reason="wrong number", by=person_of(head))
    assert former.ending is Ending.CORRECTED
    assert told(zhou) == ["relay.come", "relay.corrected"]
    assert told(wu) == [], "it has not come to the other estate, as before"
    assert state_of(bulletin, tower.building) is State.WAITING
    assert state_of(bulletin, tower.buildings[0]) is State.NOBODY
    assert [card.bulletin.id for card in cards(person_of(zhou))] == [bulletin.id]
    with pytest.raises(RuleError):
        relay(former, head, tower.buildings[0])


def test_a_withdrawn_bulletin_asks_those_who_relayed_it_to_say_so(
    tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    relay(bulletin, zhou, tower.building)
    actions.end(bulletin, Ending.WITHDRAWN, reason="not true", by=person_of(lin))
    assert told(zhou) == ["relay.come", "relay.withdrawn"]
    assert whole(bulletin).whole.relayed == 2, "the tree stays as it was"
    age(bulletin, hours=48)
    assert tick(now()) == 0
    with pytest.raises(RuleError):
        actions.end(bulletin, Ending.OVER, reason="again", by=person_of(lin))


# Other audiences ---------------------------------------------------------------------------------


def test_shops_have_a_chain_of_their_own(tower: Tower, lin: User, zhou: User) -> None:
    noodles = make_addressee(tower.building, "Noodles")
    make_addressee(tower.other_building, "Beyond")
    make_addressee(tower.building, "School 3", Audience.SCHOOLS)
    bulletin = make_bulletin(tower.estate, lin, Audience.SHOPS)
    rows = whole(bulletin, Audience.SHOPS).rows.values()
    assert [(row.level, row.addressee) for row in rows] == [(2, None), (3, None), (4, "Noodles")]
    (card,) = cards(person_of(zhou))
    assert [stop.addressee for stop in card.stops] == [None, noodles.name]
    keeping.retire_addressee(noodles, by=person_of(lin))
    with pytest.raises(RuleError):
        make_bulletin(tower.estate, lin, Audience.SHOPS)
    assert whole(bulletin, Audience.SHOPS).whole.total == 3


def test_one_bulletin_goes_to_two_audiences_and_they_are_counted_apart(
    tower: Tower, lin: User, zhou: User
) -> None:
    make_addressee(tower.building, "Noodles")
    make_leaders(*tower.groups(tower.building))
    bulletin = make_bulletin(tower.estate, lin, Audience.HOMES, Audience.SHOPS)
    relay(bulletin, zhou, tower.building)
    assert whole(bulletin, Audience.HOMES).whole.relayed == 2
    assert whole(bulletin, Audience.SHOPS).whole.relayed == 1
    assert len(cards(person_of(zhou))) == 1
    assert told(zhou) == ["relay.come"], "told once, whatever the audiences"


def test_whoever_lost_the_duty_has_nothing_to_relay(
    app: Flask, tower: Tower, lin: User, zhou: User
) -> None:
    bulletin = make_bulletin(tower.estate, lin)
    db.session.query(HeldDuty).filter_by(user_id=zhou.id).one().end(at=now(), by=None)
    make_user("Next", (Role.VOLUNTEER, tower.building))
    db.session.flush()
    assert state_of(bulletin, tower.building) is State.NOBODY
    assert people_queries.waiting_for(person_of(zhou)) == []
