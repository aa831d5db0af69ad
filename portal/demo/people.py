"""The invented people: those with a printed sign-in, the pairs of the buildings, the teams."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app

from portal.access import Duty, Person, Role
from portal.accounts.actions import Newcomer, add_person
from portal.accounts.models import User
from portal.accounts.passwords import hash_of
from portal.accounts.queries import maybe_user
from portal.db import db
from portal.demo.homes import invented_name
from portal.teams import actions as teams
from portal.tower.models import Level, Place
from portal.tower.queries import maybe_by_names, places_below

COMMUNITY = "百川社区"
# The six seats in the order of tower.models.DEFAULT_SEAT_NAMES.
SEAT_OFFICER, SEAT_GRID_WORKER, SEAT_LEADER, SEAT_PROPERTY = 1, 2, 3, 4
SEAT_PARTY_MEMBER, SEAT_VOLUNTEER = 5, 6


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


def password_for(phone: str) -> str:
    """A password that only this installation's secret key gives, the same at every start."""
    key = current_app.config["SETTINGS"].secret_key.encode()
    letters = base64.b32encode(hmac.new(key, f"demo {phone}".encode(), hashlib.sha256).digest())
    text = letters.decode().lower()
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


def people(community: Place, dice: random.Random, nobodys: str) -> dict[int, list[Person]]:
    """The printed sign-ins and, for every building, a leader and a volunteer; by building."""
    for login in LOGINS:
        place = maybe_by_names(login.place.split("/"))
        if place is None:  # pragma: no cover - the roster above has them
            raise RuntimeError(login.place)
        add(login.name, login.phone, login.role, place, hash_of(password_for(login.phone)))
    found: dict[int, list[Person]] = {}
    for number, place in enumerate(places_below(community, Level.BUILDING)):
        pair = []
        for offset, role in enumerate((Role.LEADER, Role.VOLUNTEER)):
            own = next((li for li in LOGINS if li.role is role and _names_it(li, place)), None)
            phone = own.phone if own else f"1000000{1000 + number * 2 + offset}"
            name = own.name if own else invented_name(dice)
            pair.append(as_person(add(name, phone, role, place, nobodys), role, place))
        found[place.id] = pair
    return found


def _names_it(login: Login, place: Place) -> bool:
    named = maybe_by_names(login.place.split("/"))
    return named is not None and named.id == place.id


class Staff:
    """Gives the teams their people; some seats stay vacant, as in life."""

    def __init__(self, community: Place, dice: random.Random, nobodys: str) -> None:
        self.dice = dice
        self.nobodys = nobodys
        self.count = 0
        head, officer = known("10000000002"), known("10000000006")
        self.by = as_person(head, Role.COORDINATOR, community)
        for estate in places_below(community, Level.ESTATE):
            if dice.random() < 0.85:
                teams.seat(officer, estate, SEAT_OFFICER, by=self.by)
            teams.seat(self.hire(estate), estate, SEAT_GRID_WORKER, by=self.by)
            if dice.random() < 0.7:
                teams.seat(self.hire(estate), estate, SEAT_PROPERTY, by=self.by)

    def hire(self, place: Place) -> User:
        self.count += 1
        name = invented_name(self.dice)
        return add(name, f"1000000{2000 + self.count}", Role.VOLUNTEER, place, self.nobodys)

    def fill(self, building: Place, pair: Sequence[Person]) -> None:
        leader, volunteer = (db.session.get_one(User, person.id) for person in pair)
        teams.seat(leader, building, SEAT_LEADER, by=self.by)
        teams.seat(volunteer, building, SEAT_VOLUNTEER, by=self.by)
        if self.dice.random() < 0.75:
            teams.seat(self.hire(building), building, SEAT_PARTY_MEMBER, by=self.by)


def add(name: str, phone: str, role: Role, place: Place, password: str) -> User:
    """Somebody new with a duty at a place; `password` is hashed already."""
    add_person(Newcomer(phone=phone, name=name, password_hash=password), role, place, by=None)
    return known(phone)


def as_person(user: User, role: Role, place: Place) -> Person:
    """Somebody in a duty at a place, for what is done in their name."""
    duty = Duty(role, place.id, place.path, place.community_id)
    # What was visited before today was visited on shifts.
    crews = (place.path,) if role is Role.VOLUNTEER else ()
    return Person(user.id, user.name, "demo", user.locale, user.large_text, (duty,), crews=crews)


def known(phone: str) -> User:
    """Somebody added before, by phone number."""
    user = maybe_user(phone)
    if user is None:  # pragma: no cover - added at the start
        raise RuntimeError(phone)
    return user
