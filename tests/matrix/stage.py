"""Two communities in which every thing an address can name exists four times.

The same kinds of things stand in one's own building, in the next building of the same estate, in
the building of another estate and in another community; a fifth set is gone or never was. Every
text that belongs to one of the four carries its mark, so that a leak shows; and it is hostile, so
that it shows where a text is taken for markup.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import Flask

from portal.access import CREW, GRANTS, Permission, Role
from portal.accounts import sign_ins
from portal.accounts.models import HeldDuty, User
from portal.accounts.sign_in_queries import token_hash
from portal.accounts.sign_ins import ID_LENGTH
from portal.clock import now, today
from portal.coverage import doors
from portal.coverage.entries import Entry
from portal.coverage.models import Round, TrayItem, TrayKind
from portal.coverage.states import Outcome, State
from portal.db import db
from portal.live import Seal, Ticket
from portal.notices.addresses import token_for as token_for_address
from portal.outbox.actions import post
from portal.outbox.models import Delivery, Fate, Notice, Way
from portal.paper.models import Sheet
from portal.public.queries import slips_of
from portal.reports.views import seals
from portal.rosters.models import Import
from portal.rosters.models import Stage as Step
from portal.rosters.report import Report, to_keep
from portal.shifts.answers import address_of
from portal.shifts.models import Batch, Leave, Shift
from portal.shifts.own_time import open_feed, token_from
from portal.shifts.states import Standing
from portal.teams.models import Seat
from portal.tower.models import Dwelling, Place
from tests.conftest import Tower, browser, make_user, person_of, token_for
from tests.coverage.factory import make_round, new_id
from tests.gaps.factory import make_team
from tests.public.factory import drawn, make_entrance, make_inquiry
from tests.relay.factory import make_addressee, make_bulletin, relayed_by, stop_at
from tests.robots.factory import make_robot, refuse
from tests.shifts.factory import evening, make_proposal, make_series, make_shift, send_out
from tests.shifts.factory import put as put_on
from tests.tasks.factory import make_task, make_warning

GONE_ID = 2_000_000_000
MARKUP = "'<b>{{7*7}}"  # in every text, which must stay one


class Where(StrEnum):
    """Where the thing stands that an address or a form names."""

    OWN = "own"
    SIBLING = "sibling"  # the next building of the same estate
    ESTATE = "estate"  # the building of another estate
    FAR = "far"  # another community
    GONE = "gone"  # ended, retired or never there


@dataclass(frozen=True, kw_only=True)
class Target:
    """One of each kind of thing at one building; `mark` stands in all its texts."""

    where: Where
    path: str = ""
    community_path: str = ""
    mark: str = ""
    place_name: str = "nowhere/nothing"
    community_id: int = GONE_ID
    building_id: int = GONE_ID
    group_id: int = GONE_ID
    dwelling_id: int = GONE_ID
    moved_id: int = GONE_ID  # a dwelling that was moved by hand
    round_id: int = GONE_ID  # over the whole community
    narrow_id: int = GONE_ID  # over the building only
    closed_id: int = GONE_ID  # over the building only, closed
    visit: str = field(default_factory=new_id)
    batch: str = field(default_factory=new_id)
    item_id: int = GONE_ID
    user_id: int = GONE_ID
    duty_id: int = GONE_ID
    seat_id: int = GONE_ID
    import_id: int = GONE_ID
    sign_in_id: str = "0" * ID_LENGTH
    notice_id: int = GONE_ID
    task_id: int = GONE_ID  # held by a volunteer of the building; in one's own by the actor
    warning_id: int = GONE_ID  # new: waiting at the desk
    asked_task_id: int = GONE_ID  # the same; in one's own the volunteer asks the actor to take it
    delivery_id: int = GONE_ID
    robot_id: int = GONE_ID
    robot_message_id: int = GONE_ID
    ticket: str = "forged"
    bulletin_ticket: str = "forged"
    card: str = "forged"
    series_id: int = GONE_ID
    batch_id: int = GONE_ID
    plan_id: int = GONE_ID  # a proposal that is not published
    turn_id: int = GONE_ID  # of that plan
    sheet: str = "22222222"
    sheets: str = field(default_factory=new_id)
    shift_id: int = GONE_ID  # in a week, with free places
    held_id: int = GONE_ID  # in one's own building: everybody who signs in has a place in it
    offered_id: int = GONE_ID  # and is offered one in this
    question_id: int = GONE_ID  # somebody asks for a place in the first shift
    entrance: str = "forged"  # the code of a poster
    entrance_id: int = GONE_ID
    stamp: str = "forged"  # the mark of a form drawn a minute ago
    inquiry_id: int = GONE_ID  # the task of what a resident wrote
    slip_id: int = GONE_ID
    leave_id: int = GONE_ID  # somebody's own
    feed: str = "forged"  # the address of somebody's calendar
    to_confirm: str = "forged"  # the link to somebody's new e-mail address
    reply: str = "forged"  # the link in a reminder of somebody's seat
    bulletin_id: int = GONE_ID  # issued to the building
    stop_id: int = GONE_ID  # of its first group, which nobody leads
    own_stop_id: int = GONE_ID  # relayed by a volunteer; in one's own building by the actor
    addressee_id: int = GONE_ID


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody at a browser: the duties held now, and those that have ended."""

    name: str
    user: User | None = None
    token: str = ""
    duties: tuple[tuple[Role, str], ...] = ()
    ended: tuple[tuple[Role, str], ...] = ()
    out_at: str = ""  # a building at whose groups this person is on a shift just now
    is_known: bool = True  # False: the sign-in is worth nothing (any more)

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """What GRANTS and the tower say, worked out without the code under test."""
        crew = ((CREW, self.out_at),) if self.out_at else ()
        return any(
            permission in grants and (path is None or path.startswith(held))
            for grants, held in (*((GRANTS[role], held) for role, held in self.duties), *crew)
        )

    def cookie(self, app: Flask) -> str:
        """What a browser sends that has signed in; nothing for a stranger."""
        if not self.token:
            return ""
        client, name = browser(app), app.config["SESSION_COOKIE_NAME"]
        with client.session_transaction() as session:
            session["_user_id"] = self.token
        kept = client.get_cookie(name)
        assert kept
        return f"{name}={kept.value}"


