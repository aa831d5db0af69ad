"""What happens to what residents write: it comes in, is answered, and is deleted in time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, ScalarSelect, select, update

from portal.access import Person
from portal.audit.actions import record
from portal.clock import now
from portal.db import db, one_at_a_time
from portal.errors import RuleError, TooManyError
from portal.public import queries
from portal.public.models import Entrance, Inquiry, InquiryRules, Reply, Slip
from portal.public.numbers import code_hash, new_entrance_code
from portal.public.states import InquiryKind, due
from portal.tasks import actions as tasks
from portal.tasks.models import Task
from portal.tasks.queries import TASK
from portal.tasks.states import TaskKind, TaskOutcome
from portal.tower.models import Dwelling, Place
from portal.tower.settings import keep_rules

COMING_IN = 7_700_000_000  # added to the entrance's number: one message at a time
DAY = timedelta(days=1)
AT_ONCE = 500  # messages deleted in one transaction


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a resident sends."""

    kind: InquiryKind
    text: str
    room: str
    phone: str | None

    @property
    def digest(self) -> str:
        """The same for the same words about the same door and phone, however they are spaced."""
        words = "".join(self.text.casefold().split())
        said = (self.kind.value, words, self.room, self.phone)
        return hashlib.sha256(repr(said).encode()).hexdigest()


# Coming in ---------------------------------------------------------------------------------------


def has_come(message: Message, entrance: Entrance, number: str) -> bool:
    """Whether a message is here already; others by this entrance wait until it is settled.

    RuleError when its number stands for something else that was sent.
    """
    one_at_a_time(COMING_IN + entrance.id)
    found = queries.maybe_by_number(number)
    if found is None:
        return False
    _, inquiry, _ = found
    if inquiry.digest != message.digest:
        raise RuleError(gettext("This form was sent already; send again to write another message."))
    return True


def receive(
    message: Message,
    entrance: Entrance,
    *,
    home: Dwelling | None,
    number: str,
    code: str,
    title: str,
) -> None:
    """Take a message under a number that has not come yet.

    The same words about the same door and phone join the first that nobody has answered; without
    words each is a wish of its own, for who joins reads the answer. `title` is what its task is
    called. TooManyError when an entrance has had enough for a day.
    """
    rules, at = queries.rules_of(entrance.community_id), now()
    if queries.sent_since(entrance.id, at - DAY) >= rules.most_a_day:
        raise TooManyError(
            gettext(
                "Many messages came in from this entrance today. Please try again tomorrow, or "
                "speak to your building leader."
            ),
            wait=int(DAY.total_seconds()),
        )
    inquiry = queries.maybe_same(entrance.id, message.digest) if message.text else None
    if inquiry is None:
        due_at = due(message.kind, rules.hours, at)
        inquiry = _new(message, entrance, home=home, title=title, due_at=due_at)
    slip = Slip(
        inquiry_id=inquiry.id,
        entrance_id=entrance.id,
        number=number,
        code_hash=code_hash(number, code),
        phone=message.phone,
        sent_at=at,
    )
    db.session.add(slip)
    db.session.flush()


def _new(
    message: Message, entrance: Entrance, *, home: Dwelling | None, title: str, due_at: datetime
) -> Inquiry:
    wanted = tasks.Wanted(kind=TaskKind.RESIDENT, what=title, note=None, due_at=due_at)
    holder = queries.maybe_answerer(entrance.community_id, entrance.path)
    task = tasks.receive(wanted, queries.place_of(entrance), home=home, holder=holder)
    inquiry = Inquiry(
        community_id=entrance.community_id,
        entrance_id=entrance.id,
        place_id=entrance.place_id,
        path=entrance.path,
        task_id=task.id,
        kind=message.kind,
        text=message.text,
        room=message.room,
        digest=message.digest,
        received_at=now(),
    )
    db.session.add(inquiry)
    db.session.flush()
    return inquiry


# Answering ---------------------------------------------------------------------------------------


