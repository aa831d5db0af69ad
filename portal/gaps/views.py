"""Today, the gap tree, the list behind every number, its files, and the sign of change."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from portal import files
from portal.access import Permission, me, public, requires, signed_in
from portal.clock import now
from portal.clock import today as this_day
from portal.dates import weekday
from portal.frame import page_url
from portal.gaps import actions, door_queries, listing, queries
from portal.gaps.advice import advice
from portal.gaps.agenda_queries import agenda
from portal.gaps.drawing import Drawn, DrawnList, draw_filters, draw_list, draw_tree, sight
from portal.gaps.forms import ExportForm, FilterForm
from portal.gaps.queries import Reach
from portal.gaps.tree import Order
from portal.gaps.turns import turns_at
from portal.gaps.wanted import Wanted
from portal.gaps.ways import doors_address, here, place_options, steps
from portal.live import Board, Seal, Ticket, answer
from portal.memo import Memo
from portal.questions import directly
from portal.shifts.glance import glance
from portal.shifts.rota_queries import missing_below
from portal.tasks.drawing import most_urgent
from portal.tasks.inbox import inbox
from portal.tower.models import Level
from portal.tower.words import door_name
from portal.web import htmx, page, unchanged_since, with_version

bp = Blueprint("gaps", __name__)
MOST_KEPT = 200  # trees and filters kept drawn; a large tree has 50 kB
MOST_LINES = 20_000  # of lists kept drawn, together; one has 500 bytes
MOST_ROWS = 5000  # on one page; more would stop an old phone. The page says so, the file has all.


@bp.get("/")
@signed_in
def today() -> ResponseReturnValue:
    day = this_day()
    found, waiting = agenda(me(), day), inbox(me(), now())
    return page(
        "gaps/today.html",
        day=weekday(day),
        agenda=found,
        shifts=glance(me(), now(), base=url_for("shifts.choices")),
        waiting=waiting,
        most_urgent=most_urgent(me(), waiting),
        advice=advice(me(), found),
        door_name=door_name,
    )


# The tree ----------------------------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/gaps")
@requires(Permission.SEE_GAPS)
@directly()
def index(round_id: int) -> ResponseReturnValue:
    return show_tree(queries.find_reach(me(), round_id))


@bp.get("/rounds/<int:round_id>/gaps/<int:place_id>")
@requires(Permission.SEE_GAPS)
@directly()
def place(round_id: int, place_id: int) -> ResponseReturnValue:
    return show_tree(queries.find_reach(me(), round_id, place_id=place_id))


def show_tree(reach: Reach) -> ResponseReturnValue:
    """The places below, with what is missing in each; below a group stand its doors."""
    if reach.only and reach.only.level == Level.GROUP:
        return redirect(doors_address(reach))
    person, day, order = me(), this_day(), asked_order()
    standing, names = queries.standing(reach), queries.names_above(reach)
    missing = missing_below(person, reach.community_id, reach.paths, since=day)
    turns = turns_at(person, reach, standing.read() if reach.is_small else (), now())
    # A fragment is only asked for when something has changed, and brings a new ticket.
    is_news = htmx and not htmx.history_restore_request
    template, live = "gaps/_news.html" if is_news else "gaps/_main.html", live_address(reach)
    way = steps(person, reach, names)
    facts = map(tuple, (standing.rows, names.items(), missing.items(), turns, way))
    asked = (sight(person, reach), template, order, day, request.full_path)
    word = word_of((reach.state(), *facts, *asked))
    version = f"{word}{person.name}{person.duties}"
    if not htmx and (copy_is_right := unchanged_since(version)):
        return copy_is_right

    def draw() -> Drawn:
        shown = (standing.read(), names, missing, turns, way)
        return draw_tree(
            person, reach, *shown, template=template, order=order, today=day, live=live
        )

    trees: Memo[Drawn] = current_app.extensions["gaps.trees"]
    tree = trees.get((word, live), draw)
    response = page("gaps/place.html", fragment="gaps/_kept.html", tree=tree)
    return response if htmx else with_version(response, version)


def word_of(shown: Hashable) -> str:
    """The name of something to be drawn from all that it shows, the same in every worker."""
    words: Memo[str] = current_app.extensions["gaps.words"]
    key = (shown, str(get_locale()), request.script_root)
    return words.get(key, lambda: hashlib.sha256(repr(key).encode()).hexdigest())


def asked_order() -> Order:
    try:
        return Order(request.args.get("order", Order.MISSING))
    except ValueError:
        abort(400)


# The list behind every number ---------------------------------------------------------------------


@bp.get("/rounds/<int:round_id>/doors")
@requires(Permission.SEE_GAPS)
def doors(round_id: int) -> ResponseReturnValue:
    form = asked(FilterForm, request.args)
    if not form.validate():
        return refuse(round_id, form)
    wanted = form.wanted()
    reach = queries.find_reach(me(), round_id, place_id=wanted.place_id)
    places = queries.places(reach, down_to=Level.GROUP if reach.is_small else Level.BUILDING)
    names = listing.Names(places)
    found = listed(reach, wanted, names)
    return page(
        "gaps/doors.html",
        fragment="gaps/_filtered.html",
        filters=filters(reach, form, place_options(me(), reach, places)),
        reach=reach,
        wanted=wanted,
        list=found,
        asked=listing.described(wanted),
        here=here(reach, names.by_id),
        steps=[*steps(me(), reach, names.by_id), (gettext("Doors"), "")],
        may_export=may_export(reach),
        turns=turns_at(me(), reach, [reach.only], now()) if reach.is_group else [],
    )


def listed(reach: Reach, wanted: Wanted, names: listing.Names) -> DrawnList:
    """The doors somebody asks for, read and drawn unless just the same were before.

    Whatever a line shows of a door changes together with the mark of the reach.
    """
    person, day = me(), this_day()
    scope = (person.paths(Permission.SEE_GAPS), person.paths(Permission.SEE_CARE_TAGS))
    shown = (reach.state(), names.by_id, wanted.args(), scope)
    key = repr((shown, day, str(get_locale()), request.script_root))

    def draw() -> DrawnList:
        chosen = door_queries.doors(person, reach, wanted, today=day)
        rows = door_queries.rows(chosen, most=MOST_ROWS + 1)
        amount = len(rows) if len(rows) <= MOST_ROWS else door_queries.count(chosen)
        return draw_list(reach, listing.readable(rows[:MOST_ROWS], names, day), amount=amount)

    lists: Memo[DrawnList] = current_app.extensions["gaps.lists"]
    return lists.get(key, draw)


def asked(kind: type[FilterForm], values: MultiDict[str, str]) -> FilterForm:
    """The filters of an address or form; refuses a filter given twice, and one not allowed."""
    if any(len(values.getlist(name)) > 1 for name in values if name != "state"):
        abort(400)
    with_care = me().may(Permission.SEE_CARE_TAGS)
    if values.get("care") and not with_care:
        abort(403)
    return kind(values, with_care=with_care)


def filters(reach: Reach, form: FilterForm, options: list[tuple[int | str, str]]) -> Markup:
    """The filters as they are set; the same ones are asked for again and again."""
    forms: Memo[Markup] = current_app.extensions["gaps.filters"]
    key = repr(
        (reach.round_id, reach.paths, form.data, options, str(get_locale()), request.script_root)
    )
    return forms.get(key, lambda: draw_filters(reach, form, options))


def refuse(round_id: int, form: FilterForm) -> Response:
    """The filters again, with what is wrong with them; no doors."""
    reach = queries.find_reach(me(), round_id)
    places = queries.places(reach, down_to=Level.BUILDING)
    names = listing.Names(places)
    return page(
        "gaps/doors_refused.html",
        fragment="gaps/_doors_refused.html",
        status=422,
        form=form,
        filters=draw_filters(reach, form, place_options(me(), reach, places)),
        reach=reach,
        steps=[*steps(me(), reach, names.by_id), (gettext("Doors"), "")],
    )


# Files -------------------------------------------------------------------------------------------


@bp.post("/rounds/<int:round_id>/exports")
@requires(Permission.EXPORT_DOORS)
def create_export(round_id: int) -> ResponseReturnValue:
    """The same doors as a file. A POST, because it is noted in the audit chain."""
    form = asked(ExportForm, request.form)
    if not form.validate():
        return refuse(round_id, form)
    wanted, day, kind = form.wanted(), this_day(), files.FileKind(form.kind.data)
    reach = queries.find_reach(me(), round_id, place_id=wanted.place_id)
    if not may_export(reach):
        abort(403)
    chosen = door_queries.doors(me(), reach, wanted, today=day, permission=Permission.EXPORT_DOORS)
    rows = door_queries.rows(door_queries.for_file(chosen))
    names = listing.Names(queries.places(reach, down_to=Level.GROUP))
    with_care = me().may(Permission.SEE_CARE_TAGS)
    actions.record_export(reach, wanted, kind=kind.value, rows=len(rows), by=me())
    # Written after the commit: a long file holds up nobody's check-off.
    table = listing.table(rows, names, day, with_care=with_care)
    return files.download(kind, table, plain=f"doors-{round_id}", named=reach.name, day=day)


def may_export(reach: Reach) -> bool:
    """Whether a file of all that is listed lies within the person's right to export."""
    return all(me().may(Permission.EXPORT_DOORS, path=path) for path in reach.paths)


