"""Robots in words: whose they are, what went wrong, and what they say of themselves."""

from __future__ import annotations

from flask_babel import LazyString, gettext, lazy_gettext

from portal.outbox.wording import tells_groups
from portal.robots.actions import TRIAL
from portal.robots.formats import Maker, Trouble

MAKERS: dict[Maker, LazyString] = {
    Maker.WECOM: lazy_gettext("WeCom"),
    Maker.DINGTALK: lazy_gettext("DingTalk"),
}
TROUBLES: dict[Trouble, LazyString] = {
    Trouble.FORBIDDEN: lazy_gettext(
        "The address leads into a private network, where nothing may be sent."
    ),
    Trouble.NO_HOST: lazy_gettext("The name in the address is not known."),
    Trouble.UNREACHABLE: lazy_gettext("The robot's server could not be reached."),
    Trouble.SILENT: lazy_gettext("The line broke before the answer came: it may have arrived."),
    Trouble.REDIRECTED: lazy_gettext("The address leads on to another one, which is not followed."),
    Trouble.HTTP: lazy_gettext("The server answered with a fault."),
    Trouble.NO_ROBOT: lazy_gettext("What answered is no robot."),
    Trouble.GONE: lazy_gettext("The robot is gone from the chat, or its key is wrong."),
    Trouble.GUARDED: lazy_gettext(
        "The robot's own guard refused it: keyword, signature or sender. "
        "Set the signature or the keyword Bulou."
    ),
    Trouble.TOO_MANY: lazy_gettext("Too many messages in a short time."),
    Trouble.REFUSED: lazy_gettext("The robot refused it."),
    Trouble.UNREADABLE: lazy_gettext(
        "The address can no longer be read, as after a change of this installation's key: "
        "please enter it again."
    ),
    Trouble.INTERRUPTED: lazy_gettext("Interrupted while sending: it may have arrived."),
}


def trouble(what: Trouble) -> str:
    """Why something was not said."""
    return str(TROUBLES[what])


@tells_groups(TRIAL, lazy_gettext("A trial"), offered=False)
def _trial(_count: int) -> str:
    return str(gettext("this is a trial; notices reach this chat"))
