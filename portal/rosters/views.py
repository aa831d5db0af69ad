"""Rosters in and out: hand in, watch the check, apply, drop; write out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from flask import Blueprint, Flask, Response, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.clock import today
from portal.errors import NotFoundError
from portal.jobs import once_kept, reading_only
from portal.once import once
from portal.rosters import actions, jobs, queries, words
from portal.rosters.export import BOM, as_csv, homes_as_csv
from portal.rosters.forms import HandInForm
from portal.rosters.messages import Refusal, Unreadable
from portal.rosters.models import Import, Stage
from portal.rosters.report import by_building, by_code, kept, table
from portal.tower.queries import find as find_place
from portal.web import done, moved, page

bp = Blueprint("rosters", __name__)
RUNNING = {Stage.CHECKING, Stage.APPLYING}
REPORTED = {Stage.CHECKED, Stage.APPLIED, Stage.DROPPED}
MOST_SHOWN = 200  # lines of one kind on the page; the file has them all
IN_MEMORY = 4 * 1024 * 1024  # bytes of a file to be sent; beyond that it goes to the disk
PART = 64 * 1024
STATUS = {
    Refusal.FILE_TOO_LARGE: 413,
    Refusal.NOT_A_SPREADSHEET: 415,
    Refusal.OLD_OR_LOCKED: 415,
}


# In ----------------------------------------------------------------------------------------------


@bp.get("/rosters")
@requires(Permission.IMPORT_ROSTERS)
def index() -> ResponseReturnValue:
    return _index(_form())


def _form() -> HandInForm:
    return HandInForm().offer(queries.communities(me()))


def _index(form: HandInForm, *, status: int = 200) -> Response:
    return page(
        "rosters/index.html",
        status=status,
        form=form,
        imports=queries.latest(me()),
        stages=words.STAGES,
        places=queries.to_export(me()),
        days=actions.WAITING_FOR.days,
    )


@bp.post("/rosters")
@requires(Permission.IMPORT_ROSTERS)
def create() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _index(form, status=422)
    path = _desk().receive(form.file.data.stream)
    try:
        taken = actions.hand_in(
            me(), form.community, path=path, filename=form.file.data.filename, desk=_desk()
        )
    except Unreadable as refused:
        form.file.errors = [refused.text(gettext)]
        return _index(form, status=STATUS.get(refused.code, 422))
    finally:
        path.unlink(missing_ok=True)
    return _started(taken)


@bp.get("/rosters/<int:import_id>")
@requires(Permission.IMPORT_ROSTERS)
def show(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    progress = _desk().progress(taken.id) if taken.stage in RUNNING else None
    return page(
        "rosters/show.html",
        fragment="rosters/_show.html",
        taken=taken,
        stages=words.STAGES,
        progress=progress,
        said=words.progress(progress) if progress else "",
        refusal=words.refusal(taken.report or {}) if taken.stage is Stage.REFUSED else "",
        **_shown(taken),
    )


def _shown(taken: Import) -> dict[str, Any]:
    """What the page says of the report, as far as it names single lines."""
    if taken.stage not in REPORTED or taken.report is None:
        return {"report": None}
    report = kept(taken.report)
    return {
        "report": report,
        "left_aside": words.left_aside(report),
        "rejected": by_code(report.rejected),
        "warnings": by_code(report.warnings),
        "missing": by_building(report.missing_dwellings[:MOST_SHOWN]),
        "code_word": words.code_word,
        "say": lambda message: message.text(gettext),
        "most": MOST_SHOWN,
    }


@bp.get("/rosters/<int:import_id>/messages.csv")
@requires(Permission.IMPORT_ROSTERS)
def messages(import_id: int) -> ResponseReturnValue:
    """Everything there is to say about the rows of a file, to work through in a spreadsheet."""
    taken = queries.find(me(), import_id)
    if taken.stage not in REPORTED or taken.report is None:
        raise NotFoundError
    lines = table(kept(taken.report), gettext)
    return _download(BOM + as_csv(lines), f"roster-{taken.id}-messages.csv")


@bp.post("/rosters/<int:import_id>/application")
@requires(Permission.IMPORT_ROSTERS)
@once
def apply(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    actions.request_apply(taken)
    return _started(taken)


@bp.post("/rosters/<int:import_id>/new-start")
@requires(Permission.IMPORT_ROSTERS)
@once
def restart(import_id: int) -> ResponseReturnValue:
    """The job that worked on this file has died: let another take over."""
    taken = queries.find(me(), import_id)
    actions.request_again(taken, _desk())
    return _started(taken)


@bp.post("/rosters/<int:import_id>/removal")
@requires(Permission.IMPORT_ROSTERS)
@once
def drop(import_id: int) -> ResponseReturnValue:
    taken = queries.find(me(), import_id)
    actions.drop(taken, _desk())
    return done("", otherwise=url_for(".index"), said=gettext("The file was dropped."))


def _desk() -> jobs.Desk:
    return jobs.Desk(current_app.config["SETTINGS"].data_folder)


def _started(taken: Import) -> Response:
    """Show an import; if there is work to do, it starts as soon as this request has been kept."""
    if taken.stage in RUNNING and not _desk().progress(taken.id).alive:
        once_kept(partial(jobs.start, taken.id))
    return moved(url_for(".show", import_id=taken.id))


# Out ---------------------------------------------------------------------------------------------


@bp.post("/places/<int:place_id>/roster.csv")
@requires(Permission.EXPORT_ROSTERS)
def export(place_id: int) -> ResponseReturnValue:
    """Names and phones leave the house: by POST, in the audit chain."""
    place = find_place(me(), place_id, Permission.EXPORT_ROSTERS)
    actions.record_export(place, by=me().id)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    lines = _spooled(app, chain([BOM], homes_as_csv(place)))
    return _download(lines, f"roster-{place.id}-{today().isoformat()}.csv")


def _spooled(app: Flask, parts: Iterable[bytes]) -> Iterator[bytes]:
    """All of it is read before the first byte leaves: a slow line must not hold the database."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        with app.app_context(), reading_only():
            file.writelines(parts)
        file.seek(0)
        while part := file.read(PART):
            yield part


def _download(content: bytes | Iterator[bytes], filename: str) -> Response:
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
