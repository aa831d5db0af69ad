"""Rosters in and out: hand in, watch the check, apply, drop; write out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, current_app, g, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires
from portal.audit.actions import record
from portal.clock import today
from portal.rosters import actions, queries, words
from portal.rosters.export import csv_lines
from portal.rosters.forms import ButtonForm, HandInForm
from portal.rosters.jobs import Desk
from portal.rosters.models import Stage
from portal.rosters.report import by_code
from portal.tower.queries import find as find_place
from portal.web import done, moved, page

bp = Blueprint("rosters", __name__)
RUNNING = {Stage.CHECKING, Stage.APPLYING}


@bp.get("/rosters")
@requires(Permission.IMPORT_ROSTERS)
def index() -> ResponseReturnValue:
    return show_index(hand_in_form())


def hand_in_form() -> HandInForm:
    form = HandInForm()
    form.community_id.choices = [
        SelectChoice(place.id, place.name) for place in queries.communities(me())
    ]
    return form


def show_index(form: HandInForm, *, status: int = 200) -> Response:
    return page(
        "rosters/index.html",
        status=status,
        form=form,
        imports=queries.latest(me()),
        stages=words.STAGES,
    )


@bp.post("/rosters")
@requires(Permission.IMPORT_ROSTERS)
def create() -> ResponseReturnValue:
    form = hand_in_form()
    if not form.validate():
        return show_index(form, status=422)
    community = find_place(me(), form.community_id.data, Permission.IMPORT_ROSTERS)
    data = form.file.data.read()
    filename = form.file.data.filename or ""
    taken = actions.hand_in(me(), community, filename=filename, data=data)
    desk().keep(taken.id, data)
    start_after_commit(taken.id)
    return moved(url_for("rosters.show", import_id=taken.id))


@bp.get("/rosters/<int:import_id>")
@requires(Permission.IMPORT_ROSTERS)
def show(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    report = taken.report or {}
    return page(
        "rosters/show.html",
        fragment="rosters/_show.html",
        taken=taken,
        report=report,
        rejected=by_code(report.get("rejected", [])),
        warnings=by_code(report.get("warnings", [])),
        code_word=words.code_word,
        running=taken.stage in RUNNING,
        progress=desk().progress(taken.id),
        stages=words.STAGES,
        form=ButtonForm(),
    )


@bp.post("/rosters/<int:import_id>/application")
@requires(Permission.IMPORT_ROSTERS)
def apply(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    actions.request_apply(taken)
    start_after_commit(taken.id)
    return moved(url_for("rosters.show", import_id=taken.id))


@bp.post("/rosters/<int:import_id>/retry")
@requires(Permission.IMPORT_ROSTERS)
def retry(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    if taken.stage in RUNNING and not desk().progress(taken.id).alive:
        start_after_commit(taken.id)
    return moved(url_for("rosters.show", import_id=taken.id))


@bp.post("/rosters/<int:import_id>/drop")
@requires(Permission.IMPORT_ROSTERS)
def drop(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    actions.drop(taken, desk())
    return done("", otherwise=url_for("rosters.index"), said=gettext("The file was dropped."))


@bp.post("/places/<int:place_id>/roster.csv")
@requires(Permission.EXPORT_ROSTERS)
def export(place_id: int) -> ResponseReturnValue:
    """Names and phones leave the house: by POST, in the audit chain."""
    place = find_place(me(), place_id, Permission.EXPORT_ROSTERS)
    record(
        "roster.exported",
        community_id=place.community_id,
        by=me().id,
        subject="place",
        subject_id=place.id,
    )
    lines = (line.encode() for line in csv_lines(place))
    response = Response(stream_with_context(with_mark(lines)), mimetype="text/csv")
    name = f"roster-{place.id}-{today().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def with_mark(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The byte order mark without which Excel takes UTF-8 for the local encoding."""
    yield b"\xef\xbb\xbf"
    yield from lines


def desk() -> Desk:
    return Desk(current_app.config["SETTINGS"])


def start_after_commit(import_id: int) -> None:
    """Start the job once this request's transaction is kept, so that the job can see its row."""
    g.setdefault("jobs", []).append(import_id)


@bp.after_app_request
def start_jobs(response: Response) -> Response:
    if response.status_code < 400:
        for import_id in g.pop("jobs", []):
            desk().start(import_id)
    return response
