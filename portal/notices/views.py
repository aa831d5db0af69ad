"""Notices: reading them, and how to be told."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import me, public, signed_in
from portal.accounts.models import User
from portal.clock import now
from portal.config import Settings
from portal.db import db
from portal.notices import actions, addresses, queries, words
from portal.notices.forms import WishesForm, shown
from portal.once import once
from portal.outbox.models import Notice
from portal.outbox.wording import may_hear, worded
from portal.web import done, moved, page

bp = Blueprint("notices", __name__)
bp.app_template_filter("fate_word")(words.fate)


# Reading -----------------------------------------------------------------------------------------


@bp.get("/notices")
@signed_in
def index() -> ResponseReturnValue:
    found = queries.page_of(me(), now(), before=_before())
    return page(
        "notices/index.html",
        found=[
            (notice, worded(notice.kind, notice.details) if heard else None)
            for notice, heard in zip(found.notices, may_hear(me(), found.notices), strict=True)
        ],
        older=found.notices[-1].id if found.older else None,
    )


@bp.post("/notices/<int:notice_id>/reading")
@signed_in
def read(notice_id: int) -> ResponseReturnValue:
    """Take note of a notice and go on to what it is about."""
    notice = queries.find(me(), notice_id, now())
    actions.read(notice, at=now())
    if not all(may_hear(me(), [notice])):
        return moved(url_for(".index"))
    return moved(request.script_root + worded(notice.kind, notice.details).address)


@bp.post("/notices/<int:notice_id>/readings")
@signed_in
def read_all(notice_id: int) -> ResponseReturnValue:
    """Take note of a notice and all older ones: what came while the page was open stays unread."""
    newest = queries.find(me(), notice_id, now())
    actions.read_back_to_the_first(newest, at=now())
    return done("", otherwise=url_for(".index"), said=gettext("All are marked as read."))


def _before() -> Notice | None:
    """The notice below which a page goes on; 400 for what is no number."""
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        abort(400)
    return queries.find(me(), int(text), now())


# How to be told ----------------------------------------------------------------------------------


@bp.get("/me/notices")
@signed_in
def edit() -> ResponseReturnValue:
    user, wishes = _myself(), queries.wishes_of([me().id])[me().id]
    return _edit_page(WishesForm(email=user.new_email or user.email, **shown(wishes)))


@bp.post("/me/notices")
@signed_in
def update() -> ResponseReturnValue:
    form = WishesForm()
    if not form.validate_on_submit():
        return _edit_page(form, status=422)
    user = _myself()
    actions.choose(user, form.wishes(), at=now())
    home = next(iter(me().community_ids), None)
    said = gettext("Saved.")
    if not addresses.claim(user, form.email.data or None, home, at=now()):
        said = gettext("Saved, but no address can be confirmed for somebody without a duty.")
    elif user.new_email:
        said = gettext("Saved. Please open the link that is sent to %(to)s.", to=user.new_email)
    return done("", otherwise=url_for(".edit"), said=said)


@bp.get("/addresses/<token>")
@public
def confirmation(token: str) -> ResponseReturnValue:
    """Whose address, and one button: looking changes nothing, for mail programs look too."""
    user, address = addresses.claim_of(token)
    return _confirm_page(token, user, address)


@bp.post("/addresses/<token>")
@public
def create_confirmation(token: str) -> ResponseReturnValue:
    user, address = addresses.claim_of(token)
    addresses.confirm(user, address)
    return _confirm_page(token, user, address)


def _confirm_page(token: str, user: User, address: str) -> Response:
    """No other site learns the address of this page."""
    waits = address != user.email
    response = page("notices/confirm.html", token=token, address=address, waits=waits)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/me/notices/trial")
@signed_in
@once
def create_trial() -> ResponseReturnValue:
    """Have a notice sent to oneself, to see that it comes."""
    asked = actions.ask_for_trial(me(), at=now())
    said = gettext("A trial is on its way.") if asked else gettext("Please wait a minute.")
    return done("", otherwise=url_for(".edit"), said=said)


def _edit_page(form: WishesForm, *, status: int = 200) -> Response:
    return page(
        "notices/edit.html",
        status=status,
        form=form,
        mails=_mails(),
        address=_myself().email,
        unconfirmed=_myself().new_email,
    )


def _myself() -> User:
    return db.session.get_one(User, me().id)


def _mails() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.smtp_url)
