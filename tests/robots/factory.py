"""Robots of chats, and things that happen at places."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from flask import current_app

from portal.clock import at
from portal.db import db
from portal.outbox.actions import tell_groups
from portal.outbox.models import Fate
from portal.robots.formats import Maker, Trouble
from portal.robots.models import Robot, RobotMessage
from portal.robots.sending import safe_of
from portal.tower.models import Place
from tests.conftest import make_user

NOON = at(date(2026, 4, 12), time(12))
KEY = "5f0c-the-key-of-the-chat"


def make_robot(place: Place, name: str = "Building 3", **changes: Any) -> Robot:
    """A robot at a place; `address` and `secret` are given in the clear."""
    safe = safe_of(current_app.config["SETTINGS"])
    secret = changes.pop("secret", "")
    address = changes.pop("address", f"https://qyapi.weixin.qq.com/send?key={KEY}")
    values = {
        "community_id": place.community_id,
        "place_id": place.id,
        "path": place.path,
        "name": name,
        "maker": Maker.WECOM,
        "host": "qyapi.weixin.qq.com",
        "sealed_address": safe.seal(address),
        "sealed_secret": safe.seal(secret) if secret else None,
        "kinds": ["warning.new", "shifts.stand_in_wanted"],
        "locale": "en",
        "quiet_from": time(21),
        "quiet_until": time(8),
        "recent": [],
        "added_at": NOON,
        "added_by": changes.pop("added_by", None) or make_user("Robot maker").id,
        **changes,
    }
    robot = Robot(**values)
    db.session.add(robot)
    db.session.commit()
    return robot


def happen(place: Place, subject: str, kind: str = "warning.new", **changes: Any) -> None:
    """Let something have happened at a place, due since long ago."""
    tell_groups(kind, community_id=place.community_id, subject=subject, path=place.path, **changes)
    db.session.commit()


def refuse(robot: Robot) -> RobotMessage:
    """Let a robot have given up something that happened at its place."""
    happening = tell_groups(
        "warning.new",
        community_id=robot.community_id,
        subject=f"refused/{robot.id}",
        path=robot.path,
        laid_out=True,
    )
    message = RobotMessage(
        robot_id=robot.id,
        happening_id=happening,
        fate=Fate.GIVEN_UP,
        tries=1,
        next_at=NOON,
        trouble=Trouble.GONE,
        said="93000 invalid webhook url",
    )
    db.session.add(message)
    db.session.commit()
    return message
