"""From a gap to a shift: join the next one of its group, or make one."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.clock import local, now
from portal.errors import RuleError
from portal.once import FIELD, once
from portal.shifts import door_queries as queries
from portal.shifts import gap_turns
from portal.shifts.blueprint import bp
from portal.shifts.gap_forms import TurnForm
from portal.shifts.wording import places, when
from portal.tower.models import Place
from portal.tower.queries import ancestors
from portal.tower.queries import find as find_place
from portal.tower.words import full_name
from portal.web import done, page


@bp.get("/places/<int:place_id>/shifts/new")
@requires(Permission.TAKE_SHIFTS)
def gap_new(place_id: int) -> ResponseReturnValue:
    """The shifts of a group that lie ahead, to join; for those who run shifts there, a new one."""
    group = queries.find_group(me(), place_id)
    session = gap_turns.proposed(group, now())
    starts, ends = local(session.starts_at), local(session.ends_at)
    return show_form(group, TurnForm(day=starts.date(), starts=starts.time(), ends=ends.time()))


def show_form(group: Place, form: TurnForm, *, status: int = 200) -> Response:
    return page(
        "shifts/gap_new.html",
        status=status,
        group=group,
        name=full_name(ancestors(group)),
        shifts=[
            (row.id, *when(row.starts_at, row.ends_at), places(row.taken, row.seats))
            for row in queries.upcoming(group.id, now())
        ],
        form=form,
    )


@bp.post("/places/<int:place_id>/shifts")
@requires(Permission.RUN_SHIFTS)
@once
def gap_create(place_id: int) -> ResponseReturnValue:
    group = queries.find_group(me(), find_place(me(), place_id, Permission.RUN_SHIFTS).id)
    form = TurnForm()
    if not form.validate():
        return show_form(group, form, status=422)
    hours = (form.starts.data, form.ends.data)
    try:
        shift_id = gap_turns.make(
            group,
            form.day.data,
            hours,
            seats=form.seats.data,
            uuid=form_uuid(),
            by=me(),
            at=now(),
        )
    except RuleError as broken:
        form.starts.errors = [str(broken)]
        return show_form(group, form, status=409)
    said = gettext("The shift is there. People can sign up for it now.")
    return done("", otherwise=url_for(".choice", shift_id=shift_id), said=said)


def form_uuid() -> UUID:
    """The id under which a form was drawn; a fresh one for a form without."""
    try:
        return UUID(request.form.get(FIELD, ""))
    except ValueError:
        return uuid4()
