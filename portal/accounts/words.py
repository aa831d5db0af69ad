"""Duties and deeds in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from portal.access import Role

LONGEST_TEXT = 80  # characters; a digest is recognised by its beginning
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
    "addressee.added": lazy_gettext("Added an addressee"),
    "addressee.changed": lazy_gettext("Changed an addressee"),
    "addressee.removed": lazy_gettext("Removed an addressee"),
    "bulletin.corrected": lazy_gettext("Corrected a bulletin"),
    "bulletin.exported": lazy_gettext("Exported the way of a bulletin"),
    "bulletin.issued": lazy_gettext("Issued a bulletin"),
    "bulletin.over": lazy_gettext("Ended a bulletin"),
    "bulletin.relayed": lazy_gettext("Relayed a bulletin for others"),
    "bulletin.taken_back": lazy_gettext("Took back that a bulletin was relayed"),
    "bulletin.withdrawn": lazy_gettext("Withdrew a bulletin"),
    "doors.exported": lazy_gettext("Exported a list of doors"),
    "duty.ended": lazy_gettext("Ended a duty"),
    "duty.given": lazy_gettext("Gave a duty"),
    "entrance.closed": lazy_gettext("Ended the code of an entrance"),
    "entrance.opened": lazy_gettext("Gave an entrance a code"),
    "password.changed": lazy_gettext("Changed their own password"),
    "password.reset": lazy_gettext("Set a new password for somebody"),
    "phone.alarm": lazy_gettext("Looked at too many phone numbers"),
    "person.skills_noted": lazy_gettext("Noted what somebody can"),
    "phone.revealed": lazy_gettext("Looked at a phone number"),
    "queue.handed_over": lazy_gettext("Entered the queue of somebody's phone"),
    "robot.added": lazy_gettext("Set up a group robot"),
    "robot.changed": lazy_gettext("Changed a group robot"),
    "robot.ended": lazy_gettext("Took a group robot out of service"),
    "roster.applied": lazy_gettext("Imported a roster"),
    "roster.exported": lazy_gettext("Exported the roster"),
    "rota.asked": lazy_gettext("Asked for a plan of the rota"),
    "rota.dropped": lazy_gettext("Dropped a plan of the rota"),
    "rota.mended": lazy_gettext("Mended a plan of the rota after changes"),
    "rota.published": lazy_gettext("Published a plan of the rota"),
    "rota.withdrawn": lazy_gettext("Withdrew a plan of the rota"),
    "round.base_grown": lazy_gettext("Took found doors into the base"),
    "round.closed": lazy_gettext("Closed a round"),
    "round.opened": lazy_gettext("Opened a round"),
    "seat.ended": lazy_gettext("Cleared a seat"),
    "seat.given": lazy_gettext("Filled a seat"),
    "series.ended": lazy_gettext("Ended a series of shifts"),
    "series.generated": lazy_gettext("Made the shifts of a series"),
    "series.made": lazy_gettext("Made a series of shifts"),
    "series.undone": lazy_gettext("Took shifts of a series back"),
    "settings.changed": lazy_gettext("Changed the settings"),
    "shift.approved": lazy_gettext("Took somebody on for a shift"),
    "shift.assigned": lazy_gettext("Assigned somebody to a shift"),
    "shift.attended": lazy_gettext("Noted that somebody came to a shift"),
    "shift.cancelled": lazy_gettext("Called a shift off"),
    "shift.made": lazy_gettext("Made a shift"),
    "shift.missed": lazy_gettext("Noted that somebody did not come to a shift"),
    "shift.moved": lazy_gettext("Moved a shift to another time"),
    "shift.rejected": lazy_gettext("Did not take somebody on for a shift"),
    "shift.taken_off": lazy_gettext("Took somebody off a shift"),
    "shifts.needs_changed": lazy_gettext("Changed what a place asks of crews"),
    "shifts.rules_changed": lazy_gettext("Changed the rules of shifts"),
    "tower.cut": lazy_gettext("Cut the groups anew"),
    "tower.let_go": lazy_gettext("Let moved households go back"),
    "tower.moved": lazy_gettext("Moved households to another group"),
    "tray.accepted": lazy_gettext("Accepted something from the tray"),
    "warning.accept": lazy_gettext("Reviewed a warning"),
    "warning.assign": lazy_gettext("Assigned a warning"),
    "warning.back": lazy_gettext("Sent a warning back"),
    "warning.exported": lazy_gettext("Took a list of warnings along"),
    "warning.lost": lazy_gettext("Noted that money went after a warning"),
    "warning.reply": lazy_gettext("Replied to a warning"),
    "warning.see": lazy_gettext("Saw a warning"),
    "warning.sign": lazy_gettext("Signed for a warning"),
    "warning.visit": lazy_gettext("Reported about a warning"),
    "tray.declined": lazy_gettext("Declined something from the tray"),
    "turns.exported": lazy_gettext("Exported the turns of a place"),
}
SUBJECTS: dict[str, LazyString] = {
    "addressee": lazy_gettext("Addressee"),
    "bulletin": lazy_gettext("Bulletin"),
    "community": lazy_gettext("Community"),
    "dwelling": lazy_gettext("Dwelling"),
    "entrance": lazy_gettext("Entrance"),
    "inquiry": lazy_gettext("Message of a resident"),
    "place": lazy_gettext("Place"),
    "robot": lazy_gettext("Group robot"),
    "rota": lazy_gettext("Rota"),
    "round": lazy_gettext("Round"),
    "series": lazy_gettext("Series"),
    "shift": lazy_gettext("Shift"),
    "tray": lazy_gettext("Tray"),
    "warning": lazy_gettext("Police warning"),
}
# What is told of a deed: numbers by these names, and the few texts people wrote or compare.
NUMBERS: dict[str, LazyString] = {
    "base": lazy_gettext("households in the base"),
    "buildings": lazy_gettext("buildings"),
    "changed": lazy_gettext("households changed"),
    "doors": lazy_gettext("doors"),
    "group_size": lazy_gettext("households a group at most"),
    "groups": lazy_gettext("groups"),
    "households": lazy_gettext("households"),
    "left": lazy_gettext("shifts left"),
    "missing": lazy_gettext("households missing"),
    "moved": lazy_gettext("households moved"),
    "new": lazy_gettext("households new"),
    "people": lazy_gettext("people"),
    "rows": lazy_gettext("rows"),
    "seats": lazy_gettext("places filled"),
    "shifts": lazy_gettext("shifts"),
    "stops": lazy_gettext("stops"),
}
TEXTS: dict[str, LazyString] = {
    "digest": lazy_gettext("digest"),
    "reason": lazy_gettext("reason"),
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


def details(values: Mapping[str, object]) -> list[str]:
    """What else is told of a deed, one phrase a detail; codes are left to those who read code."""
    numbers = [
        str(gettext("%(what)s: %(value)s", what=NUMBERS[name], value=f"{value:,}"))
        for name, value in values.items()
        if name in NUMBERS and isinstance(value, int)
    ]
    texts = [
        str(gettext("%(what)s: %(value)s", what=TEXTS[name], value=str(value)[:LONGEST_TEXT]))
        for name, value in values.items()
        if name in TEXTS and value
    ]
    return numbers + texts
