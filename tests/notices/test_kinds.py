"""What becomes of every kind of notice by day, by night, as people wish, and when they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.access import Role
from portal.accounts.models import HeldDuty, User
from portal.clock import at, now, today
from portal.db import db
from portal.notices import actions
from portal.notices.timing import ByMail, Wishes
from portal.notices.words import TOPICS
from portal.outbox.models import Notice
from portal.outbox.wording import kinds, worded
from portal.shifts.models import Assignment
from portal.shifts.states import Standing
from portal.tasks.models import Task
from portal.tasks.warning_models import Warning
from portal.tower.models import Place
from tests.conftest import Tower, browser, make_user
from tests.gaps.factory import text
from tests.notices.conftest import Sink, run, tell
from tests.notices.conftest import sink as sink
from tests.notices.subjects import (
    Stage,
    a_bulletin,
    a_crew,
    a_load,
    a_plan,
    a_seat,
    a_task,
    a_visit,
    a_warning,
    oneself,
)
from tests.relay.factory import make_bulletin

DAY = today() + timedelta(days=1)
NOON, EVENING, NIGHT = (at(DAY, time(hour)) for hour in (12, 18, 23))
MORNING = at(DAY + timedelta(days=1), time(8))
NEXT_EVENING = EVENING + timedelta(days=1)

# What becomes of each ----------------------------------------------------------------------------


class Fates(NamedTuple):
    """When it comes by e-mail: `now`, in the `morning`, in the `evening`, or `never`."""

    by_day: str = "now"
    by_night: str = "morning"
    daily: str = "evening"
    portal_only: str = "never"
    unconfirmed: str = "never"
    blocked: str = "never"
    moved: str = "never"  # still serves in the community, but sees the subject no more
    left: str = "never"  # serves in another community now


USUAL = Fates()
IN_TIME = Fates(by_day="evening", by_night="evening")  # comes in the digest unless chosen else
FAREWELL = Fates(moved="now")  # tells those who see no more of it that they need not
OWN_PAST = Fates(moved="now")  # whoever has a part in a shift sees it from anywhere
URGENT = Fates(by_night="now", daily="now")
ASKED_FOR = Fates(by_night="now", daily="now", portal_only="now", moved="now", left="now")
LINK = ASKED_FOR._replace(unconfirmed="now")


LINK_SUBJECT = "Confirm your e-mail address"


class Row(NamedTuple):
    role: Role
    about: Callable[[Stage, User], dict[str, Any]]
    fates: Fates
    urgent: bool = False


LEADER, OFFICER, VOLUNTEER = Role.LEADER, Role.OFFICER, Role.VOLUNTEER
KINDS: dict[str, Row] = {
    "notices.confirm": Row(VOLUNTEER, oneself, LINK, urgent=True),
    "notices.trial": Row(VOLUNTEER, oneself, ASKED_FOR, urgent=True),
    "relay.come": Row(LEADER, a_bulletin, USUAL),
    "relay.corrected": Row(LEADER, a_bulletin, USUAL),
    "relay.lapsed": Row(LEADER, a_bulletin, USUAL),
    "relay.reminder": Row(LEADER, a_bulletin, USUAL),
    "relay.unfinished": Row(LEADER, a_bulletin, USUAL),
    "relay.withdrawn": Row(LEADER, a_bulletin, USUAL),
    "shifts.approved": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.asked": Row(LEADER, a_crew, USUAL),
    "shifts.assigned": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.cancelled": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.changed": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.missed": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.promoted": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.rejected": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.reminder": Row(VOLUNTEER, a_seat, USUAL),
    "shifts.rota": Row(VOLUNTEER, a_plan, OWN_PAST),
    "shifts.rota_withdrawn": Row(VOLUNTEER, a_plan, FAREWELL),
    "shifts.stand_in_asked": Row(VOLUNTEER, a_crew, USUAL),
    "shifts.stand_in_found": Row(VOLUNTEER, a_seat, OWN_PAST),
    "shifts.stand_in_wanted": Row(LEADER, a_crew, USUAL),
    "shifts.taken_off": Row(VOLUNTEER, a_seat, OWN_PAST),
    "task.arrived": Row(LEADER, a_task, USUAL),
    "task.assigned": Row(VOLUNTEER, a_task, USUAL),
    "task.closed": Row(LEADER, a_task, USUAL),
    "task.declined": Row(VOLUNTEER, a_task, USUAL),
    "task.load": Row(LEADER, a_load, USUAL),
    "task.offered": Row(VOLUNTEER, a_task, USUAL),
    "task.question": Row(LEADER, a_task, IN_TIME),
    "task.returned": Row(LEADER, a_task, USUAL),
    "task.taken": Row(VOLUNTEER, a_task, FAREWELL),
    "warning.assigned": Row(VOLUNTEER, a_visit, URGENT, urgent=True),
    "warning.lapsed": Row(OFFICER, a_warning, URGENT, urgent=True),
    "warning.new": Row(OFFICER, a_warning, URGENT, urgent=True),
    "warning.replied": Row(OFFICER, a_warning, URGENT, urgent=True),
    "warning.returned": Row(OFFICER, a_warning, URGENT, urgent=True),
    "warning.signed": Row(OFFICER, a_warning, URGENT, urgent=True),
}


def test_every_kind_of_notice_has_a_row_here_and_a_topic_people_can_choose() -> None:
    assert KINDS.keys() == kinds().keys()
    asked_for = {"notices.confirm", "notices.trial"}
    assert {kind for kind, known in kinds().items() if known.topic not in TOPICS} == asked_for


# The circumstances -------------------------------------------------------------------------------


@pytest.fixture
def stage(tower: Tower, lin: User) -> Stage:
    return Stage(tower, lin, make_bulletin(tower.estate, lin))


class Hearers:
    """Somebody for every kind of notice, with an address named after it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.people = {kind: self._make(kind, row.role) for kind, row in KINDS.items()}

    def _make(self, kind: str, role: Role) -> User:
        email = f"{kind}@example.org"
        changes = {"new_email" if kind == "notices.confirm" else "email": email}
        return make_user(kind, (role, self.stage.tower.building), **changes)

    def __iter__(self) -> Iterator[User]:
        return iter(self.people.values())

    def tell(self, due_at: Any) -> None:
        """Tell everybody the kind of thing they are there for."""
        for kind, hearer in self.people.items():
            row, community_id = KINDS[kind], self.stage.tower.community.id
            details = row.about(self.stage, hearer)
            values = {"details": details, "urgent": row.urgent, "due_at": due_at}
            tell(hearer, f"subject/{kind}", kind=kind, community_id=community_id, **values)

    def wish(self, by_mail: ByMail) -> None:
        for hearer in self:
            actions.choose(hearer, Wishes(by_topic=dict.fromkeys(TOPICS, by_mail)), at=NOON)

    def go_to(self, place: Place) -> None:
        """Serve at another place from now on; tasks, visits and shifts pass on to others."""
        for hearer in self:
            duty = db.session.query(HeldDuty).filter_by(user_id=hearer.id).one()
            duty.path, duty.place_id = place.path, place.id
            duty.community_id = place.community_id
        db.session.query(Task).filter(Task.holder_id != self.stage.lin.id).update(
            {"holder_id": None}
        )
        db.session.query(Warning).update({"visitor_id": None})
        db.session.query(Assignment).update({"standing": Standing.REPLACED})
        db.session.commit()


