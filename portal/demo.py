"""A believable community to try the product on: invented people, six estates, a round half done.

Everything goes the way it goes in life: a roster is brought in, duties are given, doors are checked
off evening by evening with the rates of `domain.md` 4. Seeding twice changes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
import uuid as uuids
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import NamedTuple

import click
from flask import Flask, current_app

from portal import clock, demo_bulletins, demo_shifts
from portal.access import Duty, Person, Role
from portal.accounts.actions import Newcomer, add_person
from portal.accounts.models import User
from portal.accounts.passwords import hash_of
from portal.accounts.queries import maybe_user
from portal.coverage import door_queries
from portal.coverage.actions import open_round
from portal.coverage.doors import checked
from portal.coverage.entries import Entry
from portal.coverage.ledger import enter
from portal.coverage.models import Round
from portal.coverage.states import GAPS, Outcome
from portal.db import db
from portal.public import actions as inquiries
from portal.public.numbers import number_and_code
from portal.public.queries import maybe_by_number
from portal.public.states import InquiryKind
from portal.public.words import TITLES
from portal.rosters import actions as rosters
from portal.rosters.headings import Shape
from portal.rosters.reading import Reading
from portal.rosters.records import Dwelling
from portal.tasks import actions as tasks
from portal.tasks import warnings
from portal.tasks.actions import Wanted
from portal.tasks.states import TaskKind, TaskOutcome
from portal.tasks.steps import Deal, Move, Risk
from portal.tasks.warning_models import Method
from portal.tasks.warnings import News
from portal.teams import actions as teams
from portal.tower.actions import make_community
from portal.tower.models import Dwelling as Home
from portal.tower.models import Level, Place
from portal.tower.queries import homes_below, maybe_by_names, maybe_community, places_below

COMMUNITY = "百川社区"
# The six seats in the order of tower.models.DEFAULT_SEAT_NAMES.
SEAT_OFFICER, SEAT_GRID_WORKER, SEAT_LEADER, SEAT_PROPERTY = 1, 2, 3, 4
SEAT_PARTY_MEMBER, SEAT_VOLUNTEER = 5, 6
SEED = 20260412  # the same invented people on every machine
DAYS_OPEN = 16
VISITING_EVENINGS = 3  # of each building so far, five days apart
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁"
GIVEN = (
    "秀英|建国|桂兰|志强|玉珍|海燕|国庆|丽华|明|芳|伟|敏|静|磊|洋|艳|勇|娟|涛|霞|平|刚|红|玲|超|梅"
)
# The first evening and the later ones, per hundred doors (domain.md 4, honest-run simulation).
FIRST_EVENING = {
    Outcome.MET: 41,
    Outcome.MET_PARTIAL: 4,
    Outcome.NOT_HOME: 28,
    Outcome.NOTE_LEFT: 7,
    Outcome.REFUSED: 8,
    Outcome.VACANT: 7,
    Outcome.APPOINTMENT: 3,
    Outcome.PHONE: 2,
}
LATER_EVENINGS = {**FIRST_EVENING, Outcome.MET: 55, Outcome.PHONE: 8, Outcome.NOT_HOME: 16}
HOUSEHOLD_SIZES = (1, 2, 3, 4, 5, 6)
HOUSEHOLD_SHARES = (24, 33, 25, 11, 5, 2)  # Wuhan, domain.md 4


class Estate(NamedTuple):
    """How an invented estate is built: so many buildings of one kind; `worked` of them visited."""

    name: str
    buildings: int
    units: int
    floors: int
    doors: int
    worked: float


ESTATES = (
    Estate("和风苑", 6, 3, 7, 2, 0.6),
    Estate("望江里", 2, 1, 34, 6, 0.4),
    Estate("桂香苑", 4, 2, 11, 3, 0.8),
    Estate("樱园里", 5, 4, 6, 2, 0.95),
    Estate("银杏苑", 2, 3, 12, 5, 0.55),
    Estate("东篱新村", 5, 4, 6, 2, 0.75),
)

ESTATES_TO_LEAD = ("望江里", "桂香苑", "樱园里", "东篱新村")  # 和风苑 has Lin, 银杏苑 nobody


@dataclass(frozen=True)
class Login:
    """One of the printed sign-ins."""

    name: str
    phone: str
    role: Role
    place: str
    what: str


LOGINS = (
    Login("管理员 方宁", "10000000001", Role.ADMIN, COMMUNITY, "administrator 管理员"),
    Login("沈书记", "10000000002", Role.COORDINATOR, COMMUNITY, "coordinator 统筹 (community)"),
    Login(
        "林晓", "10000000003", Role.COORDINATOR, f"{COMMUNITY}/和风苑", "coordinator 统筹 (estate)"
    ),
    Login("周阿姨", "10000000004", Role.LEADER, f"{COMMUNITY}/和风苑/3", "building leader 楼栋长"),
    Login("陈晨", "10000000005", Role.VOLUNTEER, f"{COMMUNITY}/和风苑/3", "volunteer 志愿者"),
    Login("吴警官", "10000000006", Role.OFFICER, COMMUNITY, "police liaison 社区民警"),
    Login("饶督导", "10000000007", Role.REVIEWER, COMMUNITY, "reviewer 督导"),
)


def register(app: Flask) -> None:
    group = click.Group("demo", help="Something to look at.")
    group.add_command(seed)
    app.cli.add_command(group)


@click.command("seed")
def seed() -> None:
    """Fill an empty database with an invented community; print one sign-in for each duty."""
    with current_app.app_context():
        if maybe_community(COMMUNITY) is None:
            click.echo("Inventing a community …")
            build()
            db.session.commit()
        _print_sign_ins()


def build() -> None:
    """Roster, people, teams and a round with its history, in the caller's transaction."""
    dice = random.Random(SEED)  # noqa: S311 - invented people, no secret
    community = make_community(COMMUNITY)
    reading = Reading(Shape.HOUSEHOLDS, homes=list(_homes(dice)))
    rosters.load(reading, community, by=None)
    nobodys = hash_of(secrets.token_urlsafe())  # most have an account and no way in
    pairs = _people(community, dice, nobodys)
    staff = Staff(community, dice, nobodys)
    opened_on = clock.today() - timedelta(days=DAYS_OPEN)
    opened = open_round(community, name="秋季防诈走访", by=None, at=clock.at(opened_on, time(9, 0)))
    for place in places_below(community, Level.BUILDING):
        staff.fill(place, pairs[place.id])
        _work(opened, place, pairs[place.id], dice)
        demo_shifts.out_today(opened, place, pairs[place.id], turn=VISITING_EVENINGS)
    demo_shifts.lay_out(community, opened, pairs, staff.by, dice)
    _give_tasks(community)
    _warn(community)
    _relay(community, nobodys)
    _let_residents_write()


