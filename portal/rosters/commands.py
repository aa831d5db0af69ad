"""flask roster: load a community from a file, write it out again, work on an upload."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from portal.db import BusyError, db
from portal.errors import RuleError
from portal.jobs import patiently, reading_only
from portal.rosters import actions, words
from portal.rosters.arrivals import Progress, community_to_be, foresee
from portal.rosters.export import homes_as_csv
from portal.rosters.jobs import Desk
from portal.rosters.messages import Message, Unreadable
from portal.rosters.models import Import
from portal.rosters.reading import Reading, read
from portal.rosters.report import Report, as_json, by_building, by_code
from portal.rosters.work import work
from portal.tower.actions import LONGEST_NAME, hold
from portal.tower.models import Place
from portal.tower.queries import maybe_community

NAMED = 12  # rows printed for one kind of message, doors for one building; --json has them all
roster = AppGroup("roster", help="Load and write out the homes of a community.")
Arguments = ParamSpec("Arguments")
Bring = Callable[[Reading, str, Progress], Report]


def register(app: Flask) -> None:
    """Add the commands of rosters."""
    app.cli.add_command(roster)


def in_plain_words(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Say in one line what is in the way, and end with 1."""

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            _need_tables()
            command(*args, **kwargs)
        except RuleError as error:
            raise click.ClickException(str(error)) from error
        except BusyError as error:
            raise click.ClickException(
                gettext("Somebody else is writing to the database for too long. Try again later.")
            ) from error
        except OperationalError as error:
            raise click.ClickException(
                gettext("The database does not answer: %(why)s", why=error.orig)
            ) from error

    return run


def _need_tables() -> None:
    with reading_only():
        if not inspect(db.session.connection()).has_table(Import.__tablename__):
            raise click.ClickException(
                gettext(
                    "The database has no tables yet, or is another one. Check "
                    "PORTAL_DATABASE_URL, or make them: flask --app wsgi db upgrade"
                )
            )


# In ----------------------------------------------------------------------------------------------


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", required=True, help="Its name; made if there is none of that name.")
@click.option("--dry-run", is_flag=True, help="Say what would change and write nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
@in_plain_words
def import_roster(*, file: Path, community: str, dry_run: bool, is_json: bool) -> None:
    """Read FILE (.xlsx or .csv) and bring it into the tower, all of it or nothing."""
    name = _name(community)
    try:
        with _bar(gettext("Rows")) as progress:
            reading = read(file, filename=file.name, progress=progress)
    except Unreadable as refused:
        text = refused.text(gettext)
        if is_json:
            _print_json({"refused": refused.code.value, "text": text})
        raise click.ClickException(text) from refused
    with _bar(gettext("Homes")) as progress:
        bring: Bring = _foresee if dry_run else _bring_in
        report = bring(reading, name, progress)
    if is_json:
        _print_json(as_json(report, gettext))
    else:
        _print(report, dry_run=dry_run)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise click.ClickException(
            gettext("A place needs a name of at most %(most)s characters.", most=LONGEST_NAME)
        )
    return name


def _foresee(reading: Reading, name: str, progress: Progress) -> Report:
    with reading_only():
        community = maybe_community(name) or community_to_be(name)
        return foresee(reading, community, progress=progress)


def _bring_in(reading: Reading, name: str, progress: Progress) -> Report:
    community = patiently(partial(_take_hold, name))
    report = actions.load(reading, community, by=None, progress=progress)
    db.session.commit()
    return report


def _take_hold(name: str) -> Place:
    community = actions.find_or_make_community(name)
    hold(community.id)
    return community


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """A bar on the terminal, beside what is printed; nothing where nobody looks."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=hidden) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


# Out ---------------------------------------------------------------------------------------------


@roster.command("export")
@click.option("--community", required=True, help="Its name.")
@in_plain_words
def export_roster(*, community: str) -> None:
    """Write the homes of a community as CSV; import reads it back unchanged."""
    place = maybe_community(community)
    if place is None:
        raise click.ClickException(
            gettext("There is no community named “%(name)s”.", name=community)
        )
    patiently(partial(actions.record_export, place, by=None))
    db.session.commit()
    with reading_only():
        for part in homes_as_csv(place):
            click.echo(part, nl=False)


# Beside the pages --------------------------------------------------------------------------------


@roster.command("work", hidden=True)
@click.argument("import_id", type=int)
def work_on_upload(*, import_id: int) -> None:
    """Do what an upload's stage asks for: started by the page, in a process of its own."""
    work(import_id)


@roster.command("tidy")
@in_plain_words
def tidy() -> None:
    """Delete uploads that waited too long: names and phones in them. For a daily timer."""
    patiently(partial(actions.tidy_up, Desk(current_app.config["SETTINGS"].data_folder)))
    db.session.commit()


# What is said ------------------------------------------------------------------------------------


def _print_json(told: dict[str, Any]) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))


def _print(report: Report, *, dry_run: bool) -> None:
    _print_messages(gettext("Rejected"), report.rejected)
    _print_messages(gettext("Warning"), report.warnings)
    for line in words.left_aside(report):
        click.echo(line)
    if report.missing:
        click.echo(words.labelled(gettext("Missing from the file"), f"{report.missing:,}"))
    for estate, building, doors in by_building(report.missing_dwellings):
        click.echo("  " + words.labelled(f"{estate} {building}", _first(doors)))
    click.echo(words.summary(report))
    if dry_run:
        click.echo(gettext("Nothing was written (dry run)."))


def _print_messages(kind: str, messages: Sequence[Message]) -> None:
    """Messages grouped by what they say: the rows, and the first sentence as an example."""
    for code, group in by_code(messages):
        rows = [f"{message.sheet} {message.row}".strip() for message in group]
        count = words.labelled(words.code_word(code), f"{len(group):,}")
        click.echo(words.labelled(kind, count))
        click.echo(f"  {_first(rows)}")
        click.echo(f"  {group[0].text(gettext)}")


def _first(things: Sequence[str]) -> str:
    named = str(gettext(", ")).join(things[:NAMED])
    if len(things) <= NAMED:
        return named
    return str(gettext("%(some)s and %(more)s more", some=named, more=len(things) - NAMED))
