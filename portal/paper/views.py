"""Sheets of a building: print them, and key in what was ticked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import Row
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires
from portal.clock import local, now
from portal.codes import picture
from portal.coverage import words as ledger_words
from portal.coverage.door_queries import plan_head
from portal.coverage.hints import Report, more_waits
from portal.coverage.states import KEYS
from portal.errors import RuleError
from portal.paper import actions, queries, words
from portal.paper.forms import KeyingForm, PrintForm, empty_rows
from portal.paper.models import Sheet
from portal.tower.words import door_name
from portal.web import done, moved, page

bp = Blueprint("paper", __name__)


@bp.get("/rounds/<int:round_id>/plan/<int:building_id>/sheets")
@requires(Permission.RECORD_VISITS)
def index(round_id: int, building_id: int) -> ResponseReturnValue:
    head = plan_head(me(), round_id, building_id)
    return page(
        "paper/index.html",
        head=head,
        sheets=queries.sheets_of(me(), round_id, head),
        form=PrintForm(),
    )


@bp.post("/rounds/<int:round_id>/plan/<int:building_id>/sheets")
@requires(Permission.RECORD_VISITS)
def create(round_id: int, building_id: int) -> ResponseReturnValue:
    head = plan_head(me(), round_id, building_id)
    form = PrintForm()
    if not form.validate():
        raise RuleError(gettext("The form is damaged: reload the page."))
    actions.print_sheets(me(), head, batch=form.uuid.data)
    return moved(url_for("paper.show", batch=form.uuid.data))


@bp.get("/sheets/<uuid:batch>")
@requires(Permission.RECORD_VISITS)
def show(batch: object) -> ResponseReturnValue:
    rows = queries.batch(me(), str(batch))
    return page(
        "paper/show.html",
        rows=rows,
        doors=queries.doors_on(me(), [row.Sheet for row in rows]),
        codes={row.Sheet.code: qr_code(row.Sheet) for row in rows},
        keys={KEYS[outcome]: label for outcome, label in ledger_words.OUTCOMES.items()},
        short_state=ledger_words.short_state,
        door_name=door_name,
    )


def qr_code(sheet: Sheet) -> Markup:
    """The way from the paper to its keying page, as a picture for a phone's camera."""
    address = url_for("paper.new_entries", code=sheet.code, _external=True)
    return picture(address)


@bp.get("/sheets/<code>/entries")
@requires(Permission.RECORD_VISITS)
def new_entries(code: str) -> ResponseReturnValue:
    row = queries.find(me(), code)
    moment = local(now())
    doors = queries.doors_on(me(), [row.Sheet])[row.Sheet.id]
    form = keying_form(
        row.Sheet,
        data={"day": moment.date(), "time": moment.time(), "walker": me().id},
        rows=empty_rows(len(doors)),
    )
    return show_keying(row, doors, form)


@bp.post("/sheets/<code>/entries")
@requires(Permission.RECORD_VISITS)
def create_entries(code: str) -> ResponseReturnValue:
    row = queries.find(me(), code)
    doors = queries.doors_on(me(), [row.Sheet])[row.Sheet.id]
    form = keying_form(row.Sheet)
    if len(form.rows) != len(doors):
        raise RuleError(gettext("The form is damaged: reload the page."))
    if not form.validate():
        return show_keying(row, doors, form, status=422)
    ticked = form.ticked([door.dwelling_id for door in doors])
    reason = actions.why_not_then(row.Round, form.happened_at())
    problems = actions.problems(ticked)
    if reason or problems:
        form.tell(reason, problems)
        return show_keying(row, doors, form, status=422)
    if not ticked:
        raise RuleError(gettext("Choose the outcome of at least one door."))
    receipts = actions.key_in(
        me(),
        row.Sheet,
        [entry for _, entry in ticked],
        walker=form.walker.data,
        happened_at=form.happened_at(),
        batch=form.uuid.data,
    )
    plan = url_for("coverage.plan", round_id=row.Sheet.round_id, building_id=row.Sheet.building_id)
    reports = [
        Report(row.Sheet.round_id, entry.dwelling_id, receipt.uuid)
        for (_, entry), receipt in zip(ticked, receipts, strict=True)
    ]
    said = f"{words.entered(receipts)} {more_waits(reports)}".strip()
    return done("", otherwise=plan, said=said)


def keying_form(sheet: Sheet, **given: Any) -> KeyingForm:
    """The form of a sheet; whoever keys it may have walked it too."""
    form = KeyingForm(**given)
    walkers = {**queries.walkers(sheet), me().id: me().name}
    form.walker.choices = [SelectChoice(id_, name) for id_, name in walkers.items()]
    return form


def show_keying(
    row: Row[Any], doors: list[Row[Any]], form: KeyingForm, *, status: int = 200
) -> Response:
    return page(
        "paper/keying.html",
        status=status,
        row=row,
        sheet=row.Sheet,
        form=form,
        is_refused=status != 200,
        lines=list(zip(doors, form.rows, strict=True)),
        short_state=ledger_words.short_state,
        door_name=door_name,
    )
