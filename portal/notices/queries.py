"""Finding notices and their deliveries: one's own, those to lay out or send, those in trouble."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal_column, select, update

from portal.access import Permission, Person
from portal.accounts.models import HeldDuty, User
from portal.accounts.queries import visible_to
from portal.db import db, table_of
from portal.errors import NotFoundError
from portal.notices.addresses import CONFIRM
from portal.notices.models import Beat, KeptWishes
from portal.notices.timing import Wishes
from portal.outbox import failures, leases
from portal.outbox.models import Delivery, Notice
from portal.outbox.topics import Topic
from portal.outbox.wording import kinds, maybe_topic

NOTICES_A_PAGE = 50
LOOKED_AT = 1000  # of the newest notices, whether their clock ran ahead
MOST_TOGETHER = 200  # notices in one letter
NOTICE, DELIVERY, USER = table_of(Notice), table_of(Delivery), table_of(User)
DUTY = table_of(HeldDuty)
# Written out, so that SQLite sees that the index over these few fits.
IS_WAITING: ColumnElement[bool] = literal_column("deliveries.fate = 'waiting'")
IS_TROUBLED: ColumnElement[bool] = literal_column(
    "deliveries.fate IN ('sending', 'given_up', 'unknown')"
)


# In the portal -----------------------------------------------------------------------------------


class NoticePage(NamedTuple):
    """One page of somebody's notices, newest first; `older` says whether more follow."""

    notices: Sequence[Notice]
    older: bool


def mine(person: Person, at: datetime) -> ColumnElement[bool]:
    """The notices a person is to see: their own, once they are due."""
    return (Notice.user_id == person.id) & (Notice.due_at <= at)


def page_of(person: Person, at: datetime, *, before: Notice | None) -> NoticePage:
    """Notices of a person, newest first; with `before` those that stand below that one."""
    query = select(Notice).where(mine(person, at))
    if before is not None:
        is_same_moment = Notice.due_at == before.due_at
        query = query.where(
            (Notice.due_at < before.due_at) | (is_same_moment & (Notice.id < before.id))
        )
    rows = db.session.scalars(
        query.order_by(Notice.due_at.desc(), Notice.id.desc()).limit(NOTICES_A_PAGE + 1)
    ).all()
    return NoticePage(rows[:NOTICES_A_PAGE], len(rows) > NOTICES_A_PAGE)


def find(person: Person, notice_id: int, at: datetime) -> Notice:
    """One of a person's own notices; NotFoundError for any other."""
    query = select(Notice).where(Notice.id == notice_id, mine(person, at))
    notice = db.session.scalar(query)
    if notice is None:
        raise NotFoundError
    return notice


def wishes_of(user_ids: Iterable[int]) -> dict[int, Wishes]:
    """How people want to be told, with the defaults for those who never chose."""
    asked = set(user_ids)
    chosen = db.session.scalars(select(KeptWishes).where(KeptWishes.user_id.in_(asked)))
    return dict.fromkeys(asked, Wishes()) | {kept.user_id: kept.wishes() for kept in chosen}


# To be laid out and sent -------------------------------------------------------------------------


def never_asked() -> Sequence[Row[tuple[int, str, int]]]:
    """(person, address, community): addresses that wait for a link which was never sent."""
    was_asked = exists().where(NOTICE.c.user_id == USER.c.id, NOTICE.c.kind == CONFIRM)
    return db.session.execute(
        select(USER.c.id, USER.c.new_email, func.min(DUTY.c.community_id))
        .join(DUTY, DUTY.c.user_id == USER.c.id)
        .where(USER.c.new_email.is_not(None), USER.c.disabled_at.is_(None), ~was_asked)
        .where(DUTY.c.ended_at.is_(None))
        .group_by(USER.c.id, USER.c.new_email)
    ).all()


