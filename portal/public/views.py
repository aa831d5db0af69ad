"""What residents see, without signing in: write something, and read the answer."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale, gettext

from portal.access import public
from portal.accounts import throttle
from portal.clock import now
from portal.errors import RuleError, TooManyError
from portal.public import (
    actions,
    desk_views,  # noqa: F401 - adds its routes
    entrance_views,  # noqa: F401 - adds its routes
    queries,
    words,
)
from portal.public.blueprint import bp as bp
from portal.public.forms import AskForm
from portal.public.models import Entrance
from portal.public.numbers import code_hash, number_and_code, shown, typed
from portal.public.stamps import ForgedError, Stamp, Stamps
from portal.public.states import Progress, progress
from portal.tasks import words as task_words
from portal.tasks.queries import dwelling_named
from portal.tower.models import Dwelling
from portal.tower.queries import ancestors
from portal.tower.words import full_name
from portal.web import page

MOST_BYTES = 32 * 1024  # of a form: a thousand characters are nine thousand bytes on the way
UNSEEN = frozenset({"public.new", "public.create", "public.answer", "public.look_up"})


@bp.url_value_preprocessor
def accept_little(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Nobody who has not signed in sends much; said before anything reads the form."""
    if endpoint in UNSEEN:
        request.max_content_length = MOST_BYTES


@bp.after_request
def stay_unlisted(response: Response) -> Response:
    """No search engine keeps these pages."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


# Writing -----------------------------------------------------------------------------------------


@bp.get("/ask/<code>")
@public
def new(code: str) -> ResponseReturnValue:
    entrance = queries.maybe_entrance(typed(code))
    if entrance is None:
        return _page("public/gone.html", entrance_code=code, status=404)
    stamp = _stamps().draw(entrance.code, at=now())
    return _ask_page(entrance, AskForm(formdata=None, stamp=stamp.text))


@bp.post("/ask/<code>")
@public
def create(code: str) -> ResponseReturnValue:
    """Take a message and show its number and code; sent twice, a form is one message.

    With other words in it, it is asked for again under a new mark: nothing is lost unsaid. The
    answer is drawn here: an address with the code in it would stand in logs and histories.
    """
    entrance = queries.maybe_entrance(typed(code))
    if entrance is None:
        return _page("public/gone.html", entrance_code=code, status=404)
    form = AskForm()
    try:
        stamp = _stamps().read(form.stamp.data or "", entrance.code)
    except ForgedError:
        abort(400)
    if not form.validate() or not _fits(form, stamp, entrance):
        return _ask_page(entrance, form, status=422)
    number, secret = number_and_code(_stamps().seed(stamp))
    try:
        _take(form, entrance, number, secret)
    except TooManyError as error:
        form.form_errors.append(str(error))
        response = _ask_page(entrance, form, status=429)
        response.headers["Retry-After"] = str(error.wait)
        return response
    except RuleError as error:
        form.stamp.data = _stamps().draw(entrance.code, at=now()).text
        form.form_errors.append(str(error))
        return _ask_page(entrance, form, status=409)
    return _answer_page(number, secret)


def _fits(form: AskForm, stamp: Stamp, entrance: Entrance) -> bool:
    """Whether a person can have written this: neither at once, nor on a page of yesterday."""
    at = now()
    if stamp.is_too_young(at):
        form.form_errors.append(gettext("That was very quick. Please look once more, then send."))
    elif stamp.is_too_old(at):
        form.stamp.data = _stamps().draw(entrance.code, at=at).text
        form.form_errors.append(gettext("This page lay open for long. Please send it again."))
    return not form.form_errors


def _take(form: AskForm, entrance: Entrance, number: str, secret: str) -> None:
    """Count the message, under its entrance and its veiled sender, and take it."""
    message = form.message()
    if actions.has_come(message, entrance, number):
        return
    veiled = _stamps().veiled(throttle.address_key(request.remote_addr or ""))
    throttle.reserve(f"public:{veiled}", f"entrance:{entrance.id}", at=now())
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        title = words.title(message.kind)  # read by many people; the words of a task are not theirs
    actions.receive(
        message,
        entrance,
        home=_home(entrance, message.room),
        number=number,
        code=secret,
        title=title,
    )


def _home(entrance: Entrance, room: str) -> Dwelling | None:
    if not room:
        return None
    return dwelling_named(queries.place_of(entrance), unit=entrance.unit, room=room)


def _ask_page(entrance: Entrance, form: AskForm, *, status: int = 200) -> Response:
    return _page(
        "public/ask.html",
        entrance_code=entrance.code,
        status=status,
        form=form,
        where=full_name(ancestors(queries.place_of(entrance))),
        entrance=words.entrance_name(entrance.unit) if entrance.unit else "",
        action=url_for(".create", code=entrance.code, lang=_lang()),
    )


# Reading -----------------------------------------------------------------------------------------


@bp.get("/answers")
@public
def answer() -> ResponseReturnValue:
    """How far something is, by its number."""
    return _answer_page(typed(request.args.get("number", "")), "")


@bp.post("/answers")
@public
def look_up() -> ResponseReturnValue:
    """The same; with the code, also what was answered. Changes nothing, so it needs no token.

    A POST, for whoever has the code reads the answer: it must stand in no address and no log.
    """
    if "code" not in request.form:
        abort(400)
    return _answer_page(*(typed(request.form.get(name, "")) for name in ("number", "code")))


def _answer_page(number: str, code: str) -> Response:
    found = queries.maybe_by_number(number) if number else None
    if found is None:
        missing = bool(number)
        status = 404 if missing else 200
        return _page("public/answer_new.html", status=status, missing=missing, number=number)
    slip, inquiry, task = found
    knows = slip.code_hash == code_hash(number, code)
    where = progress(
        due_at=task.due_at, answered_at=inquiry.answered_at, is_open=task.is_open, at=now()
    )
    return _page(
        "public/answer.html",
        number=shown(number),
        code=shown(code) if knows else "",
        wrong_code=bool(code) and not knows,
        task=task,
        inquiry=inquiry,
        waits=where in {Progress.WAITING, Progress.OVERDUE},
        outcome=task_words.outcome(task.outcome) if task.outcome else "",
        replies=queries.answers_for(slip) if knows else [],
    )


def _page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page for residents, with a link to itself in the other language."""
    other = "zh" if str(get_locale()) == "en" else "en"
    code = context.pop("entrance_code", None)
    if code:
        switch = url_for(".new", code=code, lang=other)
    else:
        number = None if context.get("code") else context.get("number") or None
        switch = url_for(".answer", number=number, lang=other)
    told = (context.get("number", ""), context.get("code", ""))  # who has the code takes it along
    return page(template, status=status, lang=_lang(), switch=switch, told=told, **context)


def _lang() -> str | None:
    """The language asked for in the address, to be carried along: it needs no cookie."""
    return request.args.get("lang")


def _stamps() -> Stamps:
    config = current_app.config
    return Stamps([*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]])
