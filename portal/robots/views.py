"""The robots of group chats: set them up for a place, try them, see what they could not say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.config import Settings
from portal.db import db
from portal.errors import RuleError
from portal.once import once
from portal.outbox.wording import group_kinds
from portal.robots import actions, queries, words
from portal.robots.forms import RobotForm
from portal.robots.models import Robot
from portal.robots.sending import building_of, safe_of
from portal.tower import queries as tower
from portal.tower.crumbs import crumbs_to
from portal.tower.models import Level, Place
from portal.web import done, page

bp = Blueprint("robots", __name__)
bp.app_template_filter("robot_trouble")(words.trouble)


@bp.get("/places/<int:place_id>/robots")
@requires(Permission.RUN_ROBOTS)
def index(place_id: int) -> ResponseReturnValue:
    """The robots of a place and of all below it."""
    place = tower.find(me(), place_id, Permission.RUN_ROBOTS)
    robots = queries.at_place(me(), place)
    ids = [robot.id for robot in robots]
    return page(
        "robots/index.html",
        **_head(place),
        robots=robots,
        names=labels(robot.path for robot in robots),
        last=queries.last_sent(ids),
        troubles=queries.count_troubles(ids),
        makers=words.MAKERS,
        is_group=place.level == Level.GROUP,
        kinds=group_kinds(),
    )


@bp.get("/places/<int:place_id>/robots/new")
@requires(Permission.RUN_ROBOTS)
def new(place_id: int) -> ResponseReturnValue:
    place = _place(place_id)
    return _form_page(place, _form(locale=me().locale))


@bp.post("/places/<int:place_id>/robots")
@requires(Permission.RUN_ROBOTS)
@once
def create(place_id: int) -> ResponseReturnValue:
    """Set a robot up for what happens at a place and below it."""
    place = _place(place_id)
    form = _form()
    if not form.validate_on_submit():
        return _form_page(place, form, status=422)
    safe = safe_of(_settings())
    robot = actions.add(form.wanted(), form.line(), place, safe=safe, at=now(), by=me())
    said = gettext("The robot is set up. Send a trial to see that it speaks.")
    return done("", otherwise=url_for(".edit", robot_id=robot.id), said=said)


@bp.get("/robots/<int:robot_id>")
@requires(Permission.RUN_ROBOTS)
def edit(robot_id: int) -> ResponseReturnValue:
    """One robot: what it speaks of, and what it could not say."""
    robot = queries.find(me(), robot_id)
    form = _form(
        known=True,
        name=robot.name,
        maker=robot.maker.value,
        kinds=robot.kinds,
        locale=robot.locale,
        quiet_from=robot.quiet_from,
        quiet_until=robot.quiet_until,
    )
    return _robot_page(robot, form)


@bp.post("/robots/<int:robot_id>")
@requires(Permission.RUN_ROBOTS)
@once
def update(robot_id: int) -> ResponseReturnValue:
    robot = queries.find(me(), robot_id)
    form = _form(known=True)
    if not form.validate_on_submit():
        return _robot_page(robot, form, status=422)
    actions.change(robot, form.wanted(), form.line(), safe=safe_of(_settings()), by=me())
    return done("", otherwise=url_for(".edit", robot_id=robot.id), said=gettext("Saved."))


@bp.post("/robots/<int:robot_id>/trial")
@requires(Permission.RUN_ROBOTS)
@once
def create_trial(robot_id: int) -> ResponseReturnValue:
    """Have the robot say that it works."""
    robot = queries.find(me(), robot_id)
    asked = actions.try_out(robot, at=now())
    said = (
        gettext("A trial is on its way: look into the chat in a minute, or here for what failed.")
        if asked
        else gettext("Please wait a minute.")
    )
    return done("", otherwise=url_for(".edit", robot_id=robot.id), said=said)


@bp.post("/robots/<int:robot_id>/tries")
@requires(Permission.RUN_ROBOTS)
@once
def create_tries(robot_id: int) -> ResponseReturnValue:
    """Say again what was given up."""
    robot = queries.find(me(), robot_id)
    actions.try_again(robot, at=now())
    said = gettext("It is tried again.")
    return done("", otherwise=url_for(".edit", robot_id=robot.id), said=said)


@bp.post("/robots/<int:robot_id>/end")
@requires(Permission.RUN_ROBOTS)
@once
def destroy(robot_id: int) -> ResponseReturnValue:
    """Take a robot out of service."""
    robot = queries.find(me(), robot_id)
    actions.end(robot, at=now(), by=me())
    said = gettext("The robot says nothing any more, and its address is forgotten.")
    return done("", otherwise=url_for(".index", place_id=robot.place_id), said=said)


def _place(place_id: int) -> Place:
    """Where a robot may be set up: what happens among thirty homes would tell too much."""
    place = tower.find(me(), place_id, Permission.RUN_ROBOTS)
    if place.level == Level.GROUP:
        raise RuleError(gettext("A chat hears of whole buildings: set the robot up at a building."))
    return place


def _form(*, known: bool = False, **values: Any) -> RobotForm:
    return RobotForm(nearby=_settings().robots_nearby, known=known, **values)


def _form_page(place: Place, form: RobotForm, *, status: int = 200) -> Response:
    return page("robots/new.html", status=status, **_head(place), form=form)


def _robot_page(robot: Robot, form: RobotForm, *, status: int = 200) -> Response:
    place = db.session.get_one(Place, robot.place_id)
    troubles = queries.troubles(robot)
    return page(
        "robots/edit.html",
        status=status,
        **_head(place),
        robot=robot,
        form=form,
        troubles=troubles,
        names=labels(building_of(row.path) for row in troubles),
        building_of=building_of,
        waiting=queries.count_waiting(robot),
        kinds=group_kinds(),
    )


def _head(place: Place) -> dict[str, Any]:
    return {"place": place, "crumbs_here": crumbs_to(tower.ancestors(place))}


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
