"""flask roster: load a community from a file, write it out again, work on an upload."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask, current_app
from flask_babel import gettext

from portal.db import db
from portal.rosters import actions
from portal.rosters.arrivals import Progress
from portal.rosters.export import csv_lines
from portal.rosters.jobs import Desk
from portal.rosters.messages import Unreadable
from portal.rosters.models import Import, Stage
from portal.rosters.reading import read
from portal.rosters.report import Report, by_code
from portal.tower.actions import make_community
from portal.tower.models import Place
from portal.tower.queries import maybe_community

ROWS_NAMED = 12  # row numbers printed for one kind of message; --json has them all


def register(app: Flask) -> None:
    group = click.Group("roster", help="Load and write out the homes of a community.")
    for command in (import_roster, export_roster, work):
        group.add_command(command)
    app.cli.add_command(group)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", required=True, help="Its name; made if there is none of that name.")
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def import_roster(
    context: click.Context, file: Path, community: str, *, dry_run: bool, as_json: bool
) -> None:
    """Read FILE (.xlsx or .csv) and bring it into the tower, all of it or nothing."""
    with current_app.app_context():
        try:
            reading = read(file, filename=file.name)
        except Unreadable as refused:
            text = refused.text(gettext)
            if as_json:
                click.echo(json.dumps({"refused": refused.code, "text": text}, ensure_ascii=False))
            raise click.ClickException(text) from refused
        place = _community(community, as_json=as_json)
        with _progress(reading.dwelling_count, show=not as_json) as progress:
            report = actions.load(reading, place, by=None, write=not dry_run, progress=progress)
        if dry_run:
            db.session.rollback()
        else:
            db.session.commit()
        _print(report, as_json=as_json, dry_run=dry_run)
    context.exit(0)


@click.command("export")
@click.option("--community", required=True)
def export_roster(community: str) -> None:
    """Write the homes of a community as CSV; `import` reads it back unchanged."""
    with current_app.app_context():
        place = maybe_community(community)
        if place is None:
            raise click.ClickException(f"There is no community named {community!r}.")
        for line in csv_lines(place):
            sys.stdout.write(line)


@click.command("work", hidden=True)
@click.argument("import_id", type=int)
def work(import_id: int) -> None:
    """Do what an upload's stage asks for: started by the page, in a process of its own."""
    with current_app.app_context():
        run(import_id)


def run(import_id: int) -> None:
    """Check or apply one upload and commit; a failure leaves it as it was before."""
    desk = Desk(current_app.config["SETTINGS"])
    taken = db.session.get_one(Import, import_id)
    act = {Stage.CHECKING: actions.check, Stage.APPLYING: actions.apply_checked}[taken.stage]
    try:
        act(taken, desk, lambda done, total: desk.note(import_id, done, total))
        db.session.commit()
    except Exception:
        db.session.rollback()
        taken = db.session.get_one(Import, import_id)
        if taken.stage is Stage.APPLYING:
            taken.stage = Stage.CHECKED
            db.session.commit()
        raise
    if taken.stage is Stage.APPLIED:
        desk.drop(import_id)


def _community(name: str, *, as_json: bool) -> Place:
    found = maybe_community(name)
    if found is None:
        found = make_community(name)
        if not as_json:
            click.echo(f"New community: {name}")
    return found


@contextmanager
def _progress(homes: int, *, show: bool) -> Iterator[Progress | None]:
    """A bar on the terminal, beside the report."""
    if not show:
        yield None
        return
    with click.progressbar(length=homes, label="Homes", file=sys.stderr) as bar:
        yield lambda done, _: bar.update(done - bar.pos)


def _print(report: Report, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    for kind, rows in (("Rejected", report.rejected), ("Warning", report.warnings)):
        for code, group in by_code(rows):
            named = ", ".join(f"{r['sheet']} {r['row']}".strip() for r in group[:ROWS_NAMED])
            more = f" and {len(group) - ROWS_NAMED} more" if len(group) > ROWS_NAMED else ""
            click.echo(f"{kind}: {code}, {len(group)} rows: {named}{more}")
            click.echo(f"  {group[0]['text']}")
    if report.ignored_columns:
        click.echo(f"Never kept: {', '.join(report.ignored_columns)}")
    click.echo(
        f"{report.dwellings} homes in {report.buildings} buildings and {report.groups} groups: "
        f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.missing} missing from the file"
    )
    if dry_run:
        click.echo("Nothing was written (dry run).")