def take_unspread(at: datetime, *, most: int) -> Sequence[Row[Any]]:
    """Take due notices that nobody has laid out, with whether their person can get e-mail.

    They are marked in one statement, so two who do this at once never take the same one.
    """
    due = (
        select(NOTICE.c.id)
        .where(NOTICE.c.spread_at.is_(None), NOTICE.c.due_at <= at)
        .order_by(NOTICE.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    reachable = (
        select(
            (USER.c.email.is_not(None) | (NOTICE.c.kind == CONFIRM)) & USER.c.disabled_at.is_(None)
        )
        .where(USER.c.id == NOTICE.c.user_id)
        .scalar_subquery()
    )
    return db.session.execute(
        update(NOTICE)
        .where(NOTICE.c.id.in_(due), NOTICE.c.spread_at.is_(None))
        .values(spread_at=at)
        .returning(
            NOTICE.c.id,
            NOTICE.c.user_id,
            NOTICE.c.kind,
            NOTICE.c.urgent,
            NOTICE.c.stale_at,
            NOTICE.c.read_at,
            reachable.label("reachable"),
        )
    ).all()


def take_due(at: datetime, *, until: datetime, most: int) -> list[int]:
    """Take deliveries that are due, for oneself until a moment; nobody else gets the same ones."""
    return leases.take_due(DELIVERY, IS_WAITING, at=at, until=until, most=most)


def take_along(
    user_id: int, topics: Collection[Topic], at: datetime, *, until: datetime
) -> list[int]:
    """Take what else is due to somebody about some topics, so that it comes in one letter."""
    about = [kind for kind, known in kinds().items() if known.topic in topics]
    theirs = select(NOTICE.c.id).where(
        NOTICE.c.user_id == user_id, NOTICE.c.read_at.is_(None), NOTICE.c.kind.in_(about)
    )
    return leases.take_due(
        DELIVERY,
        DELIVERY.c.notice_id.in_(theirs),
        IS_WAITING,
        at=at,
        until=until,
        most=MOST_TOGETHER,
    )


class Item(NamedTuple):
    """A delivery with all that is needed to send it."""

    id: int
    tries: int
    kind: str
    details: dict[str, Any]
    urgent: bool
    stale_at: datetime | None
    read_at: datetime | None
    user_id: int
    email: str | None
    locale: str
    disabled_at: datetime | None
    new_email: str | None
    community_id: int

    @property
    def topic(self) -> Topic | None:
        """What it is about; None for what only a former version knew."""
        return maybe_topic(self.kind)

    @property
    def to(self) -> str | None:
        """Where it goes: a link to confirm an address to that one, as long as it waits for it."""
        if self.kind != CONFIRM:
            return self.email
        return self.new_email if self.new_email == self.details["email"] else None


def items(ids: Sequence[int]) -> list[Item]:
    """The deliveries taken, those of one person together."""
    notice, user = NOTICE.c, USER.c
    rows = db.session.execute(
        select(
            DELIVERY.c.id,
            DELIVERY.c.tries,
            notice.kind,
            notice.details,
            notice.urgent,
            notice.stale_at,
            notice.read_at,
            user.id.label("user_id"),
            user.email,
            user.locale,
            user.disabled_at,
            user.new_email,
            notice.community_id,
        )
        .join(NOTICE, notice.id == DELIVERY.c.notice_id)
        .join(USER, user.id == notice.user_id)
        .where(DELIVERY.c.id.in_(ids))
        .order_by(user.id, notice.due_at, notice.id)
    )
    return [Item(*row) for row in rows]


_WAITING = (
    select(DELIVERY.c.id, NOTICE.c.user_id, NOTICE.c.kind, NOTICE.c.urgent)
    .join(NOTICE, NOTICE.c.id == DELIVERY.c.notice_id)
    .where(IS_WAITING)
)


def waiting_beyond(at: datetime) -> Sequence[Row[Any]]:
    """Letters that wait for a later moment: (id, person, kind, urgent)."""
    return db.session.execute(_WAITING.where(DELIVERY.c.next_at > at)).all()


def waiting_for(user_id: int, at: datetime) -> Sequence[Row[Any]]:
    """The same to one person, without those that were tried in vain."""
    theirs = (NOTICE.c.user_id == user_id, NOTICE.c.read_at.is_(None), DELIVERY.c.tries == 0)
    return db.session.execute(_WAITING.where(*theirs, DELIVERY.c.next_at > at)).all()


def latest_known() -> datetime | None:
    """By the clocks of their time: when the clockwork last ran, or one of the last notices came."""
    newest = select(NOTICE.c.written_at).order_by(NOTICE.c.id.desc()).limit(LOOKED_AT).subquery()
    known = (select(func.max(Beat.last_at)), select(func.max(newest.c.written_at)))
    return max((found for one in known if (found := db.session.scalar(one))), default=None)


# What could not be sent --------------------------------------------------------------------------


def _seen_by(person: Person) -> Select[Any]:
    """Troubled deliveries to people who serve where `person` may see them.

    Or served there and serve nowhere now: the link to a new address goes to them as well.
    """
    return (
        select(Delivery, User.name, Notice.kind, Notice.due_at)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(User, User.id == Notice.user_id)
        .where(visible_to(person, Permission.SEE_DELIVERIES))
    )


def troubles(person: Person, *, most: int) -> Sequence[Row[Any]]:
    """Deliveries that failed, newest first: given up or unknown, and those tried in vain so far."""
    return failures.failed(
        _seen_by(person), Delivery, is_waiting=IS_WAITING, is_troubled=IS_TROUBLED, most=most
    )


def find_given_up(person: Person, delivery_id: int) -> Delivery:
    """A delivery that was given up, to somebody within reach, held until the commit."""
    return failures.find_given_up(_seen_by(person), Delivery, delivery_id)


def beats() -> Sequence[Beat]:
    """The steps of the clockwork and when each last ran."""
    return db.session.scalars(select(Beat).order_by(Beat.step)).all()
