"""Showing a phone number: one record, with a reason, in the audit trail."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext

from portal.access import Person
from portal.audit import queries as audit
from portal.audit.actions import record
from portal.clock import now
from portal.db import one_at_a_time
from portal.errors import RuleError, TooManyError
from portal.tower.models import Dwelling

REVEAL_LOCK = 7_500_000_000  # added to the person's number: one look at a time
MOST_REVEALS = 30  # a person an hour: a whole group by phone in one evening, a whole building never
WINDOW = timedelta(hours=1)


def reveal_phone(home: Dwelling, *, reason: str, by: Person) -> str:
    """The phone number of a household, for a reason that is kept with name and time."""
    return show_phone(
        home.phone,
        community_id=home.community_id,
        subject=("dwelling", home.id),
        reason=reason,
        by=by,
    )


def show_phone(
    phone: str | None, *, community_id: int, subject: tuple[str, int], reason: str, by: Person
) -> str:
    """A phone number, for a reason that is kept; `subject` says of what kind of thing it is.

    Whoever has looked at MOST_REVEALS within an hour must pause, and the trail says so once an
    hour: the caller keeps that record although it refuses the number.
    """
    if not phone:
        raise RuleError(gettext("No phone number is known here."))
    one_at_a_time(REVEAL_LOCK + by.id)
    since = now() - WINDOW
    if audit.count_since(by.id, "phone.revealed", since=since) >= MOST_REVEALS:
        if not audit.count_since(by.id, "phone.alarm", since=since):
            _note("phone.alarm", community_id, subject, by, reason="")
        raise TooManyError(
            gettext(
                "You have looked at %(most)s numbers within an hour. Please pause; "
                "your coordinator can see this.",
                most=MOST_REVEALS,
            ),
            wait=int(WINDOW.total_seconds()),
        )
    _note("phone.revealed", community_id, subject, by, reason=reason)
    return phone


def _note(
    action: str, community_id: int, subject: tuple[str, int], by: Person, *, reason: str
) -> None:
    record(
        action,
        community_id=community_id,
        by=by.id,
        subject=subject[0],
        subject_id=subject[1],
        details={"reason": reason} if reason else {},
    )
