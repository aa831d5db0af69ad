"""How views answer: a page or part of it, a change that is done, a refusal. The only htmx code."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from errno import ENOSPC
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_htmx import HTMX
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, NoResultFound, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, Unauthorized

from portal.access import maybe_me
from portal.db import BusyError, db
from portal.errors import NotFoundError, RuleError, TooManyError
from portal.logs import kind_of
from portal.revisits import GROUNDS

htmx = HTMX()
log = logging.getLogger("portal.database")
security = logging.getLogger("portal.security")
LOCALES = {"zh": "中文", "en": "English"}
LOCALE_COOKIE = "bulou-locale"
LARGE_COOKIE = "bulou-large"


# Answers -----------------------------------------------------------------------------------------


def page(
    template: str,
    *,
    fragment: str = "",
    status: int = 200,
    **context: object,
) -> Response:
    """The whole page, or only `fragment` when htmx asks for it."""
    chosen = fragment if fragment and htmx and not htmx.history_restore_request else template
    response = make_response(render_template(chosen, **context), status)
    response.vary.add("HX-Request")
    return response


def done(
    fragment: str, *, otherwise: str, said: str = "", status: int = 200, **context: object
) -> Response:
    """The changed fragment for htmx; for a plain form, a redirect. `said` confirms it in words."""
    g.answer = (otherwise, said)
    if htmx and fragment:
        return make_response(render_template(fragment, said=said, **context), status)
    if said:
        flash(said)
    return moved(otherwise)


def kept(said: str, *, otherwise: str) -> Response:
    """What was sent is kept for somebody to decide about: 202 and the words, or a redirect."""
    if htmx:
        text = render_template("shared/_message.html", kind="warn", text=said)
        return _to_messages(make_response(text, 202))
    flash(said, "warn")
    return moved(otherwise)


def moved(url: str) -> Response:
    """Go to another page: a redirect, or its htmx form (which loads the whole page)."""
    g.setdefault("answer", (url, ""))
    if htmx:
        return make_response("", 204, {"HX-Redirect": url})
    return make_response(redirect(url, 303))


def unchanged_since(version: str, *, stands_on_noted: bool = False) -> Response | None:
    """The 304 for a browser whose copy of this page is still right, if it is.

    `version` must name everything the page shows that can change. The page itself is then sent
    through `with_version`. With `stands_on_noted` the version is made of nothing but the questions
    that were noted, the day and the request: the next such request need not begin (`revisits`).
    """
    tag = _tag(version)
    g.says_once = "_flashes" in session
    if g.says_once or not request.if_none_match.contains_weak(tag):
        return None
    if stands_on_noted:
        request.environ[GROUNDS] = tuple(g.grounds)
    response = Response(status=304)
    return _revalidated(response, tag)


def with_version(response: Response, version: str) -> Response:
    """Let the browser keep a page, to be asked about at every visit; not one with a message."""
    return response if g.get("says_once") else _revalidated(response, _tag(version))


def _tag(version: str) -> str:
    return str(remember(f"tag of {version}", lambda: _tag_of(version)))


def _tag_of(version: str) -> str:
    person = maybe_me()
    parts = (
        version,
        person.session if person else "",
        person.unread if person else 0,
        choose_locale(),
        large_text(),
        bool(htmx),
        release(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _revalidated(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Cookie", "HX-Request"))
    return response


def keep_in_browser(response: Response, name: str, value: str, *, seconds: int) -> None:
    """A cookie of ours besides the session, which no script reads; without seconds it is gone."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def is_local(url: str) -> bool:
    """Whether a `next` address stays on this site, also after decoding it twice."""
    for text in (url, unquote(url), unquote(unquote(url))):
        if not text.startswith("/") or text[1:2] in {"/", "\\"} or "\\" in text:
            return False
        if any(ord(character) < 32 for character in text):
            return False
    return True


