"""The tower from where somebody stands: places, groups, dwellings; moves by hand; phone numbers."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires
from portal.db import keep
from portal.errors import NotFoundError, RuleError
from portal.once import once
from portal.tower import (
    cut_views,  # noqa: F401 - adds its routes
    moves,
    queries,
    reveals,
    words,
)
from portal.tower.blueprint import bp as bp
from portal.tower.crumbs import crumbs_to
from portal.tower.forms import ChosenForm, MoveForm, RevealForm
from portal.tower.models import Dwelling, Level, Place
from portal.tower.walk import Size, stretches
from portal.web import done, htmx, page

bp.add_app_template_global(words.address, "address")
bp.add_app_template_global(words.together, "together")
bp.add_app_template_global(words.place_name, "place_name")


# Places ------------------------------------------------------------------------------------------


@bp.get("/tower")
@requires(Permission.SEE_TOWER)
def index() -> ResponseReturnValue:
    """Where somebody stands; a choice, if that is several places."""
    tops = queries.tops(me())
    if len(tops) == 1:
        return _place_page(tops[0])
    ways = queries.ways(tops)
    communities = {place.community_id for place in tops}
    names = {
        place.id: words.full_name(ways[place.id], whole=len(communities) > 1) for place in tops
    }
    return page(
        "tower/index.html", places=tops, names=names, sizes=queries.sizes(tops), words=words
    )


@bp.get("/places/<int:place_id>")
@requires(Permission.SEE_TOWER)
def show(place_id: int) -> ResponseReturnValue:
    return _place_page(queries.find(me(), place_id))


def _place_page(place: Place) -> Response:
    if place.level >= Level.BUILDING:
        return _building_page(place)
    children = queries.children(me(), place)
    sizes = queries.sizes([place])
    return page(
        "tower/place.html",
        **_head(place),
        children=children,
        sizes=sizes,
        size=sizes.get(place.id, Size()),
    )


def _head(place: Place) -> dict[str, Any]:
    """What every page about a place begins with."""
    settings = queries.settings_of(place.community_id)
    way = queries.ancestors(place)
    return {
        "place": place,
        "settings": settings,
        "name": words.full_name(way),
        "crumbs_here": crumbs_to(way),
        "words": words,
        "Level": Level,
    }


# Buildings and groups ----------------------------------------------------------------------------


def _building_page(place: Place) -> Response:
    moving = request.args.get("move") == "1"
    return page("tower/building.html", **_building(place, moving=moving), said="")


def _building(place: Place, *, moving: bool = False) -> dict[str, Any]:
    """A building or a group: its groups with their doors, and the households in walking order.

    With `moving`, and for whoever may, with boxes to tick.
    """
    head = _head(place)
    homes = queries.homes_below(place)
    may_move = place.level == Level.BUILDING and me().may(Permission.EDIT_TOWER, path=place.path)
    counts = Counter(home.number for home in homes)
    names = {n: words.place_name(Level.GROUP, str(n)) for n in sorted(counts)}
    return {
        **head,
        "homes": homes,
        "counts": counts,
        "names": names,
        "ids": {home.number: home.group_id for home in homes},
        "doors": stretches((home.number, home) for home in homes),
        "may_move": may_move and bool(homes),
        "form": MoveForm(formdata=None).offer(names.items()) if may_move and moving else None,
        "sees_residents": me().may(Permission.SEE_RESIDENTS, path=place.path),
        "care_tags": words.CARE_TAGS if me().may(Permission.SEE_CARE_TAGS, path=place.path) else {},
    }


@bp.post("/places/<int:place_id>/moves")
@requires(Permission.EDIT_TOWER)
@once
def create_moves(place_id: int) -> ResponseReturnValue:
    """Move ticked households to another group by hand."""
    building = _find_building(place_id)
    form = MoveForm().offer(queries.group_numbers(building))
    if not form.validate():
        raise RuleError(gettext("Choose a group of this building."))
    number = moves.move(building, form.homes, group=form.number, by=me())
    group = words.place_name(Level.GROUP, str(number))
    return _moved(building, gettext("Moved to %(group)s.", group=group))


@bp.post("/places/<int:place_id>/moves/end")
@requires(Permission.EDIT_TOWER)
@once
def destroy_moves(place_id: int) -> ResponseReturnValue:
    """Let the next cut decide again about ticked households."""
    building = _find_building(place_id)
    form = ChosenForm()
    if not form.validate():
        raise RuleError(gettext("Tick households that were moved by hand."))
    freed = moves.let_go(building, form.homes, by=me())
    said = ngettext(
        "The next cut decides about %(num)s household. Until then it stays where it is.",
        "The next cut decides about %(num)s households. Until then they stay where they are.",
        freed,
    )
    return _moved(building, said)


def _find_building(place_id: int) -> Place:
    place = queries.find(me(), place_id, Permission.EDIT_TOWER)
    if place.level != Level.BUILDING:
        raise NotFoundError
    return place


def _moved(building: Place, said: str) -> Response:
    otherwise = url_for(".show", place_id=building.id)
    if not htmx:
        return done("", otherwise=otherwise, said=said)
    return done("tower/_building.html", otherwise=otherwise, said=said, **_building(building))


# Households and their phone numbers --------------------------------------------------------------


@bp.get("/dwellings/<int:dwelling_id>")
@requires(Permission.SEE_RESIDENTS)
def dwelling(dwelling_id: int) -> ResponseReturnValue:
    home = queries.find_dwelling(me(), dwelling_id, Permission.SEE_RESIDENTS)
    return page("tower/dwelling.html", **_dwelling(home))


def _dwelling(home: Dwelling) -> dict[str, Any]:
    group = queries.place_at(home.path)
    tags = words.CARE_TAGS if me().may(Permission.SEE_CARE_TAGS, path=home.path) else {}
    return {
        **_head(group),
        "home": home,
        "door": words.door_name(home.unit, home.room),
        "care_tag": tags.get(home.care_tag) if home.care_tag else None,
        "may_reveal": me().may(Permission.REVEAL_PHONES, path=home.path),
    }


@bp.post("/dwellings/<int:dwelling_id>/phone")
@requires(Permission.REVEAL_PHONES)
def reveal_phone(dwelling_id: int) -> ResponseReturnValue:
    """Show one number, once, for a reason that is kept."""
    home = queries.find_dwelling(me(), dwelling_id, Permission.REVEAL_PHONES)
    form = RevealForm()
    if not form.validate():
        return page(
            "tower/phone.html",
            fragment="tower/_reveal.html",
            status=422,
            **_dwelling(home),
            form=form,
            phone=None,
        )
    try:
        phone = reveals.reveal_phone(home, reason=form.reason.data, by=me())
    except RuleError:
        keep()  # the alarm stays on record
        raise
    return page(
        "tower/phone.html", fragment="tower/_phone.html", **_dwelling(home), form=None, phone=phone
    )
