"""Rounds: opening, watching, signing off, closing, and the tray."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires
from portal.accounts.place_queries import labels
from portal.coverage import (
    actions,
    door_queries,
    in_tray,
    queries,
    round_queries,
    statements,
    tray_queries,
    words,
)
from portal.coverage.blueprint import bp
from portal.coverage.forms import EmptyForm, FoundForm, RoundForm
from portal.coverage.models import Round
from portal.coverage.states import State
from portal.errors import NotFoundError, RuleError
from portal.once import once
from portal.tower.models import Place
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose
from portal.tower.words import CARE_TAGS, door_name, place_name
from portal.web import done, page


@bp.get("/rounds")
@requires(Permission.SEE_ROUNDS)
def rounds() -> ResponseReturnValue:
    return page(
        "coverage/rounds.html",
        rounds=round_queries.rounds_with_figures(me()),
        states=list(State),
    )


@bp.get("/rounds/new")
@requires(Permission.OPEN_ROUNDS)
def new_round() -> ResponseReturnValue:
    return show_round_form(round_form())


@bp.post("/rounds")
@requires(Permission.OPEN_ROUNDS)
@once
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
        SelectChoice(place.id, f"{'　' * (place.level - 1)}{place_name(place.level, place.name)}")
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
        round_queries.sign_off_row(round_, place)
        for place in round_queries.outermost_places(me(), round_, Permission.SEE_ROUNDS)
    ]
    return page(
        "coverage/round.html",
        round=round_,
        places=places,
        names=labels(row.place.path for row in places),
        may_open=me().may(Permission.OPEN_ROUNDS),
        may_close=me().may(Permission.CLOSE_ROUNDS, path=round_.path) and round_.is_open,
        may_approve=me().may(Permission.APPROVE_DOORS),
        waiting=tray_queries.count_waiting(me(), round_id),
        form=EmptyForm(),
        care_tag=CARE_TAGS.get(round_.care_tag) if round_.care_tag else None,
    )


@bp.get("/rounds/<int:round_id>/signoffs/<int:place_id>")
@requires(Permission.SIGN_OFF)
def sign_offs(round_id: int, place_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SIGN_OFF)
    place = find_signed_place(round_, place_id)
    return page(
        "coverage/sign_offs.html",
        round=round_,
        place=place,
        name=labels([place.path])[place.path],
        row=round_queries.sign_off_row(round_, place),
        rows=round_queries.sign_off_rows_below(round_, place),
        why_not=statements.why_not_sign(round_, place),
    )


@bp.post("/rounds/<int:round_id>/signoffs/<int:place_id>")
@requires(Permission.SIGN_OFF)
@once
def create_sign_off(round_id: int, place_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.SIGN_OFF)
    place = find_signed_place(round_, place_id)
    above = place.path[: place.path.rindex("/", 0, -1) + 1]
    goes_up = place.parent_id and me().may(Permission.SIGN_OFF, path=above)
    back_to = place.parent_id if goes_up else place.id
    url = url_for("coverage.sign_offs", round_id=round_id, place_id=back_to)
    if request.form.get("all") == "1":
        count = statements.sign_all_below(round_, place, by=me())
        said = ngettext("%(num)s place signed.", "%(num)s places signed.", count)
        url = url_for("coverage.sign_offs", round_id=round_id, place_id=place.id)
        return done("", otherwise=url, said=said)
    statements.sign(round_, place, by=me())
    return done("", otherwise=url, said=gettext("Signed."))


def find_signed_place(round_: Round, place_id: int) -> Place:
    """A place one may sign for that lies in the round or around it; NotFoundError for others."""
    place = find_place(me(), place_id, Permission.SIGN_OFF)
    if not place.path.startswith(round_.path) and not round_.path.startswith(place.path):
        raise NotFoundError
    return place


@bp.post("/rounds/<int:round_id>/closure")
@requires(Permission.CLOSE_ROUNDS)
@once
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
        name=labels([round_.path])[round_.path],
        counts=counts,
        base=sum(counts.values()),
        statements=round_queries.statements_by_level(round_),
    )


# The tray ----------------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/tray")
@requires(Permission.APPROVE_DOORS)
def tray(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.APPROVE_DOORS)
    items, newcomers = tray_queries.tray(me(), round_id), newcomers_for(round_)
    doors = tray_queries.waiting_doors(me(), round_id)
    shown = [row.TrayItem.path for row in items] + [row.building_path for row in doors]
    return page(
        "coverage/tray.html",
        round=round_,
        items=items,
        newcomers=newcomers,
        doors=doors,
        places=labels([*shown, *(place.path for place, _ in newcomers)]),
        words=words,
        door_name=door_name,
        form=EmptyForm(),
    )


def newcomers_for(round_: Round) -> list[tuple[Place, int]]:
    """Homes on the roster that the round does not count, for whoever may admit them."""
    if not round_.is_open or not me().may(Permission.APPROVE_DOORS, path=round_.path):
        return []
    return round_queries.buildings_of_newcomers(round_)


@bp.post("/rounds/<int:round_id>/newcomers")
@requires(Permission.APPROVE_DOORS)
@once
def create_newcomers(round_id: int) -> ResponseReturnValue:
    round_ = queries.find_round(me(), round_id, Permission.APPROVE_DOORS)
    if not me().may(Permission.APPROVE_DOORS, path=round_.path):
        raise NotFoundError
    if not round_.is_open:
        raise RuleError(gettext("This round is closed."))
    count = in_tray.admit(me(), round_)
    said = ngettext("%(num)s household joined.", "%(num)s households joined.", count)
    return done("", otherwise=url_for("coverage.tray", round_id=round_id), said=said)


@bp.post("/tray/<int:item_id>/decision")
@requires(Permission.APPROVE_DOORS)
@once
def decide_item(item_id: int) -> ResponseReturnValue:
    item = tray_queries.find_tray_item(me(), item_id)
    accept = request.form.get("accept") == "1"
    answer_text = request.form.get("answer", "").strip()[:200]
    in_tray.decide(me(), item, accept=accept, answer=answer_text)
    url = url_for("coverage.tray", round_id=item.round_id)
    return done("", otherwise=url, said=gettext("Decided."))


@bp.get("/rounds/<int:round_id>/plan/<int:building_id>/found")
@requires(Permission.RECORD_VISITS)
def new_found(round_id: int, building_id: int) -> ResponseReturnValue:
    head = find_building(round_id, building_id)
    return page("coverage/found.html", head=head, form=FoundForm())


@bp.post("/rounds/<int:round_id>/plan/<int:building_id>/found")
@requires(Permission.RECORD_VISITS)
def create_found(round_id: int, building_id: int) -> ResponseReturnValue:
    head = find_building(round_id, building_id)
    form = FoundForm()
    if not form.validate():
        return page("coverage/found.html", status=422, head=head, form=form)
    in_tray.report_found(
        me(),
        head,
        uuid=form.uuid.data,
        unit=form.unit.data or "",
        floor=form.floor.data,
        room=form.room.data,
        note=form.note.data or "",
    )
    said = gettext("Noted. The coordinator decides whether the door joins the list.")
    url = url_for("coverage.plan", round_id=round_id, building_id=building_id)
    return done("", otherwise=url, said=said)


def find_building(round_id: int, building_id: int) -> Any:
    """A building in some part of which one goes from door to door; NotFoundError for others."""
    head = door_queries.plan_head(me(), round_id, building_id)
    if not me().parts(Permission.RECORD_VISITS, head.path):
        raise NotFoundError
    return head
