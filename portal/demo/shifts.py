"""The rota of the invented community: what was walked, what is out today, and a published plan.

The plan is made and published as a coordinator does it, by the real planner.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from portal import clock
from portal.access import Person
from portal.accounts.crews import EARLY
from portal.accounts.models import User
from portal.coverage.models import Round
from portal.db import db, table_of
from portal.shifts import (
    gap_turns,
    mending_queries,
    needs,
    own_time,
    plan_work,
    plans,
    publishing,
    stand_ins,
)
from portal.shifts.bands import WEEK, WEEKEND
from portal.shifts.models import Assignment, RotaPlan, Shift
from portal.shifts.needs_queries import needs_in
from portal.shifts.own_time import Time
from portal.shifts.party_queries import person_by_id
from portal.shifts.planner import unwatched
from portal.shifts.plans import Wishes
from portal.shifts.refusals import WhyNotError
from portal.shifts.seats import seat_row
from portal.shifts.series import crew_code
from portal.shifts.series_queries import groups_below
from portal.shifts.signups import sign_up
from portal.shifts.states import Origin, Standing
from portal.tower.models import Place
from portal.tower.queries import place_at

DAYS = 14  # of a plan
TODAY = (time(9), time(15, 30), time(18, 30))
EVENING = time(18, 30), time(20, 30)
MORNING = time(9), time(10, 30)  # at weekends, beside the hours of the plan
LANGUAGE = "英语"
Pairs = Mapping[int, Sequence[Person]]  # leader and volunteer, by building

# What was, and what is ---------------------------------------------------------------------------


def walked(opened: Round, building: Place, pair: Sequence[Person], day: date, turn: int) -> None:
    """An evening of a building so far: one group after the other, both came."""
    hours = clock.at(day, EVENING[0]), clock.at(day, EVENING[1])
    _shift(opened, building, pair, hours, turn, Standing.ATTENDED)


def out_today(opened: Round, building: Place, pair: Sequence[Person], turn: int) -> None:
    """Today's shift has the leader and the volunteer; by day they are out, or soon will be."""
    hours = [clock.at(clock.today(), hour) for hour in TODAY]
    begins = max((at for at in hours if at <= clock.now() + EARLY), default=hours[0])
    _shift(opened, building, pair, (begins, begins + timedelta(hours=2)), turn, Standing.HELD)


def _shift(
    opened: Round,
    building: Place,
    pair: Sequence[Person],
    hours: tuple[datetime, datetime],
    turn: int,
    standing: Standing,
) -> None:
    groups = groups_below(building.path, building.community_id)
    group, (starts_at, ends_at) = groups[turn % len(groups)], hours
    shift = Shift(
        community_id=building.community_id,
        source=f"gap/demo-{building.id}",
        cycle=turn,
        round_id=opened.id,
        estate_id=group.estate_id,
        building_id=building.id,
        group_id=group.id,
        path=group.path,
        starts_at=starts_at,
        ends_at=ends_at,
        seats=len(pair),
        taken=len(pair),
        crew_code=crew_code(),
        made_at=opened.opened_at,
        changed_at=opened.opened_at,
    )
    db.session.add(shift)
    db.session.flush()
    came = standing is Standing.ATTENDED
    rows = [
        seat_row(
            building.community_id,
            shift.id,
            shift,
            person.id,
            standing=standing,
            origin=Origin.SELF,
            is_lead=person is pair[0],
            since=opened.opened_at,
            given_by=person.id,
        )
        | ({"arrived_at": starts_at, "ended_at": ends_at, "minutes": 120} if came else {})
        for person in pair
    ]
    db.session.execute(insert(table_of(Assignment)), rows)


# What will be ------------------------------------------------------------------------------------


