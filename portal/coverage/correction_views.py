"""Correcting what was reported, and leaving a door out of the count or counting it again."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Row

from portal.access import Permission, me, requires
from portal.coverage import door_queries, doors, queries, words
from portal.coverage.blueprint import bp
from portal.coverage.door_page import door_url, plan_url, show_door, waits
from portal.coverage.forms import CorrectionForm, DecisionForm, ExclusionForm, VisitForm
from portal.coverage.states import Reason, State
from portal.errors import RuleError
from portal.once import once
from portal.tower.words import door_name
from portal.web import done, page


@bp.get("/rounds/<int:round_id>/visits/<uuid:visit>/correction")
@requires(Permission.RECORD_VISITS)
def new_correction(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = door_queries.find_visit(round_, str(visit))
    row = door_queries.find_door(me(), round_id, found.dwelling_id)
    form = CorrectionForm(
        outcome=found.outcome, told=found.told, remaining=found.remaining, note=found.note
    )
    return show_correction(row, found, form)


@bp.post("/rounds/<int:round_id>/visits/<uuid:visit>/correction")
@requires(Permission.RECORD_VISITS)
def create_correction(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = door_queries.find_visit(round_, str(visit))
    row = door_queries.find_door(me(), round_id, found.dwelling_id)
    form = CorrectionForm()
    if not form.validate():
        return show_correction(row, found, form, status=422)
    entry = form.entry(found.dwelling_id, reason=form.reason.data)
    receipt = doors.correct(me(), round_, found, entry)
    return waits([receipt]) or done("", otherwise=door_url(row), said=gettext("Corrected."))


def show_correction(row: Row[Any], found: Any, form: Any, *, status: int = 200) -> Response:
    return page(
        "coverage/correction.html",
        status=status,
        row=row,
        visit=found,
        form=form,
        words=words,
        name=door_name(row.Door.unit, row.Door.room),
    )


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/exclusion")
@requires(Permission.RECORD_VISITS)
def create_exclusion(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = door_queries.find_door(me(), round_id, dwelling_id, Permission.RECORD_VISITS)
    form = ExclusionForm()
    if not form.validate():
        return show_door(row, VisitForm(formdata=None), status=422)
    receipt = doors.ask_exclusion(
        me(),
        row.Round,
        row.Door,
        uuid=form.uuid.data,
        reason=Reason(form.reason.data),
        text=form.text.data or "",
    )
    said = gettext("Proposed. The door counts as a gap until somebody else approves.")
    return waits([receipt]) or done("", otherwise=plan_url(row), said=said)


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/exclusion/decision")
@requires(Permission.APPROVE_DOORS)
@once
def decide_exclusion(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = door_queries.find_door(me(), round_id, dwelling_id, Permission.APPROVE_DOORS)
    form = DecisionForm()
    if not form.validate():
        raise RuleError(gettext("Give a reason."))
    decide = {"uuid": form.uuid.data, "reason": form.reason.data}
    if row.Door.state is State.EXCLUDED:
        receipt = doors.readmit(me(), row.Round, row.Door, **decide)
    else:
        approve = bool(form.approve.data)
        receipt = doors.decide_exclusion(me(), row.Round, row.Door, approve=approve, **decide)
    return waits([receipt]) or done("", otherwise=door_url(row), said=gettext("Decided."))
