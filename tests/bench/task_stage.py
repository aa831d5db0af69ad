"""Fills the measured town with tasks and notices, and runs the clockwork over them.

`tasks N` brings the table of tasks to N rows, 200 of them open and held by the coordinator;
`notices N` makes N notices due, `tick` lays them out and tells how long that took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click
from sqlalchemy import func, select

from portal.accounts.models import User
from portal.accounts.queries import maybe_user
from portal.clock import now
from portal.db import db, insert_many, keep_little, table_of
from portal.notices.sending import lay_out
from portal.outbox.models import Delivery, Notice
from portal.tasks.models import Task
from portal.tasks.states import TaskKind, TaskOutcome, TaskState
from portal.tower.models import Dwelling
from tests.bench.town import COORDINATOR, LEADER
from tests.bench.wsgi import portal

HELD = 200
OPEN_SHARE = 20  # one task in so many is open; the others are history
TOLD = 5_000  # people who are told


def tasks(count: str) -> dict[str, Any]:
    """Tasks at doors all over the town until there are `count`."""
    known, wanted = db.session.scalar(select(func.count()).select_from(Task)) or 0, int(count)
    mine, others = _person(COORDINATOR), _person(LEADER)
    home = table_of(Dwelling).c
    homes = db.session.execute(select(home.id, home.community_id, home.group_id, home.path)).all()
    for start in range(known, wanted, 50_000):
        numbers = range(start, min(start + 50_000, wanted))
        rows = [_task(number, homes[number % len(homes)], mine, others) for number in numbers]
        insert_many(table_of(Task), rows)
        db.session.commit()
    return {"tasks": wanted, "held": HELD}


def _task(number: int, home: Any, mine: int, others: int) -> dict[str, Any]:
    is_mine = number < HELD
    is_open = is_mine or number % OPEN_SHARE == 0
    at = now() + timedelta(minutes=number % 10_000 - 100)
    return {
        "community_id": home.community_id,
        "kind": TaskKind.CALL_BACK,
        "place_id": home.group_id,
        "path": home.path,
        "dwelling_id": home.id,
        "what": f"Ring back, number {number}",
        "due_at": at,
        "holder_id": mine if is_mine else others,
        "state": TaskState.OPEN if is_open else TaskState.CLOSED,
        "outcome": None if is_open else TaskOutcome.DONE,
        "made_at": at,
        "made_by": others,
    }


def notices(count: str) -> dict[str, Any]:
    """Notices that are due at once, to people who all have an e-mail address."""
    known = db.session.scalar(select(func.count()).select_from(Notice)) or 0
    if not known:
        _people()
    ids = db.session.scalars(select(User.id).where(User.email.is_not(None))).all()
    at = now()
    rows = [
        {
            "community_id": 1,
            "user_id": ids[number % len(ids)],
            "kind": "notices.trial",
            "subject": f"bench/{number}",
            "details": {},
            "written_at": at,
            "due_at": at,
            "urgent": False,
        }
        for number in range(known, known + int(count))
    ]
    insert_many(table_of(Notice), rows)
    db.session.commit()
    return {"notices": len(rows)}


def _people() -> None:
    rows = [
        {
            "phone": f"199{number:08d}",
            "name": f"Person {number}",
            "email": f"p{number}@example.org",
            "locale": "zh",
            "large_text": False,
            "created_at": now(),
        }
        for number in range(TOLD)
    ]
    insert_many(table_of(User), rows)
    db.session.commit()


def tick() -> dict[str, Any]:
    """Lay out all that is due."""
    keep_little()
    started = time.perf_counter()
    count = lay_out(now())
    seconds = time.perf_counter() - started
    waiting = db.session.scalar(select(func.count()).where(Notice.spread_at.is_(None)))
    laid = db.session.scalar(select(func.count()).select_from(Delivery))
    return {"count": count, "seconds": seconds, "waiting": waiting, "deliveries": laid}


def _person(phone: str) -> int:
    user = maybe_user(phone)
    if user is None:
        raise click.ClickException(f"nobody has the number {phone}")
    return user.id


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "notices": notices,
    "tasks": tasks,
    "tick": tick,
}

if __name__ == "__main__":
    with portal.app_context():
        click.echo(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:])))
