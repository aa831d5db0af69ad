"""Signing in and out, one's own page, language and size of the text."""

from __future__ import annotations

from flask import Response, abort, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import login_user

from portal.access import maybe_me, me, public, signed_in
from portal.accounts import (
    actions,
    devices,
    passwords,
    people_views,  # noqa: F401 - adds its routes
    phones,
    queries,
    sign_in_queries,
    sign_ins,
    throttle,
    words,
)
from portal.accounts.blueprint import bp as bp
from portal.accounts.forms import PasswordForm, SignInForm
from portal.accounts.models import User
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.db import db
from portal.errors import TooManyError
from portal.once import once
from portal.sending import YEAR, security
from portal.web import (
    LARGE_COOKIE,
    LOCALE_COOKIE,
    LOCALES,
    done,
    is_local,
    keep_in_browser,
    moved,
    next_or,
    page,
    parts_of,
    without_host,
)

bp.app_template_filter("masked")(phones.mask)
bp.app_template_filter("duty_word")(words.duty)


# Signing in and out ------------------------------------------------------------------------------


@bp.get("/sign-in")
@public
def session_new() -> ResponseReturnValue:
    if maybe_me():
        return moved(next_or("/"))
    return page("accounts/sign_in.html", form=SignInForm(), next=next_or(""))


@bp.post("/sign-in")
@public
def session_create() -> ResponseReturnValue:
    """Sign in. Unknown, blocked and known accounts take the same time and get the same words."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_again(form)
    keys = (throttle.account_key(form.number), throttle.address_key(request.remote_addr or ""))
    try:
        tried = throttle.reserve(*keys, at=now())
    except TooManyError:
        _log_failure(form.number, "too many tries")
        raise
    user = queries.maybe_user(form.number)
    user_id, kept = (user.id, user.password_hash) if user and not user.is_disabled else (0, None)
    _let_others_write()
    if not passwords.fits(form.password.data, kept):
        _log_failure(form.number, _why_failed(user))
        form.form_errors.append(gettext("The phone number or the password is not right."))
        return _sign_in_again(form)
    throttle.give_back(tried)
    _start_session(user_id)
    return moved(next_or("/"))


@bp.post("/sign-out")
@public
def session_destroy() -> ResponseReturnValue:
    """Sign out on the server too; a copy of the cookie is worth nothing afterwards."""
    _leave_session()
    return moved("/")


def _why_failed(user: User | None) -> str:
    if user is None:
        return "unknown number"
    return "blocked account" if user.is_disabled else "wrong password"


def _log_failure(number: str, why: str) -> None:
    """To the server's log alone: a row in the trail would take longer for known numbers."""
    security.warning("sign-in failed for %s: %s", phones.mask(number), why)


def _sign_in_again(form: SignInForm) -> Response:
    return page("accounts/sign_in.html", status=422, form=form, next=next_or(""))


def _start_session(user_id: int) -> None:
    _leave_session()
    token = sign_ins.start(
        user_id,
        device=devices.describe(request.user_agent.string),
        lasts=current_app.permanent_session_lifetime,
    )
    session.permanent = True
    person = sign_in_queries.maybe_person(token)
    if person is None:
        abort(401)  # blocked while the password was being verified
    login_user(person)


def _leave_session() -> None:
    """End the sign-in this browser has, and forget everything kept in its cookie."""
    sign_ins.end(str(session.get("_user_id", "")))
    session.clear()


def _let_others_write() -> None:
    """Verifying and hashing take long: keep what was counted and hold no lock meanwhile."""
    db.session.commit()


# One's own page ----------------------------------------------------------------------------------


@bp.get("/me")
@signed_in
def own() -> ResponseReturnValue:
    return _own_page(PasswordForm(user=_myself()))


@bp.post("/me/password")
@signed_in
@once
def password_update() -> ResponseReturnValue:
    """Change one's password; every other device has to sign in again."""
    form = PasswordForm(user=_myself())
    if not form.validate_on_submit():
        return _own_page(form, status=422)
    # A count of its own: whoever guesses at the sign-in must not keep the owner from this.
    tried = throttle.reserve(f"password:{me().id}", at=now())
    kept = _myself().password_hash
    _let_others_write()
    if not passwords.fits(form.current.data, kept):
        form.current.errors = [gettext("That is not your present password.")]
        return _own_page(form, status=422)
    new = passwords.hash_of(form.new.data)
    throttle.give_back(tried)
    ended = actions.change_password(_myself(), new, by=me())
    said = ngettext(
        "The password is changed; %(count)s other device was signed out.",
        "The password is changed; %(count)s other devices were signed out.",
        ended,
        count=ended,
    )
    return done("", otherwise=url_for(".own"), said=said)


@bp.post(f"/me/sign-ins/<string(length={sign_ins.ID_LENGTH}):sign_in_id>/end")
@signed_in
@once
def sign_in_destroy(sign_in_id: str) -> ResponseReturnValue:
    """Sign out another device of one's own."""
    sign_ins.end_one(me().id, sign_in_id)
    return done("", otherwise=url_for(".own"), said=gettext("That device is signed out."))


def _own_page(form: PasswordForm, *, status: int = 200) -> Response:
    held = queries.duties([me().id])[me().id]
    return page(
        "accounts/own.html",
        status=status,
        form=form,
        phone=form.user.phone,
        email=form.user.email,
        new_email=form.user.new_email,
        duties=held,
        places=labels(duty.path for duty in held),
        devices=sign_ins.devices_of(me()),
    )


def _myself() -> User:
    return db.session.get_one(User, me().id)


# Language and size of the text -------------------------------------------------------------------


@bp.post("/preferences/locale")
@public
def locale_update() -> ResponseReturnValue:
    """Another language: kept with the person, else in this browser."""
    chosen = request.form.get("locale", "")
    if chosen not in LOCALES:
        abort(400)
    if maybe_me():
        _myself().locale = chosen
    return _back_with(LOCALE_COOKIE, chosen)


@bp.post("/preferences/large-text")
@public
def large_text_update() -> ResponseReturnValue:
    """Large or normal text: kept with the person, else in this browser."""
    chosen = request.form.get("large", "")
    if chosen not in {"0", "1"}:
        abort(400)
    if maybe_me():
        _myself().large_text = chosen == "1"
    return _back_with(LARGE_COOKIE, chosen)


def _back_with(cookie: str, value: str) -> Response:
    """Back to the page with the switch; the cookie serves those who have not signed in."""
    response = moved(_page_before())
    if maybe_me() is None:
        keep_in_browser(response, cookie, value, seconds=YEAR)
    return response


def _page_before() -> str:
    """The page of ours that sent this form; the start page if it cannot be asked for again."""
    before = parts_of(request.referrer or "")
    url = without_host(request.referrer or "")
    if before.netloc != request.host or not is_local(url):
        return "/"
    routes = current_app.create_url_adapter(request)
    return url if routes and routes.test(before.path, method="GET") else "/"
