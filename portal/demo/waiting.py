"""What waits for the printed sign-ins: tasks, warnings, a bulletin, messages of residents."""

from __future__ import annotations

import random
import secrets
from datetime import timedelta

from portal import clock
from portal.access import Role
from portal.db import db
from portal.demo import bulletins
from portal.demo.homes import SEED, invented_name
from portal.demo.people import COMMUNITY, add, as_person, known
from portal.public import actions as inquiries
from portal.public.numbers import number_and_code
from portal.public.queries import maybe_by_number
from portal.public.states import InquiryKind
from portal.public.words import TITLES
from portal.tasks import actions as tasks
from portal.tasks import warnings
from portal.tasks.actions import Wanted
from portal.tasks.states import TaskKind, TaskOutcome
from portal.tasks.steps import Deal, Move, Risk
from portal.tasks.warning_models import Method
from portal.tasks.warnings import News
from portal.tower.models import Dwelling as Home
from portal.tower.models import Level, Place
from portal.tower.queries import homes_below, maybe_by_names, places_below

ESTATES_TO_LEAD = ("望江里", "桂香苑", "樱园里", "东篱新村")  # 和风苑 has Lin, 银杏苑 nobody


def give_tasks(community: Place) -> None:
    """A few tasks for Auntie Zhou and Chen, one of them late."""
    head = as_person(known("10000000002"), Role.COORDINATOR, community)
    leader, volunteer = known("10000000004"), known("10000000005")
    building, homes = _zhous_homes()
    for hours, kind, what, home, holder in (
        (-3, TaskKind.CALL_BACK, "回电：想参加反诈讲座", homes[0], leader),
        (30, TaskKind.DATA, "核实：是否已换租客", homes[0], leader),
        (20, TaskKind.DATA, "门牌看不清，核实房号", homes[5], volunteer),
        (48, TaskKind.DECISION, "周例会议定：楼道口换新海报", None, leader),
    ):
        due_at = clock.now() + timedelta(hours=hours)
        wanted = Wanted(kind=kind, what=what, note=None, due_at=due_at)
        tasks.make(wanted, building, home=home, holder=holder, by=head)


def warn(community: Place) -> None:
    """Two warnings: one just in, one for which Chen is to go to a door."""
    officer = as_person(known("10000000006"), Role.OFFICER, community)
    building, homes = _zhous_homes()
    for risk, method, home in (
        (Risk.HIGH, Method.AUTHORITY, homes[9]),
        (Risk.MEDIUM, Method.BRUSHING, homes[12]),
    ):
        news = News(
            risk=risk, method=method, received_at=clock.now(), story="虚构的案情", reference=""
        )
        warning = warnings.enter(news, building, home=home, by=officer)
    for move in (Move.SEE, Move.SIGN):
        warnings.move(warning, Deal(move=move, by=officer.id), by=officer)
    chen = known("10000000005").id
    warnings.move(warning, Deal(move=Move.ASSIGN, by=officer.id, visitor=chen), by=officer)


def relay(community: Place, nobodys: str) -> None:
    """A bulletin on its way: one estate keeps it, one has nobody, and Auntie Zhou is to relay it.

    All estates but that one get somebody to lead them.
    """
    head = as_person(known("10000000002"), Role.COORDINATOR, community)
    dice = random.Random(SEED)  # noqa: S311 - its own, so that the other people stay the same
    estates = {place.name: place for place in places_below(community, Level.ESTATE)}
    for number, name in enumerate(ESTATES_TO_LEAD):
        add(
            invented_name(dice), f"1000000{3000 + number}", Role.COORDINATOR, estates[name], nobodys
        )
    building, _ = _zhous_homes()
    slow = {estates["望江里"].id, building.id}
    bulletins.issue(community, list(estates.values()), by=head, slow=slow)


def let_residents_write() -> None:
    """Posters at Auntie Zhou's stairs; a few messages, one of them answered."""
    building, homes = _zhous_homes()
    leader = as_person(known("10000000004"), Role.LEADER, building)
    entrances = [inquiries.open_entrance(building, unit, by=leader) for unit in "123"]
    for number, (kind, text, home, phone) in enumerate(
        (
            (InquiryKind.QUESTION, "周六的反诈讲座在哪里办，几点开始？", None, None),
            (InquiryKind.TENANT_CHANGED, "楼上租客上周换了，名单要改一下。", homes[3], None),
            (InquiryKind.VISIT, "老人一个人在家，想请人上门讲讲。", homes[7], "10000019999"),
        )
    ):
        entrance = next(e for e in entrances if e.unit == (home.unit if home else "2"))
        room = home.room if home else ""
        message = inquiries.Message(kind=kind, text=text, room=room, phone=phone)
        slip, code = number_and_code(f"demo {number} {secrets.token_hex()}".encode())
        title = str(TITLES[kind])
        inquiries.receive(message, entrance, home=home, number=slip, code=code, title=title)
        if kind is InquiryKind.QUESTION and (found := maybe_by_number(slip)):
            answer = "周六下午三点，社区活动室，欢迎带家里老人一起来。"
            inquiries.reply(found[2], found[1], answer, outcome=TaskOutcome.DONE, by=leader)


def _zhous_homes() -> tuple[Place, list[Home]]:
    building = maybe_by_names([COMMUNITY, "和风苑", "3"])
    if building is None:  # pragma: no cover - the roster above has it
        raise RuntimeError(COMMUNITY)
    rows = homes_below(building)
    return building, [db.session.get_one(Home, row.id) for row in rows]
