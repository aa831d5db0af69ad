"""What is done about robots: set one up, change it, try it, take it out; lay out, start, settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import update

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, insert_once, table_of
from portal.notices.timing import next_try
from portal.outbox.actions import tell_groups
from portal.outbox.models import Fate
from portal.robots import queries
from portal.robots.formats import MOST_A_MINUTE, Maker, Trouble, Verdict, free_at
from portal.robots.models import Robot, RobotMessage
from portal.robots.queries import IS_TROUBLED, IS_WAITING, MESSAGE, Item
from portal.sealing import Safe, UnreadableError
from portal.tower.models import Place

TRIAL = "robots.trial"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A robot as a coordinator describes it; hours are local."""

    name: str
    kinds: list[str]
    locale: str
    quiet_from: time
    quiet_until: time


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where a robot is reached, and what it is signed with; both are secret."""

    maker: Maker
    host: str
    address: str
    secret: str


def add(wanted: Wanted, line: Line, place: Place, *, safe: Safe, at: datetime, by: Person) -> Robot:
    """Set a robot up at a place: it hears of what happens there from now on."""
    robot = Robot(
        community_id=place.community_id,
        place_id=place.id,
        path=place.path,
        recent=[],
        added_at=at,
        added_by=by.id,
    )
    _describe(robot, wanted)
    _connect(robot, line, safe)
    db.session.add(robot)
    db.session.flush()
    _record("robot.added", robot, by)
    return robot


def change(robot: Robot, wanted: Wanted, line: Line, *, safe: Safe, by: Person) -> None:
    """Let a robot speak of other things or at other hours, or in another chat.

    Without an address it stays in its chat, and without a secret it keeps the one it has there; the
    secret of one chat is never taken along to another.
    """
    _describe(robot, wanted)
    if line.address:
        _connect(robot, line, safe)
    else:
        robot.maker = line.maker
        if line.secret:
            robot.sealed_secret = safe.seal(line.secret)
    _record("robot.changed", robot, by)


def end(robot: Robot, *, at: datetime, by: Person) -> None:
    """Take a robot out of service, and forget how it is reached."""
    robot.ended_at, robot.sealed_address, robot.sealed_secret = at, "", None
    of_it = update(MESSAGE).where(MESSAGE.c.robot_id == robot.id, IS_WAITING)
    db.session.execute(of_it.values(fate=Fate.NEEDLESS))
    _record("robot.ended", robot, by)


def try_out(robot: Robot, *, at: datetime) -> bool:
    """Have a robot say that it works; at most once a minute."""
    happening = tell_groups(
        TRIAL,
        community_id=robot.community_id,
        subject=f"robot/{robot.id}/{int(at.timestamp()) // 60}",
        path=robot.path,
        urgent=True,
        laid_out=True,
    )
    if happening is None:
        return False
    db.session.add(RobotMessage(robot_id=robot.id, happening_id=happening, next_at=at))
    db.session.flush()
    return True


def try_again(robot: Robot, *, at: datetime) -> None:
    """Give what a robot gave up another round of tries; what may have arrived is left alone."""
    db.session.execute(
        update(MESSAGE)
        .where(MESSAGE.c.robot_id == robot.id, MESSAGE.c.fate == Fate.GIVEN_UP)
        .values(fate=Fate.WAITING, tries=0, next_at=at, trouble=None, said=None)
    )


def say_again(message: RobotMessage, *, at: datetime) -> None:
    """Give one thing that was given up another round of tries."""
    message.fate, message.tries, message.next_at = Fate.WAITING, 0, at
    message.trouble = message.said = None


def _describe(robot: Robot, wanted: Wanted) -> None:
    robot.name, robot.kinds, robot.locale = wanted.name, wanted.kinds, wanted.locale
    robot.quiet_from, robot.quiet_until = wanted.quiet_from, wanted.quiet_until


def _connect(robot: Robot, line: Line, safe: Safe) -> None:
    if robot.sealed_address and _is_another(robot.sealed_address, line.address, safe):
        robot.chat += 1
    robot.maker, robot.host = line.maker, line.host
    robot.sealed_address = safe.seal(line.address)
    robot.sealed_secret = safe.seal(line.secret) if line.secret else None


def _is_another(sealed_address: str, address: str, safe: Safe) -> bool:
    """What can no longer be read is asked for again: it stays the same chat."""
    try:
        return safe.open(sealed_address) != address
    except UnreadableError:
        return False


def _record(action: str, robot: Robot, by: Person) -> None:
    record(
        action,
        community_id=robot.community_id,
        by=by.id,
        subject="robot",
        subject_id=robot.id,
        details={"place": robot.place_id},
    )


# Each thing by itself ----------------------------------------------------------------------------


def announce(kind: str, subjects: Mapping[str, str], *, community_id: int) -> None:
    """Let the chats of some very places hear of something: `subjects` by the path of the place.

    Only those that are to speak of the kind; a chat hears of each subject once.
    """
    at = now()
    for path, robots in queries.at_places(community_id, kind).items():
        if path in subjects:
            _tell(kind, subjects[path], path, robots, at=at)


def follow_up(kind: str, *, of: str, subjects: str, community_id: int) -> None:
    """Let every chat that has heard of something (of a kind `of`) hear what became of it."""
    at = now()
    heard: dict[tuple[str, str], list[Robot]] = {}
    for robot, subject in queries.told(community_id, of, subjects):
        heard.setdefault((subject, robot.path), []).append(robot)
    for (subject, path), robots in heard.items():
        _tell(kind, subject, path, robots, at=at)


def _tell(kind: str, subject: str, path: str, robots: Sequence[Robot], *, at: datetime) -> None:
    happening = tell_groups(
        kind, community_id=robots[0].community_id, subject=subject, path=path, laid_out=True
    )
    if happening is None:
        return
    for robot in robots:
        next_at = robot.hours().first_try(at, urgent=False)
        db.session.add(RobotMessage(robot_id=robot.id, happening_id=happening, next_at=next_at))
    db.session.flush()


# Laying out and sending --------------------------------------------------------------------------


def spread(at: datetime, *, most: int) -> int:
    """Give what has happened to each chat that is to hear of it; how much was settled."""
    taken = queries.take_unspread(at, most=most)
    robots = queries.at_work(row.community_id for row in taken)
    rows = [
        {
            "robot_id": robot.id,
            "happening_id": row.id,
            "fate": Fate.WAITING,
            "tries": 0,
            "next_at": robot.hours().first_try(at, urgent=row.urgent),
        }
        for row in taken
        for robot in robots
        if robot.hears(row.kind, row.path) and (row.stale_at is None or row.stale_at > at)
    ]
    if rows:
        db.session.execute(insert_once(table_of(RobotMessage)), rows)
    return len(taken)


def start(robot_id: int, ids: Sequence[int], *, at: datetime) -> tuple[bool, datetime | None]:
    """Note that something is being said: (whether one may, when the robot may speak again).

    All of it or nothing, for it is one text; what others are saying falls due again by itself.
    """
    mine = update(MESSAGE).where(MESSAGE.c.id.in_(ids), IS_WAITING)
    robot = queries.by_id(robot_id, lock=True)
    if until := free_at(robot.recent, at):
        db.session.execute(mine.values(next_at=until))
        return False, until
    ours = db.session.scalars(mine.values(fate=Fate.SENDING).returning(MESSAGE.c.id)).all()
    if len(ours) < len(ids):
        _change(ours, fate=Fate.WAITING)
        return False, None
    robot.recent = [*robot.recent[1 - MOST_A_MINUTE :], at.timestamp()]
    return True, None


def settle(items: Sequence[Item], verdict: Verdict, *, at: datetime) -> None:
    """Note what became of what was said."""
    for item in items:
        again = next_try(item.tries + 1, at)
        values: dict[str, object] = {
            "tries": item.tries + 1,
            "trouble": verdict.trouble,
            "said": verdict.said or None,
        }
        if verdict.trouble is None:
            values |= {"fate": Fate.SENT, "sent_at": at}
        elif verdict.is_in_doubt:
            values |= {"fate": Fate.UNKNOWN}
        elif verdict.is_for_good or again is None:
            values |= {"fate": Fate.GIVEN_UP}
        else:
            values |= {"fate": Fate.WAITING, "next_at": again}
        _change([item.id], **values)


def drop(ids: Sequence[int]) -> None:
    """Settle what need not be said any more."""
    _change(ids, fate=Fate.NEEDLESS)


def note_chat(ids: Sequence[int], chat: int) -> None:
    """Note in which of its chats a robot is about to say something."""
    _change(ids, chat=chat)


def wait_again(ids: Sequence[int], at: datetime) -> None:
    """Let what was noted as being said, and is not, be due again."""
    _change(ids, fate=Fate.WAITING, next_at=at)


def put_off(ids: Sequence[int], until: datetime) -> None:
    """Let something wait; nothing has gone wrong with it."""
    _change(ids, next_at=until)


def settle_lapsed(at: datetime) -> None:
    """Say of what somebody died while sending that nobody knows what became of it."""
    db.session.execute(
        update(MESSAGE)
        .where(IS_TROUBLED, MESSAGE.c.fate == Fate.SENDING, MESSAGE.c.next_at <= at)
        .values(fate=Fate.UNKNOWN, trouble=Trouble.INTERRUPTED)
    )


def _change(ids: Sequence[int], **values: object) -> None:
    db.session.execute(update(MESSAGE).where(MESSAGE.c.id.in_(ids)).values(**values))
