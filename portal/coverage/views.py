"""The floor plan, doors and what is reported there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import Row

from portal.access import Permission, me, requires, signed_in
from portal.clock import now, today
from portal.coverage import (
    chips,  # noqa: F401 - adds what templates call
    correction_views,  # noqa: F401 - adds its routes
    door_queries,
    doors,
    event_queries,
    offline_views,  # noqa: F401
    queries,
    round_views,  # noqa: F401
    sync_views,  # noqa: F401
    tally_queries,
    words,
)
from portal.coverage.blueprint import bp
from portal.coverage.door_page import show_door, waits
from portal.coverage.drawing import DrawnPlan, cells, draw_plan
from portal.coverage.entries import Entry, Receipt
from portal.coverage.fold import Standing
from portal.coverage.forms import ManyForm, VisitForm
from portal.coverage.hints import hints
from portal.coverage.models import Round
from portal.coverage.states import Outcome, to_do
from portal.coverage.undoing import forget_undo, offer_undo, undo_offer
from portal.db import settle
from portal.errors import NotFoundError, RuleError
from portal.memo import Memo
from portal.questions import directly
from portal.tower.words import door_name, unit_name
from portal.web import done, htmx, page, unchanged_since, with_version

# The floor plan ----------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/plan/<int:building_id>")
@requires(Permission.SEE_PLAN)
@directly()
def plan(round_id: int, building_id: int) -> ResponseReturnValue:
    head = door_queries.plan_head(me(), round_id, building_id)
    selecting = request.args.get("select") == "1"
    offer = undo_offer(round_id, building_id)
    parts = me().parts(Permission.SEE_PLAN, head.path)
    person = me()
    beside = (
        hints(round_id, offer.homes, report=offer.visit, named=offer.is_of_many) if offer else []
    )
    shown = (parts, selecting, offer, beside, person.name, person.duties, person.crews)
    version = repr((*head, *shown, today()))
    if copy_is_right := unchanged_since(version, stands_on_noted=offer is None):
        return copy_is_right
    drawing = drawn(head, parts, selecting=selecting)
    if not drawing.base:
        raise NotFoundError
    response = page(
        "coverage/plan.html",
        head=head,
        plan=drawing,
        unit_name=unit_name,
        selecting=selecting,
        form=ManyForm() if selecting else None,
        offer=offer,
        hints=beside,
        listed=listed_place(parts),
        drawn_at=words.milliseconds(now()),
        may_record=bool(me().parts(Permission.RECORD_VISITS, head.path)) and not head.closed_at,
    )
    return with_version(response, version)


def drawn(head: Row[Any], parts: Sequence[str], *, selecting: bool) -> DrawnPlan:
    """The doors of these parts of a building, read and drawn unless just the same were before.

    `head` names the version of all that is drawn.
    """
    plans: Memo[DrawnPlan] = current_app.extensions["coverage.plans"]
    key = repr((tuple(head), parts, selecting, today(), str(get_locale()), request.script_root))

    def draw() -> DrawnPlan:
        rows = door_queries.plan_doors(head.community_id, head.id, *parts)
        return draw_plan(head.id, rows, selecting=selecting)

    return plans.get(key, draw)


def listed_place(parts: Sequence[str]) -> int | None:
    """The place whose list holds just the doors of a plan; None for several groups of a duty."""
    return int(parts[0].split("/")[-2]) if len(parts) == 1 else None


# One door ----------------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/doors/<int:dwelling_id>")
@requires(Permission.SEE_PLAN)
def door(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = door_queries.find_door(me(), round_id, dwelling_id)
    return show_door(row, VisitForm())


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/visits")
@signed_in  # whoever has just lost the building is told, not turned away: the ledger decides
def create_visit(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    form = VisitForm()
    # From the first question on that is not put so, others who write wait.
    with directly(for_several=False):
        round_, row = reported_at(round_id, dwelling_id)
    if not form.validate():
        return refuse_visit(row, form)
    try:
        entry = form.entry(dwelling_id)
        receipt = doors.receive(me(), round_, entry)
    except RuleError as broken:
        form.outcome.errors = [str(broken)]
        return refuse_visit(row, form)
    said = words.saved(receipt, door_name(row.unit, row.room))
    return answer(row, receipt, said=said, may_undo=True)


def refuse_visit(row: Row[Any], form: VisitForm) -> Response:
    """What is wrong with a report; whoever may no longer look here gets the words alone."""
    if not me().may(Permission.SEE_PLAN, path=row.path):
        raise RuleError(" ".join(text for texts in form.errors.values() for text in texts))
    return show_door(door_queries.find_door(me(), row.round_id, row.dwelling_id), form, status=422)


def reported_at(round_id: int, dwelling_id: int) -> tuple[Round, Row[Any]]:
    """The round and door of a report; also for somebody who held a duty there until lately."""
    row = door_queries.door_for_report(me(), round_id, dwelling_id)
    if not me().may(Permission.RECORD_VISITS) and not queries.had_duty_at(
        me(), row.path, since=row.joined_at
    ):
        abort(403)
    return Round(id=row.round_id, community_id=row.community_id), row  # all that the ledger asks


@bp.post("/rounds/<int:round_id>/plan/<int:building_id>/visits")
@requires(Permission.RECORD_VISITS)
def create_many(round_id: int, building_id: int) -> ResponseReturnValue:
    head = door_queries.plan_head(me(), round_id, building_id)
    form = ManyForm()
    if not form.validate():
        raise RuleError(gettext("The form is damaged: reload the page."))
    round_ = queries.find_round(me(), round_id)
    outcome = Outcome(form.outcome.data)
    parts = me().parts(Permission.SEE_PLAN, head.path)
    chosen = door_queries.doors_in(head, form.door.data or [], *parts)
    entry = Entry(uuid=form.uuid.data, dwelling_id=0, outcome=outcome)
    receipts = doors.record_many(me(), round_, entry, chosen, batch=form.uuid.data)
    beside = hints(round_id, chosen, named=True)
    offer_undo(round_id, building_id, receipts, batch=form.uuid.data, beside=beside)
    if waiting := waits(receipts):
        return waiting
    url = url_for("coverage.plan", round_id=round_id, building_id=building_id)
    return done("", otherwise=url, said=words.saved_many(len(receipts), outcome))


# Undo --------------------------------------------------------------------------------------------


@bp.post("/rounds/<int:round_id>/visits/<uuid:visit>/undo")
@requires(Permission.RECORD_VISITS)
def undo_visit(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = door_queries.find_visit(round_, str(visit))
    row = door_queries.door_reported(me(), round_id, found.dwelling_id)
    receipt = doors.undo(me(), round_, found)
    forget_undo()
    return answer(row, receipt, said=gettext("Taken back."))


@bp.post("/rounds/<int:round_id>/batches/<uuid:batch>/undo")
@requires(Permission.RECORD_VISITS)
def undo_batch(round_id: int, batch: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    visits = event_queries.batch(round_.community_id, str(batch))
    if not visits:
        raise NotFoundError
    row = door_queries.find_door(me(), round_id, visits[0].dwelling_id)
    receipts = doors.undo_batch(me(), round_, str(batch))
    forget_undo()
    url = url_for("coverage.plan", round_id=round_id, building_id=row.building_id)
    return waits(receipts) or done("", otherwise=url, said=gettext("Taken back."))


# Answers -----------------------------------------------------------------------------------------


def answer(row: Row[Any], receipt: Receipt, *, said: str, may_undo: bool = False) -> Response:
    """After a report: the changed door and the new figures, or the way back to the plan."""
    if waiting := waits([receipt]):
        return waiting
    settle()
    parts = me().parts(Permission.SEE_PLAN, row.building_path)
    if not parts:  # sent again by somebody who has lost the building since
        return done("", otherwise=url_for("gaps.today"), said=said)
    with directly():
        beside = []
        if may_undo:
            beside = hints(row.round_id, [row.dwelling_id], report=receipt.uuid)
        counts = tally_queries.figures(row.community_id, row.round_id, *parts) if htmx else {}
    if may_undo:
        offer_undo(row.round_id, row.building_id, [receipt], visit=receipt.uuid, beside=beside)
    url = url_for("coverage.plan", round_id=row.round_id, building_id=row.building_id)
    if not htmx:
        return done("", otherwise=url, said=said)
    shown = {
        "round_id": row.round_id,
        "changed": cells([as_it_stands(row, receipt.standing)]),
        "counts": counts,
        "base": sum(counts.values()),
        "to_do": to_do(counts),
        "offer": undo_offer(row.round_id, row.building_id),
        "hints": beside,
        "listed": listed_place(parts),
    }
    return done("coverage/_saved.html", otherwise=url, said=said, **shown)


def as_it_stands(door: Row[Any], standing: Standing | None) -> tuple[Any, ...]:
    """A door as `cells` takes it, after what has just been reported about it."""
    now_at = standing or Standing()
    place = (door.dwelling_id, door.unit, door.floor, door.room)
    return (*place, now_at.state.value, now_at.attempts, now_at.remaining, now_at.appointment_at)
