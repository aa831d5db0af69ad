"""flask demo seed."""

from __future__ import annotations

import click
from flask import Flask, current_app

from portal.db import db
from portal.demo.community import build
from portal.demo.people import COMMUNITY, LOGINS, password_for
from portal.tower.queries import maybe_community


def register(app: Flask) -> None:
    group = click.Group("demo", help="Something to look at.")
    group.add_command(seed)
    app.cli.add_command(group)


@click.command("seed")
def seed() -> None:
    """Fill an empty database with an invented community; print one sign-in for each duty."""
    with current_app.app_context():
        if maybe_community(COMMUNITY) is None:
            click.echo("Inventing a community …")
            build()
            db.session.commit()
        _print_sign_ins()


def _print_sign_ins() -> None:
    click.echo("\nSign in with a phone number and its password:\n")
    for login in LOGINS:
        click.echo(f"  {login.phone}  {password_for(login.phone)}  {login.what}, {login.name}")
    click.echo("")
