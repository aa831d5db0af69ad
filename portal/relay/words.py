"""Bulletins in words: audiences, states, the text for a group chat, the notices about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.dates import moment
from portal.outbox.topics import Topic
from portal.outbox.wording import Message, Sight, names_to_groups, tells
from portal.relay import people_queries, queries
from portal.relay.chain import LAST, State
from portal.relay.models import Audience, Bulletin, Ending
from portal.relay.telling import number_in
from portal.tower.models import Community
from portal.tower.words import level_name

AUDIENCES: dict[Audience, LazyString] = {
    Audience.HOMES: lazy_gettext("Homes"),
    Audience.SCHOOLS: lazy_gettext("Schools"),
    Audience.SHOPS: lazy_gettext("Shops"),
    Audience.UNITS: lazy_gettext("Employers"),
}
ADDRESSEES: dict[Audience, LazyString] = {
    Audience.SCHOOLS: lazy_gettext("School"),
    Audience.SHOPS: lazy_gettext("Shop"),
    Audience.UNITS: lazy_gettext("Employer"),
}
STATES: dict[State, LazyString] = {
    State.WAITING: lazy_gettext("Waits there"),
    State.NOBODY: lazy_gettext("Nobody there"),
    State.NOT_YET: lazy_gettext("Not come yet"),
    State.RELAYED: lazy_gettext("Relayed"),
}
ENDINGS: dict[Ending, LazyString] = {
    Ending.WITHDRAWN: lazy_gettext("Withdrawn"),
    Ending.CORRECTED: lazy_gettext("Corrected"),
    Ending.OVER: lazy_gettext("Over"),
}


def level(settings: Community, audience: Audience, number: int) -> str:
    """What a level of a chain is called; the last one of schools are the schools."""
    if number == LAST and audience is not Audience.HOMES:
        return str(ADDRESSEES[audience])
    return level_name(settings, number)


def text_to_copy(bulletin: Bulletin) -> str:
    """What people paste into their group chat: the bulletin and nothing about anybody."""
    title = bulletin.title
    if bulletin.corrects_id:
        title = gettext("Correction: %(title)s", title=title)
    return f"{title}\n\n{bulletin.text}"


def text_of_withdrawal(bulletin: Bulletin) -> str:
    """What people paste where they relayed something that was wrong."""
    return str(
        gettext(
            "Please do not pass this on any more: “%(title)s”. %(reason)s.",
            title=bulletin.title,
            reason=(bulletin.reason or "").rstrip(".。"),
        )
    )


# Notices -----------------------------------------------------------------------------------------


SEES = Sight(lambda details: [details["bulletin"]], people_queries.bulletins_seen_by)


def _to_relay(details: Mapping[str, Any], title: str, text: str = "") -> Message:
    due = moment(datetime.fromisoformat(details["due"]))
    said = gettext("It shall have reached everybody by %(when)s.", when=due)
    return Message(title, f"{text} {said}".strip(), "/relays")


@tells("relay.come", Topic.BULLETINS, SEES)
def _come(details: Mapping[str, Any]) -> Message:
    return _to_relay(details, gettext("Please relay: %(title)s", title=details["title"]))


@tells("relay.reminder", Topic.BULLETINS, SEES)
def _reminder(details: Mapping[str, Any]) -> Message:
    return _to_relay(details, gettext("Not relayed yet: %(title)s", title=details["title"]))


@tells("relay.corrected", Topic.BULLETINS, SEES)
def _corrected(details: Mapping[str, Any]) -> Message:
    title = gettext("Corrected, please relay again: %(title)s", title=details["title"])
    return _to_relay(details, title, gettext("Why: %(reason)s.", reason=details["reason"]))


@tells("relay.withdrawn", Topic.BULLETINS, SEES)
def _withdrawn(details: Mapping[str, Any]) -> Message:
    return Message(
        gettext("Withdrawn: %(title)s", title=details["title"]),
        gettext("Please say so where you relayed it. Why: %(reason)s.", reason=details["reason"]),
        "/relays",
    )


@tells("relay.lapsed", Topic.BULLETINS, SEES)
def _lapsed(details: Mapping[str, Any]) -> Message:
    return Message(
        gettext("It stopped below you: %(title)s", title=details["title"]),
        ngettext(
            "It has not been relayed at %(num)s place.",
            "It has not been relayed at %(num)s places.",
            details["stops"],
        ),
        f"/bulletins/{details['bulletin']}",
    )


@tells("relay.unfinished", Topic.BULLETINS, SEES)
def _unfinished(details: Mapping[str, Any]) -> Message:
    return Message(
        gettext("Has not reached everybody: %(title)s", title=details["title"]),
        ngettext(
            "Its time is over, %(num)s place is missing.",
            "Its time is over, %(num)s places are missing.",
            details["stops"],
        ),
        f"/bulletins/{details['bulletin']}",
    )


# For group chats: the title, which is written for everybody, and where to read on. ---------------


@names_to_groups("relay.come", lazy_gettext("Bulletins that have come to its place"))
def _come_for_groups(subjects: Collection[str]) -> dict[str, Message]:
    return {
        subject: Message(_come_title(bulletin), "", _text_of(bulletin))
        for subject, bulletin in _bulletins_in(subjects)
        if bulletin.is_open
    }


def _come_title(bulletin: Bulletin) -> str:
    if bulletin.corrects_id:
        return str(gettext("Corrected, please relay again: %(title)s", title=bulletin.title))
    return str(gettext("Please relay: %(title)s", title=bulletin.title))


@names_to_groups("relay.withdrawn", lazy_gettext("Bulletins withdrawn"), offered=False)
def _withdrawn_for_groups(subjects: Collection[str]) -> dict[str, Message]:
    return {
        subject: Message(
            gettext("Withdrawn: %(title)s", title=bulletin.title), "", _text_of(bulletin)
        )
        for subject, bulletin in _bulletins_in(subjects)
    }


def _text_of(bulletin: Bulletin) -> str:
    """Where everybody who serves in the community reads on; not all of a chat see the tree."""
    return f"/bulletins/{bulletin.id}/text"


def _bulletins_in(subjects: Collection[str]) -> list[tuple[str, Bulletin]]:
    known = queries.bulletins_to_tell({number_in(subject) for subject in subjects})
    return [(subject, known[number_in(subject)]) for subject in sorted(subjects)]