# The sign of change ------------------------------------------------------------------------------


@bp.record_once
def prepare(state: BlueprintSetupState) -> None:
    state.app.extensions["gaps.seal"] = Seal.of(state.app.config, salt="gaps.live")
    state.app.extensions["gaps.board"] = Board(queries.marks)
    state.app.extensions["gaps.words"] = Memo[str](most=MOST_KEPT)
    state.app.extensions["gaps.trees"] = Memo[Drawn](most=MOST_KEPT)
    state.app.extensions["gaps.lists"] = Memo[DrawnList](
        most=MOST_LINES, size=lambda drawn: max(drawn.shown, 1)
    )
    state.app.extensions["gaps.filters"] = Memo[Markup](most=MOST_KEPT)


def live_address(reach: Reach) -> str:
    """Where an open page asks whether its figures have changed since it was made."""
    ticket = Ticket(reach.community_id, reach.round_id, reach.paths)
    address = page_url("gaps.live", ticket="-")
    return f"{address[:-1]}{seal().sign(ticket)}?seen={reach.mark}"


def seal() -> Seal:
    found: Seal = current_app.extensions["gaps.seal"]
    return found


@bp.get("/live/<ticket>")
@public
def live(ticket: str) -> ResponseReturnValue:
    board: Board = current_app.extensions["gaps.board"]
    return answer(board, seal(), ticket)
