"""What places ask of their crews: an officer, a language; and who has it."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires
from portal.accounts import queries as accounts
from portal.clock import now
from portal.errors import NotFoundError
from portal.once import once
from portal.shifts import needs
from portal.shifts import needs_queries as queries
from portal.shifts.blueprint import bp
from portal.shifts.needs_forms import NeedsForm, SkillsForm
from portal.shifts.skills import OFFICER, own, read
from portal.shifts.words import skills as told
from portal.tower.models import Level, Place
from portal.tower.queries import find as find_place
from portal.tower.queries import places_to_choose
from portal.tower.words import full_name, place_name
from portal.web import done, moved, page


@bp.get("/rota/needs")
@requires(Permission.PLAN_SHIFTS)
def needs_index() -> ResponseReturnValue:
    """The places that ask for something; another is chosen here too."""
    if chosen := request.args.get("place", type=int):
        return moved(url_for(".needs_edit", place_id=chosen))
    found = queries.visible_to(me())
    ways = queries.ways(row.path for row in found)
    return page(
        "shifts/needs_index.html",
        places=[(row.place_id, full_name(ways[row.path]), told(row.skills)) for row in found],
        to_choose=[
            (str(one.id), f"{'　' * (one.level - 1)}{place_name(one.level, one.name)}")
            for one in places_to_choose(me(), Permission.PLAN_SHIFTS)
            if one.level > Level.COMMUNITY
        ],
    )


@bp.get("/places/<int:place_id>/needs")
@requires(Permission.PLAN_SHIFTS)
def needs_edit(place_id: int) -> ResponseReturnValue:
    place = _place(place_id)
    said = queries.needs_in(place.community_id).said.get(place.path, ())
    form = NeedsForm(formdata=None, officer=OFFICER in said, skills=gettext(", ").join(own(said)))
    return _needs_page(place, form)


@bp.post("/places/<int:place_id>/needs")
@requires(Permission.PLAN_SHIFTS)
@once
def needs_update(place_id: int) -> ResponseReturnValue:
    place, form = _place(place_id), NeedsForm()
    if not form.validate():
        return _needs_page(place, form, status=422)
    needs.decide(place, form.needs(), by=me(), at=now())
    said = gettext("Saved for every plan, and for all shifts to come here.")
    return done("", otherwise=url_for(".needs_edit", place_id=place.id), said=said)


def _place(place_id: int) -> Place:
    place = find_place(me(), place_id, Permission.PLAN_SHIFTS)
    if place.level == Level.COMMUNITY:
        raise NotFoundError
    return place


def _needs_page(place: Place, form: NeedsForm, *, status: int = 200) -> Response:
    asked = queries.needs_in(place.community_id)
    able = queries.able_in(place.path) if asked.of(place.path) else {}
    return page(
        "shifts/needs.html",
        status=status,
        form=form,
        place=place,
        name=full_name(queries.ways([place.path])[place.path]),
        above=told(asked.above(place.path)),
        have=[(told([skill]), _have(able[skill])) for skill in asked.of(place.path)],
    )


def _have(people: int) -> str:
    if not people:
        return str(gettext("nobody in this estate yet"))
    return str(ngettext("%(num)s person", "%(num)s people", people))


@bp.post("/people/<int:user_id>/skills")
@requires(Permission.PLAN_SHIFTS)
@once
def skills_update(user_id: int) -> ResponseReturnValue:
    """Enter what somebody can, for those who do not enter it themselves."""
    user = accounts.find_user(me(), user_id)
    needs.note_skills(user, read(SkillsForm().skills.data), by=me(), at=now())
    return done("", otherwise=url_for(".time_show", user_id=user.id), said=gettext("Saved."))
