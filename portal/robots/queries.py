"""Finding robots within reach, what each has to say, and what it could not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select, update

from portal.access import Permission, Person, below, in_scope
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.outbox import failures, leases
from portal.outbox.models import Fate, Happening
from portal.robots.models import Robot, RobotMessage
from portal.tower.models import Place

HAPPENING, MESSAGE = table_of(Happening), table_of(RobotMessage)
# Written out, so that SQLite sees that the index over these few fits.
IS_WAITING: ColumnElement[bool] = literal_column("robot_messages.fate = 'waiting'")
IS_TROUBLED: ColumnElement[bool] = literal_column(
    "robot_messages.fate IN ('sending', 'given_up', 'unknown')"
)
SHOWN = 20  # troubles of one robot, newest first


# On the pages ------------------------------------------------------------------------------------


def visible_to(person: Person) -> Select[tuple[Robot]]:
    """The robots at work that a person looks after."""
    is_theirs = in_scope(person, Permission.RUN_ROBOTS, Robot.path)
    return select(Robot).where(is_theirs, Robot.ended_at.is_(None))


def at_place(person: Person, place: Place) -> Sequence[Robot]:
    """The robots of a place and of all below it, by their names."""
    query = visible_to(person).where(
        Robot.community_id == place.community_id, below(Robot.path, place.path)
    )
    return db.session.scalars(query.order_by(Robot.path, Robot.name, Robot.id)).all()


def find(person: Person, robot_id: int) -> Robot:
    """One robot within reach; NotFoundError for any other."""
    robot = db.session.scalar(visible_to(person).where(Robot.id == robot_id))
    if robot is None:
        raise NotFoundError
    return robot


def last_sent(robot_ids: Iterable[int]) -> dict[int, datetime]:
    """When each robot last said something."""
    query = (
        select(RobotMessage.robot_id, func.max(RobotMessage.sent_at))
        .where(RobotMessage.robot_id.in_(list(robot_ids)), RobotMessage.sent_at.is_not(None))
        .group_by(RobotMessage.robot_id)
    )
    return {robot_id: sent_at for robot_id, sent_at in db.session.execute(query) if sent_at}


def count_troubles(robot_ids: Iterable[int]) -> dict[int, int]:
    """How much of what each robot was to say is given up, in doubt, or was tried in vain."""
    query = (
        select(RobotMessage.robot_id, func.count())
        .where(RobotMessage.robot_id.in_(list(robot_ids)), RobotMessage.trouble.is_not(None))
        .group_by(RobotMessage.robot_id)
    )
    return dict(db.session.execute(query).tuples().all())


def troubles(robot: Robot) -> Sequence[Row[Any]]:
    """What a robot could not say, newest first."""
    query = (
        select(RobotMessage, Happening.kind, Happening.path, Happening.due_at)
        .join(Happening, Happening.id == RobotMessage.happening_id)
        .where(RobotMessage.robot_id == robot.id, RobotMessage.trouble.is_not(None))
        .order_by(RobotMessage.id.desc())
        .limit(SHOWN)
    )
    return db.session.execute(query).all()


def _in_reach(person: Person) -> Select[Any]:
    """What robots of a person's area were to say, with the name of the chat and what happened."""
    return (
        select(RobotMessage, Robot.name, Happening.kind, Happening.path, Happening.due_at)
        .join(Robot, Robot.id == RobotMessage.robot_id)
        .join(Happening, Happening.id == RobotMessage.happening_id)
        .where(in_scope(person, Permission.RUN_ROBOTS, Robot.path), Robot.ended_at.is_(None))
    )


def troubles_seen_by(person: Person, *, most: int) -> Sequence[Row[Any]]:
    """What could not be said, newest first: given up or unknown, and what was tried in vain."""
    return failures.failed(
        _in_reach(person),
        RobotMessage,
        is_waiting=IS_WAITING,
        is_troubled=IS_TROUBLED,
        most=most,
    )


def find_given_up(person: Person, message_id: int) -> RobotMessage:
    """Something that was given up, for a chat within reach, held until the commit."""
    return failures.find_given_up(_in_reach(person), RobotMessage, message_id)


def count_waiting(robot: Robot) -> int:
    query = select(func.count()).where(RobotMessage.robot_id == robot.id, IS_WAITING)
    return db.session.scalar(query) or 0


# To be laid out and sent -------------------------------------------------------------------------