@pytest.fixture
def hearers(stage: Stage) -> Hearers:
    return Hearers(stage)


def arrivals(app: Flask, sink: Sink, *, by_night: bool = False) -> dict[str, str]:
    """When each kind came."""
    hours = {"now": NIGHT, "morning": MORNING, "evening": NEXT_EVENING}
    if not by_night:
        hours = {"now": NOON, "evening": EVENING, "morning": MORNING}
    came: dict[str, str] = {}
    for word, moment in hours.items():
        run(app, moment)
        came = {kind: word for kind in KINDS if has_come(kind, sink)} | came
    return {kind: came.get(kind, "never") for kind in KINDS}


def has_come(kind: str, sink: Sink) -> bool:
    """Whether it has; a link that was sent for want of a confirmed address is something else."""
    subjects = {
        str(letter["Subject"]) for letter in sink.letters if letter["To"] == f"{kind}@example.org"
    }
    return bool(subjects if kind == "notices.confirm" else subjects - {LINK_SUBJECT})


def table(circumstance: str) -> dict[str, str]:
    return {kind: getattr(row.fates, circumstance) for kind, row in KINDS.items()}


def test_by_day_all_comes_at_once_but_what_has_time(
    app: Flask, sink: Sink, hearers: Hearers
) -> None:
    hearers.tell(NOON)
    assert arrivals(app, sink) == table("by_day")
    assert len(sink.letters) == len(KINDS), "each once"


def test_by_night_only_what_is_urgent(app: Flask, sink: Sink, hearers: Hearers) -> None:
    hearers.tell(NIGHT)
    assert arrivals(app, sink, by_night=True) == table("by_night")


def test_whoever_wants_it_together_gets_no_warning_late(
    app: Flask, sink: Sink, hearers: Hearers
) -> None:
    hearers.wish(ByMail.DAILY)
    hearers.tell(NOON)
    assert arrivals(app, sink) == table("daily")


def test_whoever_looks_in_the_portal_finds_it_there(
    app: Flask, sink: Sink, hearers: Hearers
) -> None:
    hearers.wish(ByMail.NEVER)
    hearers.tell(now())
    assert arrivals(app, sink) == table("portal_only")
    assert untold(app, hearers) == set()


def test_nothing_but_the_link_goes_where_nobody_has_opened_it(
    app: Flask, sink: Sink, hearers: Hearers
) -> None:
    for hearer in hearers:
        hearer.new_email, hearer.email = hearer.new_email or hearer.email, None
    hearers.tell(NOON)
    assert arrivals(app, sink) == table("unconfirmed")


def test_whoever_is_blocked_meanwhile_gets_nothing(
    app: Flask, sink: Sink, hearers: Hearers
) -> None:
    hearers.tell(NIGHT - timedelta(hours=1))
    for hearer in hearers:
        hearer.disable(at=NOON)
    assert arrivals(app, sink) == table("blocked")


@pytest.mark.parametrize("where", ["moved", "left"])
def test_nobody_hears_of_what_they_may_no_longer_see(
    app: Flask, sink: Sink, hearers: Hearers, tower: Tower, where: str
) -> None:
    hearers.tell(now())
    hearers.go_to(tower.other_building if where == "moved" else tower.far_building)
    assert arrivals(app, sink) == table(where)
    assert untold(app, hearers) == {kind for kind, fate in table(where).items() if fate == "never"}


def untold(app: Flask, hearers: Hearers) -> set[str]:
    """The kinds of which the portal tells no word but that there was something."""
    hidden = set()
    for kind, hearer in hearers.people.items():
        notice = db.session.query(Notice).filter_by(user_id=hearer.id, kind=kind).one()
        client = browser(app, hearer)
        page = text(client.get("/notices").text)
        with app.test_request_context(), force_locale("en"):
            message = worded(kind, notice.details)
        if message.title not in page:
            hidden.add(kind)
            assert "No longer for you" in page
            assert client.post(f"/notices/{notice.id}/reading").location == "/notices"
    return hidden
