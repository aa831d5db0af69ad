"""The 6+N teams: who sits where, which seats are empty, and filling them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.access import Permission, me, requires
from portal.accounts import queries as accounts
from portal.accounts.phones import mask
from portal.accounts.place_queries import labels
from portal.accounts.words import duty
from portal.db import db
from portal.once import once
from portal.teams import actions, queries
from portal.teams.forms import SeatForm
from portal.teams.models import CORE_SEATS, MEMBER
from portal.teams.words import seat_name
from portal.tower import queries as tower
from portal.tower import words
from portal.tower.models import Level, Place
from portal.web import done, htmx, page

bp = Blueprint("teams", __name__)


# Seeing teams ------------------------------------------------------------------------------------


@bp.get("/places/<int:place_id>/teams")
@requires(Permission.SEE_TEAMS)
def index(place_id: int) -> ResponseReturnValue:
    """A group's team; the teams of an estate or building; the estates of a community."""
    place = tower.find(me(), place_id, Permission.SEE_TEAMS)
    if place.level == Level.GROUP:
        return page("teams/team.html", **_team(place), said="")
    if place.level == Level.COMMUNITY:
        return page("teams/estates.html", **_head(place), **_estates(place))
    only_vacant = request.args.get("only") == "vacant"
    return page(
        "teams/groups.html",
        **_head(place),
        teams=queries.teams_below(place, only_vacant=only_vacant),
        taken=_by_seat(place),
        only_vacant=only_vacant,
    )


def _head(place: Place) -> dict[str, Any]:
    """What every page about teams begins with."""
    settings = tower.settings_of(place.community_id)
    way = tower.ancestors(place)
    shown = [step for step in way if me().may(Permission.SEE_TEAMS, path=step.path)]
    return {
        "place": place,
        "settings": settings,
        "seat_names": words.seat_names(settings),
        "name": words.full_name(way),
        "crumbs_here": [
            (gettext("Tower"), url_for("tower.index")),
            *(
                (
                    words.place_name(step.level, step.name),
                    url_for(".index", place_id=step.id),
                )
                for step in shown
            ),
        ],
        "sum": queries.sum_below(place),
        "doubtful": queries.count_doubtful(place),
        "may_fill": me().may(Permission.FILL_SEATS, path=place.path),
        "words": words,
        "Level": Level,
        "CORE_SEATS": CORE_SEATS,
    }


def _estates(community: Place) -> dict[str, Any]:
    sums = queries.sums_by_estate(community)
    estates = [place for place in tower.children(me(), community) if place.id in sums]
    estates.sort(key=lambda place: -sums[place.id].vacant)  # stable: reading order within
    return {"estates": estates, "sums": sums}


def _by_seat(place: Place) -> dict[int, dict[int, list[Any]]]:
    """Those who sit in each seat of each group; 0 are the other members."""
    found: dict[int, dict[int, list[Any]]] = {}
    for group_id, rows in queries.taken_below(place).items():
        seats = found.setdefault(group_id, {})
        for row in rows:
            seats.setdefault(row.number, []).append(row)
    return found


def _team(group: Place) -> dict[str, Any]:
    rows = queries.taken_below(group).get(group.id, [])
    return {
        **_head(group),
        "holders": {row.number: row for row in rows if row.number != MEMBER},
        "members": [row for row in rows if row.number == MEMBER],
        "MEMBER": MEMBER,
    }


# Filling seats -----------------------------------------------------------------------------------


@bp.get("/places/<int:place_id>/seats/new")
@requires(Permission.FILL_SEATS)
def new(place_id: int) -> ResponseReturnValue:
    """Choose a seat and somebody for it; for many groups, say first how many it would be."""
    place = tower.find(me(), place_id, Permission.FILL_SEATS)
    settings = tower.settings_of(place.community_id)
    form = SeatForm(request.args, meta={"csrf": False}).offer(words.seat_names(settings))
    if form.seat.data not in range(CORE_SEATS + 1):
        form.seat.data = 1
    return _new_page(place, form)


@bp.post("/places/<int:place_id>/seats")
@requires(Permission.FILL_SEATS)
@once
def create(place_id: int) -> ResponseReturnValue:
    """Seat somebody in a group, or in every group below a place."""
    place = tower.find(me(), place_id, Permission.FILL_SEATS)
    settings = tower.settings_of(place.community_id)
    form = SeatForm().offer(words.seat_names(settings))
    if not form.validate():
        return _new_page(place, form, status=422)
    user = queries.find_for_seat(place.community_id, form.user_id.data)
    given = actions.seat(user, place, form.seat.data, by=me())
    said = ngettext(
        "%(name)s: %(seat)s, %(num)s group.",
        "%(name)s: %(seat)s, %(num)s groups.",
        given,
        name=user.name,
        seat=seat_name(words.seat_names(settings), form.seat.data),
    )
    return done("", otherwise=url_for(".index", place_id=place.id), said=said)


def _new_page(place: Place, form: SeatForm, *, status: int = 200) -> Response:
    number = form.seat.data if form.seat.data in range(CORE_SEATS + 1) else 1
    people = queries.people_for(place, form.text)
    shown = people[: queries.PEOPLE_SHOWN]
    duties = accounts.duties([row.id for row in shown])
    places = labels(held.path for of_one in duties.values() for held in of_one)
    form.offer_people(
        (row.id, _person(row, [f"{duty(d.role)} {places[d.path]}" for d in duties[row.id]]))
        for row in shown
    )
    head = _head(place)
    return page(
        "teams/new.html",
        status=status,
        **head,
        form=form,
        seat=seat_name(head["seat_names"], number),
        number=number,
        free=queries.count_free(place, number),
        has_more=len(people) > len(shown),
    )


def _person(row: Any, duties: list[str]) -> str:
    return " · ".join([row.name, mask(row.phone), *duties])


@bp.post("/seats/<int:seat_id>/end")
@requires(Permission.FILL_SEATS)
@once
def destroy(seat_id: int) -> ResponseReturnValue:
    """Take somebody out of a seat."""
    seat = queries.find_seat(me(), seat_id)
    group = db.session.get_one(Place, seat.group_id)
    actions.end(seat, by=me())
    said = gettext("The seat is empty now.") if seat.number else gettext("No longer a member.")
    otherwise = url_for(".index", place_id=group.id)
    if not htmx:
        return done("", otherwise=otherwise, said=said)
    return done("teams/_team_now.html", otherwise=otherwise, said=said, **_team(group))
