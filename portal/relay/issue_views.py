"""Issuing a bulletin, correcting it, ending it, and who relays in a group."""

from __future__ import annotations

from datetime import time, timedelta

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.accounts.place_queries import labels, suggestions
from portal.clock import today
from portal.errors import NotFoundError
from portal.once import once
from portal.relay import actions, keeping, people_queries, queries
from portal.relay.blueprint import bp
from portal.relay.forms import BulletinForm, CorrectionForm, EndForm, RulesForm
from portal.relay.models import Audience, Bulletin
from portal.relay.tree_views import Sight, tree_page
from portal.tower import queries as tower
from portal.tower.words import seat_names
from portal.web import done, page

EVENING = time(20, 0)  # when a bulletin shall have arrived unless somebody says otherwise


# Issuing -----------------------------------------------------------------------------------------


@bp.get("/bulletins/new")
@requires(Permission.ISSUE_BULLETINS)
def new() -> ResponseReturnValue:
    form = BulletinForm(
        by=me(), day=today() + timedelta(days=1), hour=EVENING, audiences=[Audience.HOMES.value]
    )
    return _new_page(form)


@bp.post("/bulletins/new")
@requires(Permission.ISSUE_BULLETINS)
@once
def create() -> ResponseReturnValue:
    form = BulletinForm(by=me())
    if not form.validate_on_submit():
        return _new_page(form, status=422)
    bulletin = actions.issue(form.wanted(), form.place_found, by=me())
    said = gettext("The bulletin is on its way; the next level has been told.")
    return done("", otherwise=url_for(".show", bulletin_id=bulletin.id), said=said)


def _new_page(form: BulletinForm, *, status: int = 200) -> Response:
    places = suggestions(me(), Permission.ISSUE_BULLETINS)
    return page("relay/new.html", status=status, form=form, suggestions=places)


# Correcting and ending ---------------------------------------------------------------------------


@bp.get("/bulletins/<int:bulletin_id>/correction")
@requires(Permission.ISSUE_BULLETINS)
def new_correction(bulletin_id: int) -> ResponseReturnValue:
    bulletin = queries.find_to_run(me(), bulletin_id)
    form = CorrectionForm(
        title=bulletin.title, text=bulletin.text, day=today() + timedelta(days=1), hour=EVENING
    )
    return _correction_page(bulletin, form)


@bp.post("/bulletins/<int:bulletin_id>/correction")
@requires(Permission.ISSUE_BULLETINS)
@once
def create_correction(bulletin_id: int) -> ResponseReturnValue:
    former = queries.find_to_run(me(), bulletin_id)
    form = CorrectionForm()
    if not form.validate_on_submit():
        return _correction_page(former, form, status=422)
    wanted = form.wanted(former.audiences)
    bulletin = actions.correct(former, wanted, reason=form.reason.data, by=me())
    said = gettext("The correction is on its way; whoever relayed the former one has been told.")
    return done("", otherwise=url_for(".show", bulletin_id=bulletin.id), said=said)


def _correction_page(bulletin: Bulletin, form: CorrectionForm, *, status: int = 200) -> Response:
    place = labels([bulletin.path])[bulletin.path]
    return page("relay/correct.html", status=status, bulletin=bulletin, form=form, place=place)


@bp.post("/bulletins/<int:bulletin_id>/ending")
@requires(Permission.ISSUE_BULLETINS)
@once
def create_ending(bulletin_id: int) -> ResponseReturnValue:
    """Relay a bulletin no further."""
    bulletin = queries.find_to_run(me(), bulletin_id)
    form = EndForm()
    if not form.validate_on_submit():
        first = Audience(bulletin.audiences[0])
        sight = Sight(bulletin, first, bulletin.path, (bulletin.path,))
        return tree_page(sight, ending=form, status=422)
    actions.end(bulletin, form.ending.data, reason=form.reason.data, by=me())
    said = gettext("The bulletin is not relayed any more.")
    return done("", otherwise=url_for(".show", bulletin_id=bulletin.id), said=said)


# Who relays in a group ---------------------------------------------------------------------------


@bp.get("/bulletins/rules/<int:community_id>")
@requires(Permission.ISSUE_BULLETINS)
def edit_rules(community_id: int) -> ResponseReturnValue:
    names = _seat_names(community_id)
    seats = people_queries.seats_that_relay([community_id])[community_id]
    return _rules_page(community_id, RulesForm(names, seats=list(seats)))


@bp.post("/bulletins/rules/<int:community_id>")
@requires(Permission.ISSUE_BULLETINS)
@once
def update_rules(community_id: int) -> ResponseReturnValue:
    form = RulesForm(_seat_names(community_id))
    if not form.validate_on_submit():
        return _rules_page(community_id, form, status=422)
    keeping.decide_rules(community_id, form.seats.data, by=me())
    return done("", otherwise=url_for(".index"), said=gettext("Saved."))


def _seat_names(community_id: int) -> list[str]:
    if not me().may(Permission.ISSUE_BULLETINS, path=f"/{community_id}/"):
        raise NotFoundError
    return seat_names(tower.settings_of(community_id))


def _rules_page(community_id: int, form: RulesForm, *, status: int = 200) -> Response:
    return page("relay/rules.html", status=status, form=form, community_id=community_id)