def lay_out(
    community: Place, opened: Round, pairs: Pairs, head: Person, dice: random.Random
) -> None:
    """Open mornings with some sign-ups, a published plan, and what has happened to it since."""
    _ask_for_a_language(pairs, head)
    _like_to_come(pairs)
    _open_mornings(pairs, head, dice)
    first = clock.today() + timedelta(days=1)
    plan = _worked_out(community, opened, head, first, at_once=5)
    publishing.publish(plan, by=head, now=clock.now())
    _something_comes_up(plan)
    estate = place_at(db.session.get_one(Place, min(pairs)).path.rsplit("/", 2)[0] + "/")
    _worked_out(estate, opened, head, first + timedelta(days=DAYS), at_once=1)


def _ask_for_a_language(pairs: Pairs, head: Person) -> None:
    """One building asks for somebody who speaks English; both of its neighbours' people do."""
    asking, *others = sorted(pairs)[-3:]
    needs.decide(db.session.get_one(Place, asking), [LANGUAGE], by=head, at=clock.now())
    for building in others:
        for person in pairs[building]:
            user = db.session.get_one(User, person.id)
            needs.note_skills(user, [LANGUAGE], by=head, at=clock.now())


def _like_to_come(pairs: Pairs) -> None:
    """In every third building people come up to four times a week: there is room to sign up."""
    for building in sorted(pairs)[2::3]:
        for person in pairs[building]:
            own_time.say(Time(hours=None, skills=[], home_path=None, most_a_week=4), by=person)


def _open_mornings(pairs: Pairs, head: Person, dice: random.Random) -> None:
    """For each building a morning at the weekend, for whoever likes to come."""
    saturday = clock.today() + timedelta(days=2)
    saturday += timedelta(days=(5 - saturday.weekday()) % 7)
    for number, building_id in enumerate(sorted(pairs)):
        building = db.session.get_one(Place, building_id)
        group = groups_below(building.path, building.community_id)[-1]
        shift_id = gap_turns.make(
            db.session.get_one(Place, group.id),
            saturday + timedelta(days=number % 2),
            MORNING,
            seats=2,
            uuid=UUID(int=dice.getrandbits(128), version=4),
            by=head,
            at=clock.now(),
        )
        for person in pairs[building_id]:
            if number % 3 == 2 or dice.random() < 0.2:
                _sign_up(shift_id, person)


def _sign_up(shift_id: int, person: Person) -> None:
    """Sign somebody up who may; whoever has enough that week leaves it to others."""
    with suppress(WhyNotError):
        sign_up(shift_id, person, at=clock.now())


def _worked_out(
    place: Place, opened: Round, head: Person, first: date, *, at_once: int
) -> RotaPlan:
    """A plan as the coordinator sees it before it is published."""
    wishes = Wishes(week=WEEK, weekend=WEEKEND, minutes=120, crew_size=2, at_once=at_once, leads=1)
    plan = plans.ask(
        place,
        first=first,
        last=first + timedelta(days=DAYS - 1),
        wishes=wishes,
        round_id=opened.id,
        by=head,
        now=clock.now(),
    )
    turns, figures = plan_work.proposal(plan_work.task_of(plan, clock.now()), unwatched)
    plans.propose(plan.id, turns, {**figures, "as_of": clock.now().isoformat()})
    return plan


def _something_comes_up(plan: RotaPlan) -> None:
    """One of those planned goes on leave, and another looks for a stand-in."""
    moment, asked = clock.now() + timedelta(days=3), needs_in(plan.community_id)
    shifts, crews = mending_queries.ahead(plan, moment), mending_queries.crews(plan, moment)
    plain = [shift for shift in shifts if shift.id in crews and not asked.of(shift.path)]
    for shift, happens in ((plain[0], _takes_leave), (plain[-1], _wants_stand_in)):
        if person := person_by_id(crews[shift.id][-1]):
            happens(shift, person)


def _takes_leave(shift: Row[Any], person: Person) -> None:
    day = clock.local(shift.starts_at).date()
    own_time.take_leave(day, day, by=person)


def _wants_stand_in(shift: Row[Any], person: Person) -> None:
    stand_ins.want(shift.id, person, why="临时出差", at=clock.now())
