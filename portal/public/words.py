"""What residents write, in words."""

from __future__ import annotations

from flask_babel import LazyString, gettext, lazy_gettext

from portal.public.states import InquiryKind, Progress
from portal.tower.words import unit_name

# As a resident chooses.
WISHES: dict[InquiryKind, LazyString] = {
    InquiryKind.QUESTION: lazy_gettext("I have a question"),
    InquiryKind.TIP: lazy_gettext("I want to tip you off about a fraud"),
    InquiryKind.VISIT: lazy_gettext("Please visit me"),
    InquiryKind.MOVED_IN: lazy_gettext("Somebody has moved in"),
    InquiryKind.TENANT_CHANGED: lazy_gettext("The tenant has changed"),
    InquiryKind.BAD_ADDRESS: lazy_gettext("A door number or address is wrong"),
}
# As those who answer read it.
TITLES: dict[InquiryKind, LazyString] = {
    InquiryKind.QUESTION: lazy_gettext("A resident asks a question"),
    InquiryKind.TIP: lazy_gettext("A resident tips us off about a fraud"),
    InquiryKind.VISIT: lazy_gettext("A resident wishes a visit"),
    InquiryKind.MOVED_IN: lazy_gettext("A resident reports: somebody has moved in"),
    InquiryKind.TENANT_CHANGED: lazy_gettext("A resident reports: the tenant has changed"),
    InquiryKind.BAD_ADDRESS: lazy_gettext("A resident reports: an address is wrong"),
}
PROGRESS: dict[Progress, LazyString] = {
    Progress.WAITING: lazy_gettext("Still to answer"),
    Progress.OVERDUE: lazy_gettext("Overdue"),
    Progress.IN_TIME: lazy_gettext("Answered in time"),
    Progress.LATE: lazy_gettext("Answered late"),
    Progress.UNANSWERED: lazy_gettext("Closed without an answer"),
}


def title(kind: InquiryKind) -> str:
    """What a message is, for those who answer."""
    return str(TITLES[kind])


def progress(where: Progress) -> str:
    """How far an answer is."""
    return str(PROGRESS[where])


def entrance_name(unit: str) -> str:
    """What people call an entrance within its building."""
    return unit_name(unit) or str(gettext("The whole building"))
