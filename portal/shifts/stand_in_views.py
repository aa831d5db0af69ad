"""“I can't come”, and taking over from somebody who cannot."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires
from portal.clock import now
from portal.once import once
from portal.shifts import stand_ins
from portal.shifts.blueprint import bp
from portal.shifts.states import Standing
from portal.shifts.words import SIGNED_UP
from portal.web import done

LONGEST_WHY = 200


@bp.post("/shifts/<int:shift_id>/stand-in")
@requires(Permission.TAKE_SHIFTS)
@once
def stand_in_create(shift_id: int) -> ResponseReturnValue:
    """Look for a stand-in; in the meantime other shifts may suit better."""
    why = request.form.get("why", "").strip()[:LONGEST_WHY]
    asked = stand_ins.want(shift_id, me(), why=why, at=now())
    said = ngettext(
        "%(num)s person has been asked to stand in. Until somebody takes over, the shift is yours.",
        "%(num)s people have been asked to stand in. Until somebody takes over, it is yours.",
        asked,
    )
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)


@bp.post("/shifts/<int:shift_id>/stand-in/end")
@requires(Permission.TAKE_SHIFTS)
def stand_in_destroy(shift_id: int) -> ResponseReturnValue:
    """Come after all."""
    stand_ins.stop(shift_id, me())
    said = gettext("Good. The shift is yours.")
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)


@bp.post("/shifts/<int:shift_id>/stand-in/answer")
@requires(Permission.TAKE_SHIFTS)
def stand_in_answer(shift_id: int) -> ResponseReturnValue:
    """Take over, or say no and not be asked about this one again."""
    if request.form.get("answer") != "yes":
        stand_ins.decline(shift_id, me(), at=now())
        return done("", otherwise=url_for(".choices"), said=gettext("All right, we ask others."))
    standing = stand_ins.take_over(shift_id, me(), at=now())
    said = gettext("Thank you. The shift is yours now.")
    if standing is Standing.ASKED:
        said = str(SIGNED_UP[standing])
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)
