"""The entrances of a building: give each a code, print its poster, let it lead nowhere."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.codes import picture
from portal.errors import RuleError
from portal.once import once
from portal.public import actions, queries, words
from portal.public.blueprint import bp
from portal.public.forms import EntranceForm
from portal.public.models import Entrance
from portal.tower.queries import ancestors
from portal.tower.words import full_name
from portal.web import done, page


@bp.get("/places/<int:place_id>/entrances")
@requires(Permission.RUN_ENTRANCES)
def entrances(place_id: int) -> ResponseReturnValue:
    building = queries.find_building(me(), place_id)
    known = queries.entrances_of(building)
    units = dict.fromkeys(["", *queries.units_of(building), *known])
    return page(
        "public/entrances.html",
        building=building,
        name=full_name(ancestors(building)),
        lines=[(unit, known.get(unit)) for unit in units],
        words=words,
    )


@bp.post("/places/<int:place_id>/entrances")
@requires(Permission.RUN_ENTRANCES)
@once
def create_entrance(place_id: int) -> ResponseReturnValue:
    """Give an entrance a new code; the former one leads nowhere."""
    building = queries.find_building(me(), place_id)
    form = EntranceForm()
    if not form.validate():
        raise RuleError(gettext("The form is damaged: reload the page."))
    entrance = actions.open_entrance(building, form.unit.data, by=me())
    said = gettext("The entrance has a new code. Print its poster and hang it up.")
    return done("", otherwise=_posters(building.id, entrance), said=said)


@bp.post("/entrances/<int:entrance_id>/end")
@requires(Permission.RUN_ENTRANCES)
@once
def destroy_entrance(entrance_id: int) -> ResponseReturnValue:
    """Let the posters of an entrance lead nowhere."""
    entrance = queries.find_entrance(me(), entrance_id)
    actions.end_entrance(entrance, by=me())
    said = gettext("The poster of this entrance leads nowhere now. Please take it down.")
    return done("", otherwise=url_for(".entrances", place_id=entrance.place_id), said=said)


@bp.get("/places/<int:place_id>/posters")
@requires(Permission.RUN_ENTRANCES)
def posters(place_id: int) -> ResponseReturnValue:
    """An A4 poster for every entrance of a building that has a code."""
    building = queries.find_building(me(), place_id)
    addresses = [
        (entrance, url_for(".new", code=entrance.code, _external=True))
        for entrance in queries.entrances_of(building).values()
    ]
    return page(
        "public/posters.html",
        building=building,
        name=full_name(ancestors(building)),
        posters=[(entrance, address, picture(address)) for entrance, address in addresses],
        words=words,
    )


def _posters(place_id: int, entrance: Entrance) -> str:
    return url_for(".posters", place_id=place_id, _anchor=f"e{entrance.id}")
