"""flask ledger: check the books, and reproduce the digest of a round."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, current_app
from flask_babel import gettext

from portal.coverage import epochs, queries
from portal.coverage.digest import digest_of
from portal.coverage.models import Round
from portal.coverage.verify import count_doors, differences
from portal.db import db, writes


def register(app: Flask) -> None:
    group = click.Group("ledger", help="Check the ledger of visits.")
    group.add_command(verify)
    group.add_command(digest)
    group.add_command(new_epoch)
    app.cli.add_command(group)


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@click.option("--round", "round_id", type=int, help="One round only.")
def verify(*, as_json: bool, round_id: int | None) -> None:
    """Recompute every state and count from the events; exit 1 if anything differs."""
    with current_app.app_context():
        writes.set(False)
        rounds = [opened for opened in queries.all_rounds() if round_id in {None, opened.id}]
        if round_id is not None and not rounds:
            raise click.ClickException(gettext("There is no round %(id)s.", id=round_id))
        found = [difference for opened in rounds for difference in differences(opened)]
        doors = sum(count_doors(opened) for opened in rounds)
    if as_json:
        lines = [difference.as_json() for difference in found]
        report = {"rounds": len(rounds), "doors": doors, "differences": lines}
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        for d in found:
            click.echo(
                gettext(
                    "round %(round)s, %(where)s: %(what)s is %(kept)s, and should be %(rebuilt)s",
                    round=d.round_id,
                    where=d.where,
                    what=d.what,
                    kept=d.kept,
                    rebuilt=d.rebuilt,
                )
            )
        click.echo(
            gettext(
                "%(rounds)s rounds, %(doors)s doors, %(found)s differences",
                rounds=len(rounds),
                doors=doors,
                found=len(found),
            )
        )
    sys.exit(1 if found else 0)


@click.command("digest")
@click.argument("round_id", type=int)
def digest(round_id: int) -> None:
    """Print the SHA-256 over the ordered events of a round."""
    with current_app.app_context():
        opened = db.session.get(Round, round_id)
        if opened is None:
            raise click.ClickException(gettext("There is no round %(id)s.", id=round_id))
        computed = digest_of(opened)
    click.echo(computed)
    if opened.digest and opened.digest != computed:
        raise click.ClickException(
            gettext("The round was closed with another digest: %(digest)s", digest=opened.digest)
        )


@click.command("new-epoch")
def new_epoch() -> None:
    """After a backup was restored: let phones send again what was confirmed since it was made."""
    with current_app.app_context():
        word = epochs.renew()
        db.session.commit()
    click.echo(f"Phones send again what was confirmed before. The epoch is {word}.")