def parts_of(url: str) -> SplitResult:
    """The parts of an address that a browser names; none of what cannot be one."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def without_host(url: str) -> str:
    """The path and query of an address."""
    parts = parts_of(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def next_or(default: str) -> str:
    """Where to go after signing in: the local page asked for, else `default`."""
    wanted = request.values.get("next", "")
    return wanted if is_local(wanted) else default


def large_text() -> bool:
    person = maybe_me()
    return person.large_text if person else request.cookies.get(LARGE_COOKIE) == "1"


def choose_locale() -> str:
    """Chinese unless the address, the person or this browser names another language."""
    if not has_request_context():
        return str(current_app.config["BABEL_DEFAULT_LOCALE"])
    if (asked := request.args.get("lang", "")) in LOCALES:
        return asked
    person = maybe_me()
    chosen = person.locale if person else request.cookies.get(LOCALE_COOKIE, "")
    return chosen if chosen in LOCALES else "zh"


# Refusals ----------------------------------------------------------------------------------------


def refused(error: RuleError) -> ResponseReturnValue:
    """A broken rule, in words: 409, or 429 with the time to wait."""
    status = 429 if isinstance(error, TooManyError) else 409
    response = page(
        "shared/refused.html", fragment="shared/_refused.html", status=status, reason=str(error)
    )
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(error.wait)
    return _to_messages(response)


def not_found(_: Exception) -> ResponseReturnValue:
    _log_refusal(404)
    text = gettext("There is nothing here, or it is not in your area.")
    return _error(404, gettext("Not found"), text)


def _log_refusal(status: int) -> None:
    """Who was refused what, by numbers: whoever tries many of them shows. No words, no tokens."""
    person, route = maybe_me(), request.url_rule
    if person and route:
        numbers = {name: n for name, n in (request.view_args or {}).items() if isinstance(n, int)}
        security.warning(
            "%s: person %s, %s %s %s", status, person.id, request.method, route, numbers
        )


def no_such_number(_: Exception) -> ResponseReturnValue:
    """The same number as PostgreSQL refuses it; its transaction is of no use any more."""
    db.session.rollback()
    return not_found(_)


def busy(error: BaseException) -> ResponseReturnValue:
    """The database cannot be reached in time; the answer is made without asking it who this is.

    The kind of trouble goes into the log: it may also lack the tables of a newer version, or the
    disk may be full.
    """
    log.error("the database did not answer: %s", kind_of(error))
    db.session.rollback()
    g._login_user = AnonymousUserMixin()  # where flask-login keeps the person of a request
    text = gettext("The system is busy. Nothing was lost: please try again in a moment.")
    response = _error(503, gettext("Busy"), text)
    response.headers["Retry-After"] = "5"
    return response


def sign_in_first(_: Unauthorized) -> ResponseReturnValue:
    """Signed out: fragments are told to load the sign-in page, pages are led there."""
    if wants_json():
        return _error(401, gettext("Please sign in"), gettext("Your sign-in has ended."))
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if htmx:
        shown = without_host(htmx.current_url or "/")
        return "", 401, {"HX-Redirect": url_for("accounts.session_new", next=shown)}
    if request.method != "GET":
        return _error(401, gettext("Please sign in"), gettext("Your sign-in has ended."))
    return redirect(url_for("accounts.session_new", next=wanted))


def http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    if error.code == 403:
        _log_refusal(403)
    title, text = _words(error.code)
    response = _error(error.code, title, text)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def broken(error: InternalServerError) -> ResponseReturnValue:
    """The last resort: say so, show nothing of the inside. A commit that failed ends here too."""
    cause = error.original_exception or error
    if isinstance(cause, (BusyError, OperationalError)) or getattr(cause, "errno", 0) == ENOSPC:
        return busy(cause)
    text = gettext("Something went wrong on our side. Nothing was saved by this step.")
    return _error(500, gettext("Error"), text)


def wants_json() -> bool:
    """Whether a script of ours asks, which reads no pages."""
    return request.accept_mimetypes.best == "application/json"


def _error(status: int, title: str, text: str) -> Response:
    if wants_json():
        return make_response({"error": text}, status)
    response = page(
        "shared/error.html",
        fragment="shared/_refused.html",
        status=status,
        title=title,
        reason=text,
        code=status,
    )
    return _to_messages(response)


def _to_messages(response: Response) -> Response:
    response.headers["HX-Retarget"] = "#messages"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _words(code: int) -> tuple[str, str]:
    known = {
        400: (
            gettext("Not understood"),
            gettext("The request was not complete. Go back, reload the page and try again."),
        ),
        403: (gettext("Not yours to do"), gettext("Your duties do not include this.")),
        405: (gettext("Not possible"), gettext("This address cannot be used in that way.")),
        413: (gettext("Too large"), gettext("The file or form is larger than allowed.")),
        415: (gettext("Wrong kind of file"), gettext("This kind of file cannot be read.")),
    }
    return known.get(code, (gettext("Not possible"), gettext("This did not work.")))


# Wiring ------------------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    htmx.init_app(app)
    app.register_error_handler(NoResultFound, not_found)
    app.register_error_handler(NotFoundError, not_found)
    app.register_error_handler(404, not_found)
    app.register_error_handler(OverflowError, not_found)  # a number no row can have
    app.register_error_handler(DataError, no_such_number)
    app.register_error_handler(RuleError, refused)
    app.register_error_handler(Unauthorized, sign_in_first)
    app.register_error_handler(CSRFError, http_error)
    app.register_error_handler(BusyError, busy)
    app.register_error_handler(OperationalError, busy)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(500, broken)

    def common() -> Mapping[str, object]:
        return {
            "me_or_none": maybe_me(),
            "locale": "zh-CN" if str(get_locale()).startswith("zh") else "en",
            "large_text": large_text(),
        }

    app.context_processor(lambda: dict(common()))


def release() -> str:
    """A word that changes with the code, the templates and the texts, so that old copies expire."""
    return str(current_app.config["RELEASE"])


def remember(key: str, make: Callable[[], Any]) -> Any:
    """A value worked out once in a request."""
    kept = g.setdefault("remembered", {})
    if key not in kept:
        kept[key] = make()
    return kept[key]
