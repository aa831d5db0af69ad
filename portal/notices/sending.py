"""Send what is due: safe to run twice at once, after a crash, after a long pause, by a bad clock.

Whoever sends first takes a few deliveries for some minutes. Each e-mail is noted as being sent
before it is, in one commit with the outcome of the one before, and only while nobody else has; so
of a sender that dies at most one e-mail is in doubt, and no e-mail is ever sent a second time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import compress, groupby

from flask import Flask

from portal.accounts.queries import serving
from portal.config import Settings
from portal.db import db, one_at_a_time
from portal.lots import in_lots
from portal.notices import actions, queries
from portal.notices.letters import letter_of
from portal.notices.mail import InDoubtError, MailServer, NoServerError, NotSentError, Postman
from portal.notices.queries import Item
from portal.notices.timing import ByMail, Wishes
from portal.outbox.models import Fate
from portal.outbox.wording import may_hear

AT_ONCE = 1000  # notices laid out in one transaction
TAKEN = 50  # deliveries one sender takes at a time
TAKING = 7_800_000_000  # the lock of whoever takes deliveries
LEASE = timedelta(minutes=15)  # more than TAKEN letters need at the slowest
log = logging.getLogger(__name__)


def lay_out(at: datetime) -> int:
    """Lay out all notices that are due at a moment; how many there were."""
    actions.ask_for_confirmations(at)
    db.session.commit()
    return in_lots(lambda: actions.spread(at, most=AT_ONCE))


def send_mail(app: Flask, at: datetime) -> int:
    """Send all e-mails that are due at a moment; how many went out."""
    settings: Settings = app.config["SETTINGS"]
    server = MailServer.of(settings)
    if server is None:
        return 0
    actions.settle_lapsed(at)
    db.session.commit()
    with Postman(server) as postman:
        tour = Tour(app, settings.url, postman, Watch(at))
        try:
            while tour.deliver():
                pass
        except NoServerError as unreachable:
            log.warning("e-mail cannot be handed in: %s", unreachable)
    db.session.commit()
    return tour.sent


class Watch:
    """Tells the time of one run: as the run began, and on by what has passed since.

    A system clock that jumps meanwhile changes nothing.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.started = time.monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)


class Tour:
    """The way of one postman; `sent` counts the letters handed in."""

    def __init__(self, app: Flask, url: str, postman: Postman, watch: Watch) -> None:
        self.app = app
        self.url = url
        self.postman = postman
        self.watch = watch
        self.sent = 0

    def deliver(self) -> bool:
        """Take some deliveries and send what still has to be sent; whether there were any.

        Without a mail server all that is left waits for another try, and NoServerError is raised.
        """
        taken, wishes = self._take()
        wanted = [item for item in taken if self._is_still_wanted(item, wishes[item.user_id])]
        wanted = _told_still(wanted)
        letters = list(_letters(wanted, wishes))
        for number, items in enumerate(letters):
            try:
                self._send(items)
            except NoServerError as unreachable:
                for left in letters[number:]:
                    self._fail(left, unreachable)
                db.session.commit()
                raise
        db.session.commit()
        return bool(taken)

    def _take(self) -> tuple[list[Item], dict[int, Wishes]]:
        """Some deliveries, and all that belongs into the digests among them.

        One sender after the other, in one transaction, or two would share the notices of a digest.
        """
        one_at_a_time(TAKING)
        ids = queries.take_due(self.watch.at, until=self.watch.now() + LEASE, most=TAKEN)
        taken = queries.items(ids)
        wishes = queries.wishes_of(item.user_id for item in taken)
        at = self.watch.now()
        more = [
            found
            for user_id in sorted({item.user_id for item in taken if _is_for_digest(item, wishes)})
            for found in queries.take_along(user_id, wishes[user_id].daily(), at, until=at + LEASE)
        ]
        db.session.commit()
        return (queries.items([*ids, *more]) if more else taken), wishes

    def _is_still_wanted(self, item: Item, wishes: Wishes) -> bool:
        """Settle what need not be sent any more, and put off what came due in quiet hours."""
        at = self.watch.now()
        is_stale = item.stale_at is not None and item.stale_at <= at
        is_wished = item.topic is not None and wishes.by_mail(item.topic) is not ByMail.NEVER
        is_reachable = item.to and not item.disabled_at and is_wished
        if is_stale or item.read_at or not is_reachable:
            actions.drop([item.id])
            return False
        if not item.urgent and wishes.is_quiet(at):
            actions.put_off(item.id, wishes.after_quiet(at))
            return False
        return True

    def _send(self, items: Sequence[Item]) -> None:
        ours = set(actions.start_sending([item.id for item in items]))
        db.session.commit()
        items = [item for item in items if item.id in ours]
        if not items:
            return
        try:
            self.postman.send(letter_of(self.app, items, url=self.url))
        except InDoubtError as doubt:
            self._settle(items, Fate.UNKNOWN, doubt)
        except NoServerError:
            raise
        except NotSentError as refused:
            if refused.for_good:
                self._settle(items, Fate.GIVEN_UP, refused)
            else:
                self._fail(items, refused)
        else:
            self.sent += 1
            self._settle(items, Fate.SENT)

    def _settle(
        self, items: Sequence[Item], fate: Fate, trouble: NotSentError | None = None
    ) -> None:
        said = str(trouble) if trouble else None
        actions.settle([item.id for item in items], fate, at=self.watch.now(), trouble=said)

    def _fail(self, items: Sequence[Item], refused: NotSentError) -> None:
        for item in items:
            actions.fail(item, str(refused), at=self.watch.now())


def _told_still(items: Sequence[Item]) -> list[Item]:
    """What people may still hear; the rest is settled."""
    people = serving({item.user_id for item in items})
    left: list[Item] = []
    for user_id, of_one in groupby(items, key=lambda item: item.user_id):
        mine = list(of_one)
        heard = list(compress(mine, may_hear(people[user_id], mine)))
        actions.drop([item.id for item in mine if item not in heard])
        left += heard
    return left


def _is_for_digest(item: Item, wishes: dict[int, Wishes]) -> bool:
    return not item.urgent and item.topic in wishes[item.user_id].daily()


def _letters(items: Sequence[Item], wishes: dict[int, Wishes]) -> Iterator[Sequence[Item]]:
    """What goes into one letter: all that somebody wants in a digest, else each by itself."""
    for _, of_one in groupby(items, key=lambda item: item.user_id):
        mine = list(of_one)
        yield from ([item] for item in mine if not _is_for_digest(item, wishes))
        if together := [item for item in mine if _is_for_digest(item, wishes)]:
            yield together
