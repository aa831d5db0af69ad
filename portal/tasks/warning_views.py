"""Warnings: entering one, and its six steps."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires, signed_in
from portal.accounts.models import User
from portal.accounts.place_queries import suggestions
from portal.clock import now
from portal.db import db
from portal.once import once
from portal.tasks import warning_queries, warnings
from portal.tasks import warning_words as words
from portal.tasks.blueprint import bp
from portal.tasks.pasting import read
from portal.tasks.steps import TRANSITIONS, Move, Result, Step
from portal.tasks.warning_files import COLUMNS, called, take_file
from portal.tasks.warning_forms import FileForm, LossForm, MoveForm, NewsForm, PasteForm
from portal.tasks.warning_models import Warning
from portal.tasks.where import Names, building_written
from portal.tasks.words import due_words
from portal.tower.models import Dwelling, Place
from portal.web import done, page

# Entering ----------------------------------------------------------------------------------------


@bp.get("/warnings/new")
@requires(Permission.RUN_WARNINGS)
def new_warning() -> ResponseReturnValue:
    return _news_page(NewsForm.fresh(by=me()))


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
    pasted_form, form = PasteForm(), NewsForm.fresh(by=me())
    if not pasted_form.validate_on_submit():
        return _news_page(form, paste=pasted_form, status=422)
    found = read(pasted_form.text.data)
    form.fill_in(found)
    if found.address:
        form.place.data = building_written(me(), found.address.estate, found.address.building)
    return _news_page(form, hidden=found.hidden)


@bp.post("/warnings/files")
@requires(Permission.RUN_WARNINGS)
@once
def take_warnings() -> ResponseReturnValue:
    """Enter the warnings of a file, all or none."""
    form = FileForm()
    if not form.validate_on_submit():
        return _news_page(NewsForm.fresh(by=me()), file=form, status=422)
    taken = take_file(form.file.data.read(), at=now(), by=me())
    said = ngettext(
        "%(num)s warning is entered; its clock runs.",
        "%(num)s warnings are entered; their clocks run.",
        len(taken),
    )
    return done("", otherwise=url_for(".warning_index"), said=said)


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
        columns=gettext(", ").join(map(called, COLUMNS)),
        hidden=hidden,
        suggestions=suggestions(me(), Permission.RUN_WARNINGS),
    )


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
    """Note when money went: failures are counted too."""
    warning, form = warning_queries.find_to_run(me(), warning_id), LossForm()
    if not form.validate_on_submit():
        return _warning_page(warning, loss=form, status=422)
    warnings.report_loss(warning, at=form.went_at(), by=me())
    said = gettext("Noted: money went after the seven days in which a warning is judged.")
    if warning.failed:
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


def _warning_page(
    warning: Warning,
    *,
    form: MoveForm | None = None,
    loss: LossForm | None = None,
    status: int = 200,
) -> Response:
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
        required={move: warning_queries.required_of(warning.community_id, move) for move in Move},
        form=form or MoveForm(_people(warning), formdata=None),
        loss=loss or LossForm.of(warning.lost_at),
        reply=_reply(warning, where, events),
        words=words,
        due=due_words(warning.due_at, now()) if warning.due_at else "",
        is_late=bool(warning.due_at and warning.due_at < now()),
        paid=warning.result is Result.PAID or warning.lost_at is not None,
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
