"""What became of a message, and the steps of the clockwork, in words."""

from __future__ import annotations

import re

from flask_babel import LazyString, gettext, lazy_gettext

from portal.notices.mail import IMPOSSIBLE, UNENCRYPTED
from portal.notices.models import INTERRUPTED
from portal.notices.timing import ByMail
from portal.outbox.models import Fate
from portal.outbox.topics import Topic
from portal.outbox.wording import maybe_topic

FATES: dict[Fate, LazyString] = {
    Fate.WAITING: lazy_gettext("will be tried again"),
    Fate.SENDING: lazy_gettext("on its way"),
    Fate.SENT: lazy_gettext("sent"),
    Fate.NEEDLESS: lazy_gettext("not needed any more"),
    Fate.GIVEN_UP: lazy_gettext("given up"),
    Fate.UNKNOWN: lazy_gettext("may have arrived"),
}
WAYS: dict[ByMail, LazyString] = {
    ByMail.AT_ONCE: lazy_gettext("By e-mail at once"),
    ByMail.DAILY: lazy_gettext("In the e-mail of the day"),
    ByMail.NEVER: lazy_gettext("In the portal only"),
}
# What people choose by, with what belongs to it.
TOPICS: dict[Topic, tuple[LazyString, LazyString]] = {
    Topic.WARNINGS: (
        lazy_gettext("Police warnings"),
        lazy_gettext("A new one, a step that is yours, a step not taken in time. At any hour."),
    ),
    Topic.SHIFTS: (
        lazy_gettext("My shifts"),
        lazy_gettext("Given to you, changed or cancelled; the day before; a place come free."),
    ),
    Topic.STAND_INS: (
        lazy_gettext("Shifts of others"),
        lazy_gettext("Somebody asks for one or cannot come; a stand-in is sought."),
    ),
    Topic.TASKS: (
        lazy_gettext("Tasks"),
        lazy_gettext("Given or offered to you, given back, closed; somebody carries much."),
    ),
    Topic.RESIDENTS: (
        lazy_gettext("Messages of residents"),
        lazy_gettext("Somebody in your building waits for an answer."),
    ),
    Topic.ROSTER: (
        lazy_gettext("Questions about the roster"),
        lazy_gettext("A visit found a new tenant, a household gone or a wrong address."),
    ),
    Topic.BULLETINS: (
        lazy_gettext("Bulletins"),
        lazy_gettext("To relay, corrected or withdrawn; stopped below you."),
    ),
}
STEPS: dict[str, LazyString] = {
    "clock": lazy_gettext("Put right after the clock was set back"),
    "bulletins": lazy_gettext("Bulletins looked at"),
    "inquiries": lazy_gettext("Old messages of residents deleted"),
    "mail": lazy_gettext("E-mails sent"),
    "robots": lazy_gettext("Messages to group chats"),
    "shifts": lazy_gettext("Shifts kept up"),
    "notices": lazy_gettext("Notices laid out"),
    "warnings": lazy_gettext("Lapsed steps of warnings"),
    "forms": lazy_gettext("Old forms forgotten"),
}


ANSWER = re.compile(r"[45]\d\d ")  # what a mail server says begins with its code
TROUBLES: dict[str, LazyString] = {
    INTERRUPTED: lazy_gettext("Interrupted while sending: it may have arrived."),
    IMPOSSIBLE: lazy_gettext("No e-mail can be written to this address."),
    UNENCRYPTED: lazy_gettext("The mail server offers no encryption for the password."),
}


def fate(what: Fate) -> str:
    """What became of a message."""
    return str(FATES[what])


def topic(kind: str) -> str:
    """What a kind of notice is about, as people choose by it; nothing for what they asked for."""
    about = maybe_topic(kind)
    return str(TOPICS[about][0]) if about in TOPICS else ""


def trouble(said: str | None) -> str:
    """Why an e-mail was not sent; what a mail server or the system said stands behind that."""
    if not said or said in TROUBLES:
        return str(TROUBLES.get(said or "", ""))
    if ANSWER.match(said):
        return str(gettext("The mail server did not take it: %(said)s", said=said))
    return str(gettext("No connection to the mail server: %(said)s", said=said))