class Stage:
    """The tower with rounds, visits, people and files in it, and everybody who might ask."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.tower = tower = Tower()
        self.rounds = {
            place.id: make_round(place, f"Spring {place.name}")
            for place in (tower.community, tower.elsewhere)
        }
        buildings = {
            Where.OWN: tower.building,
            Where.SIBLING: tower.buildings[1],
            Where.ESTATE: tower.other_building,
            Where.FAR: tower.far_building,
        }
        self.targets = {where: self._furnish(where, place) for where, place in buildings.items()}
        self.targets[Where.GONE] = self._gone()
        self.actors = {actor.name: actor for actor in self._cast()}
        self._give_shifts()

    @property
    def own(self) -> Target:
        return self.targets[Where.OWN]

    @property
    def far(self) -> Target:
        return self.targets[Where.FAR]

    # Things --------------------------------------------------------------------------------------

    def _furnish(self, where: Where, building: Place) -> Target:
        """Fill a building with one of everything, each text marked."""
        mark = f"标{where.value}{MARKUP}"
        self._mark_homes(building, mark)
        group = self.tower.groups(building)[0]
        home, moved, visited = self.tower.dwellings(building)[:3]
        moved.moved_by_hand = True
        make_team(self.tower, building, vacant=5)
        opened = self.rounds[building.community_id]
        volunteer = make_user(f"{mark} person", (Role.VOLUNTEER, building))
        duty = db.session.query(HeldDuty).filter_by(user_id=volunteer.id).one()
        estate = db.session.get_one(Place, building.parent_id)
        community = db.session.get_one(Place, building.community_id)
        shift = make_shift(self.tower, building, evening(7))
        send_out(volunteer, group)
        visit, batch = self._visits(volunteer, opened, visited.id, mark)
        sheet = self._sheet(opened, group, volunteer)
        notice = notice_of(volunteer, building.community_id)
        task = task_of(volunteer, group, mark)
        entrance = make_entrance(building, volunteer)
        inquiry = make_inquiry(entrance, f"{mark} words", phone="13900001234")
        bulletin = make_bulletin(building, volunteer, title=f"{mark} bulletin")
        return Target(
            where=where,
            path=building.path,
            community_path=community.path,
            mark=mark,
            place_name=f"{community.name}/{estate.name}/{building.name}",
            community_id=community.id,
            building_id=building.id,
            group_id=group.id,
            dwelling_id=home.id,
            moved_id=moved.id,
            round_id=opened.id,
            narrow_id=make_round(building, f"{mark} round").id,
            closed_id=self._closed(building, f"{mark} old round").id,
            visit=visit,
            batch=batch,
            item_id=self._tray_item(opened, building, volunteer, mark),
            user_id=volunteer.id,
            duty_id=duty.id,
            seat_id=self._seat(group, volunteer),
            import_id=self._import(building, volunteer, f"{mark}.csv"),
            sign_in_id=sign_in_of(volunteer),
            notice_id=notice,
            task_id=task,
            warning_id=self._warning(home, volunteer, mark),
            asked_task_id=task,
            delivery_id=self._delivery(notice),
            robot_id=(robot := make_robot(building, f"{mark} chat", added_by=volunteer.id)).id,
            robot_message_id=refuse(robot).id,
            ticket=self._ticket("gaps", opened.community_id, opened.id, building),
            bulletin_ticket=self._ticket("relay", bulletin.community_id, bulletin.id, building),
            card=self._card(opened, building),
            series_id=(series := make_series(building, volunteer, name=f"{mark} series").id),
            batch_id=self._kept(
                Batch(
                    community_id=building.community_id,
                    template_id=series,
                    made_at=now(),
                    made_by=volunteer.id,
                )
            ),
            plan_id=(turn := make_proposal(self.tower, building, volunteer)).plan_id,
            turn_id=turn.id,
            sheet=sheet.code,
            sheets=sheet.batch,
            shift_id=shift.id,
            question_id=put_on(shift, volunteer, Standing.ASKED).id,
            reply=self._reply(building, volunteer),
            to_confirm=self._claim(volunteer),
            feed=_feed_of(volunteer),
            entrance=entrance.code,
            entrance_id=entrance.id,
            stamp=drawn(entrance),
            inquiry_id=inquiry.task_id,
            slip_id=slips_of(inquiry)[0].id,
            leave_id=self._leave(building, volunteer),
            held_id=make_shift(self.tower, building, evening(21), seats=50).id,
            offered_id=make_shift(self.tower, building, evening(35), seats=50).id,
            bulletin_id=bulletin.id,
            stop_id=stop_at(bulletin, group).id,
            own_stop_id=relayed_by(volunteer, bulletin),
            addressee_id=make_addressee(building, f"{mark} shop").id,
        )

    def _leave(self, building: Place, who: User) -> int:
        day = today() + timedelta(days=90)
        leave = Leave(
            community_id=building.community_id, user_id=who.id, first_day=day, last_day=day
        )
        return self._kept(leave)

    def _reply(self, building: Place, holder: User) -> str:
        seat = put_on(make_shift(self.tower, building, evening(14)), holder)
        return address_of(seat.id).rpartition("/")[2]

    def _claim(self, user: User) -> str:
        user.new_email = f"p{user.id}@example.org"
        db.session.commit()
        with self.app.app_context():
            return token_for_address(user.id, user.new_email)

    def _mark_homes(self, building: Place, mark: str) -> None:
        for home in self.tower.dwellings(building):
            home.contact_label = f"{mark} {home.unit}-{home.room}"
            home.phone = f"139{building.id % 10_000:04d}{home.position:04d}"
        db.session.commit()

    def _visits(self, by: User, opened: Round, home: int, mark: str) -> tuple[str, str]:
        person, visit, batch = person_of(by), new_id(), new_id()
        entry = Entry(uuid=visit, dwelling_id=home, outcome=Outcome.NOT_HOME, note=f"{mark} note")
        doors.record_visit(person, opened, entry)
        together = Entry(uuid=new_id(), dwelling_id=0, outcome=Outcome.NOT_HOME)
        doors.record_many(person, opened, together, [home], batch=batch)
        db.session.commit()
        return visit, batch

    def _closed(self, building: Place, name: str) -> Round:
        opened = make_round(building, name)
        opened.figures = {"states": dict.fromkeys(State, 0), "groups": {}}
        opened.closed_at, opened.digest = now(), "0" * 64
        db.session.commit()
        return opened

    def _tray_item(self, opened: Round, building: Place, by: User, mark: str) -> int:
        item = TrayItem(
            community_id=building.community_id,
            round_id=opened.id,
            kind=TrayKind.FOUND,
            path=building.path,
            uuid=new_id(),
            body={"unit": "9", "floor": 9, "room": "909", "note": f"{mark} found"},
            body_hash="",
            reported_by=by.id,
            reported_at=now(),
        )
        return self._kept(item)

    def _sheet(self, opened: Round, group: Place, by: User) -> Sheet:
        """A sheet of paper with one door on it."""
        sheet = Sheet(
            community_id=group.community_id,
            round_id=opened.id,
            building_id=group.parent_id,
            group_id=group.id,
            path=group.path,
            code=f"{group.id:08d}",
            batch=new_id(),
            doors=[self.tower.dwellings(db.session.get_one(Place, group.parent_id))[0].id],
            printed_at=now(),
            printed_by=by.id,
        )
        self._kept(sheet)
        return sheet

    def _seat(self, group: Place, holder: User) -> int:
        seat = Seat(
            community_id=group.community_id,
            group_id=group.id,
            path=group.path,
            number=1,
            user_id=holder.id,
            given_at=now(),
        )
        return self._kept(seat)

    def _import(self, building: Place, by: User, filename: str) -> int:
        taken = Import(
            community_id=building.community_id,
            filename=filename,
            sha256="0" * 64,
            stage=Step.CHECKED,
            report=to_keep(Report()),
            handed_in_by=by.id,
            handed_in_at=now(),
        )
        return self._kept(taken)

    def _delivery(self, notice_id: int) -> int:
        given_up = Delivery(
            notice_id=notice_id, way=Way.MAIL, fate=Fate.GIVEN_UP, tries=9, next_at=now()
        )
        return self._kept(given_up)

    def _warning(self, home: Dwelling, by: User, mark: str) -> int:
        return make_warning(self.tower, by, home=home, story=f"{mark} story").id

    def _kept(self, row: Any) -> int:
        db.session.add(row)
        db.session.commit()
        return int(row.id)

    def _ticket(self, of: str, community_id: int, subject_id: int, building: Place) -> str:
        seal: Seal = self.app.extensions[f"{of}.seal"]
        return seal.sign(Ticket(community_id, subject_id, (building.path,)))

    def _card(self, opened: Round, building: Place) -> str:
        with self.app.app_context():
            return str(seals().dumps([opened.id, building.id]))

    def _gone(self) -> Target:
        """A retired group, an ended duty and an emptied seat of one's own; the rest never was."""
        group = self.tower.groups(self.tower.building)[1]
        extra = Place(
            community_id=group.community_id,
            level=group.level,
            parent_id=group.parent_id,
            path=f"{self.tower.building.path}999999/",
            name="3",
            sort_key="3",
            number=3,
            retired=True,
        )
        left = make_user("Left", (Role.VOLUNTEER, self.tower.far_building))
        duty = db.session.query(HeldDuty).filter_by(user_id=left.id).one()
        duty.path, duty.place_id = group.path, group.id
        duty.end(at=now(), by=None)
        seat = db.session.get_one(Seat, self._seat(group, left))
        seat.ended_at = now()
        retired = self._kept(extra)
        return Target(where=Where.GONE, group_id=retired, duty_id=duty.id, seat_id=seat.id)

    # People --------------------------------------------------------------------------------------

    def _cast(self) -> list[Actor]:
        tower = self.tower
        here = [
            self._actor(f"{role.value} of {stand}", (role, place))
            for stand, place in (("building", tower.building), ("community", tower.community))
            for role in Role
        ]
        both = ((Role.COORDINATOR, tower.community), (Role.COORDINATOR, tower.elsewhere))
        disabled = self._actor("disabled", (Role.ADMIN, tower.community), is_known=False)
        revoked = self._actor("revoked", (Role.ADMIN, tower.community), is_known=False)
        if disabled.user:
            disabled.user.disable(at=now())
        self._revoke(revoked)
        return [
            *here,
            self._actor("of both communities", *both),
            self._crew(),
            self._ended(),
            disabled,
            revoked,
            Actor(name="forged", token="x" * 43, is_known=False),
            Actor(name="anonymous", is_known=False),
        ]

    def _give_shifts(self) -> None:
        """Everybody has a place in a shift of one's own building, and is offered another."""
        held, offered = (
            db.session.get_one(Shift, shift_id)
            for shift_id in (self.own.held_id, self.own.offered_id)
        )
        for actor in self.actors.values():
            if actor.user:
                put_on(held, actor.user)
                put_on(offered, actor.user, Standing.OFFERED, answer_by=offered.starts_at)

    def _actor(self, name: str, *duties: tuple[Role, Place], is_known: bool = True) -> Actor:
        user = make_user(name, *duties, phone=f"1370000{len(name):02d}{hash_of(name):04d}")
        held = tuple((role, place.path) for role, place in duties)
        return Actor(name=name, user=user, token=token_for(user), duties=held, is_known=is_known)

    def _revoke(self, actor: Actor) -> None:
        sign_ins.end(actor.token)
        db.session.commit()

    def _crew(self) -> Actor:
        """A volunteer who is out at all groups of one's own building."""
        building = self.tower.building
        actor = self._actor("crew", (Role.VOLUNTEER, building))
        assert actor.user
        send_out(actor.user, *self.tower.groups(building))
        return replace(actor, out_at=building.path)

    def _ended(self) -> Actor:
        actor = self._actor("ended", (Role.COORDINATOR, self.tower.community))
        assert actor.user
        duty = db.session.query(HeldDuty).filter_by(user_id=actor.user.id).one()
        duty.end(at=now(), by=None)
        db.session.commit()
        return Actor(
            name=actor.name,
            user=actor.user,
            token=actor.token,
            ended=((Role.COORDINATOR, self.tower.community.path),),
        )


def sign_in_of(user: User) -> str:
    """The name of a sign-in of somebody, on a device of its own."""
    return token_hash(token_for(user))[:ID_LENGTH]


def _feed_of(user: User) -> str:
    token = token_from(secrets.token_bytes(32))
    open_feed(token, by=person_of(user))
    return token


def task_of(holder: User, place: Place, mark: str = "", asked: User | None = None) -> int:
    """A task at a place that somebody holds, and perhaps asks somebody to take."""
    offered_to = asked.id if asked else None
    return make_task(place, holder, holder, what=f"{mark} task", offered_to=offered_to).id


def notice_of(user: User, community_id: int) -> int:
    """A notice to somebody that is due and has not been read."""
    subject = f"stage/{user.id}"
    post("notices.trial", community_id=community_id, subject=subject, to=[user.id])
    db.session.commit()
    return db.session.query(Notice).filter_by(subject=subject).one().id


def hash_of(name: str) -> int:
    return uuid.uuid5(uuid.NAMESPACE_OID, name).int % 10_000
