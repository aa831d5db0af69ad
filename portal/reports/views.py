"""Text to copy for the group chat, and the card that anybody may open."""

from __future__ import annotations

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portal.access import Permission, me, public, requires
from portal.coverage.models import Round
from portal.errors import NotFoundError
from portal.reports import queries, text
from portal.tower.models import Place
from portal.tower.queries import ancestors
from portal.tower.words import full_name
from portal.web import page

bp = Blueprint("reports", __name__)
CARD_LIFETIME = 30 * 86_400  # seconds for which a shared card can be opened


@bp.get("/rounds/<int:round_id>/text/<int:place_id>")
@requires(Permission.SEE_PLAN)
def roll_call(round_id: int, place_id: int) -> ResponseReturnValue:
    opened, place, seen = queries.find(me(), round_id, place_id)
    total = queries.total(opened, place, seen)
    lines = [(text.part_name(place, part), part) for part in queries.parts(opened, place, seen)]
    name = name_of(place)
    return page(
        "reports/roll_call.html",
        round=opened,
        place=place,
        name=name,
        text=text.roll_call(opened.name, name, lines, total),
        rows=len(lines) + 4,
        card=card_address(opened, place) if seen == (place.path,) else "",
    )


def card_address(opened: Round, place: Place) -> str:
    """Where anybody may read the counts of a place, for a while."""
    return url_for("reports.card", seal=seals().dumps([opened.id, place.id]), _external=True)


@bp.get("/cards/<seal>")
@public
def card(seal: str) -> ResponseReturnValue:
    opened, place = opened_by(seal)
    return page(
        "reports/card.html",
        round=opened,
        name=name_of(place),
        total=queries.total(opened, place, (place.path,)),
        remainder=text.remainder,
    )


def opened_by(seal: str) -> tuple[Round, Place]:
    """What a card is about; NotFoundError for a forged, an old or an orphaned one alike."""
    try:
        round_id, place_id = seals().loads(seal, max_age=CARD_LIFETIME)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError from error
    found = queries.card(round_id, place_id)
    if found is None:
        raise NotFoundError
    return found


def seals() -> URLSafeTimedSerializer:
    """Signs cards, so that only what somebody shared can be opened."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="reports.card")


def name_of(place: Place) -> str:
    """How people call a place who know the community."""
    return full_name(ancestors(place))
