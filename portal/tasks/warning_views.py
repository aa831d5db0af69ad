"""Warnings: entering one, its six steps, the list and the figures behind which it stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires, signed_in
from portal.accounts.models import User
from portal.accounts.place_queries import as_written, suggestions
from portal.clock import local, now
from portal.db import db
from portal.once import once
from portal.tasks import warning_figures, warning_queries, warnings
from portal.tasks import warning_words as words
from portal.tasks.blueprint import bp
from portal.tasks.pasting import read
from portal.tasks.steps import TRANSITIONS, Move, Result, Risk, Step
from portal.tasks.warning_files import COLUMNS, take_file
from portal.tasks.warning_forms import FileForm, MoveForm, NewsForm, PasteForm
from portal.tasks.warning_models import Warning
from portal.tasks.warning_queries import Search
from portal.tasks.where import Door, Names
from portal.tasks.words import due_words
from portal.tower import queries as tower
from portal.tower.models import Dwelling, Level, Place
from portal.web import done, page

MOST_DAYS = 3650


# Entering ----------------------------------------------------------------------------------------


@bp.get("/warnings/new")
@requires(Permission.RUN_WARNINGS)
def new_warning() -> ResponseReturnValue:
    return _news_page(NewsForm(by=me(), received=local(now()).time().replace(second=0)))


@bp.post("/warnings/new")
@requires(Permission.RUN_WARNINGS)
@once
def create_warning() -> ResponseReturnValue:
    form = NewsForm(by=me())
    if not form.validate_on_submit():
        return _news_page(form, status=422)
    warning = warnings.enter(form.news(), form.place_found, home=form.home, by=me())
    said = gettext("Warning %(number)s is entered; its clock runs.", number=warning.id)
    return done("", otherwise=url_for(".show_warning", warning_id=warning.id), said=said)


@bp.post("/warnings/pasting")
@requires(Permission.RUN_WARNINGS)
def paste_warning() -> ResponseReturnValue:
    """Fill in the form from a text of the platform, for the liaison to look over."""
    pasted_form = PasteForm()
    form = NewsForm(by=me(), formdata=None, received=local(now()).time().replace(second=0))
    if not pasted_form.validate_on_submit():
        return _news_page(form, paste=pasted_form, status=422)
    found = read(pasted_form.text.data)
    form.story.data = found.text
    form.risk.data = found.risk
    if found.address:
        form.unit.data, form.room.data = found.address.unit, found.address.room
        form.place.data = _building_written(found.address.estate, found.address.building)
    return _news_page(form, hidden=found.hidden)


@bp.post("/warnings/files")
@requires(Permission.RUN_WARNINGS)
@once
def take_warnings() -> ResponseReturnValue:
    """Enter the warnings of a file, all or none."""
    form = FileForm()
    if not form.validate_on_submit():
        empty = NewsForm(by=me(), formdata=None, received=local(now()).time().replace(second=0))
        return _news_page(empty, file=form, status=422)
    taken = take_file(form.file.data.read(), at=now(), by=me())
    said = ngettext(
        "%(num)s warning is entered; its clock runs.",
        "%(num)s warnings are entered; their clocks run.",
        len(taken),
    )
    return done("", otherwise=url_for(".warning_index"), said=said)


def _building_written(estate: str | None, building: str | None) -> str:
    """The one building of the area with these names, as it is written in the form."""
    places = tower.places_to_choose(me(), Permission.RUN_WARNINGS)
    names = as_written(place.path for place in places if place.level == Level.BUILDING)
    tail = f"/{building}"
    fits = [name for name in names.values() if name.endswith(tail) and (estate or "") in name]
    return fits[0] if len(fits) == 1 else ""


def _news_page(
    form: NewsForm,
    *,
    paste: PasteForm | None = None,
    file: FileForm | None = None,
    hidden: int = 0,
    status: int = 200,
) -> Response:
    return page(
        "tasks/warning_new.html",
        status=status,
        form=form,
        paste=paste or PasteForm(formdata=None),
        file=file or FileForm(formdata=None),
        columns=", ".join(COLUMNS),
        hidden=hidden,
        suggestions=suggestions(me(), Permission.RUN_WARNINGS),
    )


# The list and the figures ------------------------------------------------------------------------


@bp.get("/warnings")
@requires(Permission.SEE_WARNINGS)
def warning_index() -> ResponseReturnValue:
    """The warnings of one's area: the open ones, or those behind a figure."""
    at, search = now(), _search()
    rows = warning_queries.listed(me(), search, at)
    names = Names((row.Warning.path, _door(row.unit, row.room)) for row in rows)
    return page(
        "tasks/warnings.html",
        rows=[(row, names.of(row.Warning.path, _door(row.unit, row.room))) for row in rows],
        is_filtered=bool(request.args),
        most=warning_queries.MOST_SHOWN,
        words=words,
        at=at,
        due_words=due_words,
    )


@bp.get("/warnings/figures")
@requires(Permission.SEE_WARNINGS)
def figures() -> ResponseReturnValue:
    """On time by step and risk, and whether money went after all; each number is a link."""
    return page("tasks/figures.html", figures=warning_figures.figures(me(), now()), words=words)


