"""Duties and deeds in words."""

from __future__ import annotations

from flask_babel import LazyString, lazy_gettext

from portal.access import Role

DUTIES: dict[Role, LazyString] = {
    Role.ADMIN: lazy_gettext("Administrator"),
    Role.COORDINATOR: lazy_gettext("Coordinator"),
    Role.LEADER: lazy_gettext("Building leader"),
    Role.OFFICER: lazy_gettext("Police liaison"),
    Role.REVIEWER: lazy_gettext("Reviewer"),
    Role.VOLUNTEER: lazy_gettext("Volunteer"),
}
DEEDS: dict[str, LazyString] = {
    "account.added": lazy_gettext("Added a person"),
    "account.disabled": lazy_gettext("Blocked an account"),
    "account.enabled": lazy_gettext("Unblocked an account"),
    "duty.ended": lazy_gettext("Ended a duty"),
    "duty.given": lazy_gettext("Gave a duty"),
    "password.changed": lazy_gettext("Changed their own password"),
    "password.reset": lazy_gettext("Set a new password for somebody"),
    "phone.revealed": lazy_gettext("Looked at a phone number"),
    "roster.exported": lazy_gettext("Exported the roster"),
    "roster.imported": lazy_gettext("Imported a roster"),
    "round.closed": lazy_gettext("Closed a round"),
    "round.opened": lazy_gettext("Opened a round"),
}

SUBJECTS: dict[str, LazyString] = {
    "community": lazy_gettext("Community"),
    "door": lazy_gettext("Door"),
    "dwelling": lazy_gettext("Dwelling"),
    "place": lazy_gettext("Place"),
    "roster": lazy_gettext("Roster"),
    "round": lazy_gettext("Round"),
    "seat": lazy_gettext("Seat"),
}
DETAILS: dict[str, LazyString] = {
    "base": lazy_gettext("Households in the base:"),
    "care_tag": lazy_gettext("Care tag:"),
    "digest": lazy_gettext("Digest:"),
    "dwellings": lazy_gettext("Dwellings:"),
    "new": lazy_gettext("New:"),
    "reason": lazy_gettext("Reason:"),
}


def duty(role: Role) -> str:
    """A role as the committee calls it."""
    return str(DUTIES[role])


def deed(action: str) -> str:
    """What was done; its code where no words have been found for it."""
    return str(DEEDS.get(action, action))


def subject(kind: str) -> str:
    """What kind of thing a deed was about."""
    return str(SUBJECTS.get(kind, kind))


def detail(name: str) -> str:
    """What a detail of a deed tells."""
    return str(DETAILS.get(name, f"{name}:"))
