"""Notices put into letters, in the language of whoever gets them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import Flask
from flask_babel import force_locale, gettext, ngettext

from portal.notices.mail import Letter
from portal.notices.queries import Item
from portal.outbox.wording import Message, tells, worded


def letter_of(app: Flask, items: Sequence[Item], *, url: str) -> Letter:
    """One letter for the notices of one person; several make a digest."""
    first = items[0]
    with app.test_request_context(base_url=url), force_locale(first.locale):
        messages = [worded(item.kind, item.details) for item in items]
        subject = messages[0].title if len(messages) == 1 else _together(len(messages))
        parts = [_part(message, url) for message in messages]
        parts.append(
            "-- \n"
            + gettext("Change how you are told: %(address)s", address=f"{url}/me/notices")
            + "\n"
        )
    return Letter(first.email or "", subject, "\n\n".join(parts), _name(items))


def _together(count: int) -> str:
    return str(ngettext("%(count)s notice", "%(count)s notices", count, count=count))


def _part(message: Message, url: str) -> str:
    lines = (message.title, message.text, f"{url}{message.address}")
    return "\n".join(line for line in lines if line)


def _name(items: Sequence[Item]) -> str:
    ids = ",".join(str(item.id) for item in items)
    return hashlib.sha256(ids.encode()).hexdigest()[:32]


@tells("notices.trial")
def trial(_: object) -> Message:
    return Message(
        str(gettext("A trial")),
        str(gettext("You asked for this to see whether notices reach you. They do.")),
        "/me/notices",
    )