# The tower ---------------------------------------------------------------------------------------


def _homes(dice: random.Random) -> Iterator[Dwelling]:
    number = 0
    for estate in ESTATES:
        for building in range(1, estate.buildings + 1):
            for unit in range(1, estate.units + 1):
                for floor in range(1, estate.floors + 1):
                    for door in range(1, estate.doors + 1):
                        number += 1
                        yield _home(dice, estate, building, unit, floor, door, number)


def _home(
    dice: random.Random,
    estate: Estate,
    building: int,
    unit: int,
    floor: int,
    door: int,
    number: int,
) -> Dwelling:
    vacant = dice.random() < 0.08
    home = Dwelling(estate.name, str(building), str(unit), floor, f"{floor}{door:02d}", vacant)
    if not vacant:
        home.residents = dice.choices(HOUSEHOLD_SIZES, HOUSEHOLD_SHARES)[0]
        home.contact_label = _name(dice)
        home.phone = f"1000001{number:04d}"
        home.care = dice.choices(
            ["elder_alone", "elderly", "student", "migrant", None], [3, 9, 7, 6, 75]
        )[0]
    return home


def _name(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + dice.choice(GIVEN.split("|"))


# People ------------------------------------------------------------------------------------------


def _people(community: Place, dice: random.Random, nobodys: str) -> dict[int, list[Person]]:
    """The printed sign-ins and, for every building, a leader and a volunteer; by building."""
    for login in LOGINS:
        place = maybe_by_names(login.place.split("/"))
        if place is None:  # pragma: no cover - the roster above has them
            raise RuntimeError(login.place)
        _add(login.name, login.phone, login.role, place, hash_of(password_for(login.phone)))
    found: dict[int, list[Person]] = {}
    for number, place in enumerate(places_below(community, Level.BUILDING)):
        pair = []
        for offset, role in enumerate((Role.LEADER, Role.VOLUNTEER)):
            known = next((li for li in LOGINS if li.role is role and _names_it(li, place)), None)
            phone = known.phone if known else f"1000000{1000 + number * 2 + offset}"
            name = known.name if known else _name(dice)
            pair.append(_person(_add(name, phone, role, place, nobodys), role, place))
        found[place.id] = pair
    return found


def _names_it(login: Login, place: Place) -> bool:
    named = maybe_by_names(login.place.split("/"))
    return named is not None and named.id == place.id


def _add(name: str, phone: str, role: Role, place: Place, password: str) -> User:
    add_person(Newcomer(phone=phone, name=name, password_hash=password), role, place, by=None)
    return _known(phone)


def _person(user: User, role: Role, place: Place) -> Person:
    duty = Duty(role, place.id, place.path, place.community_id)
    # What was visited before today was visited on shifts.
    crews = (place.path,) if role is Role.VOLUNTEER else ()
    return Person(user.id, user.name, "demo", user.locale, user.large_text, (duty,), crews=crews)


class Staff:
    """Gives the teams their people; some seats stay vacant, as in life."""

    def __init__(self, community: Place, dice: random.Random, nobodys: str) -> None:
        self.dice = dice
        self.nobodys = nobodys
        self.count = 0
        head, officer = _known("10000000002"), _known("10000000006")
        self.by = _person(head, Role.COORDINATOR, community)
        for estate in places_below(community, Level.ESTATE):
            if dice.random() < 0.85:
                teams.seat(officer, estate, SEAT_OFFICER, by=self.by)
            teams.seat(self.hire(estate), estate, SEAT_GRID_WORKER, by=self.by)
            if dice.random() < 0.7:
                teams.seat(self.hire(estate), estate, SEAT_PROPERTY, by=self.by)

    def hire(self, place: Place) -> User:
        self.count += 1
        name = _name(self.dice)
        return _add(name, f"1000000{2000 + self.count}", Role.VOLUNTEER, place, self.nobodys)

    def fill(self, building: Place, pair: Sequence[Person]) -> None:
        leader, volunteer = (db.session.get_one(User, person.id) for person in pair)
        teams.seat(leader, building, SEAT_LEADER, by=self.by)
        teams.seat(volunteer, building, SEAT_VOLUNTEER, by=self.by)
        if self.dice.random() < 0.75:
            teams.seat(self.hire(building), building, SEAT_PARTY_MEMBER, by=self.by)


def _known(phone: str) -> User:
    user = maybe_user(phone)
    if user is None:  # pragma: no cover - added at the start
        raise RuntimeError(phone)
    return user


# The round ---------------------------------------------------------------------------------------


def _work(opened: Round, place: Place, pair: Sequence[Person], dice: random.Random) -> None:
    """A building's evenings: every still open door has a chance of being visited each time."""
    estate = _estate_of(place)
    opened_on = clock.local(opened.opened_at).date()
    for evening in range(VISITING_EVENINGS):
        day = opened_on + timedelta(days=1 + evening * 5)
        entries = [
            _entry(dice, door.dwelling_id, day, LATER_EVENINGS if evening else FIRST_EVENING)
            for door in door_queries.plan_doors(opened.community_id, opened.id, place.path)
            if door.state in GAPS and dice.random() < estate.worked
        ]
        if entries and day < clock.today():
            enter(pair[evening % 2], opened.community_id, opened.id, entries)
            demo_shifts.walked(opened, place, pair, day, turn=evening)


def _estate_of(building: Place) -> Estate:
    name = db.session.get_one(Place, building.parent_id).name
    return next(estate for estate in ESTATES if estate.name == name)


def _entry(
    dice: random.Random, dwelling_id: int, day: date, chances: Mapping[Outcome, int]
) -> Entry:
    outcome = dice.choices(list(chances), list(chances.values()))[0]
    minute = (
        time(18, 30 + dice.randrange(30)) if dice.random() < 0.5 else time(19, dice.randrange(60))
    )
    agreed = clock.at(day + timedelta(days=5), time(19, 30))
    return checked(
        Entry(
            uuid=str(uuids.UUID(int=dice.getrandbits(128), version=4)),
            dwelling_id=dwelling_id,
            outcome=outcome,
            told=dice.choice((1, 1, 2, 2, 3)),
            remaining=1 if outcome is Outcome.MET_PARTIAL else 0,
            appointment_at=agreed if outcome is Outcome.APPOINTMENT else None,
            happened_at=clock.at(day, minute),
        )
    )


# What waits --------------------------------------------------------------------------------------


def _give_tasks(community: Place) -> None:
    """A few tasks for Auntie Zhou and Chen, one of them late."""
    head = _person(_known("10000000002"), Role.COORDINATOR, community)
    leader, volunteer = _known("10000000004"), _known("10000000005")
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


def _warn(community: Place) -> None:
    """Two warnings: one just in, one for which Chen is to go to a door."""
    officer = _person(_known("10000000006"), Role.OFFICER, community)
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
    chen = _known("10000000005").id
    warnings.move(warning, Deal(move=Move.ASSIGN, by=officer.id, visitor=chen), by=officer)


def _relay(community: Place, nobodys: str) -> None:
    """A bulletin on its way: one estate keeps it, one has nobody, and Auntie Zhou is to relay it.

    All estates but that one get somebody to lead them.
    """
    head = _person(_known("10000000002"), Role.COORDINATOR, community)
    dice = random.Random(SEED)  # noqa: S311 - its own, so that the other people stay the same
    estates = {place.name: place for place in places_below(community, Level.ESTATE)}
    for number, name in enumerate(ESTATES_TO_LEAD):
        _add(_name(dice), f"1000000{3000 + number}", Role.COORDINATOR, estates[name], nobodys)
    building, _ = _zhous_homes()
    slow = {estates["望江里"].id, building.id}
    demo_bulletins.issue(community, list(estates.values()), by=head, slow=slow)


def _let_residents_write() -> None:
    """Posters at Auntie Zhou's stairs; a few messages, one of them answered."""
    building, homes = _zhous_homes()
    leader = _person(_known("10000000004"), Role.LEADER, building)
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


# The printed sign-ins ----------------------------------------------------------------------------


def password_for(phone: str) -> str:
    """A password that only this installation's secret key gives, the same at every start."""
    key = current_app.config["SETTINGS"].secret_key.encode()
    letters = base64.b32encode(hmac.new(key, f"demo {phone}".encode(), hashlib.sha256).digest())
    text = letters.decode().lower()
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


def _print_sign_ins() -> None:
    click.echo("\nSign in with a phone number and its password:\n")
    for login in LOGINS:
        click.echo(f"  {login.phone}  {password_for(login.phone)}  {login.what}, {login.name}")
    click.echo("")
