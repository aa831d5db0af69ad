"""flask rota may, flask rota tick: why somebody may not have a shift, and what time brings."""

from __future__ import annotations

import sys
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.accounts import phones
from portal.accounts.queries import maybe_user
from portal.clock import now
from portal.db import db, writes
from portal.errors import NotFoundError
from portal.shifts import party_queries as party
from portal.shifts import taker_queries as takers
from portal.shifts import upkeep
from portal.shifts.choice_queries import shift_by_id
from portal.shifts.seats import reason_against
from portal.shifts.words import WHYS


def register(app: Flask) -> None:
    """Add the commands about shifts to the group of the rota."""
    group = cast("click.Group", app.cli.commands.get("rota") or AppGroup("rota"))
    app.cli.add_command(group)
    group.add_command(may)
    group.add_command(tick)


@click.command("may")
@click.argument("shift_id", type=int)
@click.option("--phone", required=True, help="The number somebody signs in by.")
def may(*, shift_id: int, phone: str) -> None:
    """Whether somebody may take SHIFT_ID now; else the reason, as code and in words, and exit 1."""
    with current_app.app_context():
        writes.set(False)
        user = maybe_user(phones.normalise(phone) or phone)
        person = party.person_by_id(user.id) if user else None
        if person is None:
            raise click.ClickException("Nobody who can sign in has this number.")
        try:
            shift = shift_by_id(shift_id)
        except NotFoundError:
            raise click.ClickException(f"There is no shift {shift_id}.") from None
        at = now()
        reason = reason_against(shift, takers.taker(person, shift.community_id, at), at)
    click.echo("yes" if reason is None else f"{reason.value}: {WHYS[reason]}")
    sys.exit(0 if reason is None else 1)


@click.command("tick")
def tick() -> None:
    """End what was not answered, ask again for stand-ins, remind people; safe at any time."""
    with current_app.app_context():
        done = upkeep.tick(now())
        db.session.commit()
    click.echo(f"{done} done")
