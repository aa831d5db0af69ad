"""A form that is sent twice counts once: a double click, the way back and again, two tabs.

Every form carries an id that is made when it is drawn. Sending it leaves a row under that id, its
sender, its address and its values, in the transaction of what it does; a second sending meets the
row, does nothing and gets the first one's answer. Other values under the same id are another wish.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, flash, g, make_response, request
from flask.typing import RouteCallable
from sqlalchemy import Index, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.access import maybe_me
from portal.clock import now
from portal.db import Model, Moment, db, insert_once, table_of
from portal.questions import Question
from portal.web import moved, remember

FIELD = "form_id"
KEPT = timedelta(days=30)  # longer than any phone or open tab waits before it sends again
View = TypeVar("View", bound=RouteCallable)


class SentForm(Model):
    """A form that has been sent: `key` names it, `url` and `said` are the answer it got."""

    __tablename__ = "sent_forms"
    __table_args__ = (Index(None, "sent_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    url: Mapped[str | None] = mapped_column(String(300))
    said: Mapped[str | None] = mapped_column(String(300))


_SENT = table_of(SentForm)
_BY_KEY = _SENT.c.key == bindparam("sent")
_TAKE = Question(lambda: insert_once(_SENT).returning(_SENT.c.key))
_ANSWERED = Question(select(_SENT.c.url, _SENT.c.said).where(_BY_KEY))
_KEEP = Question(update(_SENT).where(_BY_KEY).values(url=bindparam("to"), said=bindparam("told")))


def once(view: View) -> View:
    """Let a form that is sent again have no further effect, and the answer it got at first.

    For views that answer by `done` or `moved`, and pages that the browser does not keep: a kept
    page would bring its old id along.
    """

    @wraps(view)
    def answer(**kwargs: Any) -> Response:
        if not is_first() and (first := _first_answer()):
            return first
        response = make_response(cast("Callable[..., Any]", view)(**kwargs))
        _keep_answer()
        return response

    return cast("View", answer)


def is_first() -> bool:
    """Whether this form is sent for the first time; forms without an id always are."""
    if not (key := _key()):
        return True
    return _TAKE.one_or_none({"key": key, "sent_at": now()}) is not None


def seed() -> bytes:
    """Thirty-two bytes that nobody can guess, the same when this form is sent again."""
    key = _key()
    if not key:
        return secrets.token_bytes(32)
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(secret, f"once {key}".encode(), "sha256")


def _key() -> str:
    """The name of what is being sent; empty for a form without an id.

    Worked out once a request: a view reads the files of its form to their end.
    """
    return str(remember("once", _name))


def _name() -> str:
    if not request.form.get(FIELD):
        return ""
    person = maybe_me()
    values = [pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"]
    parts: tuple[object, ...] = (person.id if person else 0, request.path, sorted(values))
    if request.files:
        parts = (*parts, sorted(_files()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _files() -> Iterator[tuple[str, str, str]]:
    """(field, name, digest) of the files of a form: another file is another wish."""
    for field, file in request.files.items(multi=True):
        yield field, file.filename or "", hashlib.sha256(file.read()).hexdigest()
        file.seek(0)


def _first_answer() -> Response | None:
    row = _ANSWERED.one_or_none({"sent": _key()})
    if row is None or row.url is None:
        return None
    if row.said:
        flash(row.said)
    return moved(row.url)


def _keep_answer() -> None:
    url, said = g.get("answer", (None, ""))
    if key := _key():
        _KEEP.run({"sent": key, "to": url, "told": said[:300]})


def forget(at: datetime) -> int:
    """Drop the forms that nobody will send again; how many."""
    dropped = db.session.execute(delete(_SENT).where(_SENT.c.sent_at < at - KEPT))
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def init_app(app: Flask) -> None:
    app.jinja_env.globals["form_id"] = lambda: str(uuid.uuid4())
