"""A plan becomes shifts, is withdrawn, or is mended after leave and other changes."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires
from portal.accounts.queries import names
from portal.clock import now
from portal.once import once
from portal.shifts import mending, plans, publishing
from portal.shifts import plan_queries as queries
from portal.shifts.blueprint import bp
from portal.shifts.plan_views import place_of
from portal.shifts.states import PlanState
from portal.shifts.wording import when, where
from portal.web import done, moved, page

# Publishing --------------------------------------------------------------------------------------


@bp.post("/rota/plans/<int:plan_id>/publication")
@requires(Permission.PLAN_SHIFTS)
def plan_publish(plan_id: int) -> ResponseReturnValue:
    plan = queries.find(me(), plan_id)
    brought = publishing.publish(plan, by=me(), now=now())
    shown = url_for(".plan_show", plan_id=plan.id)
    if brought.before:
        said = gettext("This plan had been published already. Nothing was changed.")
        return done("", otherwise=shown, said=said)
    said = ngettext(
        "Published: %(num)s shift. Everybody who has a place is told.",
        "Published: %(num)s shifts. Everybody who has a place is told.",
        brought.shifts,
    )
    if brought.not_given:
        said += " " + ngettext(
            "%(num)s planned place was not given: below you read why.",
            "%(num)s planned places were not given: below you read why.",
            brought.not_given,
        )
    if brought.freed:
        said += " " + ngettext(
            "%(num)s place stays open.", "%(num)s places stay open.", brought.freed
        )
    if brought.left_out:
        said += " " + ngettext(
            "%(num)s turn was left out: its group has got a shift at that hour.",
            "%(num)s turns were left out: their groups have got a shift at that hour.",
            brought.left_out,
        )
    return done("", otherwise=shown, said=said)


@bp.post("/rota/plans/<int:plan_id>/withdrawal")
@requires(Permission.PLAN_SHIFTS)
@once
def plan_withdraw(plan_id: int) -> ResponseReturnValue:
    plan = queries.find(me(), plan_id)
    if plan.state not in {PlanState.PUBLISHED, PlanState.WITHDRAWN}:
        plans.drop(plan, by=me(), now=now())
        return done("", otherwise=url_for(".plan_index"), said=gettext("The plan was dropped."))
    taken_back, left = publishing.withdraw(plan, by=me(), now=now())
    said = ngettext("%(num)s shift taken back.", "%(num)s shifts taken back.", taken_back)
    if left:
        said += " " + ngettext(
            "%(num)s shift stays: people have had to do with it.",
            "%(num)s shifts stay: people have had to do with them.",
            left,
        )
    return done("", otherwise=url_for(".plan_show", plan_id=plan.id), said=said)


# After leave and other changes -------------------------------------------------------------------


@bp.get("/rota/plans/<int:plan_id>/mending")
@requires(Permission.PLAN_SHIFTS)
def plan_mending(plan_id: int) -> ResponseReturnValue:
    """Who cannot come any more, and who would go instead; nothing is changed by looking."""
    plan = queries.find(me(), plan_id)
    if plan.state is not PlanState.PUBLISHED:
        return moved(url_for(".plan_show", plan_id=plan.id))
    found = mending.changes(plan, now())
    people = names(person for one in found for person in (*one.leaves, *one.joins))
    return page(
        "shifts/plan_mending.html",
        plan=plan,
        place=place_of(plan),
        changes=found,
        seen=mending.digest(found),
        people=people,
        when=when,
        where=where,
    )


@bp.post("/rota/plans/<int:plan_id>/mending")
@requires(Permission.PLAN_SHIFTS)
@once
def plan_mend(plan_id: int) -> ResponseReturnValue:
    plan = queries.find(me(), plan_id)
    off, on = mending.mend(plan, request.form.get("seen", ""), by=me(), at=now())
    said = gettext(
        "Mended: %(off)s taken off, %(on)s assigned. All of them are told.", off=off, on=on
    )
    return done("", otherwise=url_for(".plan_show", plan_id=plan.id), said=said)
