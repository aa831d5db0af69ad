"""The answer to a reminder, by a link that works without signing in and for nothing else."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy import Row

from portal.access import public
from portal.clock import now
from portal.shifts import attendance, choosing
from portal.shifts import crew_queries as queries
from portal.shifts import party_queries as party
from portal.shifts.answers import assignment_in
from portal.shifts.blueprint import bp
from portal.shifts.choice_queries import shift_by_id
from portal.web import LOCALE_COOKIE, page


@bp.get("/shift-answers/<token>")
@public
def reply_new(token: str) -> ResponseReturnValue:
    """When and where, and two buttons: looking changes nothing, for mail programs look too."""
    assignment = queries.find_ahead(assignment_in(token), now())
    with _in_the_language_of(assignment.user_id):
        return _shown(assignment, token)


@bp.post("/shift-answers/<token>")
@public
def reply_create(token: str) -> ResponseReturnValue:
    assignment = queries.find_ahead(assignment_in(token), now())
    comes = request.form.get("answer") == "yes"
    with _in_the_language_of(assignment.user_id):
        said = attendance.reply(assignment.id, comes=comes, at=now())
        return _shown(assignment, token, said)


def _in_the_language_of(user_id: int) -> AbstractContextManager[object]:
    """The language of whoever the link was sent to, unless this browser has chosen another."""
    person = party.person_by_id(user_id)
    if person is None or request.cookies.get(LOCALE_COOKIE):
        return nullcontext()
    language: AbstractContextManager[object] = force_locale(person.locale)
    return language


def _shown(assignment: Row[Any], token: str, said: str = "") -> Response:
    """The page of a link; no other site learns its address."""
    head = choosing.heading(shift_by_id(assignment.shift_id))
    response = page("shifts/reply.html", head=head, token=token, said=said)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
