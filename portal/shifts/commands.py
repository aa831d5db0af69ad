"""flask rota: plan a rota from a file, or mend one; and the work on a plan of a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext

from portal.shifts.fields import FieldError
from portal.shifts.plan_work import work
from portal.shifts.planner import Watch, repair, solve

rota = AppGroup("rota", help="Plan who visits which unit when.")
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


class UnreadableError(click.ClickException):
    """A file that is no instance or no plan."""

    exit_code = 2


def register(app: Flask) -> None:
    """Add the commands of the rota."""
    app.cli.add_command(rota)


@rota.command("solve")
@click.argument("instance", type=EXISTING)
@click.option("--previous", type=EXISTING, help="A published plan to keep as far as it can be.")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def solve_file(*, instance: Path, previous: Path | None, out: Path | None) -> None:
    """Read INSTANCE (JSON) and write the plan, as the checker of rotas has them."""
    with current_app.app_context():
        problem = _json(instance)
        try:
            if previous is None:
                with _bar() as watch:
                    plan = solve(problem, progress=watch)
            else:
                plan = repair(problem, _json(previous))
        except FieldError as wrong:
            raise UnreadableError(wrong.said(gettext)) from wrong
    text = json.dumps(plan, ensure_ascii=False, separators=(",", ":")) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@rota.command("work", hidden=True)
@click.argument("plan_id", type=int)
def work_on_plan(*, plan_id: int) -> None:
    """Work out a plan that was asked for: started by the page, in a process of its own."""
    work(plan_id)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, RecursionError, ValueError) as wrong:
        text = gettext("%(file)s cannot be read: %(why)s", file=path.name, why=wrong)
        raise UnreadableError(text) from wrong


@contextmanager
def _bar() -> Iterator[Watch]:
    """A bar on the terminal, beside what is printed; nothing where nobody looks."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=1, file=sys.stderr, hidden=hidden) as bar:

        def show(stage: str, done: int, total: int) -> None:
            bar.label, bar.length = stage, total
            bar.update(done - bar.pos)

        yield show