def reply(
    task: Task, inquiry: Inquiry, text: str, *, outcome: TaskOutcome | None, by: Person
) -> None:
    """Answer a resident; with an outcome the matter is closed."""
    tasks.note_answer(task, by=by)
    at = now()
    db.session.add(Reply(inquiry_id=inquiry.id, text=text, at=at, by_id=by.id))
    inquiry.answered_at = inquiry.answered_at or at
    db.session.flush()
    if outcome:
        tasks.close(task, outcome, reason=gettext("as answered"), by=by)


def decide_rules(
    community_id: int, *, hours: dict[str, int], keep_days: int, most_a_day: int, by: Person
) -> None:
    """Set how soon residents are answered, and how long their words are kept."""
    change = {"hours": hours, "keep_days": keep_days, "most_a_day": most_a_day}
    keep_rules(InquiryRules, community_id, change, named="inquiries", by=by)


# Entrances ---------------------------------------------------------------------------------------


def open_entrance(building: Place, unit: str, *, by: Person) -> Entrance:
    """Give an entrance a new code; the posters with the former one lead nowhere from now on."""
    if unit and unit not in queries.units_of(building):
        raise RuleError(gettext("This building has no such unit."))
    one_at_a_time(COMING_IN + building.id)
    if former := queries.entrances_of(building).get(unit):
        former.end(at=now(), by=by.id)
        db.session.flush()
    entrance = Entrance(
        community_id=building.community_id,
        place_id=building.id,
        path=building.path,
        unit=unit,
        code=new_entrance_code(),
        made_at=now(),
        made_by=by.id,
    )
    db.session.add(entrance)
    db.session.flush()
    _note("entrance.opened", entrance, by)
    return entrance


def end_entrance(entrance: Entrance, *, by: Person) -> None:
    """Let the posters of an entrance lead nowhere."""
    entrance.end(at=now(), by=by.id)
    _note("entrance.closed", entrance, by)


def _note(action: str, entrance: Entrance, by: Person) -> None:
    record(
        action,
        community_id=entrance.community_id,
        by=by.id,
        subject="entrance",
        subject_id=entrance.id,
        details={"place": entrance.place_id},
    )


# Deleting ----------------------------------------------------------------------------------------


def erase_some(at: datetime) -> int:
    """Delete what residents wrote, and what they were answered, once its time is over."""
    erased: list[int] = []
    for community_id in queries.communities():
        closed_before = at - timedelta(days=queries.rules_of(community_id).keep_days)
        erased += queries.over_age(community_id, closed_before, AT_ONCE - len(erased))
    if erased:
        _erase(erased, at)
    return len(erased)


def _erase(inquiry_ids: list[int], at: datetime) -> None:
    nothing = {"text": "", "room": "", "digest": "", "erased_at": at}
    db.session.execute(update(Inquiry).where(Inquiry.id.in_(inquiry_ids)).values(**nothing))
    db.session.execute(update(Reply).where(Reply.inquiry_id.in_(inquiry_ids)).values(text=""))
    db.session.execute(update(Slip).where(Slip.inquiry_id.in_(inquiry_ids)).values(phone=None))
    _forget_doors(inquiry_ids)


def _forget_doors(inquiry_ids: list[int]) -> None:
    """Leave the tasks, and what was split off them, at the building of the entrance."""
    of_inquiry = Inquiry.task_id == TASK.c.id
    forgotten = _move(
        TASK.c.id.in_(select(Inquiry.task_id).where(Inquiry.id.in_(inquiry_ids))),
        place_id=select(Inquiry.place_id).where(of_inquiry).scalar_subquery(),
        path=select(Inquiry.path).where(of_inquiry).scalar_subquery(),
    )
    whole = TASK.alias()
    of_whole = whole.c.id == TASK.c.part_of
    while forgotten:
        forgotten = _move(
            TASK.c.part_of.in_(forgotten),
            place_id=select(whole.c.place_id).where(of_whole).scalar_subquery(),
            path=select(whole.c.path).where(of_whole).scalar_subquery(),
        )


def _move(which: ColumnElement[bool], **to: ScalarSelect[Any]) -> Sequence[int]:
    moved = update(TASK).where(which).values(dwelling_id=None, **to).returning(TASK.c.id)
    return db.session.scalars(moved).all()
