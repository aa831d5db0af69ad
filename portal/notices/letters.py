"""Notices put into letters, in the language of whoever gets them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext, ngettext

from portal.notices.addresses import CONFIRM, token_for
from portal.notices.mail import Letter
from portal.notices.queries import Item
from portal.outbox.topics import Topic
from portal.outbox.wording import Message, tells, worded


def letter_of(app: Flask, items: Sequence[Item], *, url: str) -> Letter:
    """One letter for the notices of one person; several make a digest."""
    first = items[0]
    with app.test_request_context(base_url=url), force_locale(first.locale):
        messages = [_message(item) for item in items]
        subject = messages[0].title if len(messages) == 1 else _together(len(messages))
        parts = [_part(message, url) for message in messages]
        parts.append(
            "-- \n"
            + gettext("Change how you are told: %(address)s", address=f"{url}/me/notices")
            + "\n"
        )
    return Letter(first.to or "", subject, "\n\n".join(parts), _name(items))


def _message(item: Item) -> Message:
    """A notice as the portal shows it; only the letter itself has the link that confirms."""
    message = worded(item.kind, item.details)
    if item.kind != CONFIRM:
        return message
    text = gettext("Open this link to get notices at this address. If you did not ask, do nothing.")
    token = token_for(item.user_id, item.details["email"])
    return Message(message.title, str(text), f"/addresses/{token}")


def _together(count: int) -> str:
    return str(ngettext("%(count)s notice", "%(count)s notices", count, count=count))


def _part(message: Message, url: str) -> str:
    lines = (message.title, message.text, f"{url}{message.address}")
    return "\n".join(line for line in lines if line)


def _name(items: Sequence[Item]) -> str:
    ids = ",".join(str(item.id) for item in items)
    return hashlib.sha256(ids.encode()).hexdigest()[:32]


@tells("notices.trial", Topic.ACCOUNT)
def trial(_: object) -> Message:
    return Message(
        str(gettext("A trial")),
        str(gettext("You asked for this to see whether notices reach you. They do.")),
        "/me/notices",
    )


@tells(CONFIRM, Topic.ACCOUNT)
def confirm(details: Mapping[str, Any]) -> Message:
    """As it stands in the portal: without the link, which only the address itself may tell."""
    return Message(
        str(gettext("Confirm your e-mail address")),
        str(gettext("A link has been sent to %(address)s.", address=details["email"])),
        "/me/notices",
    )
