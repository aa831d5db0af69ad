"""flask tick: everything that time brings, once; cron or a timer calls it every minute.

A step that fails is noted and keeps no other from running. Two ticks at once do no harm: every step
takes what it works on, so that nobody else does.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import datetime

import click
from flask import Flask, current_app

from portal.clock import SKEW, now
from portal.db import db, insert_or_update, keep_little, table_of
from portal.logs import without_values
from portal.notices.models import Beat
from portal.notices.queries import latest_known
from portal.notices.redating import redate as redate_notices
from portal.notices.sending import lay_out, send_mail
from portal.once import forget as forget_forms
from portal.public.upkeep import tick as keep_up_inquiries
from portal.relay.upkeep import tick as keep_up_bulletins
from portal.robots.queries import latest_happening
from portal.robots.redating import redate as redate_robots
from portal.robots.sending import send_to_robots
from portal.shifts.upkeep import tick as keep_up_shifts
from portal.tasks.alarms import redate as redate_warnings
from portal.tasks.upkeep import tick as keep_up_tasks

log = logging.getLogger(__name__)
Step = Callable[[Flask, datetime], int]


def redate(at: datetime) -> int:
    """Put right what was dated by a clock that ran ahead, if it has been set back since."""
    count = redate_warnings(at)
    last = max(filter(None, (latest_known(), latest_happening())), default=at)
    if last > at + SKEW:
        log.warning("the clock of this server has been set back by %s", last - at)
        count += redate_notices(at) + redate_robots(at)
    return count


STEPS: tuple[tuple[str, Step], ...] = (
    ("clock", lambda _, at: redate(at)),  # before all others: they would take it for later
    ("shifts", lambda _, at: keep_up_shifts(at)),  # these before the notices: they write some
    ("warnings", lambda _, at: keep_up_tasks(at)),
    ("bulletins", lambda _, at: keep_up_bulletins(at)),
    ("inquiries", lambda _, at: keep_up_inquiries(at)),
    ("notices", lambda _, at: lay_out(at)),
    ("mail", send_mail),
    ("robots", send_to_robots),
    ("forms", lambda _, at: forget_forms(at)),
)


def register(app: Flask) -> None:
    app.cli.add_command(tick)


@click.command("tick")
def tick() -> None:
    """Send what is due and do what time brings; run it every minute from cron or a timer."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    keep_little()
    done = run(app)
    click.echo(", ".join(f"{step} {count}" for step, count in done.items()))
    if len(done) < len(STEPS):
        sys.exit(1)


def run(app: Flask) -> dict[str, int]:
    """Run every step; what each has done, without those that failed."""
    done = {}
    for name, step in STEPS:
        try:
            done[name] = step(app, now())
            _note(name, done[name])
        except Exception as error:
            log.exception(
                "the step %s of the clockwork failed", name, exc_info=without_values(error)
            )
            db.session.rollback()
            _note(name, 0, trouble=type(error).__name__)
    return done


def _note(name: str, count: int, *, trouble: str | None = None) -> None:
    change = {"last_at": now(), "done": count, "trouble": trouble}
    statement = insert_or_update(
        table_of(Beat), key=("step",), row={"step": name, **change}, change=change
    )
    db.session.execute(statement)
    db.session.commit()