def _search() -> Search:
    """What the address asks for; 400 for what no link of ours says."""
    risk, step = request.args.get("risk", ""), request.args.get("step", "")
    late, lost = request.args.get("late", ""), request.args.get("lost", "")
    days = request.args.get("days", "")
    if (risk and risk not in set(Risk)) or (step and step not in set(Step)):
        abort(400)
    if not {late, lost} <= {"", "0", "1"}:
        abort(400)
    if days and not (days.isascii() and days.isdigit() and len(days) < 5 and int(days) < MOST_DAYS):
        abort(400)
    return Search(
        open=not request.args,
        risk=Risk(risk) if risk else None,
        step=Step(step) if step else None,
        late=late == "1" if late else None,
        lost=lost == "1" if lost else None,
        since=now() - timedelta(days=int(days)) if days else None,
    )


def _door(unit: str | None, room: str | None) -> Door | None:
    return (unit or "", room) if room else None


# One warning -------------------------------------------------------------------------------------


@bp.get("/warnings/<int:warning_id>")
@signed_in
def show_warning(warning_id: int) -> ResponseReturnValue:
    return _warning_page(warning_queries.find(me(), warning_id))


@bp.post("/warnings/<int:warning_id>/moves")
@signed_in
@once
def create_move(warning_id: int) -> ResponseReturnValue:
    """Take the next step, or send it back."""
    warning = warning_queries.find(me(), warning_id, lock=True)
    form = MoveForm(_people(warning))
    if not form.validate_on_submit():
        return _warning_page(warning, form=form, status=422)
    event = warnings.move(warning, form.deal(me()), by=me())
    said = gettext("Noted. Receipt %(receipt)s.", receipt=event.receipt)
    url = url_for(".show_warning", warning_id=warning.id)
    return done("", otherwise=url if _sees(warning) else url_for(".index"), said=said)


@bp.post("/warnings/<int:warning_id>/loss")
@requires(Permission.RUN_WARNINGS)
@once
def create_loss(warning_id: int) -> ResponseReturnValue:
    """Note that money went after all: failures are counted too."""
    warning = warning_queries.find_to_run(me(), warning_id)
    warnings.report_loss(warning, at=now(), by=me())
    said = gettext("Noted. It counts as a failure from now on.")
    return done("", otherwise=url_for(".show_warning", warning_id=warning.id), said=said)


def _sees(warning: Warning) -> bool:
    mine = me().id in {warning.visitor_id, warning.companion_id}
    return mine or me().may(Permission.SEE_WARNINGS, path=warning.path)


def _people(warning: Warning) -> dict[int, str]:
    """Who may be sent, the most fitting first, each with the reason."""
    if not me().may(Permission.RUN_WARNINGS, path=warning.path):
        return {}
    return {helper.id: _why(helper) for helper in warning_queries.helpers(warning)}


def _why(helper: warning_queries.Helper) -> str:
    if helper.knows:
        return str(gettext("%(name)s (knows the household)", name=helper.name))
    if helper.seat is not None:
        return str(gettext("%(name)s (sits in the team)", name=helper.name))
    return helper.name


def _warning_page(warning: Warning, *, form: MoveForm | None = None, status: int = 200) -> Response:
    home = db.session.get(Dwelling, warning.dwelling_id) if warning.dwelling_id else None
    door = (home.unit, home.room) if home else None
    where = Names([(warning.path, door)]).of(warning.path, door)
    events = warning_queries.events(warning)
    ids = {warning.visitor_id, warning.companion_id} - {None}
    return page(
        "tasks/warning.html",
        status=status,
        warning=warning,
        where=where,
        home=home,
        group=db.session.get_one(Place, warning.place_id),
        detail=warning_queries.detail(me(), warning),
        events=events,
        names={user_id: db.session.get_one(User, user_id).name for user_id in ids},
        moves=_moves(warning),
        checklists={
            move: warning_queries.checklist_of(warning.community_id, move) for move in Move
        },
        form=form or MoveForm(_people(warning), formdata=None),
        reply=_reply(warning, where, events),
        words=words,
        due=due_words(warning.due_at, now()) if warning.due_at else "",
        is_late=bool(warning.due_at and warning.due_at < now()),
        paid=warning.result is Result.PAID,
        steps=list(Step),
        runs=me().may(Permission.RUN_WARNINGS, path=warning.path),
    )


def _moves(warning: Warning) -> list[Move]:
    """What this person may do now."""
    possible = [move for step, move in TRANSITIONS if step is warning.step]
    return [move for move in possible if warnings.may(warning, move, me())]


def _reply(warning: Warning, where: str, events: Any) -> str:
    """The text for the platform, from the last report that counted."""
    reports = [row for row in events if row.WarningEvent.after is Step.DISSUADED]
    reports = [row for row in reports if row.WarningEvent.move is Move.VISIT]
    if not reports or not me().may(Permission.RUN_WARNINGS, path=warning.path):
        return ""
    last = reports[-1]
    return words.reply_text(
        warning.id,
        where,
        risk=warning.risk,
        at=last.WarningEvent.at,
        facts=last.WarningEvent.facts,
        by=last.by,
    )
