"""What a community asks of shifts: rest, how many a day, until when one may change one's mind."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from portal.access import Permission, me, requires
from portal.errors import NotFoundError
from portal.once import once
from portal.shifts import approvals
from portal.shifts import party_queries as party
from portal.shifts.blueprint import bp
from portal.shifts.limits import hours
from portal.tower import queries as tower
from portal.tower.models import Level, Place
from portal.web import done, page

_NEEDED = lazy_gettext("Write a number.")
_RANGE = lazy_gettext("From %(min)s to %(max)s.")


class RulesForm(FlaskForm):
    """Hours and a count, as people plan with them."""

    NUMBERS = ("rest_hours", "most_a_day", "cancel_hours", "answer_hours")
    rest_hours = IntegerField(
        lazy_gettext("Hours of rest between two shifts"),
        validators=[InputRequired(_NEEDED), NumberRange(0, 48, _RANGE)],
    )
    most_a_day = IntegerField(
        lazy_gettext("Shifts a day at most"),
        validators=[InputRequired(_NEEDED), NumberRange(1, 4, _RANGE)],
    )
    cancel_hours = IntegerField(
        lazy_gettext("Until so many hours before the start a shift is simply given back"),
        validators=[InputRequired(_NEEDED), NumberRange(0, 168, _RANGE)],
    )
    answer_hours = IntegerField(
        lazy_gettext("Hours for which a free place is kept for whoever waits"),
        validators=[InputRequired(_NEEDED), NumberRange(1, 48, _RANGE)],
    )


@bp.get("/places/<int:place_id>/shift-rules")
@requires(Permission.PLAN_SHIFTS)
def rules_edit(place_id: int) -> ResponseReturnValue:
    place = _community(place_id)
    limits = party.limits_of(place.id)
    form = RulesForm(
        data={
            "rest_hours": hours(limits.rest),
            "most_a_day": limits.a_day,
            "cancel_hours": hours(limits.cancel),
            "answer_hours": hours(limits.answer),
        }
    )
    return page("shifts/rules.html", form=form, place=place)


@bp.post("/places/<int:place_id>/shift-rules")
@requires(Permission.PLAN_SHIFTS)
@once
def rules_update(place_id: int) -> ResponseReturnValue:
    place = _community(place_id)
    form = RulesForm()
    if not form.validate_on_submit():
        return page("shifts/rules.html", status=422, form=form, place=place)
    numbers = {name: int(form.data[name]) for name in form.NUMBERS}
    approvals.decide_rules(place, numbers, by=me())
    return done("", otherwise=url_for("shifts.index"), said=gettext("Saved."))


def _community(place_id: int) -> Place:
    place = tower.find(me(), place_id, Permission.PLAN_SHIFTS)
    if place.level != Level.COMMUNITY:
        raise NotFoundError
    return place
