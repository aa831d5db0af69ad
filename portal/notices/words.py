"""What became of a message, and the steps of the clockwork, in words."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

from portal.outbox.models import Fate

FATES: dict[Fate, LazyString] = {
    Fate.WAITING: lazy_gettext("will be tried again"),
    Fate.SENDING: lazy_gettext("on its way"),
    Fate.SENT: lazy_gettext("sent"),
    Fate.NEEDLESS: lazy_gettext("not needed any more"),
    Fate.GIVEN_UP: lazy_gettext("given up"),
    Fate.UNKNOWN: lazy_gettext("may have arrived"),
}
STEPS: dict[str, LazyString] = {
    "bulletins": lazy_gettext("Bulletins looked at"),
    "inquiries": lazy_gettext("Old messages of residents deleted"),
    "mail": lazy_gettext("E-mails sent"),
    "robots": lazy_gettext("Messages to group chats"),
    "shifts": lazy_gettext("Shifts kept up"),
    "notices": lazy_gettext("Notices laid out"),
    "warnings": lazy_gettext("Lapsed steps of warnings"),
    "forms": lazy_gettext("Old forms forgotten"),
}


def fate(what: Fate) -> str:
    """What became of a message."""
    return str(FATES[what])
