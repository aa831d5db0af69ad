"""Recurring shifts: series, what they would bring, making that in one go, and taking it back."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms.fields.choices import SelectChoice

from portal.access import Permission, me, requires
from portal.clock import now, today
from portal.dates import day
from portal.errors import RuleError
from portal.once import once
from portal.shifts import series
from portal.shifts import series_queries as queries
from portal.shifts.blueprint import bp
from portal.shifts.models import ShiftTemplate
from portal.shifts.series_forms import WEEKDAYS, SeriesForm, StretchForm
from portal.shifts.wording import place_of
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose
from portal.tower.words import place_name
from portal.web import done, page

AHEAD = timedelta(days=56)  # what a fresh preview shows


@bp.get("/rota/series")
@requires(Permission.PLAN_SHIFTS)
def series_index() -> ResponseReturnValue:
    return page(
        "shifts/series_index.html", templates=queries.visible_to(me()), weekdays=dict(WEEKDAYS)
    )


@bp.get("/rota/series/new")
@requires(Permission.PLAN_SHIFTS)
def series_new() -> ResponseReturnValue:
    return show_form(series_form())


@bp.post("/rota/series")
@requires(Permission.PLAN_SHIFTS)
@once
def series_create() -> ResponseReturnValue:
    form = series_form()
    if not form.validate():
        return show_form(form, status=422)
    hours = (form.starts.data, form.ends.data)
    if reason := series.why_not_hours(*hours):
        form.ends.errors = [reason]
        return show_form(form, status=422)
    template = series.create(
        find_place(me(), form.place_id.data, Permission.PLAN_SHIFTS),
        name=form.name.data,
        weekdays=form.weekdays.data,
        hours=hours,
        seats=form.seats.data,
        at_once=form.at_once.data,
        starts_on=form.starts_on.data,
        by=me(),
        now=now(),
    )
    url = url_for(".series_show", template_id=template.id)
    return done("", otherwise=url, said=gettext("The series is there. Now make shifts of it."))


def series_form() -> SeriesForm:
    form = SeriesForm(starts_on=today())
    form.place_id.choices = [
        SelectChoice(place.id, f"{'　' * (place.level - 1)}{place_name(place.level, place.name)}")
        for place in places_to_choose(me(), Permission.PLAN_SHIFTS)
    ]
    return form


def show_form(form: SeriesForm, *, status: int = 200) -> Response:
    return page("shifts/series_new.html", status=status, form=form)


@bp.get("/rota/series/<int:template_id>")
@requires(Permission.PLAN_SHIFTS)
def series_show(template_id: int) -> ResponseReturnValue:
    """A series with what it would bring in the days asked for."""
    template = queries.find(me(), template_id)
    form = StretchForm(request.args, first=today(), last=today() + AHEAD, meta={"csrf": False})
    if "first" in request.args and not form.validate():
        return show_series(template, form, [], status=422)
    try:
        turns = series.preview(template, form.first.data, form.last.data)
    except RuleError as broken:
        form.last.errors = [str(broken)]
        return show_series(template, form, [], status=422)
    return show_series(template, form, turns)


def show_series(
    template: ShiftTemplate, form: StretchForm, turns: list[series.Turn], *, status: int = 200
) -> Response:
    return page(
        "shifts/series.html",
        status=status,
        series=template,
        form=form,
        turns=turns,
        new=sum(turn.is_new for turn in turns),
        batches=queries.batches_of(template),
        weekdays=dict(WEEKDAYS),
        day_words=day,
        place_of=place_of,
    )


@bp.post("/rota/series/<int:template_id>/batches")
@requires(Permission.PLAN_SHIFTS)
@once
def batch_create(template_id: int) -> ResponseReturnValue:
    template = queries.find(me(), template_id)
    form = StretchForm()
    if not form.validate():
        return show_series(template, form, [], status=422)
    count = series.make(template, form.first.data, form.last.data, by=me(), now=now())
    said = ngettext("%(num)s shift made.", "%(num)s shifts made.", count)
    return done("", otherwise=url_for(".series_show", template_id=template.id), said=said)


@bp.post("/rota/batches/<int:batch_id>/undo")
@requires(Permission.PLAN_SHIFTS)
@once
def batch_undo(batch_id: int) -> ResponseReturnValue:
    batch, template = queries.find_batch(me(), batch_id)
    series.undo(batch, template, by=me(), now=now())
    url = url_for(".series_show", template_id=template.id)
    return done("", otherwise=url, said=gettext("Taken back."))


@bp.post("/rota/series/<int:template_id>/end")
@requires(Permission.PLAN_SHIFTS)
@once
def series_end(template_id: int) -> ResponseReturnValue:
    template = queries.find(me(), template_id)
    series.end(template, by=me(), now=now())
    said = gettext("The series has ended; its shifts stay.")
    return done("", otherwise=url_for(".series_index"), said=said)
