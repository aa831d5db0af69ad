"""What could not be sent to people or chats in one's area, and giving it another round of tries."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.access import Permission, me, requires
from portal.accounts.place_queries import labels
from portal.clock import now
from portal.config import Settings
from portal.notices import actions, queries, words
from portal.once import once
from portal.outbox.wording import group_kinds
from portal.robots import actions as robot_actions
from portal.robots import queries as robot_queries
from portal.robots.sending import building_of
from portal.web import done, page

bp = Blueprint("troubles", __name__)
bp.app_template_filter("topic_word")(words.topic)
bp.app_template_filter("mail_trouble")(words.trouble)
MOST = 200  # on each list of the page, newest first
LATE = timedelta(minutes=10)  # the clockwork is to run every minute; after that something is wrong


@bp.get("/notices/troubles")
@requires(Permission.SEE_DELIVERIES)
def index() -> ResponseReturnValue:
    """E-mails, messages to group chats, and the clockwork behind both."""
    beats = queries.beats()
    last = max((beat.last_at for beat in beats), default=None)
    chats = robot_queries.troubles_seen_by(me(), most=MOST)
    settings: Settings = current_app.config["SETTINGS"]
    return page(
        "troubles/index.html",
        letters=queries.troubles(me(), most=MOST),
        chats=chats,
        names=labels(building_of(row.path) for row in chats),
        building_of=building_of,
        kinds=group_kinds(),
        most=MOST,
        beats=beats,
        last=last,
        late=last is None or now() - last > LATE,
        mails=bool(settings.smtp_url),
        step_words=words.STEPS,
    )


@bp.post("/deliveries/<int:delivery_id>/tries")
@requires(Permission.SEE_DELIVERIES)
@once
def create_letter_try(delivery_id: int) -> ResponseReturnValue:
    """Send again what was given up."""
    actions.send_again(queries.find_given_up(me(), delivery_id), at=now())
    return done("", otherwise=url_for(".index"), said=gettext("It is tried again."))


@bp.post("/robot-messages/<int:message_id>/tries")
@requires(Permission.RUN_ROBOTS)
@once
def create_message_try(message_id: int) -> ResponseReturnValue:
    """Say again what was given up."""
    robot_actions.say_again(robot_queries.find_given_up(me(), message_id), at=now())
    return done("", otherwise=url_for(".index"), said=gettext("It is tried again."))
