"""What serves where there is no signal: the sheet of any door, the queue, the service worker."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from portal.access import Permission, me, public, requires, signed_in
from portal.coverage import epochs, words
from portal.coverage.blueprint import bp
from portal.coverage.entries import Fate
from portal.coverage.forms import HandoverForm, VisitForm
from portal.coverage.handover import hand_over, loaded
from portal.errors import RuleError
from portal.once import once
from portal.web import LOCALES, done, page

SHEET_LASTS = 3600  # seconds that a browser keeps the sheet, which is the same for every door


@bp.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker; it must lie at the root to serve every page."""
    response = send_from_directory(Path(str(current_app.static_folder)), "sw.js", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get(f"/offline/<any({','.join(LOCALES)}):language>")
@public
def offline(language: str) -> ResponseReturnValue:
    """What a phone shows when the server is out of reach; asked for by nobody in particular."""
    with force_locale(language):
        return page("coverage/offline.html")


@bp.get("/sync/sheet")
@requires(Permission.RECORD_VISITS)
def offline_sheet() -> ResponseReturnValue:
    """The outcomes of a visit for any door: nobody's name, nobody's number."""
    response: Response = page("coverage/_offline_sheet.html", form=VisitForm(), words=words)
    response.headers["Cache-Control"] = f"private, max-age={SHEET_LASTS}"
    response.vary.add("Cookie")
    return response


@bp.get("/queue")
@signed_in
def queue() -> ResponseReturnValue:
    """What waits on this phone; its script fills the list."""
    return show_queue(HandoverForm())


def show_queue(form: HandoverForm, *, status: int = 200) -> Response:
    """The page of the queue, the only one that may use a camera: to read another phone's codes."""
    response = page("coverage/queue.html", status=status, form=form)
    if me().may(Permission.APPROVE_DOORS):
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response


@bp.post("/queue")
@requires(Permission.APPROVE_DOORS)
@once
def create_handover() -> ResponseReturnValue:
    """Enter the saved queue of somebody's phone."""
    form = HandoverForm()
    try:
        saved = loaded(form.text())
    except RuleError as broken:
        form.pieces.errors = [str(broken)]
        return show_queue(form, status=422)
    fates = hand_over(me(), saved)
    said = gettext(
        "%(entered)s entered, %(known)s known before, %(waiting)s in the tray, %(others)s refused.",
        entered=fates[Fate.ACCEPTED],
        known=fates[Fate.DUPLICATE],
        waiting=fates[Fate.CONFLICT] + fates[Fate.REVIEW] + fates[Fate.HELD],
        others=fates[Fate.REFUSED],
    )
    if saved.epoch and saved.epoch != epochs.maybe_present():
        said += " " + gettext(
            "This phone does not know yet that the database was restored since: let it send by "
            "itself as well, as soon as it can."
        )
    return done("", otherwise=url_for("coverage.queue"), said=said)
