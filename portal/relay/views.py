"""Bulletins: the list, and what somebody is to relay. The tree, issuing, addressees lie beside."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires, signed_in
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.once import once
from portal.relay import (
    actions,
    addressee_views,  # noqa: F401 - adds its routes
    issue_views,  # noqa: F401 - adds its routes
    people_queries,
    queries,
    words,
)
from portal.relay.blueprint import bp
from portal.relay.cards import Card, cards
from portal.relay.forms import StopsForm
from portal.relay.models import Audience
from portal.web import done, is_local, moved, page

__all__ = ["bp"]
MOST_LISTED = 200
SAY_SO = timedelta(days=7)  # so long a withdrawn bulletin stands with those who relayed it


@bp.get("/bulletins")
@requires(Permission.SEE_BULLETINS)
def index() -> ResponseReturnValue:
    """The bulletins of one's area, the open ones first, each with how many are missing."""
    rows = queries.listed(me(), most=MOST_LISTED + 1)
    names = labels(row.Bulletin.path for row in rows)
    return page(
        "relay/index.html",
        rows=[(row, names[row.Bulletin.path]) for row in rows[:MOST_LISTED]],
        complete=len(rows) <= MOST_LISTED,
        at=now(),
        words=words,
        Audience=Audience,
    )


@bp.get("/relays")
@signed_in
def mine() -> ResponseReturnValue:
    """What one is to relay: the text to copy, and one tap when it is done."""
    at, found = now(), cards(me())
    done_lately = people_queries.relayed_lately(
        me(), since=at - actions.UNDO_TIME, withdrawn=at - SAY_SO
    )
    names = labels(
        {stop.path for card in found for stop in card.stops} | {one.path for one in done_lately}
    )
    return page(
        "relay/mine.html",
        cards=[(card, _places(card, names)) for card in found],
        withdrawn=list({one.bulletin: None for one in done_lately if not one.bulletin.is_open}),
        fresh=[
            (one, one.addressee or names[one.path]) for one in done_lately if one.bulletin.is_open
        ],
        at=at,
        words=words,
    )


def _places(card: Card, names: dict[str, str]) -> dict[bool, list[tuple[int, str]]]:
    """The stops of a card by their names: one's own (True), and those where nobody else is."""
    found: dict[bool, list[tuple[int, str]]] = {True: [], False: []}
    for stop in card.stops:
        name = f"{stop.addressee} ({stop.contact})" if stop.addressee else names[stop.path]
        found[stop.is_own].append((stop.id, name))
    return found


@bp.get("/bulletins/<int:bulletin_id>/text")
@signed_in
def read(bulletin_id: int) -> ResponseReturnValue:
    """Where the link said in a chat leads: on to the tree, or to the text for who sees no tree.

    Chats are of all kinds of people: who serves elsewhere reads what it takes to read it.
    """
    bulletin = queries.maybe_in_community(me(), bulletin_id)
    if bulletin is None:
        return _of_another_community()
    if me().parts(Permission.SEE_BULLETINS, bulletin.path):
        return moved(url_for(".show", bulletin_id=bulletin.id))
    return page(
        "relay/text.html",
        bulletin=bulletin,
        corrected_by=queries.maybe_correction_of(bulletin.id),
        is_to_relay=any(card.bulletin.id == bulletin.id for card in cards(me())),
        words=words,
    )


def _of_another_community() -> Response:
    return page(
        "shared/error.html",
        fragment="shared/_refused.html",
        status=404,
        title=gettext("No bulletin to read here"),
        reason=gettext(
            "To read a bulletin you need a duty in its community. Ask for its text in the chat "
            "where you found the link, or ask the coordinator there for a duty."
        ),
    )


@bp.post("/bulletins/<int:bulletin_id>/relays")
@signed_in
@once
def create_relay(bulletin_id: int) -> ResponseReturnValue:
    """Note that a bulletin has been relayed, at one's own stops or for somebody below."""
    form = StopsForm()
    if not form.validate_on_submit() or not (stop_ids := form.chosen()):
        abort(400)
    bulletin = queries.find_to_relay(bulletin_id)
    count = actions.relay(bulletin, stop_ids, by=me())
    said = ngettext("Noted for %(num)s place.", "Noted for %(num)s places.", count)
    back = request.form.get("back", "")
    return done("", otherwise=back if is_local(back) else url_for(".mine"), said=said)


@bp.post("/relays/<int:stop_id>/removal")
@signed_in
@once
def destroy_relay(stop_id: int) -> ResponseReturnValue:
    """Take one's own tap back while it is fresh."""
    actions.take_back(queries.find_relayed(me(), stop_id), by=me())
    return done("", otherwise=url_for(".mine"), said=gettext("Taken back."))
