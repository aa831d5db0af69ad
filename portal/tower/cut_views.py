"""Cutting into groups, with a preview; the settings of a community."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from portal.access import Permission, me, requires
from portal.errors import NotFoundError
from portal.once import once
from portal.tower import queries, recutting, words
from portal.tower.blueprint import bp
from portal.tower.crumbs import crumbs_to
from portal.tower.cut_plans import CutPlan
from portal.tower.forms import CutForm, SettingsForm
from portal.tower.models import Community, Level, Place
from portal.tower.settings import Wishes, decide
from portal.web import done, page

# Cutting -----------------------------------------------------------------------------------------


@bp.get("/places/<int:place_id>/cut")
@requires(Permission.EDIT_TOWER)
def cut(place_id: int) -> ResponseReturnValue:
    """What a cut by the settings, or by other wishes tried out, would change."""
    place = _find_to_cut(place_id)
    rule = queries.rule_of(place.community_id)
    usual = {"policy": rule.policy.value, "most": str(rule.most)}
    form = CutForm(MultiDict(usual | request.args.to_dict()), meta={"csrf": False})
    if not form.validate():
        return _preview(place, form, None, status=422)
    return _preview(place, form, recutting.foresee_cut(place, form.rule))


@bp.post("/places/<int:place_id>/cut")
@requires(Permission.EDIT_TOWER)
@once
def create_cut(place_id: int) -> ResponseReturnValue:
    """Write the cut that was previewed; if it would come out otherwise now, show that instead."""
    place = _find_to_cut(place_id)
    form = CutForm()
    if not form.validate():
        return _preview(place, form, None, status=422)
    try:
        plan = recutting.apply_cut(place, form.rule, seen=form.digest.data or "", by=me())
    except recutting.TowerChangedError as changed:
        return _preview(place, form, changed.plan, status=409)
    said = ngettext(
        "Done: %(num)s household has another group now.",
        "Done: %(num)s households have another group now.",
        plan.moved,
    )
    return done("", otherwise=url_for(".show", place_id=place.id), said=said)


def _find_to_cut(place_id: int) -> Place:
    place = queries.find(me(), place_id, Permission.EDIT_TOWER)
    if place.level == Level.GROUP:
        raise NotFoundError
    return place


def _preview(place: Place, form: CutForm, plan: CutPlan | None, *, status: int = 200) -> Response:
    settings = queries.settings_of(place.community_id)
    way = queries.ancestors(place)
    usual = queries.rule_of(place.community_id)
    return page(
        "tower/cut.html",
        status=status,
        place=place,
        settings=settings,
        name=words.full_name(way),
        crumbs_here=[*crumbs_to(way), (gettext("Cut again"), "")],
        form=form,
        plan=plan,
        is_stale=status == 409,
        usual=usual,
        is_usual=plan is None or plan.rule == usual,
        names=queries.buildings_below(place),
        Level=Level,
        words=words,
    )


# Settings ----------------------------------------------------------------------------------------


@bp.get("/places/<int:place_id>/settings")
@requires(Permission.EDIT_TOWER)
def edit_settings(place_id: int) -> ResponseReturnValue:
    community = _find_community(place_id)
    return _settings_page(community, SettingsForm.showing(community))


@bp.post("/places/<int:place_id>/settings")
@requires(Permission.EDIT_TOWER)
@once
def update_settings(place_id: int) -> ResponseReturnValue:
    community = _find_community(place_id)
    form = SettingsForm()
    if not form.validate():
        return _settings_page(community, form, status=422)
    levels = {language: form.names(language) for language in ("zh", "en")}
    seats = {language: form.names(f"seat_{language}") for language in ("zh", "en")}
    wishes = Wishes(rule=form.rule, level_names=levels, seat_names=seats)
    changed = decide(community, wishes, by=me())
    said = gettext("Saved.") if changed else gettext("Nothing was changed.")
    if {"group_size", "whole_staircases"} & set(changed):
        said = gettext("Saved. Nobody has moved yet: the preview below shows what a cut would do.")
        return done("", otherwise=url_for(".cut", place_id=community.id), said=said)
    return done("", otherwise=url_for(".edit_settings", place_id=community.id), said=said)


def _find_community(place_id: int) -> Community:
    place = queries.find(me(), place_id, Permission.EDIT_TOWER)
    if place.level != Level.COMMUNITY:
        raise NotFoundError
    return queries.settings_of(place.id)


def _settings_page(community: Community, form: SettingsForm, *, status: int = 200) -> Response:
    place = queries.find(me(), community.id)
    steps = [*crumbs_to([place]), (gettext("Settings"), "")]
    return page("tower/settings.html", status=status, place=place, form=form, crumbs_here=steps)
