"""The answer to a reminder, by a link that works without signing in and for nothing else."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.access import public
from portal.clock import now
from portal.shifts import attendance, choosing
from portal.shifts import crew_queries as queries
from portal.shifts.answers import assignment_in
from portal.shifts.blueprint import bp
from portal.shifts.choice_queries import shift_by_id
from portal.web import page


@bp.get("/shift-answers/<token>")
@public
def reply_new(token: str) -> ResponseReturnValue:
    """When and where, and two buttons: looking changes nothing, for mail programs look too."""
    assignment = queries.find_ahead(assignment_in(token), now())
    head = choosing.heading(shift_by_id(assignment.shift_id))
    return _unshared(page("shifts/reply.html", head=head, token=token, said=""))


@bp.post("/shift-answers/<token>")
@public
def reply_create(token: str) -> ResponseReturnValue:
    assignment = queries.find_ahead(assignment_in(token), now())
    head = choosing.heading(shift_by_id(assignment.shift_id))
    comes = request.form.get("answer") == "yes"
    said = attendance.reply(assignment.id, comes=comes, at=now())
    return _unshared(page("shifts/reply.html", head=head, token=token, said=said))


def _unshared(response: Response) -> Response:
    """No other site learns the address."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
