"""What is done about notices: read them, choose how to be told, lay them out on their ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, update

from portal.access import Person
from portal.accounts.models import User
from portal.db import db, insert_once, insert_or_update, table_of
from portal.notices import queries
from portal.notices.addresses import ask_once
from portal.notices.models import INTERRUPTED, KeptWishes
from portal.notices.queries import DELIVERY, IS_TROUBLED, IS_WAITING, Item
from portal.notices.timing import ByMail, Wishes, next_try
from portal.outbox.actions import post
from portal.outbox.models import Delivery, Fate, Notice, Way
from portal.outbox.topics import Topic
from portal.outbox.wording import maybe_topic

TRIAL = "notices.trial"


def choose(user: User, wishes: Wishes, *, at: datetime) -> None:
    """Tell somebody in another way from now on, also of what waits for its hour."""
    columns: dict[str, object] = asdict(wishes)
    statement = insert_or_update(
        table_of(KeptWishes), key=("user_id",), row={"user_id": user.id, **columns}, change=columns
    )
    db.session.execute(statement)
    plan_anew(queries.waiting_for(user.id, at), {user.id: wishes}, at)


def plan_anew(waiting: Sequence[Row[Any]], wishes: Mapping[int, Wishes], at: datetime) -> int:
    """Let letters (id, person, kind, urgent) wait as people wish now; how many they are."""
    rows = [
        {
            "one": row.id,
            "until": wishes[row.user_id].first_letter(at, topic, urgent=row.urgent),
        }
        for row in waiting
        if (topic := maybe_topic(row.kind))
    ]
    if rows:
        one = update(DELIVERY).where(DELIVERY.c.id == bindparam("one"), IS_WAITING)
        db.session.execute(one.values(next_at=bindparam("until")), rows)
    return len(rows)


def ask_for_trial(person: Person, *, at: datetime) -> bool:
    """Send oneself a notice to see that it comes; at most one a minute."""
    minute = int(at.timestamp()) // 60
    subject = f"trial/{minute}"
    return any(
        post(TRIAL, community_id=community_id, subject=subject, to=[person.id], urgent=True)
        for community_id in person.community_ids[:1]
    )


def read(notice: Notice, *, at: datetime) -> None:
    """Take note of a notice."""
    notice.read_at = notice.read_at or at


def read_back_to_the_first(newest: Notice, *, at: datetime) -> None:
    """Take note of a notice and of all that were due before it."""
    db.session.execute(
        update(Notice)
        .where(
            Notice.user_id == newest.user_id,
            Notice.read_at.is_(None),
            Notice.due_at <= newest.due_at,
        )
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )


def send_again(delivery: Delivery, *, at: datetime) -> None:
    """Give a delivery that was given up another round of tries."""
    delivery.fate, delivery.tries, delivery.next_at = Fate.WAITING, 0, at


# Laying out --------------------------------------------------------------------------------------


def ask_for_confirmations(at: datetime) -> None:
    """Write to the addresses that are not confirmed and have never got a link."""
    for user_id, email, community_id in queries.never_asked():
        ask_once(user_id, email, community_id, at=at)


def spread(at: datetime, *, most: int) -> int:
    """Make an e-mail of each due notice for whoever wants e-mail; how many notices were settled.

    Every notice stands in the portal from the moment it is due; nothing need be done for that.
    """
    taken = queries.take_unspread(at, most=most)
    wishes = queries.wishes_of(row.user_id for row in taken)
    rows = [
        {
            "notice_id": row.id,
            "way": Way.MAIL,
            "fate": Fate.WAITING,
            "tries": 0,
            "next_at": wishes[row.user_id].first_letter(at, topic, urgent=row.urgent),
        }
        for row in taken
        if (topic := maybe_topic(row.kind))
        and _is_wanted_by_mail(row, topic, wishes[row.user_id], at)
    ]
    if rows:
        db.session.execute(insert_once(table_of(Delivery)), rows)
    return len(taken)


def _is_wanted_by_mail(
    row: Row[tuple[object, ...]], topic: Topic, wishes: Wishes, at: datetime
) -> bool:
    if not row.reachable or row.read_at:
        return False
    if wishes.by_mail(topic) is ByMail.NEVER:
        return False
    return row.stale_at is None or row.stale_at > at


# Sending -----------------------------------------------------------------------------------------


def start_sending(ids: Sequence[int]) -> Sequence[int]:
    """Note that deliveries are going out at this moment; those that nobody else is sending."""
    mine = update(DELIVERY).where(DELIVERY.c.id.in_(ids), IS_WAITING).values(fate=Fate.SENDING)
    return db.session.scalars(mine.returning(DELIVERY.c.id)).all()


def settle(ids: Sequence[int], fate: Fate, *, at: datetime, trouble: str | None = None) -> None:
    """Note what became of deliveries that were tried."""
    sent_at = at if fate is Fate.SENT else None
    _change(ids, fate=fate, trouble=trouble, sent_at=sent_at, tries=DELIVERY.c.tries + 1)


def drop(ids: Sequence[int]) -> None:
    """Settle deliveries that need not be made any more."""
    _change(ids, fate=Fate.NEEDLESS)


def put_off(delivery_id: int, until: datetime) -> None:
    """Let a delivery wait; nothing has gone wrong with it."""
    _change([delivery_id], next_at=until)


def fail(item: Item, trouble: str, *, at: datetime) -> None:
    """Let a delivery that failed wait for another try, or give it up."""
    again = next_try(item.tries + 1, at)
    _change(
        [item.id],
        fate=Fate.WAITING if again else Fate.GIVEN_UP,
        tries=item.tries + 1,
        trouble=trouble,
        next_at=again or at,
    )


def settle_lapsed(at: datetime) -> None:
    """Say of e-mails whose sender died while sending that nobody knows what became of them."""
    db.session.execute(
        update(DELIVERY)
        .where(IS_TROUBLED, DELIVERY.c.fate == Fate.SENDING, DELIVERY.c.next_at <= at)
        .values(fate=Fate.UNKNOWN, trouble=INTERRUPTED)
    )


def _change(ids: Sequence[int], **values: object) -> None:
    db.session.execute(update(DELIVERY).where(DELIVERY.c.id.in_(ids)).values(**values))
