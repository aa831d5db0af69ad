"""Let the robots say what is due: safe twice at once, after a crash, after a long pause.

What a robot has to say goes out together, as counts by kind and building. Before each message it is
noted, in a commit, what is in it; nothing is ever said a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby, islice

from flask import Flask
from flask_babel import force_locale, gettext

from portal.accounts.place_queries import labels
from portal.config import Settings
from portal.db import db
from portal.logs import without_values
from portal.notices.sending import Watch
from portal.outbox.wording import Message, counted, is_named, named
from portal.robots import actions, queries
from portal.robots.formats import (
    KEYWORD,
    PENALTY,
    Maker,
    Trouble,
    Verdict,
    body,
    failed,
    pieces,
    signed,
    without,
)
from portal.robots.line import maybe_target, post
from portal.robots.models import Robot
from portal.robots.queries import Item
from portal.sealing import Safe, UnreadableError
from portal.tower.models import Level

AT_ONCE = 500  # happenings given to the chats in one transaction
TAKEN = 400  # things one sender takes for a robot at a time
LEASE = timedelta(minutes=15)  # more than their messages need at the slowest
log = logging.getLogger(__name__)


def safe_of(settings: Settings) -> Safe:
    return Safe((settings.secret_key, *settings.secret_key_fallbacks))


def send_to_robots(app: Flask, at: datetime) -> int:
    """Lay out what has happened, and let every robot speak; how many messages went out."""
    while actions.spread(at, most=AT_ONCE):
        db.session.commit()
    actions.settle_lapsed(at)
    db.session.commit()
    watch, sent = Watch(at), 0
    for robot_id in queries.with_something_to_say(at):
        try:
            sent += Speech(app, robot_id, watch).run()
        except Exception as error:  # what is wrong with one chat silences no other
            log.exception("robot %s could not speak", robot_id, exc_info=without_values(error))
            db.session.rollback()
    return sent


class Speech:
    """All that one robot says in one run."""

    def __init__(self, app: Flask, robot_id: int, watch: Watch) -> None:
        self.app = app
        self.settings: Settings = app.config["SETTINGS"]
        self.robot_id = robot_id
        self.watch = watch

    def run(self) -> int:
        sent = 0
        while ids := queries.take_due(
            self.robot_id, self.watch.now(), until=self.watch.now() + LEASE, most=TAKEN
        ):
            sent += self._say_all(ids)
        db.session.commit()
        return sent

    def _say_all(self, ids: Sequence[int]) -> int:
        robot = queries.by_id(self.robot_id)
        wanted = [item for item in queries.items(ids) if self._is_still_wanted(item, robot)]
        messages = list(self._messages(robot, wanted))
        db.session.commit()
        sent = 0
        for number, (text, items) in enumerate(messages):
            left = [item.id for _, items_left in messages[number + 1 :] for item in items_left]
            is_ours, until = self._start(items)
            if until:
                actions.put_off(left, until)
                break
            if not is_ours or not self._all_stands(items):
                continue
            verdict = self._say(text, items)
            if verdict.trouble:  # the others would fare no better now
                actions.put_off(left, self.watch.now() + PENALTY)
                break
            sent += 1
        db.session.commit()
        return sent

    def _is_still_wanted(self, item: Item, robot: Robot) -> bool:
        at, hours = self.watch.now(), robot.hours()
        if robot.ended_at or (item.stale_at is not None and item.stale_at <= at):
            actions.drop([item.id])
            return False
        if not item.urgent and hours.is_quiet(at):
            actions.put_off([item.id], hours.after_quiet(at))
            return False
        return True

    def _messages(self, robot: Robot, items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
        """(text, what it tells of), in the language of the chat."""
        url = self.settings.url
        with self._language_of(robot):
            lines = list(self._lines(items))
            head = f"[{KEYWORD}]"
            foot = gettext("More in the portal: %(address)s", address=url) if url else ""
            parts = pieces([line for line, _ in lines], head=head, foot=foot)
        left = (of_line for _, of_line in lines)
        for text, count in parts:
            yield text, [item for of_line in islice(left, count) for item in of_line]

    @contextmanager
    def _language_of(self, robot: Robot) -> Iterator[None]:
        url = self.settings.url or None
        with self.app.test_request_context(base_url=url), force_locale(robot.locale):
            yield

    def _lines(self, items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
        """(line, what it tells of): things of a kind at a building, or one that has a name."""
        names = labels(building_of(item.path) for item in items)
        by_line: dict[tuple[str, str], list[Item]] = {}
        for item in items:
            if is_named(item.kind):
                continue
            by_line.setdefault((item.kind, building_of(item.path)), []).append(item)
        for (kind, path), of_line in by_line.items():
            what = counted(kind, len(of_line))
            yield gettext("%(place)s: %(what)s", place=names[path], what=what), of_line
        yield from self._named_lines([item for item in items if is_named(item.kind)], names)

    def _named_lines(
        self, items: Sequence[Item], names: Mapping[str, str]
    ) -> Iterator[tuple[str, list[Item]]]:
        """The same for what has a name; what has lost it meanwhile is settled."""
        told = _told(items)
        actions.drop([item.id for item in items if item.id not in told])
        for item in items:
            if message := told.get(item.id):
                place, what = names[building_of(item.path)], self._with_link(message)
                yield gettext("%(place)s: %(what)s", place=place, what=what), [item]

    def _with_link(self, message: Message) -> str:
        url = self.settings.url
        return f"{message.title} {url}{message.address}" if url else message.title

    def _start(self, items: Sequence[Item]) -> tuple[bool, datetime | None]:
        started = actions.start(self.robot_id, [item.id for item in items], at=self.watch.now())
        db.session.commit()
        return started

    def _all_stands(self, items: Sequence[Item]) -> bool:
        """Whether all that a text tells of is still to be told; else the rest is worded anew.

        Asked once it is noted as being said: whoever takes something back later finds that note.
        """
        of_name = [item for item in items if is_named(item.kind)]
        with self._language_of(queries.by_id(self.robot_id)):
            lost = {item.id for item in of_name} - _told(of_name).keys()
        if not lost:
            return True
        actions.drop(list(lost))
        actions.wait_again([item.id for item in items if item.id not in lost], self.watch.now())
        db.session.commit()
        return False

    def _say(self, text: str, items: Sequence[Item]) -> Verdict:
        """Say one thing; nothing is held in the database meanwhile."""
        robot = queries.by_id(self.robot_id)
        sealed = robot.maker, robot.sealed_address, robot.sealed_secret
        actions.note_chat([item.id for item in items], robot.chat)
        db.session.commit()
        verdict = self._call(*sealed, text)
        actions.settle(items, verdict, at=self.watch.now())
        if verdict.trouble is Trouble.TOO_MANY:
            actions.put_off([item.id for item in items], self.watch.now() + PENALTY)
        db.session.commit()
        return verdict

    def _call(
        self, maker: Maker, sealed_address: str, sealed_secret: str | None, text: str
    ) -> Verdict:
        safe, nearby = safe_of(self.settings), self.settings.robots_nearby
        try:
            address = safe.open(sealed_address)
            secret = safe.open(sealed_secret) if sealed_secret else ""
        except UnreadableError:
            return failed(Trouble.UNREADABLE)
        target = maybe_target(signed(maker, address, secret, self.watch.now()), nearby=nearby)
        if target is None:
            return failed(Trouble.FORBIDDEN)
        verdict = post(target, body(text), nearby=nearby)
        return verdict._replace(said=without(verdict.said, address, secret))


def _told(items: Sequence[Item]) -> dict[int, Message]:
    """What is told of things that have a name, without those that have lost it meanwhile."""
    found: dict[int, Message] = {}
    for kind, of_kind in groupby(items, key=lambda item: item.kind):
        waiting = list(of_kind)
        messages = named(kind, {item.subject for item in waiting})
        found |= {i.id: messages[i.subject] for i in waiting if i.subject in messages}
    return found


def building_of(path: str) -> str:
    """A place as a chat may know it: its building, for a group of thirty homes tells too much."""
    steps = path.strip("/").split("/")
    return f"/{'/'.join(steps[: Level.BUILDING])}/"
