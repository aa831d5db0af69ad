"""The crew of a shift on the spot: who comes, checking in, and who came."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.clock import now
from portal.once import once
from portal.shifts import approvals, attendance, choosing, shift_doors
from portal.shifts import crew_queries as queries
from portal.shifts.blueprint import bp
from portal.web import done, page


@bp.get("/shifts/<int:shift_id>/crew")
@requires(Permission.RUN_SHIFTS)
def crew(shift_id: int) -> ResponseReturnValue:
    """For the leader: who comes, who asks, who waits; from the start on the tick list."""
    shift = queries.find_run(me(), shift_id)
    return page(
        "shifts/crew.html",
        id=shift_id,
        head=choosing.heading(shift),
        people=choosing.crew_lines(queries.people(shift_id)),
        seats=choosing.ticks(queries.seats(shift_id)),
        has_begun=now() >= shift.starts_at,
        code=shift.crew_code,
        building_id=shift.building_id,
        approval=approvals.wanted([shift.building_id]),
        doors=shift_doors.maybe_card(me(), shift, now()),
    )


@bp.post("/shifts/<int:shift_id>/attendance")
@requires(Permission.RUN_SHIFTS)
def attendance_update(shift_id: int) -> ResponseReturnValue:
    """The tick list: whoever is not ticked did not come."""
    came = set(request.form.getlist("came", type=int))
    attendance.tick_off(shift_id, came, by=me(), at=now())
    said = gettext("Saved who came.")
    return done("", otherwise=url_for(".crew", shift_id=shift_id), said=said)


@bp.post("/assignments/<int:assignment_id>/decision")
@requires(Permission.RUN_SHIFTS)
@once
def decision_create(assignment_id: int) -> ResponseReturnValue:
    """Say yes or no to somebody who asks for a shift."""
    accept = request.form.get("answer") == "yes"
    shift_id = attendance.decide(assignment_id, accept=accept, by=me(), at=now())
    said = gettext("They are told: yes.") if accept else gettext("They are told: not this time.")
    return done("", otherwise=url_for(".crew", shift_id=shift_id), said=said)


@bp.post("/places/<int:place_id>/shift-approval")
@requires(Permission.RUN_SHIFTS)
def approval_update(place_id: int) -> ResponseReturnValue:
    """Decide whether the leader of a building says yes to every sign-up."""
    approvals.decide(me(), place_id, wanted=request.form.get("wanted") == "1")
    back = request.form.get("shift", 0, type=int)
    otherwise = url_for(".crew", shift_id=back) if back > 0 else url_for(".choices")
    return done("", otherwise=otherwise, said=gettext("Saved for all shifts to come here."))


# Checking in -------------------------------------------------------------------------------------


@bp.post("/shifts/<int:shift_id>/check-in")
@requires(Permission.TAKE_SHIFTS)
def check_in_create(shift_id: int) -> ResponseReturnValue:
    """One tap on the spot."""
    attendance.check_in(shift_id, me(), at=now())
    said = gettext("You are checked in. Have a good round.")
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)


@bp.get("/check-in")
@requires(Permission.TAKE_SHIFTS)
def code_new() -> ResponseReturnValue:
    """Where the code of a crew is typed in."""
    return page("shifts/check_in.html", code=request.args.get("code", "")[:12])


@bp.post("/check-in")
@requires(Permission.TAKE_SHIFTS)
def code_create() -> ResponseReturnValue:
    shift_id = attendance.check_in_by_code(request.form.get("code", ""), me(), at=now())
    said = gettext("You are checked in. Have a good round.")
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)