def take_unspread(at: datetime, *, most: int) -> Sequence[Row[Any]]:
    """Take what has happened and was not given to the chats yet; nobody else gets the same."""
    due = (
        select(HAPPENING.c.id)
        .where(HAPPENING.c.spread_at.is_(None), HAPPENING.c.due_at <= at)
        .order_by(HAPPENING.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return db.session.execute(
        update(HAPPENING)
        .where(HAPPENING.c.id.in_(due), HAPPENING.c.spread_at.is_(None))
        .values(spread_at=at)
        .returning(
            HAPPENING.c.id,
            HAPPENING.c.community_id,
            HAPPENING.c.kind,
            HAPPENING.c.path,
            HAPPENING.c.stale_at,
            HAPPENING.c.urgent,
        )
    ).all()


def latest_happening() -> datetime | None:
    """When the latest of what was not given to the chats happened, by the clock of its time."""
    query = select(func.max(HAPPENING.c.due_at)).where(HAPPENING.c.spread_at.is_(None))
    found: datetime | None = db.session.scalar(query)
    return found


def at_work(community_ids: Iterable[int]) -> Sequence[Robot]:
    """All robots of some communities."""
    query = select(Robot).where(
        Robot.community_id.in_(set(community_ids)), Robot.ended_at.is_(None)
    )
    return db.session.scalars(query.order_by(Robot.id)).all()


def at_places(community_id: int, kind: str) -> Mapping[str, Sequence[Robot]]:
    """The robots of a community that speak of a kind, by the path of their place."""
    found: dict[str, list[Robot]] = {}
    for robot in at_work([community_id]):
        if kind in robot.kinds:
            found.setdefault(robot.path, []).append(robot)
    return found


def told(community_id: int, kind: str, subjects: str) -> Sequence[Row[Any]]:
    """(robot, subject) of what was said, or may have been, of subjects that begin alike.

    In the chat where the robot is now: in another it would speak of what nobody there has heard.
    """
    query = (
        select(Robot, Happening.subject)
        .join(RobotMessage, RobotMessage.robot_id == Robot.id)
        .join(Happening, Happening.id == RobotMessage.happening_id)
        .where(
            Happening.community_id == community_id,
            Happening.subject.startswith(subjects, autoescape=True),
            Happening.kind == kind,
            RobotMessage.fate.in_((Fate.SENT, Fate.SENDING, Fate.UNKNOWN)),
            RobotMessage.chat == Robot.chat,
            Robot.ended_at.is_(None),
        )
        .order_by(Robot.id)
    )
    return db.session.execute(query).all()


def with_something_to_say(at: datetime) -> Sequence[int]:
    """The robots that have something to say by now."""
    query = select(MESSAGE.c.robot_id).where(IS_WAITING, MESSAGE.c.next_at <= at)
    return db.session.scalars(query.distinct().order_by(MESSAGE.c.robot_id)).all()


def take_due(robot_id: int, at: datetime, *, until: datetime, most: int) -> list[int]:
    """Take what a robot is to say, for oneself until a moment; nobody else gets the same."""
    mine = MESSAGE.c.robot_id == robot_id
    return leases.take_due(MESSAGE, mine, IS_WAITING, at=at, until=until, most=most)


class Item(NamedTuple):
    """Something to say, with all that is needed for that."""

    id: int
    tries: int
    kind: str
    subject: str
    path: str
    urgent: bool
    stale_at: datetime | None


def items(ids: Sequence[int]) -> list[Item]:
    """What was taken, by kind and place."""
    happening = HAPPENING.c
    rows = db.session.execute(
        select(
            MESSAGE.c.id,
            MESSAGE.c.tries,
            happening.kind,
            happening.subject,
            happening.path,
            happening.urgent,
            happening.stale_at,
        )
        .join(HAPPENING, happening.id == MESSAGE.c.happening_id)
        .where(MESSAGE.c.id.in_(ids))
        .order_by(happening.kind, happening.path, MESSAGE.c.id)
    )
    return [Item(*row) for row in rows]


def by_id(robot_id: int, *, lock: bool = False) -> Robot:
    """A robot as it is now, for the clockwork; with `lock` nobody else notes a message of its."""
    query = select(Robot).where(Robot.id == robot_id).execution_options(populate_existing=True)
    return db.session.scalars(query.with_for_update() if lock else query).one()
