"""Rounds, the floor plan, doors and what is reported there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import Row
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires, signed_in
from portal.clock import end_of_day, now, today
from portal.coverage import actions, doors, in_tray, queries, words
from portal.coverage.forms import (
    CorrectionForm,
    DecisionForm,
    EmptyForm,
    ExclusionForm,
    FoundForm,
    ManyForm,
    RoundForm,
    VisitForm,
)
from portal.coverage.ledger import Fate, Receipt
from portal.coverage.models import Door, Round
from portal.coverage.plan import lay_out
from portal.coverage.states import GAPS, Outcome, Reason, State
from portal.db import keep
from portal.errors import NotFoundError, RuleError
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose
from portal.tower.words import CARE_TAGS
from portal.web import done, htmx, moved, page, unchanged_since, with_version

bp = Blueprint("coverage", __name__)
LIKELY = list(words.OUTCOMES)[:6]  # the large buttons on top
UNDO = "undo"  # the session's note of what may be taken back


# The floor plan ----------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/plan/<int:building_id>")
@requires(Permission.SEE_PLAN)
def plan(round_id: int, building_id: int) -> ResponseReturnValue:
    head = queries.plan_head(me(), round_id, building_id)
    selecting = request.args.get("select") == "1"
    offer = undo_offer(round_id, building_id)
    version = repr((*head, selecting, offer, today()))
    if copy_is_right := unchanged_since(version):
        return copy_is_right
    rows = queries.plan_doors(head.community_id, round_id, head.path)
    counts = counted(rows)
    response = page(
        "coverage/plan.html",
        head=head,
        layout=lay_out(rows),
        counts=counts,
        to_do=sum(counts[state] for state in GAPS),
        unit_name=words.unit_name,
        floor_name=words.floor_name,
        **cells(),
        selecting=selecting,
        form=ManyForm() if selecting else None,
        offer=offer,
        may_record=me().may(Permission.RECORD_VISITS, path=head.path) and not head.closed_at,
    )
    return with_version(response, version)


def cells() -> dict[str, Any]:
    """What a template needs to write the cells of a plan."""
    return {"cell_word": words.cell_words(), "due_by": end_of_day(today())}


def counted(rows: Any) -> dict[State, int]:
    """Doors by state."""
    counts = dict.fromkeys(State, 0)
    for row in rows:
        counts[row.state] += 1
    return counts


# One door ----------------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/doors/<int:dwelling_id>")
@requires(Permission.SEE_PLAN)
def door(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = queries.find_door(me(), round_id, dwelling_id)
    return show_door(row, VisitForm())


def show_door(row: Row[Any], form: VisitForm, *, status: int = 200) -> Response:
    """The door with its outcomes, its household (for those who may see it) and its history."""
    found: Door = row.Door
    history = queries.history(found.community_id, found.round_id, found.dwelling_id)
    replaced = {e.Visit.replaces for e in history}
    return page(
        "coverage/door.html",
        fragment="coverage/_door.html",
        status=status,
        row=row,
        door=found,
        form=form,
        history=history,
        undoable={e.Visit.uuid for e in history if may_undo(e.Visit)} - replaced,
        replaced=replaced,
        likely=LIKELY,
        unlikely=[outcome for outcome in words.OUTCOMES if outcome not in LIKELY],
        name=words.door_name(found.unit, found.room),
        words=words,
        care_tag=CARE_TAGS.get(found.care_tag) if found.care_tag else None,
        may_record=me().may(Permission.RECORD_VISITS, path=found.path) and row.Round.is_open,
        may_approve=me().may(Permission.APPROVE_DOORS, path=found.path) and row.Round.is_open,
        may_see=me().may(Permission.SEE_RESIDENTS, path=found.path),
        may_tag=me().may(Permission.SEE_CARE_TAGS, path=found.path),
        may_reveal=me().may(Permission.REVEAL_PHONES, path=found.path),
        exclusion=ExclusionForm(),
        decision=DecisionForm(),
    )


def may_undo(visit: Any) -> bool:
    """Whether the undo of a report stands beside it."""
    return bool(visit.author_id == me().id and visit.outcome and doors.undo_until(visit) > now())


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/visits")
@signed_in  # whoever has just lost the building is told, not turned away: the ledger decides
def create_visit(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    round_, row = reported_at(round_id, dwelling_id)
    form = VisitForm()
    if not form.validate():
        return show_door(row, form, status=422)
    try:
        entry = form.entry(dwelling_id)
        receipt = doors.record_visit(me(), round_, entry)
    except RuleError as broken:
        form.outcome.errors = [str(broken)]
        return show_door(row, form, status=422)
    offer_undo(round_id, row.building_id, [receipt], visit=receipt.uuid)
    return answer(row, [receipt], said=words.saved(receipt, door_label(row)))


def reported_at(round_id: int, dwelling_id: int) -> tuple[Round, Row[Any]]:
    """The round and door of a report; also for somebody who held a duty there until lately."""
    row = queries.door_for_report(me(), round_id, dwelling_id)
    lately = row.Door.joined_at
    if not me().may(Permission.RECORD_VISITS) and not queries.had_duty_at(
        me(), row.Door.path, since=lately
    ):
        abort(403)
    return row.Round, row


def door_label(row: Row[Any]) -> str:
    return words.door_name(row.Door.unit, row.Door.room)


@bp.post("/rounds/<int:round_id>/plan/<int:building_id>/visits")
@requires(Permission.RECORD_VISITS)
def create_many(round_id: int, building_id: int) -> ResponseReturnValue:
    head = queries.plan_head(me(), round_id, building_id)
    form = ManyForm()
    if not form.validate():
        raise RuleError(gettext("The form is damaged: reload the page."))
    round_ = queries.find_round(me(), round_id)
    outcome = Outcome(form.outcome.data)
    chosen = queries.doors_in(head, form.door.data or [])
    entry = VisitForm(outcome=outcome.value).entry(0, outcome=outcome)
    receipts = doors.record_many(me(), round_, entry, chosen, batch=form.uuid.data)
    offer_undo(round_id, building_id, receipts, batch=form.uuid.data)
    told(receipts)
    url = url_for("coverage.plan", round_id=round_id, building_id=building_id)
    return done("", otherwise=url, said=words.saved_many(len(receipts), outcome))


# Undo --------------------------------------------------------------------------------------------


@bp.post("/rounds/<int:round_id>/visits/<uuid:visit>/undo")
@requires(Permission.RECORD_VISITS)
def undo_visit(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = queries.find_visit(round_, str(visit))
    row = queries.find_door(me(), round_id, found.dwelling_id)
    receipt = doors.undo(me(), round_, found)
    session.pop(UNDO, None)
    return answer(row, [receipt], said=gettext("Taken back."))


@bp.post("/rounds/<int:round_id>/batches/<uuid:batch>/undo")
@requires(Permission.RECORD_VISITS)
def undo_batch(round_id: int, batch: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    receipts = doors.undo_batch(me(), round_, str(batch))
    row = queries.find_door(me(), round_id, receipts[0].dwelling_id)
    session.pop(UNDO, None)
    url = url_for("coverage.plan", round_id=round_id, building_id=row.building_id)
    return moved(url)


def offer_undo(
    round_id: int, building_id: int, receipts: list[Receipt], *, visit: str = "", batch: str = ""
) -> None:
    """Remember in this browser what may be taken back, and until when."""
    if any(receipt.fate is Fate.ACCEPTED for receipt in receipts):
        until = int((now() + doors.UNDO_TIME).timestamp() * 1000)
        session[UNDO] = [round_id, building_id, visit, batch, until]


def undo_offer(round_id: int, building_id: int) -> tuple[str, int] | None:
    """The address that takes the last report back, and until when (epoch ms), on this plan."""
    kept = session.get(UNDO)
    if not kept or kept[:2] != [round_id, building_id] or kept[4] < now().timestamp() * 1000:
        return None
    _, _, visit, batch, until = kept
    if batch:
        return url_for("coverage.undo_batch", round_id=round_id, batch=batch), until
    return url_for("coverage.undo_visit", round_id=round_id, visit=visit), until


# Corrections and excuses -------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/visits/<uuid:visit>/correction")
@requires(Permission.RECORD_VISITS)
def new_correction(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = queries.find_visit(round_, str(visit))
    row = queries.find_door(me(), round_id, found.dwelling_id)
    form = CorrectionForm(
        outcome=found.outcome, told=found.told, remaining=found.remaining, note=found.note
    )
    return show_correction(row, found, form)


@bp.post("/rounds/<int:round_id>/visits/<uuid:visit>/correction")
@requires(Permission.RECORD_VISITS)
def create_correction(round_id: int, visit: object) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id)
    found = queries.find_visit(round_, str(visit))
    row = queries.find_door(me(), round_id, found.dwelling_id)
    form = CorrectionForm()
    if not form.validate():
        return show_correction(row, found, form, status=422)
    entry = form.entry(found.dwelling_id, reason=form.reason.data)
    receipt = doors.correct(me(), round_, found, entry)
    told([receipt])
    return done("", otherwise=door_url(row), said=gettext("Corrected."))


def show_correction(row: Row[Any], found: Any, form: Any, *, status: int = 200) -> Response:
    return page(
        "coverage/correction.html",
        status=status,
        row=row,
        visit=found,
        form=form,
        words=words,
        name=door_label(row),
    )


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/exclusion")
@requires(Permission.RECORD_VISITS)
def create_exclusion(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = queries.find_door(me(), round_id, dwelling_id, Permission.RECORD_VISITS)
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
    told([receipt])
    said = gettext("Proposed. The door counts as a gap until somebody else approves.")
    return done("", otherwise=door_url(row), said=said)


@bp.post("/rounds/<int:round_id>/doors/<int:dwelling_id>/exclusion/decision")
@requires(Permission.APPROVE_DOORS)
def decide_exclusion(round_id: int, dwelling_id: int) -> ResponseReturnValue:
    row = queries.find_door(me(), round_id, dwelling_id, Permission.APPROVE_DOORS)
    form = DecisionForm()
    if not form.validate():
        raise RuleError(gettext("Give a reason."))
    decide = {"uuid": form.uuid.data, "reason": form.reason.data}
    if row.Door.state is State.EXCLUDED:
        receipt = doors.readmit(me(), row.Round, row.Door, **decide)
    else:
        approve = bool(form.approve.data)
        receipt = doors.decide_exclusion(me(), row.Round, row.Door, approve=approve, **decide)
    told([receipt])
    return done("", otherwise=door_url(row), said=gettext("Decided."))


# Answers -----------------------------------------------------------------------------------------


def answer(row: Row[Any], receipts: list[Receipt], *, said: str) -> Response:
    """After a report: the changed door and the new figures, or the way back to the plan."""
    told(receipts)
    url = url_for("coverage.plan", round_id=row.Round.id, building_id=row.building_id)
    if not htmx:
        return done("", otherwise=url, said=said)
    counts = queries.figures(row.Round.community_id, row.Round.id, row.building_path)
    return done(
        "coverage/_saved.html",
        otherwise=url,
        said=said,
        round_id=row.Round.id,
        changed=queries.plan_cells(row.Door, [r.dwelling_id for r in receipts]),
        counts=counts,
        base=sum(counts.values()),
        to_do=sum(counts[state] for state in GAPS),
        offer=undo_offer(row.Round.id, row.building_id),
        building_id=row.building_id,
        **cells(),
    )


def told(receipts: list[Receipt]) -> None:
    """Tell the sender what was not entered; it is kept for review all the same (laws 5 and 6)."""
    fates = {receipt.fate for receipt in receipts}
    if Fate.CONFLICT in fates:
        keep()
        raise RuleError(
            gettext("This was reported before with other words. Both are kept for review.")
        )
    if Fate.KEPT in fates:
        keep()
        raise RuleError(
            gettext(
                "This could not be entered: the round is closed, or you are no longer assigned "
                "here. It is kept and waits for the coordinator."
            )
        )


def door_url(row: Row[Any]) -> str:
    return url_for("coverage.door", round_id=row.Door.round_id, dwelling_id=row.Door.dwelling_id)


# Rounds ------------------------------------------------------------------------------------------


@bp.get("/rounds")
@requires(Permission.SEE_ROUNDS)
def rounds() -> ResponseReturnValue:
    return page(
        "coverage/rounds.html",
        rounds=queries.rounds_with_figures(me()),
        states=list(State),
    )


@bp.get("/rounds/new")
@requires(Permission.OPEN_ROUNDS)
def new_round() -> ResponseReturnValue:
    return show_round_form(round_form())


@bp.post("/rounds")
@requires(Permission.OPEN_ROUNDS)
def create_round() -> ResponseReturnValue:
    form = round_form()
    if not form.validate():
        return show_round_form(form, status=422)
    place = find_place(me(), form.place_id.data, Permission.OPEN_ROUNDS)
    opened = actions.open_round(place, name=form.name.data, by=me(), care_tag=form.tag)
    said = gettext("The round is open.")
    return done("", otherwise=url_for("coverage.round_show", round_id=opened.id), said=said)


def round_form() -> RoundForm:
    form = RoundForm()
    form.place_id.choices = [
        SelectChoice(place.id, f"{'　' * (place.level - 1)}{place.name}")
        for place in places_to_choose(me(), Permission.OPEN_ROUNDS)
    ]
    return form


def show_round_form(form: RoundForm, *, status: int = 200) -> Response:
    return page("coverage/round_new.html", status=status, form=form)


@bp.get("/rounds/<int:round_id>")
@requires(Permission.SEE_ROUNDS)
def round_show(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SEE_ROUNDS)
    places = [
        queries.sign_off_row(round_, place)
        for place in queries.outermost_places(me(), round_, Permission.SEE_ROUNDS)
    ]
    return page(
        "coverage/round.html",
        round=round_,
        places=places,
        may_open=me().may(Permission.OPEN_ROUNDS),
        may_close=me().may(Permission.CLOSE_ROUNDS, path=round_.path) and round_.is_open,
        may_approve=me().may(Permission.APPROVE_DOORS),
        waiting=queries.count_waiting(me(), round_id),
        form=EmptyForm(),
        care_tag=CARE_TAGS.get(round_.care_tag) if round_.care_tag else None,
    )


@bp.get("/rounds/<int:round_id>/signoffs/<int:place_id>")
@requires(Permission.SIGN_OFF)
def sign_offs(round_id: int, place_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SIGN_OFF)
    place = find_place(me(), place_id, Permission.SIGN_OFF)
    return page(
        "coverage/sign_offs.html",
        round=round_,
        place=place,
        row=queries.sign_off_row(round_, place),
        rows=queries.sign_off_rows_below(round_, place),
        why_not=actions.why_not_sign(round_, place),
    )


@bp.post("/rounds/<int:round_id>/signoffs/<int:place_id>")
@requires(Permission.SIGN_OFF)
def create_sign_off(round_id: int, place_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SIGN_OFF)
    place = find_place(me(), place_id, Permission.SIGN_OFF)
    url = url_for("coverage.sign_offs", round_id=round_id, place_id=place.parent_id or place.id)
    if request.form.get("all") == "1":
        count = actions.sign_all_below(round_, place, by=me())
        said = ngettext("%(num)s place signed.", "%(num)s places signed.", count)
        url = url_for("coverage.sign_offs", round_id=round_id, place_id=place.id)
        return done("", otherwise=url, said=said)
    actions.sign(round_, place, by=me())
    return done("", otherwise=url, said=gettext("Signed."))


@bp.post("/rounds/<int:round_id>/closure")
@requires(Permission.CLOSE_ROUNDS)
def create_closure(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.CLOSE_ROUNDS)
    if not me().may(Permission.CLOSE_ROUNDS, path=round_.path):
        raise NotFoundError
    actions.close_round(round_, by=me())
    url = url_for("coverage.certificate", round_id=round_id)
    return done("", otherwise=url, said=gettext("The round is closed."))


@bp.get("/rounds/<int:round_id>/certificate")
@requires(Permission.SEE_ROUNDS)
def certificate(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SEE_ROUNDS)
    if round_.figures is None or not me().may(Permission.SEE_ROUNDS, path=round_.path):
        raise NotFoundError
    counts = {state: round_.figures["states"][state.value] for state in State}
    return page(
        "coverage/certificate.html",
        round=round_,
        place=queries.place_of(round_),
        counts=counts,
        base=sum(counts.values()),
        statements=queries.statements_by_level(round_),
    )


# The tray ----------------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/tray")
@requires(Permission.APPROVE_DOORS)
def tray(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.APPROVE_DOORS)
    return page(
        "coverage/tray.html",
        round=round_,
        items=queries.tray(me(), round_id),
        doors=queries.waiting_doors(me(), round_id),
        words=words,
        form=EmptyForm(),
    )


@bp.post("/tray/<int:item_id>/decision")
@requires(Permission.APPROVE_DOORS)
def decide_item(item_id: int) -> ResponseReturnValue:
    item = queries.find_tray_item(me(), item_id)
    accept = request.form.get("accept") == "1"
    answer_text = request.form.get("answer", "").strip()[:200]
    in_tray.decide(me(), item, accept=accept, answer=answer_text)
    url = url_for("coverage.tray", round_id=item.round_id)
    return done("", otherwise=url, said=gettext("Decided."))


@bp.get("/rounds/<int:round_id>/plan/<int:building_id>/found")
@requires(Permission.RECORD_VISITS)
def new_found(round_id: int, building_id: int) -> ResponseReturnValue:
    head = queries.plan_head(me(), round_id, building_id)
    return page("coverage/found.html", head=head, form=FoundForm())


@bp.post("/rounds/<int:round_id>/plan/<int:building_id>/found")
@requires(Permission.RECORD_VISITS)
def create_found(round_id: int, building_id: int) -> ResponseReturnValue:
    head = queries.plan_head(me(), round_id, building_id)
    if not me().may(Permission.RECORD_VISITS, path=head.path):
        raise NotFoundError
    form = FoundForm()
    if not form.validate():
        return page("coverage/found.html", status=422, head=head, form=form)
    in_tray.report_found(
        me(),
        head,
        unit=form.unit.data or "",
        floor=form.floor.data,
        room=form.room.data,
        note=form.note.data or "",
    )
    said = gettext("Noted. The coordinator decides whether the door joins the list.")
    url = url_for("coverage.plan", round_id=round_id, building_id=building_id)
    return done("", otherwise=url, said=said)
